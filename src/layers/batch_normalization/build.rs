//! The nodes of batch normalization.

use ndarray::IxDyn;

use super::options::BatchNormalization;
use super::renorm::Renorm;
use crate::graph::{GraphKeys, Tensor};
use crate::layers::moving_moments::Momentum;
use crate::layers::training::Mode;
use crate::layers::weight::Weight;
use crate::nn::{self, FusedBatchNorm};
use crate::ops::array::{reshape, stop_gradient};
use crate::types::{DType, Float, memory};
use crate::variables::Variable;

/// The features of an input: along which of how many axes they are, and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Features {
    pub(super) axis: usize,
    pub(super) rank: usize,
    pub(super) count: usize,
}

/// A layer whose variables have been made.
pub(super) struct Layer<'a, T: Float> {
    options: &'a BatchNormalization<T>,
    mode: Mode,
    features: Features,
    is_fused: bool,
    gamma: Option<Tensor<T>>,
    beta: Option<Tensor<T>>,
    moving_mean: Variable<T>,
    moving_variance: Variable<T>,
    renorm: Option<Renorm<T>>,
}

impl<'a, T: Float> Layer<'a, T> {
    /// Makes the variables.
    #[track_caller]
    pub(super) fn new(
        x: &Tensor<T>,
        options: &'a BatchNormalization<T>,
        mode: Mode,
        features: Features,
    ) -> Self {
        let (graph, shape) = (x.graph(), [features.count]);
        // TensorFlow's op knows no doubles.
        let is_fused = options.fused
            && !options.renorm
            && T::DTYPE == DType::Float32
            && features.rank == 4
            && [1, 3].contains(&features.axis);
        // The fused op wants both γ and β.
        let constant = |value: T| {
            is_fused.then(|| {
                let values = memory::filled(IxDyn(&shape), value);
                graph.constant_or_mistake("Const", values)
            })
        };
        let trainable = options.trainable;
        let trained = |weight: &Weight<T>, name: &str| {
            Some(weight.variable(graph, name, &shape, trainable).value())
        };
        let gamma = match options.scale {
            true => trained(&options.gamma, "gamma"),
            false => constant(T::ONE),
        };
        let beta = match options.center {
            true => trained(&options.beta, "beta"),
            false => constant(T::ZERO),
        };
        let (mean, variance) = (&options.moving_mean, &options.moving_variance);
        Layer {
            options,
            mode,
            features,
            is_fused,
            gamma,
            beta,
            moving_mean: mean.variable(graph, "moving_mean", &shape, false),
            moving_variance: variance.variable(graph, "moving_variance", &shape, false),
            renorm: options.renorm.then(|| Renorm::new(graph, options, &shape)),
        }
    }

    /// Normalizes `x`.
    #[track_caller]
    pub(super) fn apply(&self, x: &Tensor<T>) -> Tensor<T> {
        match (&self.gamma, &self.beta) {
            (Some(gamma), Some(beta)) if self.is_fused => self.fused(x, gamma, beta),
            _ => self.by_moments(x),
        }
    }

    /// By the fused op.
    #[track_caller]
    fn fused(&self, x: &Tensor<T>, gamma: &Tensor<T>, beta: &Tensor<T>) -> Tensor<T> {
        let mut options = FusedBatchNorm::new().epsilon(self.options.epsilon as f32);
        if self.features.axis == 1 {
            options = options.channels_first();
        }
        let population = (self.moving_mean.value(), self.moving_variance.value());
        let using = options.clone().inference(&population.0, &population.1);
        let (y, mean, variance) = match &self.mode {
            Mode::Known(true) => nn::fused_batch_norm_with(x, gamma, beta, options),
            Mode::Known(false) => nn::fused_batch_norm_with(x, gamma, beta, using),
            mode @ Mode::Told(_) => {
                let of = |options| nn::fused_batch_norm_with(x, gamma, beta, options);
                let batch = mode.branch(true, || of(options));
                let (y, ..) = mode.branch(false, || of(using));
                // The averages stay where they are when they move towards themselves.
                (
                    mode.choose(batch.0, y),
                    mode.choose(batch.1, population.0),
                    mode.choose(batch.2, population.1),
                )
            }
        };
        // TensorFlow makes its constant even where nothing is updated.
        let momentum = x.graph().constant(self.options.momentum as f32);
        self.update(&Momentum::Tensor(momentum), &mean, &variance);
        y
    }

    /// By `nn::moments` and `nn::batch_normalization`.
    #[track_caller]
    fn by_moments(&self, x: &Tensor<T>) -> Tensor<T> {
        let mut scale = self.gamma.as_ref().map(|gamma| self.spread(gamma));
        let mut offset = self.beta.as_ref().map(|beta| self.spread(beta));
        let (mut mean, mut variance) = (self.moving_mean.value(), self.moving_variance.value());
        if self.mode.may_train() {
            let axes = (0..).take(self.features.rank);
            let axes: Vec<isize> = axes.filter(|axis| *axis != self.axis()).collect();
            let batch = nn::moments(x, axes);
            mean = self.mode.choose(batch.0, mean);
            variance = self.mode.choose(batch.1, variance);
            let momentum = Momentum::Number(self.options.momentum);
            match &self.renorm {
                None => self.update(&momentum, &mean, &variance),
                Some(renorm) => {
                    let batch = renorm.correct(self.options, &self.mode, &mean, &variance);
                    let r = self.spread(&stop_gradient(batch.scale).named("renorm_r"));
                    let d = self.spread(&stop_gradient(batch.offset).named("renorm_d"));
                    // γ(r z + d) + β is (γ r) z + (γ d + β).
                    let product = |x: Tensor<T>| match &scale {
                        Some(gamma) => x * gamma,
                        None => x,
                    };
                    let (r, d) = (product(r), product(d));
                    offset = Some(match offset {
                        Some(beta) => d + beta,
                        None => d,
                    });
                    scale = Some(r);
                    self.collect([
                        momentum.update(&self.moving_mean, &batch.mean),
                        renorm.update(
                            self.options,
                            &self.mode,
                            &self.moving_variance,
                            &batch.variance,
                        ),
                    ]);
                }
            }
        }
        let (mean, variance) = (self.spread(&mean), self.spread(&variance));
        let epsilon = T::from_f64(self.options.epsilon);
        let (offset, scale) = (offset.as_ref(), scale.as_ref());
        let y = nn::batch_normalization(x, mean, variance, offset, scale, epsilon);
        y.set_shape(x.shape());
        y
    }

    fn axis(&self) -> isize {
        isize::try_from(self.features.axis).unwrap_or(isize::MAX)
    }

    /// Moves the averages towards the mean and variance of a batch, if that may be one of training.
    #[track_caller]
    fn update(&self, momentum: &Momentum, mean: &Tensor<T>, variance: &Tensor<T>) {
        if !self.mode.may_train() {
            return;
        }
        self.collect([
            momentum.update(&self.moving_mean, mean),
            momentum.update(&self.moving_variance, variance),
        ]);
    }

    /// Makes training steps run the updates.
    fn collect(&self, updates: [Tensor<T>; 2]) {
        // TensorFlow makes the ops of a layer that is not to be trained, but does not ask to run
        // them.
        if self.options.trainable {
            let graph = self.moving_mean.graph();
            for update in updates {
                graph.add_operation_to_collection(GraphKeys::UPDATE_OPS, &update.op());
            }
        }
    }

    /// A vector of features in a shape that broadcasts to that of the input.
    #[track_caller]
    fn spread(&self, vector: &Tensor<T>) -> Tensor<T> {
        let Features { axis, rank, count } = self.features;
        if axis + 1 == rank {
            return vector.clone();
        }
        let mut lengths = vec![1; rank];
        lengths[axis] = i32::try_from(count).unwrap_or(i32::MAX);
        reshape(vector, lengths)
    }
}
