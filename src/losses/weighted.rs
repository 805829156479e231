//! [`compute_weighted_loss`]: from losses and weights to one number.

use super::broadcast::{broadcast_weights, where_broadcastable};
use super::weights::{Kind, Weights};
use crate::graph::{Graph, GraphKeys, IntoTensor, OpScope, Tensor, graph_of};
use crate::ops::array::{ones_like, size, zeros_like};
use crate::ops::math::{cast_to, div_no_nan, equal, multiply, select};
use crate::ops::reduce::reduce_sum;
use crate::ops::support::named_as;
use crate::types::{Numeric, Plain};

/// How weighted losses become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// They do not: the result has the shape of the losses.
    None,
    /// Their sum.
    Sum,
    /// Their sum divided by their number.
    SumOverBatchSize,
    /// Their sum divided by that of the weights.
    Mean,
    /// Their sum divided by the number of those whose weight is not zero.
    #[default]
    SumByNonzeroWeights,
}

/// The options of a loss: weights, reduction, and what `E` holds for some functions.
#[derive(Clone, Debug)]
pub struct Loss<E = ()> {
    pub(super) weights: Weights,
    pub(super) reduction: Reduction,
    /// Which collection the loss is added to.
    loss_collection: Option<String>,
    pub(super) extra: E,
}

/// The options of [`compute_weighted_loss_with`].
pub type ComputeWeightedLoss = Loss;

impl<E: Default> Loss<E> {
    /// All losses have weight 1 and their sum is divided by their number; all else has TensorFlow's
    /// defaults.
    pub fn new() -> Self {
        Loss {
            weights: Weights::from(1.0),
            reduction: Reduction::default(),
            loss_collection: Some(GraphKeys::LOSSES.to_string()),
            extra: E::default(),
        }
    }
}

impl<E: Default> Default for Loss<E> {
    fn default() -> Self {
        Loss::new()
    }
}

/// With these weights, as [`Loss::weights`].
impl<W: Into<Weights>, E: Default> From<W> for Loss<E> {
    fn from(weights: W) -> Self {
        Loss::new().weights(weights)
    }
}

impl<E> Loss<E> {
    /// The weight of each loss: a number, or a tensor that is a scalar or has as many axes as the
    /// losses, each as long as theirs or of length 1.
    pub fn weights(mut self, weights: impl Into<Weights>) -> Self {
        self.weights = weights.into();
        self
    }

    /// How the weighted losses become one number.
    pub fn reduction(mut self, reduction: Reduction) -> Self {
        self.reduction = reduction;
        self
    }

    /// The collection that the loss is added to, `losses` by default; with `None` it is added to
    /// none, so that [`get_total_loss`](super::get_total_loss) leaves it out.
    pub fn loss_collection(mut self, key: Option<&str>) -> Self {
        self.loss_collection = key.map(str::to_string);
        self
    }
}

/// The mean of `losses`, as `tf.losses.compute_weighted_loss` computes it.
///
/// # Options
/// `weights`, `reduction`, `loss_collection`: see [`compute_weighted_loss_with`].
#[track_caller]
pub fn compute_weighted_loss<T: Numeric>(losses: impl IntoTensor<T>) -> Tensor<T> {
    compute_weighted_loss_with(losses, ComputeWeightedLoss::new())
}

/// As [`compute_weighted_loss`], with weights and reduction as `options` says.
///
/// # Errors
/// `InvalidArgument` if the weights do not broadcast to the shape of the losses.
#[track_caller]
pub fn compute_weighted_loss_with<T: Numeric>(
    losses: impl IntoTensor<T>,
    options: impl Into<ComputeWeightedLoss>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[losses.graph()]);
    graph.op_scope("weighted_loss", |_| {
        let losses = losses.into_tensor(&graph, "Const");
        weighted_loss(&graph, losses, &options)
    })
}

/// Reduces `losses` in the scope of the function that made them.
#[track_caller]
pub(super) fn weighted_loss<T: Numeric, E>(
    graph: &Graph,
    losses: Tensor<T>,
    options: &Loss<E>,
) -> Tensor<T> {
    let weighted = || {
        let losses = cast_to::<T, f32>(&losses);
        let weights = match &options.weights.0 {
            Kind::Number(weight) => operand(graph, *weight),
            Kind::Tensor(weights) => weights.clone(),
        };
        let loss = reduce(graph, &losses, &weights, options.reduction);
        let loss = cast_to::<f32, T>(loss);
        if let Some(key) = &options.loss_collection {
            graph.add_to_collection(key, &loss);
        }
        loss
    };
    match where_broadcastable(graph, &options.weights, &losses, weighted) {
        Ok(loss) => loss,
        Err(error) => graph.failed("assert_broadcastable", error),
    }
}

#[track_caller]
fn reduce(
    graph: &Graph,
    losses: &Tensor<f32>,
    weights: &Tensor<f32>,
    reduction: Reduction,
) -> Tensor<f32> {
    let weighted = multiply(losses, weights);
    if reduction == Reduction::None {
        return weighted;
    }
    let sum = reduce_sum(weighted, ..);
    let count = match reduction {
        Reduction::None | Reduction::Sum => return sum,
        Reduction::Mean => reduce_sum(ones_like(losses) * weights, ..),
        Reduction::SumByNonzeroWeights => graph.op_scope("num_present", |scope| {
            count_present(graph, scope, losses, weights)
        }),
        Reduction::SumOverBatchSize => graph.op_scope("num_elements", |scope| {
            cast_to::<i32, f32>(size(losses).named(named_as(scope)))
        }),
    };
    div_no_nan(reduce_sum(sum, ..), count).named("value")
}

/// How many losses have a weight that is not zero.
#[track_caller]
fn count_present(
    graph: &Graph,
    scope: &OpScope,
    losses: &Tensor<f32>,
    weights: &Tensor<f32>,
) -> Tensor<f32> {
    let is_absent = equal(weights, 0.0);
    let zeros = zeros_like(weights);
    let present = select(is_absent, zeros, ones_like(weights));
    let present = broadcast_weights(graph, present, losses);
    reduce_sum(present, ..).named(named_as(scope))
}

/// An operand as a tensor of `R`, where TensorFlow's function calls `tf.cast` on whatever it was
/// given.
#[track_caller]
pub(super) fn operand<T: Plain, R: Plain>(graph: &Graph, x: impl IntoTensor<T>) -> Tensor<R> {
    if x.graph().is_some() {
        return cast_to(x);
    }
    graph.op_scope("Cast", |scope| {
        let x = x.into_tensor(graph, "x");
        match T::DTYPE == R::DTYPE {
            true => x.any().assume(),
            false => cast_to::<T, R>(x).named(named_as(scope)),
        }
    })
}
