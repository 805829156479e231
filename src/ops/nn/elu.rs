//! `Elu` and `Selu`.

use super::activation::{Activation, Backward, Forward, activate, gradient};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::ops::OpDef;
use crate::ops::array::zeros_like;
use crate::ops::def::op;
use crate::ops::math::select;
use crate::types::{Float, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Elu(features: T) -> (activations: T); \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |_| Forward::<_, T>::new(Elu)),
    op!(smooth "EluGrad(gradients: T, outputs: T) -> (backprops: T); \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |_| Backward::<_, T>::new(Elu)),
    op!(smooth "Selu(features: T) -> (activations: T); \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |_| Forward::<_, T>::new(Selu)),
    op!(smooth "SeluGrad(gradients: T, outputs: T) -> (backprops: T); \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |_| Backward::<_, T>::new(Selu)),
];

/// x, or eˣ - 1 where x is negative, element by element, as `tf.nn.elu` computes it.
#[track_caller]
pub fn elu<T: Float>(features: impl IntoTensor<T>) -> Tensor<T> {
    activate(Elu, features)
}

/// λ·x, or λ·α·(eˣ - 1) where x is negative, element by element, as `tf.nn.selu` computes it, with
/// λ ≈ 1.0507 and λ·α ≈ 1.7581: with these, activations keep mean 0 and variance 1 from layer to
/// layer.
#[track_caller]
pub fn selu<T: Float>(features: impl IntoTensor<T>) -> Tensor<T> {
    activate(Selu, features)
}

/// λ of [`selu`].
const SCALE: f64 = 1.050_700_987_355_480_5;

/// λ·α of [`selu`].
const SCALED_ALPHA: f64 = 1.758_099_340_847_376_9;

#[derive(Clone, Copy, Debug)]
struct Elu;

impl<T: Float> Activation<T> for Elu {
    const OP_TYPE: &'static str = "Elu";
    const GRAD_TYPE: &'static str = "EluGrad";
    const GRAD_OF_OUTPUT: bool = true;

    #[inline(always)]
    fn apply(self, x: T) -> T {
        if x < T::ZERO { x.exp_m1() } else { x }
    }

    #[inline(always)]
    fn slope(self, dy: T, feature: T) -> T {
        // Both are computed, so that nothing has to be branched for; so below.
        let lowered = feature.plus(T::ONE).times(dy);
        if feature < T::ZERO { lowered } else { dy }
    }

    fn second_gradient(self, cx: &mut GradientContext<'_>) -> Result<()> {
        second_gradient::<T, _>(self, cx)
    }
}

#[derive(Clone, Copy, Debug)]
struct Selu;

impl<T: Float> Activation<T> for Selu {
    const OP_TYPE: &'static str = "Selu";
    const GRAD_TYPE: &'static str = "SeluGrad";
    const GRAD_OF_OUTPUT: bool = true;

    #[inline(always)]
    fn apply(self, x: T) -> T {
        let (negative, other) = (
            T::from_f64(SCALED_ALPHA).times(x.exp_m1()),
            T::from_f64(SCALE).times(x),
        );
        if x < T::ZERO { negative } else { other }
    }

    #[inline(always)]
    fn slope(self, dy: T, feature: T) -> T {
        let negative = feature.plus(T::from_f64(SCALED_ALPHA));
        let other = T::from_f64(SCALE);
        dy.times(if feature < T::ZERO { negative } else { other })
    }

    fn second_gradient(self, cx: &mut GradientContext<'_>) -> Result<()> {
        second_gradient::<T, _>(self, cx)
    }
}

/// Where the result is negative, the slope grows with it at rate 1.
#[track_caller]
fn second_gradient<T: Float, A: Activation<T>>(
    activation: A,
    cx: &mut GradientContext<'_>,
) -> Result<()> {
    let (dy, y, ddx) = (cx.input::<T>(0), cx.input::<T>(1), cx.grad::<T>(0));
    let ddy = gradient(activation, &ddx, &y);
    let is_negative = y.less(T::ZERO);
    let product = &ddx * dy;
    let dfeature = select(is_negative, product, zeros_like(&y));
    cx.set(0, ddy);
    cx.set(1, dfeature);
    Ok(())
}
