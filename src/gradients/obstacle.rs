//! Where gradients end that should have arrived: what to tell of a loss that does not train its
//! variables.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::graph::{AnyTensor, Node, NodeId};
use crate::ops;
use crate::types::{DType, Error, NodeRef, Set};

/// Why no gradient of `y` arrives at any of `xs`.
enum Reason {
    /// `y` does not depend on any of them.
    Independent,
    /// On the way there is an op through which no gradient goes.
    Op(NodeId),
}

/// Tells, in addition to what `error` says, why no gradient of `y` arrives at any of `xs`, which
/// belong to the same graph.
pub(crate) fn explain_missing(error: Error, y: &AnyTensor, xs: &[AnyTensor]) -> Error {
    let graph = y.graph();
    let leaves: Set<NodeId> = xs.iter().map(|x| x.output().node).collect();
    match graph.with_nodes(|nodes| reason(nodes, y.output().node, &leaves)) {
        None => error,
        Some(Reason::Independent) => error.with_help(match xs {
            [x] => format!("{y} does not depend on {x}"),
            _ => format!("{y} does not depend on any of them"),
        }),
        Some(Reason::Op(id)) => {
            let node = graph.node_ref(id);
            let help = help_for(
                &node,
                graph.with_nodes(|nodes| fixed_dtype(&nodes[id.index()])),
            );
            error.with_help(help).with_related(node)
        }
    }
}

/// The first type among the outputs that gradients do not go through.
fn fixed_dtype(node: &Node) -> Option<DType> {
    let mut dtypes = node.outputs.iter().map(|output| output.dtype);
    dtypes.find(|dtype| !dtype.is_trainable())
}

fn help_for(NodeRef { name, op, .. }: &NodeRef, fixed_dtype: Option<DType>) -> String {
    match fixed_dtype {
        Some(dtype) => format!(
            "no gradient goes through '{name}' (op {op}), whose output is {dtype}: train on what comes before it"
        ),
        None => format!(
            "no gradient goes through '{name}' (op {op}): use an op that has a gradient there"
        ),
    }
}

/// The first obstacle on the ways from `y` back to the leaves, counted from `y`; `None` if there is
/// a way without one.
fn reason(nodes: &[Arc<Node>], y: NodeId, leaves: &Set<NodeId>) -> Option<Reason> {
    let depends = dependents(nodes, y, leaves);
    if !depends.contains(&y) {
        return Some(Reason::Independent);
    }
    let (mut open, mut seen) = (VecDeque::from([y]), Set::default());
    let mut first = None;
    while let Some(id) = open.pop_front() {
        if !depends.contains(&id) || !seen.insert(id) {
            continue;
        }
        if leaves.contains(&id) {
            return None;
        }
        match is_obstacle(&nodes[id.index()]) {
            true => first = first.or(Some(id)),
            false => open.extend(nodes[id.index()].inputs.iter().map(|input| input.node)),
        }
    }
    first.map(Reason::Op)
}

/// Of the nodes that `y` depends on, those that depend on a leaf, whatever is in between.
fn dependents(nodes: &[Arc<Node>], y: NodeId, leaves: &Set<NodeId>) -> Set<NodeId> {
    let (mut above, mut open) = (Set::default(), vec![y]);
    while let Some(id) = open.pop() {
        if above.insert(id) {
            open.extend(nodes[id.index()].inputs.iter().map(|input| input.node));
        }
    }
    let mut above: Vec<NodeId> = above.into_iter().collect();
    // Nodes come after their inputs.
    above.sort_unstable();
    let mut dependents: Set<NodeId> = Set::default();
    for id in above {
        let mut inputs = nodes[id.index()].inputs.iter();
        if leaves.contains(&id) || inputs.any(|input| dependents.contains(&input.node)) {
            dependents.insert(id);
        }
    }
    dependents
}

fn is_obstacle(node: &Node) -> bool {
    let is_flat = !ops::may_be_differentiated(node.op.op_type());
    is_flat
        || !node
            .outputs
            .iter()
            .any(|output| output.dtype.is_trainable())
}
