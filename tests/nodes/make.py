"""Writes the nodes that TensorFlow 1.15 makes for some programs: one file a program, one line a node (name, op).

tests/nodes.rs builds the same programs. Run with TensorFlow 1.15.5: python make.py
"""
import os

import tensorflow as tf

PROGRAMS = {}


def program(build):
    PROGRAMS[build.__name__] = build
    return build


@program
def signs():
    x = tf.placeholder(tf.float32, [12288, None], name='X')
    y = tf.placeholder(tf.float32, [6, None], name='Y')
    tf.set_random_seed(1)
    xavier = tf.contrib.layers.xavier_initializer
    w1 = tf.get_variable('W1', [25, 12288], initializer=xavier(seed=1))
    b1 = tf.get_variable('b1', [25, 1], initializer=tf.zeros_initializer())
    w2 = tf.get_variable('W2', [12, 25], initializer=xavier(seed=1))
    b2 = tf.get_variable('b2', [12, 1], initializer=tf.zeros_initializer())
    w3 = tf.get_variable('W3', [6, 12], initializer=xavier(seed=1))
    b3 = tf.get_variable('b3', [6, 1], initializer=tf.zeros_initializer())
    a1 = tf.nn.relu(tf.add(tf.matmul(w1, x), b1))
    a2 = tf.nn.relu(tf.add(tf.matmul(w2, a1), b2))
    z3 = tf.add(tf.matmul(w3, a2), b3)
    cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(logits=tf.transpose(z3), labels=tf.transpose(y)))
    tf.train.AdamOptimizer(learning_rate=0.0001).minimize(cost)
    tf.global_variables_initializer()
    correct = tf.equal(tf.argmax(z3), tf.argmax(y))
    tf.reduce_mean(tf.cast(correct, 'float'))


@program
def regression_momentum():
    x = tf.placeholder(tf.float32, [8, 2], name='x')
    y = tf.placeholder(tf.float32, [8], name='y')
    w = tf.Variable(tf.zeros([2, 1]), name='w')
    b = tf.Variable(0.0)
    step = tf.train.get_or_create_global_step()
    prediction = tf.reshape(tf.matmul(x, w) + b, [-1])
    loss = tf.reduce_mean(tf.square(prediction - y))
    tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True).minimize(loss, global_step=step)
    tf.global_variables_initializer()


@program
def second_derivatives():
    x = tf.placeholder(tf.float64, [3, None], name='x')
    y = tf.reduce_sum(tf.tanh(x) * tf.sigmoid(x) / (tf.exp(-x) + 2.0), 1)
    dy = tf.gradients(y, x)[0]
    tf.gradients(dy, x)


@program
def reductions():
    x = tf.placeholder(tf.float32, name='x')
    k = tf.placeholder(tf.float32, [2, 3, 4], name='k')
    for t in (x, k):
        for f in (tf.reduce_sum, tf.reduce_mean, tf.reduce_prod, tf.reduce_max, tf.reduce_min, tf.reduce_logsumexp):
            tf.gradients(f(t), t)
            if t is k:
                tf.gradients(f(t, axis=[0, -1], keepdims=True), t)


@program
def softmaxes():
    z = tf.placeholder(tf.float32, [None, 5], name='z')
    y = tf.placeholder(tf.float32, [None, 5], name='y')
    i = tf.placeholder(tf.int64, [None], name='i')
    tf.gradients(tf.nn.softmax(z, axis=0), z)
    tf.gradients(tf.nn.log_softmax(z), z)
    tf.gradients(tf.nn.softmax_cross_entropy_with_logits_v2(labels=y, logits=z), [y, z])
    tf.gradients(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=i, logits=z), z)
    tf.gradients(tf.nn.sigmoid_cross_entropy_with_logits(labels=y, logits=z), [y, z])


@program
def shapes():
    x = tf.placeholder(tf.float32, [None, 3], name='x')
    t = tf.transpose(x)
    c = tf.concat([x, tf.zeros_like(x)], axis=1)
    s = tf.stack([x, x], axis=1)
    p, q = tf.split(c, 2, axis=1)
    u = tf.slice(c, [0, 1], [-1, 2])
    e = tf.squeeze(tf.expand_dims(u, 0), [0])
    g = tf.gather(x, [0, 0])
    d = tf.pad(tf.tile(x, [2, 1]), [[1, 1], [0, 2]])
    h = tf.one_hot(tf.constant([1, 2]), 3, axis=0)
    r = tf.reshape(x, tf.stack([tf.shape(x)[0], 3, 1]))
    total = sum(tf.reduce_sum(v) for v in (t, s, p, q, e, g, d, h, r))
    tf.gradients(total, x)


@program
def seeds():
    tf.set_random_seed(7)
    a = tf.random_uniform([2, 3], -1.0, 1.0)
    b = tf.random_normal([3])
    c = tf.truncated_normal([4], stddev=0.1)
    tf.random_shuffle(a)
    tf.nn.dropout(b, keep_prob=0.5)
    tf.random_uniform([2], 0, 10, dtype=tf.int32)
    tf.add_n([tf.reduce_sum(a), tf.reduce_sum(b), tf.reduce_sum(c)])


if __name__ == '__main__':
    folder = os.path.dirname(os.path.abspath(__file__))
    for name, build in PROGRAMS.items():
        with tf.Graph().as_default() as graph:
            build()
            with open(os.path.join(folder, name + '.txt'), 'w') as out:
                for node in graph.get_operations():
                    out.write('%s %s\n' % (node.name, node.type))
