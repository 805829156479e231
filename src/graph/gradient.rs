//! [`Gradient`]: a tensor, or the rows of one that are not zero.

use super::{AnyTensor, Tensor};
use crate::types::{DType, Element, ElementType, Error, float32};

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
    /// The gradient that `change` makes of this one, such as a clipped one. If the gradient
    /// consists of rows, `change` is given those rows.
    ///
    /// ```
    /// use tf1::{self as tf, train::{GradientDescentOptimizer, Optimizer}};
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.variable(3.0f32);
    /// let optimizer = GradientDescentOptimizer::new(0.5);
    /// let gradients = optimizer.compute_gradients(&tf::square(&w)).into_iter();
    /// let clipped: Vec<_> = gradients
    ///     .map(|(gradient, w)| (gradient.map(|g| g.map(|g| tf::clip_by_value(g, -1.0, 1.0))), w))
    ///     .collect();
    /// let train = optimizer.apply_gradients(clipped);
    /// let session = tf::Session::new(&graph)?;
    /// session.run(graph.global_variables_initializer(), [])?;
    /// session.run(&train, [])?;
    /// assert_eq!(session.run(w.scalar(), [])?, 2.5);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// A gradient of another type than `f32` is recorded as a mistake; see
    /// [`map_as`](Gradient::map_as).
    #[must_use]
    #[track_caller]
    pub fn map(self, change: impl FnOnce(Tensor) -> Tensor) -> Gradient {
        let dtype = self.dtype();
        if dtype == DType::Float32 {
            return self.map_as(float32, change);
        }
        let message =
            format!("Gradient::map is for gradients of float32, and this one is of {dtype}");
        let error = Error::invalid_argument(message).with_help(format!(
            "write gradient.map_as(tf1::{dtype}, |gradient| ...)"
        ));
        let graph = self.tensors()[0].graph();
        Gradient::Dense(graph.failed::<f32>("map", error).op().any_output(0, dtype))
    }

    /// As [`map`](Gradient::map), of a gradient whose elements are of type `dtype`.
    ///
    /// # Errors
    /// A gradient of another type is recorded as a mistake.
    #[must_use]
    #[track_caller]
    pub fn map_as<T: Element>(
        self,
        dtype: ElementType<T>,
        change: impl FnOnce(Tensor<T>) -> Tensor<T>,
    ) -> Gradient {
        let _ = dtype;
        match self {
            Gradient::Dense(tensor) => Gradient::Dense(change(tensor.assume()).any()),
            Gradient::Sparse(rows) => Gradient::Sparse(IndexedSlices {
                values: change(rows.values.assume()).any(),
                ..rows
            }),
        }
    }

    /// The type of its elements.
    pub(crate) fn dtype(&self) -> DType {
        match self {
            Gradient::Dense(tensor) => tensor.dtype(),
            Gradient::Sparse(rows) => rows.values.dtype(),
        }
    }

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

/// Rows of a tensor: row `i` of `values` belongs at row `indices[i]`, and rows named twice add up.
/// The form of the gradient of [`gather`](crate::gather), as TensorFlow's `IndexedSlices`.
#[derive(Clone, Debug)]
pub struct IndexedSlices {
    /// The rows.
    pub values: AnyTensor,
    /// The place of each, of type `i32` or `i64`.
    pub indices: AnyTensor,
    /// The shape of the whole tensor.
    pub dense_shape: AnyTensor,
}
