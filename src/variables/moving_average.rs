//! One step of a moving average, which training and layers share.

use super::Variable;
use crate::graph::Tensor;
use crate::ops::math::cast_to;
use crate::ops::state::assign_sub;
use crate::ops::support::named_as;
use crate::types::Float;

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
