//! `Slice`: a block cut out of a tensor.

use std::sync::Arc;

use super::super::classes::expect_index;
use super::super::pad::pad_any;
use super::super::reshape::reshape_any;
use super::super::shape::{rank_of, shape_of};
use super::super::{concat_any, stack};
use crate::graph::{
    AnyTensor, Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
    graph_of,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{build_any, expect_rank, merge};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Dim, Element, Error, Integer, Result, Shape, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "Slice(input: T, begin: Index, size: Index) -> (output: T); \
        Index in index",
    |node| {
        expect_index(node, &["Index"])?;
        Slice
    }
)];

/// The block of `input` that begins at index `begin` and has `size[i]` elements along axis i, as
/// `tf.slice` cuts it out; a size of -1 takes all that is left. Nothing is copied.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.zeros::<f32>([3, 4]);
/// assert_eq!(tf1::slice(&x, [1, 0], [-1, 3]).shape().to_string(), "(2, 3)");
/// ```
///
/// # Errors
/// `InvalidArgument` if the block does not lie within `input`.
#[track_caller]
pub fn slice<T: Element>(
    input: impl IntoTensor<T>,
    begin: impl IntoIntegers,
    size: impl IntoIntegers,
) -> Tensor<T> {
    let bounds = [begin.into_integers(), size.into_integers()];
    let [begin, size] = bounds.each_ref().map(Integers::graph);
    let graph = graph_of(&[input.graph(), begin, size]);
    graph.op_scope("Slice", |scope| {
        let input = input.into_tensor(&graph, "input");
        let [begin, size] = Integers::of_one_type(bounds, &graph, ["begin", "size"]);
        scope.tensor(Slice, &[input.any(), begin, size])
    })
}

/// As [`slice`], of tensors of any type.
#[track_caller]
pub(in crate::ops::array) fn slice_any(
    input: &AnyTensor,
    begin: &AnyTensor,
    size: &AnyTensor,
) -> AnyTensor {
    build_any(
        "Slice",
        Slice,
        &[input.clone(), begin.clone(), size.clone()],
    )
}

#[derive(Debug)]
struct Slice;

impl Op for Slice {
    fn op_type(&self) -> &'static str {
        "Slice"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 1)?;
        expect_rank(cx, cx.shape(2), 1)?;
        let count = merge(cx, cx.shape(1), cx.shape(2))?.dim(0);
        let axes = cx.axes_from_length(1).or(cx.axes_from_length(2));
        let Some(rank) = cx.shape(0).rank().or(axes) else {
            return Ok(vec![TensorInfo::new(cx.dtype(0), ..)]);
        };
        if let Some(count) = count.filter(|&count| count != rank) {
            let inputs = cx.shapes_text();
            let message = format!(
                "Shape must be rank {count} but is rank {rank}, with input shapes: {inputs}."
            );
            return Err(Error::invalid_argument(message));
        }
        let (begin, size) = (cx.elements_of(1, rank)?, cx.elements_of(2, rank)?);
        let dims: Result<Vec<Dim>> = (0..rank)
            .map(|axis| block_length(axis, cx.shape(0).dim(axis), begin[axis], size[axis]))
            .collect();
        let shape = Shape::from(dims?);
        Ok(vec![TensorInfo::new(cx.dtype(0), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (begin, size) = (cx.inputs.integers(1)?, cx.inputs.integers(2)?);
        let rank = cx.inputs.shape(0).len();
        if begin.len() != rank || size.len() != rank {
            let (begin, size) = (begin.len(), size.len());
            return Err(Error::invalid_argument(format!(
                "Expected begin and size arguments to be 1-D tensors of size {rank}, but got shapes [{begin}] and [{size}] \
                 instead."
            )));
        }
        let mut block = cx.inputs.value(0).clone();
        for axis in 0..rank {
            let length = block_length(
                axis,
                Some(block.shape()[axis]),
                Some(begin[axis]),
                Some(size[axis]),
            )?;
            block = block.sliced(axis, begin[axis] as usize, length.unwrap_or(0), 1);
        }
        cx.outputs.forward(0, block);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dy = cx.any_grad(0);
        let dx = with_class!(index, cx.any_input(1).dtype(), I => slice_gradient::<I>(cx, &dy), dy.clone());
        cx.set_gradient(0, dx.into());
        Ok(())
    }
    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}

/// The length of the block along one axis, as far as it is known.
fn block_length(axis: usize, length: Dim, begin: Option<i64>, size: Option<i64>) -> Result<Dim> {
    let Some(length) = length.map(|length| length as i64) else {
        return Ok(size.and_then(|size| usize::try_from(size).ok()));
    };
    if let Some(begin) = begin.filter(|&begin| begin < 0 || begin > length) {
        return Err(Error::invalid_argument(format!(
            "Expected begin[{axis}] in [0, {length}], but got {begin}"
        )));
    }
    let left = length - begin.unwrap_or(0);
    match size {
        Some(-1) => Ok(begin.map(|_| left as usize)),
        Some(size) if size < 0 || size > left => Err(Error::invalid_argument(format!(
            "Expected size[{axis}] in [0, {left}], but got {size}"
        ))),
        Some(size) => Ok(Some(size as usize)),
        None => Ok(None),
    }
}

/// `dy` with zeros around it where the block was cut out.
#[track_caller]
fn slice_gradient<I: Integer>(cx: &GradientContext<'_>, dy: &AnyTensor) -> AnyTensor {
    let (input, begin) = (cx.any_input(0), cx.input::<I>(1));
    let rank = rank_of(input);
    let block = shape_of::<I>(&cx.any_output(0));
    let column = stack((&rank, 1), 0).any();
    let before = reshape_any(&begin.any(), &column);
    let after = shape_of::<I>(input) - block - begin;
    let after = reshape_any(&after.any(), &column);
    pad_any(dy, &concat_any(&[before, after], 1))
}
