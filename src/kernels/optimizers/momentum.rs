//! Gradient descent with momentum.

use super::{Rows, Step, change_two};
use crate::types::Float;

/// The numbers of a step of gradient descent with momentum.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MomentumStep<T> {
    pub(crate) learning_rate: T,
    pub(crate) momentum: T,
    pub(crate) use_nesterov: bool,
}

impl<T: Float> MomentumStep<T> {
    /// The variable and its accumulation after the step.
    #[inline(always)]
    fn after(self, variable: T, accumulation: T, gradient: T) -> (T, T) {
        let accumulation = accumulation * self.momentum + gradient;
        (variable - accumulation * self.learning_rate, accumulation)
    }

    /// The same after Nesterov.
    #[inline(always)]
    fn after_ahead(self, variable: T, accumulation: T, gradient: T) -> (T, T) {
        let accumulation = accumulation * self.momentum + gradient;
        let ahead = accumulation * self.momentum * self.learning_rate;
        (
            variable - (gradient * self.learning_rate + ahead),
            accumulation,
        )
    }
}

impl<T: Float> Step<T, 2> for MomentumStep<T> {
    /// `accumulation = momentum · accumulation + gradient`, then `variable -= learning_rate · accumulation`; or, after
    /// Nesterov, `variable -= learning_rate · (gradient + momentum · accumulation)`.
    fn change(self, [variable, accumulation]: [&mut [T]; 2], gradient: &[T], rows: Rows<'_>) {
        if self.use_nesterov {
            change_two(
                variable,
                accumulation,
                gradient,
                rows,
                #[inline(always)]
                |x, a, g| self.after_ahead(x, a, g),
            );
        } else {
            change_two(
                variable,
                accumulation,
                gradient,
                rows,
                #[inline(always)]
                |x, a, g| self.after(x, a, g),
            );
        }
    }
}
