//! What the gradients of the cross entropies share.

use crate::graph::Tensor;
use crate::ops::array::expand_dims;
use crate::types::{Float, Numeric};

/// The rows of `matrix`, each multiplied by an element of `vector`.
#[track_caller]
pub(super) fn broadcast_product<T: Numeric>(vector: &Tensor<T>, matrix: &Tensor<T>) -> Tensor<T> {
    expand_dims(vector, -1) * matrix
}

/// Whether a gradient is known to be zero while the graph is built.
pub(super) fn is_zero<T: Float>(gradient: &Tensor<T>) -> bool {
    let op = gradient.op();
    match op.op_type() {
        "ZerosLike" => true,
        "Fill" => op
            .inputs()
            .get(1)
            .and_then(|value| value.typed().ok())
            .is_some_and(|value| is_zero::<T>(&value)),
        _ => gradient.info().constant.is_some_and(|value| {
            T::unwrap(&value)
                .is_some_and(|elements| elements.view().iter().all(|element| *element == T::ZERO))
        }),
    }
}
