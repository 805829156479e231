//! [`NumberOrTensor`]: a number that is known when the graph is built, or a tensor that the run
//! computes.

use crate::graph::{Graph, IntoTensor, Tensor};
use crate::types::Element;

/// An option that is a number, or a scalar tensor whose value the run computes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum NumberOrTensor<T: Element> {
    /// A number, which becomes a constant.
    Number(T),
    /// A scalar computed in the graph.
    Tensor(Tensor<T>),
}

impl<T: Element> NumberOrTensor<T> {
    /// Whether it is known to be `number`.
    pub(crate) fn is(&self, number: T) -> bool {
        matches!(self, NumberOrTensor::Number(known) if *known == number)
    }
}

impl<T: Element> IntoTensor<T> for NumberOrTensor<T> {
    fn graph(&self) -> Option<Graph> {
        match self {
            NumberOrTensor::Number(_) => None,
            NumberOrTensor::Tensor(tensor) => Some(tensor.graph().clone()),
        }
    }

    fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T> {
        match self {
            NumberOrTensor::Number(number) => number.into_tensor(graph, name),
            NumberOrTensor::Tensor(tensor) => tensor,
        }
    }
}

impl<T: Element> From<T> for NumberOrTensor<T> {
    fn from(number: T) -> Self {
        NumberOrTensor::Number(number)
    }
}

impl<T: Element> From<Tensor<T>> for NumberOrTensor<T> {
    fn from(tensor: Tensor<T>) -> Self {
        NumberOrTensor::Tensor(tensor)
    }
}

impl<T: Element> From<&Tensor<T>> for NumberOrTensor<T> {
    fn from(tensor: &Tensor<T>) -> Self {
        NumberOrTensor::Tensor(tensor.clone())
    }
}
