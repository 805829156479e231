//! The update ops that a training step waits for.

use super::optimizer::GradientAndVariable;
use super::options::UpdateOps;
use crate::graph::{Gradient, Graph, GraphKeys, NodeId, Operation};
use crate::types::Set;

/// What the ops that change variables by `gradients` wait for.
pub(super) fn awaited(
    graph: &Graph,
    gradients: &[GradientAndVariable],
    which: &UpdateOps,
) -> Vec<Operation> {
    match which {
        UpdateOps::Given(operations) => operations.clone(),
        UpdateOps::Collected => collected(graph, gradients),
    }
}

/// The collected update ops that run with what the gradients are fed, less those that everything waits for anyway.
fn collected(graph: &Graph, gradients: &[GradientAndVariable]) -> Vec<Operation> {
    let mut operations = graph.collected_operations(GraphKeys::UPDATE_OPS);
    operations.retain(|operation| !graph.is_awaited(operation));
    if operations.is_empty() {
        return operations;
    }
    let gradients = gradients
        .iter()
        .filter_map(|(gradient, _)| gradient.as_ref());
    let fed = placeholders(graph, gradients.flat_map(nodes_of));
    operations.retain(|operation| placeholders(graph, [operation.node()]).is_subset(&fed));
    operations
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
