//! Hyperbolic sine and cosine, and the inverses of the hyperbolic functions.

use super::exponential::{Exponential, half_exp};
use super::logarithm::{Logarithm, log1p};
use super::real::polynomial;

/// The numbers of the hyperbolic sine of one type.
pub(crate) trait HyperbolicSine: Exponential {
    /// Of (sinh(x) / x - 1) / x² in powers of x², for |x| ≤ 1, with the least largest error.
    const SERIES: &'static [Self];
}

impl HyperbolicSine for f32 {
    const SERIES: &'static [f32] = &[
        0.166_666_67,
        0.008_333_310_5,
        0.000_198_428_96,
        2.782_222_3e-6,
    ];
}

impl HyperbolicSine for f64 {
    const SERIES: &'static [f64] = &[
        0.166_666_666_666_666_69,
        0.008_333_333_333_332_912,
        0.000_198_412_698_415_934_02,
        2.755_731_910_676_73e-6,
        2.505_213_099_499_063_4e-8,
        1.605_665_966_125_786_8e-10,
        7.776_578_089_031_208e-13,
    ];
}

/// sinh x.
#[inline(always)]
pub(super) fn sinh<T: HyperbolicSine>(x: T) -> T {
    let size = x.magnitude();
    let square = size * size;
    let near = (square * polynomial(square, T::SERIES)).mul_add(size, size);
    let half = half_exp(size);
    let far = half - T::HALF * T::HALF / half;
    (if size < T::ONE { near } else { far }).copysign(x)
}

/// cosh x.
#[inline(always)]
pub(super) fn cosh<T: Exponential>(x: T) -> T {
    let half = half_exp(x.magnitude());
    half + T::HALF * T::HALF / half
}

/// arsinh x.
#[inline(always)]
pub(super) fn asinh<T: Logarithm>(x: T) -> T {
    let size = x.magnitude();
    let square = size * size;
    // ln(x + √(x² + 1)), where √(x² + 1) is 1 + x² / (1 + √(x² + 1)).
    let more = size + square / (T::ONE + (square + T::ONE).sqrt());
    log_of_one_plus_or_double(more, size).copysign(x)
}

/// arcosh x.
#[inline(always)]
pub(super) fn acosh<T: Logarithm>(x: T) -> T {
    // ln(x + √(x² - 1)) with x = 1 + t.
    let t = x - T::ONE;
    let root = t.mul_add(t, t + t).sqrt();
    let more = t + root;
    // What the sum lost counts while the logarithm is small; its derivative 1 / (1 + more) lies
    // near 1 - more / 2 there.
    let lost = t - (more - root);
    let lost = if more < T::ONE {
        (T::HALF * more).negated().mul_add(lost, lost)
    } else {
        T::ZERO
    };
    let value = log_of_one_plus_or_double(more, x) + lost;
    if x < T::ONE { T::NAN } else { value }
}

/// ln(1 + `more`), or if x is so large that its square is without bounds, ln 2x, which is then the
/// same.
#[inline(always)]
fn log_of_one_plus_or_double<T: Logarithm>(more: T, x: T) -> T {
    let is_large = x > T::LIFT;
    let value = log1p(if is_large { x } else { more });
    if is_large {
        value + (T::LN_2_HIGH + T::LN_2_LOW)
    } else {
        value
    }
}

/// artanh x.
#[inline(always)]
pub(super) fn atanh<T: Logarithm>(x: T) -> T {
    let size = x.magnitude();
    // ½·ln((1 + x) / (1 - x)), where the quotient is 1 + 2x / (1 - x), and that is 1 + 2x + 2x² /
    // (1 - x).
    let twice = size + size;
    let is_near = size < T::HALF;
    let quotient = (if is_near { twice * size } else { twice }) / (T::ONE - size);
    let more = if is_near { twice + quotient } else { quotient };
    (T::HALF * log1p(more)).copysign(x)
}
