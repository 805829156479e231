//! The moving averages that batch normalization keeps of a batch's mean and variance.

use crate::graph::{Graph, Tensor};
use crate::ops::math::difference;
use crate::types::Float;
use crate::variables::{Variable, assign_moving_average, zero_debiased_moving_average};

/// What the moving averages are multiplied with in each step.
pub(super) enum Momentum {
    /// A number, which becomes a constant for each average.
    Number(f64),
    /// A tensor for both.
    Tensor(Tensor<f32>),
}

impl Momentum {
    /// The op that moves an average towards `value`.
    #[track_caller]
    pub(super) fn update<T: Float>(&self, average: &Variable<T>, value: &Tensor<T>) -> Tensor<T> {
        assign_moving_average(average, value, || self.weight(average.graph()))
    }

    /// As [`update`](Momentum::update), without the pull of the average's initial value.
    #[track_caller]
    pub(super) fn update_zero_debiased<T: Float>(
        &self,
        average: &Variable<T>,
        value: &Tensor<T>,
    ) -> Tensor<T> {
        zero_debiased_moving_average(average, value, || self.weight(average.graph()))
    }

    /// How much of the value comes into the average.
    #[track_caller]
    fn weight(&self, graph: &Graph) -> Tensor<f32> {
        match self {
            Momentum::Number(momentum) => graph.constant((1.0 - momentum) as f32).named("decay"),
            Momentum::Tensor(momentum) => difference(1.0, momentum),
        }
    }
}
