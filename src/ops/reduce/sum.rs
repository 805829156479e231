//! `Sum`.

use std::marker::PhantomData;

use super::axes::{Axes, build, compute, infer};
use super::gradient::spread;
use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::kernels::reduce::Reducer;
use crate::ops::OpDef;
use crate::types::{Numeric, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("Sum")];

/// The sum of the elements along `axes`, as `tf.reduce_sum` computes it; 0 of no elements. Integers wrap around on
/// overflow.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_sum<T: Numeric>(
    input_tensor: impl IntoTensor<T>,
    axes: impl Into<Axes>,
) -> Tensor<T> {
    build("Sum", input_tensor, axes, |keepdims| Sum::<T> {
        keepdims,
        element: PhantomData,
    })
}

#[derive(Debug)]
struct Sum<T> {
    keepdims: bool,
    element: PhantomData<T>,
}

impl<T: Numeric> Op for Sum<T> {
    fn op_type(&self) -> &'static str {
        "Sum"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        infer::<T>(cx, self.keepdims)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        compute::<T, T>(cx, self.keepdims, Adder)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = spread::<T>(&cx.input(0), &cx.input(1), &cx.grad(0));
        cx.set(0, dx);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// Adds up.
#[derive(Clone, Copy)]
pub(super) struct Adder;

impl<T: Numeric> Reducer<T, T> for Adder {
    fn start(self) -> T {
        T::ZERO
    }

    fn include(self, partial: T, x: T) -> T {
        partial.plus(x)
    }

    fn merge(self, a: T, b: T) -> T {
        a.plus(b)
    }
}
