//! `sum_regularizer`, `apply_regularization`.

use std::sync::Arc;

use crate::graph::{AnyTensor, Graph, GraphKeys, Tensor, TensorHandle};
use crate::ops::math::add_n;
use crate::ops::support::named_as;
use crate::types::{Error, Float, with_class};
use crate::variables::Regularizer;

/// The sum of what several regularizers make of weights, as `tf.contrib.layers.sum_regularizer`.
///
/// ```
/// use tf1::contrib::layers::{l1_regularizer, l2_regularizer, sum_regularizer};
///
/// let both = sum_regularizer([l1_regularizer(0.1), l2_regularizer(0.5)]);
/// # let _ = both;
/// ```
pub fn sum_regularizer<R: Regularizer>(
    regularizers: impl IntoIterator<Item = R>,
) -> SumRegularizer {
    let parts = regularizers.into_iter();
    SumRegularizer(
        parts
            .map(|it| Arc::new(it) as Arc<dyn Regularizer>)
            .collect(),
    )
}

/// See [`sum_regularizer`].
#[derive(Clone, Debug)]
pub struct SumRegularizer(Vec<Arc<dyn Regularizer>>);

impl Regularizer for SumRegularizer {
    fn penalty(&self, weights: &AnyTensor) -> Option<AnyTensor> {
        if self.0.is_empty() {
            return None;
        }
        weights.graph().op_scope("sum_regularizer", |scope| {
            let penalties = self.0.iter().filter_map(|it| it.penalty(weights));
            let penalties: Vec<AnyTensor> = penalties.collect();
            let first = penalties.first()?;
            with_class!(floating, first.dtype(), T => {
                let penalties: Vec<Tensor<T>> = penalties.iter().map(AnyTensor::assume).collect();
                Some(add_n(&penalties).named(named_as(scope)).any())
            }, None)
        })
    }
}

/// The sum of what `regularizer` makes of each of `weights`, as
/// `tf.contrib.layers.apply_regularization` computes it. It is added to the collection
/// [`REGULARIZATION_LOSSES`](GraphKeys::REGULARIZATION_LOSSES).
///
/// Without weights, it is the sum over the collection `weights`.
///
/// # Errors
/// `InvalidArgument` if there are no weights, or the regularizer makes something else than a scalar
/// of them.
#[track_caller]
pub fn apply_regularization<T: Float, W: TensorHandle>(
    graph: &Graph,
    regularizer: impl Regularizer,
    weights: impl IntoIterator<Item = W>,
) -> Tensor<T> {
    let mut weights: Vec<AnyTensor> = weights.into_iter().map(|it| it.any_tensor()).collect();
    if weights.is_empty() {
        weights = graph.get_collection("weights");
    }
    if weights.is_empty() {
        let error = Error::invalid_argument("No weights to regularize.");
        return graph.failed("get_regularization_penalty", error);
    }
    graph.op_scope("get_regularization_penalty", |scope| {
        let mut penalties = Vec::with_capacity(weights.len());
        for weights in &weights {
            penalties.push(regularizer.penalty(weights));
        }
        let mut sums: Vec<Tensor<T>> = Vec::with_capacity(weights.len());
        for penalty in penalties {
            let penalty = match penalty {
                None => graph.constant(T::ZERO),
                Some(penalty) => match penalty.typed::<T>() {
                    Ok(penalty) => penalty,
                    Err(error) => return graph.failed("get_regularization_penalty", error),
                },
            };
            if let Some(rank) = penalty.shape().rank().filter(|rank| *rank > 0) {
                let message = format!(
                    "regularizer must return a scalar Tensor instead of a Tensor with rank {rank}."
                );
                let error = Error::invalid_argument(message);
                return graph.failed("get_regularization_penalty", error);
            }
            sums.push(penalty);
        }
        let sum = add_n(&sums).named(named_as(scope));
        graph.add_to_collection(GraphKeys::REGULARIZATION_LOSSES, &sum);
        sum
    })
}
