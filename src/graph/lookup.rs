//! Finding operations and tensors by name.

use std::panic::Location;

use crate::types::{Error, Result};

use super::{AnyTensor, Graph, Operation, Output};

const LIST_NAMES: &str = "graph.operations() lists all there are";

impl Graph {
    /// The operation with this name.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    #[track_caller]
    pub fn get_operation_by_name(&self, name: &str) -> Result<Operation> {
        let location = Location::caller();
        let found = self.state().by_name.get(name).copied();
        found
            .map(|node| Operation::new(self.clone(), node))
            .ok_or_else(|| {
                Error::not_found(format!(
                    "The name '{name}' refers to an Operation not in the graph."
                ))
                .with_help(LIST_NAMES)
                .at_location(location)
            })
    }

    /// The tensor with this name, such as `Add:0`.
    ///
    /// # Errors
    /// `InvalidArgument` if `name` is not of the form `op:index`, `NotFound` if there is no such tensor.
    #[track_caller]
    pub fn get_tensor_by_name(&self, name: &str) -> Result<AnyTensor> {
        let location = Location::caller();
        self.find_tensor(name)
            .map_err(|error| error.at_location(location))
    }

    fn find_tensor(&self, name: &str) -> Result<AnyTensor> {
        let malformed = || {
            let what = match self.state().by_name.contains_key(name) {
                true => "refers to an Operation, not a Tensor",
                false => "looks like a Tensor name, but is not a valid one",
            };
            Error::invalid_argument(format!(
                "The name '{name}' {what}. Tensor names must be of the form \"<op_name>:<output_index>\"."
            ))
        };
        let (operation, index) = name.rsplit_once(':').ok_or_else(malformed)?;
        let index: usize = index.parse().map_err(|_| malformed())?;
        let state = self.state();
        let missing = |what: &str| {
            Error::not_found(format!(
                "The name '{name}' refers to a Tensor which does not exist. {what}"
            ))
            .with_help(LIST_NAMES)
        };
        let &node = state.by_name.get(operation).ok_or_else(|| {
            missing(&format!(
                "The operation, '{operation}', does not exist in the graph."
            ))
        })?;
        let outputs = &state.nodes[node.index()].outputs;
        let info = outputs.get(index).ok_or_else(|| {
            missing(&format!(
                "The operation, '{operation}', has {} outputs.",
                outputs.len()
            ))
        })?;
        let dtype = info.dtype;
        drop(state);
        Ok(AnyTensor::new(self.clone(), Output { node, index }, dtype))
    }
}
