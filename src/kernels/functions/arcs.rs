//! The inverses of the circular functions.

use super::real::{Real, Sum, polynomial};

/// The numbers of these functions of one type.
pub(crate) trait Arc: Real {
    /// π, and what it lacks.
    const PI: [Self; 2];
    /// Of (arcsin(x) / x - 1) / x² in powers of x², for |x| ≤ ½, with the least largest error.
    const ARCSINE: &'static [Self];
    /// Of (arctan(x) / x - 1) / x² in powers of x², for |x| ≤ tan π/8, with the least largest
    /// error.
    const ARCTANGENT: &'static [Self];
    /// tan π/8.
    const TAN_PI_8: Self;
    /// The sum of two numbers below this one is finite.
    const LARGE: Self;
}

impl Arc for f32 {
    const PI: [f32; 2] = [std::f32::consts::PI, -8.742_278e-8];
    const ARCSINE: &'static [f32] = &[
        0.166_667_52,
        0.074_953_1,
        0.045_469_01,
        0.024_185_622,
        0.042_156_704,
    ];
    const ARCTANGENT: &'static [f32] = &[
        -0.333_333_16,
        0.199_985_28,
        -0.142_443_91,
        0.105_991_67,
        -0.060_900_427,
    ];
    const TAN_PI_8: f32 = 0.414_213_57;
    const LARGE: f32 = 1e38;
}

impl Arc for f64 {
    const PI: [f64; 2] = [std::f64::consts::PI, 1.224_646_799_147_353_2e-16];
    const ARCSINE: &'static [f64] = &[
        0.166_666_666_666_654_08,
        0.075_000_000_003_371_51,
        0.044_642_856_828_205_28,
        0.030_381_959_142_472_027,
        0.022_371_757_913_441_06,
        0.017_359_706_831_028_204,
        0.013_885_215_496_432_702,
        0.012_169_338_128_862_98,
        0.006_527_451_044_888_832,
        0.019_529_636_700_628_92,
        -0.016_226_310_676_422_87,
        0.031_913_620_902_202_136,
    ];
    const ARCTANGENT: &'static [f64] = &[
        -0.333_333_333_333_332,
        0.199_999_999_999_536_7,
        -0.142_857_142_801_984_08,
        0.111_111_107_833_976_36,
        -0.090_908_977_537_837_9,
        0.076_920_601_280_284_69,
        -0.066_631_030_032_999_21,
        0.058_478_817_944_968_856,
        -0.050_392_727_106_124_69,
        0.038_063_817_507_280_09,
        -0.017_906_487_588_169_38,
    ];
    const TAN_PI_8: f64 = 0.414_213_562_373_095_03;
    const LARGE: f64 = 1e307;
}

/// arcsin x.
#[inline(always)]
pub(super) fn asin<T: Arc>(x: T) -> T {
    let (small, tail, is_near) = near_arcsine(x.magnitude());
    // π/2 - 2·(small + tail).
    let [pi, rest] = T::PI;
    let difference = Sum::of(T::HALF * pi, (T::TWO * small).negated());
    let far = difference.high - (T::TWO * tail - T::HALF * rest - difference.low);
    (if is_near { small + tail } else { far }).copysign(x)
}

/// arccos x.
#[inline(always)]
pub(super) fn acos<T: Arc>(x: T) -> T {
    let (small, tail, is_near) = near_arcsine(x.magnitude());
    let is_negative = x < T::ZERO;
    let [pi, rest] = T::PI;
    // π/2 - arcsin x, where the arcsine has the sign of x.
    let (signed, signed_tail) = if is_negative {
        (small.negated(), tail.negated())
    } else {
        (small, tail)
    };
    let near = T::HALF * pi - (signed - (T::HALF * rest - signed_tail));
    // 2·arcsin √((1 - |x|)/2), and π less that.
    let (twice, twice_tail) = (T::TWO * small, T::TWO * tail);
    let far = if is_negative {
        pi - (twice - (rest - twice_tail))
    } else {
        twice + twice_tail
    };
    if is_near { near } else { far }
}

/// For `size` up to ½, its arcsine, else that of √((1 - `size`)/2): the argument itself, what is to
/// be added, and which.
#[inline(always)]
fn near_arcsine<T: Arc>(size: T) -> (T, T, bool) {
    let is_near = size < T::HALF;
    let square = if is_near {
        size * size
    } else {
        T::HALF * (T::ONE - size)
    };
    let small = if is_near { size } else { square.sqrt() };
    (
        small,
        small * square * polynomial(square, T::ARCSINE),
        is_near,
    )
}

/// arctan x.
#[inline(always)]
pub(super) fn atan<T: Arc>(x: T) -> T {
    angle(x.magnitude(), T::ONE, false).copysign(x)
}

/// The angle of the point (x, y).
#[inline(always)]
pub(super) fn atan2<T: Arc>(y: T, x: T) -> T {
    let (height, width) = (y.magnitude(), x.magnitude());
    // The angle of two infinities is that of two equal numbers.
    let is_infinite = height == T::HIGHEST && width == T::HIGHEST;
    let (height, width) = if is_infinite {
        (T::ONE, T::ONE)
    } else {
        (height, width)
    };
    // So that no sum or product below is infinite or loses digits.
    let small = T::TWO * T::MIN_POSITIVE;
    let scale = if height > T::LARGE || width > T::LARGE {
        T::HALF * T::HALF
    } else if height < small && width < small {
        T::LIFT
    } else {
        T::ONE
    };
    angle(height * scale, width * scale, x.is_sign_negative()).copysign(y)
}

/// The angle of the point (`width`, `height`), both of which are not negative, or that of its
/// mirror image if it is `mirrored`.
#[inline(always)]
fn angle<T: Arc>(height: T, width: T, mirrored: bool) -> T {
    // Within π/8 of 0 and π/2, arctan(h / w) is that of h / w and -w / h less an even number of
    // π/4, else that of (h - w) / (h + w) less one.
    let (is_low, is_high) = (height < T::TAN_PI_8 * width, width < T::TAN_PI_8 * height);
    let (numerator, denominator, quarters) = if is_low {
        (height, width, T::ZERO)
    } else if is_high {
        (width.negated(), height, T::TWO)
    } else {
        (height - width, height + width, T::ONE)
    };
    // 0 / 0 comes of the origin alone, whose angle is 0.
    let is_origin = height == T::ZERO && width == T::ZERO;
    let (numerator, denominator, quarters) = if is_origin {
        (T::ZERO, T::ONE, T::ZERO)
    } else {
        (numerator, denominator, quarters)
    };
    let t = numerator / denominator;
    let square = t * t;
    let tail = t * square * polynomial(square, T::ARCTANGENT);
    let (t, tail, quarters) = if mirrored {
        (t.negated(), tail.negated(), T::TWO * T::TWO - quarters)
    } else {
        (t, tail, quarters)
    };
    let [pi, rest] = T::PI;
    let quarter = T::HALF * T::HALF;
    let (base, base_rest) = (quarters * (quarter * pi), quarters * (quarter * rest));
    base + (t + (tail + base_rest))
}
