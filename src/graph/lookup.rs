//! Finding operations and tensors by name.

use std::panic::Location;
use std::sync::Arc;

use crate::types::{Element, Error, Map, Result};

use super::{AnyTensor, Graph, NodeId, Operation, State, Tensor};

/// The nodes by their names, filled in only as far as a search or a renaming needs it: most nodes
/// of a graph keep the names that they are made with.
#[derive(Debug, Default)]
pub(super) struct NameIndex {
    by_name: Map<Arc<str>, NodeId>,
    /// How many nodes are in it, in the order of making.
    nodes: usize,
}

impl State {
    /// The node with this name.
    pub(super) fn node_called(&mut self, name: &str) -> Option<NodeId> {
        self.index_names();
        self.index.by_name.get(name).copied()
    }

    fn index_names(&mut self) {
        let index = &mut self.index;
        for (number, node) in self.nodes.iter().enumerate().skip(index.nodes) {
            let id = NodeId::from_index(number);
            index.by_name.insert(Arc::clone(&node.name), id);
        }
        index.nodes = self.nodes.len();
    }

    /// Gives a node the name that `rename` makes while no node has the old one.
    pub(super) fn rename_node(
        &mut self,
        node: NodeId,
        rename: impl FnOnce(&mut State, &str) -> Arc<str>,
    ) {
        self.index_names();
        let old = Arc::clone(&self.nodes[node.index()].name);
        self.index.by_name.remove(&old);
        let name = rename(self, &old);
        self.index.by_name.insert(Arc::clone(&name), node);
        self.node_mut(node).name = name;
    }
}

const LIST_NAMES: &str = "graph.operations() lists all there are";

impl Graph {
    /// The operation with this name.
    ///
    /// # Errors
    /// `NotFound` if there is none.
    #[track_caller]
    pub fn get_operation_by_name(&self, name: impl AsRef<str>) -> Result<Operation> {
        let (name, location) = (name.as_ref(), Location::caller());
        let found = self.state().node_called(name);
        found.map(|node| self.operation_at(node)).ok_or_else(|| {
            Error::not_found(format!(
                "The name '{name}' refers to an Operation not in the graph."
            ))
            .with_help(LIST_NAMES)
            .at_location(location)
        })
    }

    /// The tensor with this name, such as `Add:0`.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// graph.constant([1.0, 2.0]).named("x");
    /// assert_eq!(graph.get_tensor_by_name("x:0")?.shape(), tf::Shape::from([2]));
    /// assert!(graph.get_tensor_by_name("y:0").is_err());
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `name` is not of the form `op:index`, `NotFound` if there is no such
    /// tensor.
    #[track_caller]
    #[doc(alias = "as_graph_element")]
    pub fn get_tensor_by_name(&self, name: impl AsRef<str>) -> Result<AnyTensor> {
        let location = Location::caller();
        self.find_tensor(name.as_ref())
            .map_err(|error| error.at_location(location))
    }

    /// The tensor with this name as a handle of type `T`: `graph.tensor::<f32>("softmax:0")?`.
    ///
    /// # Errors
    /// As [`get_tensor_by_name`](Graph::get_tensor_by_name), and `InvalidArgument` if the elements
    /// are not of type `T`.
    #[track_caller]
    pub fn tensor<T: Element>(&self, name: impl AsRef<str>) -> Result<Tensor<T>> {
        self.get_tensor_by_name(name)?.typed()
    }

    /// The operation with this name; the same as
    /// [`get_operation_by_name`](Graph::get_operation_by_name).
    ///
    /// # Errors
    /// `NotFound` if there is none.
    #[track_caller]
    pub fn operation(&self, name: impl AsRef<str>) -> Result<Operation> {
        self.get_operation_by_name(name)
    }

    fn find_tensor(&self, name: &str) -> Result<AnyTensor> {
        let malformed = || {
            let what = match self.state().node_called(name).is_some() {
                true => "refers to an Operation, not a Tensor",
                false => "looks like a Tensor name, but is not a valid one",
            };
            Error::invalid_argument(format!(
                "The name '{name}' {what}. Tensor names must be of the form \"<op_name>:<output_index>\"."
            ))
            .with_help(self.name_meant(name))
        };
        let (operation, index) = name.split_once(':').ok_or_else(malformed)?;
        let index: usize = index.parse().map_err(|_| malformed())?;
        let mut state = self.state();
        let missing = |what: &str| {
            Error::not_found(format!(
                "The name '{name}' refers to a Tensor which does not exist. {what}"
            ))
            .with_help(LIST_NAMES)
        };
        let node = state.node_called(operation).ok_or_else(|| {
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
        Ok(self.operation_at(node).any_output(index, dtype))
    }

    /// What to write in place of `name`, which is not of the form of a tensor's.
    fn name_meant(&self, name: &str) -> String {
        let operation = name
            .split_once(':')
            .map_or(name, |(operation, _)| operation);
        match self.state().node_called(operation) {
            Some(_) => format!("write '{operation}:0' for the first output of '{operation}'"),
            None => LIST_NAMES.to_string(),
        }
    }
}
