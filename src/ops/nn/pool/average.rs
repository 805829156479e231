//! `AvgPool` and `AvgPool3D`: the mean of each window's elements.

use std::marker::PhantomData;
use std::sync::Arc;

use super::geometry::Pooling;
use crate::graph::{
    AttributeList, FromNode, Fusion, GradientContext, InferContext, Kernel, NodeSpec, Op,
    TensorInfo,
};
use crate::kernels::pooling::{Folded, Given, producer};
use crate::kernels::product::Producer;
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::array::shape;
use crate::ops::def::op;
use crate::ops::support::{build_any, merge};
use crate::types::{Float, Result, Shape, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "AvgPool(value: T) -> (output: T); ksize: list(int); strides: list(int); \
        padding: string; data_format: string = 'NHWC'; \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |node| node.op::<AvgPoolOp<T>>()?),
    op!(smooth "AvgPool3D(input: T) -> (output: T); ksize: list(int); strides: list(int); \
        padding: string; data_format: string = 'NDHWC'; \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |node| node.op::<AvgPoolOp<T>>()?),
    op!(smooth "AvgPoolGrad(orig_input_shape: int32, grad: T) -> (output: T); ksize: list(int); \
        strides: list(int); padding: string; data_format: string = 'NHWC'; \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |node| node.op::<AvgPoolGrad<T>>()?),
    op!(smooth "AvgPool3DGrad(orig_input_shape: int32, grad: T) -> (output: T); ksize: list(int); \
        strides: list(int); padding: string; data_format: string = 'NDHWC'; \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |node| node.op::<AvgPoolGrad<T>>()?),
];

#[derive(Debug)]
pub(super) struct AvgPoolOp<T> {
    pooling: Pooling,
    element: PhantomData<fn() -> T>,
}

impl<T> AvgPoolOp<T> {
    pub(super) fn new(pooling: Pooling) -> Self {
        AvgPoolOp {
            pooling,
            element: PhantomData,
        }
    }
}

impl<T: Float> FromNode for AvgPoolOp<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(AvgPoolOp::new(Pooling::of_node(node)?))
    }
}

impl<T: Float> Op for AvgPoolOp<T> {
    fn op_type(&self) -> &'static str {
        self.pooling.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = self.pooling.infer(cx, cx.shape(0))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let (windows, shape) = self.pooling.windows(cx, x.shape())?;
        let x = in_order(cx.pool, &x)?;
        let mut out = cx.outputs.alloc_unset::<T>(0, &shape)?;
        windows.mean(cx.pool, &x, memory::row_major(&mut out))
    }

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        let shape = cx.shape(0).to_known();
        let known = shape.and_then(|shape| self.pooling.known_windows(cx, &shape));
        let step = known
            .and_then(|(windows, _)| producer::<T>(windows, Folded::mean(), [Some(0), None, None]));
        step.map_or(Fusion::None, Fusion::Producer)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let op_type = match self.pooling.op_type {
            "AvgPool3D" => "AvgPool3DGrad",
            _ => "AvgPoolGrad",
        };
        let (lengths, dy) = (shape(cx.input::<T>(0)).any(), cx.any_grad(0));
        let op = AvgPoolGrad::<T>::new(self.pooling.of(op_type));
        let graph = cx.graph().clone();
        let dx = graph.op_scope(op_type, |scope| scope.tensor::<T>(op, &[lengths, dy]));
        cx.set(0, dx);
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.pooling.attributes())
    }
}

/// The gradient of [`AvgPoolOp`], of the pictures' shape and the gradient with respect to the
/// means.
#[derive(Debug)]
struct AvgPoolGrad<T> {
    pooling: Pooling,
    element: PhantomData<fn() -> T>,
}

impl<T> AvgPoolGrad<T> {
    fn new(pooling: Pooling) -> Self {
        AvgPoolGrad {
            pooling,
            element: PhantomData,
        }
    }
}

impl<T: Float> AvgPoolGrad<T> {
    fn producer(&self, cx: &InferContext<'_>) -> Option<Arc<dyn Producer>> {
        let lengths = cx.known_elements(0)?.into_iter();
        // Few: one for each axis.
        let shape: Option<Vec<usize>> = lengths.map(|length| length.try_into().ok()).collect();
        let (windows, result) = self.pooling.known_windows(cx, &shape?)?;
        let fits = cx.shape(1).to_known()?[..] == result[..];
        fits.then(|| producer::<T>(windows, Given::shares(), [None, None, Some(1)]))?
    }
}

impl<T: Float> FromNode for AvgPoolGrad<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(AvgPoolGrad::new(Pooling::of_node(node)?))
    }
}

impl<T: Float> Op for AvgPoolGrad<T> {
    fn op_type(&self) -> &'static str {
        self.pooling.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let given = cx.shape_from_elements(0);
        let shape = merge(cx, &given, &Shape::of_rank(self.pooling.rank()))?;
        let result = self.pooling.infer(cx, &shape)?;
        merge(cx, &result, cx.shape(1))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (dy, lengths) = (cx.inputs.get::<T>(1), cx.inputs.lengths(0)?);
        let claimed = ("grad", dy.shape());
        let windows = self.pooling.windows_of(cx, &lengths, claimed)?;
        let dy = in_order(cx.pool, &dy)?;
        let mut dx = cx.outputs.alloc_unset::<T>(0, &lengths)?;
        windows.mean_slope(cx.pool, &dy, memory::row_major(&mut dx))
    }

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        self.producer(cx).map_or(Fusion::None, Fusion::Producer)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let op_type = match self.pooling.op_type {
            "AvgPool3DGrad" => "AvgPool3D",
            _ => "AvgPool",
        };
        let op = AvgPoolOp::<T>::new(self.pooling.of(op_type));
        let d = build_any(op_type, op, &[cx.any_grad(0)]);
        cx.set_gradient(1, d.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.pooling.attributes())
    }
}
