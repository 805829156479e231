//! `ReverseV2`, `ReverseSequence` and `Roll`: elements in another order along an axis.

use std::sync::Arc;

use ndarray::{ArrayViewD, Axis, Slice};

use super::super::classes::expect_index;
use crate::graph::{
    AttributeList, Attributes, Fusion, GradientContext, InferContext, IntoTensor, Kernel, Op,
    Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::strided::{self, Piece, assemble, cut_along_axes};
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::negative;
use crate::ops::support::{axis_error, binary, build_any, expect_rank, merge, with_integers};
use crate::types::{
    Dim, Element, Error, Integer, Plain, Result, Shape, Value, WholeNumber, memory, with_bits,
    with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "ReverseV2(tensor: T, axis: Tidx) -> (output: T); Tidx: type = int32; \
        Tidx in index; \
        T in {uint8, int8, uint16, int16, int32, int64, bool, bfloat16, float16, float32, float64, complex64, complex128, string}",
    |node| {
        expect_index(node, &["Tidx"])?;
        ReverseV2
    }),
    op!(smooth "ReverseSequence(input: T, seq_lengths: Tlen) -> (output: T); seq_dim: int; \
     batch_dim: int = 0; Tlen: type = int64; \
        Tlen in index",
    |node| {
        expect_index(node, &["Tlen"])?;
        node.attributes::<ReverseSequenceOp>()?
    }),
    op!(smooth "Roll(input: T, shift: Tshift, axis: Taxis) -> (output: T); \
        Tshift in index; \
        Taxis in index",
    |node| {
        expect_index(node, &["Tshift", "Taxis"])?;
        Roll
    }),
];

/// `tensor` with its elements in reverse order along the axes `axis`, an integer vector, as
/// `tf.reverse` gives it. Nothing is copied.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range or named twice.
#[track_caller]
pub fn reverse<T: Element>(tensor: impl IntoTensor<T>, axis: impl IntoIntegers) -> Tensor<T> {
    with_integers("ReverseV2", ReverseV2, (tensor, "tensor"), (axis, "axis"))
}

/// For each position i of the first axis the first `seq_lengths[i]` elements along `seq_axis` in
/// reverse order, the others as they are, as `tf.reverse_sequence` gives them.
///
/// # Errors
/// `InvalidArgument` if the axes are the same or out of range, or a length is negative or exceeds
/// its axis.
///
/// # Options
/// `batch_axis`: see [`reverse_sequence_with`].
#[track_caller]
pub fn reverse_sequence<T: Element, I: Integer>(
    input: impl IntoTensor<T>,
    seq_lengths: impl IntoTensor<I>,
    seq_axis: impl WholeNumber,
) -> Tensor<T> {
    reverse_sequence_with(input, seq_lengths, seq_axis, ReverseSequence::new())
}

/// As [`reverse_sequence`], for each position of another axis.
///
/// # Errors
/// As [`reverse_sequence`].
#[track_caller]
pub fn reverse_sequence_with<T: Element, I: Integer>(
    input: impl IntoTensor<T>,
    seq_lengths: impl IntoTensor<I>,
    seq_axis: impl WholeNumber,
    options: impl Into<ReverseSequence>,
) -> Tensor<T> {
    let options = options.into();
    let op = ReverseSequenceOp {
        seq_dim: seq_axis.to_i64(),
        batch_dim: options.batch_axis,
    };
    binary(
        "ReverseSequence",
        op,
        (input, "input"),
        (seq_lengths, "seq_lengths"),
    )
}

/// The options of [`reverse_sequence_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReverseSequence {
    batch_axis: i64,
}

/// With the sequences along this axis, as [`ReverseSequence::batch_axis`].
impl<N: WholeNumber> From<N> for ReverseSequence {
    fn from(batch_axis: N) -> Self {
        ReverseSequence::new().batch_axis(batch_axis)
    }
}

impl ReverseSequence {
    /// For each position of the first axis.
    pub fn new() -> Self {
        ReverseSequence::default()
    }

    /// For each position of this axis.
    pub fn batch_axis(mut self, batch_axis: impl WholeNumber) -> Self {
        self.batch_axis = batch_axis.to_i64();
        self
    }
}

/// `input` with its elements moved by `shift` places along `axis`, those that leave at one end
/// coming in at the other, as `tf.roll` moves them. Both are scalars, or vectors of the same
/// length.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range, or `shift` and `axis` do not have the same shape.
#[track_caller]
pub fn roll<T: Element>(
    input: impl IntoTensor<T>,
    shift: impl IntoIntegers,
    axis: impl IntoIntegers,
) -> Tensor<T> {
    let (shift, axis) = (shift.into_integers(), axis.into_integers());
    let graph = graph_of(&[input.graph(), shift.graph(), axis.graph()]);
    graph.op_scope("Roll", |scope| {
        let input = input.into_tensor(&graph, "input").any();
        let shift = shift.into_any(&graph, "shift");
        let axis = axis.into_any(&graph, "axis");
        scope.tensor(Roll, &[input, shift, axis])
    })
}

#[derive(Debug)]
struct ReverseV2;

impl Op for ReverseV2 {
    fn op_type(&self) -> &'static str {
        "ReverseV2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 1)?;
        if let (Some(rank), Some(axes)) = (cx.shape(0).rank(), cx.known_elements(1)) {
            reversed_axes(&axes, rank)?;
        }
        Ok(vec![TensorInfo::new(cx.dtype(0), cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let mut value: Value<'_> = cx.inputs.value(0).clone();
        for axis in reversed_axes(&cx.inputs.integers(1)?, shape.len())? {
            value = value.sliced(axis, shape[axis].saturating_sub(1), shape[axis], -1);
        }
        cx.outputs.forward(0, value);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = build_any(
            "ReverseV2",
            ReverseV2,
            &[cx.any_grad(0), cx.any_input(1).clone()],
        );
        cx.set_gradient(0, dx.into());
        Ok(())
    }
    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}

fn reversed_axes(axes: &[i64], rank: usize) -> Result<Vec<usize>> {
    let mut resolved = Vec::new();
    for (i, &axis) in axes.iter().enumerate() {
        let signed_rank = rank as i64;
        let place = if axis < 0 {
            axis.saturating_add(signed_rank)
        } else {
            axis
        };
        if !(0..signed_rank).contains(&place) {
            let message = format!(
                "'axis'[{i}] = {axis} is out of valid range [0, {}]",
                signed_rank - 1
            );
            return Err(axis_error(message));
        }
        if resolved.contains(&(place as usize)) {
            return Err(Error::invalid_argument(format!(
                "axis {place} specified more than once."
            )));
        }
        resolved.push(place as usize);
    }
    Ok(resolved)
}

attributes! {
    #[derive(Copy)]
    struct ReverseSequenceOp {
        seq_dim: i64,
        batch_dim: i64,
    }
}

impl Op for ReverseSequenceOp {
    fn op_type(&self) -> &'static str {
        "ReverseSequence"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (batch, seq) = self.axes()?;
        if batch == seq {
            return Err(Error::invalid_argument(format!(
                "batch_dim == seq_dim == {seq}"
            )));
        }
        expect_rank(cx, cx.shape(1), 1)?;
        let Some(dims) = cx.shape(0).dims() else {
            return Ok(vec![TensorInfo::new(cx.dtype(0), ..)]);
        };
        for (name, axis) in [("batch_dim", batch), ("seq_dim", seq)] {
            if axis >= dims.len() {
                let message = format!("{name} must be < input rank: {axis} vs. {}", dims.len());
                return Err(Error::invalid_argument(message));
            }
        }
        let count = merge(cx, &Shape::from(vec![dims[batch]]), cx.shape(1))?.dim(0);
        let mut dims: Vec<Dim> = dims.to_vec();
        dims[batch] = count;
        Ok(vec![TensorInfo::new(cx.dtype(0), Shape::from(dims))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let (batch, seq) = self.axes()?;
        let lengths = self.checked_lengths(&cx.inputs.integers(1)?, shape[seq])?;
        // Of what is left at one place of the batch.
        let seq = if batch < seq { seq - 1 } else { seq };
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let x = cx.inputs.bits::<T>(0);
            let mut out = cx.outputs.alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), shape)?;
            strided::copy(cx.pool, x.view(), out.view_mut());
            for (i, &length) in lengths.iter().enumerate() {
                let mut start = x.index_axis(Axis(batch), i);
                start.slice_axis_inplace(Axis(seq), Slice::from(..length));
                start.invert_axis(Axis(seq));
                let mut place = out.index_axis_mut(Axis(batch), i);
                strided::copy(cx.pool, start, place.slice_axis_mut(Axis(seq), Slice::from(..length)));
            }
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let inputs = [cx.any_grad(0), cx.any_input(1).clone()];
        let dx = build_any("ReverseSequence", *self, &inputs);
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}

impl ReverseSequenceOp {
    /// The axis of the batch and that of the sequences.
    ///
    /// # Errors
    /// `InvalidArgument` if one is negative.
    fn axes(&self) -> Result<(usize, usize)> {
        let batch = self.batch_dim.to_count("batch_axis")?;
        Ok((batch, self.seq_dim.to_count("seq_axis")?))
    }

    fn checked_lengths(&self, lengths: &[i64], limit: usize) -> Result<Vec<usize>> {
        let check = |(i, &length): (usize, &i64)| match usize::try_from(length) {
            Ok(length) if length <= limit => Ok(length),
            Ok(_) => Err(Error::invalid_argument(format!(
                "seq_lens({i}) > input.dims({})",
                self.seq_dim
            ))),
            Err(_) => Err(Error::invalid_argument(format!("seq_lens({i}) < 0"))),
        };
        memory::tried(lengths.iter().enumerate().map(check))
    }
}

#[derive(Debug)]
struct Roll;

impl Op for Roll {
    fn op_type(&self) -> &'static str {
        "Roll"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if cx.shape(0).rank() == Some(0) {
            return Err(Error::invalid_argument("input must be 1-D or higher"));
        }
        merge(cx, cx.shape(1), cx.shape(2))?;
        if cx.shape(1).rank().is_some_and(|rank| rank > 1) {
            return Err(Error::invalid_argument(
                "shift must be a scalar or a 1-D vector.",
            ));
        }
        Ok(vec![TensorInfo::new(cx.dtype(0), cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let mut shifts = vec![0; shape.len()];
        for (&shift, &axis) in cx.inputs.integers(1)?.iter().zip(&cx.inputs.integers(2)?) {
            let place = if axis < 0 {
                axis.saturating_add(shape.len() as i64)
            } else {
                axis
            };
            let place = usize::try_from(place)
                .ok()
                .filter(|&place| place < shape.len());
            let place = place
                .ok_or_else(|| Error::invalid_argument(format!("axis {axis} is out of range")))?;
            let length = shape[place].max(1) as i64;
            shifts[place] = (shifts[place] + shift.rem_euclid(length)) % length;
        }
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let pieces = rolled(cx.inputs.bits::<T>(0), &shifts)?;
            assemble(cx.pool, cx.outputs.alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), shape)?, &pieces);
        }, cx.move_owned(&|cx| self.compute(cx))?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(index, cx.any_input(1).dtype(), I => {
            let back = negative(cx.input::<I>(1));
            let dx = build_any("Roll", Roll, &[cx.any_grad(0), back.any(), cx.any_input(2).clone()]);
            cx.set_gradient(0, dx.into());
        }, ());
        Ok(())
    }
}

/// `x` in pieces, each in its place once all have moved by `shifts`: what moves beyond the end of
/// an axis comes in at its beginning.
fn rolled<'a, T: Plain>(x: ArrayViewD<'a, T>, shifts: &[i64]) -> Result<Vec<Piece<'a, T>>> {
    cut_along_axes(x, |axis, view| {
        let shift = shifts[axis] as usize;
        let length = view.len_of(Axis(axis));
        let (stays, wraps) = view.split_at(Axis(axis), length - shift.min(length));
        [(shift, stays), (0, wraps)]
    })
}
