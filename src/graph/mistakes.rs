//! Mistakes made while building: recorded with their nodes, told later.

use std::panic::Location;
use std::sync::atomic::Ordering;

use crate::types::{Element, Error, Result};

use super::scope::caller;
use super::{
    Graph, InferContext, Kernel, NodeId, Op, OpScope, Operation, State, Tensor, TensorInfo,
};

impl Graph {
    /// The first mistake made while building, if there is one.
    ///
    /// # Errors
    /// That mistake, whatever its class.
    pub fn check(&self) -> Result<()> {
        match self.error(0) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// A graph that was made only to hold a mistake: that of a call whose operands belong to no
    /// graph.
    #[track_caller]
    pub(super) fn of_mistake(error: Error) -> Graph {
        let graph = Graph::new();
        graph.state().holds_mistake = true;
        graph.record_error_of_call(error);
        graph
    }

    /// The mistake of a graph that was made to hold it: nobody else would tell it.
    pub(crate) fn held_mistake(&self) -> Option<Error> {
        if !self.state().holds_mistake {
            return None;
        }
        self.error(0)
    }

    /// Records a mistake that belongs to no node.
    pub(crate) fn record_error(&self, error: Error) {
        self.state().record(error, None);
    }

    /// Records a mistake that belongs to no node but to the call under way, with the line of that.
    #[track_caller]
    pub(super) fn record_error_of_call(&self, error: Error) {
        self.record_error(error.at_location(caller().unwrap_or(Location::caller())));
    }

    /// Adds a node that stands for a mistake in calling `function`, so that what depends on it
    /// stays silent.
    #[track_caller]
    pub(crate) fn failed<T: Element>(&self, function: &'static str, error: Error) -> Tensor<T> {
        Tensor::of(
            self.failed_operation(function, error, Location::caller()),
            0,
        )
    }

    fn failed_operation(
        &self,
        function: &'static str,
        error: Error,
        location: &'static Location<'static>,
    ) -> Operation {
        self.op_scope_at(function, location, |scope| {
            scope.failed_operation(function, error)
        })
    }

    /// How many mistakes were recorded so far.
    pub(crate) fn error_count(&self) -> usize {
        self.0.error_count.load(Ordering::Acquire)
    }

    /// The mistake recorded as number `index`, with the name that its node has by now.
    pub(crate) fn error(&self, index: usize) -> Option<Error> {
        let (error, node) = self.state().errors.get(index)?.clone();
        Some(match node {
            Some(node) => error.at_node(|| self.node_ref(node)),
            None => error,
        })
    }
}

impl OpScope {
    /// Adds a node that stands for a mistake in place of the `op` that the scope is named after.
    pub(crate) fn failed<T: Element>(&self, op: &'static str, error: Error) -> Tensor<T> {
        Tensor::of(self.failed_operation(op, error), 0)
    }

    fn failed_operation(&self, op: &'static str, error: Error) -> Operation {
        self.operation(Failed { op, error }, &[])
    }
}

impl State {
    /// Records a mistake and returns its index.
    pub(super) fn record(&mut self, error: Error, node: Option<NodeId>) -> usize {
        self.errors.push((error, node));
        self.error_count.store(self.errors.len(), Ordering::Release);
        self.errors.len() - 1
    }
}

/// The op of a node that stands for a mistake: its shape rule fails with it.
#[derive(Debug)]
struct Failed {
    op: &'static str,
    error: Error,
}

impl Op for Failed {
    fn op_type(&self) -> &'static str {
        self.op
    }

    fn infer(&self, _: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Err(self.error.clone())
    }

    fn compute(&self, _: &mut Kernel<'_, '_>) -> Result<()> {
        Err(self.error.clone())
    }
}
