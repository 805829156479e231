//! The reciprocal of the square root.

use super::real::Real;

/// 1 / √x.
#[inline(always)]
pub(super) fn rsqrt(x: f32) -> f32 {
    1.0 / x.sqrt()
}

/// 1 / √x for a type of which processors take a root and a quotient only a few at a time, in longer than Newton's steps take.
#[inline(always)]
pub(super) fn stepwise_rsqrt(x: f64) -> f64 {
    let is_subnormal = x < f64::MIN_POSITIVE;
    let normal = if is_subnormal {
        x * (f64::LIFT * f64::LIFT)
    } else {
        x
    };
    let half = normal * 0.5;
    let mut y = guess(normal);
    for _ in 0..3 {
        y *= 1.5 - half * y * y;
    }
    // The last step takes what is left without rounding it.
    let left = (-(normal * y)).mul_add(y, 1.0);
    let y = (y * 0.5).mul_add(left, y);
    let y = if is_subnormal { y * f64::LIFT } else { y };
    let positive = if x < f64::INFINITY { y } else { 0.0 };
    let of_zero = f64::INFINITY.copysign(x);
    let other = if x == 0.0 { of_zero } else { f64::NAN };
    if x > 0.0 { positive } else { other }
}

/// 1 / √x but for four parts in a hundred, for normal x: its bits are about its logarithm, and so half of it with the other sign is that of
/// the result.
#[inline(always)]
fn guess(x: f64) -> f64 {
    // 1.5 times the bits of 1, less what makes the error the least.
    const START: u64 = 0x5fe6_eb50_c7b5_37a9;
    f64::from_bits(START.wrapping_sub(x.to_bits() >> 1))
}
