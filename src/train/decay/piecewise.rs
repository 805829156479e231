//! [`piecewise_constant`].

use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::math::{less_equal, select};
use crate::train::HyperParameter;
use crate::types::{Error, Numeric};

/// The value for the interval that `x` lies in, as `tf.train.piecewise_constant` picks it:
/// `values[0]` up to `boundaries[0]`, `values[1]` from there up to `boundaries[1]`, and so on;
/// `values` has one more than `boundaries`, which rise.
///
/// It is made of `Select` where TensorFlow has a `case`, so the nodes differ from TensorFlow's;
/// `x` is a scalar.
///
/// ```
/// let graph = tf1::Graph::new();
/// let step = graph.constant(3i64);
/// let rate = tf1::train::piecewise_constant(&step, [2, 5], [0.5, 0.25, 0.125]);
/// let session = tf1::Session::new(&graph)?;
/// assert_eq!(session.run(rate.scalar(), [])?, 0.25);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the numbers of boundaries and values do not fit.
#[track_caller]
pub fn piecewise_constant<X: Numeric>(
    x: impl IntoTensor<X>,
    boundaries: impl IntoIterator<Item = X>,
    values: impl IntoIterator<Item = impl Into<HyperParameter>>,
) -> Tensor<f32> {
    let graph = graph_of(&[x.graph()]);
    graph.op_scope("PiecewiseConstant", |scope| {
        let boundaries: Vec<X> = boundaries.into_iter().collect();
        let values: Vec<HyperParameter> = values.into_iter().map(Into::into).collect();
        let fits = boundaries.len().checked_add(1) == Some(values.len());
        let (Some((last, others)), true) = (values.split_last(), fits) else {
            let message = "The length of boundaries should be 1 less than the length of values";
            return scope.failed("PiecewiseConstant", Error::invalid_argument(message));
        };
        let x = x.into_tensor(&graph, "x");
        let last = last.tensor(&graph, "Const");
        let pieces = boundaries.into_iter().zip(others).rev();
        pieces.fold(last, |later, (boundary, value)| {
            select(
                less_equal(&x, boundary),
                value.tensor(&graph, "Const"),
                later,
            )
        })
    })
}
