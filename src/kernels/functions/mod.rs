//! The functions of [`Inexact`] and [`Float`]: those of `f32` and `f64`, those of shorter types by
//! way of `f32` (`short.rs`), and those of complex numbers, made of them (`complex.rs`).
//!
//! They are written here, without branches, tables and calls, so that a loop over a slice works on
//! as many elements at once as the processor's registers hold. They are within 2 units in the last
//! place, the exponential function, the logarithms, sine, cosine and powers within 1, for all
//! arguments: subnormal ones, infinities and -0.0 included. The exceptions are those of the gamma
//! function for `f64`, which are within a few units of the largest number that they sum up.
//! Products and sums are fused where the code says so (`mul_add`) and nowhere else, so a result has
//! the same bits on every machine; one without that instruction computes it in software, slowly.
//!
//! Where a function without branches would need more digits than its type has (the sine of a large
//! number, the remainder of a large quotient), its name begins with `near_` and it gives NaN there;
//! [`slices::mend`](super::slices::mend) has that number computed by itself.

mod arcs;
mod circular;
#[cfg(feature = "all_types")]
mod complex;
mod error_function;
mod exponential;
mod gamma;
mod hyperbolic;
mod logarithm;
mod logistic;
mod power;
mod real;
mod remainder;
mod root;
#[cfg(feature = "all_types")]
mod short;
#[cfg(test)]
mod tests;

use crate::types::{Float, Inexact};

macro_rules! float {
    ($type:ident, erf $erf:path) => {
        impl Inexact for $type {
            float!(@own
                exp: exponential::exp,
                exp_m1: exponential::expm1,
                ln: logarithm::log,
                ln_1p: logarithm::log1p,
                rsqrt: root::rsqrt,
                near_rsqrt: root::near_rsqrt,
                near_sin: circular::sin,
                near_cos: circular::cos,
                near_tan: circular::tan,
                sinh: hyperbolic::sinh,
                cosh: hyperbolic::cosh,
                tanh: logistic::tanh,
                asinh: hyperbolic::asinh,
                acosh: hyperbolic::acosh,
                atanh: hyperbolic::atanh,
                sigmoid: logistic::sigmoid,
            );
            float!(@circular sin: near_sin, cos: near_cos, tan: near_tan);
            float!(@std $type: sqrt);

            #[inline(always)]
            fn pow(self, exponent: Self) -> Self {
                power::pow(self, exponent)
            }
        }

        impl Float for $type {
            const NAN: Self = <$type>::NAN;
            const EPSILON: Self = <$type>::EPSILON;
            const MIN_POSITIVE: Self = <$type>::MIN_POSITIVE;

            float!(@own
                asin: arcs::asin,
                acos: arcs::acos,
                atan: arcs::atan,
                softplus: logistic::softplus,
                erf: $erf,
                erfc: error_function::erfc,
            );
            float!(@double $type: lgamma digamma);
            float!(@std $type: floor ceil);

            #[inline(always)]
            fn atan2(self, other: Self) -> Self {
                arcs::atan2(self, other)
            }
            #[inline(always)]
            fn near_rem(self, other: Self) -> Self {
                remainder::near_rem(self, other)
            }
            #[inline(always)]
            fn round_even(self) -> Self {
                self.round_ties_even()
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                <$type>::is_nan(self)
            }
            #[inline(always)]
            fn is_infinite(self) -> bool {
                <$type>::is_infinite(self)
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                <$type>::is_finite(self)
            }
        }
    };
    (@own $($name:ident: $function:path,)*) => {
        $(#[inline(always)]
        fn $name(self) -> Self {
            $function(self)
        })*
    };
    (@circular $($name:ident: $near:ident),*) => {
        $(fn $name(self) -> Self {
            circular::anywhere(self, Inexact::$near, libm::$name)
        })*
    };
    (@double $type:ident: $($name:ident)*) => {
        $(#[inline(always)]
        fn $name(self) -> Self {
            gamma::$name(self as f64) as $type
        })*
    };
    (@std $type:ident: $($name:ident)*) => {
        $(#[inline(always)]
        fn $name(self) -> Self {
            <$type>::$name(self)
        })*
    };
}

float!(f32, erf error_function::erf);
float!(f64, erf error_function::precise_erf);
