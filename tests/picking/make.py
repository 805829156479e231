"""Writes what TensorFlow 1.15 makes of some programs that pick parts of tensors: batches of indices, tables in pieces.

nodes.txt: for each program a line "== name", and one line a node with its name, op, inputs and control inputs (^name).
values.json: for each program the values of what it returns.

tests/picking builds the same programs. Run with TensorFlow 1.15.5: python make.py
"""
import json
import os

import numpy as np
import tensorflow as tf

PROGRAMS = {}
FEEDS = {}


def program(build):
    PROGRAMS[build.__name__] = build
    return build


def fed(values, shape, name):
    tensor = tf.placeholder(values.dtype, shape, name)
    FEEDS[tensor] = values
    return tensor


def given(name, lengths, shape='known', dtype=np.float32):
    """A tensor of some numbers, of which the graph knows this shape."""
    count = int(np.prod(lengths))
    values = ((np.arange(count) * 37 % 101 - 50) / 16.0).reshape(lengths).astype(dtype)
    return fed(values, lengths if shape == 'known' else shape, name)


def indices(lengths, below, shape='known', dtype=np.int32):
    """Some indices below a number."""
    count = int(np.prod(lengths))
    values = (np.arange(count) * 7 % below).reshape(lengths).astype(dtype)
    return fed(values, lengths if shape == 'known' else shape, 'i')


def with_gradient(y, *xs):
    return [y] + [tf.convert_to_tensor(g) for g in tf.gradients(y * y, list(xs))]


@program
def gather_in_batches():
    p = given('p', [2, 5, 3])
    return with_gradient(tf.gather(p, indices([2, 4], 5), batch_dims=1), p)


@program
def gather_in_batches_of_two_axes():
    p = given('p', [2, 3, 5], [None, None, 5])
    return with_gradient(tf.gather(p, indices([2, 3, 2], 5, [None, 3, None], np.int64), batch_dims=-1), p)


@program
def gather_in_batches_along_an_axis():
    p = given('p', [2, 3, 5, 2])
    return [tf.gather(p, indices([2, 4], 5), batch_dims=1, axis=2), tf.gather(p, indices([2, 4, 2], 2), batch_dims=1, axis=-1)]


@program
def gather_nd_in_batches():
    p = given('p', [2, 3, 4])
    return with_gradient(tf.gather_nd(p, indices([2, 5, 1], 3), batch_dims=1), p)


@program
def gather_nd_in_batches_of_two_axes():
    p = given('p', [2, 3, 4, 2], [None, 3, None, 2])
    return with_gradient(tf.gather_nd(p, indices([2, 3, 2, 2], 2, [None, 3, None, 2], np.int64), batch_dims=2), p)


@program
def tables_in_turn():
    p, q = given('p', [5, 3]), given('q', [4, 3])
    return with_gradient(tf.nn.embedding_lookup([p, q], indices([2, 4], 9)), p, q)


@program
def tables_by_stretches():
    p, q = given('p', [4, 3]), given('q', [3, 3])
    return with_gradient(tf.nn.embedding_lookup([p, q], indices([6], 7, [None], np.int64), 'div', max_norm=2.5), p, q)


@program
def tables_of_unknown_lengths():
    p, q, r = given('p', [3, 2], [None, 2]), given('q', [2, 2], [2, None]), given('r', [2, 2])
    return [tf.nn.embedding_lookup([p, q, r], indices([2, 5], 7, None), 'div', max_norm=1.5)]


@program
def one_table_with_a_norm():
    p = given('p', [5, 3])
    return with_gradient(tf.nn.embedding_lookup(p, indices([2, 4], 5), max_norm=1.0), p)


@program
def a_single_row_with_a_norm():
    return [tf.nn.embedding_lookup([given('p', [5, 3])], 2, max_norm=1.0)]


def truths(lengths, shape='known'):
    count = int(np.prod(lengths))
    return fed((np.arange(count) % 3 == 0).reshape(lengths), lengths if shape == 'known' else shape, 'c')


@program
def picked_with_broadcasting():
    x, y = given('x', [2, 1, 4]), given('y', [])
    return with_gradient(tf.where_v2(truths([3, 1]), x, y), x, y)


@program
def picked_of_unknown_shapes():
    x, y = given('x', [2, 1, 4], None), given('y', [3, 1], [None, 1])
    return with_gradient(tf.where_v2(truths([4], [None]), x, y), x, y)


@program
def blocks():
    x = given('x', [1, 4, 4, 4])
    return with_gradient(tf.space_to_depth(x, 2), x) + with_gradient(tf.depth_to_space(x, 2), x)


@program
def waiting():
    x, y = given('x', [2]), given('y', [2])
    first = tf.constant(1.0)
    return tf.tuple([x, y], control_inputs=[first])


def write_nodes(out):
    for name, build in PROGRAMS.items():
        tf.reset_default_graph()
        build()
        out.write('== ' + name + '\n')
        for op in tf.get_default_graph().get_operations():
            controls = ['^' + control.name for control in op.control_inputs]
            out.write(' '.join([op.name, op.type] + [i.name for i in op.inputs] + controls) + '\n')


def plain(value):
    return {'shape': list(np.shape(value)), 'data': [float(str(x)) for x in np.ravel(value)]}


def values():
    found = {}
    for name, build in PROGRAMS.items():
        tf.reset_default_graph()
        FEEDS.clear()
        results = build()
        with tf.Session() as session:
            found[name] = [plain(value) for value in session.run(results, FEEDS)]
    return found


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, 'nodes.txt'), 'w') as out:
        write_nodes(out)
    with open(os.path.join(folder, 'values.json'), 'w') as out:
        json.dump(values(), out)
        out.write('\n')


if __name__ == '__main__':
    main()
