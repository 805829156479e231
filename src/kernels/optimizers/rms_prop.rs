//! RMSProp, plain and centered.

use super::{Rows, Step, change_four, change_three};
use crate::types::Float;

/// The numbers of a step of RMSProp, for some `ROWS` or a whole variable: TensorFlow computes the means in two ways, of which the one
/// for rows keeps one that is infinite.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RmsPropStep<T, const ROWS: bool> {
    pub(crate) learning_rate: T,
    /// How slowly the means fade.
    pub(crate) rho: T,
    pub(crate) momentum: T,
    pub(crate) epsilon: T,
}

/// The numbers of a step of RMSProp that divides by the deviation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CenteredRmsPropStep<T, const ROWS: bool>(pub(crate) RmsPropStep<T, ROWS>);

impl<T: Float, const ROWS: bool> RmsPropStep<T, ROWS> {
    /// A mean that fades as `rho` says, with a new value.
    #[inline(always)]
    fn faded(self, mean: T, value: T) -> T {
        let rest = T::ONE - self.rho;
        if ROWS {
            mean * self.rho + value * rest
        } else {
            mean + (value - mean) * rest
        }
    }

    /// The momentum after a gradient that is divided by the root of `square`.
    #[inline(always)]
    fn moved(self, momentum: T, gradient: T, square: T) -> T {
        momentum * self.momentum + gradient * self.learning_rate / square.sqrt()
    }

    /// The variable, the mean of squares and the momentum after the step.
    #[inline(always)]
    fn after(self, variable: T, ms: T, momentum: T, gradient: T) -> (T, T, T) {
        let ms = self.faded(ms, gradient * gradient);
        let momentum = self.moved(momentum, gradient, ms + self.epsilon);
        (variable - momentum, ms, momentum)
    }

    /// The variable, the mean, the mean of squares and the momentum after the step.
    #[inline(always)]
    fn after_centered(self, variable: T, [mg, ms, momentum]: [T; 3], gradient: T) -> (T, [T; 3]) {
        let ms = self.faded(ms, gradient * gradient);
        let mg = self.faded(mg, gradient);
        let variance = if ROWS {
            ms + self.epsilon - mg * mg
        } else {
            ms - mg * mg + self.epsilon
        };
        let momentum = self.moved(momentum, gradient, variance);
        (variable - momentum, [mg, ms, momentum])
    }
}

impl<T: Float, const ROWS: bool> Step<T, 3> for RmsPropStep<T, ROWS> {
    /// `ms += (gradient² - ms) · (1 - rho)`, `mom = momentum · mom + learning_rate · gradient / √(ms + epsilon)`,
    /// `variable -= mom`. Of rows, `ms = rho · ms + (1 - rho) · gradient²`.
    fn change(self, [variable, ms, mom]: [&mut [T]; 3], gradient: &[T], rows: Rows<'_>) {
        change_three(
            variable,
            [ms, mom],
            gradient,
            rows,
            #[inline(always)]
            |x, ms, mom, g| self.after(x, ms, mom, g),
        );
    }
}

impl<T: Float, const ROWS: bool> Step<T, 4> for CenteredRmsPropStep<T, ROWS> {
    /// As [`RmsPropStep`] with `mg += (gradient - mg) · (1 - rho)` and √(ms - mg² + epsilon) below the gradient. Of rows,
    /// `mg = rho · mg + (1 - rho) · gradient`.
    fn change(self, [variable, mg, ms, mom]: [&mut [T]; 4], gradient: &[T], rows: Rows<'_>) {
        change_four(
            variable,
            [mg, ms, mom],
            gradient,
            rows,
            #[inline(always)]
            |x, slots, g| self.0.after_centered(x, slots, g),
        );
    }
}
