//! Conversions of which one type is rare: by way of a number of the widest type of its kind, so
//! that there need not be a loop for each pair of types.

use half::{bf16, f16};
use num_complex::{Complex32, Complex64};

use super::Convert;
use crate::types::Plain;

/// A number on its way from one type to another.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wide {
    Single(f32),
    Double(f64),
    Signed(i64),
    Unsigned(u64),
    ComplexSingle(Complex32),
    ComplexDouble(Complex64),
}

/// A type whose numbers convert by way of a [`Wide`] one.
pub(crate) trait Widened: Plain {
    /// The same number.
    fn widen(self) -> Wide;

    /// The number of this type that C++ compiled for x86 processors makes of it.
    fn narrow(wide: Wide) -> Self;
}

macro_rules! widened {
    ($($type:ty: |$x:ident| $widen:expr, |$real:ident| $from_real:expr;)*) => {$(
        impl Widened for $type {
            #[inline(always)]
            fn widen(self) -> Wide {
                let $x = self;
                $widen
            }

            #[inline(always)]
            fn narrow(wide: Wide) -> Self {
                match wide {
                    Wide::Single($real) => $from_real,
                    Wide::Double($real) => $from_real,
                    Wide::Signed($real) => $from_real,
                    Wide::Unsigned($real) => $from_real,
                    // The imaginary part is left out.
                    Wide::ComplexSingle(number) => {
                        let $real = number.re;
                        $from_real
                    }
                    Wide::ComplexDouble(number) => {
                        let $real = number.re;
                        $from_real
                    }
                }
            }
        }
    )*};
}

/// A real number of a [`Wide`] one.
trait WideReal: Copy {
    fn single(self) -> f32;
    fn double(self) -> f64;
    /// The last 32 bits, where the type has no more.
    fn low(self) -> i32;
    fn signed(self) -> i64;
    fn unsigned(self) -> u64;
    fn is_true(self) -> bool;
}

macro_rules! wide_real {
    ($($type:ident: |$x:ident| $low:expr, $signed:expr, $unsigned:expr;)*) => {$(
        impl WideReal for $type {
            #[inline(always)]
            fn single(self) -> f32 {
                self as f32
            }
            #[inline(always)]
            fn double(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn low(self) -> i32 {
                let $x = self;
                $low
            }
            #[inline(always)]
            fn signed(self) -> i64 {
                let $x = self;
                $signed
            }
            #[inline(always)]
            fn unsigned(self) -> u64 {
                let $x = self;
                $unsigned
            }
            #[inline(always)]
            fn is_true(self) -> bool {
                self != 0 as $type
            }
        }
    )*};
}

/// 2^63.
const TOP: f64 = 9_223_372_036_854_775_808.0;

wide_real! {
    f32: |x| x.convert(), x.convert(), f64::from(x).unsigned();
    f64: |x| x.convert(), x.convert(), if x >= TOP { Convert::<i64>::convert(x - TOP) as u64 ^ 1 << 63 } else { Convert::<i64>::convert(x) as u64 };
    i64: |x| x as i32, x, x as u64;
    u64: |x| x as i32, x as i64, x;
}

widened! {
    f32: |x| Wide::Single(x), |x| x.single();
    f64: |x| Wide::Double(x), |x| x.double();
    f16: |x| Wide::Single(x.to_f32()), |x| f16::from_f32(x.single());
    bf16: |x| Wide::Single(x.to_f32()), |x| bf16::from_f32(x.single());
    i8: |x| Wide::Signed(x.into()), |x| x.low() as i8;
    i16: |x| Wide::Signed(x.into()), |x| x.low() as i16;
    i32: |x| Wide::Signed(x.into()), |x| x.low();
    i64: |x| Wide::Signed(x), |x| x.signed();
    u8: |x| Wide::Signed(x.into()), |x| x.low() as u8;
    u16: |x| Wide::Signed(x.into()), |x| x.low() as u16;
    u32: |x| Wide::Signed(x.into()), |x| x.signed() as u32;
    u64: |x| Wide::Unsigned(x), |x| x.unsigned();
    bool: |x| Wide::Signed(x.into()), |x| x.is_true();
}

macro_rules! widened_complex {
    ($($type:ident = $part:ident as $wide:ident;)*) => {$(
        impl Widened for $type {
            #[inline(always)]
            fn widen(self) -> Wide {
                Wide::$wide(self)
            }

            #[inline(always)]
            fn narrow(wide: Wide) -> Self {
                let im = match wide {
                    Wide::ComplexSingle(number) => number.im as $part,
                    Wide::ComplexDouble(number) => number.im as $part,
                    _ => 0.0,
                };
                $type::new($part::narrow(wide), im)
            }
        }
    )*};
}

widened_complex! {
    Complex32 = f32 as ComplexSingle;
    Complex64 = f64 as ComplexDouble;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converted<A: Widened, B: Widened>(x: A) -> B {
        B::narrow(x.widen())
    }

    /// As TensorFlow 1.15.5 converts them.
    #[test]
    fn numbers_out_of_range_lose_their_upper_bits() {
        assert_eq!(converted::<f32, i8>(300.0), 44);
        assert_eq!(converted::<f32, u32>(3e9), 3_000_000_000);
        assert_eq!(converted::<f64, u64>(1.5e19), 15_000_000_000_000_000_000);
        assert_eq!(converted::<f64, u64>(-1.0), u64::MAX);
        assert_eq!(
            converted::<u64, f32>(u64::MAX),
            18_446_744_073_709_551_615.0
        );
        assert_eq!(converted::<i64, u16>(-1), u16::MAX);
        assert_eq!(converted::<u32, i32>(u32::MAX), -1);
    }

    #[test]
    fn floats_of_16_bits_round_to_the_nearest_by_way_of_f32() {
        assert_eq!(converted::<f64, f16>(65_520.0), f16::INFINITY);
        assert_eq!(converted::<i32, f16>(2049), f16::from_f32(2048.0));
        assert_eq!(converted::<f32, bf16>(1.0 / 3.0).to_f32(), 0.333_984_38);
    }

    #[test]
    fn complex_numbers_keep_their_real_part() {
        let x = Complex32::new(2.5, -1.0);
        assert_eq!(converted::<Complex32, i16>(x), 2);
        assert_eq!(
            converted::<Complex32, Complex64>(x),
            Complex64::new(2.5, -1.0)
        );
        assert_eq!(
            converted::<f16, Complex32>(f16::ONE),
            Complex32::new(1.0, 0.0)
        );
    }
}
