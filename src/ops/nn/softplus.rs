//! `Softplus` and `Softsign`.

use crate::kernels::tile::{Elementwise, Tile};
use std::sync::Arc;

use std::marker::PhantomData;

use super::activation::{Activation, Backward, Forward, activate};
use crate::graph::{
    Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, no_gradient,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::sigmoid;
use crate::ops::support::{same_shape, unary};
use crate::types::{Float, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Softplus(features: T) -> (activations: T); \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |_| Softplus::<T>(PhantomData)),
    op!(smooth "Softsign(features: T) -> (activations: T); \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |_| Forward::<_, T>::new(Softsign)),
    op!(opaque "SoftsignGrad(gradients: T, features: T) -> (backprops: T); \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |_| Backward::<_, T>::new(Softsign)),
];

/// ln(1 + eˣ) element by element, as `tf.nn.softplus` computes it.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let y = tf::nn::softplus(graph.constant(0.0));
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(y.scalar(), [])?, 2.0_f64.ln());
/// # Ok::<(), tf::Error>(())
/// ```
#[track_caller]
pub fn softplus<T: Float>(features: impl IntoTensor<T>) -> Tensor<T> {
    unary(
        "Softplus",
        Softplus::<T>(PhantomData),
        (features, "features"),
    )
}

/// x / (1 + |x|) element by element, as `tf.nn.softsign` computes it. It has a first but, in
/// TensorFlow as here, no second derivative.
#[track_caller]
pub fn softsign<T: Float>(features: impl IntoTensor<T>) -> Tensor<T> {
    activate(Softsign, features)
}

#[derive(Debug)]
struct Softplus<T>(PhantomData<T>);

impl<T: Float> Op for Softplus<T> {
    fn op_type(&self) -> &'static str {
        "Softplus"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        same_shape::<T>(cx, 0)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        cx.compute_each::<T>(self, shape)?;
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (x, dy) = (cx.input::<T>(0), cx.grad::<T>(0));
        cx.set(0, dy * sigmoid(x));
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

impl<T: Float> Elementwise for Softplus<T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        tile.map(
            #[inline(always)]
            |x: T| x.softplus(),
        );
    }
}

#[derive(Clone, Copy, Debug)]
struct Softsign;

impl<T: Float> Activation<T> for Softsign {
    const OP_TYPE: &'static str = "Softsign";
    const GRAD_TYPE: &'static str = "SoftsignGrad";
    const GRAD_OF_OUTPUT: bool = false;

    #[inline(always)]
    fn apply(self, x: T) -> T {
        divided(x, T::ONE.plus(x.magnitude()))
    }

    #[inline(always)]
    fn slope(self, dy: T, feature: T) -> T {
        let denominator = T::ONE.plus(feature.magnitude());
        divided(dy, denominator.times(denominator))
    }

    fn second_gradient(self, _: &mut GradientContext<'_>) -> Result<()> {
        Err(no_gradient("SoftsignGrad"))
    }
}

fn divided<T: Float>(x: T, y: T) -> T {
    x.over(y).unwrap_or(T::NAN)
}
