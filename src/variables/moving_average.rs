//! One step of a moving average, which training and layers share.

use super::{Variable, VariableOptions, Zeros};
use crate::graph::Tensor;
use crate::ops::math::{cast_to, difference, pow};
use crate::ops::state::{assign, assign_sub};
use crate::ops::support::named_as;
use crate::types::{Element, Float, Shape};

/// `average -= (average - value) · weight`, as `assign_moving_average` of TensorFlow's
/// `moving_averages` does it without `zero_debias`; the result is the new average. `weight` makes
/// its nodes in the scope of the call.
#[track_caller]
pub(crate) fn assign_moving_average<T: Float>(
    average: &Variable<T>,
    value: &Tensor<T>,
    weight: impl FnOnce() -> Tensor<f32>,
) -> Tensor<T> {
    average.graph().op_scope("AssignMovingAvg", |scope| {
        let weight = cast_to::<f32, T>(weight());
        let step = (average - value) * weight;
        assign_sub(average, step).named(named_as(scope))
    })
}

/// As [`assign_moving_average`], without the pull of the average's initial value; `weight` makes
/// 1 - decay.
#[track_caller]
pub(crate) fn zero_debiased_moving_average<T: Float>(
    variable: &Variable<T>,
    value: &Tensor<T>,
    weight: impl FnOnce() -> Tensor<f32>,
) -> Tensor<T> {
    variable.graph().op_scope("AssignMovingAvg", |scope| {
        let weight = &cast_to::<f32, T>(weight());
        let (biased, local_step) = debiasing(variable);
        let biased = assign_sub(&biased, (&biased - value) * weight);
        let step = local_step.assign_add(T::ONE);
        let bias_factor = difference(T::ONE, pow(difference(T::ONE, weight), step));
        assign(variable, biased / bias_factor).named(named_as(scope))
    })
}

/// Variables for the average that starts at 0 and for the number of steps: new ones, unless the
/// variable scope shares variables.
#[track_caller]
fn debiasing<T: Element>(variable: &Variable<T>) -> (Variable<T>, Variable<T>) {
    let graph = variable.graph();
    let above = variable.op().name();
    graph.variable_scope(above.as_str(), || {
        let make = |name: &str, shape: Shape| {
            let options = VariableOptions::new().trainable(false);
            graph.get_variable_with(graph.unused_variable_name(name), shape, Zeros, options)
        };
        (
            make("biased", variable.shape()),
            make("local_step", [].into()),
        )
    })
}
