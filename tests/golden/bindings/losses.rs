//! `tf.losses`.

use tf1::losses::{
    self, AddLoss, GetLosses, GetRegularizationLoss, GetTotalLoss, HuberLoss, LogLoss, Loss,
    Reduction, SigmoidCrossEntropy, SoftmaxCrossEntropy, Weights,
};

use tf1::{AnyTensor, DType, Element, Tensor};

use crate::call::{Binding, Call, bind, with};
use crate::dispatch::{float, integer, numeric};
use crate::trouble::Outcome;
use crate::value::Value;

/// A row for a loss of labels and predictions, of any two types of number.
macro_rules! regression {
    ($function:literal($labels:literal, $predictions:literal, $more:literal): $call:path, |$c:ident| $options:expr) => {
        bind($function, concat!($labels, ", ", $predictions, ", weights, ", $more, "scope, loss_collection, reduction"), |$c| {
            numeric!($c, $c.dtype_of(&[$labels])?, L => numeric!($c, $c.dtype_of(&[$predictions])?, P => {
                let options = weighted($c, $options)?;
                scoped($c, $call($c.operand::<L>($labels)?, $c.operand::<P>($predictions)?, options))
            }))
        })
    };
}

/// A row for a cross entropy whose labels can be smoothed.
macro_rules! cross_entropy {
    ($function:literal($labels:literal): $call:path, $options:ident) => {
        bind($function, concat!($labels, ", logits, weights, label_smoothing, scope, loss_collection, reduction"), |c| {
            numeric!(c, c.dtype_of(&[$labels])?, L => float!(c, c.dtype_of(&["logits"])?, T => {
                let smoothing = c.optional_float("label_smoothing")?;
                let options = weighted(c, with($options::new(), smoothing, $options::label_smoothing))?;
                scoped(c, $call(c.operand::<L>($labels)?, c.operand::<T>("logits")?, options))
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
        "labels, logits, weights, scope, loss_collection, reduction",
        |c| {
            integer!(c, c.index_type("labels")?, I => float!(c, c.dtype_of(&["logits"])?, T => {
                let options = weighted(c, Loss::<()>::new())?;
                let (labels, logits) = (c.operand::<I>("labels")?, c.operand::<T>("logits")?);
                scoped(c, losses::sparse_softmax_cross_entropy_with(labels, logits, options))
            }))
        },
    ),
    bind(
        "tf.losses.compute_weighted_loss",
        "losses, weights, scope, loss_collection, reduction",
        |c| {
            numeric!(c, c.dtype_of(&["losses"])?, T => {
                let options = weighted(c, Loss::<()>::new())?;
                scoped(c, losses::compute_weighted_loss_with::<T>(c.operand("losses")?, options))
            })
        },
    ),
    bind("tf.losses.add_loss", "loss, loss_collection", |c| {
        let is_none = c.is_none("loss_collection");
        let key = c.optional_text("loss_collection")?;
        let key = key.as_deref();
        let options = match key {
            None if !is_none => AddLoss::new(),
            key => AddLoss::new().loss_collection(key),
        };
        losses::add_loss_with(c.any_tensor("loss")?, options);
        Ok(Value::None)
    }),
    bind("tf.losses.get_losses", "scope, loss_collection", |c| {
        let scope = c.optional_text("scope")?;
        let options = GetLosses::new().scope(scope.unwrap_or_default());
        let key = c.optional_text("loss_collection")?;
        let options = with(options, key.as_deref(), GetLosses::loss_collection);
        c.returns(losses::get_losses_with(c.graph, options))
    }),
    bind("tf.losses.get_regularization_losses", "scope", |c| {
        let scope = c.text("scope", "")?;
        c.returns(losses::get_regularization_losses_with(
            c.graph,
            scope.as_str(),
        ))
    }),
    bind("tf.losses.get_regularization_loss", "scope", |c| {
        let scope = c.text("scope", "")?;
        numeric!(c, type_of(&losses::get_regularization_losses(c.graph)), T => {
            let dtype = tf1::ElementType::<T>::new();
            let options = GetRegularizationLoss::new().scope(&scope).dtype(dtype);
            c.returns(losses::get_regularization_loss_with(c.graph, options))
        })
    }),
    bind(
        "tf.losses.get_total_loss",
        "add_regularization_losses, scope",
        |c| {
            let scope = c.text("scope", "")?;
            let options = GetTotalLoss::new()
                .add_regularization_losses(c.bool("add_regularization_losses", true)?)
                .scope(&scope);
            numeric!(c, type_of(&losses::get_losses(c.graph)), T => {
                let options = options.dtype(tf1::ElementType::<T>::new());
                c.returns(losses::get_total_loss_with(c.graph, options))
            })
        },
    ),
];

/// The element type of some losses.
fn type_of(losses: &[AnyTensor]) -> DType {
    losses.first().map_or(DType::Float32, AnyTensor::dtype)
}

/// The loss under the name that `scope=` gives.
fn scoped<T: Element>(c: &Call<'_>, loss: Tensor<T>) -> Outcome<Value> {
    let scope = c.optional_text("scope")?;
    Ok(Value::Tensor(
        with(loss, scope.as_deref(), Tensor::named).any(),
    ))
}

/// The options with the arguments that all losses have.
fn weighted<E>(c: &Call<'_>, options: Loss<E>) -> Outcome<Loss<E>> {
    let options = match c.is_none("loss_collection") {
        true => options.loss_collection(None),
        false => with(
            options,
            c.optional_text("loss_collection")?,
            |options, key| options.loss_collection(Some(&key)),
        ),
    };
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
