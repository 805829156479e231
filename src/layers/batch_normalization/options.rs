//! [`BatchNormalization`]: the options.

use std::sync::Arc;

use super::renorm_clipping::RenormClipping;
use crate::graph::Tensor;
use crate::initializers::{ones, zeros};
use crate::layers::scope::Scope;
use crate::layers::training::Training;
use crate::layers::weight::Weight;
use crate::types::{Float, WholeNumber};
use crate::variables::{Constraint, Initializer, Regularizer, Reuse};

/// The options of [`batch_normalization_with`](super::batch_normalization_with).
#[derive(Clone, Debug)]
pub struct BatchNormalization<T: Float> {
    pub(in crate::layers) axis: isize,
    pub(in crate::layers) momentum: f64,
    pub(in crate::layers) epsilon: f64,
    pub(in crate::layers) center: bool,
    pub(in crate::layers) scale: bool,
    pub(in crate::layers) beta: Weight<T>,
    pub(in crate::layers) gamma: Weight<T>,
    pub(in crate::layers) moving_mean: Weight<T>,
    pub(in crate::layers) moving_variance: Weight<T>,
    pub(in crate::layers) training: Training,
    pub(in crate::layers) trainable: bool,
    pub(in crate::layers) fused: bool,
    pub(in crate::layers) renorm: bool,
    pub(in crate::layers) renorm_clipping: RenormClipping<T>,
    pub(in crate::layers) renorm_momentum: f64,
    pub(in crate::layers) scope: Scope,
}

/// In training or not, as [`BatchNormalization::training`].
impl<T: Float, M: Into<Training>> From<M> for BatchNormalization<T> {
    fn from(training: M) -> Self {
        BatchNormalization::new().training(training)
    }
}

impl<T: Float> BatchNormalization<T> {
    /// Features along the last axis, a momentum of 0.99, ε = 0.001, not in training.
    pub fn new() -> Self {
        BatchNormalization {
            axis: -1,
            momentum: 0.99,
            epsilon: 0.001,
            center: true,
            scale: true,
            beta: Weight::new(zeros()),
            gamma: Weight::new(ones()),
            moving_mean: Weight::new(zeros()),
            moving_variance: Weight::new(ones()),
            training: Training::default(),
            trainable: true,
            fused: true,
            renorm: false,
            renorm_clipping: RenormClipping::new(),
            renorm_momentum: 0.99,
            scope: Scope::default(),
        }
    }

    /// The axis of features, counted from the end if negative: 0 where every column is an example.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_isize();
        self
    }

    /// How much of the moving averages stays in each step.
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// What is added to the variance. The fused op takes at least 1.001 · 10⁻⁵.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Whether β is added.
    pub fn center(mut self, center: bool) -> Self {
        self.center = center;
        self
    }

    /// Whether to multiply by γ; it is of no use before a linear layer, which scales anyway.
    pub fn scale(mut self, scale: bool) -> Self {
        self.scale = scale;
        self
    }

    /// The initial value of β.
    pub fn beta_initializer(mut self, initializer: impl Initializer<T> + 'static) -> Self {
        self.beta.initializer = Arc::new(initializer);
        self
    }

    /// The initial value of γ.
    pub fn gamma_initializer(mut self, initializer: impl Initializer<T> + 'static) -> Self {
        self.gamma.initializer = Arc::new(initializer);
        self
    }

    /// The initial value of the moving mean.
    pub fn moving_mean_initializer(mut self, initializer: impl Initializer<T> + 'static) -> Self {
        self.moving_mean.initializer = Arc::new(initializer);
        self
    }

    /// The initial value of the moving variance.
    pub fn moving_variance_initializer(
        mut self,
        initializer: impl Initializer<T> + 'static,
    ) -> Self {
        self.moving_variance.initializer = Arc::new(initializer);
        self
    }

    /// A penalty on the values of β.
    pub fn beta_regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.beta.regularizer = Some(Arc::new(regularizer));
        self
    }

    /// Has optimizers apply `constrain` to β after each of their steps; see
    /// [`VariableOptions::constraint`](crate::VariableOptions::constraint).
    pub fn beta_constraint(
        mut self,
        constrain: impl Fn(Tensor<T>) -> Tensor<T> + Send + Sync + 'static,
    ) -> Self {
        self.beta.constraint = Some(Constraint::new(constrain));
        self
    }

    /// A penalty on the values of γ.
    pub fn gamma_regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.gamma.regularizer = Some(Arc::new(regularizer));
        self
    }

    /// Has optimizers apply `constrain` to γ after each of their steps; see
    /// [`VariableOptions::constraint`](crate::VariableOptions::constraint).
    pub fn gamma_constraint(
        mut self,
        constrain: impl Fn(Tensor<T>) -> Tensor<T> + Send + Sync + 'static,
    ) -> Self {
        self.gamma.constraint = Some(Constraint::new(constrain));
        self
    }

    /// Whether the layer takes the batch's mean and variance and moves the averages: a `bool` or a
    /// tensor.
    pub fn training(mut self, training: impl Into<Training>) -> Self {
        self.training = training.into();
        self
    }

    /// Whether optimizers train β and γ if they are not told what to train, and whether
    /// the updates of the averages are among the update ops.
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = trainable;
        self
    }

    /// Whether images may be normalized by one op; `true` by default.
    pub fn fused(mut self, fused: bool) -> Self {
        self.fused = fused;
        self
    }

    /// Renormalizes batches in training: a value that the batch's mean μ and standard deviation σ
    /// bring to z becomes z · r + d, with
    ///
    /// ```text
    /// r = σ / renorm_stddev
    /// d = (μ - renorm_mean) / renorm_stddev
    /// ```
    ///
    /// which are constants to gradients. So it is what the averages `renorm_mean` and
    /// `renorm_stddev`, which are variables of their own, would have made of it, and small or
    /// one-sided batches disturb training less. In use, nothing changes. The fused op is not taken.
    ///
    /// Source: S. Ioffe, "Batch renormalization: towards reducing minibatch dependence in
    /// batch-normalized models", NIPS 2017.
    pub fn renorm(mut self, renorm: bool) -> Self {
        self.renorm = renorm;
        self
    }

    /// How far [renormalization](BatchNormalization::renorm) may go.
    pub fn renorm_clipping(mut self, clipping: RenormClipping<T>) -> Self {
        self.renorm_clipping = clipping;
        self
    }

    /// How much stays in each step of the averages that
    /// [renormalization](BatchNormalization::renorm) compares batches to; 0.99 by default.
    pub fn renorm_momentum(mut self, momentum: f64) -> Self {
        self.renorm_momentum = momentum;
        self
    }

    /// The layer's name; another layer of that name must share its variables.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.scope.name = Some(name.as_ref().to_string());
        self
    }

    /// Whether the variables may or must be those of another layer of that name.
    pub fn reuse(mut self, reuse: impl Into<Reuse>) -> Self {
        self.scope.reuse = reuse.into();
        self
    }
}

impl<T: Float> Default for BatchNormalization<T> {
    fn default() -> Self {
        BatchNormalization::new()
    }
}
