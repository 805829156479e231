//! [`AnyVariable`]: a handle on a variable whose element type is known only at run time.

use std::fmt;
use std::ops::Deref;
use std::panic::Location;

use super::Variable;
use crate::gradients::{CustomInputs, GradientSources, GradientTargets};
use crate::graph::{AnyTensor, ControlInput, Graph, Operation, TensorHandle};
use crate::types::{DType, Element, Error, NodeRef, Result, Shape};

/// A handle on a variable whose element type is known only at run time.
#[derive(Clone)]
pub struct AnyVariable {
    /// The variable's memory.
    pub(super) memory: AnyTensor,
    /// Its value, as read at the start of a run.
    pub(super) read: AnyTensor,
    pub(super) initial_value: AnyTensor,
    pub(super) initializer: Operation,
}

impl AnyVariable {
    /// The graph that the variable belongs to.
    pub fn graph(&self) -> &Graph {
        self.memory.graph()
    }

    /// The variable's name, such as `W1:0`.
    pub fn name(&self) -> String {
        self.memory.name()
    }

    /// The operation that holds the variable.
    pub fn op(&self) -> Operation {
        self.memory.op()
    }

    /// The variable's node, for a message.
    pub(super) fn node_ref(&self) -> NodeRef {
        self.memory.node_ref()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.memory.dtype()
    }

    /// The shape.
    pub fn shape(&self) -> Shape {
        self.memory.shape()
    }

    /// The variable's memory, as ops that update it take it.
    pub fn memory(&self) -> &AnyTensor {
        &self.memory
    }

    /// The variable's value as a tensor.
    pub fn value(&self) -> &AnyTensor {
        &self.read
    }

    /// The operation that gives the variable its initial value.
    pub fn initializer(&self) -> &Operation {
        &self.initializer
    }

    /// The tensor that the variable is initialized with.
    pub fn initial_value(&self) -> &AnyTensor {
        &self.initial_value
    }

    /// The typed handle.
    ///
    /// # Errors
    /// `InvalidArgument` if the elements are not of type `T`.
    #[track_caller]
    pub fn typed<T: Element>(&self) -> Result<Variable<T>> {
        if T::DTYPE == self.dtype() {
            return Ok(Variable::from_any(self.clone()));
        }
        Err(self.is_not_of(T::DTYPE, Location::caller()))
    }

    fn is_not_of(&self, dtype: DType, location: &'static Location<'static>) -> Error {
        let message = format!("{self} has elements of type {}, not {dtype}", self.dtype());
        Error::invalid_argument(message)
            .at_node(|| self.node_ref())
            .at_location(location)
    }
}

impl fmt::Display for AnyVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.memory.output() == self.read.output() && !self.is_failed() {
            // A tensor that a custom getter returned.
            return self.memory.fmt(f);
        }
        write!(
            f,
            "<tf.Variable '{}' shape={} dtype={}_ref>",
            self.name(),
            self.shape(),
            self.dtype()
        )
    }
}

impl fmt::Debug for AnyVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&AnyVariable> for AnyVariable {
    fn from(variable: &AnyVariable) -> Self {
        variable.clone()
    }
}

impl<T: Element> From<&Variable<T>> for AnyVariable {
    fn from(variable: &Variable<T>) -> Self {
        variable.any()
    }
}

impl From<&&AnyVariable> for AnyVariable {
    fn from(variable: &&AnyVariable) -> Self {
        (*variable).clone()
    }
}

impl<T: Element> From<&&Variable<T>> for AnyVariable {
    fn from(variable: &&Variable<T>) -> Self {
        variable.any()
    }
}

impl<T: Element> From<Variable<T>> for AnyVariable {
    fn from(variable: Variable<T>) -> Self {
        variable.any()
    }
}

/// A variable stands where a tensor is wanted for its value.
impl Deref for AnyVariable {
    type Target = AnyTensor;

    fn deref(&self) -> &AnyTensor {
        &self.read
    }
}

impl From<AnyVariable> for AnyTensor {
    fn from(variable: AnyVariable) -> Self {
        variable.read
    }
}

impl From<&AnyVariable> for AnyTensor {
    fn from(variable: &AnyVariable) -> Self {
        variable.read.clone()
    }
}

impl TensorHandle for AnyVariable {
    fn any_tensor(&self) -> AnyTensor {
        self.read.clone()
    }
}

impl GradientSources for AnyVariable {
    fn sources(&self) -> Vec<AnyTensor> {
        vec![self.read.clone()]
    }
}

impl ControlInput for AnyVariable {
    fn operation(&self) -> Operation {
        self.op()
    }
}

impl CustomInputs for AnyVariable {
    type Tensors = AnyTensor;

    fn tensors(&self) -> AnyTensor {
        self.read.clone()
    }
}

impl GradientTargets for AnyVariable {
    type Output = AnyTensor;

    fn targets(&self) -> Vec<AnyTensor> {
        vec![self.memory.clone()]
    }

    fn collect(&self, gradients: Vec<AnyTensor>) -> AnyTensor {
        gradients[0].clone()
    }
}
