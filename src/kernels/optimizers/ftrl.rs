//! Follow the regularized leader.

use super::{Rows, Step, change_three};
use crate::types::Float;

/// The numbers of a step of FTRL, for some `ROWS` or a whole variable: TensorFlow pulls toward 0 in two ways, of which the one for
/// rows shows a linear term that is not a number. `SHRINKS` says whether the op has a shrinkage: 0 · ∞ is not nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FtrlStep<T, const ROWS: bool, const SHRINKS: bool> {
    pub(crate) learning_rate: T,
    pub(crate) l1: T,
    pub(crate) l2: T,
    /// Not read by the op without shrinkage.
    pub(crate) l2_shrinkage: T,
    pub(crate) learning_rate_power: T,
}

impl<T: Float, const ROWS: bool, const SHRINKS: bool> FtrlStep<T, ROWS, SHRINKS> {
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
        let shrunk = if SHRINKS {
            gradient + two * self.l2_shrinkage * variable
        } else {
            gradient
        };
        let linear = linear + (shrunk - (new - old) / self.learning_rate * variable);
        let pulled = self.pulled(linear, new / self.learning_rate + two * self.l2);
        (pulled, sum, linear)
    }

    /// The variable whose linear and quadratic terms are these.
    #[inline(always)]
    fn pulled(self, linear: T, quadratic: T) -> T {
        let l1 = self.l1;
        if ROWS {
            let held = if l1 < linear { l1 } else { linear };
            let held = if held < l1.negated() {
                l1.negated()
            } else {
                held
            };
            (held - linear) / quadratic
        } else {
            let variable = (l1 * linear.signum_or_zero() - linear) / quadratic;
            // NaN is not above l1 either, as in TensorFlow.
            let outside = linear.magnitude() > l1;
            if outside { variable } else { T::ZERO }
        }
    }
}

impl<T: Float, const ROWS: bool, const SHRINKS: bool> Step<T, 3> for FtrlStep<T, ROWS, SHRINKS> {
    /// With p = -`learning_rate_power`: `linear += gradient + 2·l2_shrinkage·variable - ((accum + gradient²)ᵖ - accumᵖ) /
    /// learning_rate · variable`, `accum += gradient²`, `variable = (l1·sign(linear) - linear) / (accumᵖ / learning_rate + 2·l2)`
    /// where |linear| > l1, else 0. Of rows, `variable = (max(min(linear, l1), -l1) - linear) / (accumᵖ / learning_rate + 2·l2)`.
    fn change(self, [variable, accum, linear]: [&mut [T]; 3], gradient: &[T], rows: Rows<'_>) {
        let power = self.learning_rate_power.negated();
        if power == T::from_f64(0.5) {
            change_three(
                variable,
                [accum, linear],
                gradient,
                rows,
                #[inline(always)]
                |x, accum, linear, g| self.after((x, accum, linear), g, T::sqrt),
            );
        } else {
            let raised = |x: T| raised(x, power);
            change_three(
                variable,
                [accum, linear],
                gradient,
                rows,
                |x, accum, linear, g| self.after((x, accum, linear), g, raised),
            );
        }
    }
}

/// x to the power `exponent`. Long, and rarely asked for: compiled once for each type rather than into every loop.
#[inline(never)]
fn raised<T: Float>(x: T, exponent: T) -> T {
    x.pow(exponent)
}
