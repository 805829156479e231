//! Comparisons of two tensors, element by element, with broadcasting.

use super::binary::{Binary, Function, apply};
use super::unary::op_of_bound;
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::ops::OpDef;
use crate::types::{Element, Numeric, Result};

/// Defines comparisons: for each the public function, its op, and a row of the op table.
macro_rules! comparisons {
    ($(
        $(#[$doc:meta])*
        $function:ident => $op:ident for $bound:ident $(in $types:literal)?: $operator:tt $(, $attributes:literal)?;
    )*) => {
        pub(in crate::ops) const OPS: &[OpDef] = &[$(op_of_bound!(
            flat concat!(stringify!($op), "(x: T, y: T) -> (z: bool)" $(, $attributes)? $(, "; T in ", $types)?),
            $bound, Binary::<$op, T>::new()
        )),*];

        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// `InvalidArgument` if the shapes do not broadcast.
            #[track_caller]
            pub fn $function<T: $bound>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<bool> {
                apply::<$op, T>(stringify!($op), x, y)
            }

            #[derive(Debug)]
            struct $op;

            impl<T: $bound> Function<T> for $op {
                type Output = bool;
                const OP_TYPE: &'static str = stringify!($op);

                #[inline(always)]
                fn apply(x: T, y: T) -> Option<bool> {
                    Some(x $operator y)
                }

                fn gradient(_: &mut GradientContext<'_>) -> Result<()> {
                    Ok(())
                }
            }
        )*
    };
}

comparisons! {
    /// Whether `x` equals `y`, element by element, with broadcasting, as `tf.equal` tells. NaN equals nothing.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let prediction = graph.constant([1, 2, 3]);
    /// let right = tf::equal(&prediction, [1, 0, 3]);
    /// let accuracy = tf::reduce_mean(tf::cast(&right, tf::float32), ..);
    ///
    /// let session = tf::Session::new(&graph)?;
    /// assert_eq!(session.run(right.array1(), [])?, arr1(&[true, false, true]));
    /// assert!((session.run(accuracy.scalar(), [])? - 2.0 / 3.0).abs() < 1e-6);
    /// # Ok::<(), tf::Error>(())
    /// ```
    equal => Equal for Element in "{bfloat16, float16, float32, float64, uint8, int8, int16, int32, int64, complex64, quint8, qint8, qint32, string, bool, complex128}": ==, "; incompatible_shape_error: bool = true";

    /// Whether `x` differs from `y`, element by element, with broadcasting, as `tf.not_equal` tells. NaN differs from
    /// everything.
    not_equal => NotEqual for Element in "{bfloat16, float16, float32, float64, uint8, int8, int16, int32, int64, complex64, quint8, qint8, qint32, string, bool, complex128}": !=, "; incompatible_shape_error: bool = true";

    /// Whether `x < y`, element by element, with broadcasting, as `tf.less` and Python's operator `<` tell.
    less => Less for Numeric in "real": <;

    /// Whether `x <= y`, element by element, with broadcasting, as `tf.less_equal` and Python's operator `<=` tell.
    less_equal => LessEqual for Numeric in "real": <=;

    /// Whether `x > y`, element by element, with broadcasting, as `tf.greater` and Python's operator `>` tell.
    greater => Greater for Numeric in "real": >;

    /// Whether `x >= y`, element by element, with broadcasting, as `tf.greater_equal` and Python's operator `>=` tell.
    greater_equal => GreaterEqual for Numeric in "real": >=;
}
