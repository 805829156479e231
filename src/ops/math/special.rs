//! The error function, the gamma function and their kin.

use super::binary::{self, after, unbroadcast_tensors};
use super::operators::sum;
use super::unary::unary_functions;
use super::{exp, square};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::kernels::special;
use crate::ops::def::op;
use crate::ops::support;
use crate::types::{Float, Result};

unary_functions! {
    /// The error function 2/√π · ∫₀ˣ e^(-t²) dt element by element, as `tf.erf` computes it.
    erf => Erf for Float in "{bfloat16, float16, float32, float64}" -> T: |x| x.erf(), smooth |x, _y, dy| {
        bell(x, dy, std::f64::consts::FRAC_2_SQRT_PI)
    };

    /// 1 - erf x element by element, exact for large x too, as `tf.erfc` computes it.
    erfc => Erfc for Float in "{bfloat16, float16, float32, float64}" -> T: |x| x.erfc(), smooth |x, _y, dy| {
        bell(x, dy, -std::f64::consts::FRAC_2_SQRT_PI)
    };

    /// ln |Γ(x)| element by element, as `tf.lgamma` computes it; ∞ at 0, -1, -2 ...
    lgamma => Lgamma for Float in "{bfloat16, float16, float32, float64}" -> T: |x| x.lgamma(), smooth |x, _y, dy| after(dy, || {
        dy * digamma(x)
    });

    /// ψ(x) = Γ'(x) / Γ(x) element by element, as `tf.digamma` computes it; ∞ at 0, -1, -2 ...
    digamma => Digamma for Float in "{bfloat16, float16, float32, float64}" -> T: |x| x.digamma(), smooth |x, _y, dy| after(dy, || {
        let slope = polygamma(x.graph().constant(T::ONE), x);
        dy * slope
    });

    [
        op!(smooth "Polygamma(a: T, x: T) -> (z: T); \
        T in {float32, float64}",
        T: floating, |_| binary::Binary::<Polygamma, T>::new()),
        op!(smooth "Zeta(x: T, q: T) -> (z: T); \
        T in {float32, float64}",
        T: floating, |_| binary::Binary::<Zeta, T>::new())
    ]
}

/// dy · factor · e^(-x²).
#[track_caller]
fn bell<T: Float>(x: &Tensor<T>, dy: &Tensor<T>, factor: f64) -> Tensor<T> {
    let factor = x.graph().constant(T::from_f64(factor));
    after(dy, || dy * factor * exp(-square(x)))
}

/// ψ⁽ᵃ⁾(x), the derivative of order `a` of [`digamma`], element by element, with broadcasting, as
/// `tf.polygamma` computes it; NaN where `a` is not a natural number. It has no gradient with
/// respect to `a`.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn polygamma<T: Float>(a: impl IntoTensor<T>, x: impl IntoTensor<T>) -> Tensor<T> {
    support::binary(
        "Polygamma",
        binary::Binary::<Polygamma, T>::new(),
        (a, "a"),
        (x, "x"),
    )
}

/// Hurwitz's zeta function ζ(x, q) = Σ (q + n)⁻ˣ over n = 0, 1, 2 ..., element by element, with
/// broadcasting, as `tf.zeta` computes it; NaN where x < 1. It has no gradient with respect to `x`.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn zeta<T: Float>(x: impl IntoTensor<T>, q: impl IntoTensor<T>) -> Tensor<T> {
    support::binary("Zeta", binary::Binary::<Zeta, T>::new(), (x, "x"), (q, "q"))
}

#[derive(Debug)]
struct Polygamma;

#[derive(Debug)]
struct Zeta;

impl<T: Float> binary::Function<T> for Polygamma {
    type Output = T;
    const OP_TYPE: &'static str = "Polygamma";
    const IS_LONG: bool = true;

    fn apply(a: T, x: T) -> Option<T> {
        Some(special::polygamma(a, x))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (a, x, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let unbroadcast = unbroadcast_tensors(a, x);
        let dx = after(dz, || unbroadcast.y(polygamma(sum(a, T::ONE), x) * dz));
        cx.set(1, dx);
        Ok(())
    }
}

impl<T: Float> binary::Function<T> for Zeta {
    type Output = T;
    const OP_TYPE: &'static str = "Zeta";
    const IS_LONG: bool = true;

    #[inline(always)]
    fn apply(x: T, q: T) -> Option<T> {
        Some(special::zeta(x, q))
    }

    fn gradient(cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, q, dz) = (&cx.input::<T>(0), &cx.input::<T>(1), &cx.grad::<T>(0));
        let unbroadcast = unbroadcast_tensors(x, q);
        let dq = after(dz, || {
            let slope = -x * zeta(sum(x, T::ONE), q);
            unbroadcast.y(slope * dz)
        });
        cx.set(1, dq);
        Ok(())
    }
}
