//! `tf.math`: functions of single elements, and matrix products.

use tf1::{DType, MatMul, MatMulElement};

use super::{binary, unary};
use crate::call::{Binding, Call, bind};
use crate::dispatch::{inexact, number, numeric, plain_of, real};
use crate::literal::Literal;
use crate::trouble::Outcome;
use crate::value::Value;

pub const BINDINGS: &[Binding] = &[
    // One tensor.
    unary!("tf.abs"(x): number, tf1::abs),
    #[cfg(feature = "all_types")]
    unary!("tf.angle"(input): number, tf1::angle),
    #[cfg(feature = "all_types")]
    unary!("tf.conj"(x): number, tf1::conj),
    #[cfg(feature = "all_types")]
    unary!("tf.imag"(input): number, tf1::imag),
    #[cfg(feature = "all_types")]
    unary!("tf.real"(input): number, tf1::real),
    unary!("tf.acos"(x): float, tf1::acos),
    unary!("tf.acosh"(x): inexact, tf1::acosh),
    unary!("tf.asin"(x): float, tf1::asin),
    unary!("tf.asinh"(x): inexact, tf1::asinh),
    unary!("tf.atan"(x): float, tf1::atan),
    unary!("tf.atanh"(x): inexact, tf1::atanh),
    unary!("tf.ceil"(x): float, tf1::ceil),
    unary!("tf.cos"(x): inexact, tf1::cos),
    unary!("tf.cosh"(x): inexact, tf1::cosh),
    unary!("tf.digamma"(x): float, tf1::digamma),
    unary!("tf.erf"(x): float, tf1::erf),
    unary!("tf.erfc"(x): float, tf1::erfc),
    unary!("tf.exp"(x): inexact, tf1::exp),
    unary!("tf.expm1"(x): inexact, tf1::expm1),
    unary!("tf.floor"(x): any_float, tf1::floor),
    unary!("tf.is_finite"(x): float, tf1::is_finite),
    unary!("tf.is_inf"(x): float, tf1::is_inf),
    unary!("tf.is_nan"(x): float, tf1::is_nan),
    unary!("tf.lgamma"(x): float, tf1::lgamma),
    unary!("tf.log"(x): inexact, tf1::log),
    unary!("tf.log1p"(x): inexact, tf1::log1p),
    unary!("tf.log_sigmoid"(x): float, tf1::log_sigmoid),
    unary!("tf.negative"(x): number, tf1::negative),
    unary!("tf.reciprocal"(x): inexact, tf1::reciprocal),
    unary!("tf.rint"(x): float, tf1::rint),
    unary!("tf.round"(x): float, tf1::round),
    unary!("tf.rsqrt"(x): inexact, tf1::rsqrt),
    unary!("tf.sigmoid"(x): inexact, tf1::sigmoid),
    unary!("tf.sign"(x): number, tf1::sign),
    unary!("tf.sin"(x): inexact, tf1::sin),
    unary!("tf.sinh"(x): inexact, tf1::sinh),
    unary!("tf.sqrt"(x): inexact, tf1::sqrt),
    unary!("tf.square"(x): number, tf1::square),
    unary!("tf.tan"(x): inexact, tf1::tan),
    unary!("tf.tanh"(x): inexact, tf1::tanh),
    // Two tensors.
    binary!("tf.add"(x, y): number, tf1::add),
    binary!("tf.atan2"(y, x): float, tf1::atan2),
    binary!("tf.div"(x, y): number, tf1::div),
    binary!("tf.div_no_nan"(x, y): inexact, tf1::div_no_nan),
    binary!("tf.divide"(x, y): number, tf1::divide),
    binary!("tf.floor_div"(x, y): real, tf1::floor_div),
    binary!("tf.floordiv"(x, y): real, tf1::floordiv),
    binary!("tf.floormod"(x, y): real, tf1::floormod),
    binary!("tf.maximum"(x, y): real, tf1::maximum),
    binary!("tf.minimum"(x, y): real, tf1::minimum),
    binary!("tf.mod"(x, y): real, tf1::mod_),
    binary!("tf.multiply"(x, y): number, tf1::multiply),
    binary!("tf.pow"(x, y): number, tf1::pow),
    binary!("tf.realdiv"(x, y): inexact, tf1::realdiv),
    binary!("tf.scalar_mul"(scalar, x): number, tf1::scalar_mul),
    binary!("tf.squared_difference"(x, y): number, tf1::squared_difference),
    binary!("tf.subtract"(x, y): number, tf1::subtract),
    binary!("tf.truediv"(x, y): number, tf1::truediv),
    binary!("tf.truncatediv"(x, y): numeric, tf1::truncatediv),
    binary!("tf.truncatemod"(x, y): numeric, tf1::truncatemod),
    binary!("tf.cross"(a, b): numeric, tf1::cross),
    binary!("tf.multiply_no_nan"(x, y): inexact, tf1::multiply_no_nan),
    binary!("tf.polygamma"(a, x): float, tf1::polygamma),
    binary!("tf.xdivy"(x, y): inexact, tf1::xdivy),
    binary!("tf.xlogy"(x, y): inexact, tf1::xlogy),
    binary!("tf.zeta"(x, q): float, tf1::zeta),
    #[cfg(feature = "all_types")]
    binary!("tf.complex"(real, imag): float, tf1::complex),
    // Comparison and logic.
    binary!("tf.equal"(x, y): any_of, tf1::equal),
    binary!("tf.not_equal"(x, y): any_of, tf1::not_equal),
    binary!("tf.greater"(x, y): numeric, tf1::greater),
    binary!("tf.greater_equal"(x, y): numeric, tf1::greater_equal),
    binary!("tf.less"(x, y): real, tf1::less),
    binary!("tf.less_equal"(x, y): numeric, tf1::less_equal),
    bind("tf.logical_and", "x, y", |c| {
        c.returns(tf1::logical_and(c.operand("x")?, c.operand("y")?))
    }),
    bind("tf.logical_or", "x, y", |c| {
        c.returns(tf1::logical_or(c.operand("x")?, c.operand("y")?))
    }),
    bind("tf.logical_xor", "x, y", |c| {
        c.returns(tf1::logical_xor(c.operand("x")?, c.operand("y")?))
    }),
    bind("tf.logical_not", "x", |c| {
        c.returns(tf1::logical_not(c.operand("x")?))
    }),
    // Other types.
    bind(
        "operator.abs",
        "a",
        |c| number!(c, c.dtype_of(&["a"])?, T => c.returns(tf1::abs::<T>(c.operand("a")?))),
    ),
    bind("tf.cast", "x, dtype", |c| {
        plain_of!(c, c.dtype_of(&["x"])?, T => plain_of!(c, c.dtype("dtype", DType::Float32)?, R => {
            c.returns(tf1::cast::<T, R>(c.operand("x")?, tf1::ElementType::<R>::new()))
        }))
    }),
    bind("tf.saturate_cast", "value, dtype", |c| {
        numeric!(c, c.dtype_of(&["value"])?, T => real!(c, c.dtype("dtype", DType::Float32)?, R => {
            c.returns(tf1::saturate_cast::<T, R>(c.operand("value")?, tf1::ElementType::<R>::new()))
        }))
    }),
    unary!("tf.to_double"(x): plain_of, tf1::to_double),
    unary!("tf.to_float"(x): plain_of, tf1::to_float),
    unary!("tf.to_int32"(x): plain_of, tf1::to_int32),
    unary!("tf.to_int64"(x): plain_of, tf1::to_int64),
    // Sums and products.
    bind(
        "tf.add_n",
        "inputs",
        |c| number!(c, c.dtype_of(&["inputs"])?, T => c.returns(tf1::add_n(&c.tensors::<T>("inputs")?))),
    ),
    bind(
        "tf.accumulate_n",
        "inputs",
        |c| number!(c, c.dtype_of(&["inputs"])?, T => c.returns(tf1::accumulate_n(&c.tensors::<T>("inputs")?))),
    ),
    bind(
        "tf.matmul",
        "a, b, transpose_a, transpose_b, adjoint_a, adjoint_b",
        |c| match c.dtype_of(&["a", "b"])? {
            DType::Int32 => matmul::<i32>(c),
            DType::Int64 => matmul::<i64>(c),
            other => inexact!(c, other, T => matmul::<T>(c)),
        },
    ),
];

fn matmul<T: MatMulElement + Literal>(c: &Call<'_>) -> Outcome<Value> {
    for (transposed, adjoint) in [("transpose_a", "adjoint_a"), ("transpose_b", "adjoint_b")] {
        if c.peek(transposed).is_some_and(|flag| flag.is_true())
            && c.peek(adjoint).is_some_and(|flag| flag.is_true())
        {
            return Err(c.refused("with both flags"));
        }
    }
    let mut options = MatMul::new();
    if c.bool("transpose_a", false)? {
        options = options.transpose_a();
    }
    if c.bool("transpose_b", false)? {
        options = options.transpose_b();
    }
    if c.bool("adjoint_a", false)? {
        options = options.adjoint_a();
    }
    if c.bool("adjoint_b", false)? {
        options = options.adjoint_b();
    }
    c.returns(tf1::matmul_with::<T>(
        c.operand("a")?,
        c.operand("b")?,
        options,
    ))
}
