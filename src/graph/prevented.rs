//! What may not be fed or fetched.

use std::sync::atomic::Ordering;

use crate::types::{Error, Result, Set};

use super::{ControlInput, Graph, NodeId, Operation, Output, TensorHandle};

/// What was forbidden.
#[derive(Debug, Default)]
pub(super) struct Prevented {
    feeding: Set<Output>,
    fetching: Set<NodeId>,
}

impl Graph {
    /// Forbids feeding this tensor, as `Graph.prevent_feeding` does: from now on, a run that feeds
    /// it is an error. For a tensor of another graph this does nothing.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let x = graph.constant(1.0f32);
    /// graph.prevent_feeding(&x);
    /// assert!(!graph.is_feedable(&x));
    /// let error = tf1::Session::new(&graph)?.run(&x, [x.feed(2.0)]).unwrap_err();
    /// assert!(error.message().ends_with("may not be fed."));
    /// # Ok::<(), tf1::Error>(())
    /// ```
    pub fn prevent_feeding(&self, tensor: impl TensorHandle) {
        let tensor = tensor.any_tensor();
        if tensor.graph() == self {
            self.prevent(|prevented| prevented.feeding.insert(tensor.output()));
        }
    }

    /// Whether this tensor may be fed, as `Graph.is_feedable` tells it.
    pub fn is_feedable(&self, tensor: impl TensorHandle) -> bool {
        let tensor = tensor.any_tensor();
        tensor.graph() != self || !self.state().prevented.feeding.contains(&tensor.output())
    }

    /// Forbids fetching this operation and its tensors, as `Graph.prevent_fetching` does: from now
    /// on, a run that fetches one is an error. What depends on them may still be fetched.
    /// For an operation of another graph this does nothing.
    pub fn prevent_fetching(&self, operation: &Operation) {
        if operation.graph() == self {
            self.prevent(|prevented| prevented.fetching.insert(operation.node()));
        }
    }

    /// Whether this tensor or operation may be fetched, as `Graph.is_fetchable` tells it.
    pub fn is_fetchable(&self, tensor_or_operation: impl ControlInput) -> bool {
        let operation = tensor_or_operation.operation();
        operation.graph() != self || !self.state().prevented.fetching.contains(&operation.node())
    }

    fn prevent(&self, note: impl FnOnce(&mut Prevented) -> bool) {
        note(&mut self.state().prevented);
        self.0.prevents.store(true, Ordering::Release);
    }

    /// Fails if one of these nodes may not be fetched or one of these tensors may not be fed.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub(crate) fn expect_permitted(
        &self,
        mut fetched: impl Iterator<Item = NodeId>,
        mut fed: impl Iterator<Item = Output>,
    ) -> Result<()> {
        // Asked before every run, and hardly ever true.
        if !self.0.prevents.load(Ordering::Acquire) {
            return Ok(());
        }
        let state = self.state();
        let fetched = fetched.find(|node| state.prevented.fetching.contains(node));
        let fed = fed.find(|output| state.prevented.feeding.contains(output));
        drop(state);
        if let Some(node) = fetched {
            let name = self.node_ref(node).name;
            let message = format!("Operation '{name}' has been marked as not fetchable.");
            return Err(Error::invalid_argument(message).at_node(|| self.node_ref(node)));
        }
        if let Some(output) = fed {
            let name = self.node_ref(output.node).name;
            let message = format!("Tensor '{name}:{}' may not be fed.", output.index);
            return Err(Error::invalid_argument(message).at_node(|| self.node_ref(output.node)));
        }
        Ok(())
    }
}
