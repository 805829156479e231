"""Writes what TensorFlow 1.15 makes of summaries, for tests/summary to compare with:

reference.json   histograms, pictures, numbers, names, and what is said of mistakes
network.pb       the GraphDef of a network and its training, with shapes

Run with TensorFlow 1.15.5: python make.py
"""
import json
import os

import numpy as np
import tensorflow as tf

HERE = os.path.dirname(os.path.abspath(__file__))


def run(build):
    """The summary that the op made by `build` computes in a graph of its own."""
    tf.reset_default_graph()
    op = build()
    with tf.Session() as session:
        return tf.Summary.FromString(session.run(op))


def number(x):
    if isinstance(x, np.integer):
        return int(x)
    return float(x) if np.isfinite(x) else str(x).lower()


def tensor(array):
    return {'dtype': array.dtype.name, 'shape': list(array.shape), 'data': [number(x) for x in array.ravel()]}


def histograms():
    random = np.random.RandomState(1)
    arrays = [
        np.zeros([0], np.float32),
        np.zeros([3], np.float32),
        random.standard_normal([4, 5, 6]).astype(np.float32),
        random.standard_normal([50]) * 10.0 ** random.randint(-14, 22, [50]),
        np.array([1e-12, -1e-12, 1.1e-12, 9e-13, 0.0, -0.0, 1e20, -1e20, 1.7e308, -1.7976931348623157e308]),
        random.randint(-1000, 1000, [30]).astype(np.int32),
        random.randint(-2**62, 2**62, [30], np.int64),
        random.randint(0, 256, [30]).astype(np.uint8),
    ]
    for array in arrays:
        histo = run(lambda: tf.summary.histogram('h', tf.constant(array))).value[0].histo
        yield {'input': tensor(array), 'min': histo.min, 'max': histo.max, 'num': histo.num, 'sum': number(histo.sum),
               'sum_squares': number(histo.sum_squares), 'bucket_limit': list(histo.bucket_limit),
               'bucket': list(histo.bucket)}


def pictures():
    random = np.random.RandomState(2)
    def uniform(shape, low, high, dtype=np.float32):
        return random.uniform(low, high, shape).astype(dtype)
    holes = uniform([2, 3, 4, 3], -1, 2)
    holes[0, 0, 1, 2], holes[0, 2, 3, 0], holes[1, 1, 1, 1] = np.nan, np.inf, -np.inf
    cases = [
        (random.randint(0, 256, [2, 3, 4, 3]).astype(np.uint8), 3),
        (uniform([4, 7, 5, 1], 0, 1), 3),
        (uniform([2, 7, 5, 3], 0, 1000), 1),
        (uniform([1, 7, 5, 4], -3, 1), 3),
        (uniform([1, 7, 5, 1], -0.01, 5), 2),
        (uniform([2, 7, 5, 1], -3, 1, np.float64), 3),
        (uniform([1, 16, 16, 3], 0, 1), 3),
        (uniform([1, 16, 16, 3], -1, 1, np.float64), 3),
        (np.zeros([1, 2, 3, 1], np.float32), 3),
        (np.full([1, 2, 3, 1], 5e-7, np.float32), 3),
        (np.full([1, 2, 3, 1], -5e-7, np.float32), 3),
        (holes, 3),
        (np.full([1, 2, 2, 4], np.nan, np.float32), 3),
        (np.zeros([0, 2, 2, 1], np.float32), 3),
    ]
    for array, count in cases:
        summary = run(lambda: tf.summary.image('p', tf.constant(array), max_outputs=count))
        values = []
        for value in summary.value:
            with tf.Session() as session:
                pixels = session.run(tf.image.decode_png(value.image.encoded_image_string))
            values.append({'tag': value.tag, 'height': value.image.height, 'width': value.image.width,
                           'colorspace': value.image.colorspace, 'pixels': pixels.ravel().tolist()})
        yield {'input': tensor(array), 'max_outputs': count, 'values': values}


def scalars():
    for array in [np.float32(0.1), np.float64(0.1), np.float64(1e300), np.int64(2**62 + 2**38 + 1), np.int32(-7), np.uint8(200),
                  np.float32(np.nan)]:
        value = run(lambda: tf.summary.scalar('s', tf.constant(array))).value[0]
        yield {'input': tensor(np.asarray(array)), 'simple_value': number(value.simple_value)}


def names():
    """Node names, op types, and the tag of the second summary."""
    tf.reset_default_graph()
    with tf.name_scope('train'):
        ops = [tf.summary.scalar('/my loss: 1', tf.constant(1.0)), tf.summary.scalar('loss', 3.0, family='my family'),
               tf.summary.histogram('loss', tf.constant([1.0])), tf.summary.image('a/b', tf.zeros([1, 2, 2, 1]))]
    tf.summary.merge(ops[:2])
    merged = tf.summary.merge_all()
    nodes = [[node.name, node.op] for node in tf.get_default_graph().as_graph_def().node]
    with tf.Session() as session:
        summary = tf.Summary.FromString(session.run(merged))
    return {'nodes': nodes, 'tags': [value.tag for value in summary.value]}


def mistakes():
    def twice():
        one = tf.summary.scalar('x', 1.0)
        return tf.summary.merge([one, one])
    unknown = lambda array: tf.placeholder_with_default(np.float32(array), None, name='unknown')
    cases = {
        'scalar_of_vector': lambda: tf.summary.scalar('loss', tf.constant([1.0, 2.0])),
        'scalar_of_unknown': lambda: tf.summary.scalar('loss', unknown([[1.0]])),
        'nan': lambda: tf.summary.histogram('h', tf.constant([1.0, np.nan]), family='f'),
        'infinity': lambda: tf.summary.histogram('h', tf.constant([-np.inf])),
        'rank': lambda: tf.summary.image('p', tf.zeros([2, 3, 4])),
        'rank_of_unknown': lambda: tf.summary.image('p', unknown(np.zeros([2, 3, 4]))),
        'channels': lambda: tf.summary.image('p', tf.zeros([2, 3, 4, 2])),
        'no_pixels': lambda: tf.summary.image('p', tf.zeros([1, 0, 2, 1])),
        'no_pictures_wanted': lambda: tf.summary.image('p', tf.zeros([1, 2, 2, 1]), max_outputs=0),
        'duplicate': twice,
        'name': lambda: tf.summary.scalar('_x', tf.constant(1.0)),
    }
    for name, build in cases.items():
        try:
            run(build)
        except (tf.errors.OpError, ValueError) as error:
            message = error.message if isinstance(error, tf.errors.OpError) else str(error)
            yield {'name': name, 'message': message.split('\n')[0]}


def network():
    tf.reset_default_graph()
    tf.set_random_seed(1)
    x = tf.placeholder(tf.float32, [None, 4], name='x')
    labels = tf.placeholder(tf.int64, [None], name='labels')
    keep = tf.placeholder_with_default(tf.constant(1.0), [], name='keep')
    a = x
    for i, (rows, columns) in enumerate([(4, 5), (5, 6), (6, 3)]):
        with tf.name_scope('layer%d' % (i + 1)):
            w = tf.Variable(tf.truncated_normal([rows, columns], stddev=0.1, seed=i), name='w')
            b = tf.Variable(tf.zeros([columns]), name='b')
            a = tf.matmul(a, w) + b
            tf.summary.histogram('weights', w)
            if i < 2:
                a = tf.nn.relu(a)
    with tf.name_scope('loss'):
        one_hot = tf.one_hot(labels, 3)
        losses = tf.nn.softmax_cross_entropy_with_logits(labels=one_hot, logits=a)
        loss = tf.reduce_mean(losses, 0) * keep
        tf.summary.scalar('mean', loss)
    with tf.name_scope('accuracy'):
        right = tf.equal(tf.argmax(a, 1), labels)
        tf.summary.scalar('share', tf.reduce_mean(tf.cast(right, tf.float32)))
        tf.reduce_any(right, keepdims=True)
    with tf.name_scope('pictures'):
        tf.summary.image('activity', tf.reshape(tf.concat([a, tf.square(a)], 1), [-1, 2, 3, 1]), max_outputs=2)
    top, _ = tf.split(a, [1, 2], 1)
    tf.unstack(tf.constant([[1, 2], [3, 4]], tf.int64))[1] + 1
    with tf.control_dependencies([top, loss]):
        tf.no_op('done')
    tf.train.AdamOptimizer(0.01).minimize(loss, global_step=tf.train.get_or_create_global_step())
    tf.summary.merge_all()
    tf.global_variables_initializer()
    return tf.get_default_graph().as_graph_def(add_shapes=True)


def main():
    reference = {'histograms': list(histograms()), 'pictures': list(pictures()), 'scalars': list(scalars()),
                 'names': names(), 'mistakes': list(mistakes())}
    with open(os.path.join(HERE, 'reference.json'), 'w') as file:
        json.dump(reference, file, indent=None, separators=(',', ':'))
        file.write('\n')
    with open(os.path.join(HERE, 'network.pb'), 'wb') as file:
        file.write(network().SerializeToString())


if __name__ == '__main__':
    main()
