//! Tensors that all wait for each other.

use crate::graph::{AnyTensor, ControlInput, Graph};
use crate::ops::array::identity_any;
use crate::ops::control::group_in;

/// The tensors themselves, each computed only once all of them are, as `tf.tuple` gives them.
#[track_caller]
pub fn tuple(graph: &Graph, tensors: &[Option<AnyTensor>]) -> Vec<Option<AnyTensor>> {
    graph.op_scope("tuple", |_| {
        let mut operations: Vec<_> = tensors.iter().flatten().map(AnyTensor::op).collect();
        operations.sort_by_key(|operation| operation.node());
        operations.dedup();
        let gate = group_in(
            graph,
            &operations
                .iter()
                .map(|operation| operation as &dyn ControlInput)
                .collect::<Vec<_>>(),
        );
        let after_gate = |tensor: &AnyTensor| {
            graph.op_scope("control_dependency", |scope| {
                graph.control_dependencies(&[&gate], || identity_any(scope, tensor))
            })
        };
        tensors
            .iter()
            .map(|tensor| tensor.as_ref().map(after_gate))
            .collect()
    })
}
