//! `PreventGradient`.

use std::marker::PhantomData;

use crate::graph::{GradientContext, InferContext, Kernel, Op, Tensor, TensorInfo};
use crate::ops::OpDef;
use crate::ops::support::{same_shape, unary};
use crate::types::{Element, Error, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::opaque("PreventGradient")];

/// `input` itself, through which no gradient can be taken, for the reason given.
#[track_caller]
pub(super) fn prevent_gradient<T: Element>(input: Tensor<T>, reason: &'static str) -> Tensor<T> {
    unary(
        "PreventGradient",
        PreventGradient::<T> {
            reason,
            element: PhantomData,
        },
        (input, "input"),
    )
}

#[derive(Debug)]
struct PreventGradient<T> {
    reason: &'static str,
    element: PhantomData<T>,
}

impl<T: Element> Op for PreventGradient<T> {
    fn op_type(&self) -> &'static str {
        "PreventGradient"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        same_shape::<T>(cx, 0)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        cx.outputs.forward(0, cx.inputs.value(0).clone());
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Err(Error::unimplemented(format!(
            "Gradient explicitly disabled. Reason: {}",
            self.reason
        )))
    }

    fn can_fail(&self) -> bool {
        false
    }
    fn view_of(&self, _: &InferContext<'_>) -> Option<usize> {
        Some(0)
    }
}
