//! `ApplyAdam`.

use super::update::{Apply, Rule, apply, expect_attribute};
use crate::graph::{NodeSpec, Tensor};
use crate::kernels::optimizers::AdamStep;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::state::Assignable;
use crate::types::{Float, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "ApplyAdam(var: Ref(T), m: Ref(T), v: Ref(T), beta1_power: T, beta2_power: T, \
     lr: T, beta1: T, beta2: T, epsilon: T, grad: T) -> (out: Ref(T)); \
     use_locking: bool = false; use_nesterov: bool = false; \
        T in number",
    T: floating, |node| node.op::<Apply<T, Adam, 3, 6>>()?
)];

/// The numbers of [`apply_adam`], all scalars.
#[derive(Clone, Debug)]
pub struct AdamTerms<T: Float> {
    /// `beta1` to the power of the number of this step.
    pub beta1_power: Tensor<T>,
    /// `beta2` to the power of the number of this step.
    pub beta2_power: Tensor<T>,
    /// How far to go.
    pub learning_rate: Tensor<T>,
    /// How slowly the mean of the gradients fades.
    pub beta1: Tensor<T>,
    /// How slowly the mean of their squares fades.
    pub beta2: Tensor<T>,
    /// Added to the root of the mean square, against division by zero.
    pub epsilon: Tensor<T>,
}

/// A step of Adam, as TensorFlow's op `ApplyAdam` makes it. The result is the variable's new value.
///
/// With α = `learning_rate · √(1 - beta2_power) / (1 - beta1_power)`:
/// `m += (gradient - m) · (1 - beta1)`, `v += (gradient² - v) · (1 - beta2)`, `variable -= α · m / (√v + epsilon)`.
///
/// # Errors
/// As [`apply_gradient_descent`](super::apply_gradient_descent).
#[track_caller]
pub fn apply_adam<T: Float>(
    variable: impl Assignable<T>,
    m: impl Assignable<T>,
    v: impl Assignable<T>,
    terms: &AdamTerms<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let variables = [variable.reference(), m.reference(), v.reference()];
    let numbers = [
        &terms.beta1_power,
        &terms.beta2_power,
        &terms.learning_rate,
        &terms.beta1,
        &terms.beta2,
        &terms.epsilon,
    ];
    apply("ApplyAdam", Adam, variables, numbers, gradient)
}

#[derive(Debug)]
struct Adam;

impl<T: Float> Rule<T, 3, 6> for Adam {
    type Step = AdamStep<T>;

    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        expect_attribute(node, "use_nesterov", false)?;
        Ok(Adam)
    }

    fn step(&self, numbers: [T; 6]) -> AdamStep<T> {
        let [
            beta1_power,
            beta2_power,
            learning_rate,
            beta1,
            beta2,
            epsilon,
        ] = numbers;
        AdamStep {
            learning_rate,
            beta1,
            beta2,
            epsilon,
            beta1_power,
            beta2_power,
        }
    }
}
