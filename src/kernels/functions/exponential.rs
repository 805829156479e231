//! eˣ and eˣ - 1.
//!
//! With n the integer next to x / ln 2 and r = x - n·ln 2, eˣ is 2ⁿ·eʳ, and |r| ≤ ln √2.

use super::real::{Real, Sum, polynomial};

/// The numbers of the exponential functions of one type.
pub(crate) trait Exponential: Real {
    /// Below this, eˣ is 0.
    const SMALLEST_POWER: Self;
    /// Above this, eˣ is infinite.
    const LARGEST_POWER: Self;
    /// Of (eʳ - 1 - r) / r², with the least largest error in eʳ.
    const TAIL: &'static [Self];
}

impl Exponential for f32 {
    const SMALLEST_POWER: f32 = -104.0;
    const LARGEST_POWER: f32 = 89.0;
    const TAIL: &'static [f32] = &[
        0.5,
        0.166_665_18,
        0.041_666_206,
        0.008_368_889,
        0.001_395_050_4,
    ];
}

impl Exponential for f64 {
    const SMALLEST_POWER: f64 = -746.0;
    const LARGEST_POWER: f64 = 710.0;
    const TAIL: &'static [f64] = &[
        0.500_000_000_000_001_2,
        0.166_666_666_666_667,
        0.041_666_666_666_515_45,
        0.008_333_333_333_307_092,
        0.001_388_888_894_700_889_3,
        0.000_198_412_699_176_055_66,
        2.480_148_994_871_089_7e-5,
        2.755_721_612_357_781e-6,
        2.763_127_825_344_758_3e-7,
        2.511_791_088_966_205_2e-8,
    ];
}

/// eˣ.
#[inline(always)]
pub(super) fn exp<T: Exponential>(x: T) -> T {
    Reduced::of(x).power()
}

/// eˣ - 1, exact for small x.
#[inline(always)]
pub(super) fn expm1<T: Exponential>(x: T) -> T {
    // -0.0 would become 0.0.
    Reduced::of(x).power_minus_one().copysign(x)
}

/// eˣ for the sum x.
#[inline(always)]
pub(super) fn exp_of_sum<T: Exponential>(x: Sum<T>) -> T {
    // Beyond these limits the rest is without meaning, and may be NaN.
    let is_within = x.high > T::SMALLEST_POWER && x.high < T::LARGEST_POWER;
    let low = if is_within { x.low } else { T::ZERO };
    Reduced::of_sum(x.high, low, T::LARGEST_POWER).power()
}

/// eˣ / 2 for x ≥ 0, which is finite a little farther than eˣ.
#[inline(always)]
pub(super) fn half_exp<T: Exponential>(x: T) -> T {
    let mut reduced = Reduced::within(x, T::LARGEST_POWER + T::ONE);
    reduced.powers.0 = reduced.powers.0 * T::HALF;
    reduced.power()
}

/// A number x taken apart for its exponential.
pub(super) struct Reduced<T> {
    /// r, but for a rest that `tail` holds.
    high: T,
    /// eʳ - 1 - `high`.
    tail: T,
    /// Two factors of 2ⁿ.
    powers: (T, T),
}

impl<T: Exponential> Reduced<T> {
    #[inline(always)]
    fn of(x: T) -> Self {
        Reduced::within(x, T::LARGEST_POWER)
    }

    /// Of x or the nearest number between the argument of the smallest power and `largest`.
    #[inline(always)]
    pub(super) fn within(x: T, largest: T) -> Self {
        Reduced::of_sum(x, T::ZERO, largest)
    }

    /// As [`within`](Reduced::within) of x + `rest`.
    #[inline(always)]
    fn of_sum(x: T, rest: T, largest: T) -> Self {
        // In this form, NaN stays.
        let x = if x < T::SMALLEST_POWER {
            T::SMALLEST_POWER
        } else {
            x
        };
        let x = if x > largest { largest } else { x };
        let shifted = x.mul_add(T::LOG2_E, T::ROUNDER);
        let n = shifted - T::ROUNDER;
        // Only r is rounded, and only the lesser terms take it so.
        let high = n.mul_add(T::LN_2_HIGH.negated(), x);
        let low = n.mul_add(T::LN_2_LOW, rest.negated());
        let r = high - low;
        Reduced {
            high,
            tail: (r * r).mul_add(polynomial(r, T::TAIL), low.negated()),
            powers: T::powers_of_two(shifted),
        }
    }

    /// eˣ.
    #[inline(always)]
    fn power(&self) -> T {
        // What the first sum loses joins the lesser terms, so that the second alone is rounded.
        let sum = T::ONE + self.high;
        let lost = self.high - (sum - T::ONE);
        (sum + (self.tail + lost)) * self.powers.0 * self.powers.1
    }

    /// eˣ - 1, but for the sign of 0.
    #[inline(always)]
    fn power_minus_one(&self) -> T {
        let (first, second) = self.powers;
        // 2ⁿ·(eʳ - 1) + (2ⁿ - 1), of which neither part is rounded where the sum is small.
        let rest = first - second.reciprocal_of_power();
        (self.high + self.tail).mul_add(first, rest) * second
    }

    /// 1 / (1 + eˣ).
    #[inline(always)]
    pub(super) fn reciprocal_of_one_plus_power(&self) -> T {
        // Numerator and denominator, 1 + 2ⁿ + 2ⁿ·(eʳ - 1), without one of the factors of 2ⁿ, so
        // that neither overflows.
        let (first, second) = self.powers;
        let one = second.reciprocal_of_power();
        // The largest term comes last, so that its sum alone is rounded to its last place.
        let (least, most) = if first < one {
            (first, one)
        } else {
            (one, first)
        };
        one / ((self.high + self.tail).mul_add(first, least) + most)
    }
}
