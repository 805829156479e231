//! `count_nonzero`.

use super::axes::IntoAxes;
use super::sum::reduce_sum;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::math::{cast_to, not_equal};
use crate::types::{ElementType, Numeric, Plain, int64};

/// How many elements along `axes` are not zero (or `false`), as `tf.count_nonzero` counts them; NaN
/// is not zero.
///
/// For another type than `i64` see [`count_nonzero_as`].
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn count_nonzero<T: Plain>(
    input_tensor: impl IntoTensor<T>,
    axes: impl IntoAxes,
) -> Tensor<i64> {
    count_nonzero_as(input_tensor, axes, int64)
}

/// As [`count_nonzero`], with counts of the type `dtype`: `count_nonzero_as(&x, .., tf::int32)`.
///
/// # Errors
/// As [`count_nonzero`].
#[track_caller]
pub fn count_nonzero_as<T: Plain, R: Numeric>(
    input_tensor: impl IntoTensor<T>,
    axes: impl IntoAxes,
    dtype: ElementType<R>,
) -> Tensor<R> {
    let _ = dtype;
    let graph = graph_of(&[input_tensor.graph()]);
    graph.op_scope("count_nonzero", |_| {
        let x = input_tensor.into_tensor(&graph, "input");
        let zero = graph.zeros::<T>([]);
        let counts = reduce_sum(cast_to::<bool, i64>(not_equal(x, zero)), axes);
        cast_to::<i64, R>(counts)
    })
}
