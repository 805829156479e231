//! `ScalarSummary`: a number.

use ndarray::arr0;
use prost::Message;

use crate::files::messages::summary as messages;
use crate::graph::{InferContext, IntoTensor, Kernel, Op, OpDef, TensorInfo, graph_of};
use crate::types::{Bytes, Error, Numeric, Result, with_class};

use super::op::serialized;
use super::tag::{known_tag, read_tag, summary_scope};
use super::value::encode;
use super::{Scalar, SummaryOp};

/// A number for TensorBoard's time series, as `tf.summary.scalar` makes it.
///
/// What node names cannot hold becomes `_` in the name; the tag is the op's name with its name
/// scopes.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf1::shape![?]);
/// let loss = graph.name_scope("train", || tf1::summary::scalar("loss", tf1::reduce_mean(&x, ..)));
/// let session = tf1::Session::new(&graph)?;
/// let summary = session.run(&loss, [x.feed(&ndarray::arr1(&[1.0, 2.0]))])?;
/// assert_eq!(summary, tf1::summary::Summary::scalar("train/loss", 1.5));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `tensor` is not a scalar.
///
/// # Options
/// `family`, `collections`: see [`scalar_with`].
#[track_caller]
pub fn scalar<T: Numeric>(name: impl AsRef<str>, tensor: impl IntoTensor<T>) -> SummaryOp {
    scalar_with(name, tensor, Scalar::new())
}

/// As [`scalar`], with family and collections as `options` say.
///
/// ```
/// use tf1::summary::{Scalar, scalar_with};
///
/// let graph = tf1::Graph::new();
/// let rate = scalar_with("rate", graph.constant(0.1f32), Scalar::new().family("train"));
/// assert_eq!(rate.name(), "train/rate:0");
/// ```
///
/// # Errors
/// As [`scalar`].
#[track_caller]
pub fn scalar_with<T: Numeric>(
    name: impl AsRef<str>,
    tensor: impl IntoTensor<T>,
    options: impl Into<Scalar>,
) -> SummaryOp {
    let options = options.into();
    let graph = graph_of(&[tensor.graph()]);
    summary_scope(&graph, name.as_ref(), &options.common, |scope| {
        let tags = scope.tag("tags");
        let values = tensor.into_tensor(&graph, "values");
        scope.op(ScalarSummary, &[tags, values.any()])
    })
}

/// The nearest `f32`, rounded once.
fn single_precision<T: Numeric>(number: T) -> f32 {
    if T::DTYPE.is_integer() {
        number.to_i64() as f32
    } else {
        number.to_f64() as f32
    }
}

#[derive(Debug)]
struct ScalarSummary;

impl Op for ScalarSummary {
    fn op_type(&self) -> &'static str {
        "ScalarSummary"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = cx.shape(1);
        if shape.rank().is_some_and(|rank| rank > 0) {
            let (shape, tag) = (shape.bracketed(), known_tag(cx, 0));
            let message =
                format!("tags and values not the same shape: [] != {shape} (tag '{tag}')");
            return Err(Error::invalid_argument(message).with_help(
                "a scalar summary shows one number: reduce the tensor, or show it as a histogram",
            ));
        }
        Ok(serialized())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let number = with_class!(numeric, cx.inputs.value(1).dtype(),
            T => single_precision(cx.inputs.scalar::<T>(1)?),
            return Err(Error::internal("a truth value was to be shown as a number"))
        );
        let value = messages::Kind::SimpleValue(number);
        let bytes = encode(read_tag(&cx.inputs, 0)?, value).encode_to_vec();
        cx.outputs.set(0, arr0(Bytes::from(bytes)).into_dyn());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn definition(&self) -> Option<OpDef> {
        Some(OpDef::opaque(
            "ScalarSummary(tags: string, values: T) -> (summary: string); \
                T in real",
        ))
    }
}
