//! Tensors that all wait for each other.

use crate::graph::{AnyTensor, ControlInputs, Graph, OptionalTensor, graph_of};
use crate::ops::control::{group_in, with_dependencies};

/// The tensors themselves, each computed only once all of them are, as `tf.tuple` gives them.
/// Missing tensors stay missing.
///
/// ```
/// let graph = tf1::Graph::new();
/// let (a, b) = (graph.constant(1.0f32), graph.constant(2.0f32));
/// let both = tf1::tuple([&a, &b]);
/// assert_eq!(both.len(), 2);
/// ```
///
/// # Errors
/// `InvalidArgument` if a tensor belongs to another graph, or there is none.
///
/// # Options
/// `control_inputs`: see [`tuple_with`].
#[track_caller]
pub fn tuple(tensors: impl IntoIterator<Item: OptionalTensor>) -> Vec<Option<AnyTensor>> {
    tuple_with(tensors, ())
}

/// As [`tuple()`], computed only once `control_inputs` have run, too: a list or a tuple of
/// operations, tensors or variables.
///
/// ```
/// let graph = tf1::Graph::new();
/// let count = graph.variable(0.0f32);
/// let after = tf1::tuple_with([&graph.constant(1.0f32)], [&count.assign_add(1.0)]);
/// assert_eq!(after.len(), 1);
/// ```
///
/// # Errors
/// `InvalidArgument` if a tensor or a control input belongs to another graph.
#[track_caller]
pub fn tuple_with(
    tensors: impl IntoIterator<Item: OptionalTensor>,
    control_inputs: impl ControlInputs,
) -> Vec<Option<AnyTensor>> {
    let tensors: Vec<Option<AnyTensor>> =
        tensors.into_iter().map(|tensor| tensor.tensor()).collect();
    let first = tensors.iter().flatten().next();
    let graph = graph_of(&[first.map(|tensor| tensor.graph().clone())]);
    tuple_in(&graph, &tensors, control_inputs)
}

/// As [`tuple_with`], in a graph that is known although there may be no tensors.
#[track_caller]
pub(crate) fn tuple_in(
    graph: &Graph,
    tensors: &[Option<AnyTensor>],
    control_inputs: impl ControlInputs,
) -> Vec<Option<AnyTensor>> {
    graph.op_scope("tuple", |_| {
        let mut operations: Vec<_> = tensors.iter().flatten().map(AnyTensor::op).collect();
        // Few: nodes that were made before.
        operations.extend(control_inputs.operations());
        operations.sort_by_key(|operation| operation.node());
        operations.dedup();
        let gate = group_in(graph, &operations);
        let after_gate = |tensor: &AnyTensor| with_dependencies([&gate], tensor);
        tensors
            .iter()
            .map(|tensor| tensor.as_ref().map(after_gate))
            .collect()
    })
}
