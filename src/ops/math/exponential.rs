//! Exponential functions and logarithms.

use super::binary::after;
use super::operators::sum;
use super::unary::unary_functions;
use super::{conj, reciprocal};
use crate::types::Inexact;

unary_functions! {
    /// eˣ element by element, as `tf.exp` computes it.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let y = tf::exp(graph.constant(0.0));
    ///
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(y.scalar(), [])?, 1.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    exp => Exp for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.exp(), smooth |_x, y, dy| after(dy, || dy * conj(y));

    /// eˣ - 1 element by element, exact for small x too, as `tf.expm1` computes it.
    expm1 => Expm1 for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.exp_m1(), smooth |x, _y, dy| after(dy, || dy * exp(conj(x)));

    /// The natural logarithm of x element by element, as `tf.log` computes it.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let y = tf::log(graph.constant(1.0));
    ///
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(y.scalar(), [])?, 0.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    log => Log for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.ln(), smooth |x, _y, dy| after(dy, || dy * reciprocal(conj(x)));

    /// The natural logarithm of 1 + x element by element, exact for small x too, as `tf.log1p`
    /// computes it.
    log1p => Log1p for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.ln_1p(), smooth |x, _y, dy| after(dy, || {
        dy * reciprocal(sum(T::ONE, conj(x)))
    });
}
