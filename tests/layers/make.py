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
from tensorflow.python.training import moving_averages as moving_averages_module

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
def dense_activity():
    x = placeholder([5, 4])
    tf.layers.dense(x, 3, activation=tf.nn.relu, kernel_regularizer=l1(0.2), activity_regularizer=l2(0.1))
    x = placeholder([None, 4])
    tf.layers.dense(x, 3, activity_regularizer=l1_l2(0.1, 0.2), name='fc')
    tf.layers.dense(x, 3, activity_regularizer=l1(0.1), name='fc', reuse=True)


@program
def dense_constrained():
    x = placeholder([None, 4])
    y = tf.layers.dense(x, 3, kernel_constraint=tf.abs, bias_constraint=tf.sin)
    y = tf.layers.batch_normalization(y, beta_constraint=tf.cos, gamma_constraint=tf.exp)
    tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(y))


@program
def dense_object():
    x = placeholder([None, 4])
    layer = tf.layers.Dense(4, activation=tf.nn.relu, kernel_regularizer=l2(0.2), activity_regularizer=l1(0.1))
    with tf.name_scope('outer'):
        y = layer(x)
    y = layer(y)
    with tf.variable_scope('scope'):
        y = layer.apply(y)
        y = tf.layers.Dense(3, name='named')(y)
    tf.layers.Dense(2, name='dense', use_bias=False)(y)
    tf.layers.dense(y, 2)


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
    updated(placeholder([None, 2, 3, 4], tf.float64), fused=False)


@program
def batch_normalization_renormalized():
    x = placeholder([None, 4])
    updated(x, renorm=True)
    updated(x, renorm=True, renorm_clipping={'rmax': 1.5, 'rmin': 0.5, 'dmax': 0.25}, renorm_momentum=0.9, momentum=0.8, scale=False,
            center=False)
    tf.layers.batch_normalization(x, renorm=True)
    updated(placeholder([None, 3, 5, 4]), axis=1, renorm=True, center=False,
            renorm_clipping={'rmax': tf.constant(2.0), 'dmax': tf.constant(1.0)})
    updated(placeholder([None, 5, 6, 4]), renorm=True, scale=False, name='images')


C = tf.contrib.layers


@program
def contrib_batch_norm():
    x = placeholder([None, 4])
    C.batch_norm(x)
    C.batch_norm(x, is_training=False, scale=True, activation_fn=tf.nn.relu)
    C.batch_norm(x, zero_debias_moving_mean=True, updates_collections=None, decay=0.9)
    C.batch_norm(x, batch_weights=tf.placeholder(tf.float32, [None], name='weights'), scale=True)
    C.batch_norm(x, fused=False, center=False, epsilon=0.01, scope='bn')


@program
def contrib_batch_norm_of_images():
    x = placeholder([None, 5, 6, 4])
    C.batch_norm(x)
    C.batch_norm(x, data_format='NCHW', updates_collections='others')
    C.batch_norm(x, zero_debias_moving_mean=True)
    C.batch_norm(x, fused=False, updates_collections=None, scale=True)
    C.batch_norm(x, fused=False, data_format='NCHW', scale=True, zero_debias_moving_mean=True)
    C.batch_norm(x, fused=False, data_format='NCHW', batch_weights=tf.placeholder(tf.float32, [None], name='weights'))
    C.batch_norm(x, renorm=True, renorm_decay=0.9, renorm_clipping={'rmax': 2.0})
    C.batch_norm(placeholder([None, 5, 6, 7, 4]), is_training=False, zero_debias_moving_mean=True)


def trained(y):
    tf.gradients(y, [tf.get_default_graph().get_tensor_by_name('x:0')] + tf.trainable_variables())


@program
def conv1d():
    x = placeholder([None, 9, 4])
    y = tf.layers.conv1d(x, 5, 3)
    y = tf.layers.conv1d(y, 4, 2, strides=2, padding='same', activation=tf.nn.relu, use_bias=False)
    y = tf.layers.conv1d(y, 3, 2, dilation_rate=2, padding='same', name='dilated', kernel_regularizer=l2(0.1))
    trained(y)


@program
def conv1d_channels_first():
    x = placeholder([None, 4, 9])
    tf.layers.conv1d(x, 5, 3, data_format='channels_first')
    tf.layers.conv1d(x, 5, 3, data_format='channels_first', use_bias=False, padding='same')


@program
def conv2d():
    x = placeholder([None, 9, 8, 3])
    y = tf.layers.conv2d(x, 5, 3, activation=tf.nn.relu)
    y = tf.layers.conv2d(y, 4, [2, 3], strides=(2, 1), padding='same', bias_initializer=tf.ones_initializer())
    y = tf.layers.conv2d(y, 4, 2, dilation_rate=(2, 1), padding='same', use_bias=False, activity_regularizer=l1(0.1))
    trained(y)
    x = placeholder([None, 3, 9, 8])
    tf.layers.conv2d(x, 5, 3, data_format='channels_first')


@program
def conv3d():
    x = placeholder([None, 5, 6, 7, 2])
    y = tf.layers.conv3d(x, 3, 2)
    y = tf.layers.conv3d(y, 3, (1, 2, 3), strides=(2, 1, 1), padding='same', use_bias=False, activation=tf.tanh)
    trained(y)
    x = placeholder([None, 2, 5, 6, 7])
    tf.layers.conv3d(x, 3, 2, data_format='channels_first')


@program
def conv2d_transpose():
    x = placeholder([None, 4, 5, 3])
    y = tf.layers.conv2d_transpose(x, 4, 3, strides=2)
    y = tf.layers.conv2d_transpose(y, 2, (2, 3), padding='same', use_bias=False, activation=tf.nn.relu)
    trained(y)
    tf.layers.conv2d_transpose(placeholder([2, 3, 4, 5]), 4, 3, strides=(2, 1))


@program
def conv3d_transpose():
    x = placeholder([None, 3, 4, 5, 2])
    y = tf.layers.conv3d_transpose(x, 3, 2, strides=2)
    y = tf.layers.conv3d_transpose(y, 2, (1, 2, 3), padding='same', use_bias=False)
    trained(y)


@program
def separable_convs():
    x = placeholder([None, 9, 4])
    y = tf.layers.separable_conv1d(x, 5, 3, strides=2, depth_multiplier=2)
    trained(y)
    x = placeholder([None, 9, 8, 3])
    y = tf.layers.separable_conv2d(x, 5, 3, activation=tf.nn.relu)
    y = tf.layers.separable_conv2d(y, 4, (2, 3), padding='same', depth_multiplier=2, use_bias=False, strides=2)
    tf.layers.separable_conv2d(y, 2, 2, dilation_rate=2)


@program
def poolings():
    x = placeholder([None, 9, 4])
    tf.layers.max_pooling1d(x, 2, 2)
    tf.layers.average_pooling1d(x, 3, 2, padding='same', data_format='channels_first')
    x = placeholder([None, 9, 8, 3])
    y = tf.layers.max_pooling2d(x, 2, 2)
    y = tf.layers.average_pooling2d(y, (2, 3), (2, 1), padding='same', name='means')
    tf.layers.max_pooling2d(y, 2, 1, data_format='channels_first')
    x = placeholder([None, 5, 6, 7, 2])
    tf.layers.max_pooling3d(x, 2, 2)
    tf.layers.average_pooling3d(x, (1, 2, 3), 1, padding='same')
    tf.layers.max_pooling3d(x, 2, 1, data_format='channels_first')


@program
def nn_convolutions():
    x = placeholder([None, 9, 4])
    k = tf.ones([3, 4, 5], name='k')
    trained(tf.nn.conv1d(x, k, 2, 'SAME'))
    tf.nn.convolution(x, k, 'VALID', dilation_rate=[2])
    tf.nn.convolution(x, k, 'SAME', strides=[2])
    tf.nn.conv1d_transpose(x, tf.ones([3, 5, 4]), [2, 18, 5], 2, 'SAME')
    tf.nn.pool(x, [2], 'MAX', 'VALID', dilation_rate=[2])
    tf.nn.max_pool1d(x, 2, 2, 'VALID')
    tf.nn.avg_pool1d(x, 2, 1, 'SAME')


@program
def nn_convolutions_of_images():
    x = placeholder([None, 9, 8, 3])
    k = tf.ones([3, 2, 3, 4], name='k')
    trained(tf.nn.conv2d(x, k, 2, 'SAME'))
    trained(tf.nn.convolution(x, k, 'SAME', dilation_rate=[2, 1]))
    trained(tf.nn.atrous_conv2d(x, k, 2, 'SAME'))
    tf.nn.atrous_conv2d(x, k, 1, 'VALID')
    tf.nn.atrous_conv2d(x, k, 2, 'VALID')
    tf.nn.atrous_conv2d_transpose(x, tf.ones([3, 3, 4, 3]), [2, 9, 8, 4], 2, 'SAME')
    tf.nn.conv2d_transpose(x, tf.ones([3, 2, 5, 3]), [2, 18, 16, 5], 2)
    trained(tf.nn.depthwise_conv2d(x, k, [1, 2, 2, 1], 'SAME'))
    tf.nn.depthwise_conv2d(x, k, [1, 1, 1, 1], 'VALID', rate=[2, 2])
    pointwise = tf.ones([1, 1, 12, 5])
    trained(tf.nn.separable_conv2d(x, k, pointwise, [1, 1, 1, 1], 'SAME'))
    tf.nn.separable_conv2d(x, k, pointwise, [1, 1, 1, 1], 'SAME', rate=[2, 2])
    trained(tf.nn.dilation2d(x, tf.ones([2, 2, 3]), [1, 1, 1, 1], [1, 2, 2, 1], 'SAME'))
    tf.nn.erosion2d(x, tf.ones([2, 2, 3]), [1, 1, 1, 1], [1, 1, 1, 1], 'VALID')


@program
def nn_pools():
    x = placeholder([None, 9, 8, 3])
    trained(tf.nn.max_pool(x, 2, 2, 'SAME'))
    trained(tf.nn.avg_pool(x, [1, 2, 3, 1], [1, 2, 1, 1], 'VALID'))
    trained(tf.nn.pool(x, [2, 2], 'AVG', 'VALID', dilation_rate=[2, 1]))
    tf.nn.pool(x, [2, 2], 'MAX', 'SAME', strides=[2, 2])
    trained(tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME')[0])
    trained(tf.nn.fractional_max_pool(x, [1, 1.44, 1.73, 1], deterministic=True, seed=1, seed2=2)[0])
    known = placeholder([2, 9, 8, 3])
    y = tf.nn.fractional_avg_pool(known, [1, 1.44, 1.73, 1], overlapping=True, deterministic=True, seed=1, seed2=2)[0]
    tf.gradients(y, known)
    tf.nn.weighted_moments(x, [0, 1], tf.ones([8, 1]))
    tf.nn.weighted_moments(x, [3], x, keep_dims=True)
    x = placeholder([None, 5, 6, 7, 2])
    k = tf.ones([2, 2, 2, 2, 3], name='volume')
    y = tf.nn.conv3d(x, k, [1, 1, 2, 1, 1], 'SAME')
    tf.gradients(y, [x, k])
    tf.nn.conv3d_transpose(y, k, [2, 5, 6, 7, 2], [1, 1, 2, 1, 1])
    tf.gradients(tf.nn.max_pool3d(x, 2, 2, 'SAME'), x)
    tf.gradients(tf.nn.avg_pool3d(x, 2, 1, 'VALID'), x)


@program
def contrib_fully_connected():
    x = placeholder([None, 4])
    y = C.fully_connected(x, 3, weights_regularizer=l2(0.1))
    y = C.fully_connected(y, 4, activation_fn=None, biases_initializer=None, scope='fc')
    y = C.fully_connected(y, 4, normalizer_fn=C.layer_norm, activation_fn=tf.tanh)
    C.linear(y, 2)
    C.relu(y, 2)
    C.fully_connected(placeholder([None, 3, 4]), 2)
    C.stack(x, C.fully_connected, [3, 2], scope='stacked')
    C.repeat(x, 2, C.fully_connected, 4, scope='repeated')


@program
def contrib_convolutions():
    x = placeholder([None, 9, 8, 3])
    y = C.conv2d(x, 4, 3)
    y = C.conv2d(y, 4, [3, 2], stride=2, padding='VALID', normalizer_fn=C.batch_norm, activation_fn=None)
    y = C.conv2d(y, 4, 2, rate=2, biases_initializer=None, scope='dilated')
    y = C.conv2d_transpose(y, 3, 3, stride=2)
    y = C.conv2d_transpose(y, 3, 3, normalizer_fn=C.batch_norm)
    y = C.separable_conv2d(y, 5, 3, 1)
    y = C.separable_conv2d(y, 5, 3, 2, stride=2, weights_regularizer=l2(0.1))
    y = C.max_pool2d(y, 2)
    y = C.avg_pool2d(y, [2, 1], stride=1, padding='SAME')
    C.conv2d(placeholder([None, 3, 9, 8]), 4, 3, data_format='NCHW')


@program
def contrib_normalizations():
    x = placeholder([None, 4])
    C.layer_norm(x)
    C.layer_norm(x, center=False, scale=False, activation_fn=tf.nn.relu)
    C.unit_norm(x, 1)
    C.maxout(x, 2)
    C.bias_add(x)
    C.softmax(x)
    C.dropout(x, 0.25, seed=7)
    C.dropout(x, is_training=False)
    C.one_hot_encoding(tf.placeholder(tf.int64, [None], name='labels'), 5)
    C.embed_sequence(tf.placeholder(tf.int32, [None, 6], name='ids'), 10, 3)
    x = placeholder([None, 4, 6, 8])
    C.layer_norm(x, begin_norm_axis=2, begin_params_axis=-1)
    C.instance_norm(x)
    C.instance_norm(x, center=False, epsilon=0.01, data_format='NCHW')
    C.group_norm(x, groups=4)
    C.group_norm(x, groups=2, channels_axis=-3, reduction_axes=[-2, -1], scale=False)
    C.flatten(x)
    C.softmax(x)
    C.unit_norm(x, 3)
    C.maxout(x, 2, axis=3)
    C.bias_add(x, data_format='NCHW', activation_fn=tf.nn.relu)


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


@program
def assigned_averages():
    v = tf.get_variable('v', [2], initializer=tf.zeros_initializer())
    x = placeholder([2])
    for zero_debias in (True, True, False):
        moving_averages_module.assign_moving_average(v, x, 0.9, zero_debias=zero_debias)


@program
def averages_assigned_beside_others():
    x = placeholder([])
    for name in ['w/biased_1', 'w', 'w/biased', 'w/local_step_2']:
        w = tf.Variable(0.0, name=name) if name != 'w' else tf.get_variable('w', [], initializer=tf.zeros_initializer())
    w = tf.global_variables()[1]
    for _ in range(4):
        moving_averages_module.assign_moving_average(w, x, 0.9)
    with tf.variable_scope('s'):
        v = tf.get_variable('v', [], initializer=tf.zeros_initializer())
        for variable in (v, w, v, w):
            moving_averages_module.assign_moving_average(variable, x, 0.9)
        with tf.variable_scope('', reuse=tf.AUTO_REUSE):
            moving_averages_module.assign_moving_average(v, x, 0.9)
            moving_averages_module.assign_moving_average(v, x, 0.9)
    with tf.variable_scope('s', reuse=True):
        moving_averages_module.assign_moving_average(v, x, 0.9)


@program
def scopes_with_numbers():
    def scope(name, *inner):
        with tf.variable_scope(None, name):
            tf.get_variable('v', [], initializer=tf.zeros_initializer())
            for other in inner:
                scope(other)

    with tf.variable_scope('', reuse=tf.AUTO_REUSE):
        for name in ['a', 'a', 'a_1', 'a', 'a_2', 'A', 'a', 'a_01', 'a', 'a_1', 'a_1_1']:
            scope(name)
        scope('b', 'c', 'c', 'c_1', 'c')
        scope('b', 'c', 'c')
        scope('b/c')
        with tf.variable_scope('b'):
            scope('c', 'd', 'd')
            scope('c', 'd')
        scope('b/c')
        scope('b-c')
        scope('b0')
        scope('b0')
        with tf.variable_scope(''):
            tf.get_variable('v', [], initializer=tf.zeros_initializer())
            scope('a')
            with tf.variable_scope(''):
                scope('b')
        scope('a')
    with tf.variable_scope('', reuse=True):
        tf.get_variable('v', [])


def collection(key):
    members = tf.get_collection(key)
    if key == tf.GraphKeys.UPDATE_OPS:
        members = [getattr(member, 'op', member) for member in members]
    return [getattr(member, 'name', member) for member in members]


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


def numbers(seed, *shape):
    """Numbers that single and double precision both hold."""
    return np.round(np.random.RandomState(seed).randn(*shape) * 64) / 64


def plain(value):
    return {'shape': list(np.shape(value)), 'data': [float(str(x)) for x in np.ravel(value)]}


def normalization(shape, dtype=tf.float32, **options):
    """Three training steps of a layer, what it gives in training and what it gives otherwise."""
    tf.reset_default_graph()
    axis = options.get('axis', -1)
    features = shape[axis]
    x = tf.placeholder(dtype, [n if i == axis % len(shape) else None for i, n in enumerate(shape)])
    target = tf.constant(numbers(1, *shape), dtype)
    training = tf.placeholder(tf.bool, [])
    y = tf.layers.batch_normalization(
        x, training=training, gamma_initializer=tf.constant_initializer(numbers(2, features)), **options)
    loss = tf.reduce_mean(tf.square(y - target))
    variables = tf.global_variables()
    gradients = tf.gradients(loss, [x] + tf.trainable_variables())
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.GradientDescentOptimizer(0.5).minimize(loss)
    steps = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for i in range(3):
            batch = numbers(10 + i, *shape) + i
            in_training = session.run([y] + gradients, {x: batch, training: True})
            session.run(train, {x: batch, training: True})
            using = session.run([y] + gradients, {x: batch, training: False})
            steps.append({'batch': plain(batch), 'training': list(map(plain, in_training)),
                          'using': list(map(plain, using)), 'variables': list(map(plain, session.run(variables)))})
    return {'target': plain(numbers(1, *shape)), 'gamma': plain(numbers(2, features)), 'steps': steps}


def contrib_batch_norms():
    """Three training steps of layers that are told how often examples count, and that debias the moving mean."""
    tf.reset_default_graph()
    x, w = tf.placeholder(tf.float32, [None, 2, 3]), tf.placeholder(tf.float32, [None])
    ys = [C.batch_norm(x, batch_weights=w, decay=0.75, scale=True),
          C.batch_norm(x, zero_debias_moving_mean=True, decay=0.75, updates_collections=None),
          C.batch_norm(x, batch_weights=w, decay=0.5, data_format='NCHW', updates_collections='others')]
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS) + tf.get_collection('others')
    gradients = tf.gradients([y * y * y for y in ys], [x, w])
    steps = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for i in range(3):
            batch, weights = numbers(20 + i, 4, 2, 3), np.arange(4) / 2 + i
            found = session.run([ys + gradients, updates], {x: batch, w: weights})[0]
            steps.append({'batch': plain(batch), 'weights': plain(weights), 'found': list(map(plain, found)),
                          'variables': list(map(plain, session.run(tf.global_variables())))})
    return steps


def dense_images():
    tf.reset_default_graph()
    x, kernel, bias = numbers(1, 2, 3, 4), numbers(2, 4, 5), numbers(3, 5)
    given = tf.placeholder(tf.float32, [None, 3, 4])
    y = tf.layers.dense(given, 5, tf.tanh, kernel_initializer=tf.constant_initializer(kernel),
                        bias_initializer=tf.constant_initializer(bias))
    results = [y] + tf.gradients(y * y, [given] + tf.trainable_variables())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        results = session.run(results, {given: x})
    return {'x': plain(x), 'kernel': plain(kernel), 'bias': plain(bias), 'results': list(map(plain, results))}


def dropouts():
    tf.reset_default_graph()
    tf.set_random_seed(3)
    x = tf.placeholder(tf.float32, [None, 4])
    training = tf.placeholder(tf.bool, [])
    known = tf.layers.dropout(x, 0.25, seed=7, training=True)
    fed = tf.layers.dropout(x, 0.25, seed=8, training=training)
    columns = tf.layers.dropout(x, 0.5, noise_shape=[None, 1], seed=9, training=training)
    rows = numbers(1, 5, 4)
    with tf.Session() as session:
        runs = [session.run([known, fed, columns], {x: rows, training: True}) for _ in range(3)]
        using = session.run([fed, columns], {x: rows, training: False})
    return {'x': plain(rows), 'runs': [list(map(plain, run)) for run in runs], 'using': list(map(plain, using))}


def regularized():
    tf.reset_default_graph()
    x, y, kernel = numbers(1, 6, 4), numbers(2, 6, 3), numbers(3, 4, 3)
    z = tf.layers.dense(tf.constant(x, tf.float32), 3, kernel_initializer=tf.constant_initializer(kernel),
                        kernel_regularizer=l2(0.1), bias_regularizer=l1_l2(0.02, 0.3),
                        bias_initializer=tf.constant_initializer(0.5))
    data = tf.losses.mean_squared_error(tf.constant(y, tf.float32), z)
    losses = [data, tf.losses.get_regularization_loss(), tf.losses.get_total_loss()]
    train = tf.train.GradientDescentOptimizer(0.5).minimize(losses[2])
    steps = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(4):
            before = session.run(losses)
            session.run(train)
            steps.append({'losses': list(map(plain, before)),
                          'variables': list(map(plain, session.run(tf.trainable_variables())))})
    return {'x': plain(x), 'y': plain(y), 'kernel': plain(kernel), 'steps': steps}


def constrained():
    tf.reset_default_graph()
    x, kernel = numbers(1, 6, 4), numbers(3, 4, 3)
    z = tf.layers.dense(tf.constant(x, tf.float32), 3, kernel_initializer=tf.constant_initializer(kernel),
                        kernel_constraint=lambda w: tf.clip_by_value(w, -0.25, 0.25), bias_constraint=lambda b: tf.minimum(b, 0.125),
                        activity_regularizer=l2(0.5))
    losses = [tf.reduce_sum(z), tf.losses.get_regularization_loss()]
    train = tf.train.MomentumOptimizer(0.05, 0.5).minimize(losses[1] - losses[0])
    steps = []
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for _ in range(3):
            before = session.run(losses)
            session.run(train)
            steps.append({'losses': list(map(plain, before)),
                          'variables': list(map(plain, session.run(tf.trainable_variables())))})
    return {'x': plain(x), 'kernel': plain(kernel), 'steps': steps}


def averages():
    """Averages of tensors with and without debiasing, and one of a variable that is initialized late."""
    tf.reset_default_graph()
    u = tf.placeholder(tf.float64, [3])
    w = tf.get_variable('w', [2], initializer=tf.constant_initializer([1.0, 2.0]))
    plain_average = tf.train.ExponentialMovingAverage(0.75)
    debiased = tf.train.ExponentialMovingAverage(0.75, zero_debias=True, num_updates=5, name='Debiased')
    update = [plain_average.apply([u]), debiased.apply([u])]
    late = tf.train.ExponentialMovingAverage(0.75, name='Late')
    late_update = late.apply([w])
    with tf.Session() as session:
        session.run(tf.variables_initializer([v for v in tf.global_variables() if v.name != 'w/Late:0']))
        session.run(w.assign([5.0, 7.0]))
        session.run(late.average(w).initializer)
        start = session.run(late.average(w))
        session.run(w.assign([6.0, 5.0]))
        runs = []
        for i in range(4):
            value = numbers(i, 3)
            session.run(update + [late_update], {u: value})
            runs.append({'u': plain(value), 'averages': list(map(plain, session.run(
                [plain_average.average(u), debiased.average(u), late.average(w)])))})
    return {'late': plain(start), 'runs': runs}


def branches():
    """Layers told by a placeholder, of which the way that is not taken computes NaN or infinity."""
    def told(array):
        return {'shape': list(array.shape), 'data': [repr(float(x)) for x in array.flatten()]}

    image = np.array([1, 2, 3, 5, 2, 4], np.float64).reshape(3, 1, 1, 2)
    infinite = image.copy()
    infinite[1, 0, 0, 0] = np.inf
    runs = []
    for layer in ['fused', 'moments', 'doubles']:
        dtype = tf.float64 if layer == 'doubles' else tf.float32
        for averages in [[0.5, 2.0], [np.nan, np.nan], [np.inf, np.inf], [0.5, np.nan], [0.5, np.inf]]:
            for batch in [image, image * 1e30, infinite, image[:0]]:
                for training in [True, False]:
                    tf.reset_default_graph()
                    x = tf.placeholder(dtype, [None, 1, 1, 2])
                    is_training = tf.placeholder(tf.bool, [])
                    y = tf.layers.batch_normalization(
                        x, training=is_training, fused=layer == 'fused', moving_mean_initializer=tf.constant_initializer(averages[0]),
                        moving_variance_initializer=tf.constant_initializer(averages[1]))
                    loss = tf.reduce_sum(tf.square(y - 1) * 0.25)
                    results = [y] + tf.gradients(loss, [x] + tf.trainable_variables())
                    with tf.Session() as session:
                        session.run(tf.global_variables_initializer())
                        found = session.run(results, {x: batch, is_training: training})
                    runs.append({'layer': layer, 'averages': list(map(repr, map(float, averages))), 'batch': told(batch),
                                 'training': training, 'results': list(map(told, found))})
    for rate in [0.5, 1.0, np.nan, -np.inf]:
        for training in [True, False]:
            tf.reset_default_graph()
            x = tf.placeholder(tf.float32, [None, 1, 1, 2])
            is_training, part = tf.placeholder(tf.bool, []), tf.placeholder(tf.float32, [])
            y = tf.layers.dropout(x, part, seed=7, training=is_training)
            results = [y] + tf.gradients(tf.reduce_sum(tf.square(y)), [x, part])
            with tf.Session() as session:
                found = session.run(results, {x: image, is_training: training, part: rate})
            runs.append({'layer': 'dropout', 'averages': [repr(float(rate))], 'batch': told(image), 'training': training,
                         'results': list(map(told, found))})
    return runs


def values():
    return {
        'rows': normalization([5, 4], momentum=0.75),
        'columns': normalization([4, 5], axis=0, momentum=0.75, epsilon=0.01),
        'doubles': normalization([3, 4, 2], tf.float64, axis=1),
        'images': normalization([2, 3, 4, 5], momentum=0.75),
        'images_by_moments': normalization([2, 3, 4, 5], momentum=0.75, fused=False),
        'renormalized': normalization([5, 4], momentum=0.75, renorm=True, renorm_momentum=0.5,
                                      renorm_clipping={'rmin': 0.5, 'rmax': 1.25, 'dmax': 0.5}),
        'renormalized_columns': normalization([4, 5], axis=0, momentum=0.75, renorm=True, renorm_momentum=0.5),
        'contrib_batch_norms': contrib_batch_norms(),
        'dense_images': dense_images(),
        'dropouts': dropouts(),
        'regularized': regularized(),
        'constrained': constrained(),
        'averages': averages(),
        'branches': branches(),
    }


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, 'nodes.txt'), 'w') as out:
        write_nodes(out)
    with open(os.path.join(folder, 'values.json'), 'w') as out:
        json.dump(values(), out)
        out.write('\n')


if __name__ == '__main__':
    main()
