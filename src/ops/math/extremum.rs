//! The larger and the smaller of two tensors, with broadcasting.

use super::binary::{Binary, Function, apply};
use super::{greater_equal, less_equal, select};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::ops::OpDef;
use crate::ops::array::{shape, zeros};
use crate::ops::def::op;
use crate::types::{Numeric, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Maximum(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, int32, int64}",
        T: numeric, |_| Binary::<Maximum, T>::new()),
    op!(smooth "Minimum(x: T, y: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, int32, int64}",
        T: numeric, |_| Binary::<Minimum, T>::new()),
];

/// The larger of `x` and `y` element by element, with broadcasting, as `tf.maximum` computes it.
///
/// Where `x` is NaN, the result is; NaN in `y` alone gives `x`. The gradient goes to `x` where both
/// are equal.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([1.0, 5.0]);
/// let y = graph.constant(3.0);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::maximum(&x, &y).array1(), [])?, arr1(&[3.0, 5.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn maximum<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Maximum, T>("Maximum", x, y)
}

/// The smaller of `x` and `y` element by element, with broadcasting, as `tf.minimum` computes it.
///
/// Where `x` is NaN, the result is; NaN in `y` alone gives `x`. The gradient goes to `x` where both
/// are equal.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([1.0, 5.0]);
/// let y = graph.constant(3.0);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::minimum(&x, &y).array1(), [])?, arr1(&[1.0, 3.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn minimum<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Minimum, T>("Minimum", x, y)
}

#[derive(Debug)]
pub(super) struct Maximum;

#[derive(Debug)]
struct Minimum;

impl<T: Numeric> Function<T> for Maximum {
    type Output = T;
    const OP_TYPE: &'static str = "Maximum";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(if x < y { y } else { x })
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        gradient::<T>(cx, greater_equal)
    }
}

impl<T: Numeric> Function<T> for Minimum {
    type Output = T;
    const OP_TYPE: &'static str = "Minimum";

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        Some(if y < x { y } else { x })
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        gradient::<T>(cx, less_equal)
    }
}

/// The gradient goes to `x` where `is_x` says so, else to `y`.
#[track_caller]
fn gradient<T: Numeric>(
    cx: &mut GradientContext<'_>,
    is_x: impl FnOnce(Tensor<T>, Tensor<T>) -> Tensor<bool>,
) -> Result<()> {
    let (x, y, dz) = (cx.input::<T>(0), cx.input::<T>(1), &cx.grad::<T>(0));
    let (x_shape, y_shape) = (shape(&x), shape(&y));
    let zeros = zeros::<T>(&shape(dz));
    let to_x = is_x(x, y);
    let unbroadcast = super::Unbroadcast::at_run(x_shape, y_shape);
    cx.set(0, unbroadcast.x(select(&to_x, dz, &zeros)));
    cx.set(1, unbroadcast.y(select(&to_x, zeros, dz)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Graph, Session};

    /// As TensorFlow 1.15.5 computes them.
    #[test]
    fn nan_in_the_first_operand_stays() {
        let graph = Graph::new();
        let (x, y) = (
            graph.constant([f64::NAN, 1.0]),
            graph.constant([1.0, f64::NAN]),
        );
        let session = Session::new(&graph).unwrap();
        let (larger, smaller) = session.run((maximum(&x, &y), minimum(&x, &y)), []).unwrap();
        for result in [larger, smaller] {
            assert!(result[[0]].is_nan());
            assert_eq!(result[[1]], 1.0);
        }
    }
}
