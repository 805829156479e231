//! Schedules: learning rates that fall as training goes on.

mod cosine;
mod exponential;
mod piecewise;
mod polynomial;

pub use cosine::{
    CosineDecay, CosineDecayRestarts, LinearCosineDecay, cosine_decay, cosine_decay_restarts,
    cosine_decay_restarts_with, cosine_decay_with, linear_cosine_decay, linear_cosine_decay_with,
};
pub use exponential::{
    Decay, exponential_decay, exponential_decay_with, inverse_time_decay, inverse_time_decay_with,
    natural_exp_decay, natural_exp_decay_with,
};
pub use piecewise::piecewise_constant;
pub use polynomial::{PolynomialDecay, polynomial_decay, polynomial_decay_with};

use super::hyper_parameter::HyperParameter;
use crate::graph::{Graph, Tensor};
use crate::ops::math::{cast_constant, minimum};
use crate::types::WholeNumber;
use crate::variables::Variable;

/// How many steps a schedule takes: an integer, another number, or a scalar computed in the graph.
///
/// As in TensorFlow, an integer becomes a constant of type `int32`, or `int64` if it is too large
/// for one, that is cast to `float32`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DecaySteps {
    /// An integer.
    Integer(i64),
    /// Any other number.
    Number(f32),
    /// A scalar computed in the graph.
    Tensor(Tensor<f32>),
}

impl DecaySteps {
    /// The number as a tensor.
    #[track_caller]
    fn tensor(&self, graph: &Graph) -> Tensor<f32> {
        match self {
            DecaySteps::Integer(steps) => match i32::try_from(*steps) {
                Ok(steps) => cast_constant(graph, steps),
                Err(_) => cast_constant(graph, *steps),
            },
            DecaySteps::Number(steps) => cast_constant(graph, *steps),
            DecaySteps::Tensor(steps) => steps.clone(),
        }
    }

    /// `step`, or this number if it is smaller.
    #[track_caller]
    fn limit(&self, step: Tensor<f32>) -> Tensor<f32> {
        match self {
            DecaySteps::Integer(steps) => minimum(step, *steps as f32),
            DecaySteps::Number(steps) => minimum(step, *steps),
            DecaySteps::Tensor(steps) => minimum(step, steps),
        }
    }
}

impl<N: WholeNumber> From<N> for DecaySteps {
    fn from(steps: N) -> Self {
        DecaySteps::Integer(steps.to_i64())
    }
}

impl From<f32> for DecaySteps {
    fn from(steps: f32) -> Self {
        DecaySteps::Number(steps)
    }
}

impl From<f64> for DecaySteps {
    fn from(steps: f64) -> Self {
        DecaySteps::Number(steps as f32)
    }
}

impl From<Tensor<f32>> for DecaySteps {
    fn from(steps: Tensor<f32>) -> Self {
        DecaySteps::Tensor(steps)
    }
}

impl From<&Tensor<f32>> for DecaySteps {
    fn from(steps: &Tensor<f32>) -> Self {
        DecaySteps::Tensor(steps.clone())
    }
}

impl From<Variable<f32>> for DecaySteps {
    fn from(steps: Variable<f32>) -> Self {
        DecaySteps::Tensor(steps.value())
    }
}

impl From<&Variable<f32>> for DecaySteps {
    fn from(steps: &Variable<f32>) -> Self {
        DecaySteps::Tensor(steps.value())
    }
}

/// A number as TensorFlow's `cast` makes a tensor of it.
#[track_caller]
fn number(graph: &Graph, number: &HyperParameter) -> Tensor<f32> {
    match number {
        HyperParameter::Number(number) => cast_constant(graph, *number),
        HyperParameter::Tensor(tensor) => tensor.clone(),
    }
}
