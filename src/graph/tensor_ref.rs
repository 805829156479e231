//! Tensors as their own graph keeps them: without a handle on the graph, which would keep itself
//! alive for ever.

use crate::types::DType;

use super::{AnyTensor, Graph, NodeId, Output};

/// A tensor kept by its own graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TensorRef {
    output: Output,
    dtype: DType,
}

impl TensorRef {
    /// The node that makes the tensor.
    pub(super) fn node(self) -> NodeId {
        self.output.node
    }
}

impl Graph {
    /// What the graph can keep of a tensor; `None` of one of another graph.
    pub(crate) fn keep(&self, tensor: &AnyTensor) -> Option<TensorRef> {
        (tensor.graph() == self).then(|| TensorRef {
            output: tensor.output(),
            dtype: tensor.dtype(),
        })
    }

    /// The handle on a tensor that the graph has kept.
    pub(crate) fn kept(&self, kept: TensorRef) -> AnyTensor {
        self.operation_at(kept.output.node)
            .any_output(kept.output.index, kept.dtype)
    }
}
