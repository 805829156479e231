//! Which nodes a walk has to visit.

use std::sync::Arc;

use crate::graph::{Graph, Node, NodeId, Output};
use crate::types::{DType, Map, Set};

/// Only tensors of floating type have gradients.
pub(super) fn is_trainable(dtype: DType) -> bool {
    dtype.is_floating()
}

/// For every node from which the walk can come, how many of its consumers it has to wait for.
pub(super) fn pending_counts(
    graph: &Graph,
    roots: &[NodeId],
    leaves: &[NodeId],
) -> Map<NodeId, usize> {
    graph.with_nodes(|nodes| {
        // What was made after all roots is on no path to one.
        let last = roots.iter().map(|root| root.index()).max();
        let reached = reached(&nodes[..last.map_or(0, |last| last + 1)], leaves);
        let between = between(nodes, roots, &reached);
        let mut pending: Map<NodeId, usize> = between.iter().map(|id| (*id, 0)).collect();
        for id in &between {
            for input in &nodes[id.index()].inputs {
                if let Some(count) = pending.get_mut(&input.node) {
                    *count += 1;
                }
            }
        }
        pending
    })
}

/// The leaves, and the nodes that depend on one through differentiable tensors.
fn reached(nodes: &[Arc<Node>], leaves: &[NodeId]) -> Set<NodeId> {
    let mut reached: Set<NodeId> = leaves.iter().copied().collect();
    let first = leaves.iter().map(|leaf| leaf.index()).min();
    // Nodes come after their inputs.
    for (index, node) in nodes.iter().enumerate().skip(first.unwrap_or(nodes.len())) {
        let carries = |input: &Output| {
            let info = nodes[input.node.index()].outputs.get(input.index);
            reached.contains(&input.node) && info.is_some_and(|info| is_trainable(info.dtype))
        };
        if node.inputs.iter().any(carries) {
            reached.insert(NodeId::from_index(index));
        }
    }
    reached
}

/// Those of the `reached` nodes that a root depends on.
fn between(nodes: &[Arc<Node>], roots: &[NodeId], reached: &Set<NodeId>) -> Set<NodeId> {
    let mut between: Set<NodeId> = Set::default();
    let mut open: Vec<NodeId> = roots.to_vec();
    while let Some(id) = open.pop() {
        if reached.contains(&id) && between.insert(id) {
            open.extend(nodes[id.index()].inputs.iter().map(|input| input.node));
        }
    }
    between
}
