//! Signs and absolute values.

use super::unary::unary_functions;
use crate::ops::array::{shape, zeros};
use crate::types::Numeric;

unary_functions! {
    /// |x| element by element, as `tf.abs` computes it; the smallest integer stays as it is. The gradient at 0 is 0.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.constant([1.0, -2.0]);
    ///
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(tf::abs(&x).array1(), [])?, arr1(&[1.0, 2.0]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    abs => Abs for Numeric in "{bfloat16, float16, float32, float64, int8, int16, int32, int64}" -> T: |x| x.magnitude(), smooth |x, _y, dy| dy * sign(x);

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
    negative => Neg for Numeric in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| x.negated(), smooth |_x, _y, dy| -dy;

    /// -1, 0 or 1 as x is negative, 0 or positive, element by element, as `tf.sign` computes it; 0 of NaN, as
    /// TensorFlow 1 gives.
    sign => Sign for Numeric in "{bfloat16, float16, float32, float64, int32, int64, complex64, complex128}" -> T: |x| x.signum_or_zero(), smooth |x, _y, _dy| zeros(shape(x));
}
