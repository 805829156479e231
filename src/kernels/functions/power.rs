//! xʸ, as C's `pow` defines it.
//!
//! It is e to the power y·ln x. As the product may be as large as ln of the largest number, all its
//! digits before the point would be missing behind it: the logarithm and the product are sums of
//! two numbers.

use super::exponential::{Exponential, exp_of_sum};
use super::logarithm::Logarithm;
use super::real::{Sum, polynomial};

/// The numbers of the power of one type.
pub(crate) trait Power: Exponential + Logarithm {
    /// ⅔, and what it lacks.
    const TWO_THIRDS: Sum<Self>;
    /// Of (ln((1 + s) / (1 - s)) - 2s - ⅔s³) / s⁵ in powers of s², with the least largest error.
    const LATER_SERIES: &'static [Self];
}

impl Power for f32 {
    const TWO_THIRDS: Sum<f32> = Sum {
        high: 0.666_666_7,
        low: -1.986_821_6e-8,
    };
    const LATER_SERIES: &'static [f32] = &[0.400_001_53, 0.285_470_9, 0.234_196_44];
}

impl Power for f64 {
    const TWO_THIRDS: Sum<f64> = Sum {
        high: 0.666_666_666_666_666_6,
        low: 3.700_743_415_417_188e-17,
    };
    const LATER_SERIES: &'static [f64] = &[
        0.400_000_000_000_022_56,
        0.285_714_285_700_995_9,
        0.222_222_225_199_259_44,
        0.181_817_843_663_279_02,
        0.153_867_573_926_346_76,
        0.132_568_157_394_088_28,
        0.131_963_526_828_668_24,
    ];
}

/// xʸ.
#[inline(always)]
pub(super) fn pow<T: Power>(x: T, y: T) -> T {
    let size = x.magnitude();
    let half = y.magnitude() * T::HALF;
    let is_whole = y.magnitude().rounded() == y.magnitude();
    let is_odd = is_whole && half.rounded() != half;
    let logarithm = log_in_parts(size);
    let product = Sum::product(y, logarithm.high).plus(y * logarithm.low);
    let finite = exp_of_sum(product);
    // Of 0 and ∞, as the sign of y says.
    let vanishes = (size == T::ZERO) == (y > T::ZERO);
    let limit = if vanishes { T::ZERO } else { T::HIGHEST };
    let of_size = if size == T::ZERO || size == T::HIGHEST {
        limit
    } else {
        finite
    };
    let of_size = if size == T::ONE { T::ONE } else { of_size };
    let is_negative = x.is_sign_negative();
    let signed = if is_negative && is_odd {
        of_size.negated()
    } else {
        of_size
    };
    // Of negative numbers there are whole powers only. 0 and -∞ have a size only, and an infinite
    // exponent is taken for a whole one.
    let is_undefined = x < T::ZERO && x > T::LOWEST && !is_whole;
    let value = if is_undefined { T::NAN } else { signed };
    let value = if x.is_nan() || y.is_nan() {
        T::NAN
    } else {
        value
    };
    if x == T::ONE || y == T::ZERO {
        T::ONE
    } else {
        value
    }
}

/// ln x for positive finite x, to some more digits than the type has.
#[inline(always)]
fn log_in_parts<T: Power>(x: T) -> Sum<T> {
    let is_subnormal = x < T::MIN_POSITIVE;
    let (m, k) = (if is_subnormal { x * T::LIFT } else { x }).split();
    let k = if is_subnormal {
        k - T::LIFT_EXPONENT
    } else {
        k
    };
    let f = m - T::ONE;
    // s = f / (2 + f), as in the module of the logarithm.
    let denominator = Sum::of(T::TWO, f);
    let reciprocal = T::ONE / denominator.high;
    let high = f * reciprocal;
    let left = high.negated().mul_add(denominator.high, f);
    let left = high.negated().mul_add(denominator.low, left);
    let s = Sum::of(high, left * reciprocal);
    let square = s.times(s);
    let later = square.high * polynomial(square.high, T::LATER_SERIES);
    let series = Sum::of(T::TWO_THIRDS.high, later).plus(T::TWO_THIRDS.low);
    // 2s + s·(s²·series).
    let cubic = s.times(square.times(series));
    let logarithm = Sum::of(T::TWO * s.high, cubic.high).plus(T::TWO.mul_add(s.low, cubic.low));
    let logarithm = logarithm.plus(k * T::LN_2_LOW);
    Sum::of(k * T::LN_2_HIGH, logarithm.high).plus(logarithm.low)
}
