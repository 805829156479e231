//! The functions of [`Inexact`] and [`Float`] for `f16` and `bf16`: those of `f32`, rounded, as
//! Eigen's types of 16 bits compute them.

use half::{bf16, f16};

use crate::types::{Float, Inexact};

macro_rules! short_float {
    ($($type:ident)*) => {$(
        impl Inexact for $type {
            short_float!(@of_one $type, Inexact: exp exp_m1 ln ln_1p sqrt rsqrt near_rsqrt sin cos tan near_sin near_cos
                near_tan sinh cosh tanh asinh acosh atanh sigmoid);
            short_float!(@of_two $type, Inexact: pow);
        }

        impl Float for $type {
            const NAN: Self = $type::NAN;
            const EPSILON: Self = $type::EPSILON;
            const MIN_POSITIVE: Self = $type::MIN_POSITIVE;

            short_float!(@of_one $type, Float: asin acos atan softplus erf erfc lgamma digamma floor ceil round_even);
            short_float!(@of_two $type, Float: atan2 near_rem);
            short_float!(@tells $type: is_nan is_infinite is_finite);
        }
    )*};
    (@of_one $type:ident, $trait:ident: $($name:ident)*) => {
        $(#[inline]
        fn $name(self) -> Self {
            $type::from_f32($trait::$name(self.to_f32()))
        })*
    };
    (@of_two $type:ident, $trait:ident: $($name:ident)*) => {
        $(#[inline]
        fn $name(self, other: Self) -> Self {
            $type::from_f32($trait::$name(self.to_f32(), other.to_f32()))
        })*
    };
    (@tells $type:ident: $($name:ident)*) => {
        $(#[inline]
        fn $name(self) -> bool {
            $type::$name(self)
        })*
    };
}

short_float!(f16 bf16);
