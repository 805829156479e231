//! The ops that TensorFlow has for the gradients of some functions: each computes the gradient `dx`
//! with respect to the argument from the value `y` and the gradient `dy` with respect to it, which
//! have the same shape.

use super::binary::{Binary, Function, after, apply};
use super::operators::product;
use super::{conj, square};
use crate::graph::{GradientContext, InferContext, Tensor};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::older::Older;
use crate::ops::support::merge;
use crate::types::{Inexact, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "SqrtGrad(y: T, dy: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, complex64, complex128}",
        T: inexact, |_| Binary::<SqrtGrad, T>::new()),
    op!(smooth "RsqrtGrad(y: T, dy: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, complex64, complex128}",
        T: inexact, |_| Binary::<RsqrtGrad, T>::new()),
    op!(smooth "ReciprocalGrad(y: T, dy: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, complex64, complex128}",
        T: inexact, |_| Binary::<ReciprocalGrad, T>::new()),
    op!(smooth "InvGrad(y: T, dy: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, complex64, complex128}",
        T: inexact, |node| Older::renamed(node, Binary::<ReciprocalGrad, T>::new()))
    .superseded_by("ReciprocalGrad"),
    op!(smooth "TanhGrad(y: T, dy: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, complex64, complex128}",
        T: inexact, |_| Binary::<TanhGrad, T>::new()),
    op!(smooth "SigmoidGrad(y: T, dy: T) -> (z: T); \
        T in {bfloat16, float16, float32, float64, complex64, complex128}",
        T: inexact, |_| Binary::<SigmoidGrad, T>::new()),
];

/// The gradient of y = √x: `dy / 2y`.
#[track_caller]
pub(super) fn sqrt_grad<T: Inexact>(y: &Tensor<T>, dy: &Tensor<T>) -> Tensor<T> {
    apply::<SqrtGrad, T>("SqrtGrad", y, dy)
}

/// The gradient of y = 1 / √x: `-dy · y³ / 2`.
#[track_caller]
pub(super) fn rsqrt_grad<T: Inexact>(y: &Tensor<T>, dy: &Tensor<T>) -> Tensor<T> {
    apply::<RsqrtGrad, T>("RsqrtGrad", y, dy)
}

/// The gradient of y = 1 / x: `-dy · y²`.
#[track_caller]
pub(super) fn reciprocal_grad<T: Inexact>(y: &Tensor<T>, dy: &Tensor<T>) -> Tensor<T> {
    apply::<ReciprocalGrad, T>("ReciprocalGrad", y, dy)
}

/// The gradient of y = tanh x: `dy · (1 - y²)`.
#[track_caller]
pub(super) fn tanh_grad<T: Inexact>(y: &Tensor<T>, dy: &Tensor<T>) -> Tensor<T> {
    apply::<TanhGrad, T>("TanhGrad", y, dy)
}

/// The gradient of y = 1 / (1 + e⁻ˣ): `dy · y · (1 - y)`.
#[track_caller]
pub(super) fn sigmoid_grad<T: Inexact>(y: &Tensor<T>, dy: &Tensor<T>) -> Tensor<T> {
    apply::<SigmoidGrad, T>("SigmoidGrad", y, dy)
}

#[derive(Debug)]
struct SqrtGrad;

#[derive(Debug)]
struct RsqrtGrad;

#[derive(Debug)]
struct ReciprocalGrad;

#[derive(Debug)]
struct TanhGrad;

#[derive(Debug)]
struct SigmoidGrad;

/// Sets the gradients with respect to `y` and `dy`, which `rule` makes of `y`, `dy` and the
/// gradient with respect to the op's result.
#[track_caller]
fn set_gradients<T: Inexact>(
    cx: &mut GradientContext<'_>,
    rule: impl FnOnce(&Tensor<T>, &Tensor<T>, &Tensor<T>) -> (Tensor<T>, Tensor<T>),
) -> Result<()> {
    let (y, dy, ddx) = (cx.input(0), cx.input(1), cx.grad(0));
    let (for_y, for_dy) = after(&ddx, || rule(&y, &dy, &ddx));
    cx.set(0, for_y);
    cx.set(1, for_dy);
    Ok(())
}

/// The shape of `y`, which `dy` must have too: TensorFlow's shape rule does not look at it, and its
/// kernel reads whatever there is.
fn shape_of_value(cx: &InferContext<'_>) -> Result<Shape> {
    merge(cx, cx.shape(0), cx.shape(1))?;
    Ok(cx.shape(0).clone())
}

impl<T: Inexact> Function<T> for SqrtGrad {
    type Output = T;
    const OP_TYPE: &'static str = "SqrtGrad";

    fn shape(cx: &InferContext<'_>) -> Result<Shape> {
        shape_of_value(cx)
    }

    #[inline(always)]
    fn apply(y: T, dy: T) -> Option<T> {
        Some(T::from_f64(0.5) * dy / y.conjugate())
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = cx.output::<T>(0);
        set_gradients(cx, |y, _, ddx| {
            let quotient = ddx / y;
            (-conj(&quotient) * dx, product(T::from_f64(0.5), quotient))
        })
    }
}

impl<T: Inexact> Function<T> for RsqrtGrad {
    type Output = T;
    const OP_TYPE: &'static str = "RsqrtGrad";

    fn shape(cx: &InferContext<'_>) -> Result<Shape> {
        shape_of_value(cx)
    }

    #[inline(always)]
    fn apply(y: T, dy: T) -> Option<T> {
        let y = y.conjugate();
        Some(T::from_f64(-0.5) * (dy * y) * (y * y))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        set_gradients(cx, |y, dy, ddx| {
            let y = &conj(y);
            let for_y = product(T::from_f64(-1.5), conj(ddx)) * dy * square(y);
            (for_y, rsqrt_grad(y, ddx))
        })
    }
}

impl<T: Inexact> Function<T> for ReciprocalGrad {
    type Output = T;
    const OP_TYPE: &'static str = "ReciprocalGrad";

    fn shape(cx: &InferContext<'_>) -> Result<Shape> {
        shape_of_value(cx)
    }

    #[inline(always)]
    fn apply(y: T, dy: T) -> Option<T> {
        let y = y.conjugate();
        Some(y.negated() * dy * y)
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        set_gradients(cx, |y, dy, ddx| {
            let y = &conj(y);
            let for_y = conj(ddx) * T::from_f64(-2.0) * dy * y;
            (for_y, reciprocal_grad(y, ddx))
        })
    }
}

impl<T: Inexact> Function<T> for TanhGrad {
    type Output = T;
    const OP_TYPE: &'static str = "TanhGrad";

    fn shape(cx: &InferContext<'_>) -> Result<Shape> {
        shape_of_value(cx)
    }

    #[inline(always)]
    fn apply(y: T, dy: T) -> Option<T> {
        Some(dy * (T::ONE - y * y))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        set_gradients(cx, |y, dy, ddx| {
            let (y, dy) = (&conj(y), conj(dy));
            (ddx * T::from_f64(-2.0) * dy * y, tanh_grad(y, ddx))
        })
    }
}

impl<T: Inexact> Function<T> for SigmoidGrad {
    type Output = T;
    const OP_TYPE: &'static str = "SigmoidGrad";

    fn shape(cx: &InferContext<'_>) -> Result<Shape> {
        shape_of_value(cx)
    }

    #[inline(always)]
    fn apply(y: T, dy: T) -> Option<T> {
        Some(dy * y * (T::ONE - y))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        set_gradients(cx, |y, dy, ddx| {
            let (y, dy) = (&conj(y), conj(dy));
            let ddx_dy = ddx * dy;
            let for_y = &ddx_dy - product(T::from_f64(2.0), &ddx_dy) * y;
            (for_y, sigmoid_grad(y, ddx))
        })
    }
}
