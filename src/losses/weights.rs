//! [`Weights`]: what losses are weighted with.

use crate::graph::Tensor;
use crate::variables::Variable;

/// The weights of losses: a number for all of them, or a tensor that broadcasts to their shape.
#[derive(Clone, Debug)]
pub struct Weights(pub(super) Kind);

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Number(f32),
    Tensor(Tensor<f32>),
}

impl From<f32> for Weights {
    fn from(weight: f32) -> Self {
        Weights(Kind::Number(weight))
    }
}

impl From<Tensor<f32>> for Weights {
    fn from(weights: Tensor<f32>) -> Self {
        Weights(Kind::Tensor(weights))
    }
}

impl From<&Tensor<f32>> for Weights {
    fn from(weights: &Tensor<f32>) -> Self {
        Weights::from(weights.clone())
    }
}

impl From<Variable<f32>> for Weights {
    fn from(weights: Variable<f32>) -> Self {
        Weights::from(weights.value())
    }
}

impl From<&Variable<f32>> for Weights {
    fn from(weights: &Variable<f32>) -> Self {
        Weights::from(weights.value())
    }
}
