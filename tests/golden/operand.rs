//! [`Operand`]: what a binding hands to the crate in place of a tensor.

use ndarray::ArrayD;
use tf1::{Element, Graph, InitialValue, Integer, Integers, IntoIntegers, IntoTensor, Tensor};

/// What stands where a tensor of `T` is wanted: a tensor, or numbers that will become a constant.
#[derive(Clone, Debug)]
pub enum Operand<T: Element> {
    Tensor(Tensor<T>),
    Array(ArrayD<T>),
}

impl<T: Element> InitialValue<T> for Operand<T> {}

impl<T: Element> IntoTensor<T> for Operand<T> {
    fn graph(&self) -> Option<Graph> {
        match self {
            Operand::Tensor(tensor) => Some(tensor.graph().clone()),
            Operand::Array(_) => None,
        }
    }

    fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T> {
        match self {
            Operand::Tensor(tensor) => tensor,
            Operand::Array(array) => array.into_tensor(graph, name),
        }
    }
}

impl<T: Integer> IntoIntegers for Operand<T>
where
    ArrayD<T>: IntoIntegers,
{
    fn into_integers(self) -> Integers {
        match self {
            Operand::Tensor(tensor) => tensor.into_integers(),
            Operand::Array(array) => array.into_integers(),
        }
    }
}
