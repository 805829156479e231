//! `batch_norm`: batch normalization.

use std::fmt;
use std::sync::Arc;

use super::super::batch_normalization::{BatchNormalization, batch_normalization_with};
use super::super::moving_moments::Momentum;
use super::super::scope::Scope;
use super::super::training::{Mode, Training};
use super::super::weight::Weight;
use super::arg_scope::{arg_scope_options, default_of};
use super::scope::{
    ContribScope, Function, activated, activation_options, contrib_options, parameter_options,
    take_name,
};
use crate::graph::{Graph, GraphKeys, IntoTensor, Tensor, graph_of};
use crate::initializers::{ones, zeros};
use crate::nn::{self, FusedBatchNorm};
use crate::ops::array::{identity, reshape, shape};
use crate::types::{DType, Error, Float, Result};
use crate::variables::Variable;

/// Batch normalization in training, as `tf.contrib.layers.batch_norm` makes it with its defaults:
/// moving averages that decay by 0.999, β but no γ, ε = 0.001. **For use, see
/// [`BatchNorm::is_training`].**
///
/// What it computes is told at [`layers::batch_normalization`](crate::layers::batch_normalization),
/// but that the moving variance of [n, k] inputs, too, is that of an estimate with Bessel's
/// correction. The variables are `BatchNorm/beta`, `BatchNorm/moving_mean` and
/// `BatchNorm/moving_variance`, and with [`scale`](BatchNorm::scale) `BatchNorm/gamma`; all are
/// among the [`model_variables`](crate::Graph::model_variables).
///
/// The updates of the moving averages are in the collection [`UPDATE_OPS`](GraphKeys::UPDATE_OPS),
/// which [`Optimizer::minimize`](crate::train::Optimizer::minimize) makes a training step run.
///
/// # Errors
/// `InvalidArgument` if the number of axes is not known or 0, or the number of channels is not
/// known.
///
/// # Options
/// `is_training`, `decay`, `center`, `scale`, `updates_collections` and more: see
/// [`batch_norm_with`].
#[track_caller]
pub fn batch_norm<T: Float>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    batch_norm_with(inputs, BatchNorm::new())
}

/// As [`batch_norm`], with options; a `bool` or a tensor is
/// [`is_training`](BatchNorm::is_training).
///
/// ```
/// use tf1 as tf;
/// use tf::contrib::layers::{self, BatchNorm, FullyConnected};
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 8]);
/// let training = graph.placeholder::<bool>("training", []);
/// let options = FullyConnected::new()
///     .normalizer_fn(move |x| layers::batch_norm_with(x, BatchNorm::new().is_training(&training).decay(0.9)));
/// let y = layers::fully_connected_with(&x, 4, options);
/// assert_eq!(graph.model_variables()[1].name(), "fully_connected/BatchNorm/beta:0");
/// # graph.check()?;
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`batch_norm`]; also if `is_training` is a tensor that is not a scalar, and what
/// [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn batch_norm_with<T: Float>(
    inputs: impl IntoTensor<T>,
    options: impl Into<BatchNorm<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph(), options.is_training.graph()]);
    options.common.open(&graph, KIND, || {
        let x = inputs.into_tensor(&graph, "inputs");
        if x.is_failed() {
            return x;
        }
        match options.build(&graph, &x) {
            Ok(outputs) => activated(options.activation.as_ref(), outputs),
            Err(error) => graph.failed(KIND, error),
        }
    })
}

const KIND: &str = "BatchNorm";

/// When the moving averages are updated.
#[derive(Clone, Debug)]
enum Updates {
    /// When those of this collection are run.
    Collection(String),
    /// When the result is computed.
    InPlace,
}

/// The options of [`batch_norm_with`].
#[derive(Clone)]
pub struct BatchNorm<T> {
    activation: Option<Arc<Function<T>>>,
    decay: f64,
    epsilon: f64,
    center: bool,
    scale: bool,
    beta: Weight<T>,
    gamma: Weight<T>,
    moving_mean: Weight<T>,
    moving_variance: Weight<T>,
    updates: Updates,
    is_training: Training,
    fused: bool,
    channels_first: bool,
    common: ContribScope,
}

arg_scope_options! {
    BatchNorm<T>, T;
}

/// In training or not, as [`BatchNorm::is_training`].
impl<T: Float, M: Into<Training>> From<M> for BatchNorm<T> {
    fn from(is_training: M) -> Self {
        BatchNorm::new().is_training(is_training)
    }
}

impl<T: Float> BatchNorm<T> {
    /// TensorFlow's defaults, see [`batch_norm`]; or what an [`arg_scope`](super::arg_scope())
    /// says.
    pub fn new() -> Self {
        default_of().unwrap_or_else(|| BatchNorm {
            activation: None,
            decay: 0.999,
            epsilon: 0.001,
            center: true,
            scale: false,
            beta: Weight::new(zeros()),
            gamma: Weight::new(ones()),
            moving_mean: Weight::new(zeros()),
            moving_variance: Weight::new(ones()),
            updates: Updates::Collection(GraphKeys::UPDATE_OPS.into()),
            is_training: Training::from(true),
            fused: true,
            channels_first: false,
            common: ContribScope::default(),
        })
    }

    activation_options!(activation);
    contrib_options!(common);
    parameter_options!("β" beta: beta_initializer beta_regularizer);
    parameter_options!("γ" gamma: gamma_initializer gamma_regularizer);

    /// The initial value of the moving mean.
    pub fn moving_mean_initializer(
        mut self,
        initializer: impl crate::variables::Initializer<T> + 'static,
    ) -> Self {
        self.moving_mean.initializer = Arc::new(initializer);
        self
    }

    /// The initial value of the moving variance.
    pub fn moving_variance_initializer(
        mut self,
        initializer: impl crate::variables::Initializer<T> + 'static,
    ) -> Self {
        self.moving_variance.initializer = Arc::new(initializer);
        self
    }

    /// How much of the moving averages stays in each step.
    pub fn decay(mut self, decay: f64) -> Self {
        self.decay = decay;
        self
    }

    /// What is added to the variance.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Whether β is added.
    pub fn center(mut self, center: bool) -> Self {
        self.center = center;
        self
    }

    /// Whether the result is multiplied by γ. Where a layer with weights follows, that can do it.
    pub fn scale(mut self, scale: bool) -> Self {
        self.scale = scale;
        self
    }

    /// The collection to which the updates of the moving averages are added.
    pub fn updates_collections(mut self, key: impl Into<String>) -> Self {
        self.updates = Updates::Collection(key.into());
        self
    }

    /// Updates the moving averages whenever the result is computed in training
    /// (`updates_collections=None`).
    pub fn updates_in_place(mut self) -> Self {
        self.updates = Updates::InPlace;
        self
    }

    /// Whether it works as in training: a `bool` or a tensor.
    pub fn is_training(mut self, is_training: impl Into<Training>) -> Self {
        self.is_training = is_training.into();
        self
    }

    /// Whether the fused op may be used.
    pub fn fused(mut self, fused: bool) -> Self {
        self.fused = fused;
        self
    }

    /// The channels are the second axis (`data_format='NCHW'`).
    pub fn channels_first(mut self) -> Self {
        self.channels_first = true;
        self
    }

    #[track_caller]
    fn build(&self, graph: &Graph, x: &Tensor<T>) -> Result<Tensor<T>> {
        let rank = x.shape().rank().ok_or_else(|| {
            let name = x.name();
            Error::invalid_argument(format!("Inputs {name} has undefined rank"))
                .with_help("tell the shape by set_shape")
        })?;
        let is_usual =
            matches!(&self.updates, Updates::Collection(key) if key == GraphKeys::UPDATE_OPS);
        let can_fuse = self.fused && matches!(rank, 2 | 4) && T::DTYPE == DType::Float32;
        if can_fuse && (rank == 2 || !is_usual) {
            return self.fused_batch_norm(graph, x, rank);
        }
        if !is_usual {
            return Err(Error::unimplemented(
                "updates_collections of a batch_norm that is not fused are not built yet",
            )
            .with_help("leave updates_collections, or fuse inputs of two or four axes"));
        }
        take_name(graph);
        Ok(batch_normalization_with(x, self.of_layer()))
    }

    /// The layer of `tf.layers` that does the same, in the scope that is open.
    fn of_layer(&self) -> BatchNormalization<T> {
        BatchNormalization {
            axis: if self.channels_first { 1 } else { -1 },
            momentum: self.decay,
            epsilon: self.epsilon,
            center: self.center,
            scale: self.scale,
            beta: self.beta.clone(),
            gamma: self.gamma.clone(),
            moving_mean: self.moving_mean.clone(),
            moving_variance: self.moving_variance.clone(),
            training: self.is_training.clone(),
            trainable: self.common.trainable,
            fused: self.fused,
            scope: Scope::open_one(),
        }
    }

    /// By the fused op, of inputs with two or four axes.
    #[track_caller]
    fn fused_batch_norm(&self, graph: &Graph, x: &Tensor<T>, rank: usize) -> Result<Tensor<T>> {
        let axis = if self.channels_first { 1 } else { rank - 1 };
        let unknown = || {
            Error::invalid_argument("`C` dimension must be known but is None")
                .with_help("tell it by set_shape")
        };
        let channels = x.shape().dim(axis).ok_or_else(unknown)?;
        let mode = self.is_training.mode()?;
        let count = i32::try_from(channels).map_err(|_| unknown())?;
        let original = x;
        let x = &match (rank, self.channels_first) {
            (2, false) => reshape(x, [-1, 1, 1, count]),
            (2, true) => reshape(x, [-1, count, 1, 1]),
            _ => x.clone(),
        };
        let parameter = |weight: &Weight<T>, name: &str, is_there: bool, value: T| match is_there {
            true => self.variable(graph, weight, name, channels, true).value(),
            false => {
                let values = crate::types::memory::filled(ndarray::IxDyn(&[channels]), value);
                graph.constant_or_mistake("Const", values)
            }
        };
        let beta = parameter(&self.beta, "beta", self.center, T::ZERO);
        let gamma = parameter(&self.gamma, "gamma", self.scale, T::ONE);
        take_name(graph);
        let moving =
            |weight: &Weight<T>, name: &str| self.variable(graph, weight, name, channels, false);
        let moving_mean = moving(&self.moving_mean, "moving_mean");
        let moving_variance = moving(&self.moving_variance, "moving_variance");

        let mut batch = FusedBatchNorm::new().epsilon(self.epsilon as f32);
        if self.channels_first {
            batch = batch.channels_first();
        }
        let population = (moving_mean.value(), moving_variance.value());
        let using = batch.clone().inference(&population.0, &population.1);
        let normalized = |options| nn::fused_batch_norm_with(x, &gamma, &beta, options);
        let (outputs, mean, variance) = match &mode {
            Mode::Known(true) => normalized(batch),
            Mode::Known(false) => normalized(using),
            Mode::Told(_) => {
                let of_batch = mode.branch(true, || normalized(batch));
                let (outputs, ..) = mode.branch(false, || normalized(using));
                // The averages stay where they are when they move towards themselves.
                (
                    mode.choose(of_batch.0, outputs),
                    mode.choose(of_batch.1, population.0),
                    mode.choose(of_batch.2, population.1),
                )
            }
        };
        let outputs = self.updated(
            &mode,
            outputs,
            [(&moving_mean, mean), (&moving_variance, variance)],
        );
        outputs.set_shape(x.shape());
        Ok(match rank {
            2 => reshape(outputs, shape(original)),
            _ => outputs,
        })
    }

    /// The result, once the moving averages are updated, or with their updates in a collection.
    #[track_caller]
    fn updated(
        &self,
        mode: &Mode,
        outputs: Tensor<T>,
        averages: [(&Variable<T>, Tensor<T>); 2],
    ) -> Tensor<T> {
        if !mode.may_train() {
            return outputs;
        }
        let graph = outputs.graph().clone();
        let momentum = Momentum::Number(self.decay);
        let [mean, variance] = averages;
        let updates = [
            momentum.update(mean.0, &mean.1),
            momentum.update(variance.0, &variance.1),
        ];
        match &self.updates {
            Updates::Collection(key) => {
                for update in &updates {
                    graph.add_to_collection(key, update);
                }
                outputs
            }
            Updates::InPlace => graph.control_dependencies(&updates, || identity(&outputs)),
        }
    }

    #[track_caller]
    fn variable(
        &self,
        graph: &Graph,
        weight: &Weight<T>,
        name: &str,
        channels: usize,
        trainable: bool,
    ) -> Variable<T> {
        let trainable = trainable && self.common.trainable;
        weight.variable(graph, name, &[channels], trainable)
    }
}

impl<T: Float> Default for BatchNorm<T> {
    fn default() -> Self {
        BatchNorm::new()
    }
}

impl<T> fmt::Debug for BatchNorm<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchNorm")
            .field("decay", &self.decay)
            .field("epsilon", &self.epsilon)
            .field("center", &self.center)
            .field("scale", &self.scale)
            .field("updates", &self.updates)
            .field("is_training", &self.is_training)
            .field("common", &self.common)
            .finish_non_exhaustive()
    }
}
