//! Products and quotients that are 0 where one factor or the numerator is, even if the rest is infinite or undefined.

use super::binary::{Function, after, apply, unbroadcast_tensors};
use super::broadcast_gradient::same_known_shapes;
use super::{cast, negative, not_equal};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::ops::OpDef;
use crate::types::{Float, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    OpDef::smooth("MulNoNan"),
    OpDef::smooth("DivNoNan"),
    OpDef::smooth("Xdivy"),
    OpDef::smooth("Xlogy"),
];

/// `x · y`, but 0 where `y` is 0 even if `x` is infinite or not a number, element by element, with broadcasting, as
/// `tf.math.multiply_no_nan` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn multiply_no_nan<T: Float>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<MulNoNan, T>("multiply_no_nan", x, y)
}

/// As [`multiply_no_nan`], named as in TensorFlow's gradient rule.
#[track_caller]
fn mul_no_nan<T: Float>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<MulNoNan, T>("MulNoNan", x, y)
}

/// `x / y`, but 0 where `y` is 0, element by element, with broadcasting, as `tf.div_no_nan` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn div_no_nan<T: Float>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<DivNoNan, T>("div_no_nan", x, y)
}

/// `x / y`, but 0 where `x` is 0, element by element, with broadcasting, as `tf.math.xdivy` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn xdivy<T: Float>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Xdivy, T>("Xdivy", x, y)
}

/// `x · ln y`, but 0 where `x` is 0, element by element, with broadcasting, as `tf.math.xlogy` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn xlogy<T: Float>(x: impl IntoTensor<T>, y: impl IntoTensor<T>) -> Tensor<T> {
    apply::<Xlogy, T>("Xlogy", x, y)
}

#[derive(Debug)]
struct MulNoNan;

#[derive(Debug)]
struct DivNoNan;

#[derive(Debug)]
struct Xdivy;

#[derive(Debug)]
struct Xlogy;

impl<T: Float> Function<T> for MulNoNan {
    type Output = T;
    const OP_TYPE: &'static str = "MulNoNan";

    fn apply(x: T, y: T) -> Option<T> {
        Some(if y == T::ZERO { T::ZERO } else { x.times(y) })
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        if same_known_shapes(&[x, y, dz]) {
            cx.set(0, mul_no_nan(dz, y));
            cx.set(1, mul_no_nan(x, dz));
        } else {
            let unbroadcast = unbroadcast_tensors(x, y);
            cx.set(0, unbroadcast.x(mul_no_nan(dz, y)));
            cx.set(1, unbroadcast.y(mul_no_nan(x, dz)));
        }
        Ok(())
    }
}

impl<T: Float> Function<T> for DivNoNan {
    type Output = T;
    const OP_TYPE: &'static str = "DivNoNan";

    fn apply(x: T, y: T) -> Option<T> {
        if y == T::ZERO {
            Some(T::ZERO)
        } else {
            x.over(y)
        }
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let unbroadcast = unbroadcast_tensors(x, y);
        cx.set(0, unbroadcast.x(div_no_nan(dz, y)));
        let slope = div_no_nan(div_no_nan(negative(x), y), y);
        cx.set(1, unbroadcast.y(dz * slope));
        Ok(())
    }
}

impl<T: Float> Function<T> for Xdivy {
    type Output = T;
    const OP_TYPE: &'static str = "Xdivy";

    fn apply(x: T, y: T) -> Option<T> {
        if x == T::ZERO {
            Some(T::ZERO)
        } else {
            x.over(y)
        }
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let unbroadcast = unbroadcast_tensors(x, y);
        let (dx, dy) = after(dz, || {
            let slope_x = xdivy(one_unless_zero(x), y);
            let slope_y = xdivy(negative(x), y.pow(T::from_i64(2)));
            (unbroadcast.x(slope_x * dz), unbroadcast.y(slope_y * dz))
        });
        cx.set(0, dx);
        cx.set(1, dy);
        Ok(())
    }
}

impl<T: Float> Function<T> for Xlogy {
    type Output = T;
    const OP_TYPE: &'static str = "Xlogy";

    fn apply(x: T, y: T) -> Option<T> {
        Some(if x == T::ZERO {
            T::ZERO
        } else {
            x.times(y.ln())
        })
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, y, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let unbroadcast = unbroadcast_tensors(x, y);
        let (dx, dy) = after(dz, || {
            let slope_x = xlogy(one_unless_zero(x), y);
            let slope_y = xdivy(x, y);
            (unbroadcast.x(slope_x * dz), unbroadcast.y(slope_y * dz))
        });
        cx.set(0, dx);
        cx.set(1, dy);
        Ok(())
    }
}

/// 1, but 0 where `x` is 0.
#[track_caller]
fn one_unless_zero<T: Float>(x: &Tensor<T>) -> Tensor<T> {
    // TensorFlow makes a number of Python, which it takes for an f32, the zero to compare with.
    let zero = super::cast::cast_constant::<f32, T>(x.graph(), 0.0);
    cast::<bool, T>(not_equal(x, zero))
}
