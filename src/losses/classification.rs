//! Losses of classes.

use super::weighted::{Loss, operand, weighted_loss};
use super::weights::{Kind, Weights};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::nn::{
    Labels, Logits, sigmoid_cross_entropy_with_logits, softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
};
use crate::ops::array::{remove_squeezable_dimensions, shape, stop_gradient, without_axis_beyond};
use crate::ops::math::{cast_to, truediv};
use crate::ops::support::{incompatible, require_same_shapes};
use crate::types::{Float, Integer, Numeric, Result};

/// The mean of [`softmax_cross_entropy_with_logits`](crate::nn::softmax_cross_entropy_with_logits),
/// as `tf.losses.softmax_cross_entropy` computes it. No gradient flows into the labels.
///
/// # Errors
/// `InvalidArgument` if the shapes differ.
///
/// # Options
/// `weights`, `reduction`, `loss_collection`, `label_smoothing`: see
/// [`softmax_cross_entropy_with`].
#[track_caller]
pub fn softmax_cross_entropy<L: Numeric, T: Float>(
    onehot_labels: impl IntoTensor<L>,
    logits: impl IntoTensor<T>,
) -> Tensor<T> {
    softmax_cross_entropy_with(onehot_labels, logits, SoftmaxCrossEntropy::new())
}

/// As [`softmax_cross_entropy`], with weights, reduction and smoothed labels as `options` says;
/// there is a weight for each sample.
///
/// # Errors
/// As [`softmax_cross_entropy`]; and `InvalidArgument` if the weights do not fit.
#[track_caller]
pub fn softmax_cross_entropy_with<L: Numeric, T: Float>(
    onehot_labels: impl IntoTensor<L>,
    logits: impl IntoTensor<T>,
    options: impl Into<SoftmaxCrossEntropy>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[logits.graph(), onehot_labels.graph()]);
    graph.op_scope("softmax_cross_entropy_loss", |scope| {
        let (logits, labels) = match operands(&graph, logits, onehot_labels) {
            Ok(operands) => operands,
            Err(error) => return scope.failed("softmax_cross_entropy_loss", error),
        };
        let (given, smoothing) = (labels.clone(), options.extra.label_smoothing);
        let labels = if smoothing > 0.0 {
            smoothed(labels, smoothing)
        } else {
            labels
        };
        let labels = stop_gradient(labels).named("labels_stop_gradient");
        let losses = require_same_shapes(&given, &logits, || {
            softmax_cross_entropy_with_logits_v2(Labels(labels), Logits(&logits)).named("xentropy")
        });
        weighted_loss(&graph, losses, &options)
    })
}

/// The options of [`softmax_cross_entropy_with`].
pub type SoftmaxCrossEntropy = Loss<Smoothing>;

/// What a [`SoftmaxCrossEntropy`] has besides weights and reduction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Smoothing {
    label_smoothing: f64,
}

impl SoftmaxCrossEntropy {
    /// Moves the labels toward equal probabilities of all classes; 0 leaves them as they are, 1
    /// makes them equal.
    pub fn label_smoothing(mut self, label_smoothing: f64) -> Self {
        self.extra.label_smoothing = label_smoothing;
        self
    }
}

/// The labels moved toward equal probabilities of all classes.
#[track_caller]
fn smoothed<T: Float>(labels: Tensor<T>, smoothing: f64) -> Tensor<T> {
    let classes = cast_to::<i32, T>(shape(&labels).index(-1));
    let negatives = truediv(T::from_f64(smoothing), classes);
    labels * T::from_f64(1.0 - smoothing) + negatives
}

/// The mean of [`sigmoid_cross_entropy_with_logits`], as `tf.losses.sigmoid_cross_entropy` computes
/// it.
///
/// # Errors
/// `InvalidArgument` if the shapes differ.
///
/// # Options
/// `weights`, `reduction`, `loss_collection`: see [`sigmoid_cross_entropy_with`].
#[track_caller]
pub fn sigmoid_cross_entropy<L: Numeric, T: Float>(
    multi_class_labels: impl IntoTensor<L>,
    logits: impl IntoTensor<T>,
) -> Tensor<T> {
    sigmoid_cross_entropy_with(multi_class_labels, logits, SigmoidCrossEntropy::new())
}

/// As [`sigmoid_cross_entropy`], with weights, reduction and labels moved toward 1/2 as `options`
/// says.
///
/// # Errors
/// As [`sigmoid_cross_entropy`]; and `InvalidArgument` if the weights do not fit.
#[track_caller]
pub fn sigmoid_cross_entropy_with<L: Numeric, T: Float>(
    multi_class_labels: impl IntoTensor<L>,
    logits: impl IntoTensor<T>,
    options: impl Into<SigmoidCrossEntropy>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[logits.graph(), multi_class_labels.graph()]);
    graph.op_scope("sigmoid_cross_entropy_loss", |scope| {
        let (logits, labels) = match operands(&graph, logits, multi_class_labels) {
            Ok(operands) => operands,
            Err(error) => return scope.failed("sigmoid_cross_entropy_loss", error),
        };
        let smoothing = options.extra.label_smoothing;
        let labels = match smoothing > 0.0 {
            true => labels * T::from_f64(1.0 - smoothing) + T::from_f64(0.5 * smoothing),
            false => labels,
        };
        let losses =
            sigmoid_cross_entropy_with_logits(Labels(labels), Logits(logits)).named("xentropy");
        weighted_loss(&graph, losses, &options)
    })
}

/// The options of [`sigmoid_cross_entropy_with`].
pub type SigmoidCrossEntropy = Loss<Smoothing>;

/// Logits and labels as tensors of one type and shape.
///
/// # Errors
/// `InvalidArgument` if their shapes differ.
#[track_caller]
fn operands<L: Numeric, T: Float>(
    graph: &Graph,
    logits: impl IntoTensor<T>,
    labels: impl IntoTensor<L>,
) -> Result<(Tensor<T>, Tensor<T>)> {
    let logits = logits.into_tensor(graph, "Const");
    let labels = operand::<L, T>(graph, labels);
    match logits.shape().merge(&labels.shape()) {
        Some(_) => Ok((logits, labels)),
        None => Err(incompatible(&logits.shape(), &labels.shape())),
    }
}

/// The mean of [`sparse_softmax_cross_entropy_with_logits`], as
/// `tf.losses.sparse_softmax_cross_entropy` computes it.
///
/// Labels of the same rank as the logits lose their last axis, which must have length 1; so do
/// logits that have two axes more, and weights that have one axis more than the labels.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or, when run, for a label that is not the number of
/// a class.
///
/// # Options
/// `weights`, `reduction`, `loss_collection`: see [`sparse_softmax_cross_entropy_with`].
#[track_caller]
pub fn sparse_softmax_cross_entropy<T: Float, I: Integer>(
    labels: impl IntoTensor<I>,
    logits: impl IntoTensor<T>,
) -> Tensor<T> {
    sparse_softmax_cross_entropy_with(labels, logits, SparseSoftmaxCrossEntropy::new())
}

/// As [`sparse_softmax_cross_entropy`], with weights and reduction as `options` says.
///
/// # Errors
/// As [`sparse_softmax_cross_entropy`]; and `InvalidArgument` if the weights do not fit.
#[track_caller]
pub fn sparse_softmax_cross_entropy_with<T: Float, I: Integer>(
    labels: impl IntoTensor<I>,
    logits: impl IntoTensor<T>,
    options: impl Into<SparseSoftmaxCrossEntropy>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[logits.graph(), labels.graph()]);
    graph.op_scope("sparse_softmax_cross_entropy_loss", |_| {
        let (labels, logits) = remove_squeezable_dimensions(&graph, labels, logits, 1);
        let weights = match &options.weights.0 {
            Kind::Number(weight) => graph.constant(*weight),
            Kind::Tensor(weights) => weights.clone(),
        };
        let weights = without_axis_beyond(weights, &labels);
        let losses = sparse_softmax_cross_entropy_with_logits(labels, logits).named("xentropy");
        weighted_loss(&graph, losses, &options.weights(Weights::from(weights)))
    })
}

/// The options of [`sparse_softmax_cross_entropy_with`].
pub type SparseSoftmaxCrossEntropy = Loss;
