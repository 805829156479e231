//! Adam.

use super::{Rows, Step, change_three};
use crate::types::Float;

/// The numbers of a step of Adam.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdamStep<T> {
    pub(crate) learning_rate: T,
    pub(crate) beta1: T,
    pub(crate) beta2: T,
    pub(crate) epsilon: T,
    /// `beta1` to the power of the number of this step.
    pub(crate) beta1_power: T,
    /// `beta2` to the power of the number of this step.
    pub(crate) beta2_power: T,
}

/// What [`AdamStep`] makes of its numbers for all elements alike.
#[derive(Clone, Copy)]
struct AdamFactors<T> {
    /// α = `learning_rate · √(1 - beta2_power) / (1 - beta1_power)`
    alpha: T,
    /// 1 - `beta1`
    rest1: T,
    /// 1 - `beta2`
    rest2: T,
    epsilon: T,
}

impl<T: Float> AdamStep<T> {
    fn factors(self) -> AdamFactors<T> {
        let root = (T::ONE - self.beta2_power).sqrt();
        AdamFactors {
            alpha: self.learning_rate * root / (T::ONE - self.beta1_power),
            rest1: T::ONE - self.beta1,
            rest2: T::ONE - self.beta2,
            epsilon: self.epsilon,
        }
    }
}

impl<T: Float> AdamFactors<T> {
    /// The variable and its moments after the step.
    #[inline(always)]
    fn after(self, variable: T, m: T, v: T, gradient: T) -> (T, T, T) {
        let m = m + (gradient - m) * self.rest1;
        let v = v + (gradient * gradient - v) * self.rest2;
        let variable = variable - (m * self.alpha) / (v.sqrt() + self.epsilon);
        (variable, m, v)
    }
}

impl<T: Float> Step<T, 3> for AdamStep<T> {
    /// With α = `learning_rate · √(1 - beta2_power) / (1 - beta1_power)`:
    /// `m += (gradient - m) · (1 - beta1)`, `v += (gradient² - v) · (1 - beta2)`, `variable -= α · m / (√v + epsilon)`.
    fn change(self, [variable, m, v]: [&mut [T]; 3], gradient: &[T], rows: Rows<'_>) {
        let factors = self.factors();
        change_three(
            variable,
            [m, v],
            gradient,
            rows,
            #[inline(always)]
            |x, m, v, g| factors.after(x, m, v, g),
        );
    }
}
