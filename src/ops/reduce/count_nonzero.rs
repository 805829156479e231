//! `count_nonzero`.

use super::axes::IntoAxes;
use super::sum::reduce_sum;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::math::{cast_to, not_equal};
use crate::types::Element;

/// How many elements along `axes` are not zero (or `false`), as `tf.count_nonzero` counts them; NaN is not zero.
///
/// For another type than `i64`, [`cast`](crate::cast()) the result.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn count_nonzero<T: Element>(
    input_tensor: impl IntoTensor<T>,
    axes: impl IntoAxes,
) -> Tensor<i64> {
    let graph = graph_of(&[input_tensor.graph()]);
    graph.op_scope("count_nonzero", |_| {
        let x = input_tensor.into_tensor(&graph, "input");
        let zero = graph.zeros::<T>([]);
        reduce_sum(cast_to::<bool, i64>(not_equal(x, zero)), axes)
    })
}
