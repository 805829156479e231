//! Which nodes a walk has to visit.

use std::sync::Arc;

use crate::graph::{Graph, Node, NodeId, Output};
use crate::types::{Map, Set};

/// For every node from which the walk can come, how many of its consumers it has to wait for.
pub(super) fn pending_counts(
    graph: &Graph,
    roots: &[NodeId],
    leaves: &[NodeId],
) -> Map<NodeId, usize> {
    graph.with_nodes(|nodes| {
        let reached = reached(nodes, roots, leaves);
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

/// Of the leaves and the nodes that depend on one through differentiable tensors, those on which a
/// root depends.
///
/// It looks at no other nodes than the roots depend on: a graph may hold many more, and gradients
/// may be asked for many times.
fn reached(nodes: &[Arc<Node>], roots: &[NodeId], leaves: &[NodeId]) -> Set<NodeId> {
    // Nodes come after their inputs: none before all leaves depends on one.
    let Some(first) = leaves.iter().min() else {
        return Set::default();
    };
    let mut above: Set<NodeId> = Set::default();
    let mut open: Vec<NodeId> = roots.to_vec();
    while let Some(id) = open.pop() {
        if id >= *first && above.insert(id) {
            open.extend(nodes[id.index()].inputs.iter().map(|input| input.node));
        }
    }
    let mut above: Vec<NodeId> = above.into_iter().collect();
    above.sort_unstable();
    let mut reached: Set<NodeId> = leaves.iter().copied().collect();
    for id in above {
        let carries = |input: &Output| {
            let info = nodes[input.node.index()].outputs.get(input.index);
            reached.contains(&input.node) && info.is_some_and(|info| info.dtype.is_trainable())
        };
        if nodes[id.index()].inputs.iter().any(carries) {
            reached.insert(id);
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
