//! Comparisons of two tensors, element by element, with broadcasting.

use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::sync::Arc;

use super::binary::{Binary, Function};
use crate::graph::{
    Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{binary, broadcast, expect_registered};
use crate::types::{Element, Numeric, Plain, Result};

/// Defines comparisons: for each the public function, its op, and a row of the op table. `$made` is
/// the op's struct.
macro_rules! comparisons {
    ($(
        $(#[$doc:meta])*
        $function:ident => $op:ident for $bound:ident of $plain:ident as $class:ident, $made:ident $(in $types:literal)?: $operator:tt $(, $attributes:literal)?;
    )*) => {
        pub(in crate::ops) const OPS: &[OpDef] = &[$(op!(
            flat concat!(stringify!($op), "(x: T, y: T) -> (z: bool)" $(, $attributes)? $(, "; T in ", $types)?),
            T: $class, |_| $made::<$op, T>::new()
        )),*];

        $(
            $(#[$doc])*
            ///
            /// # Errors
            /// `InvalidArgument` if the shapes do not broadcast.
            #[track_caller]
            pub fn $function<T: $bound>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<bool> {
                binary(stringify!($op), $made::<$op, T>::new(), (x, "x"), (y, "y"))
            }

            #[derive(Debug)]
            struct $op;

            impl<T: $plain> Function<T> for $op {
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

/// Whether elements of any type are equal, or differ: texts by numbers that stand for them.
struct Equality<F, T>(PhantomData<fn() -> (F, T)>);

impl<F: Function<T::Moved>, T: Element> Equality<F, T> {
    fn new() -> Self {
        Equality(PhantomData)
    }

    fn of_numbers() -> Binary<F, T::Moved> {
        Binary::new()
    }
}

impl<F: Function<T::Moved>, T: Element> Debug for Equality<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(F::OP_TYPE)
    }
}

impl<F: Function<T::Moved, Output = bool>, T: Element> Op for Equality<F, T> {
    fn op_type(&self) -> &'static str {
        F::OP_TYPE
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_registered(F::OP_TYPE, "T", T::DTYPE)?;
        broadcast::<bool>(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        match const { T::DTYPE.is_plain() } {
            true => Self::of_numbers().compute(cx),
            false => cx.compare_owned(&|cx| Self::of_numbers().compute(cx), &[]),
        }
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        F::gradient(cx)
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        Arc::new(Self::of_numbers()).fusion(cx)
    }
}

comparisons! {
    /// Whether `x` equals `y`, element by element, with broadcasting, as `tf.equal` tells. NaN
    /// equals nothing.
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
    equal => Equal for Element of Plain as any, Equality in "{bfloat16, float16, float32, float64, uint8, int8, int16, int32, int64, complex64, quint8, qint8, qint32, string, bool, complex128}": ==, "; incompatible_shape_error: bool = true";

    /// Whether `x` differs from `y`, element by element, with broadcasting, as `tf.not_equal`
    /// tells. NaN differs from everything.
    not_equal => NotEqual for Element of Plain as any, Equality in "{bfloat16, float16, float32, float64, uint8, int8, int16, int32, int64, complex64, quint8, qint8, qint32, string, bool, complex128}": !=, "; incompatible_shape_error: bool = true";

    /// Whether `x < y`, element by element, with broadcasting, as `tf.less` and Python's operator
    /// `<` tell.
    less => Less for Numeric of Numeric as numeric, Binary in "real": <;

    /// Whether `x <= y`, element by element, with broadcasting, as `tf.less_equal` and Python's
    /// operator `<=` tell.
    less_equal => LessEqual for Numeric of Numeric as numeric, Binary in "real": <=;

    /// Whether `x > y`, element by element, with broadcasting, as `tf.greater` and Python's
    /// operator `>` tell.
    greater => Greater for Numeric of Numeric as numeric, Binary in "real": >;

    /// Whether `x >= y`, element by element, with broadcasting, as `tf.greater_equal` and Python's
    /// operator `>=` tell.
    greater_equal => GreaterEqual for Numeric of Numeric as numeric, Binary in "real": >=;
}
