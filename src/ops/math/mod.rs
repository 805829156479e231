//! Arithmetic: element-wise functions of one and two tensors, and matrix products.

mod add_n;
mod arithmetic;
mod binary;
mod broadcast_gradient;
mod cast;
mod comparison;
mod division;
mod extremum;
mod logical;
mod matmul;
mod no_nan;
mod operators;
mod power;
mod select;
mod unary;

pub use add_n::add_n;
pub use arithmetic::{add, multiply, scalar_mul, squared_difference, subtract};
pub use cast::{cast, saturate_cast, to_double, to_float, to_int32, to_int64};
pub use comparison::{equal, greater, greater_equal, less, less_equal, not_equal};
pub use division::{div, divide, floor_div, floordiv, floormod, mod_, realdiv, truediv, truncatediv, truncatemod};
pub use extremum::{maximum, minimum};
pub use logical::{logical_and, logical_not, logical_or, logical_xor};
pub use matmul::{MatMul, matmul, matmul_with};
pub use no_nan::{div_no_nan, multiply_no_nan, xdivy, xlogy};
pub use power::pow;
pub use select::select;
pub use unary::{exp, log, negative, square};

pub(crate) use broadcast_gradient::{Unbroadcast, same_known_shapes};

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[
    add_n::OPS,
    arithmetic::OPS,
    broadcast_gradient::OPS,
    cast::OPS,
    comparison::OPS,
    division::OPS,
    extremum::OPS,
    logical::OPS,
    matmul::OPS,
    no_nan::OPS,
    power::OPS,
    select::OPS,
    unary::OPS,
];
