//! `Relu` and its gradient.

use std::marker::PhantomData;

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::kernels::elementwise;
use crate::ops::OpDef;
use crate::ops::support::{binary, merge, same_shape, unary};
use crate::types::{Numeric, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("Relu"), OpDef::smooth("ReluGrad")];

/// max(x, 0) element by element, as `tf.nn.relu` computes it; NaN stays NaN. The gradient at 0 is 0.
#[track_caller]
pub fn relu<T: Numeric>(features: impl IntoTensor<T>) -> Tensor<T> {
    unary("Relu", Relu::<T>(PhantomData), (features, "features"))
}

/// `gradients` where `features` is positive, else 0. `features` may be `relu`'s input or its output.
#[track_caller]
fn relu_grad<T: Numeric>(gradients: &Tensor<T>, features: &Tensor<T>) -> Tensor<T> {
    binary(
        "ReluGrad",
        ReluGrad::<T>(PhantomData),
        (gradients, "gradients"),
        (features, "features"),
    )
}

#[derive(Debug)]
struct Relu<T>(PhantomData<fn() -> T>);

impl<T: Numeric> Op for Relu<T> {
    fn op_type(&self) -> &'static str {
        "Relu"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        same_shape::<T>(cx, 0)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let out = cx.outputs.alloc::<T>(0, x.shape());
        // Written so that NaN, which is not below 0, is kept.
        elementwise::map(x, out, |x: T| if x < T::ZERO { T::ZERO } else { x });
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = relu_grad(&cx.grad::<T>(0), &cx.output(0));
        cx.set(0, dx);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}

#[derive(Debug)]
struct ReluGrad<T>(PhantomData<fn() -> T>);

impl<T: Numeric> Op for ReluGrad<T> {
    fn op_type(&self) -> &'static str {
        "ReluGrad"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = merge(cx, cx.shape(0), cx.shape(1))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (dy, x) = (cx.inputs.get::<T>(0), cx.inputs.get::<T>(1));
        let out = cx.outputs.alloc::<T>(0, x.shape());
        elementwise::zip(
            dy,
            x,
            out,
            |dy: T, x: T| if x > T::ZERO { dy } else { T::ZERO },
        );
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (features, ddx) = (cx.input::<T>(1), cx.grad::<T>(0));
        let ddy = relu_grad(&ddx, &features);
        cx.set(0, ddy);
        // The second derivative of relu is 0 almost everywhere.
        let zeros = crate::ops::array::zeros_like(&features);
        cx.set(1, zeros);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
