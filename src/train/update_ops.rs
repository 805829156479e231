//! The update ops that a training step waits for.

use super::options::UpdateOps;
use crate::graph::{Gradient, Graph, GraphKeys, NodeId, Operation};
use crate::types::Set;

/// What the ops that change variables by `gradients` wait for.
pub(super) fn awaited<'g>(
    graph: &Graph,
    gradients: impl Iterator<Item = &'g Gradient>,
    which: &UpdateOps,
) -> Vec<Operation> {
    match which {
        UpdateOps::Given(operations) => operations.clone(),
        UpdateOps::Collected => collected(graph, gradients),
    }
}

/// The collected update ops that need no placeholder beyond those of the gradients, except those
/// that everything waits for anyway.
fn collected<'g>(graph: &Graph, gradients: impl Iterator<Item = &'g Gradient>) -> Vec<Operation> {
    let mut operations = graph.collected_operations(GraphKeys::UPDATE_OPS);
    let awaited = graph.awaited_by_all();
    operations.retain(|operation| !awaited.contains(&operation.node()));
    if operations.is_empty() {
        return operations;
    }
    let fed = placeholders(graph, gradients.flat_map(nodes_of));
    let last = operations.iter().map(|operation| operation.node()).max();
    let needs_more = need_more(graph, &fed, last);
    operations.retain(|operation| !needs_more[operation.node().index()]);
    operations
}

/// For each node up to `last`, whether a run that computes it must feed others than `fed`.
fn need_more(graph: &Graph, fed: &Set<NodeId>, last: Option<NodeId>) -> Vec<bool> {
    let count = last.map_or(0, |last| last.index() + 1);
    graph.with_nodes(|nodes| {
        let mut needs_more = vec![false; count];
        // Nodes come after all that they depend on.
        for (i, node) in nodes.iter().enumerate().take(count) {
            let inputs = node.inputs.iter().map(|input| &input.node);
            let mut earlier = inputs.chain(&node.control_inputs);
            let is_unfed =
                || node.op.must_be_fed().is_some() && !fed.contains(&NodeId::from_index(i));
            needs_more[i] = earlier.any(|node| needs_more[node.index()]) || is_unfed();
        }
        needs_more
    })
}

fn nodes_of(gradient: &Gradient) -> Vec<NodeId> {
    match gradient {
        Gradient::Dense(tensor) => vec![tensor.output().node],
        Gradient::Sparse(rows) => {
            let parts = [&rows.values, &rows.indices];
            parts.map(|part| part.output().node).to_vec()
        }
    }
}

/// The nodes that a run must feed in order to compute `roots`.
fn placeholders(graph: &Graph, roots: impl IntoIterator<Item = NodeId>) -> Set<NodeId> {
    let (mut found, mut seen) = (Set::default(), Set::default());
    let mut open: Vec<NodeId> = roots.into_iter().collect();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        graph.with_node(id, |node| {
            if node.op.must_be_fed().is_some() {
                found.insert(id);
            }
            open.extend(node.inputs.iter().map(|input| input.node));
            open.extend(&node.control_inputs);
        });
    }
    found
}
