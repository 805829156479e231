//! Adding a node: its shape rule is run, and a mistake is recorded rather than returned.

use std::panic::Location;
use std::sync::Arc;

use crate::types::{Error, Result};

use super::infer::infer_with_values;
use super::names::is_node_name;
use super::{AnyTensor, Graph, Node, NodeId, Op, Output, State, TensorInfo};

impl Graph {
    /// Adds a node with exactly this name.
    #[track_caller]
    pub(crate) fn add_node(&self, name: String, op: Arc<dyn Op>, inputs: &[AnyTensor]) -> NodeId {
        let caller = Location::caller();
        // Looks at the other graph before this one is locked.
        let stranger = inputs
            .iter()
            .find(|input| input.graph() != self)
            .map(other_graph);
        let inputs: Vec<Output> = match &stranger {
            None => inputs.iter().map(AnyTensor::output).collect(),
            Some(_) => Vec::new(),
        };
        let mut state = self.state();
        let location = state.building_location().unwrap_or(caller);
        let cause = inputs
            .iter()
            .find_map(|input| state.nodes[input.node.index()].failure);
        let outcome = match (stranger, cause) {
            _ if !is_node_name(&name) => Err(Error::invalid_argument(format!(
                "'{name}' is not a valid node name"
            ))),
            _ if state.finalized => Err(Error::failed_precondition(
                "Graph is finalized and cannot be modified.",
            )),
            (Some(stranger), _) => Err(stranger),
            (None, Some(_)) => Ok(Vec::new()),
            (None, None) => state.infer(op.as_ref(), &inputs),
        };
        let node = NodeId::from_index(state.nodes.len());
        let (outputs, failure) = match outcome {
            Ok(outputs) => (outputs, cause),
            Err(error) => (Vec::new(), Some(state.record(error, Some(node)))),
        };
        let control_inputs = state.control_inputs(&inputs);
        state.insert(Node {
            name,
            op,
            inputs,
            control_inputs,
            outputs,
            failure,
            location,
        })
    }
}

fn other_graph(stranger: &AnyTensor) -> Error {
    Error::invalid_argument(format!(
        "{stranger} must be from the same graph as the other operands."
    ))
    .with_help("build all operands of an expression with one Graph")
}

impl State {
    fn insert(&mut self, node: Node) -> NodeId {
        let id = NodeId::from_index(self.nodes.len());
        self.by_name.insert(node.name.clone(), id);
        self.nodes.push(node);
        self.mark_made(id);
        id
    }

    /// Runs the shape rule, and the kernel itself where that tells the values of small integer tensors.
    fn infer(&self, op: &dyn Op, inputs: &[Output]) -> Result<Vec<TensorInfo>> {
        let infos: Vec<TensorInfo> = inputs
            .iter()
            .map(|input| self.nodes[input.node.index()].outputs[input.index].clone())
            .collect();
        infer_with_values(op, &infos)
    }
}
