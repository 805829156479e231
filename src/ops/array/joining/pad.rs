//! `Pad` and `PadV2`: a tensor with more elements around it.

use ndarray::{ArrayViewMutD, Axis, Slice};

use super::super::classes::expect_index;
use super::super::mirror_pad::{Mirror, MirrorPad};
use super::super::shape::{rank_of, shape_of};
use super::super::slice::slice_any;
use super::super::{reshape, slice, stack};
use crate::graph::{
    AnyTensor, AttributeList, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, graph_of,
};
use crate::kernels::strided::{Piece, assemble};
use crate::ops::def::op;
use crate::ops::support::{build_any, check_size, expect_rank};
use crate::ops::{IntoIntegers, NumberOrTensor, OpDef};
use crate::types::{Dim, Element, Error, Integer, Result, Shape, with_bits, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Pad(input: T, paddings: Tpaddings) -> (output: T); Tpaddings: type = int32; \
        Tpaddings in index",
    |node| {
        expect_index(node, &["Tpaddings"])?;
        PadOp { has_value: false }
    }),
    op!(smooth "PadV2(input: T, paddings: Tpaddings, constant_values: T) -> (output: T); \
     Tpaddings: type = int32; \
        Tpaddings in index",
    |node| {
        expect_index(node, &["Tpaddings"])?;
        PadOp { has_value: true }
    }),
];

/// `tensor` with `paddings[i, 0]` zeros before and `paddings[i, 1]` after its elements along each
/// axis i, as `tf.pad` adds them.
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.ones::<f32>([2, 3]);
/// assert_eq!(tf1::pad(&x, [[1, 1], [0, 2]]).shape().to_string(), "(4, 5)");
/// ```
///
/// # Errors
/// `InvalidArgument` if `paddings` is not of shape [rank of `tensor`, 2] or has a negative element.
///
/// # Options
/// `constant_values`, `reflect`, `symmetric`: see [`pad_with`].
#[track_caller]
pub fn pad<T: Element>(tensor: impl IntoTensor<T>, paddings: impl IntoIntegers) -> Tensor<T> {
    pad_with(tensor, paddings, Pad::new())
}

/// As [`pad`], with what `options` says around the tensor: a mode as TensorFlow calls it, a number,
/// or [`Pad`].
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([1.0, 2.0, 3.0]);
/// let mirrored = tf::pad_with(&x, [[2, 0]], "REFLECT");
/// let marked = tf::pad_with(&x, [[1, 1]], -1.0);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(mirrored.array1(), [])?, arr1(&[3.0, 2.0, 1.0, 2.0, 3.0]));
/// assert_eq!(session.run(marked.array1(), [])?, arr1(&[-1.0, 1.0, 2.0, 3.0, -1.0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`pad`]; `InvalidArgument` if there is no such mode; and `InvalidArgument` if the tensor is
/// too short to be mirrored that far.
#[track_caller]
pub fn pad_with<T: Element>(
    tensor: impl IntoTensor<T>,
    paddings: impl IntoIntegers,
    options: impl Into<Pad<T>>,
) -> Tensor<T> {
    let options = options.into();
    let paddings = paddings.into_integers();
    let graph = graph_of(&[tensor.graph(), paddings.graph()]);
    let name = match &options.with {
        With::Constant(value) if !value.is(T::default()) => "PadV2",
        With::Constant(_) | With::Unknown(_) => "Pad",
        With::Mirrored(_) => "MirrorPad",
    };
    graph.op_scope(name, |scope| {
        let tensor = tensor.into_tensor(&graph, "tensor").any();
        let paddings = paddings.into_any(&graph, "paddings");
        match options.with {
            With::Constant(value) if value.is(T::default()) => {
                scope.tensor(PadOp { has_value: false }, &[tensor, paddings])
            }
            With::Constant(value) => {
                let value = value.into_tensor(&graph, "constant_values").any();
                scope.tensor(PadOp { has_value: true }, &[tensor, paddings, value])
            }
            With::Mirrored(mode) => scope.tensor(MirrorPad { mode }, &[tensor, paddings]),
            With::Unknown(mode) => {
                let error = Error::invalid_argument(format!("Unknown padding mode: {mode}"));
                let help = "the modes are \"CONSTANT\", \"REFLECT\" and \"SYMMETRIC\"";
                scope.failed("Pad", error.with_help(help))
            }
        }
    })
}

/// The options of [`pad_with`].
#[derive(Clone, Debug)]
pub struct Pad<T: Element> {
    with: With<T>,
}

#[derive(Clone, Debug)]
enum With<T: Element> {
    Constant(NumberOrTensor<T>),
    Mirrored(Mirror),
    Unknown(String),
}

/// In one of TensorFlow's modes: `"CONSTANT"` (zeros), `"REFLECT"` or `"SYMMETRIC"`, in small
/// letters too.
impl<T: Element> From<&str> for Pad<T> {
    fn from(mode: &str) -> Self {
        match mode.to_uppercase().as_str() {
            "CONSTANT" => Pad::new(),
            "REFLECT" => Pad::new().reflect(),
            "SYMMETRIC" => Pad::new().symmetric(),
            _ => Pad {
                with: With::Unknown(mode.to_string()),
            },
        }
    }
}

/// With this value around the tensor, as [`Pad::constant_values`].
impl<T: Element> From<T> for Pad<T> {
    fn from(value: T) -> Self {
        Pad::new().constant_values(value)
    }
}

impl<T: Element> Pad<T> {
    /// Zeros (`false` for `bool`).
    pub fn new() -> Self {
        Pad {
            with: With::Constant(T::default().into()),
        }
    }

    /// This value, a number or a scalar tensor.
    pub fn constant_values(mut self, value: impl Into<NumberOrTensor<T>>) -> Self {
        self.with = With::Constant(value.into());
        self
    }

    /// The tensor's own elements, mirrored at its first and last element (TensorFlow's mode
    /// `REFLECT`).
    pub fn reflect(mut self) -> Self {
        self.with = With::Mirrored(Mirror::Reflect);
        self
    }

    /// The tensor's own elements, mirrored at its edges, so that the first and last are repeated
    /// (TensorFlow's mode `SYMMETRIC`).
    pub fn symmetric(mut self) -> Self {
        self.with = With::Mirrored(Mirror::Symmetric);
        self
    }
}

impl<T: Element> Default for Pad<T> {
    fn default() -> Self {
        Pad::new()
    }
}

/// As [`pad`], of tensors of any type.
#[track_caller]
pub(in crate::ops::array) fn pad_any(tensor: &AnyTensor, paddings: &AnyTensor) -> AnyTensor {
    build_any(
        "Pad",
        PadOp { has_value: false },
        &[tensor.clone(), paddings.clone()],
    )
}

/// The shape rule of an op whose input 1 tells by how much each axis of input 0 grows, or shrinks.
pub(in crate::ops::array) fn infer(
    cx: &InferContext<'_>,
    change: impl Fn(usize, usize) -> Option<usize>,
) -> Result<Vec<TensorInfo>> {
    expect_rank(cx, cx.shape(1), 2)?;
    let wrong = |message: String| {
        Err(Error::invalid_argument(format!(
            "{message}, with input shapes: {}.",
            cx.shapes_text()
        )))
    };
    if let Some(columns) = cx.shape(1).dim(1).filter(|&columns| columns != 2) {
        return wrong(format!("Dimension must be 2 but is {columns}"));
    }
    let rows = cx.shape(1).dim(0);
    let Some(rank) = cx.shape(0).rank().or(cx.axes_from_length(1)) else {
        return Ok(vec![TensorInfo::new(cx.dtype(0), ..)]);
    };
    if let Some(rows) = rows.filter(|&rows| rows != rank) {
        return wrong(format!("Shape must be rank {rows} but is rank {rank}"));
    }
    let paddings = cx.elements_of(1, 2 * rank)?;
    let mut dims: Vec<Dim> = Vec::new();
    for axis in 0..rank {
        let sides = [paddings[2 * axis], paddings[2 * axis + 1]];
        if let Some(negative) = sides.iter().flatten().find(|side| **side < 0) {
            return Err(Error::invalid_argument(format!(
                "Paddings must be non-negative, not {negative}"
            )));
        }
        dims.push(match (cx.shape(0).dim(axis), sides) {
            (Some(length), [Some(before), Some(after)]) => {
                let both = (before as usize).saturating_add(after as usize);
                Some(
                    change(length, both)
                        .ok_or_else(|| Error::invalid_argument("the paddings exceed the tensor"))?,
                )
            }
            _ => None,
        });
    }
    Ok(vec![TensorInfo::new(cx.dtype(0), Shape::from(dims))])
}

/// The lengths before and after each axis.
pub(in crate::ops::array) fn paddings(cx: &Kernel<'_, '_>) -> Result<Vec<(usize, usize)>> {
    let (rank, shape) = (cx.inputs.shape(0).len(), cx.inputs.shape(1));
    if shape != [rank, 2] {
        let message = format!(
            "paddings must have shape [{rank},2], not {}",
            Shape::from(shape).bracketed()
        );
        return Err(Error::invalid_argument(message));
    }
    let sides = cx.inputs.integers(1)?;
    sides
        .as_chunks::<2>()
        .0
        .iter()
        .map(
            |&[before, after]| match (usize::try_from(before), usize::try_from(after)) {
                (Ok(before), Ok(after)) => Ok((before, after)),
                _ => Err(Error::invalid_argument(format!(
                    "Paddings must be non-negative: {before} {after}"
                ))),
            },
        )
        .collect()
}

/// The lengths of a tensor with these paddings around it.
pub(in crate::ops::array) fn padded_lengths(
    lengths: &[usize],
    paddings: &[(usize, usize)],
) -> Result<Vec<usize>> {
    let sum = |(&length, &(before, after)): (&usize, &(usize, usize))| {
        length.saturating_add(before).saturating_add(after)
    };
    // Few: one length for each axis.
    let padded: Vec<usize> = lengths.iter().zip(paddings).map(sum).collect();
    check_size(&padded)?;
    Ok(padded)
}

/// The part of a padded tensor that is not padding.
pub(in crate::ops::array) fn centre<'a, T>(
    mut padded: ArrayViewMutD<'a, T>,
    paddings: &[(usize, usize)],
) -> ArrayViewMutD<'a, T> {
    for (axis, &(before, after)) in paddings.iter().enumerate() {
        let end = padded.shape()[axis] - after;
        padded.slice_axis_inplace(Axis(axis), Slice::from(before..end));
    }
    padded
}

#[derive(Debug)]
struct PadOp {
    /// Whether input 2 is what stands around the tensor; else zeros do.
    has_value: bool,
}

impl Op for PadOp {
    fn op_type(&self) -> &'static str {
        if self.has_value { "PadV2" } else { "Pad" }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        infer(cx, |length, both| Some(length.saturating_add(both)))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let paddings = paddings(cx)?;
        let lengths = padded_lengths(cx.inputs.shape(0), &paddings)?;
        with_bits!(cx.inputs.value(0).dtype(), T => {
            let value = if self.has_value { cx.inputs.scalar_bits::<T>(2)? } else { T::default() };
            let centre = Piece::new(paddings.iter().map(|sides| sides.0), cx.inputs.bits::<T>(0));
            let pieces = [Piece::filling(&lengths, &value), centre];
            assemble(cx.pool, cx.outputs.alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), &lengths)?, &pieces);
        }, cx.move_owned(&|cx| self.compute(cx))?);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (dy, x) = (cx.any_grad(0), cx.any_input(0).clone());
        with_class!(index, cx.any_input(1).dtype(), I => {
            let dx = pad_gradient::<I>(&x, &cx.input(1), &dy);
            cx.set_gradient(0, dx.into());
        }, ());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}

/// The part of `dy` that belongs to `x`.
#[track_caller]
fn pad_gradient<I: Integer>(x: &AnyTensor, paddings: &Tensor<I>, dy: &AnyTensor) -> AnyTensor {
    let column = stack((rank_of(x), 1), 0);
    let before = slice(paddings, [0, 0], column);
    let begin = reshape(before, [-1]);
    slice_any(dy, &begin.any(), &shape_of::<I>(x).any())
}
