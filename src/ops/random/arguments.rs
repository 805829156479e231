//! [`Param`]: what says from which distribution to draw.

use crate::graph::{Graph, IntoTensor, Tensor};
use crate::types::Element;

/// A parameter of a distribution: a number, or a tensor computed in the graph.
#[derive(Clone, Debug)]
pub struct Param<T: Element>(Parameter<T>);

#[derive(Clone, Debug)]
enum Parameter<T: Element> {
    Number(T),
    Tensor(Tensor<T>),
}

impl<T: Element> Param<T> {
    /// The parameter as a tensor; a number becomes a constant called `name`.
    pub(super) fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T> {
        match self.0 {
            Parameter::Number(number) => number.into_tensor(graph, name),
            Parameter::Tensor(tensor) => tensor,
        }
    }
}

impl<T: Element> From<T> for Param<T> {
    fn from(number: T) -> Self {
        Param(Parameter::Number(number))
    }
}

impl<T: Element> From<Tensor<T>> for Param<T> {
    fn from(tensor: Tensor<T>) -> Self {
        Param(Parameter::Tensor(tensor))
    }
}

impl<T: Element> From<&Tensor<T>> for Param<T> {
    fn from(tensor: &Tensor<T>) -> Self {
        Param(Parameter::Tensor(tensor.clone()))
    }
}
