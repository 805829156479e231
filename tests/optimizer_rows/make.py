"""Writes what TensorFlow 1.15's ops that change variables make of NaN, infinities, zeros of both signs, and of rows that
are named twice, in any order or not at all, to updates.txt.

tests/optimizer_rows/main.rs tells the format and runs the same ops. Run with TensorFlow 1.15.5: python make.py
"""
import os

import numpy as np
import tensorflow as tf
from tensorflow.python.training import gen_training_ops as ops

NAN, INF = float('nan'), float('inf')
# What may stand in a variable, in a gradient, and in a slot; the first is what stands there beside two others' special values.
VARIABLE = [1.5, 0.0, -0.0, NAN, INF, -INF]
GRADIENT = [0.5, -2.0, 0.0, -0.0, NAN, -INF]
SLOTS = [[0.25, 0.0, -1.0, NAN, INF], [0.375, 0.0, -0.0, NAN, INF, -INF], [0.125, 0.0, NAN, INF, -INF]]
# The lengths of rows: TensorFlow has other code for rows of one number. All is done to three numbers at a time, as its code for
# eight single precision numbers at a time has other roots of infinity (1/sqrt(inf) is NaN), wherever in memory they may fall to it.
WIDTHS = [1, 3]

# For each op: how many slots, where the gradient stands among the numbers, other arguments, and the numbers.
RULES = [
    ('GradientDescent', 0, 1, {}, [[0.5], [INF], [NAN]]),
    ('Momentum', 1, 1, {'use_nesterov': False}, [[0.5, 0.75]]),
    ('Momentum', 1, 1, {'use_nesterov': True}, [[0.5, 0.75]]),
    ('Adagrad', 1, 1, {}, [[0.5], [0.0]]),
    ('Adadelta', 2, 3, {}, [[0.5, 0.75, 1e-8], [1.0, 1.0, 0.0]]),
    ('RMSProp', 2, 4, {}, [[0.5, 0.75, 0.5, 1e-8], [0.5, 1.0, 0.0, 0.0]]),
    ('CenteredRMSProp', 3, 4, {}, [[0.5, 0.75, 0.5, 1e-8]]),
    ('Adam', 2, 6, {}, [[0.5, 0.5, 0.5, 0.75, 0.5, 1e-8]]),
    ('Ftrl', 2, 0, {}, [[0.5, 0.25, 0.125, -0.5], [0.5, 0.0, 0.0, -0.5], [0.5, 0.25, 0.125, -0.75],
                        [0.5, 0.25, 0.0, 0.0]]),
    ('FtrlV2', 2, 0, {}, [[0.5, 0.25, 0.125, 0.25, -0.5], [0.5, 0.25, 0.125, 0.0, -0.75]]),
    ('ProximalGradientDescent', 0, 3, {}, [[0.5, 0.25, 0.125], [0.5, 0.0, 0.0], [INF, 0.25, 0.125]]),
    ('ProximalAdagrad', 1, 3, {}, [[0.5, 0.25, 0.125], [0.5, 0.0, 0.0]]),
]


def arrays(slots, dtype):
    """The variable, its slots and the gradient: all pairs of special values of two of them."""
    kinds = [VARIABLE] + SLOTS[:slots] + [GRADIENT]
    rows = []
    for i in range(len(kinds)):
        for j in range(i):
            for a in kinds[i]:
                for b in kinds[j]:
                    row = [kind[0] for kind in kinds]
                    row[i], row[j] = a, b
                    if row not in rows:
                        rows.append(row)
    rows += rows[:-len(rows) % 3]
    return np.array(rows, dtype).T.copy()


def alike(found, expected):
    """Whether two results are the same but for rounding: NaN, infinities and zeros in the same places."""
    with np.errstate(invalid='ignore'):
        close = np.abs(found - expected) <= 8 * np.spacing(np.maximum(np.abs(found), np.abs(expected)))
    same = (found == expected) & (np.signbit(found) == np.signbit(expected))
    return np.all(close & (found != 0) | same | np.isnan(found) & np.isnan(expected))


def hexadecimal(array):
    return np.ascontiguousarray(array).astype(array.dtype.newbyteorder('>')).tobytes().hex()


def words(numbers):
    return ' '.join(repr(number) for number in numbers)


def run(op, variables, arguments, **keywords):
    """The values of the variables after the op."""
    return run_all(op, [(variables, arguments)], **keywords)[0]


def run_all(op, calls, **keywords):
    """The values of the variables after each of some calls of the op."""
    with tf.Graph().as_default():
        made, steps = [], []
        for variables, arguments in calls:
            made.append([tf.Variable(value, use_resource=False, trainable=False) for value in variables])
            steps.append(op(*[variable._ref() for variable in made[-1]], *arguments, **keywords))
        with tf.Session() as session:
            session.run(tf.global_variables_initializer())
            session.run([step.op for step in steps])
            return session.run(made)


def snake(name):
    return {'RMSProp': 'rms_prop', 'CenteredRMSProp': 'centered_rms_prop', 'FtrlV2': 'ftrl_v2'}.get(
        name, ''.join('_' + c.lower() if c.isupper() else c for c in name)[1:])


def rules(out):
    """Lines: op, type, width (0 for an op of a whole variable), nesterov, numbers, arrays after it; `=` where they are the line before's."""
    shown = set()
    for name, slots, place, keywords, numbers in RULES:
        for dtype in (np.float32, np.float64):
            *before, gradient = arrays(slots, dtype)
            if (slots, dtype) not in shown:
                shown.add((slots, dtype))
                print('arrays', slots, np.dtype(dtype).name, *map(hexadecimal, [*before, gradient]), sep='|', file=out)
            # Both types have one code: one set of numbers is enough to see that of double precision.
            for terms in numbers if dtype == np.float32 else numbers[:1]:
                last = None
                for width in [0] + WIDTHS:
                    op = getattr(ops, ('sparse_apply_' if width else 'apply_') + snake(name), None)
                    if op is None:
                        continue
                    typed = [dtype(term) for term in terms]
                    calls = []
                    for start in range(0, len(gradient), 3):
                        shape = (-1, width) if width else (-1,)
                        *parts, rows = [array[start:start + 3].reshape(shape) for array in (*before, gradient)]
                        given = [rows, np.arange(len(rows), dtype=np.int32)] if width else [rows]
                        calls.append((parts, typed[:place] + given + typed[place:]))
                    after = [np.concatenate(parts) for parts in zip(*run_all(op, calls, **keywords))]
                    after = [array.ravel() for array in after]
                    print('rule', name, np.dtype(dtype).name, width, int(keywords.get('use_nesterov', False)), words(terms),
                          *(['='] if last and all(map(alike, after, last)) else map(hexadecimal, after)), sep='|', file=out)
                    last = last if last and all(map(alike, after, last)) else after


def indices():
    """No row, some in no order, one several times."""
    return [], [3, 0, 2], [1, 3, 1, 0, 1]


def numbers_of(shape, dtype, seed, special=NAN):
    """Numbers of either sign, and a special one in the first row."""
    values = np.random.RandomState(seed).randn(*shape)
    values = (values * 8).astype(dtype)
    if values.size and np.issubdtype(dtype, np.floating):
        values = values / dtype(8)
        values[0, 0] = special
    return values


def named_rows(out):
    """Lines: op, type, nesterov, numbers, rows named, arrays and gradient before it, arrays after it."""
    for name, slots, place, keywords, numbers in RULES:
        op = getattr(ops, 'sparse_apply_' + snake(name), None)
        for dtype in (np.float32, np.float64) if op else ():
            for rows in indices():
                before = [numbers_of((4, 2), dtype, 1, 0.0)] + [np.abs(numbers_of((4, 2), dtype, 2 + i, 0.0)) for i in range(slots)]
                gradient = numbers_of((len(rows), 2), dtype, 9)
                terms = [dtype(term) for term in numbers[0]]
                given = [gradient, np.array(rows, np.int64)]
                after = run(op, before, terms[:place] + given + terms[place:], **keywords)
                print('rows', name, np.dtype(dtype).name, int(keywords.get('use_nesterov', False)), words(numbers[0]), words(rows),
                      *map(hexadecimal, [*before, gradient, *after]), sep='|', file=out)


def scatters(out):
    """Lines: op, type, rows named, the variable before it, the updates, the variable after it."""
    for name in ('ScatterAdd', 'ScatterSub', 'ScatterUpdate', 'ScatterMul', 'ScatterDiv', 'ScatterMin', 'ScatterMax', 'ScatterNdUpdate', 'ScatterNdAdd',
                 'ScatterNdSub'):
        op = getattr(tf.raw_ops, name)
        for dtype in (np.float32, np.float64, np.int32, np.int64):
            for rows in indices():
                before, updates = numbers_of((4, 2), dtype, 1, -0.0), numbers_of((len(rows), 2), dtype, 2)
                if dtype in (np.int32, np.int64) and len(rows):
                    before[:] = np.iinfo(dtype).max
                    updates[0, 1] = np.iinfo(dtype).min
                    if name == 'ScatterDiv':
                        # By 0, TensorFlow's process ends.
                        updates[updates == 0] = 3
                # The ops of slices take a vector of indices for each.
                given = np.array(rows, np.int32).reshape((-1, 1) if 'Nd' in name else (-1,))
                after = run(lambda ref, indices, updates: op(ref=ref, indices=indices, updates=updates), [before], [given, updates])
                print('scatter', name, np.dtype(dtype).name, words(rows), *map(hexadecimal, [before, updates, *after]), sep='|', file=out)


OPTIMIZERS = {
    'GradientDescent': lambda: tf.train.GradientDescentOptimizer(0.5),
    'Momentum': lambda: tf.train.MomentumOptimizer(0.5, 0.75),
    'Nesterov': lambda: tf.train.MomentumOptimizer(0.5, 0.75, use_nesterov=True),
    'Adagrad': lambda: tf.train.AdagradOptimizer(0.5),
    'Adadelta': lambda: tf.train.AdadeltaOptimizer(0.5),
    'RMSProp': lambda: tf.train.RMSPropOptimizer(0.5, momentum=0.5),
    'CenteredRMSProp': lambda: tf.train.RMSPropOptimizer(0.5, momentum=0.5, centered=True),
    'Adam': lambda: tf.train.AdamOptimizer(0.5),
    'Ftrl': lambda: tf.train.FtrlOptimizer(0.5, l1_regularization_strength=0.25),
    'FtrlV2': lambda: tf.train.FtrlOptimizer(0.5, l2_shrinkage_regularization_strength=0.25),
    'ProximalGradientDescent': lambda: tf.train.ProximalGradientDescentOptimizer(0.5, l1_regularization_strength=0.25),
    'ProximalAdagrad': lambda: tf.train.ProximalAdagradOptimizer(0.5, l1_regularization_strength=0.25),
}


def optimizers(out):
    """Lines: optimizer, type, rows named, the variable before two steps, the gradient of both, the variable after them."""
    for name, make in OPTIMIZERS.items():
        # TensorFlow does not bring the numbers of the proximal ones to double precision, and fails.
        for dtype in (np.float32,) if name.startswith('Proximal') else (np.float32, np.float64):
            for rows in indices():
                before, gradient = numbers_of((4, 2), dtype, 1, INF), numbers_of((len(rows), 2), dtype, 2)
                with tf.Graph().as_default():
                    variable = tf.Variable(before)
                    slices = tf.IndexedSlices(tf.constant(gradient), tf.constant(rows, tf.int32), tf.constant([4, 2]))
                    step = make().apply_gradients([(slices, variable)])
                    with tf.Session() as session:
                        session.run(tf.global_variables_initializer())
                        session.run(step)
                        session.run(step)
                        after = session.run(variable)
                print('optimizer', name, np.dtype(dtype).name, words(rows), *map(hexadecimal, [before, gradient, after]), sep='|', file=out)


if __name__ == '__main__':
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'updates.txt'), 'w') as out:
        rules(out)
        named_rows(out)
        scatters(out)
        optimizers(out)
