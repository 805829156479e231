//! Cross entropies of the logistic function.

use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::nn::{Labels, Logits, relu};
use crate::ops::array::zeros_like;
use crate::ops::math::{
    abs, add, difference, exp, greater_equal, log1p, product, select, subtract, sum,
};
use crate::ops::support::{named_as, require_same_shapes};
use crate::types::{Error, Float, Result, memory};

/// The cross entropy -labels · ln σ(x) - (1 - labels) · ln(1 - σ(x)) of the logits x, element by
/// element, as `tf.nn.sigmoid_cross_entropy_with_logits(labels=..., logits=...)` computes it:
/// max(x, 0) - x · labels + ln(1 + e⁻ˡˣˡ), which neither overflows nor loses digits.
///
/// `labels` and `logits` have the same shape; the labels are probabilities.
///
/// ```
/// use tf1 as tf;
/// use tf1::nn::{Labels, Logits};
///
/// let graph = tf::Graph::new();
/// let logits = graph.constant([0.0, 0.0]);
/// let losses = tf::nn::sigmoid_cross_entropy_with_logits(Labels([1.0, 0.0]), Logits(&logits));
///
/// let session = tf::Session::new(&graph)?;
/// let loss = session.run(tf::reduce_mean(&losses, ..).scalar(), [])?;
/// assert!((loss - std::f64::consts::LN_2).abs() < 1e-12);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes differ.
#[track_caller]
pub fn sigmoid_cross_entropy_with_logits<T: Float>(
    Labels(labels): Labels<impl IntoTensor<T>>,
    Logits(logits): Logits<impl IntoTensor<T>>,
) -> Tensor<T> {
    logistic_loss(labels, logits, |labels, logits| {
        let zeros = zeros_like(&logits);
        let is_positive = greater_equal(&logits, &zeros);
        let positive_part = select(&is_positive, &logits, zeros);
        let minus_magnitude = select(is_positive, -&logits, &logits);
        let linear = positive_part - logits * labels;
        (linear, log1p(exp(minus_magnitude)))
    })
}

/// As [`sigmoid_cross_entropy_with_logits`], with the cost of a positive label weighted by
/// `pos_weight`, as `tf.nn.weighted_cross_entropy_with_logits` computes it: -pos_weight · labels ·
/// ln σ(x) - (1 - labels) · ln(1 - σ(x)).
///
/// A `pos_weight` above 1 makes a model miss fewer positives, one below 1 makes it raise fewer
/// false alarms.
///
/// # Errors
/// `InvalidArgument` if the shapes of labels and logits differ.
#[track_caller]
pub fn weighted_cross_entropy_with_logits<T: Float>(
    Labels(labels): Labels<impl IntoTensor<T>>,
    Logits(logits): Logits<impl IntoTensor<T>>,
    pos_weight: impl IntoTensor<T>,
) -> Tensor<T> {
    logistic_loss(labels, logits, |labels, logits| {
        let log_weight = sum(T::ONE, less_one_times(pos_weight, &labels));
        let linear = difference(T::ONE, labels) * &logits;
        let decay = log1p(exp(-abs(&logits)));
        (linear, log_weight * (decay + relu(-logits)))
    })
}

/// The sum of the two terms that `terms` makes of labels and logits, which must have the same
/// shape.
#[track_caller]
fn logistic_loss<T: Float>(
    labels: impl IntoTensor<T>,
    logits: impl IntoTensor<T>,
    terms: impl FnOnce(Tensor<T>, Tensor<T>) -> (Tensor<T>, Tensor<T>),
) -> Tensor<T> {
    let graph = graph_of(&[labels.graph(), logits.graph()]);
    graph.op_scope("logistic_loss", |scope| {
        let logits = logits.into_tensor(&graph, "logits");
        let labels = labels.into_tensor(&graph, "labels");
        if let Err(error) = same_shapes(&labels, &logits) {
            return scope.failed("logistic_loss", error);
        }
        require_same_shapes(&labels.clone(), &logits.clone(), || {
            let (linear, rest) = terms(labels, logits);
            add(linear, rest).named(named_as(scope))
        })
    })
}

/// (weight - 1) · labels; the subtraction is not a node of the graph if the weight is a number.
#[track_caller]
fn less_one_times<T: Float>(weight: impl IntoTensor<T>, labels: &Tensor<T>) -> Tensor<T> {
    let weight = match weight.graph() {
        Some(graph) => return (weight.into_tensor(&graph, "pos_weight") - T::ONE) * labels,
        None => weight.into_tensor(&Graph::new(), "pos_weight"),
    };
    let number = weight.info().constant;
    let less_one = number
        .as_deref()
        .and_then(T::unwrap)
        .and_then(|weight| memory::mapped(&weight.view(), |weight: T| weight.minus(T::ONE)).ok());
    match less_one {
        Some(less_one) => product(less_one, labels),
        None => subtract(weight, T::ONE),
    }
}

fn same_shapes<T: Float>(labels: &Tensor<T>, logits: &Tensor<T>) -> Result<()> {
    let (labels, logits) = (labels.shape(), logits.shape());
    match labels.merge(&logits) {
        Some(_) => Ok(()),
        None => Err(Error::invalid_argument(format!(
            "logits and labels must have the same shape ({logits} vs {labels})"
        ))),
    }
}
