"""The cases of `ops.tsv` in JAX, for `ops.py --jax`: answers the requests that `bench ops THREADS --serve` answers.

What JAX has no function for is an error, and is left out of the table. A function is compiled (`jax.jit`) and its results stay where they are.
"""
import os
import sys
from types import SimpleNamespace

THREADS = int(sys.argv[1])
os.environ["JAX_PLATFORMS"] = "cpu"
if THREADS == 1:
    # The one way to have one thread.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

import jax
import jax.numpy as jnp
import jax.scipy.special as special
import numpy as np
from jax import lax

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import ops

jax.config.update("jax_enable_x64", True)
ops.np = np

DTYPES = SimpleNamespace(
    float32=jnp.float32, float64=jnp.float64, int32=jnp.int32, int64=jnp.int64, uint8=jnp.uint8, bool=jnp.bool_)


def by_axis(function):
    return lambda x, axis=None, keepdims=False: function(
        x, axis=tuple(axis) if isinstance(axis, list) else axis, keepdims=keepdims)


def matmul(a, b, transpose_a=False, transpose_b=False):
    turn = lambda x, wanted: jnp.swapaxes(x, -1, -2) if wanted else x
    return turn(a, transpose_a) @ turn(b, transpose_b)


def segments(function):
    return lambda x, ids, num_segments: function(x, ids, num_segments=num_segments)


def softmax_cross_entropy(labels, logits):
    return -jnp.sum(labels * jax.nn.log_softmax(logits), axis=-1)


def sparse_softmax_cross_entropy(labels, logits):
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1)[:, 0]


def l2_normalize(x, axis):
    return x * lax.rsqrt(jnp.maximum(jnp.sum(x * x, axis=tuple(axis), keepdims=True), 1e-12))


# By TensorFlow's name.
FUNCTIONS = {
    **{name: getattr(jnp, name) for name in (
        "abs ceil cos cosh exp expm1 floor log log1p negative reciprocal rint sign sin sinh sqrt square tan tanh add subtract multiply "
        "equal greater greater_equal less less_equal logical_and logical_not logical_or logical_xor not_equal").split()},
    **{"a" + name: getattr(jnp, "arc" + name) for name in "cos cosh sin sinh tan tanh".split()},
    "atan2": jnp.arctan2, "is_finite": jnp.isfinite, "is_inf": jnp.isinf, "is_nan": jnp.isnan, "round": jnp.round,
    "digamma": special.digamma, "erf": special.erf, "erfc": special.erfc, "lgamma": special.gammaln, "rsqrt": lax.rsqrt,
    "sigmoid": jax.nn.sigmoid, "log_sigmoid": jax.nn.log_sigmoid, "zeta": special.zeta,
    "pow": lambda x, other=None, y=None: jnp.power(x, other if y is None else y),
    "truediv": jnp.divide, "realdiv": jnp.divide, "floordiv": jnp.floor_divide, "floormod": jnp.mod,
    "div": lambda x, y: x / y if jnp.issubdtype(x.dtype, jnp.floating) else x // y,
    "maximum": lambda x, other=None, y=None: jnp.maximum(x, other if y is None else y), "minimum": jnp.minimum,
    "squared_difference": lambda x, y: (x - y) * (x - y), "xlogy": special.xlogy,
    "add_n": lambda *x: sum(x[1:], x[0]), "accumulate_n": lambda *x: sum(x[1:], x[0]), "clip_by_value": jnp.clip, "cross": jnp.cross,
    "cast": lambda x, dtype: x.astype(dtype), "where_v2": lambda condition, x, y: jnp.where(condition, x, y),
    "matmul": matmul, "nn.xw_plus_b": lambda x, w, b: x @ w + b, "nn.relu_layer": lambda x, w, b: jax.nn.relu(x @ w + b),
    "nn.relu": jax.nn.relu, "nn.relu6": jax.nn.relu6, "nn.elu": jax.nn.elu, "nn.selu": jax.nn.selu, "nn.softplus": jax.nn.softplus,
    "nn.softsign": jax.nn.soft_sign, "nn.swish": jax.nn.swish, "nn.crelu": lambda x: jax.nn.relu(jnp.concatenate([x, -x], -1)),
    "nn.softmax": jax.nn.softmax, "nn.log_softmax": jax.nn.log_softmax, "nn.bias_add": jnp.add, "nn.l2_loss": lambda x: jnp.sum(x * x) / 2,
    "nn.l2_normalize": l2_normalize, "softmax_cross_entropy": softmax_cross_entropy, "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "sparse_softmax_cross_entropy": sparse_softmax_cross_entropy, "squared_error": lambda x, y: jnp.mean((x - y) ** 2),
    "reduce_sum": by_axis(jnp.sum), "reduce_mean": by_axis(jnp.mean), "reduce_max": by_axis(jnp.max), "reduce_min": by_axis(jnp.min),
    "reduce_prod": by_axis(jnp.prod), "reduce_all": by_axis(jnp.all), "reduce_any": by_axis(jnp.any),
    "reduce_logsumexp": by_axis(special.logsumexp), "math.reduce_std": by_axis(jnp.std), "math.reduce_variance": by_axis(jnp.var),
    "norm": lambda x, axis=None: jnp.sqrt(jnp.sum(x * x, axis=axis)), "argmax": jnp.argmax, "argmin": jnp.argmin,
    "cumsum": lambda x, axis: jnp.cumsum(x, axis=axis), "cumprod": lambda x, axis: jnp.cumprod(x, axis=axis),
    "concat": lambda *x, axis: jnp.concatenate(x, axis), "stack": lambda *x, axis: jnp.stack(x, axis),
    "unstack": lambda x, axis: [jnp.take(x, i, axis) for i in range(x.shape[axis])],
    "transpose": lambda x, perm: jnp.transpose(x, perm), "matrix_transpose": lambda x: jnp.swapaxes(x, -1, -2),
    "tile": lambda x, multiples: jnp.tile(x, multiples), "reverse": lambda x, axis: jnp.flip(x, axis),
    "roll": lambda x, shift, axis: jnp.roll(x, shift, axis), "reshape": lambda x, shape: jnp.reshape(x, shape),
    "broadcast_to": lambda x, shape: jnp.broadcast_to(x, shape),
    "slice": lambda x, begin, size: lax.slice(x, begin, [b + s for b, s in zip(begin, size)]),
    "matrix_diag_part": lambda x: jnp.diagonal(x, axis1=-2, axis2=-1), "trace": lambda x: jnp.trace(x, axis1=-2, axis2=-1),
    "gather": lambda x, at, axis=0: jnp.take(x, at, axis=axis), "nn.embedding_lookup": lambda x, at: jnp.take(x, at, axis=0),
    "embedding_bag": lambda x, at: jnp.mean(jnp.take(x, at, axis=0), axis=1),
    "one_hot": lambda x, depth: jax.nn.one_hot(x, depth), "nn.top_k": lambda x, k: list(lax.top_k(x, k)),
    "unsorted_segment_sum": segments(jax.ops.segment_sum), "unsorted_segment_max": segments(jax.ops.segment_max),
    "unsorted_segment_min": segments(jax.ops.segment_min), "unsorted_segment_prod": segments(jax.ops.segment_prod),
}


class Server(ops.Server):
    """Answers as TensorFlow's does; only how a case is made differs."""

    def __init__(self):
        self.units = {}

    def case(self, way, case):
        self.fetched = self.consumed = None
        function = FUNCTIONS[case.op]
        attributes = eval("dict(%s)" % case.attributes, {"tf": DTYPES, "dict": dict})
        operands = [jnp.asarray(self.values(operand, 1 + i)) for i, operand in enumerate(case.operands)]

        def forward(*operands):
            made = function(*(view(x, operand) for x, operand in zip(operands, case.operands)), **attributes)
            return list(made) if isinstance(made, (list, tuple)) else [made]

        arguments = operands
        compute = forward
        if way == "g":
            is_float = lambda x: jnp.issubdtype(x.dtype, jnp.floating)
            floats = [i for i, x in enumerate(operands) if is_float(x)]

            def of_floats(*xs):
                all_operands = list(operands)
                for i, x in zip(floats, xs):
                    all_operands[i] = x
                return [y for y in forward(*all_operands) if is_float(y)]

            xs = [operands[i] for i in floats]
            ys = jax.eval_shape(of_floats, *xs)
            weights = [
                jnp.asarray(self.values(ops.Operand(y.dtype.name, list(y.shape), "", -1, 1), len(operands) + 1 + j))
                for j, y in enumerate(ys)]
            compute = lambda xs, weights: list(jax.vjp(of_floats, *xs)[1](weights))
            arguments = [xs, weights]
        compiled = jax.jit(compute)
        self.consumed = lambda: jax.block_until_ready(compiled(*arguments))
        bytes_in = sum(x.nbytes for x in jax.tree_util.tree_leaves([operands] + arguments[1:] if way == "g" else operands))
        return ops.facts(bytes_in, self.consumed())


def view(value, operand):
    if operand.fill == "turned":
        return jnp.transpose(value)
    return value[..., ::2] if operand.fill == "stepped" else value


if __name__ == "__main__":
    Server().serve()
