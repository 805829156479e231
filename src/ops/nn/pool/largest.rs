//! `MaxPool`, `MaxPoolV2` and `MaxPool3D`: the largest element of each window.

use std::marker::PhantomData;
use std::sync::Arc;

use super::geometry::Pooling;
use super::largest_gradient::MaxPoolGrad;
use crate::graph::{
    AttributeList, FromNode, Fusion, GradientContext, InferContext, Kernel, NodeSpec, Op,
    TensorInfo,
};
use crate::kernels::pooling::{Folded, producer};
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::build_any;
use crate::types::{Numeric, Result, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "MaxPool(input: T) -> (output: T); T: type = float32; ksize: list(int); \
        strides: list(int); padding: string; data_format: string = 'NHWC'; \
        T in {float16, bfloat16, float32, float64, int32, int64, uint8, int16, int8, uint16, qint8}",
        T: numeric, |node| node.op::<MaxPoolOp<T>>()?),
    op!(smooth "MaxPoolV2(input: T, ksize: int32, strides: int32) -> (output: T); \
        T: type = float32; padding: string; data_format: string = 'NHWC'; \
        T in {float16, bfloat16, float32, float64, int32, int64, uint8, int16, int8, uint16, qint8}",
        T: numeric, |node| node.op::<MaxPoolOp<T>>()?),
    op!(smooth "MaxPool3D(input: T) -> (output: T); ksize: list(int); strides: list(int); \
        padding: string; data_format: string = 'NDHWC'; T in {float16, bfloat16, float32}",
        T: floating, |node| node.op::<MaxPoolOp<T>>()?),
];

#[derive(Debug)]
pub(super) struct MaxPoolOp<T> {
    pooling: Pooling,
    element: PhantomData<fn() -> T>,
}

impl<T> MaxPoolOp<T> {
    pub(super) fn new(pooling: Pooling) -> Self {
        MaxPoolOp {
            pooling,
            element: PhantomData,
        }
    }
}

impl<T: Numeric> FromNode for MaxPoolOp<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(MaxPoolOp::new(Pooling::of_node(node)?))
    }
}

impl<T: Numeric> Op for MaxPoolOp<T> {
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
        let out = memory::row_major(&mut out);
        match self.pooling.rank() {
            4 => windows.max(cx.pool, &x, out),
            _ => windows.max_or_lowest(cx.pool, &x, out),
        }
    }

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        let shape = cx.shape(0).to_known();
        let known = shape.and_then(|shape| self.pooling.known_windows(cx, &shape));
        let step = known.and_then(|(windows, _)| {
            let pooled = match self.pooling.rank() {
                4 => Folded::largest_or_smallest(),
                _ => Folded::largest_or_lowest(),
            };
            producer::<T>(windows, pooled, [Some(0), None, None])
        });
        step.map_or(Fusion::None, Fusion::Producer)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let op_type = match self.pooling.op_type {
            "MaxPool3D" => "MaxPool3DGrad",
            "MaxPoolV2" => "MaxPoolGradV2",
            _ => "MaxPoolGrad",
        };
        // Few: three and the sizes.
        let mut inputs = vec![cx.any_input(0).clone(), cx.any_output(0), cx.any_grad(0)];
        inputs.extend((1..cx.num_inputs()).map(|i| cx.any_input(i).clone()));
        let op = MaxPoolGrad::<T>::new(self.pooling.of(op_type));
        let dx = build_any(op_type, op, &inputs);
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.pooling.attributes())
    }
}
