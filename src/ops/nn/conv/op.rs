//! [`ConvOp`]: a convolution, or one of its gradients, as an op.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use super::geometry::{ConvElement, Geometry, Role};
use super::gradient::differentiate;
use crate::graph::{
    AnyTensor, AttributeList, Attributes, Fusion, GradientContext, InferContext, Kernel, Op,
    OpScope, Tensor, TensorInfo, no_gradient,
};
use crate::types::Result;

/// TensorFlow's attributes of a kind of convolution.
pub(super) trait ConvAttributes: Attributes + Clone + Debug + Send + Sync + 'static {
    /// Whether the ops have gradients.
    const HAS_GRADIENTS: bool = true;

    /// Whether the gradients of a convolution read the shapes of its operands from one node.
    const SHAPES_TOGETHER: bool = false;

    /// The op type of a convolution or gradient.
    fn op_type(role: Role) -> &'static str;

    /// Where the windows stand.
    fn geometry(&self, role: Role) -> Geometry<'_>;
}

/// A convolution or gradient with these attributes.
#[derive(Debug)]
pub(super) struct ConvOp<T, A> {
    role: Role,
    attributes: A,
    element: PhantomData<fn() -> T>,
}

impl<T: ConvElement, A: ConvAttributes> ConvOp<T, A> {
    pub(super) fn new(role: Role, attributes: A) -> Self {
        ConvOp {
            role,
            attributes,
            element: PhantomData,
        }
    }

    fn geometry(&self) -> Geometry<'_> {
        self.attributes.geometry(self.role)
    }

    /// Another op of the same convolution.
    #[track_caller]
    fn other(&self, role: Role, inputs: &[AnyTensor]) -> Tensor<T> {
        let op = ConvOp::<T, A>::new(role, self.attributes.clone());
        let graph = inputs[0].graph().clone();
        graph.op_scope(A::op_type(role), |scope| scope.tensor(op, inputs))
    }
}

/// The node that `scope` is named after.
#[track_caller]
pub(super) fn made<T: ConvElement, A: ConvAttributes, const N: usize>(
    scope: &OpScope,
    role: Role,
    attributes: Result<A>,
    inputs: [AnyTensor; N],
) -> Tensor<T> {
    match attributes {
        Ok(attributes) => scope.tensor(ConvOp::<T, A>::new(role, attributes), &inputs),
        Err(error) => scope.failed(A::op_type(role), error),
    }
}

impl<T: ConvElement, A: ConvAttributes> Op for ConvOp<T, A> {
    fn op_type(&self) -> &'static str {
        A::op_type(self.role)
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        self.geometry().infer(cx, T::DTYPE)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        self.geometry().compute::<T>(cx)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        if !A::HAS_GRADIENTS {
            return Err(no_gradient(self.op_type()));
        }
        let make = |role, inputs: &[AnyTensor]| self.other(role, inputs);
        differentiate::<T>(cx, self.role, A::SHAPES_TOGETHER, make);
        Ok(())
    }

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        self.geometry().fusion::<T>(cx)
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.attributes.list())
    }
}
