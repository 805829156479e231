//! Adding a node: its shape rule is run, and a mistake is recorded rather than returned.
//!
//! The graph is locked twice, to see what is known of the inputs and to insert the node. The shape
//! rule runs in between, so that it may ask the graph for whatever it likes.

use std::panic::Location;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::types::{Error, Result};

use super::infer::infer_with_values;
use super::names::{is_node_name, not_a_node_name};
use super::scope::caller;
use super::{AnyTensor, Graph, Node, NodeId, Op, Output, State, TensorInfo};

impl Graph {
    /// Adds a node with exactly this name.
    #[track_caller]
    pub(crate) fn add_node(&self, name: Arc<str>, op: Arc<dyn Op>, inputs: &[AnyTensor]) -> NodeId {
        let location = caller().unwrap_or(Location::caller());
        // Looks at the other graph before this one is locked.
        let (inputs, stranger) = self.own_inputs(inputs);
        let before = self.state().before(&inputs);
        let cause = before.cause;
        let outcome = match (stranger, cause) {
            _ if !is_node_name(&name) => Err(not_a_node_name(&name)),
            _ if before.finalized => Err(finalized()),
            (Some(stranger), _) => Err(stranger),
            (None, Some(_)) => Ok(SmallVec::new()),
            (None, None) => outputs_of(op.as_ref(), &before.infos),
        };
        let mut state = self.state();
        // Meanwhile another thread, or the shape rule, may have finalized the graph.
        let outcome = match outcome {
            Ok(_) if state.finalized => Err(finalized()),
            outcome => outcome,
        };
        let node = NodeId::from_index(state.nodes.len());
        let conditions = state.conditions();
        let (outputs, failure) = match outcome {
            Ok(outputs) => (outputs, cause),
            Err(error) => {
                let error = error.at_location(location);
                (SmallVec::new(), Some(state.record(error, Some(node))))
            }
        };
        state.insert(Node {
            name,
            op,
            inputs,
            control_inputs: before.control_inputs,
            outputs,
            failure,
            conditions,
            claimed: false,
            location,
            extra: None,
        })
    }

    /// The inputs in this graph; none, and the mistake, if one is of another.
    fn own_inputs(&self, inputs: &[AnyTensor]) -> (SmallVec<[Output; 2]>, Option<Error>) {
        match inputs.iter().find(|input| input.graph() != self) {
            None => (inputs.iter().map(AnyTensor::output).collect(), None),
            Some(stranger) => {
                let native = inputs.iter().find(|input| input.graph() == self);
                (SmallVec::new(), Some(stranger.is_of_other_graph(native)))
            }
        }
    }
}

/// What is known of the outputs before any run.
pub(crate) fn outputs_of(op: &dyn Op, inputs: &[TensorInfo]) -> Result<SmallVec<[TensorInfo; 1]>> {
    let mut outputs = infer_with_values(op, inputs)?;
    if op.may_be_fed() {
        outputs.iter_mut().for_each(|info| info.constant = None);
    }
    Ok(outputs.into())
}

pub(super) fn finalized() -> Error {
    Error::failed_precondition("Graph is finalized and cannot be modified.")
}

/// What is to be known before a node's shape rule is run.
struct Before {
    finalized: bool,
    control_inputs: Vec<NodeId>,
    /// The mistake that one of the inputs holds or depends on.
    cause: Option<usize>,
    /// What is known of the inputs; nothing if one holds a mistake.
    infos: SmallVec<[TensorInfo; 2]>,
}

impl State {
    fn before(&self, inputs: &[Output]) -> Before {
        let control_inputs = self.control_inputs(inputs);
        let cause = self.cause_of_failure(inputs, &control_inputs);
        let known = if cause.is_none() { inputs } else { &[] };
        let info = |input: &Output| self.nodes[input.node.index()].outputs[input.index].clone();
        Before {
            finalized: self.finalized,
            control_inputs,
            cause,
            infos: known.iter().map(info).collect(),
        }
    }

    /// The mistake that one of the inputs holds or depends on.
    fn cause_of_failure(&self, inputs: &[Output], control_inputs: &[NodeId]) -> Option<usize> {
        let data = inputs.iter().map(|input| &input.node);
        data.chain(control_inputs)
            .find_map(|node| self.nodes[node.index()].failure)
    }

    pub(super) fn insert(&mut self, node: Node) -> NodeId {
        let id = NodeId::from_index(self.nodes.len());
        Arc::make_mut(&mut self.nodes).push(Arc::new(node));
        self.mark_made(id);
        id
    }
}
