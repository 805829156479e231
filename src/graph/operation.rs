//! [`Operation`]: a handle on a node.

use std::fmt;
use std::panic::Location;

use crate::streams::Seeds;
use crate::types::{DType, Element, Error, Result};

use super::{AnyTensor, ControlInput, Graph, NodeId, Output, Tensor};

/// A handle on an operation: a node of the graph.
#[derive(Clone, PartialEq)]
pub struct Operation {
    graph: Graph,
    node: NodeId,
}

impl Operation {
    /// The handle on a node of `graph`. Every handle is made here or from one that was: so none
    /// names a node that its graph does not have.
    pub(super) fn new(graph: Graph, node: NodeId) -> Self {
        Operation { graph, node }
    }

    /// The graph that the operation belongs to.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// The operation's place in the graph.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// The name, such as `layer1/MatMul`.
    pub fn name(&self) -> String {
        self.graph
            .with_node(self.node, |node| node.name.to_string())
    }

    /// TensorFlow's name of the op, such as `MatMul`.
    #[doc(alias = "type")]
    pub fn op_type(&self) -> &'static str {
        self.graph.with_node(self.node, |node| node.op.op_type())
    }

    /// The attributes `seed` and `seed2`, of an operation that draws random numbers.
    pub fn seeds(&self) -> Option<Seeds> {
        self.graph.with_node(self.node, |node| node.op.seeds())
    }

    /// The line of the user's code that made the operation.
    #[doc(alias = "traceback")]
    pub fn location(&self) -> &'static Location<'static> {
        self.graph.with_node(self.node, |node| node.location)
    }

    /// The tensors that the operation reads.
    pub fn inputs(&self) -> Vec<AnyTensor> {
        self.graph.node_inputs(self.node)
    }

    /// The operations that must run before this one although it reads none of their outputs.
    pub fn control_inputs(&self) -> Vec<Operation> {
        let nodes = self
            .graph
            .with_node(self.node, |node| node.control_inputs.clone());
        nodes
            .into_iter()
            .map(|node| Operation::new(self.graph.clone(), node))
            .collect()
    }

    /// The tensors that the operation computes.
    #[doc(alias = "values")]
    pub fn outputs(&self) -> Vec<AnyTensor> {
        let types = self.graph.with_node(self.node, |node| {
            node.outputs
                .iter()
                .map(|info| info.dtype)
                .collect::<Vec<_>>()
        });
        let outputs = types.into_iter().enumerate();
        outputs
            .map(|(index, dtype)| self.any_output(index, dtype))
            .collect()
    }

    /// Output `index`, which the caller knows to have elements of type `dtype`, or to stand for a
    /// mistake.
    pub(crate) fn any_output(&self, index: usize, dtype: DType) -> AnyTensor {
        AnyTensor::of(self.clone(), index, dtype)
    }

    /// Whether the node, or one that it depends on, holds a mistake.
    pub(crate) fn is_failed(&self) -> bool {
        self.graph
            .with_node(self.node, |node| node.failure.is_some())
    }

    /// Output `index`, whose elements must be of type `T`.
    ///
    /// # Errors
    /// If the operation has no such output or it has another type, the handle stands for that
    /// mistake, which is recorded with the graph.
    #[track_caller]
    pub fn output<T: Element>(&self, index: usize) -> Tensor<T> {
        match self.expect_output(index, T::DTYPE) {
            Ok(()) => Tensor::of(self.clone(), index),
            Err(error) => self.graph.failed("output", error),
        }
    }

    /// Fails unless there is an output `index` with elements of this type.
    fn expect_output(&self, index: usize, dtype: DType) -> Result<()> {
        let found = self
            .graph
            .with_node(self.node, |node| match node.outputs.get(index) {
                _ if node.failure.is_some() => Ok(()),
                Some(info) if info.dtype == dtype => Ok(()),
                Some(info) => Err(format!(
                    "output {index} has type {}, not {dtype}",
                    info.dtype
                )),
                None => Err(format!("there is no output {index}")),
            });
        found.map_err(|message| {
            Error::invalid_argument(message).at_node(|| self.graph.node_ref(self.node))
        })
    }

    /// Names the operation; see [`Tensor::named`].
    ///
    /// # Errors
    /// A name that TensorFlow would refuse is recorded as a mistake of the graph.
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.graph.rename(self.node, name.as_ref());
        self
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<tf.Operation '{}' type={}>",
            self.name(),
            self.op_type()
        )
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ControlInput for Operation {
    fn operation(&self) -> Operation {
        self.clone()
    }
}

impl Graph {
    /// The handle on one of the graph's nodes.
    pub(crate) fn operation_at(&self, node: NodeId) -> Operation {
        Operation::new(self.clone(), node)
    }

    /// The tensors that a node reads.
    pub(crate) fn node_inputs(&self, node: NodeId) -> Vec<AnyTensor> {
        let state = self.state();
        let dtype = |output: &Output| {
            let outputs = &state.nodes[output.node.index()].outputs;
            let info = outputs.get(output.index);
            info.map_or(DType::Float32, |info| info.dtype)
        };
        let inputs = state.nodes[node.index()].inputs.iter();
        let inputs: Vec<_> = inputs.map(|output| (*output, dtype(output))).collect();
        drop(state);
        let handle = |(output, dtype): (Output, DType)| {
            self.operation_at(output.node)
                .any_output(output.index, dtype)
        };
        inputs.into_iter().map(handle).collect()
    }
}
