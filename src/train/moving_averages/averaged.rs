//! [`Averaged`]: what moving averages can be kept of.

use crate::graph::{AnyTensor, Graph, Operation, Output, Tensor};
use crate::types::Element;
use crate::variables::{AnyVariable, Variable};

/// A variable or a tensor, of any type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Averaged {
    /// A variable.
    Variable(AnyVariable),
    /// A tensor.
    Tensor(AnyTensor),
}

impl Averaged {
    /// The tensor, or a variable's memory. Reading the memory gives the value after what the reader
    /// waits for, such as an optimizer's step.
    pub(super) fn tensor(&self) -> &AnyTensor {
        match self {
            Averaged::Variable(variable) => variable.memory(),
            Averaged::Tensor(tensor) => tensor,
        }
    }

    pub(super) fn graph(&self) -> &Graph {
        self.tensor().graph()
    }

    pub(super) fn op(&self) -> Operation {
        self.tensor().op()
    }

    /// The graph's number and the place in it.
    pub(super) fn key(&self) -> (u64, Output) {
        (self.graph().id(), self.tensor().output())
    }
}

impl From<AnyVariable> for Averaged {
    fn from(variable: AnyVariable) -> Self {
        Averaged::Variable(variable)
    }
}

impl From<&AnyVariable> for Averaged {
    fn from(variable: &AnyVariable) -> Self {
        Averaged::Variable(variable.clone())
    }
}

impl<T: Element> From<Variable<T>> for Averaged {
    fn from(variable: Variable<T>) -> Self {
        Averaged::Variable(variable.any())
    }
}

impl<T: Element> From<&Variable<T>> for Averaged {
    fn from(variable: &Variable<T>) -> Self {
        Averaged::Variable(variable.any())
    }
}

impl From<AnyTensor> for Averaged {
    fn from(tensor: AnyTensor) -> Self {
        Averaged::Tensor(tensor)
    }
}

impl From<&AnyTensor> for Averaged {
    fn from(tensor: &AnyTensor) -> Self {
        Averaged::Tensor(tensor.clone())
    }
}

impl<T: Element> From<Tensor<T>> for Averaged {
    fn from(tensor: Tensor<T>) -> Self {
        Averaged::Tensor(tensor.any())
    }
}

impl<T: Element> From<&Tensor<T>> for Averaged {
    fn from(tensor: &Tensor<T>) -> Self {
        Averaged::Tensor(tensor.any())
    }
}

/// References to references, as iterators over lists of references have them.
macro_rules! from_reference_to_reference {
    ($([$($T:ident)?] $given:ty),+) => {$(
        impl$(<$T: Element>)? From<&&$given> for Averaged {
            fn from(averaged: &&$given) -> Self {
                Averaged::from(*averaged)
            }
        }
    )+};
}

from_reference_to_reference!([] AnyVariable, [] AnyTensor, [T] Variable<T>, [T] Tensor<T>);
