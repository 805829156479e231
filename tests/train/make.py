"""Writes the nodes that TensorFlow 1.15 makes for some training programs to nodes.txt: for each program a line "== name",
then one line a node with its name, op, inputs and control inputs (^name).

tests/train.rs builds the same programs. Run with TensorFlow 1.15.5: python make.py
"""
import os

import numpy as np
import tensorflow as tf
from tensorflow.contrib.layers.python.layers import optimizers

PROGRAMS = {}
GradientDescent = tf.train.GradientDescentOptimizer
Momentum = tf.train.MomentumOptimizer
Adam = tf.train.AdamOptimizer
Adagrad = tf.train.AdagradOptimizer
Adadelta = tf.train.AdadeltaOptimizer
RMSProp = tf.train.RMSPropOptimizer
Ftrl = tf.train.FtrlOptimizer
ProximalGradientDescent = tf.train.ProximalGradientDescentOptimizer
ProximalAdagrad = tf.train.ProximalAdagradOptimizer


def program(build):
    PROGRAMS[build.__name__] = build
    return build


def table(rows=4, columns=3):
    return tf.Variable(np.zeros((rows, columns), np.float32), name='v')


@program
def gradient_descent():
    v = tf.Variable(3.0, name='v')
    GradientDescent(0.1).minimize(tf.square(v))


@program
def momentum_double():
    v = tf.Variable(np.zeros((40, 50)), name='v')
    step = tf.Variable(0, name='step', trainable=False)
    Momentum(0.1, 0.9).minimize(tf.reduce_sum(v * v), global_step=step)


@program
def adam_with_step():
    v = tf.Variable(3.0, name='v')
    step = tf.train.get_or_create_global_step()
    Adam(0.1).minimize(v * v, global_step=step)


@program
def adam_double():
    v = tf.Variable(np.zeros((4, 3)), name='v')
    rate = tf.placeholder(tf.float32, [], name='rate')
    Adam(rate, beta1=0.8).minimize(v * v)


@program
def adam_twice_in_a_scope():
    with tf.name_scope('train'):
        v = tf.Variable(3.0, name='v')
        Adam(0.1).minimize(v * v)
        Adam(0.1).minimize(v * v)


@program
def adam_minimizes_twice():
    v = tf.Variable(3.0, name='v')
    w = tf.Variable(3.0, name='w')
    adam = Adam(0.1)
    adam.minimize(v * v, var_list=[v], name='step')
    adam.minimize(v * w, name='step')


@program
def momentum_in_a_variable_scope():
    for _ in range(2):
        with tf.variable_scope('s', reuse=tf.AUTO_REUSE):
            v = tf.get_variable('v', [2], initializer=tf.zeros_initializer())
            Momentum(0.1, 0.9, name='M').minimize(tf.square(v))


@program
def gates():
    v = tf.Variable(3.0, name='v')
    w = tf.Variable(4.0, name='w')
    loss = v * w
    weights = tf.constant(2.0, name='weights')
    GradientDescent(0.1).minimize(loss, gate_gradients=0, grad_loss=weights)
    GradientDescent(0.1).minimize(loss, gate_gradients=2)
    GradientDescent(0.1).minimize(loss)


@program
def control_dependencies():
    v = tf.Variable(3.0, name='v')
    with tf.control_dependencies([tf.no_op(name='before')]):
        Momentum(0.1, 0.9).minimize(tf.square(v))


@program
def gradient_descent_of_rows():
    v = table()
    GradientDescent(0.1).minimize(tf.reduce_sum(tf.gather(v, [1, 2, 1])))


@program
def momentum_of_rows():
    v = table()
    Momentum(0.1, 0.9).minimize(tf.reduce_sum(tf.gather(v, [1, 2, 1])))


@program
def adam_of_rows():
    v = table()
    Adam(0.1).minimize(tf.reduce_sum(tf.gather(v, [1, 2, 1])))


@program
def adam_of_double_rows():
    v = tf.Variable(np.zeros((4, 3)), name='v')
    Adam(0.1).minimize(tf.reduce_sum(tf.gather(v, tf.constant([1, 2], tf.int64))))


@program
def rows_from_two_gathers():
    v = table()
    a = tf.reduce_sum(tf.gather(v, [1, 2, 1]))
    b = tf.reduce_sum(tf.gather(v, tf.constant([1, 2], tf.int64)))
    tf.gradients(a + b, [v])


@program
def rows_and_a_whole():
    v = table()
    tf.gradients(tf.reduce_sum(tf.gather(v, [1, 2, 1])) + tf.reduce_sum(v * 2), [v])


@program
def a_part_without_gradient():
    v = table()
    a, _ = tf.split(v, [1, 3])
    tf.gradients(tf.reduce_sum(a), [v])


@program
def no_path():
    v = table()
    x = tf.constant(1.0)
    tf.gradients(x * x, [v])


@program
def weights_for_some():
    v = table()
    w = table()
    tf.gradients([v + 1.0, v * w], [v, w], grad_ys=[w, None])


def train_table(optimizer):
    optimizer.minimize(tf.square(table()))


def train_doubles(optimizer):
    optimizer.minimize(tf.square(tf.Variable(np.zeros((4, 3)), name='v')))


def train_rows(optimizer):
    optimizer.minimize(tf.reduce_sum(tf.gather(table(), [1, 2, 1])))


@program
def adagrad():
    train_table(Adagrad(0.1))
    train_doubles(Adagrad(0.1))
    train_rows(Adagrad(0.1))


@program
def adadelta():
    train_table(Adadelta())
    train_doubles(Adadelta())
    train_rows(Adadelta())


@program
def rms_prop():
    train_table(RMSProp(0.1))
    train_doubles(RMSProp(0.1))
    train_rows(RMSProp(0.1))


@program
def centered_rms_prop():
    train_table(RMSProp(0.1, centered=True))
    train_doubles(RMSProp(0.1, centered=True))
    train_rows(RMSProp(0.1, centered=True))


@program
def ftrl():
    train_table(Ftrl(0.1))
    train_doubles(Ftrl(0.1))
    train_rows(Ftrl(0.1))


@program
def ftrl_with_shrinkage():
    train_table(Ftrl(0.1, l2_shrinkage_regularization_strength=0.5))
    train_doubles(Ftrl(0.1, l2_shrinkage_regularization_strength=0.5))
    train_rows(Ftrl(0.1, l2_shrinkage_regularization_strength=0.5))


@program
def proximal_gradient_descent():
    train_table(ProximalGradientDescent(0.1))
    train_rows(ProximalGradientDescent(0.1))


@program
def proximal_adagrad():
    train_table(ProximalAdagrad(0.1))
    train_rows(ProximalAdagrad(0.1))


@program
def schedules():
    step = tf.train.get_or_create_global_step()
    tf.train.exponential_decay(0.1, step, 3, 0.5)
    tf.train.exponential_decay(0.1, step, 3, 0.5, staircase=True)
    tf.train.natural_exp_decay(0.1, step, 3, 0.5)
    tf.train.natural_exp_decay(0.1, step, 3, 0.5, staircase=True)
    tf.train.inverse_time_decay(0.1, step, 3, 0.5)
    tf.train.inverse_time_decay(0.1, step, 3, 0.5, staircase=True)
    tf.train.polynomial_decay(0.1, step, 3)
    tf.train.cosine_decay(0.1, step, 3)
    tf.train.cosine_decay(0.1, step, 3, alpha=0.5)
    tf.train.linear_cosine_decay(0.1, step, 3)


optimize_loss = tf.contrib.layers.optimize_loss


@program
def optimize_loss_named():
    v = tf.Variable(3.0, name='v')
    step = tf.train.get_or_create_global_step()
    optimize_loss(tf.square(v), step, 0.25, 'SGD')
    optimize_loss(tf.square(v), None, 0.25, 'Adam', name='again')
    optimize_loss(tf.square(v), step, 0.5, 'Momentum', increment_global_step=False, summaries=[])


@program
def optimize_loss_without_step():
    v = table()
    w = tf.Variable(2.0, name='w')
    rate = tf.placeholder(tf.float32, [], name='rate')
    loss = tf.reduce_sum(tf.gather(v, [0, 2, 0])) * w
    optimize_loss(loss, None, rate, lambda rate: Momentum(rate, 0.5), clip_gradients=5.0, variables=[v, w],
                  gradient_multipliers={'w:0': 0.5, v: 2.0})
    optimize_loss(loss, None, None, Adagrad(0.5), summaries=['gradients', 'gradient_norm', 'loss', 'learning_rate'], variables=[w],
                  clip_gradients=2.0)


@program
def optimize_loss_decaying():
    v = table()
    step = tf.train.get_or_create_global_step()
    u = tf.Variable(1.0, name='u', trainable=False)
    update = u.assign_add(1.0)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update.op)
    decay = lambda rate, step: tf.train.exponential_decay(rate, step, 3, 0.5)
    optimize_loss(tf.reduce_sum(tf.square(v)), step, 0.5, 'RMSProp', learning_rate_decay_fn=decay, gradient_noise_scale=0.25)
    optimize_loss(tf.reduce_sum(tf.square(v)), step, 0.5, 'Ftrl', learning_rate_decay_fn=decay, update_ops=[], summaries=['loss'])
    optimize_loss(tf.reduce_sum(tf.square(v)), step, 0.5, 'Adagrad', update_ops=[u.initializer, update.op], summaries=['global_gradient_norm'])


@program
def optimize_loss_double():
    v = tf.Variable(np.zeros((4, 3)), name='v')
    optimize_loss(tf.reduce_sum(tf.square(v)), None, 0.5, 'SGD', clip_gradients=1.0, gradient_multipliers={v: 0.5})


@program
def optimize_loss_adaptive():
    v = table()
    w = tf.Variable(2.0, name='w')
    step = tf.train.get_or_create_global_step()
    clip = optimizers.adaptive_clipping_fn
    loss = tf.reduce_sum(tf.gather(v, [0, 2, 0])) * w
    optimize_loss(loss, step, 0.5, 'SGD', clip_gradients=clip(global_step=step, report_summary=True))
    optimize_loss(loss, step, 0.5, 'SGD', clip_gradients=clip(1.5, 0.5, 3.0, epsilon=0.5, name='clip'), summaries=[])


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, 'nodes.txt'), 'w') as out:
        for name, build in PROGRAMS.items():
            tf.reset_default_graph()
            build()
            out.write('== ' + name + '\n')
            for op in tf.get_default_graph().get_operations():
                controls = ['^' + control.name for control in op.control_inputs]
                out.write(' '.join([op.name, op.type] + [i.name for i in op.inputs] + controls) + '\n')


if __name__ == '__main__':
    main()
