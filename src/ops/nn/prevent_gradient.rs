//! `PreventGradient`.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::graph::{
    AttributeList, Attributes, Fusion, GradientContext, InferContext, Kernel, Op, Tensor,
    TensorInfo, attributes,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{same_shape, unary};
use crate::types::{Element, Error, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "PreventGradient(input: T) -> (output: T); message: string = ''",
    T: any, |node| PreventGradient::<T>::new(node.attributes()?)
)];

/// `input` itself, through which no gradient can be taken, for the reason given.
#[track_caller]
pub(super) fn prevent_gradient<T: Element>(input: Tensor<T>, reason: &'static str) -> Tensor<T> {
    let op = PreventGradient::<T>::new(Reason {
        message: reason.to_string(),
    });
    unary("PreventGradient", op, (input, "input"))
}

attributes! {
    /// Why there is no gradient.
    struct Reason {
        message: String,
    }
}

#[derive(Debug)]
struct PreventGradient<T> {
    attributes: Reason,
    element: PhantomData<fn() -> T>,
}

impl<T> PreventGradient<T> {
    fn new(attributes: Reason) -> Self {
        PreventGradient {
            attributes,
            element: PhantomData,
        }
    }
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
            self.attributes.message
        )))
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.attributes.list())
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}
