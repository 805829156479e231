//! `VariableV2`: the memory of a variable.

use crate::graph::{
    Attribute, Effect, GradientContext, InferContext, Kernel, Op, OpScope, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::types::{DType, Element, Error, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::flat("VariableV2")];

/// The memory of a variable, called as `scope` is.
#[track_caller]
pub(crate) fn variable<T: Element>(scope: &OpScope, shape: &Shape) -> Tensor<T> {
    scope.tensor(
        VariableV2 {
            dtype: T::DTYPE,
            shape: shape.clone(),
        },
        &[],
    )
}

#[derive(Debug)]
struct VariableV2 {
    dtype: DType,
    shape: Shape,
}

impl Op for VariableV2 {
    fn op_type(&self) -> &'static str {
        "VariableV2"
    }

    fn infer(&self, _: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![TensorInfo::new(self.dtype, &self.shape).as_ref_type()])
    }

    fn compute(&self, _: &mut Kernel<'_, '_>) -> Result<()> {
        Err(Error::internal(
            "a variable is read by the session, not computed",
        ))
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn effect(&self) -> Effect {
        Effect::Variable
    }

    fn attributes(&self, _: &InferContext<'_>) -> Vec<(&'static str, Attribute)> {
        vec![
            ("container", Attribute::Text(String::new())),
            ("dtype", Attribute::Type(self.dtype)),
            ("shape", Attribute::Shape(self.shape.clone())),
            ("shared_name", Attribute::Text(String::new())),
        ]
    }
}
