//! `ApplyGradientDescent`.

use super::update::{Apply, Rule, apply};
use crate::graph::{NodeSpec, Tensor};
use crate::kernels::optimizers::{Rows, Step, change_one};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::state::Assignable;
use crate::types::{Float, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "ApplyGradientDescent(var: Ref(T), alpha: T, delta: T) -> (out: Ref(T)); \
     use_locking: bool = false; \
        T in number",
    T: floating, |node| node.op::<Apply<T, Descent, 1, 1>>()?
)];

/// A step of gradient descent, as TensorFlow's op `ApplyGradientDescent` makes it: `variable -=
/// learning_rate · gradient`. The result is the new value.
///
/// `learning_rate` is a scalar, `gradient` has the variable's shape.
///
/// # Errors
/// `InvalidArgument` if `variable` is not a variable or the shapes do not fit; `FailedPrecondition`
/// when run before the variable has a value.
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

    fn from_node(_: &NodeSpec<'_>) -> Result<Self> {
        Ok(Descent)
    }

    fn step(&self, [learning_rate]: [T; 1]) -> GradientDescentStep<T> {
        GradientDescentStep(learning_rate)
    }
}

/// The learning rate of a step of gradient descent.
#[derive(Clone, Copy, Debug)]
struct GradientDescentStep<T>(T);

impl<T: Float> Step<T, 1> for GradientDescentStep<T> {
    /// `variable -= learning_rate · gradient`.
    fn change(self, [variable]: [&mut [T]; 1], gradient: &[T], rows: Rows<'_>) {
        change_one(
            variable,
            gradient,
            rows,
            #[inline(always)]
            |x, gradient| x - gradient * self.0,
        );
    }
}
