//! Hyperbolic functions and their inverses.

use super::binary::after;
use super::trigonometric::one_minus_square;
use super::unary::unary_functions;
use super::{conj, reciprocal};
use crate::types::Inexact;

unary_functions! {
    /// sinh x element by element, as `tf.sinh` computes it.
    sinh => Sinh for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.sinh(), smooth |x, _y, dy| after(dy, || dy * cosh(conj(x)));

    /// cosh x element by element, as `tf.cosh` computes it.
    cosh => Cosh for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.cosh(), smooth |x, _y, dy| after(dy, || dy * sinh(conj(x)));

    /// arsinh x element by element, as `tf.asinh` computes it.
    asinh => Asinh for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.asinh(), smooth |_x, y, dy| after(dy, || dy / cosh(conj(y)));

    /// arcosh x element by element, as `tf.acosh` computes it; NaN below 1.
    acosh => Acosh for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.acosh(), smooth |_x, y, dy| after(dy, || dy / sinh(conj(y)));

    /// artanh x element by element, as `tf.atanh` computes it; NaN outside of [-1, 1].
    atanh => Atanh for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.atanh(), smooth |x, _y, dy| after(dy, || {
        dy * reciprocal(one_minus_square(&conj(x)))
    });
}
