//! Signs.

use super::unary::unary_functions;
use crate::ops::array::{shape, zeros};
use crate::types::Number;

unary_functions! {
    /// -x element by element, as `tf.negative` computes it.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.constant([1.0, -2.0]);
    ///
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(tf::negative(&x).array1(), [])?, arr1(&[-1.0, 2.0]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    negative => Neg for Number in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| x.negated(), smooth |_x, _y, dy| -dy;

    /// -1, 0 or 1 as x is negative, 0 or positive, element by element, as `tf.sign` computes it; 0
    /// of NaN, as TensorFlow 1 gives. Of complex numbers x / |x|, and 0 of 0.
    sign => Sign for Number in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| x.signum_or_zero(), smooth |x, _y, _dy| zeros(shape(x));
}
