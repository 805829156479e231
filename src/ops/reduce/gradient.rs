//! Gradients that the reductions share.

use crate::graph::Tensor;
use crate::types::Numeric;

/// The gradient of a sum: `dy` spread over the reduced axes of `x`.
#[track_caller]
pub(super) fn spread<T: Numeric>(x: &Tensor<T>, axes: &Tensor<i32>, dy: &Tensor<T>) -> Tensor<T> {
    let _ = (x, axes, dy);
    todo!()
}
