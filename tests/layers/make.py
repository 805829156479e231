"""Writes what TensorFlow 1.15 makes of some programs with layers, regularizers and moving averages.

nodes.txt: for each program a line "== name", one line a node with its name, op, inputs and control inputs (^name), and one line
"# collection: members" for each collection that is not empty.
values.json: what training steps and runs of the layers give.

tests/layers builds the same programs. Run with TensorFlow 1.15.5: python make.py
"""
import json
import os

import numpy as np
import tensorflow as tf

PROGRAMS = {}
l1 = tf.contrib.layers.l1_regularizer
l2 = tf.contrib.layers.l2_regularizer
l1_l2 = tf.contrib.layers.l1_l2_regularizer
COLLECTIONS = [tf.GraphKeys.GLOBAL_VARIABLES, tf.GraphKeys.TRAINABLE_VARIABLES, tf.GraphKeys.UPDATE_OPS,
               tf.GraphKeys.REGULARIZATION_LOSSES, tf.GraphKeys.MOVING_AVERAGE_VARIABLES]


def program(build):
    PROGRAMS[build.__name__] = build
    return build


def placeholder(shape, dtype=tf.float32):
    return tf.placeholder(dtype, shape, name='x')


@program
def dense():
    x = placeholder([None, 4])
    hidden = tf.layers.dense(x, 3, activation=tf.nn.relu)
    tf.layers.dense(hidden, 2, use_bias=False, kernel_initializer=tf.ones_initializer())


@program
def dense_named():
    x = placeholder([5, 4], tf.float64)
    tf.layers.dense(x, 4, name='fc', trainable=False, bias_initializer=tf.ones_initializer())
    tf.layers.dense(x, 4, name='fc', reuse=True)
    with tf.variable_scope('model'):
        tf.layers.dense(x, 2)
        tf.layers.dense(x, 2)
    with tf.variable_scope('model', reuse=True):
        tf.layers.dense(x, 2)


@program
def dense_of_images():
    x = placeholder([None, 6, 5, 4])
    tf.layers.dense(x, 3)
    tf.layers.dense(placeholder([2, 3, 4]), 5, activation=tf.tanh)


@program
def dense_regularized():
    x = placeholder([None, 4])
    tf.layers.dense(x, 3, kernel_regularizer=l2(0.1), bias_regularizer=l1(0.2))
    with tf.variable_scope('model', regularizer=l1(0.5)):
        tf.layers.dense(x, 2, kernel_regularizer=l2(0.1))
    tf.losses.get_regularization_loss()


@program
def regularized_variables():
    tf.get_variable('a', [2, 3], initializer=tf.zeros_initializer(), regularizer=l2(0.1))
    with tf.variable_scope('s', regularizer=l1_l2(0.1, 0.2)):
        tf.get_variable('b', [2], tf.float64, initializer=tf.zeros_initializer())
        tf.get_variable('c', [2], initializer=tf.zeros_initializer(), regularizer=l1(0.3))
        tf.get_variable('d', [2], initializer=tf.zeros_initializer(), regularizer=tf.no_regularizer)
        with tf.variable_scope('inner'):
            tf.get_variable('e', [2], initializer=tf.zeros_initializer())
        with tf.variable_scope('other', regularizer=l1_l2(0.0, 0.2)):
            tf.get_variable('f', [2], initializer=tf.zeros_initializer())
    with tf.variable_scope('s', reuse=True, regularizer=l2(0.3)):
        tf.get_variable('c', [2])
    tf.get_variable('g', [2], initializer=tf.zeros_initializer(), regularizer=l2(0.0))
    with tf.name_scope('losses'):
        tf.get_variable('h', [2], initializer=tf.zeros_initializer(), regularizer=l1_l2(0.1, 0.0))


@program
def dropout():
    tf.set_random_seed(3)
    x = placeholder([None, 4])
    tf.layers.dropout(x)
    tf.layers.dropout(x, training=True)
    tf.layers.dropout(x, 0.25, noise_shape=[None, 1], seed=7, training=True, name='drop')
    tf.layers.dropout(x, 0.0, training=True, name='drop')


@program
def flatten():
    tf.layers.flatten(placeholder([None, 2, 3, 4]))
    tf.layers.flatten(placeholder([2, 3, 4]), name='flat')
    tf.layers.flatten(placeholder([None, None, 4]))
    tf.layers.flatten(placeholder([None, 4]))
    tf.layers.flatten(placeholder([5]))


def updated(x, **options):
    tf.layers.batch_normalization(x, training=True, **options)


@program
def batch_normalization():
    x = placeholder([None, 4])
    updated(x)
    tf.layers.batch_normalization(x)


@program
def batch_normalization_of_columns():
    x = placeholder([4, None])
    updated(x, axis=0)
    tf.layers.batch_normalization(x, axis=0, name='again')


@program
def batch_normalization_of_doubles():
    x = placeholder([None, 3, 4], tf.float64)
    updated(x, axis=1, momentum=0.9, epsilon=0.01, name='bn')
    updated(x, name='bn_trained', trainable=False)


@program
def batch_normalization_without():
    x = placeholder([None, 4])
    updated(x, center=False)
    updated(x, scale=False)
    updated(x, center=False, scale=False, moving_mean_initializer=tf.ones_initializer(),
            moving_variance_initializer=tf.zeros_initializer())
    updated(x, gamma_initializer=tf.zeros_initializer(), gamma_regularizer=l2(0.1), beta_regularizer=l1(0.1),
            beta_initializer=tf.ones_initializer())


@program
def batch_normalization_fused():
    x = placeholder([None, 5, 6, 4])
    updated(x)
    updated(x, axis=1, momentum=0.9)
    updated(x, center=False, scale=False)
    tf.layers.batch_normalization(x)
    updated(x, fused=False)
    updated(x, axis=2)


@program
def batch_normalization_trained():
    x = placeholder([None, 4])
    z = tf.layers.batch_normalization(tf.layers.dense(x, 3, use_bias=False), training=True)
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    step = tf.train.get_or_create_global_step()
    pairs = optimizer.compute_gradients(tf.reduce_mean(tf.square(z)))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        optimizer.apply_gradients(pairs, global_step=step)


@program
def batch_normalization_trained_by_hand():
    x = placeholder([None, 4])
    z = tf.layers.batch_normalization(x, training=True)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_mean(tf.square(z)))


def averaged(name, variable):
    return tf.train.ExponentialMovingAverage(0.9, name=name).apply([variable])


@program
def moving_averages():
    w = tf.get_variable('w', [2], initializer=tf.zeros_initializer())
    b = tf.get_variable('b', [2], initializer=tf.zeros_initializer())
    average = tf.train.ExponentialMovingAverage(0.9)
    average.apply([w, b])
    average.apply([w])
    averaged('Mean', w)
    with tf.variable_scope('model'):
        averaged('Mean', w)


@program
def moving_averages_of_doubles():
    w = tf.get_variable('w', [2], tf.float64, initializer=tf.zeros_initializer())
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(w)), global_step=step)
    with tf.control_dependencies([train]):
        tf.train.ExponentialMovingAverage(0.9, num_updates=step).apply()


@program
def moving_averages_of_tensors():
    u = tf.placeholder(tf.float32, [3], name='u')
    v = tf.placeholder(tf.float32, [], name='v')
    tf.train.ExponentialMovingAverage(0.9).apply([u])
    debiased = tf.train.ExponentialMovingAverage(0.9, zero_debias=True, name='Debiased')
    debiased.apply([u, v])
    debiased.apply([v])


def collection(key):
    return [getattr(member, 'name', member) for member in tf.get_collection(key)]


def write_nodes(out):
    for name, build in PROGRAMS.items():
        tf.reset_default_graph()
        build()
        out.write('== ' + name + '\n')
        for op in tf.get_default_graph().get_operations():
            controls = ['^' + control.name for control in op.control_inputs]
            out.write(' '.join([op.name, op.type] + [i.name for i in op.inputs] + controls) + '\n')
        for key in COLLECTIONS:
            if collection(key):
                out.write('# %s: %s\n' % (key, ' '.join(collection(key))))


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, 'nodes.txt'), 'w') as out:
        write_nodes(out)


if __name__ == '__main__':
    main()
