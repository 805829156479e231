//! A tensor that waits for operations.

use crate::graph::{AnyTensor, ControlInputs};
use crate::ops::array::identity_any;

/// `tensor`, computed once `operations` are done, as `with_dependencies` of TensorFlow's
/// `control_flow_ops` gives it.
#[track_caller]
pub(crate) fn with_dependencies(operations: impl ControlInputs, tensor: &AnyTensor) -> AnyTensor {
    let graph = tensor.graph();
    graph.op_scope("control_dependency", |scope| {
        graph.control_dependencies(operations, || identity_any(scope, tensor))
    })
}
