//! The gradients of [`MaxPool`](super::largest), of first and second order.

use std::marker::PhantomData;
use std::sync::Arc;

use super::geometry::Pooling;
use crate::graph::{
    AttributeList, FromNode, Fusion, GradientContext, InferContext, Kernel, NodeSpec, Op,
    TensorInfo, no_gradient,
};
use crate::kernels::pooling::{Given, producer};
use crate::kernels::product::Producer;
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::array::zeros_like_at_run;
use crate::ops::def::op;
use crate::ops::support::{build_any, merge};
use crate::types::{Error, Numeric, Result, Shape, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "MaxPoolGrad(orig_input: T, orig_output: T, grad: T) -> (output: T); \
        ksize: list(int); strides: list(int); padding: string; data_format: string = 'NHWC'; \
        T: type = float32; T in real",
        T: numeric, |node| node.op::<MaxPoolGrad<T>>()?),
    op!(smooth "MaxPoolGradV2(orig_input: T, orig_output: T, grad: T, ksize: int32, \
        strides: int32) -> (output: T); padding: string; data_format: string = 'NHWC'; \
        T: type = float32; T in real",
        T: numeric, |node| node.op::<MaxPoolGrad<T>>()?),
    op!(smooth "MaxPool3DGrad(orig_input: TInput, orig_output: TInput, grad: T) -> (output: T); \
        ksize: list(int); strides: list(int); padding: string; data_format: string = 'NDHWC'; \
        T: type = float32; TInput: type = float32; \
        T in {float16, bfloat16, float32}; TInput in {float16, bfloat16, float32}",
        T: floating, |node| node.op::<MaxPoolGrad<T>>()?),
    op!(smooth "MaxPoolGradGrad(orig_input: T, orig_output: T, grad: T) -> (output: T); \
        ksize: list(int); strides: list(int); padding: string; data_format: string = 'NHWC'; \
        T in real",
        T: numeric, |node| node.op::<MaxPoolGradGrad<T>>()?),
    op!(opaque "MaxPoolGradGradV2(orig_input: T, orig_output: T, grad: T, ksize: int32, \
        strides: int32) -> (output: T); padding: string; data_format: string = 'NHWC'; \
        T in real",
        T: numeric, |node| node.op::<MaxPoolGradGrad<T>>()?),
    op!(smooth "MaxPool3DGradGrad(orig_input: T, orig_output: T, grad: T) -> (output: T); \
        ksize: list(int); strides: list(int); padding: string; data_format: string = 'NDHWC'; \
        T in real",
        T: numeric, |node| node.op::<MaxPoolGradGrad<T>>()?),
];

/// Fails unless an input has the shape of what it is.
fn expect_shape(cx: &Kernel<'_, '_>, i: usize, name: &str, shape: &[usize]) -> Result<()> {
    let found = cx.inputs.shape(i);
    if found == shape {
        return Ok(());
    }
    let [found, shape] = [found, shape].map(|shape| Shape::from(shape).bracketed());
    let message = format!("Expected {name} shape to be {shape}, but got {found}");
    Err(Error::invalid_argument(message))
}

/// Fails unless all inputs that are tensors of numbers have type `T`.
fn expect_types<T: Numeric>(node: &NodeSpec<'_>) -> Result<()> {
    match node.inputs()[..3]
        .iter()
        .find(|info| info.dtype != T::DTYPE)
    {
        Some(other) => Err(node.has_no_kernel("TInput", other.dtype)),
        None => Ok(()),
    }
}

/// The gradient of the largest elements with respect to the pictures: that of each window goes to
/// the first of its largest elements; where pictures have a depth, to all of them.
#[derive(Debug)]
pub(super) struct MaxPoolGrad<T> {
    pooling: Pooling,
    element: PhantomData<fn() -> T>,
}

impl<T> MaxPoolGrad<T> {
    pub(super) fn new(pooling: Pooling) -> Self {
        MaxPoolGrad {
            pooling,
            element: PhantomData,
        }
    }
}

impl<T: Numeric> MaxPoolGrad<T> {
    fn producer(&self, cx: &InferContext<'_>) -> Option<Arc<dyn Producer>> {
        let shape_of = |i: usize| cx.shape(i).to_known();
        let (windows, result) = self.pooling.known_windows(cx, &shape_of(0)?)?;
        if shape_of(1)?[..] != result[..] || shape_of(2)?[..] != result[..] {
            return None;
        }
        match self.pooling.rank() {
            4 => producer::<T>(windows, Given::to_largest(), [Some(0), None, Some(2)]),
            _ => producer::<T>(windows, Given::to_equal(), [Some(0), Some(1), Some(2)]),
        }
    }
}

impl<T: Numeric> FromNode for MaxPoolGrad<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        expect_types::<T>(node)?;
        Ok(MaxPoolGrad::new(Pooling::of_node(node)?))
    }
}

impl<T: Numeric> Op for MaxPoolGrad<T> {
    fn op_type(&self) -> &'static str {
        self.pooling.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let result = self.pooling.infer(cx, cx.shape(0))?;
        merge(cx, &merge(cx, &result, cx.shape(1))?, cx.shape(2))?;
        let shape = merge(cx, cx.shape(0), &Shape::of_rank(self.pooling.rank()))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let [x, y, dy] = [0, 1, 2].map(|i| cx.inputs.get::<T>(i));
        let claimed = ("orig_output", y.shape());
        let windows = self.pooling.windows_of(cx, x.shape(), claimed)?;
        expect_shape(cx, 2, "grad", y.shape())?;
        let mut dx = cx.outputs.alloc_unset::<T>(0, x.shape())?;
        let dx = memory::row_major(&mut dx);
        let (x, dy) = (in_order(cx.pool, &x)?, in_order(cx.pool, &dy)?);
        match self.pooling.rank() {
            4 => windows.max_slope(cx.pool, [&x, &dy], dx),
            _ => windows.equal_slope(cx.pool, [&x, &in_order(cx.pool, &y)?, &dy], dx),
        }
    }

    fn fusion(self: Arc<Self>, cx: &InferContext<'_>) -> Fusion {
        self.producer(cx).map_or(Fusion::None, Fusion::Producer)
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let op_type = match self.pooling.op_type {
            "MaxPool3DGrad" => "MaxPool3DGradGrad",
            "MaxPoolGradV2" => "MaxPoolGradGradV2",
            _ => "MaxPoolGradGrad",
        };
        let op = MaxPoolGradGrad::<T>::new(self.pooling.of(op_type));
        pass_to(cx, op_type, op);
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.pooling.attributes())
    }
}

/// Sets the gradient with respect to input 2, to which the op is linear, to what `op` makes of that
/// of the result; where the largest elements are does not change.
fn pass_to(cx: &mut GradientContext<'_>, op_type: &str, op: impl Op) {
    // Few: the op's.
    let mut inputs: Vec<_> = (0..cx.num_inputs())
        .map(|i| cx.any_input(i).clone())
        .collect();
    for (i, input) in inputs[..2].iter().enumerate() {
        let none = zeros_like_at_run(input);
        cx.set_gradient(i, none.into());
    }
    inputs[2] = cx.any_grad(0);
    let d = build_any(op_type, op, &inputs);
    cx.set_gradient(2, d.into());
}

/// The gradient of [`MaxPoolGrad`] with respect to that which it passes on: what stands in the
/// third input where each window has the first element that equals its result.
#[derive(Debug)]
pub(super) struct MaxPoolGradGrad<T> {
    pooling: Pooling,
    element: PhantomData<fn() -> T>,
}

impl<T> MaxPoolGradGrad<T> {
    fn new(pooling: Pooling) -> Self {
        MaxPoolGradGrad {
            pooling,
            element: PhantomData,
        }
    }
}

impl<T: Numeric> FromNode for MaxPoolGradGrad<T> {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        Ok(MaxPoolGradGrad::new(Pooling::of_node(node)?))
    }
}

impl<T: Numeric> Op for MaxPoolGradGrad<T> {
    fn op_type(&self) -> &'static str {
        self.pooling.op_type
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let pictures = merge(cx, cx.shape(0), cx.shape(2))?;
        let result = self.pooling.infer(cx, &pictures)?;
        let shape = merge(cx, &result, cx.shape(1))?;
        Ok(vec![TensorInfo::new(T::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let [x, y, t] = [0, 1, 2].map(|i| cx.inputs.get::<T>(i));
        let claimed = ("orig_output", y.shape());
        let windows = self.pooling.windows_of(cx, x.shape(), claimed)?;
        expect_shape(cx, 2, "grad", x.shape())?;
        let mut out = cx.outputs.alloc_unset::<T>(0, y.shape())?;
        let [x, y, t] = [
            in_order(cx.pool, &x)?,
            in_order(cx.pool, &y)?,
            in_order(cx.pool, &t)?,
        ];
        windows.pick(cx.pool, [&x, &y, &t], memory::row_major(&mut out));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let op_type = match self.pooling.op_type {
            "MaxPool3DGradGrad" => "MaxPool3DGrad",
            "MaxPoolGradGradV2" => return Err(no_gradient(self.op_type())),
            _ => "MaxPoolGrad",
        };
        let op = MaxPoolGrad::<T>::new(self.pooling.of(op_type));
        pass_to(cx, op_type, op);
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.pooling.attributes())
    }
}
