//! The reciprocal of the square root.
//!
//! Processors take a root and a quotient only a few at a time, in longer than the steps below take.

use super::real::Real;

/// The numbers of the reciprocal root of one type.
pub(super) trait Root: Real {
    /// How many steps it takes to have all digits, two or three.
    const STEPS: usize;

    /// 1 / √x but for four parts in a hundred, for normal x: its bits are about its logarithm, and
    /// so half of it with the other sign is that of the result.
    fn guess(self) -> Self;
}

impl Root for f32 {
    const STEPS: usize = 2;

    #[inline(always)]
    fn guess(self) -> f32 {
        // 1.5 times the bits of 1, less what makes the error the least.
        f32::from_bits(0x5f37_5a86u32.wrapping_sub(self.to_bits() >> 1))
    }
}

impl Root for f64 {
    const STEPS: usize = 3;

    #[inline(always)]
    fn guess(self) -> f64 {
        // As for `f32`.
        f64::from_bits(0x5fe6_eb50_c7b5_37a9u64.wrapping_sub(self.to_bits() >> 1))
    }
}

/// 1 / √x.
#[inline(always)]
pub(super) fn rsqrt<T: Root>(x: T) -> T {
    let is_subnormal = x < T::MIN_POSITIVE;
    let normal = if is_subnormal {
        x * (T::LIFT * T::LIFT)
    } else {
        x
    };
    let y = of_normal(normal);
    let y = if is_subnormal { y * T::LIFT } else { y };
    let positive = if x < T::HIGHEST { y } else { T::ZERO };
    let of_zero = T::HIGHEST.copysign(x);
    let other = if x == T::ZERO { of_zero } else { T::NAN };
    if x > T::ZERO { positive } else { other }
}

/// 1 / √x of a normal number x; NaN of all others.
#[inline(always)]
pub(super) fn near_rsqrt<T: Root>(x: T) -> T {
    let is_normal = (x >= T::MIN_POSITIVE) & (x < T::HIGHEST);
    if is_normal { of_normal(x) } else { T::NAN }
}

/// 1 / √x of a normal number x, by Halley's method.
#[inline(always)]
fn of_normal<T: Root>(x: T) -> T {
    let y = step(x, step(x, x.guess()));
    if T::STEPS > 2 { step(x, y) } else { y }
}

/// A step of the method for 1 / √x from y on: with e = 1 - x·y², the error of y, that of y·(1 +
/// e/2 + 3e²/8) is some e³.
#[inline(always)]
fn step<T: Root>(x: T, y: T) -> T {
    let three_eighths = T::HALF * T::HALF * (T::ONE + T::HALF);
    let error = (x * y).negated().mul_add(y, T::ONE);
    (y * error).mul_add(error.mul_add(three_eighths, T::HALF), y)
}
