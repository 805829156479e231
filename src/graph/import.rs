//! Adding nodes that were made elsewhere, all at once or none.

use std::panic::Location;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::types::{Error, Result};

use super::names::{is_node_name, not_a_node_name};
use super::scope::caller;
use super::{Graph, Node, NodeExtra, NodeId, Op, Operation, Output, TensorInfo};

/// A node that is to be added.
#[derive(Debug)]
pub(crate) struct NewNode {
    pub(crate) name: Arc<str>,
    pub(crate) op: Arc<dyn Op>,
    pub(crate) inputs: SmallVec<[NewInput; 2]>,
    pub(crate) control_inputs: Vec<NewSource>,
    pub(crate) outputs: SmallVec<[TensorInfo; 1]>,
    pub(crate) extra: Option<Box<NodeExtra>>,
}

/// A node that another reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NewSource {
    /// One of the graph.
    Present(NodeId),
    /// One that is added with it, by its place among these, before it.
    Added(usize),
}

/// A tensor that a new node reads: output number `index` of its source.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewInput {
    pub(crate) source: NewSource,
    pub(crate) index: usize,
}

impl Graph {
    /// Adds nodes, each after those that it reads.
    ///
    /// # Errors
    /// If a name is taken or not valid, or the graph is finalized: then the graph is as it was.
    #[track_caller]
    pub(crate) fn add_nodes(&self, nodes: Vec<NewNode>) -> Result<Vec<Operation>> {
        let location = caller().unwrap_or(Location::caller());
        let mut state = self.state();
        if state.finalized {
            return Err(super::insert::finalized());
        }
        for node in &nodes {
            if !is_node_name(&node.name) {
                return Err(not_a_node_name(&node.name));
            }
            if state.node_called(&node.name).is_some() {
                return Err(Error::already_exists(format!(
                    "Node name '{}' already exists in the Graph",
                    node.name
                )));
            }
        }
        let first = state.nodes.len();
        let id = |source| match source {
            NewSource::Present(node) => node,
            NewSource::Added(number) => NodeId::from_index(first + number),
        };
        let count = nodes.len();
        for node in nodes {
            state.names.take(&node.name);
            let inputs = node.inputs.iter().map(|input| Output {
                node: id(input.source),
                index: input.index,
            });
            state.insert(Node {
                inputs: inputs.collect(),
                // Few: one for each node that must run before, and of a file that lies in memory.
                control_inputs: node.control_inputs.iter().copied().map(id).collect(),
                name: node.name,
                op: node.op,
                outputs: node.outputs,
                failure: None,
                conditions: None,
                claimed: false,
                location,
                extra: node.extra,
            });
        }
        drop(state);
        let added = (first..first + count).map(NodeId::from_index);
        // Few: one for each node that was added.
        Ok(added
            .map(|node| Operation::new(self.clone(), node))
            .collect())
    }
}
