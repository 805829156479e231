//! [`OpDef`]: what is known of an op type before there is an op of it. [`NodeSpec`]: what a file
//! says of a node.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::types::{DType, Error, Result};

use super::no_kernel::no_kernel;
use super::{Attribute, AttributeValue, Attributes, Op, Signature, TensorInfo};

/// Whether and how an op can be differentiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differentiable {
    /// The op has a gradient rule.
    Yes,
    /// The result does not depend smoothly on the inputs, so no gradient flows; TensorFlow's
    /// `NotDifferentiable`.
    No,
    /// The op has no gradient rule, and asking for one is an error.
    Undefined,
}

/// What makes the op of a node.
pub type Make = fn(&NodeSpec<'_>) -> Result<Arc<dyn Op>>;

/// A row of the op table.
#[derive(Clone, Copy, Debug)]
pub struct OpDef {
    /// TensorFlow's registration of the op, `MatMul(a: T, b: T) -> (product: T)`; see
    /// [`Signature`].
    pub signature: &'static str,
    /// Whether it can be differentiated.
    pub differentiable: Differentiable,
    /// What makes the op from attributes and input types; `None` of an op that is not read from
    /// files.
    pub make: Option<Make>,
    /// The op type that has taken this one's place: only older files have this one.
    pub newer: Option<&'static str>,
}

impl OpDef {
    /// The row of an op with a gradient rule.
    pub const fn smooth(signature: &'static str) -> Self {
        OpDef::new(signature, Differentiable::Yes)
    }

    /// The row of an op through which no gradient flows.
    pub const fn flat(signature: &'static str) -> Self {
        OpDef::new(signature, Differentiable::No)
    }

    /// The row of an op without a gradient rule.
    pub const fn opaque(signature: &'static str) -> Self {
        OpDef::new(signature, Differentiable::Undefined)
    }

    const fn new(signature: &'static str, differentiable: Differentiable) -> Self {
        OpDef {
            signature,
            differentiable,
            make: None,
            newer: None,
        }
    }

    /// The row of an op whose place `newer` has taken.
    pub const fn superseded_by(self, newer: &'static str) -> Self {
        OpDef {
            newer: Some(newer),
            ..self
        }
    }

    /// The row of an op that `make` makes from what a file says of a node.
    pub const fn made(self, make: Make) -> Self {
        OpDef {
            make: Some(make),
            ..self
        }
    }

    /// The row without what makes ops: who holds it links no kernel.
    pub(crate) const fn without_make(self) -> Self {
        OpDef { make: None, ..self }
    }

    /// The op type: `MatMul`.
    pub fn name(&self) -> &'static str {
        let name = self.signature.split_once('(');
        name.map_or(self.signature, |(name, _)| name)
    }

    /// The registration, taken apart.
    ///
    /// # Errors
    /// `InvalidArgument` if the text is not a registration.
    pub fn signature(&self) -> Result<Signature> {
        Signature::parse(self.signature)
    }
}

/// A node as a file describes it: what its op is made of.
#[derive(Debug)]
pub struct NodeSpec<'n> {
    signature: &'n Signature,
    attributes: &'n BTreeMap<String, Attribute>,
    inputs: &'n [TensorInfo],
    producer: i32,
}

impl<'n> NodeSpec<'n> {
    /// A node with exactly these attributes, and with inputs of the number and types that the
    /// signature says.
    pub fn new(
        signature: &'n Signature,
        attributes: &'n BTreeMap<String, Attribute>,
        inputs: &'n [TensorInfo],
    ) -> Self {
        NodeSpec {
            signature,
            attributes,
            inputs,
            producer: i32::MAX,
        }
    }

    /// The same of a file that this version of TensorFlow's format wrote.
    pub fn of_producer(self, producer: i32) -> Self {
        NodeSpec { producer, ..self }
    }

    /// The version of TensorFlow's format that wrote the file: for ops whose attributes had another
    /// meaning once.
    pub fn producer(&self) -> i32 {
        self.producer
    }

    /// The op type.
    pub fn op_type(&self) -> &'static str {
        self.signature.op_type
    }

    /// What is known of the inputs.
    pub fn inputs(&self) -> &[TensorInfo] {
        self.inputs
    }

    /// The attribute called `name`, or its default.
    ///
    /// # Errors
    /// `InvalidArgument` if it is missing and has no default, or is of another kind.
    pub fn attribute<A: AttributeValue>(&self, name: &str) -> Result<A> {
        let attribute = self.find(name).ok_or_else(|| self.misses(name))?;
        A::from_attribute(attribute).ok_or_else(|| {
            let kind = std::any::type_name::<A>();
            let op_type = self.op_type();
            Error::invalid_argument(format!(
                "attr '{name}' of {op_type} is {attribute:?}, where {kind} is expected"
            ))
        })
    }

    /// The op, of a type that knows how to be made.
    ///
    /// # Errors
    /// If an attribute is missing or has a value that the op cannot have.
    pub fn op<O: FromNode>(&self) -> Result<O> {
        O::from_node(self)
    }

    /// All attributes of a struct.
    ///
    /// # Errors
    /// As for [`attribute`](NodeSpec::attribute).
    pub fn attributes<A: Attributes>(&self) -> Result<A> {
        A::read(self)
    }

    /// The attribute `name` as a number of tensors: of outputs, for example.
    ///
    /// # Errors
    /// As for [`attribute`](NodeSpec::attribute), and if it is negative.
    pub fn count(&self, name: &str) -> Result<usize> {
        let count = self.attribute::<i64>(name)?;
        usize::try_from(count).map_err(|_| {
            let op_type = self.op_type();
            Error::invalid_argument(format!(
                "attr '{name}' of {op_type} is {count}, which is negative"
            ))
        })
    }

    /// The element type that the attribute `name` says.
    ///
    /// # Errors
    /// As for [`attribute`](NodeSpec::attribute).
    pub fn dtype(&self, name: &str) -> Result<DType> {
        self.attribute(name)
    }

    /// The mistake of a type for which there is no kernel.
    pub(crate) fn has_no_kernel(&self, name: &str, dtype: DType) -> Error {
        no_kernel(self.op_type(), name, dtype)
    }

    fn find(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .get(name)
            .or_else(|| self.signature.attribute(name)?.default.as_ref())
    }

    fn misses(&self, name: &str) -> Error {
        let op_type = self.op_type();
        Error::invalid_argument(format!("NodeDef missing attr '{name}' from Op {op_type}"))
    }
}

/// Ops that are made from what a file says of a node, where that takes more than an expression in
/// the row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not know how to be made from a node",
    note = "implement `FromNode` for it, or write what makes it in the row: `OpDef::smooth(..).made(|node| ..)`"
)]
pub trait FromNode: Sized {
    /// The op of this node.
    ///
    /// # Errors
    /// If an attribute is missing or has a value that the op cannot have.
    fn from_node(node: &NodeSpec<'_>) -> Result<Self>;
}
