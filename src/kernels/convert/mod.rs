//! Conversions of a number from one element type to another, as C++ compiled for x86 processors
//! makes them.

#[cfg(feature = "all_types")]
mod wide;

#[cfg(feature = "all_types")]
pub(crate) use wide::{Wide, Widened};

/// A conversion to `To`.
pub(crate) trait Convert<To> {
    /// The number as a `To`.
    fn convert(self) -> To;
}

/// Conversions that Rust's `as` makes in the same way.
macro_rules! as_rust {
    ($($from:ident: $($to:ident)*;)*) => {
        $($(impl Convert<$to> for $from {
            #[inline]
            fn convert(self) -> $to {
                self as $to
            }
        })*)*
    };
}

as_rust! {
    f32: f32 f64;
    f64: f32 f64;
    i32: f32 f64 i32 i64 u8;
    i64: f32 f64 i32 i64 u8;
    u8: f32 f64 i32 i64 u8;
    bool: i32 i64 u8 bool;
}

macro_rules! from_float {
    ($($from:ident: $set:ident $truncate:ident;)*) => {$(
        impl Convert<i32> for $from {
            #[inline(always)]
            fn convert(self) -> i32 {
                // Without branches, and without the saturation of `as`, several at once. 2^31; NaN
                // does not fit either.
                let fits = (-2_147_483_648.0..2_147_483_648.0).contains(&self);
                let within = if fits { self } else { 0.0 };
                // SAFETY: it is within the range of the type.
                let number = unsafe { within.to_int_unchecked::<i32>() };
                if fits { number } else { i32::MIN }
            }
        }

        impl Convert<i64> for $from {
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            #[inline(always)]
            fn convert(self) -> i64 {
                use std::arch::x86_64::{$set, $truncate};
                // SAFETY: every such processor has these instructions.
                unsafe { $truncate($set(self)) }
            }

            #[cfg(not(all(target_arch = "x86_64", not(miri))))]
            #[inline(always)]
            fn convert(self) -> i64 {
                // 2^63; NaN is not below it either.
                if self < 9_223_372_036_854_775_808.0 { self as i64 } else { i64::MIN }
            }
        }

        impl Convert<u8> for $from {
            #[inline(always)]
            fn convert(self) -> u8 {
                let wide: i32 = self.convert();
                wide as u8
            }
        }
    )*};
}

from_float! {
    f32: _mm_set_ss _mm_cvttss_si64;
    f64: _mm_set_sd _mm_cvttsd_si64;
}

macro_rules! to_bool {
    ($($from:ident)*) => {$(
        impl Convert<bool> for $from {
            #[inline]
            fn convert(self) -> bool {
                self != $from::default()
            }
        }
    )*};
}

to_bool!(f32 f64 i32 i64 u8);

impl Convert<f32> for bool {
    #[inline]
    fn convert(self) -> f32 {
        f32::from(u8::from(self))
    }
}

impl Convert<f64> for bool {
    #[inline]
    fn convert(self) -> f64 {
        f64::from(u8::from(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all<A: Convert<i32> + Convert<i64> + Convert<u8> + Copy>(x: A) -> (i32, i64, u8) {
        (x.convert(), x.convert(), x.convert())
    }

    /// As TensorFlow 1.15.5 converts them.
    #[test]
    fn floats_out_of_range_become_the_smallest_integer() {
        assert_eq!(all(300.0f32), (300, 300, 44));
        assert_eq!(all(-300.0f32), (-300, -300, 212));
        assert_eq!(all(3e9f32), (i32::MIN, 3_000_000_000, 0));
        assert_eq!(all(2_147_483_647.0f64), (i32::MAX, 2_147_483_647, 255));
        for huge in [1e19f64, -1e19, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(all(huge), (i32::MIN, i64::MIN, 0));
            assert_eq!(all(huge as f32), (i32::MIN, i64::MIN, 0));
        }
    }

    #[test]
    fn all_but_zero_is_true() {
        assert!(Convert::<bool>::convert(f32::NAN));
        assert!(!Convert::<bool>::convert(-0.0f64));
    }
}
