//! `batch_norm`: batch normalization.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use super::super::batch_normalization::{
    BatchNormalization, RenormClipping, batch_normalization_with,
};
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
use crate::ops::reduce::Axes;
use crate::types::{DType, Error, Float, Result, Shape};
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
/// `is_training`, `decay`, `center`, `scale`, `updates_collections`, `renorm`, `batch_weights` and
/// more: see
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
/// As [`batch_norm`]; also if `is_training` is a tensor that is not a scalar, `batch_weights` is
/// not a vector with an element for each example, `renorm` comes with `batch_weights`, other
/// `updates_collections` or `zero_debias_moving_mean`, and what
/// [`get_variable`](crate::Graph::get_variable) refuses. `Unimplemented` if
/// `zero_debias_moving_mean` comes with an `is_training` that is a tensor.
#[track_caller]
pub fn batch_norm_with<T: Float>(
    inputs: impl IntoTensor<T>,
    options: impl Into<BatchNorm<T>>,
) -> Tensor<T> {
    let options = options.into();
    let weights = options.batch_weights.as_ref();
    let graph = graph_of(&[
        inputs.graph(),
        options.is_training.graph(),
        weights.map(|weights| weights.graph().clone()),
    ]);
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
pub struct BatchNorm<T: Float> {
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
    batch_weights: Option<Tensor<T>>,
    zero_debias_moving_mean: bool,
    renorm: bool,
    renorm_clipping: RenormClipping<T>,
    renorm_decay: f64,
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
            batch_weights: None,
            zero_debias_moving_mean: false,
            renorm: false,
            renorm_clipping: RenormClipping::new(),
            renorm_decay: 0.99,
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

    /// How often each example counts, `[batch]`, in the mean and the variance.
    pub fn batch_weights(mut self, weights: impl Borrow<Tensor<T>>) -> Self {
        self.batch_weights = Some(weights.borrow().clone());
        self
    }

    /// Keeps the moving mean without the pull of its initial value, as
    /// [`assign_moving_average`](crate::train::moving_averages::assign_moving_average) does.
    pub fn zero_debias_moving_mean(mut self, zero_debias: bool) -> Self {
        self.zero_debias_moving_mean = zero_debias;
        self
    }

    /// Whether batches are renormalized in training, see [`BatchNormalization::renorm`].
    pub fn renorm(mut self, renorm: bool) -> Self {
        self.renorm = renorm;
        self
    }

    /// How far renormalization may go.
    pub fn renorm_clipping(mut self, clipping: RenormClipping<T>) -> Self {
        self.renorm_clipping = clipping;
        self
    }

    /// How much stays in each step of the averages that renormalization compares batches to.
    pub fn renorm_decay(mut self, decay: f64) -> Self {
        self.renorm_decay = decay;
        self
    }

    #[track_caller]
    fn build(&self, graph: &Graph, x: &Tensor<T>) -> Result<Tensor<T>> {
        let rank = x.shape().rank().ok_or_else(|| {
            let name = x.name();
            Error::invalid_argument(format!("Inputs {name} has undefined rank"))
                .with_help("tell the shape by set_shape")
        })?;
        let is_usual = matches!(&self.updates, Updates::Collection(key) if key == GraphKeys::UPDATE_OPS)
            && !self.zero_debias_moving_mean;
        let is_weighted = self.batch_weights.is_some();
        let can_fuse = self.fused
            && !is_weighted
            && !self.renorm
            && matches!(rank, 2 | 4)
            && T::DTYPE == DType::Float32;
        if can_fuse && (rank == 2 || !is_usual) {
            return self.fused_batch_norm(graph, x, rank);
        }
        if is_weighted || !is_usual {
            return self.by_moments(graph, x, rank);
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
            renorm: self.renorm,
            renorm_clipping: self.renorm_clipping.clone(),
            renorm_momentum: self.renorm_decay,
            scope: Scope::open_one(),
        }
    }

    /// By the fused op, of inputs with two or four axes.
    #[track_caller]
    fn fused_batch_norm(&self, graph: &Graph, x: &Tensor<T>, rank: usize) -> Result<Tensor<T>> {
        let (channels, count) =
            self.channels(x, rank, || "`C` dimension must be known but is None".into())?;
        let mode = self.mode()?;
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
        let [moving_mean, moving_variance] = self.averages(graph, channels);
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
        let updates = self.updates(
            &mode,
            [(&moving_mean, &mean), (&moving_variance, &variance)],
        );
        let outputs = match updates {
            Some(updates) => graph.control_dependencies(&updates, || identity(&outputs)),
            None => outputs,
        };
        outputs.set_shape(x.shape());
        Ok(match rank {
            2 => reshape(outputs, shape(original)),
            _ => outputs,
        })
    }

    /// By `nn::moments` or `nn::weighted_moments`, and `nn::batch_normalization`.
    #[track_caller]
    fn by_moments(&self, graph: &Graph, x: &Tensor<T>, rank: usize) -> Result<Tensor<T>> {
        if self.renorm {
            let message = "renorm is not supported with batch_weights, updates_collections or \
                zero_debias_moving_mean";
            return Err(Error::invalid_argument(message));
        }
        let mode = self.mode()?;
        let (channels, count) = self.channels(x, rank, || {
            let (name, shape) = (x.name(), x.shape());
            format!("Inputs {name} has undefined channels dimension: its shape is {shape}.")
        })?;
        let weights = match &self.batch_weights {
            Some(weights) => Some(spread_weights(x, rank, weights)?),
            None => None,
        };
        let parameter = |weight: &Weight<T>, name: &str, is_there: bool| {
            is_there.then(|| self.variable(graph, weight, name, channels, true).value())
        };
        let beta = parameter(&self.beta, "beta", self.center);
        let gamma = parameter(&self.gamma, "gamma", self.scale);
        let [moving_mean, moving_variance] = self.averages(graph, channels);
        let (mut mean, mut variance) = (moving_mean.value(), moving_variance.value());
        if mode.may_train() {
            let batch = self.moments(x, rank, weights.as_ref());
            mean = mode.choose(batch.0, mean);
            variance = mode.choose(batch.1, variance);
            let averages = [(&moving_mean, &mean), (&moving_variance, &variance)];
            if let Some(updates) = self.updates(&mode, averages) {
                (mean, variance) =
                    graph.control_dependencies(&updates, || (identity(&mean), identity(&variance)));
            }
        }
        // Few: an axis each.
        let broadcast: Vec<i32> = (0..rank)
            .map(|axis| if axis == 1 { count } else { 1 })
            .collect();
        let spread = |vector: Tensor<T>| match self.channels_first {
            true => reshape(vector, &broadcast),
            false => vector,
        };
        let (mean, variance) = (spread(mean), spread(variance));
        let (beta, gamma) = (beta.map(spread), gamma.map(spread));
        let epsilon = T::from_f64(self.epsilon);
        let outputs =
            nn::batch_normalization(x, mean, variance, beta.as_ref(), gamma.as_ref(), epsilon);
        outputs.set_shape(x.shape());
        Ok(outputs)
    }

    /// Mean and variance of each channel of a batch.
    #[track_caller]
    fn moments(
        &self,
        x: &Tensor<T>,
        rank: usize,
        weights: Option<&Tensor<T>>,
    ) -> (Tensor<T>, Tensor<T>) {
        let channels = if self.channels_first { 1 } else { rank - 1 };
        // Few: an axis each.
        let axes: Vec<usize> = (0..rank).filter(|axis| *axis != channels).collect();
        let axes = Axes::from(axes).keeping(self.channels_first);
        let (mean, variance) = match weights {
            None => nn::moments(x, axes),
            Some(weights) => nn::weighted_moments(x, axes, weights),
        };
        match self.channels_first {
            true => (reshape(mean, [-1]), reshape(variance, [-1])),
            false => (mean, variance),
        }
    }

    /// The number of channels.
    fn channels(
        &self,
        x: &Tensor<T>,
        rank: usize,
        words: impl Fn() -> String,
    ) -> Result<(usize, i32)> {
        let axis = match self.channels_first {
            true => 1,
            false => rank.wrapping_sub(1),
        };
        let unknown = || Error::invalid_argument(words()).with_help("tell it by set_shape");
        let channels = if axis < rank {
            x.shape().dim(axis)
        } else {
            None
        };
        let channels = channels.ok_or_else(unknown)?;
        let count = i32::try_from(channels).map_err(|_| unknown())?;
        Ok((channels, count))
    }

    /// Whether it works as in training.
    #[track_caller]
    fn mode(&self) -> Result<Mode> {
        let mode = self.is_training.mode()?;
        if self.zero_debias_moving_mean && matches!(mode, Mode::Told(_)) {
            let message = "zero_debias_moving_mean of a batch_norm whose is_training is a tensor \
                is not built yet";
            return Err(Error::unimplemented(message)
                .with_help("give true or false, or leave zero_debias_moving_mean"));
        }
        Ok(mode)
    }

    /// The variables of the moving averages.
    #[track_caller]
    fn averages(&self, graph: &Graph, channels: usize) -> [Variable<T>; 2] {
        take_name(graph);
        let average =
            |weight: &Weight<T>, name: &str| self.variable(graph, weight, name, channels, false);
        [
            average(&self.moving_mean, "moving_mean"),
            average(&self.moving_variance, "moving_variance"),
        ]
    }

    /// The updates of the moving averages, if the result has to wait for them; otherwise they are
    /// in a collection.
    #[track_caller]
    fn updates(
        &self,
        mode: &Mode,
        averages: [(&Variable<T>, &Tensor<T>); 2],
    ) -> Option<[Tensor<T>; 2]> {
        if !mode.may_train() {
            return None;
        }
        let momentum = Momentum::Number(self.decay);
        let [mean, variance] = averages;
        let updates = [
            match self.zero_debias_moving_mean {
                true => momentum.update_zero_debiased(mean.0, mean.1),
                false => momentum.update(mean.0, mean.1),
            },
            momentum.update(variance.0, variance.1),
        ];
        match &self.updates {
            Updates::Collection(key) => {
                for update in &updates {
                    update.graph().add_to_collection(key, update);
                }
                None
            }
            Updates::InPlace => Some(updates),
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

impl<T: Float> fmt::Debug for BatchNorm<T> {
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

/// A weight for each example in a shape that broadcasts to that of `x`.
#[track_caller]
fn spread_weights<T: Float>(x: &Tensor<T>, rank: usize, weights: &Tensor<T>) -> Result<Tensor<T>> {
    fn rule(shapes: &[&Shape]) -> Result<()> {
        let batch = Shape::from(vec![shapes[0].dim(0)]);
        match batch.merge(shapes[1]) {
            Some(_) => Ok(()),
            None => {
                let message = format!("Shapes {batch} and {} are incompatible", shapes[1]);
                Err(Error::invalid_argument(message).with_help("give a weight for each example"))
            }
        }
    }
    rule(&[&x.shape(), &weights.shape()])?;
    // Few: an axis each.
    let lengths: Vec<i32> = (0..rank)
        .map(|axis| if axis == 0 { -1 } else { 1 })
        .collect();
    let both = [x.any(), weights.any()];
    let graph = x.graph();
    Ok(graph.require_shapes(&both, rule, || reshape(weights, lengths)))
}
