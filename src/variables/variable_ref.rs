//! Variables as their own graph keeps them, without handles on it.

use super::AnyVariable;
use crate::graph::{Graph, NodeId, TensorRef};

/// A variable kept by its own graph.
#[derive(Clone, Copy, Debug)]
pub(super) struct VariableRef {
    memory: TensorRef,
    read: TensorRef,
    initial_value: TensorRef,
    initializer: NodeId,
}

impl VariableRef {
    /// What `graph` keeps of one of its variables; `None` if anything of it belongs to another
    /// graph, which is a mistake that has been recorded.
    pub(super) fn of(graph: &Graph, variable: &AnyVariable) -> Option<VariableRef> {
        Some(VariableRef {
            memory: graph.keep(&variable.memory)?,
            read: graph.keep(&variable.read)?,
            initial_value: graph.keep(&variable.initial_value)?,
            initializer: variable.initializer.node(),
        })
    }

    pub(super) fn memory(&self) -> TensorRef {
        self.memory
    }

    pub(super) fn read(&self) -> TensorRef {
        self.read
    }

    pub(super) fn initializer(&self) -> NodeId {
        self.initializer
    }

    /// The handle on the variable.
    pub(super) fn of_graph(self, graph: &Graph) -> AnyVariable {
        AnyVariable {
            memory: graph.kept(self.memory),
            read: graph.kept(self.read),
            initial_value: graph.kept(self.initial_value),
            initializer: graph.operation_at(self.initializer),
        }
    }
}
