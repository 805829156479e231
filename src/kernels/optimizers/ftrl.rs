//! Follow the regularized leader.

use super::{Step, change_three};
use crate::types::Float;

/// The numbers of a step of FTRL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FtrlStep<T> {
    pub(crate) learning_rate: T,
    pub(crate) l1: T,
    pub(crate) l2: T,
    /// 0 of the op without shrinkage.
    pub(crate) l2_shrinkage: T,
    pub(crate) learning_rate_power: T,
}

impl<T: Float> FtrlStep<T> {
    /// The variable, the sum of squares and the linear term after the step; `power` raises to -`learning_rate_power`.
    #[inline(always)]
    fn after(
        self,
        (variable, accum, linear): (T, T, T),
        gradient: T,
        power: impl Fn(T) -> T,
    ) -> (T, T, T) {
        let two = T::from_f64(2.0);
        let sum = accum + gradient * gradient;
        let (old, new) = (power(accum), power(sum));
        let shrunk = gradient + two * self.l2_shrinkage * variable;
        let linear = linear + (shrunk - (new - old) / self.learning_rate * variable);
        let step = self.l1 * linear.signum_or_zero() - linear;
        let variable = step / (new / self.learning_rate + two * self.l2);
        // NaN is not above l1 either, as in TensorFlow.
        let outside = linear.magnitude() > self.l1;
        (if outside { variable } else { T::ZERO }, sum, linear)
    }
}

impl<T: Float> Step<T, 3> for FtrlStep<T> {
    /// With p = -`learning_rate_power`: `linear += gradient + 2·l2_shrinkage·variable - ((accum + gradient²)ᵖ - accumᵖ) /
    /// learning_rate · variable`, `accum += gradient²`, `variable = (l1·sign(linear) - linear) / (accumᵖ / learning_rate + 2·l2)`
    /// where |linear| > l1, else 0.
    fn change(self, [variable, accum, linear]: [&mut [T]; 3], gradient: &[T]) {
        let power = self.learning_rate_power.negated();
        if power == T::from_f64(0.5) {
            change_three(
                variable,
                accum,
                linear,
                gradient,
                #[inline(always)]
                |x, accum, linear, g| self.after((x, accum, linear), g, T::sqrt),
            );
        } else {
            let raised = |x: T| x.power(power).unwrap_or(T::NAN);
            change_three(variable, accum, linear, gradient, |x, accum, linear, g| {
                self.after((x, accum, linear), g, raised)
            });
        }
    }
}
