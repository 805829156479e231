//! ln x and ln(1 + x).
//!
//! A number is 2ᵏ·(1 + f) with √½ ≤ 1 + f < √2, so its logarithm is k·ln 2 + ln(1 + f). With s = f
//! / (2 + f), ln(1 + f) is ln((1 + s) / (1 - s)) = 2s + ⅔s³ + ⅖s⁵ ...; as 2s = f - s·f, and s·f =
//! f²/2 - s·f²/2, that is f less small corrections.

use super::real::{Real, polynomial};

/// The numbers of the logarithms of one type.
pub(crate) trait Logarithm: Real {
    /// Of (ln((1 + s) / (1 - s)) - 2s) / s³ in powers of s², with the least largest error.
    const SERIES: &'static [Self];
}

impl Logarithm for f32 {
    const SERIES: &'static [f32] = &[0.666_667_76, 0.399_775_45, 0.298_717_47];
}

impl Logarithm for f64 {
    const SERIES: &'static [f64] = &[
        0.666_666_666_666_673_4,
        0.399_999_999_994_162_3,
        0.285_714_287_421_324_4,
        0.222_221_985_928_266_67,
        0.181_835_635_674_747_3,
        0.153_140_644_988_632_83,
        0.147_958_564_094_355_8,
    ];
}

/// The natural logarithm.
#[inline(always)]
pub(super) fn log<T: Logarithm>(x: T) -> T {
    let is_subnormal = x < T::MIN_POSITIVE;
    let (m, k) = (if is_subnormal { x * T::LIFT } else { x }).split();
    let k = if is_subnormal {
        k - T::LIFT_EXPONENT
    } else {
        k
    };
    with_limits(x, of_parts(k, m - T::ONE, T::ZERO))
}

/// ln(1 + x), exact for small x.
#[inline(always)]
pub(super) fn log1p<T: Logarithm>(x: T) -> T {
    // -0.0 would become 0.0.
    with_limits(T::ONE + x, of_one_plus(x)).copysign(x)
}

/// [`log1p`] where 1 + x is positive and finite.
#[inline(always)]
pub(super) fn of_one_plus<T: Logarithm>(x: T) -> T {
    let sum = T::ONE + x;
    let (m, k) = sum.split();
    // What the sum has lost, for ln(sum + lost) ≈ ln(sum) + lost / sum.
    let back = sum - T::ONE;
    let lost = (T::ONE - (sum - back)) + (x - back);
    let is_near = k == T::ZERO;
    let f = if is_near { x } else { m - T::ONE };
    let correction = if is_near { T::ZERO } else { lost / sum };
    of_parts(k, f, correction)
}

/// k·ln 2 + ln(1 + f) + correction.
#[inline(always)]
fn of_parts<T: Logarithm>(k: T, f: T, correction: T) -> T {
    let s = f / (T::TWO + f);
    let half_square = T::HALF * f * f;
    let z = s * s;
    let series = z.mul_add(polynomial(z, T::SERIES), half_square);
    let small = s.mul_add(series, k.mul_add(T::LN_2_LOW, correction));
    k.mul_add(T::LN_2_HIGH, f - (half_square - small))
}

/// The logarithm of `x`, which is `finite` for positive finite x.
#[inline(always)]
fn with_limits<T: Logarithm>(x: T, finite: T) -> T {
    let positive = if x < T::HIGHEST { finite } else { x };
    let other = if x == T::ZERO { T::LOWEST } else { T::NAN };
    if x > T::ZERO { positive } else { other }
}
