//! Gradient descent and Adagrad that pull the variable toward 0 after each step.

use super::{Rows, Step, change_one, change_two};
use crate::types::Float;

/// The numbers of a step of proximal gradient descent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProximalStep<T> {
    pub(crate) learning_rate: T,
    pub(crate) l1: T,
    pub(crate) l2: T,
}

/// The numbers of a step of proximal Adagrad.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProximalAdagradStep<T>(pub(crate) ProximalStep<T>);

impl<T: Float> ProximalStep<T> {
    /// The variable after a step at rate `rate`: `x = variable - rate · gradient`, then
    /// `sign(x) · max(|x| - rate · l1, 0) / (1 + rate · l2)`.
    #[inline(always)]
    fn after(self, variable: T, gradient: T, rate: T) -> T {
        let x = variable - gradient * rate;
        let shrunk = if self.l1 > T::ZERO {
            let rest = x.magnitude() - rate * self.l1;
            let rest = if rest < T::ZERO { T::ZERO } else { rest };
            x.signum_or_zero() * rest
        } else {
            x
        };
        shrunk / (T::ONE + self.l2 * rate)
    }
}

impl<T: Float> Step<T, 1> for ProximalStep<T> {
    fn change(self, [variable]: [&mut [T]; 1], gradient: &[T], rows: Rows<'_>) {
        change_one(
            variable,
            gradient,
            rows,
            #[inline(always)]
            |x, g| self.after(x, g, self.learning_rate),
        );
    }
}

impl<T: Float> Step<T, 2> for ProximalAdagradStep<T> {
    /// `accumulator += gradient²`, and a step at the rate `learning_rate / √accumulator`.
    fn change(self, [variable, accumulator]: [&mut [T]; 2], gradient: &[T], rows: Rows<'_>) {
        let step = self.0;
        change_two(
            variable,
            accumulator,
            gradient,
            rows,
            #[inline(always)]
            |x, accumulator, g| {
                let accumulator = accumulator + g * g;
                let rate = step.learning_rate / accumulator.sqrt();
                (step.after(x, g, rate), accumulator)
            },
        );
    }
}
