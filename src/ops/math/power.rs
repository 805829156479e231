//! `Pow`.

use super::binary::{Function, apply};
use super::{Unbroadcast, greater, log, select};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::ops::OpDef;
use crate::ops::array::{ones_like, zeros_like};
use crate::types::{Error, Float, Numeric, Result, with_float};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("Pow")];

/// `x` to the power `y` element by element, with broadcasting, as `tf.pow` computes it. Integers wrap around on
/// overflow. The gradient with respect to `y` is 0 where `x` is not positive.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([2.0, 3.0]);
/// let y = graph.constant([3.0, 2.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::pow(&x, &y).array1(), [])?, arr1(&[8.0, 9.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast or, when run, if an integer is raised to a negative power.
#[track_caller]
pub fn pow<T: Numeric>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Pow, T>("Pow", x, y)
}

#[derive(Debug)]
pub(super) struct Pow;

impl<T: Numeric> Function<T> for Pow {
    type Output = T;
    const OP_TYPE: &'static str = "Pow";
    const UNDEFINED: Option<&'static str> =
        Some("Integers to negative integer powers are not allowed");

    #[inline(always)]
    fn apply(x: T, y: T) -> Option<T> {
        x.power(y)
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        with_float!(T::DTYPE, F => {
            gradient::<F>(cx);
            Ok(())
        }, Err(Error::unimplemented("Pow has a gradient for floats only")))
    }
}

/// dx = dz · y · x^(y - 1) and dy = dz · z · ln x.
#[track_caller]
fn gradient<T: Float>(cx: &mut GradientContext<'_>) {
    let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
    let unbroadcast = Unbroadcast::new(x, y, dz);
    cx.set(0, unbroadcast.x(dz * y * pow(x, y - T::ONE)));
    // The logarithm is not defined where x is not positive; a first choice keeps that from its own gradient too.
    let positive = greater(x, T::ZERO);
    let base = select(&positive, x, ones_like(x));
    let log_x = select(&positive, log(base), zeros_like(x));
    cx.set(1, unbroadcast.y(dz * cx.output::<T>(0) * log_x));
}
