//! What the tests of planning share.

use super::program::Program;
use super::{FeedSpec, Rewrites, Selections, lower};
use crate::graph::{Graph, Tensor};
use crate::session::fetch::Target;
use crate::session::store::Store;
use crate::session::{Fetch, Rewrite, Session, SessionOptions};
use crate::types::AnyArray;

/// How a session with the named rewrites alone would compute `fetches`, all placeholders fed with
/// zeros.
pub(crate) fn explained(graph: &Graph, fetches: &impl Fetch, rewrites: &[&str]) -> String {
    let named = Rewrite::ALL
        .into_iter()
        .filter(|rewrite| rewrites.contains(&rewrite.name()));
    let options = named.fold(
        SessionOptions::new().without_rewrites(),
        SessionOptions::with,
    );
    let session = Session::with_options(graph, options).expect("the graph is right");
    let placeholders = graph
        .operations()
        .into_iter()
        .filter(|op| op.op_type() == "Placeholder");
    let outputs: Vec<_> = placeholders.flat_map(|op| op.outputs()).collect();
    let zeros: Vec<_> = outputs
        .iter()
        .map(|output| {
            ndarray::ArrayD::<f32>::zeros(output.shape().to_known().expect("it is known"))
        })
        .map(AnyArray::from)
        .collect();
    let feeds = outputs
        .iter()
        .zip(&zeros)
        .map(|(output, zeros)| output.feed(zeros).expect("float32"));
    session
        .explain(fetches, feeds.collect::<Vec<_>>())
        .expect("the run can be planned")
}

/// All rewrites.
pub(super) fn all_rewrites() -> Rewrites {
    let all = Rewrite::ALL.into_iter();
    all.fold(Rewrites::default(), Rewrites::with)
}

/// The program that computes these tensors when `x`, whose shape is known, is fed in row-major
/// order; and the feed.
pub(super) fn lowered(x: &Tensor, tensors: &[&Tensor]) -> (Program, FeedSpec) {
    let shape = x.shape().to_known().expect("it is known");
    let fed = FeedSpec {
        output: x.output(),
        dtype: x.dtype(),
        strides: crate::kernels::memory::row_major_strides(&shape),
        shape,
    };
    let targets = tensors.iter().map(|tensor| Target::Output(tensor.output()));
    let targets: Vec<Target> = targets.collect();
    let selections = Selections::default();
    let selection = selections.select(x.graph(), &targets, vec![fed.output], usize::MAX);
    let selection = selection.expect("the graph is right");
    let feeds = std::slice::from_ref(&fed);
    let program = lower::lower(x.graph(), &selection, feeds, &Store::default());
    (program.expect("the feed fits"), fed)
}
