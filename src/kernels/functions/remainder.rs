//! The remainder of a division.

use super::real::Real;

/// x less as many y as fit, with the sign of x; NaN if more would fit than the type can count.
#[inline(always)]
pub(super) fn near_rem<T: Real>(x: T, y: T) -> T {
    let (size, step) = (x.magnitude(), y.magnitude());
    let quotient = size / step;
    let nearest = quotient.rounded();
    let whole = if nearest > quotient {
        nearest - T::ONE
    } else {
        nearest
    };
    // Exact, as all its digits are among those of x and y.
    let left = whole.negated().mul_add(step, size);
    // The quotient may have been rounded up to a whole number, never beyond it.
    let left = if left < T::ZERO { left + step } else { left };
    let left = if step == T::HIGHEST { size } else { left };
    let is_told = size < T::HIGHEST && whole < T::UNITS;
    (if is_told { left } else { T::NAN }).copysign(x)
}
