//! `HistogramSummary`: how the elements of a tensor are distributed.

mod buckets;

use ndarray::arr0;
use prost::Message;

use crate::files::messages::summary as messages;
use crate::graph::{
    AttributeList, InferContext, IntoTensor, Kernel, Op, OpDef, TensorInfo, graph_of,
};
use crate::types::{Bytes, Error, Numeric, Result, with_class};

use super::op::serialized;
use super::tag::{read_tag, summary_scope};
use super::value::encode;
use super::{Histogram, SummaryOp};

use buckets::Counts;

/// How the elements of a tensor are distributed, as `tf.summary.histogram` counts it.
///
/// Buckets end at ±10⁻¹² · 1.1ⁱ and at 0; of adjacent empty ones, only one is written.
///
/// ```
/// use tf1::summary::Data;
///
/// let graph = tf1::Graph::new();
/// let weights = graph.variable([1.0f32, 2.0, 3.0]);
/// let histogram = tf1::summary::histogram("weights", &weights);
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// let summary = session.run(&histogram, [])?;
/// let Some(Data::Histogram(counted)) = &summary.value[0].data else { panic!() };
/// assert_eq!((counted.num, counted.sum, counted.max), (3.0, 6.0, 3.0));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` of a run in which an element is NaN or infinite.
///
/// # Options
/// `family`, `collections`: see [`histogram_with`].
#[track_caller]
pub fn histogram<T: Numeric>(name: impl AsRef<str>, values: impl IntoTensor<T>) -> SummaryOp {
    histogram_with(name, values, Histogram::new())
}

/// As [`histogram`], with family and collections as `options` say.
///
/// # Errors
/// As [`histogram`].
#[track_caller]
pub fn histogram_with<T: Numeric>(
    name: impl AsRef<str>,
    values: impl IntoTensor<T>,
    options: impl Into<Histogram>,
) -> SummaryOp {
    let options = options.into();
    let graph = graph_of(&[values.graph()]);
    summary_scope(&graph, name.as_ref(), &options.common, |scope| {
        let tag = scope.tag("tag");
        let values = values.into_tensor(&graph, "values");
        let op = HistogramSummary { name: scope.name() };
        scope.op(op, &[tag, values.any()])
    })
}

/// Counts the elements of input 1.
#[derive(Debug)]
struct HistogramSummary {
    /// What messages call it.
    name: String,
}

impl HistogramSummary {
    fn count<T: Numeric>(&self, cx: &Kernel<'_, '_>) -> Result<Counts> {
        let mut counts = Counts::new();
        for element in cx.inputs.get::<T>(1) {
            let number = element.to_f64();
            if !number.is_finite() {
                let what = if number.is_nan() { "Nan" } else { "Infinity" };
                return Err(Error::invalid_argument(format!(
                    "{what} in summary histogram for: {}",
                    self.name
                )));
            }
            counts.add(number);
        }
        Ok(counts)
    }
}

impl Op for HistogramSummary {
    fn op_type(&self) -> &'static str {
        "HistogramSummary"
    }

    fn infer(&self, _: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(serialized())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let counts = with_class!(numeric, cx.inputs.value(1).dtype(),
            T => self.count::<T>(cx)?,
            return Err(Error::internal("truth values were to be counted as numbers"))
        );
        let value = messages::Kind::Histo(counts.into_message());
        let bytes = encode(read_tag(&cx.inputs, 0)?, value).encode_to_vec();
        cx.outputs.set(0, arr0(Bytes::from(bytes)).into_dyn());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }

    fn definition(&self) -> Option<OpDef> {
        Some(OpDef::opaque(
            "HistogramSummary(tag: string, values: T) -> (summary: string); T: type = float32; \
                T in real",
        ))
    }
}
