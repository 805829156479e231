//! `SpaceToBatchND` and `BatchToSpaceND`: the places of blocks as batches, and back; with their
//! older forms for squares.

use ndarray::ArrayD;
use smallvec::SmallVec;

use super::super::packed;
use crate::graph::{
    AttributeList, AttributeValue, GradientContext, Graph, InferContext, IntoTensor, Kernel, Op,
    Tensor, TensorInfo, graph_of,
};
use crate::kernels::strided::Blocks;
use crate::ops::def::op;
use crate::ops::math::floormod;
use crate::ops::support::{build_any, check_size, expect_rank, expect_rank_at_least, merge};
use crate::ops::{Integers, IntoIntegers, OpDef};
use crate::types::{Dim, Error, Numeric, Result, Shape, WholeNumber, with_bits};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "SpaceToBatchND(input: T, block_shape: Tblock_shape, paddings: Tpaddings) -> \
        (output: T); Tblock_shape: type = int32; Tpaddings: type = int32; \
        Tblock_shape in index; Tpaddings in index",
        |_| SpaceToBatch { to: Side::Batch, block_size: None }),
    op!(smooth "BatchToSpaceND(input: T, block_shape: Tblock_shape, crops: Tcrops) -> \
        (output: T); Tblock_shape: type = int32; Tcrops: type = int32; \
        Tblock_shape in index; Tcrops in index",
        |_| SpaceToBatch { to: Side::Space, block_size: None }),
    op!(smooth "SpaceToBatch(input: T, paddings: Tpaddings) -> (output: T); \
        Tpaddings: type = int32; block_size: int; Tpaddings in index",
        |node| SpaceToBatch { to: Side::Batch, block_size: Some(node.attribute("block_size")?) }),
    op!(smooth "BatchToSpace(input: T, crops: Tidx) -> (output: T); block_size: int; \
        Tidx: type = int32; Tidx in index",
        |node| SpaceToBatch { to: Side::Space, block_size: Some(node.attribute("block_size")?) }),
];

/// `input` with zeros around it, cut into blocks whose places become batches of their own, as
/// `tf.space_to_batch_nd` makes it.
///
/// `input` has shape [batch, s₁, .., sₘ, rest..], `block_shape` is a vector [b₁, .., bₘ], and
/// `paddings` of shape [m, 2] tells how many zeros to put before and after each axis sᵢ. With
/// pᵢ = sᵢ + `paddings[i, 0]` + `paddings[i, 1]`, the result has shape
/// [batch · b₁ ⋯ bₘ, p₁/b₁, .., pₘ/bₘ, rest..].
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[1.0, 2.0, 3.0, 4.0]]);
/// let y = tf::space_to_batch_nd(&x, [2], [[1, 1]]);
///
/// let session = tf::Session::new(&graph)?;
/// let expected = arr2(&[[0.0, 2.0, 4.0], [1.0, 3.0, 0.0]]);
/// assert_eq!(session.run(y.array2(), [])?, expected);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if a length with its padding is not a multiple of that of a block, a block has
/// length 0 or less, or a padding is negative.
#[track_caller]
pub fn space_to_batch_nd<T: Numeric>(
    input: impl IntoTensor<T>,
    block_shape: impl IntoIntegers,
    paddings: impl IntoIntegers,
) -> Tensor<T> {
    let sides = (paddings.into_integers(), "paddings");
    build(Side::Batch, input, block_shape.into_integers(), sides)
}

/// As [`space_to_batch_nd`] of images: `input` of shape [batch, height, width, channels] in blocks
/// of `block_size` by `block_size`, as `tf.space_to_batch` makes it.
///
/// # Errors
/// As [`space_to_batch_nd`].
#[track_caller]
pub fn space_to_batch<T: Numeric>(
    input: impl IntoTensor<T>,
    paddings: impl IntoIntegers,
    block_size: impl WholeNumber,
) -> Tensor<T> {
    let sides = (paddings.into_integers(), "paddings");
    images(build(Side::Batch, input, square(block_size), sides))
}

/// Batches put together as the places of blocks, and the edges cut off, as `tf.batch_to_space_nd`
/// does it: the inverse of [`space_to_batch_nd`].
///
/// `input` has shape [batch, s₁, .., sₘ, rest..], `block_shape` is a vector [b₁, .., bₘ], and
/// `crops` of shape [m, 2] tells how much to cut off at both ends of each axis. The result has
/// shape [batch / (b₁ ⋯ bₘ), s₁·b₁ − `crops[0, 0]` − `crops[0, 1]`, .., rest..].
///
/// # Errors
/// `InvalidArgument` if the number of batches is not a multiple of b₁ ⋯ bₘ, a block has length 0 or
/// less, a crop is negative, or more is cut off than there is.
#[track_caller]
pub fn batch_to_space_nd<T: Numeric>(
    input: impl IntoTensor<T>,
    block_shape: impl IntoIntegers,
    crops: impl IntoIntegers,
) -> Tensor<T> {
    let sides = (crops.into_integers(), "crops");
    build(Side::Space, input, block_shape.into_integers(), sides)
}

/// As [`batch_to_space_nd`] of images: `input` of shape [batch, height, width, channels] in blocks
/// of `block_size` by `block_size`, as `tf.batch_to_space` makes it.
///
/// # Errors
/// As [`batch_to_space_nd`].
#[track_caller]
pub fn batch_to_space<T: Numeric>(
    input: impl IntoTensor<T>,
    crops: impl IntoIntegers,
    block_size: impl WholeNumber,
) -> Tensor<T> {
    let sides = (crops.into_integers(), "crops");
    images(build(Side::Space, input, square(block_size), sides))
}

/// The paddings that make the lengths `input_shape` multiples of `block_shape`, and the crops that
/// undo them, as `tf.required_space_to_batch_paddings` computes them for [`space_to_batch_nd`] and
/// [`batch_to_space_nd`].
///
/// Both results have shape [m, 2] for vectors of m elements, and begin with zeros: what is missing
/// is added after the end.
///
/// # Errors
/// `InvalidArgument` if the vectors differ in length, or that of `block_shape` is not known.
///
/// # Options
/// `base_paddings`: see [`required_space_to_batch_paddings_with`].
#[track_caller]
pub fn required_space_to_batch_paddings(
    input_shape: impl IntoIntegers,
    block_shape: impl IntoIntegers,
) -> (Tensor<i32>, Tensor<i32>) {
    let options = RequiredSpaceToBatchPaddings::new();
    required_space_to_batch_paddings_with(input_shape, block_shape, options)
}

/// As [`required_space_to_batch_paddings`], with paddings that there are to be at least.
///
/// # Errors
/// As [`required_space_to_batch_paddings`]; and if `base_paddings` does not have shape [m, 2].
#[track_caller]
pub fn required_space_to_batch_paddings_with(
    input_shape: impl IntoIntegers,
    block_shape: impl IntoIntegers,
    options: impl Into<RequiredSpaceToBatchPaddings>,
) -> (Tensor<i32>, Tensor<i32>) {
    let numbers = [input_shape.into_integers(), block_shape.into_integers()];
    let base = options.into().base_paddings;
    let base_graph = base.as_ref().and_then(Integers::graph);
    let graph = graph_of(&[numbers[0].graph(), numbers[1].graph(), base_graph]);
    required_paddings(&graph, numbers, base)
}

/// The options of [`required_space_to_batch_paddings_with`].
#[derive(Clone, Debug, Default)]
pub struct RequiredSpaceToBatchPaddings {
    base_paddings: Option<Integers>,
}

/// With these paddings at least, as [`RequiredSpaceToBatchPaddings::base_paddings`].
impl<I: IntoIntegers> From<I> for RequiredSpaceToBatchPaddings {
    fn from(base_paddings: I) -> Self {
        RequiredSpaceToBatchPaddings::new().base_paddings(base_paddings)
    }
}

impl RequiredSpaceToBatchPaddings {
    /// No more paddings than are needed.
    pub fn new() -> Self {
        RequiredSpaceToBatchPaddings::default()
    }

    /// Paddings of shape [m, 2], to the ends of which what is missing is added.
    pub fn base_paddings(mut self, base_paddings: impl IntoIntegers) -> Self {
        self.base_paddings = Some(base_paddings.into_integers());
        self
    }
}

#[track_caller]
fn build<T: Numeric>(
    to: Side,
    input: impl IntoTensor<T>,
    block_shape: Integers,
    (sides, name): (Integers, &str),
) -> Tensor<T> {
    let graph = graph_of(&[input.graph(), block_shape.graph(), sides.graph()]);
    let op = SpaceToBatch {
        to,
        block_size: None,
    };
    graph.op_scope(op.op_type(), |scope| {
        let input = input.into_tensor(&graph, "input").any();
        let block_shape = block_shape.into_any(&graph, "block_shape");
        let sides = sides.into_any(&graph, name);
        scope.tensor(op, &[input, block_shape, sides])
    })
}

/// A block of this height and width.
fn square(block_size: impl WholeNumber) -> Integers {
    let length = block_size.to_i64();
    match i32::try_from(length) {
        Ok(length) => [length; 2].into_integers(),
        Err(_) => [length; 2].into_integers(),
    }
}

/// What is known to be images.
#[track_caller]
fn images<T: Numeric>(images: Tensor<T>) -> Tensor<T> {
    if images.shape().rank().is_none() {
        images.set_shape(Shape::of_rank(4));
    }
    images
}

/// As [`required_space_to_batch_paddings_with`], of numbers that need not be tensors.
#[track_caller]
fn required_paddings(
    graph: &Graph,
    [input_shape, block_shape]: [Integers; 2],
    base_paddings: Option<Integers>,
) -> (Tensor<i32>, Tensor<i32>) {
    graph.name_scope("required_space_to_batch_paddings", || {
        let input_shape = input_shape.into_tensor::<i32>(graph, "input_shape");
        let block_shape = block_shape.into_tensor::<i32>(graph, "block_shape");
        let axes = block_shape.shape();
        let axes = axes.rank().filter(|rank| *rank == 1).and(axes.dim(0));
        let Some(axes) = axes else {
            let message = format!(
                "block_shape must be a vector of known length, but has shape {}",
                block_shape.shape()
            );
            return refused(graph, Error::invalid_argument(message));
        };
        if axes == 0 {
            let none = || graph.zeros::<i32>([0, 2]);
            return (none(), none());
        }
        if input_shape.shape().merge(&Shape::from([axes])).is_none() {
            let message = format!(
                "Shapes {} and [{axes}] are incompatible",
                input_shape.shape()
            );
            return refused(graph, Error::invalid_argument(message));
        }
        let base = match base_paddings {
            Some(base) => base.into_tensor::<i32>(graph, "base_paddings"),
            None => graph.zeros::<i32>([axes, 2]),
        };
        if base.shape().merge(&Shape::from([axes, 2])).is_none() {
            let message = format!("Shapes {} and [{axes}, 2] are incompatible", base.shape());
            return refused(graph, Error::invalid_argument(message));
        }
        let known = |tensor: &Tensor<i32>| -> Option<Vec<i64>> {
            let elements = tensor.info().elements()?;
            // Few: one or two for each axis.
            elements.into_iter().collect()
        };
        match (known(&input_shape), known(&block_shape), known(&base)) {
            (Some(input), Some(block), Some(base)) => {
                constant_paddings(graph, &input, &block, &base)
            }
            _ => computed_paddings(graph, axes, (&input_shape, &block_shape, &base)),
        }
    })
}

#[track_caller]
fn refused(graph: &Graph, error: Error) -> (Tensor<i32>, Tensor<i32>) {
    let failed = graph.failed::<i32>("paddings", error);
    (failed.clone(), failed)
}

/// How much is missing to a multiple of `block`; nothing if that is 0, as TensorFlow (NumPy) has
/// it.
fn missing(length: i64, block: i64) -> i64 {
    let rest = |x: i64| match block {
        0 => 0,
        block => x.wrapping_rem(block).wrapping_add(block) % block,
    };
    rest(block.wrapping_sub(rest(length)))
}

#[track_caller]
fn constant_paddings(
    graph: &Graph,
    input: &[i64],
    block: &[i64],
    base: &[i64],
) -> (Tensor<i32>, Tensor<i32>) {
    let (mut paddings, mut crops) = (Vec::new(), Vec::new());
    for ((input, block), base) in input.iter().zip(block).zip(base.as_chunks::<2>().0) {
        let missing = missing(input + base[0] + base[1], *block);
        // Few: two numbers for each axis, here and below.
        paddings.extend([base[0] as i32, (base[1] + missing) as i32]);
        // Few: as above.
        crops.extend([0, missing as i32]);
    }
    let constant = |name: &str, numbers: Vec<i32>| {
        let array = ArrayD::from_shape_vec(vec![numbers.len() / 2, 2], numbers);
        graph.constant_named(name, array.expect("two numbers for each axis"))
    };
    (constant("paddings", paddings), constant("crops", crops))
}

#[track_caller]
fn computed_paddings(
    graph: &Graph,
    axes: usize,
    (input_shape, block_shape, base): (&Tensor<i32>, &Tensor<i32>, &Tensor<i32>),
) -> (Tensor<i32>, Tensor<i32>) {
    let (start, end) = (base.index((.., 0)), base.index((.., 1)));
    let length = input_shape + &start + &end;
    let missing = floormod(block_shape - floormod(length, block_shape), block_shape);
    let padded_end = &end + &missing;
    // Few: one for each axis, here and below.
    let sides = |axis: usize| (start.index(axis), padded_end.index(axis));
    let sides: Vec<(Tensor<i32>, Tensor<i32>)> = (0..axes).map(sides).collect();
    let paddings = packed(graph, "paddings", sides);
    let sides = |axis: usize| (0, missing.index(axis));
    let sides: Vec<(i32, Tensor<i32>)> = (0..axes).map(sides).collect();
    (paddings, packed(graph, "crops", sides))
}

/// What the places of blocks become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Batch,
    Space,
}

#[derive(Clone, Debug)]
struct SpaceToBatch {
    to: Side,
    /// The height and width of blocks, of the older ops. The newer ones have an input for the
    /// lengths of blocks.
    block_size: Option<i64>,
}

/// The lengths of blocks along each spatial axis, and what is added or cut off there before and
/// after, as far as they are known.
type Known = (Vec<Option<i64>>, Vec<Option<i64>>);

impl SpaceToBatch {
    /// Which input the paddings or crops are.
    fn sides(&self) -> usize {
        match self.block_size {
            Some(_) => 1,
            None => 2,
        }
    }

    /// Along how many axes there are blocks, if that is known.
    fn axes(&self, cx: &InferContext<'_>) -> Result<Option<usize>> {
        if self.block_size.is_some() {
            return Ok(Some(2));
        }
        if cx.shape(1).rank().is_some_and(|rank| rank != 1) {
            let inputs = cx.shapes_text();
            let message = format!("block_shape must have rank 1., with input shapes: {inputs}.");
            return Err(Error::invalid_argument(message));
        }
        Ok(cx.axes_from_length(1))
    }

    /// # Errors
    /// `InvalidArgument` if a number cannot be what it is.
    fn check(&self, (blocks, sides): &Known) -> Result<()> {
        if let Some(block) = blocks.iter().flatten().find(|block| **block < 1) {
            let message = format!("block_shape must be positive, but has an element {block}");
            return Err(Error::invalid_argument(message));
        }
        if let Some(side) = sides.iter().flatten().find(|side| **side < 0) {
            let name = match self.to {
                Side::Batch => "paddings",
                Side::Space => "crops",
            };
            let message = format!("{name} cannot be negative: {side}");
            return Err(Error::invalid_argument(message));
        }
        Ok(())
    }

    /// The lengths of the result, given those of the input.
    ///
    /// # Errors
    /// `InvalidArgument` if they do not fit.
    fn lengths(&self, dims: &[Dim], known: &Known) -> Result<Vec<Dim>> {
        self.check(known)?;
        let (blocks, sides) = known;
        let places = blocks.iter().copied().try_fold(1usize, |places, block| {
            Some(places.saturating_mul(usize::try_from(block?).ok()?))
        });
        // Few: one for each axis.
        let mut lengths = dims.to_vec();
        lengths[0] = match (dims[0], places, self.to) {
            (Some(batches), Some(places), Side::Batch) => Some(batches.saturating_mul(places)),
            (Some(batches), Some(places), Side::Space) => Some(divided(batches, places)?),
            _ => None,
        };
        for (axis, (block, sides)) in blocks.iter().zip(sides.as_chunks::<2>().0).enumerate() {
            let length = dims[1 + axis];
            lengths[1 + axis] = match (length, *block, *sides) {
                (Some(length), Some(block), [Some(before), Some(after)]) => {
                    let block = block as usize;
                    let both = (before as usize).saturating_add(after as usize);
                    Some(match self.to {
                        Side::Batch => divided(length.saturating_add(both), block)?,
                        Side::Space => cropped(length.saturating_mul(block), both)?,
                    })
                }
                _ => None,
            };
        }
        Ok(lengths)
    }

    /// The lengths of blocks and the sides as a kernel is given them.
    fn given(&self, cx: &Kernel<'_, '_>) -> Result<Known> {
        // Few: one and two for each axis.
        let blocks = match self.block_size {
            Some(length) => vec![length; 2],
            None => cx.inputs.integers(1)?,
        };
        let (axes, rank) = (blocks.len(), cx.inputs.shape(0).len());
        if rank <= axes {
            let message = format!("input rank should be >= {} instead of {rank}", axes + 1);
            return Err(Error::invalid_argument(message));
        }
        let sides = self.sides();
        if cx.inputs.shape(sides) != [axes, 2] {
            let shape = Shape::from(cx.inputs.shape(sides)).bracketed();
            let message = format!("paddings and crops must have shape [{axes},2], not {shape}");
            return Err(Error::invalid_argument(message));
        }
        let sides = cx.inputs.integers(sides)?;
        // Few: one or two for each axis.
        Ok((
            blocks.into_iter().map(Some).collect(),
            sides.into_iter().map(Some).collect(),
        ))
    }
}

/// The quotient of a length that must be a multiple of `divisor`.
fn divided(length: usize, divisor: usize) -> Result<usize> {
    match length.checked_rem(divisor) {
        Some(0) => Ok(length / divisor),
        _ => Err(Error::invalid_argument(format!(
            "Dimension size must be evenly divisible by {divisor} but is {length}"
        ))),
    }
}

/// What is left of a length.
fn cropped(length: usize, crops: usize) -> Result<usize> {
    length.checked_sub(crops).ok_or_else(|| {
        Error::invalid_argument(format!(
            "Negative dimension size caused by subtracting {crops} from {length}"
        ))
    })
}

impl Op for SpaceToBatch {
    fn op_type(&self) -> &'static str {
        match (self.to, self.block_size) {
            (Side::Batch, None) => "SpaceToBatchND",
            (Side::Space, None) => "BatchToSpaceND",
            (Side::Batch, Some(_)) => "SpaceToBatch",
            (Side::Space, Some(_)) => "BatchToSpace",
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        if self.block_size.is_some_and(|size| size < 2) {
            let (op_type, size) = (self.op_type(), self.block_size.unwrap_or_default());
            let message =
                format!("Attr 'block_size' of '{op_type}' Op passed {size} less than minimum 2.");
            return Err(Error::invalid_argument(message));
        }
        let sides = self.sides();
        let axes = self.axes(cx)?;
        merge(cx, cx.shape(sides), &Shape::from(vec![axes, Some(2)]))?;
        let unknown = Ok(vec![TensorInfo::new(cx.dtype(0), ..)]);
        let Some(axes) = axes else { return unknown };
        match self.block_size {
            Some(_) => expect_rank(cx, cx.shape(0), 4)?,
            None => expect_rank_at_least(cx, cx.shape(0), axes + 1)?,
        }
        let blocks = match self.block_size {
            Some(size) => vec![Some(size); 2],
            None => cx.elements_of(1, axes)?,
        };
        let known = (blocks, cx.elements_of(sides, 2 * axes)?);
        self.check(&known)?;
        let shape = match (cx.shape(0).dims(), self.block_size) {
            (Some(dims), _) => self.lengths(dims, &known)?,
            (None, Some(_)) => self.lengths(&[None; 4], &known)?,
            (None, None) => return unknown,
        };
        Ok(vec![TensorInfo::new(cx.dtype(0), Shape::from(shape))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let known = self.given(cx)?;
        let dtype = cx.inputs.value(0).dtype();
        if !dtype.is_integer() && !dtype.is_floating() {
            return Err(cx.inputs.has_no_kernel(self.op_type(), 0));
        }
        // Few: one for each axis.
        let dims: Vec<Dim> = cx.inputs.shape(0).iter().copied().map(Some).collect();
        let lengths = Shape::from(self.lengths(&dims, &known)?).expect_known()?;
        check_size(&lengths)?;
        let number = |number: &Option<i64>| number.unwrap_or_default() as usize;
        // Few: one for each axis.
        let blocks: SmallVec<[usize; 4]> = known.0.iter().map(number).collect();
        // Few: as above.
        let before: SmallVec<[usize; 4]> = known.1.iter().step_by(2).map(number).collect();
        let grid = Blocks {
            lengths: &blocks,
            before: &before,
        };
        let is_padded = known.1.iter().any(|side| *side != Some(0));
        with_bits!(dtype, T => {
            let x = cx.inputs.bits::<T>(0);
            let outputs = &mut cx.outputs;
            match self.to {
                Side::Space => {
                    let out = outputs.alloc_bits_unset::<T>(0, dtype, &lengths)?;
                    grid.to_space(cx.pool, &x, out);
                }
                Side::Batch if is_padded => {
                    let out = outputs.alloc_bits::<T>(0, dtype, &lengths)?;
                    grid.to_batch(cx.pool, &x, out);
                }
                Side::Batch => {
                    let out = outputs.alloc_bits_unset::<T>(0, dtype, &lengths)?;
                    grid.to_batch(cx.pool, &x, out);
                }
            }
        }, ());
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let back = SpaceToBatch {
            to: match self.to {
                Side::Batch => Side::Space,
                Side::Space => Side::Batch,
            },
            ..self.clone()
        };
        // Few: all inputs but the first.
        let mut inputs = vec![cx.any_grad(0)];
        inputs.extend((1..=self.sides()).map(|i| cx.any_input(i).clone()));
        let dx = build_any(back.op_type(), back, &inputs);
        cx.set_gradient(0, dx.into());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        let size = self.block_size.iter();
        let size = size.map(|size| ("block_size", size.to_attribute()));
        // Few: one at most.
        Some(size.collect())
    }
}
