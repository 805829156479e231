//! What the functions need to know of the floating-point types: their bits, without branches and
//! without conversions to integers, which the processor's vectors do not have for every type.

use crate::types::Float;

/// `f32` or `f64`.
pub(super) trait Real: Float {
    /// 2.
    const TWO: Self;
    /// ½.
    const HALF: Self;
    /// The upper part of ln 2: its product with any exponent is exact.
    const LN_2_HIGH: Self;
    /// ln 2 - [`LN_2_HIGH`](Self::LN_2_HIGH).
    const LN_2_LOW: Self;
    /// log₂ e.
    const LOG2_E: Self;
    /// A number so large that its last bit is worth 1, so that `(x + ROUNDER) - ROUNDER` is the
    /// integer next to x. Its bits end in twice the exponents' bias.
    const ROUNDER: Self;
    /// A number from which on all numbers are integers: the last bit is worth 1.
    const UNITS: Self;
    /// A power of 2 that makes a normal number of any subnormal one.
    const LIFT: Self;
    /// log₂ of [`LIFT`](Self::LIFT).
    const LIFT_EXPONENT: Self;

    /// self·factor + summand, rounded once.
    fn mul_add(self, factor: Self, summand: Self) -> Self;

    /// Two numbers whose product is 2ⁿ, for n + `ROUNDER`. Each is normal, even if their product is
    /// too large or too small to be.
    fn powers_of_two(shifted: Self) -> (Self, Self);

    /// (m, k) such that 2ᵏ·m is this number, which is positive and normal, and √½ ≤ m < √2.
    fn split(self) -> (Self, Self);

    /// This number's magnitude with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;

    /// 1 / self, which is a normal power of 2, as its reciprocal is.
    fn reciprocal_of_power(self) -> Self;

    /// Bit number `bit` of this number's bits, the last of which is number 0.
    fn has_bit(self, bit: u32) -> bool;

    /// The integer next to this number, which is not negative; halves to the even one.
    ///
    /// Processors without AVX have no instruction for it.
    #[inline(always)]
    fn rounded(self) -> Self {
        if self < Self::UNITS {
            (self + Self::UNITS) - Self::UNITS
        } else {
            self
        }
    }

    /// Whether the sign is that of -1, be it of a zero or NaN.
    #[inline(always)]
    fn is_sign_negative(self) -> bool {
        Self::ONE.copysign(self) < Self::ZERO
    }
}

macro_rules! real {
    ($float:ident, $bits:ident, mantissa $mantissa:literal, bias $bias:literal, ln_2 $high:literal + $low:literal) => {
        impl Real for $float {
            const TWO: Self = 2.0;
            const HALF: Self = 0.5;
            const LN_2_HIGH: Self = $high;
            const LN_2_LOW: Self = $low;
            const LOG2_E: Self = std::$float::consts::LOG2_E;
            const ROUNDER: Self = ((3u64 << ($mantissa - 1)) + 2 * $bias) as $float;
            const UNITS: Self = (1u64 << $mantissa) as $float;
            const LIFT: Self = (1u64 << ($mantissa + 1)) as $float;
            const LIFT_EXPONENT: Self = ($mantissa + 1) as $float;

            #[inline(always)]
            fn mul_add(self, factor: Self, summand: Self) -> Self {
                $float::mul_add(self, factor, summand)
            }

            #[inline(always)]
            fn powers_of_two(shifted: Self) -> (Self, Self) {
                // The bits end in n + 2·bias; what stands above falls off.
                let sum = shifted.to_bits();
                let half = sum >> 1;
                (
                    $float::from_bits(half << $mantissa),
                    $float::from_bits(sum.wrapping_sub(half) << $mantissa),
                )
            }

            #[inline(always)]
            fn split(self) -> (Self, Self) {
                const ONE: $bits = (1.0 as $float).to_bits();
                const ROOT: $bits = std::$float::consts::FRAC_1_SQRT_2.to_bits();
                let bits = self.to_bits().wrapping_add(ONE - ROOT);
                let exponent = $float::from_bits(bits >> $mantissa | Self::UNITS.to_bits());
                let m = $float::from_bits((bits & ((1 << $mantissa) - 1)) + ROOT);
                (m, exponent - (Self::UNITS + $bias as $float))
            }

            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                $float::copysign(self, sign)
            }

            #[inline(always)]
            fn reciprocal_of_power(self) -> Self {
                const TWICE: $bits = 2 * (1.0 as $float).to_bits();
                $float::from_bits(TWICE.wrapping_sub(self.to_bits()))
            }

            #[inline(always)]
            fn has_bit(self, bit: u32) -> bool {
                self.to_bits() >> bit & 1 == 1
            }
        }
    };
}

real!(f32, u32, mantissa 23, bias 127, ln_2 0.693_145_75 + 1.428_606_8e-6);
real!(f64, u64, mantissa 52, bias 1023, ln_2 0.693_147_180_369_123_8 + 1.908_214_929_270_587_7e-10);

/// c₀ + c₁·x + c₂·x² ..., the even and the odd terms each after Horner: two short chains of sums,
/// which the processor computes side by side, rather than one long one.
#[inline(always)]
pub(super) fn polynomial<T: Real>(x: T, coefficients: &[T]) -> T {
    let square = x * x;
    let mut sums = [T::ZERO; 2];
    for (i, &c) in coefficients.iter().enumerate().rev() {
        let is_first = i + 2 >= coefficients.len();
        sums[i % 2] = if is_first {
            c
        } else {
            sums[i % 2].mul_add(square, c)
        };
    }
    sums[1].mul_add(x, sums[0])
}

/// A sum that is not carried out: `high` is its rounded value, `low` about what that has lost.
#[derive(Clone, Copy)]
pub(super) struct Sum<T> {
    pub(super) high: T,
    pub(super) low: T,
}

impl<T: Real> Sum<T> {
    /// x + y, where |x| ≥ |y| or x is 0.
    #[inline(always)]
    pub(super) fn of(x: T, y: T) -> Self {
        let high = x + y;
        let low = y - (high - x);
        Sum { high, low }
    }

    /// x + y, whichever is larger.
    #[inline(always)]
    pub(super) fn of_any(x: T, y: T) -> Self {
        let high = x + y;
        let from_y = high - x;
        let from_x = high - from_y;
        let low = (x - from_x) + (y - from_y);
        Sum { high, low }
    }

    /// x·y.
    #[inline(always)]
    pub(super) fn product(x: T, y: T) -> Self {
        let high = x * y;
        let low = x.mul_add(y, high.negated());
        Sum { high, low }
    }

    /// The same with the other sign.
    #[inline(always)]
    pub(super) fn negated(self) -> Self {
        Sum {
            high: self.high.negated(),
            low: self.low.negated(),
        }
    }

    /// This sum times another.
    #[inline(always)]
    pub(super) fn times(self, other: Self) -> Self {
        let product = Sum::product(self.high, other.high);
        product.plus(self.high.mul_add(other.low, self.low * other.high))
    }

    /// This sum and a small number.
    #[inline(always)]
    pub(super) fn plus(self, small: T) -> Self {
        Sum {
            high: self.high,
            low: self.low + small,
        }
    }
}
