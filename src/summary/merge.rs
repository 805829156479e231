//! `MergeSummary`: several summaries in one.

use std::collections::HashSet;

use ndarray::arr0;
use prost::Message;

use crate::files::messages::summary as messages;
use crate::graph::{
    AnyTensor, Graph, InferContext, Kernel, NameFilter, Op, OpDef, TensorHandle, TensorInfo,
};
use crate::types::{Bytes, DType, Error, Result};

use super::op::serialized;
use super::{Merge, MergeAll, SummaryOp};

/// One summary of all values of some, as `tf.summary.merge` makes it.
///
/// ```
/// let graph = tf1::Graph::new();
/// let loss = tf1::summary::scalar("loss", graph.constant(0.5f32));
/// let rate = tf1::summary::scalar("rate", graph.constant(0.1f32));
/// let both = tf1::summary::merge([&loss, &rate]);
/// let summary = tf1::Session::new(&graph)?.run(&both, [])?;
/// assert_eq!(summary.value.len(), 2);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if there are none or they belong to several graphs, and of a run if two values
/// have the same tag.
///
/// # Options
/// `collections`: see [`merge_with`].
#[track_caller]
pub fn merge(summaries: impl IntoIterator<Item: AsRef<SummaryOp>>) -> SummaryOp {
    merge_with(summaries, Merge::new())
}

/// As [`merge`], added to the collections that `options` name.
///
/// # Errors
/// As [`merge`].
#[track_caller]
pub fn merge_with(
    summaries: impl IntoIterator<Item: AsRef<SummaryOp>>,
    options: impl Into<Merge>,
) -> SummaryOp {
    let Merge { collections } = options.into();
    let summaries: Vec<AnyTensor> = summaries
        .into_iter()
        .map(|summary| summary.as_ref().any_tensor())
        .collect();
    let graph = summaries
        .first()
        .map_or_else(Graph::new, |first| first.graph().clone());
    let merged = build(&graph, summaries);
    for key in &collections {
        graph.add_to_collection(key, &merged);
    }
    merged
}

/// One summary of all that were made in `graph`, as `tf.summary.merge_all` makes it.
///
/// Where there are none, TensorFlow gives None; here that is a mistake of the graph, reported like
/// any other.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let loss = graph.constant(0.5_f32);
/// tf::summary::scalar("loss", &loss);
/// let merged = tf::summary::merge_all(&graph);
/// let session = tf::Session::new(&graph)?;
/// let summary = session.run(&merged, [])?;
/// assert_eq!(summary.value.len(), 1);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`merge`].
///
/// # Options
/// `key`, `scope`: see [`merge_all_with`].
#[track_caller]
pub fn merge_all(graph: &Graph) -> SummaryOp {
    merge_all_with(graph, MergeAll::new())
}

/// As [`merge_all`], of the collection and the scope that `options` name.
///
/// # Errors
/// As [`merge_all`].
#[track_caller]
pub fn merge_all_with<F: NameFilter>(graph: &Graph, options: impl Into<MergeAll<F>>) -> SummaryOp {
    let options = options.into();
    let summaries = graph.get_collection_in(&options.key, options.scope);
    build(graph, summaries)
}

#[track_caller]
fn build(graph: &Graph, summaries: Vec<AnyTensor>) -> SummaryOp {
    let bytes = graph.op_scope("Merge", |_| {
        graph.op_scope("MergeSummary", |scope| {
            scope.tensor(MergeSummary, &summaries)
        })
    });
    SummaryOp::new(bytes)
}

#[derive(Debug)]
struct MergeSummary;

impl Op for MergeSummary {
    fn op_type(&self) -> &'static str {
        "MergeSummary"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if cx.is_empty() {
            return Err(Error::invalid_argument("there are no summaries to merge")
                .with_help("make some before, with summary::scalar, histogram or image"));
        }
        match (0..cx.len()).find(|i| cx.dtype(*i) != DType::String) {
            None => Ok(serialized()),
            Some(i) => Err(Error::invalid_argument(format!(
                "input {i} is not a summary, but {}{}",
                cx.dtype(i),
                cx.shape(i).bracketed()
            ))),
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let mut merged = messages::Summary::default();
        let mut tags = HashSet::new();
        for i in 0..cx.inputs.len() {
            for bytes in cx.inputs.get::<Bytes>(i) {
                let summary = messages::Summary::decode(bytes.as_bytes()).map_err(|_| {
                    Error::invalid_argument("Could not parse one of the summary inputs")
                })?;
                for value in summary.value {
                    if !value.tag.is_empty() && !tags.insert(value.tag.clone()) {
                        let message =
                            format!("Duplicate tag {} found in summary inputs", value.tag);
                        return Err(Error::invalid_argument(message).with_help(
                            "merge each summary once, and give each a name of its own",
                        ));
                    }
                    merged.value.push(value);
                }
            }
        }
        let bytes = merged.encode_to_vec();
        cx.outputs.set(0, arr0(Bytes::from(bytes)).into_dyn());
        Ok(())
    }

    fn definition(&self) -> Option<OpDef> {
        Some(OpDef::opaque(
            "MergeSummary(inputs: N * string) -> (summary: string)",
        ))
    }
}
