//! The functions of [`Float`] for `f32` and `f64`.
//!
//! Those that networks are made of (the exponential functions, logarithms, tanh, the logistic function, softplus and the error
//! function of `f32`) are written here, without branches, tables and calls, so that a loop over a slice works on as many
//! elements at once as the processor's registers hold. They are within 2 units in the last place, the exponential function and the
//! logarithms within 1, for all arguments: subnormal ones, infinities and -0.0 included. Products and sums are fused where the code says so
//! (`mul_add`) and nowhere else, so a result has the same bits on every machine; one without that instruction computes it in software, slowly. All others are the standard library's, and the error function of `f64` is the crate `libm`'s.

mod error_function;
mod exponential;
mod logarithm;
mod logistic;
mod real;
#[cfg(test)]
mod tests;

use crate::types::Float;

macro_rules! float {
    ($type:ident, erf $erf:path) => {
        impl Float for $type {
            const NAN: Self = <$type>::NAN;
            const EPSILON: Self = <$type>::EPSILON;
            const MIN_POSITIVE: Self = <$type>::MIN_POSITIVE;

            float!(@own
                exp: exponential::exp,
                exp_m1: exponential::expm1,
                ln: logarithm::log,
                ln_1p: logarithm::log1p,
                tanh: logistic::tanh,
                sigmoid: logistic::sigmoid,
                softplus: logistic::softplus,
                erf: $erf,
            );
            float!(@std $type: sqrt sin cos tan asin acos atan sinh cosh asinh acosh atanh floor ceil);

            fn atan2(self, other: Self) -> Self {
                <$type>::atan2(self, other)
            }
            fn round_even(self) -> Self {
                self.round_ties_even()
            }
            fn is_nan(self) -> bool {
                <$type>::is_nan(self)
            }
            fn is_infinite(self) -> bool {
                <$type>::is_infinite(self)
            }
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
    (@std $type:ident: $($name:ident)*) => {
        $(#[inline(always)]
        fn $name(self) -> Self {
            <$type>::$name(self)
        })*
    };
}

float!(f32, erf error_function::erf);
float!(f64, erf libm::erf);
