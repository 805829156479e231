//! The frame of activation functions whose gradient is an op of its own: `Relu` with `ReluGrad`,
//! and others.

use crate::kernels::tile::{Elementwise, Tile};
use std::sync::Arc;

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::graph::{
    AttributeList, Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo,
};
use crate::ops::array::{shape, zeros};
use crate::ops::support::{binary, merge, same_shape, unary};
use crate::types::{Numeric, Result};

/// An activation function of elements of type `T`; the value holds its attributes.
pub(super) trait Activation<T: Numeric>: Copy + Debug + Send + Sync + 'static {
    /// TensorFlow's name of the op.
    const OP_TYPE: &'static str;
    /// TensorFlow's name of the op that computes the gradient.
    const GRAD_TYPE: &'static str;
    /// Whether the gradient is a function of the result rather than of the operand.
    const GRAD_OF_OUTPUT: bool;

    /// The function.
    fn apply(self, x: T) -> T;

    /// The gradient with respect to the operand, from that with respect to the result, `dy`, and
    /// `feature`, which is the result or the operand.
    fn slope(self, dy: T, feature: T) -> T;

    /// The attributes of both ops.
    fn attributes(self) -> AttributeList {
        AttributeList::new()
    }

    /// The gradient rule of the gradient op, of `dy` and `feature`.
    ///
    /// # Errors
    /// If it has none.
    fn second_gradient(self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (feature, ddx) = (cx.input::<T>(1), cx.grad::<T>(0));
        let ddy = gradient(self, &ddx, &feature);
        cx.set(0, ddy);
        // The function is made of straight lines.
        cx.set(1, zeros::<T>(shape(&feature)));
        Ok(())
    }
}

/// Builds the op of an activation function.
#[track_caller]
pub(super) fn activate<T: Numeric, A: Activation<T>>(
    activation: A,
    features: impl IntoTensor<T>,
) -> Tensor<T> {
    unary(
        A::OP_TYPE,
        Forward::<_, T>::new(activation),
        (features, "features"),
    )
}

/// Builds the op of its gradient.
#[track_caller]
pub(super) fn gradient<T: Numeric, A: Activation<T>>(
    activation: A,
    dy: &Tensor<T>,
    feature: &Tensor<T>,
) -> Tensor<T> {
    binary(
        A::GRAD_TYPE,
        Backward::<_, T>::new(activation),
        (dy, "gradients"),
        (feature, "features"),
    )
}

/// The function as an op.
#[derive(Debug)]
pub(super) struct Forward<A, T>(A, PhantomData<fn() -> T>);

impl<A, T> Forward<A, T> {
    pub(super) fn new(activation: A) -> Self {
        Forward(activation, PhantomData)
    }
}

impl<T: Numeric, A: Activation<T>> Op for Forward<A, T> {
    fn op_type(&self) -> &'static str {
        A::OP_TYPE
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
        let feature = if A::GRAD_OF_OUTPUT {
            cx.output::<T>(0)
        } else {
            cx.input::<T>(0)
        };
        let dx = gradient(self.0, &cx.grad(0), &feature);
        cx.set(0, dx);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.attributes())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

impl<T: Numeric, A: Activation<T>> Elementwise for Forward<A, T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        tile.map(
            #[inline(always)]
            |x| self.0.apply(x),
        );
    }
}

/// The gradient as an op.
#[derive(Debug)]
pub(super) struct Backward<A, T>(A, PhantomData<fn() -> T>);

impl<A, T> Backward<A, T> {
    pub(super) fn new(activation: A) -> Self {
        Backward(activation, PhantomData)
    }
}

impl<T: Numeric, A: Activation<T>> Op for Backward<A, T> {
    fn op_type(&self) -> &'static str {
        A::GRAD_TYPE
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = merge(cx, cx.shape(0), cx.shape(1))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(1);
        cx.compute_each::<T>(self, shape)?;
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        self.0.second_gradient(cx)
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.attributes())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

impl<T: Numeric, A: Activation<T>> Elementwise for Backward<A, T> {
    fn tile(&self, tile: &mut Tile<'_>) {
        tile.zip(
            #[inline(always)]
            |dy, feature| self.0.slope(dy, feature),
        );
    }
}
