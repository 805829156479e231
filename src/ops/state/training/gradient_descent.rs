//! `ApplyGradientDescent`.

use super::update::{Rule, apply};
use crate::graph::Tensor;
use crate::kernels::optimizers::GradientDescentStep;
use crate::ops::state::Assignable;
use crate::types::Float;

/// A step of gradient descent, as TensorFlow's op `ApplyGradientDescent` makes it: `variable -= learning_rate · gradient`.
/// The result is the new value.
///
/// `learning_rate` is a scalar, `gradient` has the variable's shape.
///
/// # Errors
/// `InvalidArgument` if `variable` is not a variable or the shapes do not fit; `FailedPrecondition` when run before the
/// variable has a value.
#[track_caller]
pub fn apply_gradient_descent<T: Float>(
    variable: impl Assignable<T>,
    learning_rate: &Tensor<T>,
    gradient: &Tensor<T>,
) -> Tensor<T> {
    let (variables, numbers) = ([variable.reference()], [learning_rate]);
    apply(
        "ApplyGradientDescent",
        Descent,
        variables,
        numbers,
        gradient,
    )
}

#[derive(Debug)]
struct Descent;

impl<T: Float> Rule<T, 1, 1> for Descent {
    type Step = GradientDescentStep<T>;

    fn step(&self, [learning_rate]: [T; 1]) -> GradientDescentStep<T> {
        GradientDescentStep(learning_rate)
    }
}
