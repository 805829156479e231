//! Adadelta.

use super::{Rows, Step, change_three};
use crate::types::Float;

/// The numbers of a step of Adadelta.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdadeltaStep<T> {
    pub(crate) learning_rate: T,
    pub(crate) rho: T,
    pub(crate) epsilon: T,
}

impl<T: Float> AdadeltaStep<T> {
    /// A mean that fades as `rho` says, with a new value.
    #[inline(always)]
    fn faded(self, mean: T, value: T) -> T {
        mean * self.rho + value * (T::ONE - self.rho)
    }

    /// The variable and its means of squares after the step.
    #[inline(always)]
    fn after(self, variable: T, accum: T, accum_update: T, gradient: T) -> (T, T, T) {
        let accum = self.faded(accum, gradient * gradient);
        let root = (accum_update + self.epsilon).sqrt();
        let update = root / (accum + self.epsilon).sqrt() * gradient;
        let variable = variable - update * self.learning_rate;
        (variable, accum, self.faded(accum_update, update * update))
    }
}

impl<T: Float> Step<T, 3> for AdadeltaStep<T> {
    /// `accum = rho · accum + (1 - rho) · gradient²`, `update = √(accum_update + epsilon) / √(accum + epsilon) · gradient`,
    /// `variable -= learning_rate · update`, `accum_update = rho · accum_update + (1 - rho) · update²`.
    fn change(
        self,
        [variable, accum, accum_update]: [&mut [T]; 3],
        gradient: &[T],
        rows: Rows<'_>,
    ) {
        change_three(
            variable,
            [accum, accum_update],
            gradient,
            rows,
            #[inline(always)]
            |x, accum, accum_update, g| self.after(x, accum, accum_update, g),
        );
    }
}
