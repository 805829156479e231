//! Arithmetic: element-wise functions of one and two tensors, and matrix products.

mod absolute;
mod add_n;
#[cfg(feature = "all_types")]
mod angle;
mod arithmetic;
mod batch_matmul;
mod binary;
mod broadcast_gradient;
mod cast;
mod clip;
mod clip_norm;
mod comparison;
mod conj;
mod cross;
mod division;
mod exponential;
mod extremum;
mod finite;
mod global_norm;
mod hyperbolic;
mod logical;
mod matmul;
mod no_nan;
mod operators;
#[cfg(feature = "all_types")]
mod parts;
mod power;
mod powers;
mod rounding;
mod select;
mod sigmoid;
mod sign;
mod slopes;
mod special;
mod trigonometric;
mod unary;

pub use absolute::abs;
pub use add_n::add_n;
#[cfg(feature = "all_types")]
pub use angle::angle;
pub use arithmetic::{add, multiply, scalar_mul, squared_difference, subtract};
pub(crate) use cast::cast_to;
pub use cast::{cast, saturate_cast, to_double, to_float, to_int32, to_int64};
pub(crate) use cast::{cast_constant, cast_op};
pub use clip::clip_by_value;
pub use clip_norm::{ClipByNorm, clip_by_average_norm, clip_by_norm, clip_by_norm_with};
pub use comparison::{equal, greater, greater_equal, less, less_equal, not_equal};
pub use conj::conj;
pub use cross::cross;
pub use division::{
    div, divide, floor_div, floordiv, floormod, mod_, realdiv, truediv, truncatediv, truncatemod,
};
pub use exponential::{exp, expm1, log, log1p};
pub use extremum::{maximum, minimum};
pub use finite::{is_finite, is_inf, is_nan};
pub use global_norm::{
    ClipByGlobalNorm, ClipTarget, clip_by_global_norm, clip_by_global_norm_with, global_norm,
    global_norm_as,
};
pub use hyperbolic::{acosh, asinh, atanh, cosh, sinh};
pub use logical::{logical_and, logical_not, logical_or, logical_xor};
pub use matmul::{MatMul, matmul, matmul_with};
pub use no_nan::{div_no_nan, mul_no_nan, multiply_no_nan, xdivy, xlogy};
#[cfg(feature = "all_types")]
pub use parts::{complex, imag, real};
pub use power::pow;
pub use powers::{reciprocal, rsqrt, sqrt, square};
pub use rounding::{ceil, floor, rint, round};
pub use select::{select, where_v2};
pub use sigmoid::{log_sigmoid, sigmoid, tanh};
pub use sign::{negative, sign};
pub use special::{digamma, erf, erfc, lgamma, polygamma, zeta};
pub use trigonometric::{acos, asin, atan, atan2, cos, sin, tan};

pub(crate) use arithmetic::add_as;

pub(crate) use broadcast_gradient::{Unbroadcast, same_known_shapes};
pub(crate) use operators::{difference, product, sum};

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[
    absolute::OPS,
    add_n::OPS,
    #[cfg(feature = "all_types")]
    angle::OPS,
    arithmetic::OPS,
    batch_matmul::OPS,
    broadcast_gradient::OPS,
    cast::OPS,
    comparison::OPS,
    conj::OPS,
    cross::OPS,
    division::OPS,
    exponential::OPS,
    extremum::OPS,
    finite::OPS,
    hyperbolic::OPS,
    logical::OPS,
    matmul::OPS,
    no_nan::OPS,
    #[cfg(feature = "all_types")]
    parts::OPS,
    power::OPS,
    powers::OPS,
    rounding::OPS,
    rounding::ROUND,
    select::OPS,
    sigmoid::OPS,
    sign::OPS,
    slopes::OPS,
    special::OPS,
    special::BINARY_OPS,
    trigonometric::OPS,
    trigonometric::ATAN2,
];
