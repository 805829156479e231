//! The logic of truth values, element by element, with broadcasting.

use crate::kernels::tile::{Elementwise, Tile};
use std::sync::Arc;

use super::binary::{Binary, Function, apply};
use crate::graph::{
    Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{same_shape, unary};
use crate::types::Result;

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(flat "LogicalAnd(x: bool, y: bool) -> (z: bool)",
        |_| Binary::<LogicalAnd, bool>::new()),
    op!(flat "LogicalOr(x: bool, y: bool) -> (z: bool)",
        |_| Binary::<LogicalOr, bool>::new()),
    op!(flat "LogicalNot(x: bool) -> (y: bool)",
        |_| LogicalNot),
];

/// Whether `x` and `y` are both true, element by element, with broadcasting, as `tf.logical_and`
/// tells.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn logical_and(x: impl IntoTensor<bool>, y: impl IntoTensor<bool>) -> Tensor<bool> {
    apply::<LogicalAnd, bool>("LogicalAnd", x, y)
}

/// Whether `x` or `y` or both are true, element by element, with broadcasting, as `tf.logical_or`
/// tells.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn logical_or(x: impl IntoTensor<bool>, y: impl IntoTensor<bool>) -> Tensor<bool> {
    apply::<LogicalOr, bool>("LogicalOr", x, y)
}

/// Whether one of `x` and `y` is true but not both, element by element, with broadcasting, as
/// `tf.logical_xor` tells: `(x | y) & !(x & y)`.
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn logical_xor(
    x: impl IntoTensor<bool> + Clone,
    y: impl IntoTensor<bool> + Clone,
) -> Tensor<bool> {
    let graph = graph_of(&[x.graph(), y.graph()]);
    graph.op_call(|| {
        let either = logical_or(x.clone(), y.clone());
        apply::<LogicalAnd, bool>("LogicalXor", either, logical_not(logical_and(x, y)))
    })
}

/// Whether `x` is false, element by element, as `tf.logical_not` tells.
#[track_caller]
pub fn logical_not(x: impl IntoTensor<bool>) -> Tensor<bool> {
    unary("LogicalNot", LogicalNot, (x, "x"))
}

#[derive(Debug)]
pub(super) struct LogicalAnd;

#[derive(Debug)]
pub(super) struct LogicalOr;

#[derive(Debug)]
struct LogicalNot;

impl Function<bool> for LogicalAnd {
    type Output = bool;
    const OP_TYPE: &'static str = "LogicalAnd";

    #[inline(always)]
    fn apply(x: bool, y: bool) -> Option<bool> {
        Some(x & y)
    }

    fn gradient(_: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}

impl Function<bool> for LogicalOr {
    type Output = bool;
    const OP_TYPE: &'static str = "LogicalOr";

    #[inline(always)]
    fn apply(x: bool, y: bool) -> Option<bool> {
        Some(x | y)
    }

    fn gradient(_: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}

impl Op for LogicalNot {
    fn op_type(&self) -> &'static str {
        "LogicalNot"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        same_shape::<bool>(cx, 0)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        cx.compute_each::<bool>(self, shape)?;
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::Elementwise(self)
    }
}

impl Elementwise for LogicalNot {
    fn tile(&self, tile: &mut Tile<'_>) {
        tile.map(|x: bool| !x);
    }
}
