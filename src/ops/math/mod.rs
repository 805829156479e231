//! Arithmetic: element-wise functions of one and two tensors, and matrix products.

mod add_n;
mod arithmetic;
mod broadcast_gradient;
mod matmul;
mod operators;
mod unary;

pub(crate) use arithmetic::add_as;
pub use add_n::add_n;
pub use arithmetic::{add, multiply, subtract};
pub use matmul::{MatMul, matmul, matmul_with};
pub use unary::{exp, negative, square};

pub(crate) use broadcast_gradient::{Unbroadcast, same_known_shapes};

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[add_n::OPS, arithmetic::OPS, broadcast_gradient::OPS, matmul::OPS, unary::OPS];
