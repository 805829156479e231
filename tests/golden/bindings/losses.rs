//! `tf.losses`.

use tf1::losses::{
    self, HuberLoss, LogLoss, Loss, Reduction, SigmoidCrossEntropy, SoftmaxCrossEntropy, Weights,
};

use crate::call::{Binding, Call, bind, with};
use crate::dispatch::{float, integer, numeric};
use crate::trouble::Outcome;
use crate::value::Value;

/// A row for a loss of labels and predictions, of any two types of number.
macro_rules! regression {
    ($function:literal($labels:literal, $predictions:literal, $more:literal): $call:path, |$c:ident| $options:expr) => {
        bind($function, concat!($labels, ", ", $predictions, ", weights, ", $more, "reduction"), |$c| {
            numeric!($c, $c.dtype_of(&[$labels])?, L => numeric!($c, $c.dtype_of(&[$predictions])?, P => {
                let options = weighted($c, $options)?;
                $c.returns($call($c.operand::<L>($labels)?, $c.operand::<P>($predictions)?, options))
            }))
        })
    };
}

/// A row for a cross entropy whose labels can be smoothed.
macro_rules! cross_entropy {
    ($function:literal($labels:literal): $call:path, $options:ident) => {
        bind($function, concat!($labels, ", logits, weights, label_smoothing, reduction"), |c| {
            numeric!(c, c.dtype_of(&[$labels])?, L => float!(c, c.dtype_of(&["logits"])?, T => {
                let smoothing = c.optional_float("label_smoothing")?;
                let options = weighted(c, with($options::new(), smoothing, $options::label_smoothing))?;
                c.returns($call(c.operand::<L>($labels)?, c.operand::<T>("logits")?, options))
            }))
        })
    };
}

pub const BINDINGS: &[Binding] = &[
    regression!("tf.losses.absolute_difference"("labels", "predictions", ""):
        losses::absolute_difference_with, |c| Loss::<()>::new()),
    regression!("tf.losses.mean_squared_error"("labels", "predictions", ""):
        losses::mean_squared_error_with, |c| Loss::<()>::new()),
    regression!("tf.losses.hinge_loss"("labels", "logits", ""):
        losses::hinge_loss_with, |c| Loss::<()>::new()),
    regression!("tf.losses.huber_loss"("labels", "predictions", "delta, "):
        losses::huber_loss_with, |c| with(HuberLoss::new(), single(c, "delta")?, HuberLoss::delta)),
    regression!("tf.losses.log_loss"("labels", "predictions", "epsilon, "):
        losses::log_loss_with, |c| with(LogLoss::new(), single(c, "epsilon")?, LogLoss::epsilon)),
    cross_entropy!("tf.losses.softmax_cross_entropy"("onehot_labels"):
        losses::softmax_cross_entropy_with, SoftmaxCrossEntropy),
    cross_entropy!("tf.losses.sigmoid_cross_entropy"("multi_class_labels"):
        losses::sigmoid_cross_entropy_with, SigmoidCrossEntropy),
    bind(
        "tf.losses.sparse_softmax_cross_entropy",
        "labels, logits, weights, reduction",
        |c| {
            integer!(c, c.index_type("labels")?, I => float!(c, c.dtype_of(&["logits"])?, T => {
                let options = weighted(c, Loss::<()>::new())?;
                let (labels, logits) = (c.operand::<I>("labels")?, c.operand::<T>("logits")?);
                c.returns(losses::sparse_softmax_cross_entropy_with(labels, logits, options))
            }))
        },
    ),
    bind(
        "tf.losses.compute_weighted_loss",
        "losses, weights, reduction",
        |c| {
            numeric!(c, c.dtype_of(&["losses"])?, T => {
                let options = weighted(c, Loss::<()>::new())?;
                c.returns(losses::compute_weighted_loss_with::<T>(c.operand("losses")?, options))
            })
        },
    ),
];

/// The options with the arguments that all losses have.
fn weighted<E>(c: &Call<'_>, options: Loss<E>) -> Outcome<Loss<E>> {
    let weights = match c.peek("weights") {
        None => None,
        Some(Value::Int(_) | Value::Float(_)) => single(c, "weights")?.map(Weights::from),
        Some(_) => Some(Weights::from(c.tensor::<f32>("weights")?)),
    };
    let options = with(options, weights, Loss::weights);
    let reduction = match c
        .text("reduction", "weighted_sum_by_nonzero_weights")?
        .as_str()
    {
        "weighted_sum_by_nonzero_weights" => Reduction::SumByNonzeroWeights,
        "weighted_sum_over_batch_size" => Reduction::SumOverBatchSize,
        "weighted_mean" => Reduction::Mean,
        "weighted_sum" => Reduction::Sum,
        "none" => Reduction::None,
        other => return Err(c.lacks(other)),
    };
    Ok(options.reduction(reduction))
}

/// A number, if it was given.
fn single(c: &Call<'_>, name: &str) -> Outcome<Option<f32>> {
    Ok(c.optional_float(name)?.map(|number| number as f32))
}
