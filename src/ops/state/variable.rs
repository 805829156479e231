//! `VariableV2`: the memory of a variable.

use crate::graph::{
    Attribute, AttributeList, Effect, FromNode, GradientContext, InferContext, Kernel, NodeSpec,
    Op, OpScope, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::older::Older;
use crate::types::{DType, Element, Error, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(opaque "VariableV2() -> (ref: Ref(dtype)); shape: shape; container: string = ''; \
                shared_name: string = ''",
        |node| node.op::<VariableV2>()?),
    op!(opaque "Variable() -> (ref: Ref(dtype)); shape: shape; container: string = ''; \
                shared_name: string = ''",
        |node| Older::renamed(node, node.op::<VariableV2>()?))
    .superseded_by("VariableV2"),
];

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

impl FromNode for VariableV2 {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(VariableV2 {
            dtype: node.dtype("dtype")?,
            shape: node.attribute("shape")?,
        })
    }
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

    fn attributes(&self) -> Option<AttributeList> {
        Some(vec![("shape", Attribute::Shape(self.shape.clone()))])
    }
}
