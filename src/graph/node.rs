//! [`Node`]: an op in its place in the graph.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::Arc;

use ndarray::{ArrayD, IxDyn};
use smallvec::SmallVec;

use crate::types::{DType, Element, NodeRef, Number, Shape, Value, with_class};

use super::{Conditions, Op};

/// A node's place in its graph, counted in the order of making.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

impl NodeId {
    /// The place as an index into the graph's nodes.
    pub fn index(self) -> usize {
        self.0 as usize
    }

    pub(crate) fn from_index(index: usize) -> Self {
        NodeId(u32::try_from(index).expect("a graph holds fewer than 2^32 nodes"))
    }
}

/// One output of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Output {
    /// The node.
    pub node: NodeId,
    /// Which of its outputs, from 0.
    pub index: usize,
}

/// What is known of a tensor while the graph is built.
#[derive(Clone, Debug)]
pub struct TensorInfo {
    /// The element type.
    pub dtype: DType,
    /// What is known of the shape.
    pub shape: Shape,
    /// Whether this is a variable's own memory rather than a value (`float32_ref`).
    pub is_ref: bool,
    /// The whole value, of constants and of small integer tensors computed from constants.
    pub constant: Option<Arc<Value<'static>>>,
    /// The elements in row-major order, of an integer tensor; some of them may be known.
    pub partial: Option<Arc<[Option<i64>]>>,
}

impl TensorInfo {
    /// A tensor of this type and shape of whose value nothing is known.
    pub fn new(dtype: DType, shape: impl Into<Shape>) -> Self {
        TensorInfo {
            dtype,
            shape: shape.into(),
            is_ref: false,
            constant: None,
            partial: None,
        }
    }

    /// The same, an `int32` or `int64` tensor of known shape, with some or all of its elements
    /// known.
    pub fn with_elements(mut self, elements: Vec<Option<i64>>) -> Self {
        let known: Option<Vec<i64>> = elements.iter().copied().collect();
        let whole = known
            .zip(self.shape.to_known())
            .and_then(|(elements, shape)| {
                with_class!(index, self.dtype, T => {
                let elements = elements.into_iter().map(T::from_i64).collect();
                let array = ArrayD::from_shape_vec(IxDyn(&shape), elements).ok()?;
                Some(T::wrap(array.into()))
            }, None)
            });
        match whole {
            Some(value) => self.constant = Some(Arc::new(value)),
            None => self.partial = Some(elements.into()),
        }
        self
    }

    /// The same, with the whole value known.
    pub fn with_constant(mut self, value: Value<'static>) -> Self {
        self.constant = Some(Arc::new(value));
        self
    }

    /// The same as a variable's own memory.
    pub fn as_ref_type(mut self) -> Self {
        self.is_ref = true;
        self
    }

    /// The elements of an integer tensor, each if it is known; `None` if none is, or if there are
    /// very many of them: those are not lengths, axes or indices that a shape rule could use.
    pub fn elements(&self) -> Option<Vec<Option<i64>>> {
        /// A constant of a few bytes in a file may be repeated this often, and be read by every
        /// node.
        const MOST: usize = 1 << 16;
        match (&self.constant, &self.partial) {
            (Some(value), _) if value.shape().iter().product::<usize>() > MOST => None,
            (Some(value), _) => Some(value.to_i64_vec().ok()??.into_iter().map(Some).collect()),
            (None, Some(partial)) => Some(partial.to_vec()),
            (None, None) => None,
        }
    }

    /// The element type as it prints: `float32`, or `float32_ref` of a variable.
    pub fn dtype_name(&self) -> String {
        format!("{}{}", self.dtype, if self.is_ref { "_ref" } else { "" })
    }
}

/// An op with its name, operands and results.
#[derive(Clone, Debug)]
pub struct Node {
    pub(crate) name: Arc<str>,
    pub(crate) op: Arc<dyn Op>,
    pub(crate) inputs: SmallVec<[Output; 2]>,
    pub(crate) control_inputs: Vec<NodeId>,
    /// Empty if the node holds a mistake.
    pub(crate) outputs: SmallVec<[TensorInfo; 1]>,
    /// The mistake that this node, or one that it depends on, holds: its index among the graph's
    /// mistakes.
    pub(crate) failure: Option<usize>,
    /// What the node is made under, if anything.
    pub(crate) conditions: Option<Arc<Conditions>>,
    /// Whether more was claimed of an output's shape than the shape rule said: what a run finds
    /// counts instead.
    pub(crate) claimed: bool,
    pub(crate) location: &'static Location<'static>,
    /// What a file said of the node besides.
    #[cfg_attr(
        not(any(feature = "summary", feature = "graph_def")),
        expect(dead_code, reason = "only what writes graphs reads it")
    )]
    pub(crate) extra: Option<Box<NodeExtra>>,
}

/// What a file says of a node and nothing here uses, kept to be written back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NodeExtra {
    /// The device that it is to run on.
    pub(crate) device: String,
    /// Attributes by their names, as the file has them.
    pub(crate) attributes: BTreeMap<String, Vec<u8>>,
    /// Where it comes from, as the file has it.
    pub(crate) debug_info: Option<Vec<u8>>,
}

impl Node {
    pub(crate) fn to_ref(&self) -> NodeRef {
        NodeRef {
            name: self.name.to_string(),
            op: self.op.op_type().to_string(),
            location: self.location,
        }
    }
}
