//! Which numbers are finite.

use super::unary::unary_functions;
use crate::types::Float;

unary_functions! {
    /// Whether x is NaN, element by element, as `tf.is_nan` tells.
    is_nan => IsNan for Float in "{bfloat16, float16, float32, float64}" -> bool: |x| x.is_nan(), opaque;

    /// Whether x is ∞ or -∞, element by element, as `tf.is_inf` tells.
    is_inf => IsInf for Float in "{bfloat16, float16, float32, float64}" -> bool: |x| x.is_infinite(), opaque;

    /// Whether x is neither infinite nor NaN, element by element, as `tf.is_finite` tells.
    is_finite => IsFinite for Float in "{bfloat16, float16, float32, float64}" -> bool: |x| x.is_finite(), opaque;
}
