//! Batch renormalization: in training, too, batches are normalized nearly as in use.

use std::sync::Arc;

use super::options::BatchNormalization;
use crate::graph::{Graph, Tensor};
use crate::layers::moving_moments::Momentum;
use crate::layers::training::Mode;
use crate::layers::weight::Weight;
use crate::ops::array::{identity, ones_like, zeros_like};
use crate::ops::math::{maximum, sqrt, truediv};
use crate::ops::nn::relu;
use crate::ops::state::assign;
use crate::ops::support::{InGraph, named_as};
use crate::types::Float;
use crate::variables::{Initializer, Variable};

/// The roots of another initializer's values.
struct Root<T>(Arc<dyn Initializer<T>>);

impl<T: Float> Initializer<T> for Root<T> {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        sqrt(self.0.build(graph, shape))
    }
}

/// The variables of renormalization.
pub(super) struct Renorm<T: Float> {
    /// The moving average from whose square the moving variance is made.
    moving_stddev: Variable<T>,
    /// What a batch's mean and standard deviation are compared to.
    mean: Variable<T>,
    stddev: Variable<T>,
}

/// What renormalization makes of a batch.
pub(super) struct Renormalized<T: Float> {
    /// By what normalized values are multiplied, and what is added then.
    pub(super) scale: Tensor<T>,
    pub(super) offset: Tensor<T>,
    /// The mean and the variance, given once what they are compared to has moved.
    pub(super) mean: Tensor<T>,
    pub(super) variance: Tensor<T>,
}

impl<T: Float> Renorm<T> {
    /// Makes the variables.
    #[track_caller]
    pub(super) fn new(graph: &Graph, options: &BatchNormalization<T>, shape: &[usize]) -> Self {
        let make = |initializer, name: &str| {
            let weight = Weight {
                initializer,
                regularizer: None,
                constraint: None,
            };
            weight.variable(graph, name, shape, false)
        };
        let root = || -> Arc<dyn Initializer<T>> {
            Arc::new(Root(Arc::clone(&options.moving_variance.initializer)))
        };
        Renorm {
            moving_stddev: make(root(), "moving_stddev"),
            mean: make(Arc::clone(&options.moving_mean.initializer), "renorm_mean"),
            stddev: make(root(), "renorm_stddev"),
        }
    }

    /// Corrects what a batch with this mean and variance is normalized to, and moves what it is
    /// compared to.
    #[track_caller]
    pub(super) fn correct(
        &self,
        options: &BatchNormalization<T>,
        mode: &Mode,
        mean: &Tensor<T>,
        variance: &Tensor<T>,
    ) -> Renormalized<T> {
        let graph = mean.graph();
        let epsilon = T::from_f64(options.epsilon);
        let stddev = sqrt(variance + epsilon);
        let least = sqrt(InGraph(epsilon, graph));
        let usual = maximum(&self.stddev, least);
        let r = truediv(&stddev, &usual);
        let d = truediv(mean - &self.mean, &usual);
        // By the averages as they are before this step.
        let (mean, stddev) =
            graph.control_dependencies([&r, &d], || (identity(mean), identity(stddev)));
        let r = options.renorm_clipping.factor(r);
        let d = options.renorm_clipping.shift(d);
        let scale = choose(mode, r, |r| ones_like(r));
        let offset = choose(mode, d, |d| zeros_like(d));
        let moves = |average: &Variable<T>, value: &Tensor<T>| {
            let value = choose(mode, identity(value), |_| average.value());
            Momentum::Number(options.renorm_momentum).update(average, &value)
        };
        let moved = [moves(&self.mean, &mean), moves(&self.stddev, &stddev)];
        let (mean, variance) =
            graph.control_dependencies(&moved, || (identity(&mean), identity(variance)));
        Renormalized {
            scale,
            offset,
            mean,
            variance,
        }
    }

    /// The op that moves the moving variance towards `variance`.
    #[track_caller]
    pub(super) fn update(
        &self,
        options: &BatchNormalization<T>,
        mode: &Mode,
        moving_variance: &Variable<T>,
        variance: &Tensor<T>,
    ) -> Tensor<T> {
        let epsilon = T::from_f64(options.epsilon);
        let stddev = sqrt(variance + epsilon);
        let stddev = choose(mode, stddev, |_| self.moving_stddev.value());
        let stddev = Momentum::Number(options.momentum).update(&self.moving_stddev, &stddev);
        // Rounding may make it negative.
        let variance = relu(&stddev * &stddev - epsilon);
        let variance = choose(mode, variance, |_| moving_variance.value());
        let graph = moving_variance.graph();
        graph.op_scope("AssignNewValue", |scope| {
            assign(moving_variance, variance).named(named_as(scope))
        })
    }
}

/// `in_training`, or in use what `in_use` makes; no more nodes are made than the mode needs.
#[track_caller]
fn choose<T: Float>(
    mode: &Mode,
    in_training: Tensor<T>,
    in_use: impl FnOnce(&Tensor<T>) -> Tensor<T>,
) -> Tensor<T> {
    match mode {
        Mode::Known(_) => in_training,
        Mode::Told(_) => {
            let in_use = in_use(&in_training);
            mode.choose(in_training, in_use)
        }
    }
}
