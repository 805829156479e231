//! [`HyperParameter`]: a number that an optimizer is given.

use crate::graph::{Graph, Tensor};
use crate::variables::Variable;

/// A number that an optimizer is given, such as its learning rate: a number, or a tensor whose
/// value may differ from run to run, such as a placeholder or a schedule.
///
/// In the graph it is of type `float32` and is cast to the variable's type where it is used, as in
/// TensorFlow: with `f64` variables the rate 0.1 is 0.10000000149011612.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HyperParameter {
    /// A number, which becomes a constant.
    Number(f32),
    /// A scalar computed in the graph.
    Tensor(Tensor<f32>),
}

impl HyperParameter {
    /// The tensor, called `name` under the current scope if it has to become a constant.
    #[track_caller]
    pub fn tensor(&self, graph: &Graph, name: &str) -> Tensor<f32> {
        match self {
            HyperParameter::Number(number) => graph.constant(*number).named(name),
            HyperParameter::Tensor(tensor) => tensor.clone(),
        }
    }
}

impl From<f32> for HyperParameter {
    fn from(number: f32) -> Self {
        HyperParameter::Number(number)
    }
}

impl From<f64> for HyperParameter {
    fn from(number: f64) -> Self {
        HyperParameter::Number(number as f32)
    }
}

impl From<Tensor<f32>> for HyperParameter {
    fn from(tensor: Tensor<f32>) -> Self {
        HyperParameter::Tensor(tensor)
    }
}

impl From<&Tensor<f32>> for HyperParameter {
    fn from(tensor: &Tensor<f32>) -> Self {
        HyperParameter::Tensor(tensor.clone())
    }
}

impl From<Variable<f32>> for HyperParameter {
    fn from(variable: Variable<f32>) -> Self {
        HyperParameter::Tensor(variable.value())
    }
}

impl From<&Variable<f32>> for HyperParameter {
    fn from(variable: &Variable<f32>) -> Self {
        HyperParameter::Tensor(variable.value())
    }
}
