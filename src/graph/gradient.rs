//! [`Gradient`]: a tensor, or the rows of one that are not zero.

use super::AnyTensor;

/// A gradient with respect to a tensor: a tensor of its shape, or the rows of it that are not zero.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Gradient {
    /// A tensor of the same shape.
    Dense(AnyTensor),
    /// Some rows; all others are zero.
    Sparse(IndexedSlices),
}

impl Gradient {
    /// The tensors that it consists of.
    pub(crate) fn tensors(&self) -> Vec<&AnyTensor> {
        match self {
            Gradient::Dense(tensor) => vec![tensor],
            Gradient::Sparse(rows) => vec![&rows.values, &rows.indices, &rows.dense_shape],
        }
    }
}

impl From<AnyTensor> for Gradient {
    fn from(tensor: AnyTensor) -> Self {
        Gradient::Dense(tensor)
    }
}

/// Rows of a tensor: row `i` of `values` belongs at row `indices[i]`, and rows named twice add up. The form of the
/// gradient of [`gather`](crate::gather), as TensorFlow's `IndexedSlices`.
#[derive(Clone, Debug)]
pub struct IndexedSlices {
    /// The rows.
    pub values: AnyTensor,
    /// The place of each, of type `i32` or `i64`.
    pub indices: AnyTensor,
    /// The shape of the whole tensor.
    pub dense_shape: AnyTensor,
}
