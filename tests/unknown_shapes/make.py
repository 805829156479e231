"""Writes what TensorFlow 1.15 gives for functions of placeholders of which more or less of the shape is known: cases.json.

Each function is called with each of its lists of inputs, the shapes known whole ("known"), but for the first length ("first"), but for all
lengths ("lengths"), and not at all ("rank"). An outcome is a value, or where it failed: "build" or "run". With a value stand the gradients
with respect to the inputs of floating type on which it depends, unless these fail. One that is that of known shapes is told so.

Run with TensorFlow 1.15.5: python make.py
"""
import json
import os

import numpy as np
import tensorflow as tf

FUNCTIONS = {}


def rows(name, function, *cases):
    assert name not in FUNCTIONS, name
    FUNCTIONS[name] = (function, cases)


def f(*shape):
    """Numbers of this shape, all different, between 0 and 1."""
    count = int(np.prod(shape))
    return (((np.arange(count) * 7 + 3) % 23 + 1) / 25.0).astype(np.float32).reshape(shape)


def g(*shape):
    """Others."""
    count = int(np.prod(shape))
    return (((np.arange(count) * 5 + 11) % 19 + 1) / 21.0).astype(np.float32).reshape(shape)


def i(values, *shape):
    return np.array(values, np.int32).reshape(shape)


def b(values, *shape):
    return np.array(values, bool).reshape(shape)


PAIRS = [(f(2, 3), g(2, 3)), (f(3), g(3)), (f(2, 1), g(2, 1)), (f(), g()), (f(3, 1), g(3)), (f(3), g(3, 1)), (f(1, 3), g(2, 3)),
         (f(3), g(2)), (f(), g(2)), (f(2, 3), g(3))]
CLASSES = [(f(2, 3), g(2, 3)), (f(2, 2, 3), g(2, 2, 3)), (f(1, 3), g(2, 3)), (f(2, 1, 3), g(1, 2, 3)), (f(2, 3, 2), g(3, 2, 2)),
           (f(2, 3), g(2, 1, 3)), (f(2, 3), g(2, 2))]
WEIGHTS = [f(), f(1, 1), f(2, 1), f(1, 3), f(2, 3), f(3), f(2), f(1), f(2, 2), f(3, 1), f(1, 2, 3), f(2, 3, 1)]
weighted = [(f(2, 3), g(2, 3), w) for w in WEIGHTS] + [(f(3, 1), g(3, 1), f(1, 3)), (f(3, 1), g(3, 1), f(3, 1))]

L = tf.losses
for name in ['mean_squared_error', 'absolute_difference', 'huber_loss', 'hinge_loss', 'log_loss', 'sigmoid_cross_entropy']:
    loss = getattr(L, name)
    rows('losses::' + name, loss, *PAIRS)
    rows('losses::' + name + ' weights', lambda x, y, w, loss=loss: loss(x, y, weights=w), *weighted)
rows('losses::softmax_cross_entropy', L.softmax_cross_entropy, *CLASSES)
rows('losses::softmax_cross_entropy smoothed', lambda x, y: L.softmax_cross_entropy(x, y, label_smoothing=0.1), *CLASSES)
rows('losses::softmax_cross_entropy weights', lambda x, y, w: L.softmax_cross_entropy(x, y, weights=w),
     *[(f(2, 3), g(2, 3), w) for w in (f(), f(2), f(1), f(3), f(2, 1), f(2, 3))])
losses = [(f(1, 3)[0], i([1, 0, 2], 3, 1).astype(np.float32)), (f(1), f(3)), (f(1, 2), f(2, 2)), (f(2, 2), f(2)), (f(2, 2), f(2, 1)),
          (f(3), f(2)), (f(3), f()), (f(), f()), (f(), f(1)), (f(2, 0), f(2, 1)), (f(0), f(0)), (f(0), f(1)), (f(0), f(3)), (f(2, 2), f(0, 2))]
rows('losses::compute_weighted_loss', lambda l, w: L.compute_weighted_loss(l, w), *losses)
for reduction in ['NONE', 'SUM', 'MEAN', 'SUM_OVER_BATCH_SIZE', 'SUM_BY_NONZERO_WEIGHTS']:
    rows('losses::compute_weighted_loss ' + reduction,
         lambda l, w, r=reduction: L.compute_weighted_loss(l, w, reduction=getattr(L.Reduction, r)),
         (f(2, 3), f(1, 3)), (f(2, 3), f(3)), (f(2, 3), f(3, 3)), (f(1, 3), f(2, 3)), (f(2, 3), f()))
SPARSE = [(i([0, 3, 2], 3), f(3, 4)), (i([0, 3, 2], 3, 1), f(3, 4)), (i([0, 3, 2], 3), f(3, 4, 1)), (i([0, 1, 2, 0], 2, 2), f(2, 2, 3)),
          (i([0, 1, 2, 0], 2, 2, 1), f(2, 2, 3)), (i([0, 1], 2), f(3, 4)), (i([0, 1, 2, 0, 1, 2], 3, 2), f(3, 4)),
          (i([0, 1, 2], 3, 1, 1), f(3, 4)), (i([0, 3, 2], 3), f(3, 4, 2)), (i([1], 1), f(1, 4)), (i([1], 1, 1), f(1, 1))]
rows('losses::sparse_softmax_cross_entropy', L.sparse_softmax_cross_entropy, *SPARSE)
rows('losses::sparse_softmax_cross_entropy weights', lambda x, y, w: L.sparse_softmax_cross_entropy(x, y, weights=w),
     *[(labels, f(3, 4), w) for labels in (i([0, 3, 2], 3), i([0, 3, 2], 3, 1))
       for w in (f(), f(3), f(3, 1), f(1), f(1, 1), f(2), f(1, 3), f(3, 2))])
rows('nn::sigmoid_cross_entropy_with_logits', lambda x, y: tf.nn.sigmoid_cross_entropy_with_logits(labels=x, logits=y), *PAIRS)
rows('nn::weighted_cross_entropy_with_logits', lambda x, y: tf.nn.weighted_cross_entropy_with_logits(x, y, 2.0), *PAIRS)
rows('nn::softmax_cross_entropy_with_logits', lambda x, y: tf.nn.softmax_cross_entropy_with_logits(labels=x, logits=y), *CLASSES)
rows('nn::softmax_cross_entropy_with_logits_v2', lambda x, y: tf.nn.softmax_cross_entropy_with_logits_v2(labels=x, logits=y), *CLASSES)
rows('nn::sparse_softmax_cross_entropy_with_logits',
     lambda x, y: tf.nn.sparse_softmax_cross_entropy_with_logits(labels=x, logits=y), *SPARSE, (i([1]), f(4)), (i([1], 1), f(4)))
rows('confusion_matrix', tf.confusion_matrix, (i([0, 1, 2], 3), i([0, 1, 1], 3)), (i([0, 1, 2], 3, 1), i([0, 1, 1], 3)),
     (i([0, 1, 2], 3), i([0, 1, 1], 3, 1)), (i([0, 1, 2], 3, 1), i([0, 1, 1], 3, 1)), (i([0, 1, 2], 3), i([0, 1], 2)),
     (i([0, 1, 2, 0], 2, 2), i([0, 1], 2)))
rows('confusion_matrix weights', lambda x, y, w: tf.confusion_matrix(x, y, 4, weights=tf.stop_gradient(w), dtype=tf.float32),
     (i([0, 1, 2], 3), i([0, 1, 1], 3), f(3)), (i([0, 1, 2], 3), i([0, 1, 1], 3), f(2)), (i([0, 1, 2], 3), i([0, 1, 1], 3), f(3, 1)))

rows('clip_by_value', tf.clip_by_value, (f(2, 3), f() * 2, f() * 5), (f(2, 3), f(3) / 2, g(2, 3)), (f(3), f() * 0, g(2, 3)),
     (f(3), f(2, 3) / 2, f() * 5), (f(1), f() * 0, g(3)), (f(2, 3), f(2) / 2, g(3)), (f(2, 1), f(3) / 3, f() * 5))
rows('clip_by_norm', tf.clip_by_norm, (f(2, 3), f()), (f(2, 3), f(3)), (f(2, 3), f(2, 1)), (f(3), f(2, 3)), (f(1), f(3)), (f(2, 3), f(2)))
rows('clip_by_norm axes', lambda x, y: tf.clip_by_norm(x, y, axes=[1]), (f(2, 3), f()), (f(2, 3), f(2, 1)), (f(3, 1), f(3)), (f(3), f()))
MASKS = [(f(3, 2), b([1, 0, 1], 3)), (f(2, 2, 2), b([1, 0, 1, 1], 2, 2)), (f(3, 2), b([1, 0], 2)), (f(3, 2), b([1, 0, 1, 1], 4)),
         (f(3, 2), b([1, 0, 1, 0, 0, 0], 3, 2)), (f(3, 2), b([1, 0, 1, 0, 0, 0], 2, 3)), (f(3), b([1, 0, 1, 0, 0, 0], 3, 2)), (f(3, 2), b([1]))]
rows('boolean_mask', tf.boolean_mask, *MASKS)
rows('boolean_mask axis', lambda x, m: tf.boolean_mask(x, m, axis=1), (f(3, 2), b([1, 0], 2)), (f(3, 2), b([1, 0, 1], 3)),
     (f(2, 3, 2), b([1, 0, 1], 3)), (f(2), b([1, 0], 2)))
rows('nn::dropout rate', lambda x, r: tf.nn.dropout(x, rate=r, seed=1), (f(2, 3), f() * 3), (f(2, 3), f(1) * 3), (f(2, 3), f(3) / 2))
rows('nn::dropout noise_shape', lambda x: tf.nn.dropout(x, rate=0.5, seed=1, noise_shape=[2, 1]), (f(2, 3),), (f(1, 3),), (f(3, 3),),
     (f(2, 2, 3),), (f(3),))

rows('layers::flatten', tf.layers.flatten, (f(2, 3, 2),), (f(3),), (f(2, 3),), (f(),))
rows('layers::dense', lambda x: tf.layers.dense(x, 2, kernel_initializer=tf.ones_initializer()), (f(2, 3),), (f(2, 2, 3),), (f(3),))
rows('layers::batch_normalization', lambda x: tf.layers.batch_normalization(x, training=True), (f(4, 2),), (f(3, 1, 1, 2),), (f(),))
rows('layers::batch_normalization renorm', lambda x: tf.layers.batch_normalization(x, training=True, renorm=True), (f(4, 2),), (f(3, 1, 1, 2),),
     (f(),))
rows('layers::batch_normalization told', lambda x, t: tf.layers.batch_normalization(x, training=t),
     *[(x, t) for x in (f(4, 2), f(3, 1, 1, 2)) for t in (b([1]), b([0]), b([1], 1), b([1, 0], 2))])
rows('layers::dropout told', lambda x, t: tf.layers.dropout(x, seed=1, training=t), (f(2, 3), b([1])), (f(2, 3), b([0])),
     (f(2, 3), b([1], 1)), (f(2, 3), b([1, 0], 2)))

ONES = tf.ones_initializer()
for name, size, (arrays, wrong) in [('1d', 2, (f(2, 5, 2), f(2, 5))), ('2d', [2, 1], (f(1, 3, 4, 2), f(2, 5, 2))), ('3d', 2, (f(1, 3, 2, 4, 1), f(1, 3, 4, 2)))]:
    layer = getattr(tf.layers, 'conv' + name)
    rows('layers::conv' + name, lambda x, layer=layer, size=size: layer(x, 2, size, kernel_initializer=ONES), (arrays,), (wrong,))
for name, (arrays, wrong) in {'2d': (f(1, 3, 4, 2), f(2, 5, 2)), '3d': (f(1, 3, 2, 4, 1), f(1, 3, 4, 2))}.items():
    layer = getattr(tf.layers, 'conv%s_transpose' % name)
    rows('layers::conv%s_transpose' % name, lambda x, layer=layer: layer(x, 2, 2, strides=2, kernel_initializer=ONES), (arrays,), (wrong,))
for name, (arrays, wrong) in {'1d': (f(2, 5, 2), f(2, 5)), '2d': (f(1, 3, 4, 2), f(2, 5, 2))}.items():
    layer = getattr(tf.layers, 'separable_conv' + name)
    rows('layers::separable_conv' + name, lambda x, layer=layer: layer(x, 2, 2, depthwise_initializer=ONES, pointwise_initializer=ONES), (arrays,), (wrong,))
CONTRIB = tf.contrib.layers
rows('contrib::layers::fully_connected', lambda x: CONTRIB.fully_connected(x, 2, weights_initializer=ONES), (f(2, 3),), (f(2, 2, 3),), (f(3),))
rows('contrib::layers::linear', lambda x: CONTRIB.linear(x, 2, weights_initializer=ONES), (f(2, 3),), (f(3),))
rows('contrib::layers::conv2d', lambda x: CONTRIB.conv2d(x, 2, 2, weights_initializer=ONES), (f(1, 3, 4, 2),))
rows('contrib::layers::conv2d_transpose', lambda x: CONTRIB.conv2d_transpose(x, 2, 2, weights_initializer=ONES), (f(1, 3, 4, 2),))
rows('contrib::layers::separable_conv2d', lambda x: CONTRIB.separable_conv2d(x, 2, 2, 1, weights_initializer=ONES), (f(1, 3, 4, 2),))
rows('contrib::layers::max_pool2d', lambda x: CONTRIB.max_pool2d(x, 2), (f(1, 3, 4, 2),), (f(2, 5, 2),))
rows('contrib::layers::avg_pool2d', lambda x: CONTRIB.avg_pool2d(x, 2), (f(1, 3, 4, 2),), (f(2, 5, 2),))
rows('contrib::layers::batch_norm', lambda x: CONTRIB.batch_norm(x, fused=False), (f(4, 2),), (f(3, 1, 1, 2),))
rows('contrib::layers::batch_norm batch_weights', lambda x, w: CONTRIB.batch_norm(x, batch_weights=w), (f(4, 2), g(4)), (f(4, 2), g(1)),
     (f(4, 2), g(3)), (f(4, 2), g(4, 1)), (f(4, 2), g()))
rows('contrib::layers::batch_norm zero_debias', lambda x: CONTRIB.batch_norm(x, fused=False, zero_debias_moving_mean=True), (f(4, 2),),
     (f(3, 1, 1, 2),))
rows('contrib::layers::optimize_loss',
     lambda x: CONTRIB.optimize_loss(x * tf.get_variable('v', [], initializer=ONES), None, 0.0, 'SGD', clip_gradients=0.1), (f(),), (f(2),))
rows('contrib::layers::layer_norm', CONTRIB.layer_norm, (f(2, 3),))
rows('contrib::layers::instance_norm', CONTRIB.instance_norm, (f(1, 3, 4, 2),))
rows('contrib::layers::group_norm', lambda x: CONTRIB.group_norm(x, groups=2), (f(1, 3, 4, 2),))
rows('contrib::layers::unit_norm', lambda x: CONTRIB.unit_norm(x, 1), (f(2, 3),))
rows('contrib::layers::maxout', lambda x: CONTRIB.maxout(x, 2), (f(2, 4),), (f(2, 3),))
rows('contrib::layers::bias_add', CONTRIB.bias_add, (f(2, 3),))
rows('contrib::layers::dropout', lambda x: CONTRIB.dropout(x, is_training=False), (f(2, 3),))
rows('contrib::layers::flatten', CONTRIB.flatten, (f(2, 3, 2),), (f(3),))
rows('contrib::layers::softmax', CONTRIB.softmax, (f(2, 3),), (f(2, 2, 3),), (f(3),))
rows('contrib::layers::one_hot_encoding', lambda x: CONTRIB.one_hot_encoding(x, 3), (i([0, 2, 1], 3),), (i([0, 2], 1, 2),))
rows('contrib::layers::embed_sequence', lambda x: CONTRIB.embed_sequence(x, 3, 2, initializer=ONES), (i([0, 2, 1, 1], 2, 2),))

rows('nn::softmax', tf.nn.softmax, (f(2, 3),), (f(3),), (f(2, 2, 3),), (f(),))
rows('nn::softmax axis', lambda x: tf.nn.softmax(x, axis=0), (f(2, 3),), (f(3),), (f(2, 2, 3),), (f(),))
rows('nn::log_softmax', tf.nn.log_softmax, (f(2, 3),), (f(3),), (f(),))
rows('nn::l2_normalize', lambda x: tf.nn.l2_normalize(x, axis=1), (f(2, 3),), (f(2, 2, 3),), (f(3),))
rows('nn::moments', lambda x: tf.add(*tf.nn.moments(x, axes=[0])), (f(2, 3),), (f(3),), (f(),))
rows('nn::weighted_moments', lambda x, w: tf.add(*tf.nn.weighted_moments(x, [0], w)), (f(2, 3), g(2, 1)), (f(2, 3), g(3)), (f(3), g(3)),
     (f(2, 3), g(2)), (f(), g()))
rows('nn::bias_add', tf.nn.bias_add, (f(2, 3), g(3)), (f(2, 2, 3), g(3)), (f(2, 3), g(2)), (f(3), g(3)), (f(2, 3), g(1)), (f(2, 3), g(1, 3)))
rows('nn::xw_plus_b', tf.nn.xw_plus_b, (f(2, 3), g(3, 2), f(2)), (f(2, 3), g(2, 2), f(2)), (f(2, 3), g(3, 2), f(3)), (f(3), g(3, 2), f(2)))
rows('nn::relu_layer', tf.nn.relu_layer, (f(2, 3), g(3, 2), f(2)), (f(2, 3), g(3, 2), f(1)))
rows('nn::crelu', tf.nn.crelu, (f(2, 3),), (f(3),), (f(),))
rows('nn::batch_normalization', lambda x, m, v: tf.nn.batch_normalization(x, m, v, None, None, 0.1), (f(2, 3), g(3), f(3)),
     (f(2, 3), g(2, 1), f(3)), (f(2, 3), g(2), f(3)))
rows('nn::local_response_normalization', tf.nn.local_response_normalization, (f(1, 2, 2, 3),), (f(2, 3),))
rows('nn::fused_batch_norm', lambda x, s, o: tf.nn.fused_batch_norm(x, s, o)[0], (f(3, 1, 1, 2), g(2), f(2)), (f(3, 1, 1, 2), g(3), f(2)),
     (f(3, 2), g(2), f(2)))

PICTURES, VOLUMES, SEQUENCES = f(1, 3, 4, 2), f(1, 3, 2, 4, 1), f(2, 5, 2)
for name, (arrays, wrong) in {'1d': (SEQUENCES, PICTURES), '': (PICTURES, SEQUENCES), '3d': (VOLUMES, PICTURES)}.items():
    for kind in ['max', 'avg']:
        pool = getattr(tf.nn, kind + '_pool' + name)
        rows('nn::%s_pool%s' % (kind, name), lambda x, pool=pool: pool(x, 2, 2, 'SAME'), (arrays,), (wrong,), (f(2, 3),))
for name, (arrays, wrong) in {'1d': (SEQUENCES, PICTURES), '2d': (PICTURES, SEQUENCES), '3d': (VOLUMES, PICTURES)}.items():
    for kind in ['max', 'average']:
        pool = getattr(tf.layers, kind + '_pooling' + name)
        rows('layers::%s_pooling%s' % (kind, name), lambda x, pool=pool: pool(x, 2, 2), (arrays,), (wrong,))
rows('nn::max_pool_with_argmax', lambda x: tf.nn.max_pool_with_argmax(x, [1, 2, 2, 1], [1, 1, 2, 1], 'SAME')[0], (PICTURES,), (SEQUENCES,))
rows('nn::pool', lambda x: tf.nn.pool(x, [2, 2], 'MAX', 'VALID', strides=[1, 2]), (PICTURES,), (SEQUENCES,))
for kind in ['max', 'avg']:
    pool = getattr(tf.nn, 'fractional_%s_pool' % kind)
    rows('nn::fractional_%s_pool' % kind, lambda x, pool=pool: pool(x, [1.0, 1.5, 1.5, 1.0], deterministic=True, seed=1, seed2=2)[0], (PICTURES,))
for name in ['dilation2d', 'erosion2d']:
    rows('nn::' + name, lambda x, k, name=name: getattr(tf.nn, name)(x, k, strides=[1, 1, 2, 1], rates=[1, 1, 1, 1], padding='SAME'),
         (PICTURES, g(2, 2, 2)), (PICTURES, g(2, 2, 1)), (SEQUENCES, g(2, 2, 2)))
rows('nn::extract_image_patches', lambda x: tf.extract_image_patches(x, [1, 2, 2, 1], [1, 1, 2, 1], [1, 1, 1, 1], 'SAME'), (PICTURES,), (SEQUENCES,))
rows('nn::extract_volume_patches', lambda x: tf.extract_volume_patches(x, [1, 2, 1, 2, 1], [1, 1, 2, 1, 1], 'SAME'), (VOLUMES,), (PICTURES,))
SERIES, PLANE, SPACE = f(2, 5, 2), f(1, 3, 4, 2), f(1, 3, 2, 4, 1)
ONE = [1, 1, 1, 1]
rows('nn::conv1d', lambda x, k: tf.nn.conv1d(x, k, 2, 'SAME'), (SERIES, g(2, 2, 3)), (SERIES, g(2, 3, 2)), (PLANE, g(2, 2, 3)))
rows('nn::conv2d', lambda x, k: tf.nn.conv2d(x, k, [1, 1, 2, 1], 'SAME'), (PLANE, g(2, 2, 2, 3)), (PLANE, g(2, 2, 3, 2)),
     (SERIES, g(2, 2, 2, 3)))
rows('nn::conv3d', lambda x, k: tf.nn.conv3d(x, k, [1, 1, 2, 1, 1], 'VALID'), (SPACE, g(2, 1, 2, 1, 2)), (SPACE, g(2, 1, 2, 2, 2)),
     (SPACE, g(4, 1, 2, 1, 2)))
rows('nn::conv1d_transpose', lambda x, k: tf.nn.conv1d_transpose(x, k, [2, 10, 3], 2), (SERIES, g(2, 3, 2)), (SERIES, g(2, 3, 3)))
rows('nn::conv2d_transpose', lambda x, k: tf.nn.conv2d_transpose(x, k, [1, 3, 8, 3], [1, 1, 2, 1]), (PLANE, g(2, 2, 3, 2)),
     (SERIES, g(2, 2, 3, 2)))
rows('nn::conv3d_transpose', lambda x, k: tf.nn.conv3d_transpose(x, k, [1, 3, 4, 4, 2], [1, 1, 2, 1, 1]), (SPACE, g(2, 1, 2, 2, 1)))
rows('nn::conv2d_backprop_input', lambda k, d: tf.nn.conv2d_backprop_input([1, 3, 4, 3], k, d, ONE, 'SAME'), (g(2, 2, 3, 2), PLANE))
rows('nn::conv2d_backprop_filter', lambda x, d: tf.nn.conv2d_backprop_filter(x, [2, 2, 2, 2], d, ONE, 'SAME'), (PLANE, PLANE))
rows('nn::depthwise_conv2d', lambda x, k: tf.nn.depthwise_conv2d(x, k, ONE, 'SAME'), (PLANE, g(2, 2, 2, 2)), (PLANE, g(2, 2, 3, 2)))
rows('nn::depthwise_conv2d_backprop_input', lambda k, d: tf.nn.depthwise_conv2d_backprop_input([1, 3, 4, 2], k, d, ONE, 'SAME'),
     (g(2, 2, 2, 1), PLANE))
rows('nn::depthwise_conv2d_backprop_filter', lambda x, d: tf.nn.depthwise_conv2d_backprop_filter(x, [2, 2, 2, 1], d, ONE, 'SAME'),
     (PLANE, PLANE))
rows('nn::separable_conv2d', lambda x, k, p: tf.nn.separable_conv2d(x, k, p, ONE, 'SAME'), (PLANE, g(2, 2, 2, 2), f(1, 1, 4, 3)))
rows('nn::atrous_conv2d', lambda x, k: tf.nn.atrous_conv2d(x, k, 2, 'VALID'), (PLANE, g(2, 2, 2, 2)))
rows('nn::atrous_conv2d_transpose', lambda x, k: tf.nn.atrous_conv2d_transpose(x, k, [1, 5, 6, 3], 2, 'VALID'), (PLANE, g(2, 2, 3, 2)))
rows('nn::convolution', lambda x, k: tf.nn.convolution(x, k, 'VALID', dilation_rate=[2, 1]), (PLANE, g(2, 2, 2, 2)))

rows('matmul', tf.matmul, (f(2, 3), g(3, 2)), (f(2, 2, 3), g(2, 3, 2)), (f(2, 3), g(2, 3)), (f(3), g(3, 2)), (f(2, 2, 3), g(3, 2, 3)),
     (f(1, 2, 3), g(2, 3, 2)))
rows('add', tf.add, (f(2, 3), g(2, 3)), (f(2, 1), g(3)), (f(2, 3), g(2)), (f(), g(2)))
rows('scalar_mul', tf.scalar_mul, (f(), g(2)), (f(2), g(2)))
rows('add_n', lambda *x: tf.add_n(x), (f(2, 3), g(2, 3)), (f(1, 3), g(2, 3)), (f(3), g(2)))
rows('where', tf.where, (b([1, 0], 2), f(2, 3), g(2, 3)), (b([1]), f(2, 3), g(2, 3)), (b([1, 0, 1], 3), f(2, 3), g(2, 3)),
     (b([1, 0], 2), f(2), g(2)), (b([1, 0], 2), f(2, 3), g(1, 3)), (b([1, 0], 2, 1), f(2, 3), g(2, 3)))
rows('where_v2', tf.where_v2, (b([1, 0], 2), f(2), g(2)), (b([1]), f(2, 3), g(2, 3)), (b([1, 0, 1], 3), f(2, 3), g(2, 1)),
     (b([1, 0], 2, 1), f(3), g()), (b([1, 0], 2), f(2, 3), g(2, 3)), (b([1, 0, 1], 3), f(2), g()))
rows('transpose', tf.transpose, (f(2, 3),), (f(2, 3, 2),), (f(),))
rows('transpose perm', lambda x: tf.transpose(x, [1, 0]), (f(2, 3),), (f(3),), (f(2, 3, 2),))
rows('matrix_transpose', tf.matrix_transpose, (f(2, 3),), (f(2, 2, 3),), (f(3),), (f(),))
rows('reshape', lambda x: tf.reshape(x, [-1, 2]), (f(2, 3),), (f(3),), (f(4),))
rows('expand_dims', lambda x: tf.expand_dims(x, 1), (f(2, 3),), (f(2),), (f(),))
rows('squeeze', lambda x: tf.squeeze(x, [1]), (f(2, 1),), (f(2, 3),), (f(2),))
rows('concat', lambda *x: tf.concat(x, 1), (f(2, 3), g(2, 2)), (f(2, 3), g(3, 3)), (f(3), g(3)), (f(2, 3), g(2)))
rows('stack', lambda *x: tf.stack(x, 1), (f(2, 3), g(2, 3)), (f(2, 3), g(1, 3)), (f(), g()), (f(2), g(2)))
rows('split', lambda x: tf.split(x, 3, 1)[1], (f(2, 3),), (f(2, 6),), (f(2, 4),), (f(3),))
rows('unstack', lambda x: tf.unstack(x, 2)[1], (f(2, 3),), (f(2),), (f(3),), (f(),))
rows('tile', lambda x: tf.tile(x, [2, 1]), (f(2, 3),), (f(3),))
rows('pad', lambda x: tf.pad(x, [[0, 1], [1, 0]]), (f(2, 3),), (f(3),))
rows('reverse', lambda x: tf.reverse(x, [1]), (f(2, 3),), (f(3),))
rows('slice', lambda x: tf.slice(x, [0, 1], [2, 2]), (f(2, 3),), (f(3, 3),), (f(1, 3),), (f(3),))
rows('gather', tf.gather, (f(3, 2), i([2, 0], 2)), (f(3, 2), i([1])), (f(3), i([2, 3], 2)), (f(), i([0])))
rows('gather axis', lambda x, y: tf.gather(x, y, axis=1), (f(2, 3), i([2, 0], 2)), (f(3), i([2], 1)))
rows('gather batch', lambda x, y: tf.gather(x, y, batch_dims=1), (f(2, 3), i([2, 0, 1, 1], 2, 2)), (f(2, 2, 3), i([1, 0], 2, 1)))
rows('nn::embedding_lookup', tf.nn.embedding_lookup, (f(3, 2), i([2, 0], 2)), (f(3, 2), i([1])), (f(3), i([2, 3], 2)), (f(), i([0])))
rows('nn::embedding_lookup tables', lambda x, y, ids: tf.nn.embedding_lookup([x, y], ids), (f(2, 3), g(2, 3), i([3, 0, 1], 3)),
     (f(3, 2), g(2, 2), i([0, 4, 2, 2], 2, 2)), (f(2, 3), g(2, 2), i([0], 1)), (f(2), g(2), i([4])), (f(2, 2), g(1, 2), i([0, 3], 2)))
rows('nn::embedding_lookup div', lambda x, y, ids: tf.nn.embedding_lookup([x, y], ids, 'div'), (f(2, 3), g(2, 3), i([3, 0, 1], 3)),
     (f(3, 2), g(2, 2), i([0, 4, 2, 2], 2, 2)), (f(1, 2), g(0, 2), i([0], 1)))
rows('one_hot', lambda x: tf.one_hot(x, 3), (i([0, 2], 2),), (i([1]),), (i([0, 1, 2, 3], 2, 2),))
rows('broadcast_to', lambda x: tf.broadcast_to(x, [2, 3]), (f(3),), (f(2, 1),), (f(2),), (f(1, 2, 3),))
rows('reduce_sum', lambda x: tf.reduce_sum(x, 1), (f(2, 3),), (f(2, 2, 3),), (f(3),))
rows('reduce_mean', tf.reduce_mean, (f(2, 3),), (f(),), (f(0),))
rows('reduce_max', lambda x: tf.reduce_max(x, [0, -1], keepdims=True), (f(2, 3),), (f(2, 2, 3),), (f(),))
rows('argmax', lambda x: tf.argmax(x, 1), (f(2, 3),), (f(3),), (f(2, 0),))
rows('cumsum', lambda x: tf.cumsum(x, 1), (f(2, 3),), (f(3),))
rows('norm', lambda x: tf.norm(x, axis=1), (f(2, 3),), (f(3),))
rows('top_k', lambda x: tf.nn.top_k(x, 2)[0], (f(2, 3),), (f(3),), (f(2, 1),), (f(),))
rows('cross', tf.cross, (f(2, 3), g(2, 3)), (f(2, 2), g(2, 2)), (f(3), g(2, 3)))
rows('diag_part', tf.diag_part, (f(2, 2),), (f(2, 3),), (f(3),))
rows('matrix_diag_part', tf.matrix_diag_part, (f(2, 3),), (f(2, 2, 2),), (f(3),))
rows('matrix_set_diag', tf.matrix_set_diag, (f(2, 3), g(2)), (f(2, 3), g(3)), (f(3), g(3)))
rows('segment_sum', tf.segment_sum, (f(3, 2), i([0, 0, 1], 3)), (f(3, 2), i([0, 0], 2)), (f(3), i([0, 0, 1], 3, 1)))
rows('unsorted_segment_sum', lambda x, y: tf.unsorted_segment_sum(x, y, 2), (f(3, 2), i([0, 1, 0], 3)), (f(3, 2), i([0, 1], 2)),
     (f(2, 2), i([0, 1, 0, 1], 2, 2)))


def modes(array):
    shape = list(array.shape)
    return {'known': shape, 'first': [None] + shape[1:] if shape else [], 'lengths': [None] * len(shape), 'rank': None}


def message_of(error):
    """What an error says, without the places in TensorFlow's files that a layer puts before it."""
    text = str(error)
    return text.strip().split('\n')[-1].strip() if text.startswith('in converted code:') else text


def outcome(function, arrays, mode):
    graph = tf.Graph()
    with graph.as_default():
        tf.set_random_seed(5)
        try:
            inputs = [tf.placeholder(array.dtype, modes(array)[mode]) for array in arrays]
            result = function(*inputs)
        except Exception as error:
            return {'build': message_of(error)[:120]}
        try:
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                value = session.run(result, dict(zip(inputs, arrays)))
        except tf.errors.OpError as error:
            return {'run': type(error).__name__ + ': ' + error.message.split('\n')[0][:120]}
        told = {'value': tell(value)}
        try:
            slopes = slopes_of(result, inputs)
            with tf.Session() as session:
                session.run(tf.global_variables_initializer())
                told['slopes'] = [tell(slope) for slope in session.run(slopes, dict(zip(inputs, arrays)))]
        except Exception:
            pass
    return told


def slopes_of(result, inputs):
    if not result.dtype.is_floating:
        return []
    slopes = tf.gradients(result, [x for x in inputs if x.dtype.is_floating])
    return [tf.convert_to_tensor(slope) for slope in slopes if slope is not None]


def number(x):
    """As JSON has it, which has no NaN."""
    return None if x != x else float('%.9g' % x)


def tell(array):
    array = np.asarray(array)
    return {'dtype': str(array.dtype), 'shape': list(array.shape), 'values': [number(x) for x in array.flatten()]}


def main():
    tf.logging.set_verbosity(tf.logging.ERROR)
    told = []
    for name, (function, cases) in FUNCTIONS.items():
        for arrays in cases:
            # Arithmetic with numbers makes doubles of single numbers.
            arrays = [np.asarray(x, np.float32) if x.dtype == np.float64 else x for x in arrays]
            outcomes = {mode: outcome(function, arrays, mode) for mode in modes(arrays[0])}
            outcomes = {mode: told if mode == 'known' or told != outcomes['known'] else 'as known' for mode, told in outcomes.items()}
            told.append({'function': name, 'inputs': [tell(array) for array in arrays], 'outcomes': outcomes})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'cases.json')
    with open(path, 'w') as file:
        file.write('[\n' + ',\n'.join(json.dumps(case) for case in told) + '\n]\n')
    print(len(told), 'cases')


if __name__ == '__main__':
    main()
