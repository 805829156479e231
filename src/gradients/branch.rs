//! Gradients that leave a branch.

use crate::graph::{AnyTensor, Branch, Gradient, Graph, IndexedSlices, Output};
use crate::ops::array::zeros_like;
use crate::ops::math::select;
use crate::types::with_any_dtype;

/// The gradients `found` with respect to the inputs of a node in `branch`; those that leave the
/// branch are exactly 0 where it is not taken.
#[track_caller]
pub(super) fn only_where_taken(
    graph: &Graph,
    branch: &Branch,
    inputs: &[Output],
    found: Vec<Option<Gradient>>,
) -> Vec<Option<Gradient>> {
    let leaves = |input: &Output| {
        graph.with_node(input.node, |node| {
            let conditions = node.conditions.as_ref();
            conditions.and_then(|conditions| conditions.branch) != Some(*branch)
        })
    };
    let mut masked = Vec::with_capacity(found.len());
    for (gradient, input) in found.into_iter().zip(inputs) {
        masked.push(match gradient {
            Some(gradient) if leaves(input) => Some(mask(graph, branch, gradient)),
            inside => inside,
        });
    }
    masked
}

#[track_caller]
fn mask(graph: &Graph, branch: &Branch, gradient: Gradient) -> Gradient {
    match gradient {
        Gradient::Dense(tensor) => Gradient::Dense(mask_tensor(graph, branch, &tensor)),
        Gradient::Sparse(slices) => Gradient::Sparse(IndexedSlices {
            values: mask_tensor(graph, branch, &slices.values),
            ..slices
        }),
    }
}

#[track_caller]
fn mask_tensor(graph: &Graph, branch: &Branch, gradient: &AnyTensor) -> AnyTensor {
    let Output { node, index } = branch.condition;
    let condition = graph.operation_at(node).output::<bool>(index);
    with_any_dtype!(gradient.dtype(), T => {
        let gradient = gradient.assume::<T>();
        let zeros = zeros_like(&gradient);
        match branch.taken_if {
            true => select(condition, gradient, zeros).any(),
            false => select(condition, zeros, gradient).any(),
        }
    })
}
