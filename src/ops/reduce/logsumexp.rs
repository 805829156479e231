//! `reduce_logsumexp`.

use super::axes::IntoAxes;
use super::extremum::reduce_max;
use super::sum::reduce_sum;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::array::{reshape, shape, stop_gradient, zeros_like};
use crate::ops::math::{add, exp, is_finite, log, select, subtract};
use crate::types::{Float, Shape};

/// ln Σ eˣ of the elements along `axes`, as `tf.reduce_logsumexp` computes it; -∞ of no elements.
///
/// The largest element m is taken out as m + ln Σ eˣ⁻ᵐ, so that no power overflows.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_logsumexp<T: Float>(
    input_tensor: impl IntoTensor<T>,
    axes: impl IntoAxes,
) -> Tensor<T> {
    let (graph, axes) = (graph_of(&[input_tensor.graph()]), axes.into_axes());
    let x = input_tensor.into_tensor(&graph, "Const");
    graph.op_scope("ReduceLogSumExp", |_| {
        let largest = reduce_max(&x, axes.keeping(true));
        // An infinite m would make x - m NaN.
        let shift = stop_gradient(select(is_finite(&largest), &largest, zeros_like(&largest)));
        let log_sum = log(reduce_sum(exp(subtract(x, &shift)), axes.clone()));
        if axes.keeps_dims() {
            return add(log_sum, shift);
        }
        let shift = reshape(shift, shape(&log_sum));
        let result = add(log_sum, shift);
        if axes.are_all() {
            result.set_shape(Shape::scalar());
        }
        result
    })
}
