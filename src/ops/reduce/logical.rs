//! `All` and `Any`.

use super::axes::IntoAxes;
use super::reduction::{Reduce, Reduction, build};
use crate::graph::{GradientContext, IntoTensor, Tensor};
use crate::kernels::reduce::Reducer;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::types::Result;

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        opaque "All(input: bool, reduction_indices: Tidx) -> (output: bool); \
         keep_dims: bool = false; Tidx: type = int32; \
            Tidx in index",
        |node| node.op::<Reduce<All>>()?
    ),
    op!(
        opaque "Any(input: bool, reduction_indices: Tidx) -> (output: bool); \
         keep_dims: bool = false; Tidx: type = int32; \
            Tidx in index",
        |node| node.op::<Reduce<Any>>()?
    ),
];

/// Whether all elements along `axes` are true, as `tf.reduce_all` finds it; true of no elements.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_all(input_tensor: impl IntoTensor<bool>, axes: impl IntoAxes) -> Tensor<bool> {
    build::<All>(input_tensor, axes)
}

/// Whether any element along `axes` is true, as `tf.reduce_any` finds it; false of no elements.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
#[track_caller]
pub fn reduce_any(input_tensor: impl IntoTensor<bool>, axes: impl IntoAxes) -> Tensor<bool> {
    build::<Any>(input_tensor, axes)
}

#[derive(Clone, Copy, Default)]
struct All;

impl Reducer<bool> for All {
    type Merger = Self;

    #[inline(always)]
    fn start(self) -> bool {
        true
    }

    #[inline(always)]
    fn include(self, partial: bool, x: bool) -> bool {
        partial & x
    }

    #[inline(always)]
    fn merger(self) -> Self {
        self
    }
}

impl Reduction for All {
    type Element = bool;
    type Reducer = All;
    const OP_TYPE: &'static str = "All";

    fn gradient(_: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}

#[derive(Clone, Copy, Default)]
struct Any;

impl Reducer<bool> for Any {
    type Merger = Self;

    #[inline(always)]
    fn start(self) -> bool {
        false
    }

    #[inline(always)]
    fn include(self, partial: bool, x: bool) -> bool {
        partial | x
    }

    #[inline(always)]
    fn merger(self) -> Self {
        self
    }
}

impl Reduction for Any {
    type Element = bool;
    type Reducer = Any;
    const OP_TYPE: &'static str = "Any";

    fn gradient(_: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}
