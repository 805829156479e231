//! What the rewrites' tests share.

use crate::graph::Graph;
use crate::session::{Fetch, Rewrite, Session, SessionOptions};
use crate::types::AnyArray;

/// How a session with the named rewrites alone would compute `fetches`, all placeholders fed with zeros.
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
