//! Ops that make, reshape, join, cut and index arrays.

mod constant;
mod fill;
mod identity;
mod placeholder;
mod reshape;
mod shape;

pub use constant::IntoConstant;
pub use fill::{fill, ones_like, zeros_like};
pub use identity::{identity, stop_gradient};
pub(crate) use fill::zeros_like_at_run;
pub(crate) use identity::identity_any;
pub use reshape::reshape;
pub use shape::{rank, shape, size};

pub(crate) use fill::zeros_of_shape;
pub(crate) use shape::shape_at_run;

use super::OpDef;

use crate::graph::{AnyTensor, IndexedSlices, IntoTensor, Tensor};
use crate::types::Integer;

pub fn range<T: Integer>(start: impl IntoTensor<T>, limit: impl IntoTensor<T>, delta: impl IntoTensor<T>) -> Tensor<T> { todo!() }
pub(crate) fn concat_any(values: &[AnyTensor], axis: isize) -> AnyTensor { todo!() }
pub(crate) fn densify(slices: &IndexedSlices) -> AnyTensor { todo!() }

pub(super) const OPS: &[&[OpDef]] =
    &[constant::OPS, fill::OPS, identity::OPS, placeholder::OPS, reshape::OPS, shape::OPS];
