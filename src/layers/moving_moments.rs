//! The moving averages that batch normalization keeps of a batch's mean and variance.

use crate::graph::Tensor;
use crate::ops::math::difference;
use crate::types::Float;
use crate::variables::{Variable, assign_moving_average};

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
        let graph = average.graph();
        let weight = || match self {
            Momentum::Number(momentum) => graph.constant((1.0 - momentum) as f32).named("decay"),
            Momentum::Tensor(momentum) => difference(1.0, momentum),
        };
        assign_moving_average(average, value, weight)
    }
}
