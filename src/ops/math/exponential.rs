//! Exponential functions and logarithms.

use super::binary::after;
use super::no_nan::mul_no_nan;
use super::operators::sum;
use super::unary::unary_functions;
use super::xdivy;
use crate::types::Float;

unary_functions! {
    /// eˣ element by element, as `tf.exp` computes it.
    exp => Exp for Float -> T: |x| x.exp(), smooth |_x, y, dy| after(dy, || mul_no_nan(y, dy));

    /// eˣ - 1 element by element, exact for small x too, as `tf.expm1` computes it.
    expm1 => Expm1 for Float -> T: |x| x.exp_m1(), smooth |x, _y, dy| after(dy, || mul_no_nan(exp(x), dy));

    /// The natural logarithm of x element by element, as `tf.log` computes it.
    log => Log for Float -> T: |x| x.ln(), smooth |x, _y, dy| after(dy, || xdivy(dy, x));

    /// The natural logarithm of 1 + x element by element, exact for small x too, as `tf.log1p` computes it.
    log1p => Log1p for Float -> T: |x| x.ln_1p(), smooth |x, _y, dy| after(dy, || xdivy(dy, sum(T::ONE, x)));
}
