//! Squares, roots and reciprocals.

use super::binary::after;
use super::slopes::{reciprocal_grad, rsqrt_grad, sqrt_grad};
use super::unary::unary_functions;
use super::{conj, multiply};
use crate::types::{Inexact, Number};

unary_functions! {
    /// x² element by element, as `tf.square` computes it. Integers wrap around on overflow.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.constant([1.0, -2.0, 3.0]);
    ///
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(tf::square(&x).array1(), [])?, arr1(&[1.0, 4.0, 9.0]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    square => Square for Number in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| x.times(x), smooth |x, _y, dy| after(dy, || {
        let two = x.graph().constant(T::from_i64(2));
        multiply(dy, multiply(conj(x), two))
    });

    /// √x element by element, as `tf.sqrt` computes it; NaN of negative numbers.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.constant([4.0, 9.0]);
    ///
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(tf::sqrt(&x).array1(), [])?, arr1(&[2.0, 3.0]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    sqrt => Sqrt for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.sqrt(), smooth |_x, y, dy| sqrt_grad(y, dy);

    /// 1 / √x element by element, as `tf.rsqrt` computes it; ∞ of 0 and NaN of negative numbers.
    ///
    /// Of -0 this gives -∞ as IEEE 754 does; TensorFlow gives that only in `f64`.
    rsqrt => Rsqrt for Inexact in "{bfloat16, float16, float32, float64, complex64, complex128}" -> T: |x| x.near_rsqrt() => T::rsqrt, smooth |_x, y, dy| rsqrt_grad(y, dy);

    /// 1 / x element by element, as `tf.reciprocal` computes it.
    reciprocal => Reciprocal for Inexact in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| T::ONE / x, smooth |_x, y, dy| reciprocal_grad(y, dy);
}
