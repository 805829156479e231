//! The logistic function and its kin.

use super::exponential::{Exponential, Reduced, exp};
use super::logarithm::{Logarithm, of_one_plus};
use super::real::polynomial;

/// The numbers of tanh of one type.
pub(crate) trait Hyperbolic: Exponential {
    /// Of (tanh(x) / x - 1) / x² in powers of x², with the least largest error.
    const SERIES: &'static [Self];
    /// Below this, the series serves: about ½·ln 3, where tanh is ½.
    const SERIES_END: Self;
}

impl Hyperbolic for f32 {
    const SERIES: &'static [f32] = &[
        -0.333_333_2,
        0.133_326_02,
        -0.053_853_97,
        0.021_078_156,
        -0.006_282_979_6,
    ];
    const SERIES_END: f32 = 0.55;
}

impl Hyperbolic for f64 {
    const SERIES: &'static [f64] = &[
        -0.333_333_333_333_323_66,
        0.133_333_333_331_750_43,
        -0.053_968_253_878_876_576,
        0.021_869_486_036_054_566,
        -0.008_863_195_267_530_656,
        0.003_591_725_466_107_818_6,
        -0.001_453_243_674_499_089_3,
        0.000_579_212_823_546_044_6,
        -0.000_210_420_507_633_243_34,
        5.109_964_536_163_558e-5,
    ];
    const SERIES_END: f64 = 0.55;
}

/// 1 / (1 + e⁻ˣ).
#[inline(always)]
pub(super) fn sigmoid<T: Exponential>(x: T) -> T {
    Reduced::within(x.negated(), T::SMALLEST_POWER.negated()).reciprocal_of_one_plus_power()
}

/// tanh x.
#[inline(always)]
pub(super) fn tanh<T: Hyperbolic>(x: T) -> T {
    let size = x.magnitude();
    let square = size * size;
    let near = (square * polynomial(square, T::SERIES)).mul_add(size, size);
    // (1 - w) / (1 + w) is 1 - 2w / (1 + w).
    let w = exp((size + size).negated());
    let far = T::ONE - (w + w) / (T::ONE + w);
    (if size < T::SERIES_END { near } else { far }).copysign(x)
}

/// ln(1 + eˣ).
#[inline(always)]
pub(super) fn softplus<T: Exponential + Logarithm>(x: T) -> T {
    // ln(1 + eˣ) = x + ln(1 + e⁻ˣ), so that no power of e overflows.
    let rest = of_one_plus(exp(x.magnitude().negated()));
    // In this form, NaN stays.
    (if x < T::ZERO { T::ZERO } else { x }) + rest
}
