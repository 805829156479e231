//! Losses of numbers.

use super::weighted::{Loss, operand, weighted_loss};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::nn::relu;
use crate::ops::array::ones_like;
use crate::ops::math::{abs, add, log, minimum, multiply, squared_difference, subtract};
use crate::ops::support::{incompatible, require_same_shapes};
use crate::types::Numeric;

/// The mean of (predictions - labels)², as `tf.losses.mean_squared_error` computes it.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let predictions = graph.constant([1.0_f32, 4.0]);
/// let loss = tf::losses::mean_squared_error([1.0_f32, 2.0], &predictions);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(loss.scalar(), [])?, 2.0);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes differ.
///
/// # Options
/// `weights`, `reduction`, `loss_collection`: see [`mean_squared_error_with`].
#[track_caller]
pub fn mean_squared_error<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
) -> Tensor<f32> {
    mean_squared_error_with(labels, predictions, MeanSquaredError::new())
}

/// As [`mean_squared_error`], with weights and reduction as `options` says.
///
/// # Errors
/// As [`mean_squared_error`]; and `InvalidArgument` if the weights do not fit.
#[track_caller]
pub fn mean_squared_error_with<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
    options: impl Into<MeanSquaredError>,
) -> Tensor<f32> {
    let options = options.into();
    of_pairs(
        "mean_squared_error",
        predictions,
        labels,
        &options,
        |_, predictions, labels| squared_difference(predictions, labels),
    )
}

/// The options of [`mean_squared_error_with`].
pub type MeanSquaredError = Loss;

/// The mean of |predictions - labels|, as `tf.losses.absolute_difference` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes differ.
///
/// # Options
/// `weights`, `reduction`, `loss_collection`: see [`absolute_difference_with`].
#[track_caller]
pub fn absolute_difference<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
) -> Tensor<f32> {
    absolute_difference_with(labels, predictions, AbsoluteDifference::new())
}

/// As [`absolute_difference`], with weights and reduction as `options` says.
///
/// # Errors
/// As [`absolute_difference`]; and `InvalidArgument` if the weights do not fit.
#[track_caller]
pub fn absolute_difference_with<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
    options: impl Into<AbsoluteDifference>,
) -> Tensor<f32> {
    let options = options.into();
    of_pairs(
        "absolute_difference",
        predictions,
        labels,
        &options,
        |_, predictions, labels| abs(subtract(predictions, labels)),
    )
}

/// The options of [`absolute_difference_with`].
pub type AbsoluteDifference = Loss;

/// The mean of d²/2 where the distance d of prediction and label is at most 1, and d - 1/2 beyond,
/// as `tf.losses.huber_loss` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes differ.
///
/// # Options
/// `weights`, `reduction`, `loss_collection`, `delta`: see [`huber_loss_with`].
#[track_caller]
pub fn huber_loss<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
) -> Tensor<f32> {
    huber_loss_with(labels, predictions, HuberLoss::new())
}

/// As [`huber_loss`], with weights and reduction, and the distance up to which it is quadratic, as
/// `options` says.
///
/// # Errors
/// As [`huber_loss`]; and `InvalidArgument` if the weights do not fit.
#[track_caller]
pub fn huber_loss_with<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
    options: impl Into<HuberLoss>,
) -> Tensor<f32> {
    let options = options.into();
    let delta = options.extra.delta;
    of_pairs(
        "huber_loss",
        predictions,
        labels,
        &options,
        |graph, predictions, labels| {
            let distance = abs(subtract(predictions, labels));
            let near = minimum(&distance, delta);
            let beyond = subtract(distance, &near);
            let half = graph.constant(0.5);
            let quadratic = multiply(half, multiply(&near, &near));
            add(quadratic, multiply(delta, beyond))
        },
    )
}

/// The options of [`huber_loss_with`].
pub type HuberLoss = Loss<Huber>;

/// What a [`HuberLoss`] has besides weights and reduction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Huber {
    delta: f32,
}

impl Default for Huber {
    fn default() -> Self {
        Huber { delta: 1.0 }
    }
}

impl HuberLoss {
    /// The distance up to which the loss is quadratic, 1 unless given.
    pub fn delta(mut self, delta: f32) -> Self {
        self.extra.delta = delta;
        self
    }
}

/// The mean of max(0, 1 - s · logits), where s is 1 for a label of 1 and -1 for a label of 0, as
/// `tf.losses.hinge_loss` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes differ.
///
/// # Options
/// `weights`, `reduction`, `loss_collection`: see [`hinge_loss_with`].
#[track_caller]
pub fn hinge_loss<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    logits: impl IntoTensor<P>,
) -> Tensor<f32> {
    hinge_loss_with(labels, logits, HingeLoss::new())
}

/// As [`hinge_loss`], with weights and reduction as `options` says.
///
/// # Errors
/// As [`hinge_loss`]; and `InvalidArgument` if the weights do not fit.
#[track_caller]
pub fn hinge_loss_with<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    logits: impl IntoTensor<P>,
    options: impl Into<HingeLoss>,
) -> Tensor<f32> {
    let options = options.into();
    of_pairs(
        "hinge_loss",
        logits,
        labels,
        &options,
        |_, logits, labels| {
            let ones = ones_like(labels);
            let signs = subtract(2.0 * labels, &ones);
            relu(subtract(ones, multiply(signs, logits)))
        },
    )
}

/// The options of [`hinge_loss_with`].
pub type HingeLoss = Loss;

/// The mean of -labels · ln(predictions + ε) - (1 - labels) · ln(1 - predictions + ε) with ε =
/// 10⁻⁷, as `tf.losses.log_loss` computes it: the cross entropy of probabilities.
///
/// # Errors
/// `InvalidArgument` if the shapes differ.
///
/// # Options
/// `weights`, `reduction`, `loss_collection`, `epsilon`: see [`log_loss_with`].
#[track_caller]
pub fn log_loss<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
) -> Tensor<f32> {
    log_loss_with(labels, predictions, LogLoss::new())
}

/// As [`log_loss`], with weights, reduction and ε as `options` says.
///
/// # Errors
/// As [`log_loss`]; and `InvalidArgument` if the weights do not fit.
#[track_caller]
pub fn log_loss_with<L: Numeric, P: Numeric>(
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
    options: impl Into<LogLoss>,
) -> Tensor<f32> {
    let options = options.into();
    let epsilon = options.extra.epsilon;
    of_pairs(
        "log_loss",
        predictions,
        labels,
        &options,
        |_, predictions, labels| {
            let positive = -multiply(labels, log(predictions + epsilon));
            let complement = 1.0 - labels;
            positive - multiply(complement, log(1.0 - predictions + epsilon))
        },
    )
}

/// The options of [`log_loss_with`].
pub type LogLoss = Loss<Logarithmic>;

/// What a [`LogLoss`] has besides weights and reduction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Logarithmic {
    epsilon: f32,
}

impl Default for Logarithmic {
    fn default() -> Self {
        Logarithmic { epsilon: 1e-7 }
    }
}

impl LogLoss {
    /// What is added before logarithms are taken, 10⁻⁷ unless given.
    pub fn epsilon(mut self, epsilon: f32) -> Self {
        self.extra.epsilon = epsilon;
        self
    }
}

/// The weighted loss that `loss` computes of two tensors of the same shape as `f32`.
#[track_caller]
fn of_pairs<L: Numeric, P: Numeric, E>(
    name: &'static str,
    predictions: impl IntoTensor<P>,
    labels: impl IntoTensor<L>,
    options: &Loss<E>,
    loss: impl FnOnce(&Graph, &Tensor<f32>, &Tensor<f32>) -> Tensor<f32>,
) -> Tensor<f32> {
    let graph = graph_of(&[predictions.graph(), labels.graph()]);
    graph.op_scope(name, |scope| {
        let predictions = operand::<P, f32>(&graph, predictions);
        let labels = operand::<L, f32>(&graph, labels);
        let (shape, other) = (predictions.shape(), labels.shape());
        if shape.merge(&other).is_none() {
            return scope.failed(name, incompatible(&shape, &other));
        }
        let losses = require_same_shapes(&predictions, &labels, || {
            loss(&graph, &predictions, &labels)
        });
        weighted_loss(&graph, losses, options)
    })
}
