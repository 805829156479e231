//! The logarithm of the gamma function and its derivative, computed in `f64` for both types.

use std::f64::consts::PI;

use super::logarithm::log;
use super::real::{Real, polynomial};

/// Of lnΓ(2 + d) / (d·(1 + d)), for |d| ≤ ½, with the least largest error.
const NEAR_TWO: &[f64] = &[
    0.422_784_335_098_467_13,
    -0.100_317_301_674_353_92,
    0.032_965_000_621_155_864,
    -0.012_384_192_193_371_356,
    0.004_998_641_164_691_88,
    -0.002_108_130_833_949_105,
    0.000_915_376_922_528_290_7,
    -0.000_405_707_397_771_909_43,
    0.000_182_552_631_929_701_9,
    -8.309_512_060_038_97e-5,
    3.816_899_509_417_725_6e-5,
    -1.766_175_034_902_673_3e-5,
    8.221_239_567_292_404e-6,
    -3.846_725_349_570_949e-6,
    1.813_356_700_333_887_2e-6,
    -8.559_991_108_148_315e-7,
    3.863_507_022_542_546e-7,
    -1.822_864_171_675_894_6e-7,
    1.221_497_996_711_198_5e-7,
    -5.921_410_646_083_381e-8,
];

/// Of x·(lnΓ(x) - (x - ½)·ln x + x - ½·ln 2π) in powers of x⁻², for x ≥ 7.5, with the least largest
/// error.
const STIRLING: &[f64] = &[
    0.083_333_333_333_333_33,
    -0.002_777_777_777_756_007_5,
    0.000_793_650_776_889_578_3,
    -0.000_595_233_250_508_909_6,
    0.000_841_081_738_949_393_6,
    -0.001_869_607_256_133_448_3,
    0.004_649_910_207_804_487,
];

/// ½·ln 2π.
const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// Of sin(πd) / (πd) in powers of d², for |d| ≤ ½, with the least largest error.
const SINE: &[f64] = &[
    1.0,
    -1.644_934_066_848_226_4,
    0.811_742_425_283_346_2,
    -0.190_751_824_121_675_32,
    0.026_147_847_807_942_73,
    -0.002_346_080_913_291_827,
    0.000_148_427_916_585_449_1,
    -6.972_267_350_827_196e-6,
    2.451_833_460_172_297e-7,
];

/// The coefficients of x⁻², x⁻⁴ ... in 6.3.18 of the *Handbook of Mathematical Functions* by
/// Abramowitz and Stegun: B₂/2, B₄/4 ... with Bernoulli's numbers B.
pub(super) const PSI_SERIES: &[f64] = &[
    1.0 / 12.0,
    -1.0 / 120.0,
    1.0 / 252.0,
    -1.0 / 240.0,
    1.0 / 132.0,
    -691.0 / 32760.0,
    1.0 / 12.0,
];

/// ln |Γ(x)|; ∞ at its poles and at -∞.
#[inline(always)]
pub(super) fn lgamma(x: f64) -> f64 {
    let is_left = x < 0.0;
    let size = x.abs();
    // Γ(x)·Γ(1 - x) = π / sin πx.
    let value = lgamma_of_positive(if is_left { 1.0 + size } else { x });
    let mirrored = -log(sine(fraction(size)).abs()) - value;
    let value = if is_left { mirrored } else { value };
    if size == f64::INFINITY {
        f64::INFINITY
    } else {
        value
    }
}

/// [`lgamma`] of a number that is not negative.
#[inline(always)]
fn lgamma_of_positive(x: f64) -> f64 {
    // Near 2 a polynomial; from there on Γ(x + 1) = x·Γ(x).
    let whole = x.rounded();
    let d = x - whole;
    let two = 2.0 + d;
    let mut product = 1.0;
    for i in 0..5 {
        let step = f64::from(i);
        product *= if whole > 2.5 + step { two + step } else { 1.0 };
    }
    let is_below = whole < 1.5;
    // Below 1.5 the product goes down to x.
    let product = if is_below { x } else { product };
    let product = if whole < 0.5 { x * (x + 1.0) } else { product };
    let is_far = x >= 7.5;
    let logarithm = log(if is_far { x } else { product });
    let near = d * (1.0 + d) * polynomial(d, NEAR_TWO);
    let near = if is_below {
        near - logarithm
    } else {
        near + logarithm
    };
    let reciprocal = 1.0 / x;
    let series = polynomial(reciprocal * reciprocal, STIRLING) * reciprocal;
    let far = (x - 0.5) * (logarithm - 1.0) + (series + (HALF_LN_TWO_PI - 0.5));
    if is_far { far } else { near }
}

/// The derivative of ln Γ(x); ∞ at its poles and at -∞, as TensorFlow gives.
#[inline(always)]
pub(super) fn digamma(x: f64) -> f64 {
    let is_left = x <= 0.0;
    let size = x.abs();
    let value = digamma_of_positive(if is_left { 1.0 + size } else { x });
    // 6.3.7, with the cotangent's period taken off first.
    let offset = fraction(size);
    let cosine = PI * sine(0.5 - offset.abs());
    let mirrored = value + cosine / sine(offset);
    let value = if is_left { mirrored } else { value };
    let is_pole = is_left && (offset == 0.0 || size == f64::INFINITY);
    if is_pole { f64::INFINITY } else { value }
}

/// [`digamma`] of a number that is not negative.
#[inline(always)]
fn digamma_of_positive(x: f64) -> f64 {
    // 6.3.5, until the series below is exact: ψ(x) = ψ(x + 10) - (1/x + 1/(x + 1) + ...), a sum
    // that is kept as one quotient.
    let is_near = x < 10.0;
    let near = if is_near { x } else { 1.0 };
    let (mut numerator, mut denominator) = (1.0, near);
    for i in 1..10 {
        let next = near + f64::from(i);
        numerator = numerator.mul_add(next, denominator);
        denominator *= next;
    }
    let (x, sum) = if is_near {
        (x + 10.0, numerator / denominator)
    } else {
        (x, 0.0)
    };
    let reciprocal = 1.0 / x;
    let square = reciprocal * reciprocal;
    log(x) - 0.5 * reciprocal - square * polynomial(square, PSI_SERIES) - sum
}

/// What lies between x, which is not negative, and the integer next to it.
#[inline(always)]
fn fraction(x: f64) -> f64 {
    x - x.rounded()
}

/// sin(πd) / π, for |d| ≤ ½.
#[inline(always)]
fn sine(d: f64) -> f64 {
    d * polynomial(d * d, SINE)
}
