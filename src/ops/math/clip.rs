//! Clipping between bounds.

use super::binary::Binary;
use super::extremum::Maximum;
use super::minimum;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::support::{require_same_shape_with, require_same_shapes};
use crate::types::{Error, Numeric};

/// `t` with elements below `clip_value_min` raised to it and those above `clip_value_max` lowered
/// to it, as `tf.clip_by_value` computes it; NaN stays NaN.
///
/// The bounds are scalars, or tensors that broadcast to the shape of `t`. Outside of them the
/// gradient is 0.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([-0.5, 0.5, 1.5]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::clip_by_value(&x, 0.0, 1.0).array1(), [])?, arr1(&[0.0, 0.5, 1.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the bounds do not fit the shape of `t`.
#[track_caller]
pub fn clip_by_value<T: Numeric>(
    t: impl IntoTensor<T>,
    clip_value_min: impl IntoTensor<T>,
    clip_value_max: impl IntoTensor<T>,
) -> Tensor<T> {
    let graph = graph_of(&[t.graph(), clip_value_min.graph(), clip_value_max.graph()]);
    graph.op_scope("clip_by_value", |scope| {
        let t = t.into_tensor(&graph, "t");
        let below = minimum(&t, clip_value_max);
        let min = clip_value_min.into_tensor(&graph, "y");
        let inputs = [below.any(), min.any()];
        // Neither bound may stretch what is clipped.
        let clipped = require_same_shapes(&t, &below, || {
            require_same_shape_with(&t, &min, || {
                scope.tensor(Binary::<Maximum, T>::new(), &inputs)
            })
        });
        for result in [&below, &clipped] {
            if t.shape().merge(&result.shape()).is_none() {
                let message = format!(
                    "Shapes {} and {} are not compatible",
                    t.shape(),
                    result.shape()
                );
                return graph.failed("clip_by_value", Error::invalid_argument(message));
            }
        }
        clipped
    })
}
