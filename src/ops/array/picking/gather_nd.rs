//! `GatherNd` and `ScatterNd`: parts of a tensor at given multi-dimensional indices, and parts put
//! there.

use ndarray::ArrayViewD;

use super::super::classes::{expect_index, expect_number};
use super::super::range::range_op;
use super::super::shape::shape_of;
use super::super::{
    Squeeze, Unstack, concat, rank, reshape, shape, size, squeeze_with, stack, tile, transpose,
    unstack_with,
};
use crate::graph::{
    AnyTensor, Gradient, GradientContext, IndexedSlices, InferContext, IntoTensor, Kernel, Op,
    Tensor, TensorInfo, graph_of,
};
use crate::kernels::rows::{self, Given, PIECE, Places};
use crate::kernels::strided::{self, Rows};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::cast_op;
use crate::ops::reduce::reduce_prod;
use crate::ops::support::{
    any_tensor, binary, build_any, check_size, expect_rank, expect_rank_at_least, index_error,
    index_row_text, merge,
};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{
    Dim, Element, Error, Integer, Number, Numeric, Plain, Result, Shape, WholeNumber, memory,
    with_bits, with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "GatherNd(params: Tparams, indices: Tindices) -> (output: Tparams); \
        Tindices in index",
    |node| {
        expect_index(node, &["Tindices"])?;
        GatherNdOp
    }),
    op!(smooth "ScatterNd(indices: Tindices, updates: T, shape: Tindices) -> (output: T); \
        Tindices in index",
    |node| {
        expect_number(node, "T")?;
        expect_index(node, &["Tindices"])?;
        ScatterNd
    }),
];

/// The parts of `params` at `indices`, whose last axis holds indices into the first axes of
/// `params`, as `tf.gather_nd` collects them.
///
/// ```
/// let graph = tf1::Graph::new();
/// let params = graph.zeros::<f32>([3, 4]);
/// assert_eq!(tf1::gather_nd(&params, [[2, 0], [1, 3]]).shape().to_string(), "(2,)");
/// assert_eq!(tf1::gather_nd(&params, [[2], [1]]).shape().to_string(), "(2, 4)");
/// ```
///
/// # Errors
/// `InvalidArgument` if the last axis of `indices` is longer than `params` has axes, or an index is
/// out of range when run.
///
/// # Options
/// `batch_dims`: see [`gather_nd_with`].
#[track_caller]
pub fn gather_nd<T: Element, I: Integer>(
    params: impl IntoTensor<T>,
    indices: impl IntoTensor<I>,
) -> Tensor<T> {
    gather_nd_with(params, indices, GatherNd::new())
}

/// As [`gather_nd`], with batch axes, along which `params` and `indices` are paired.
///
/// ```
/// let graph = tf1::Graph::new();
/// let params = graph.zeros::<f32>([2, 3, 4]);
/// let parts = tf1::gather_nd_with(&params, [[[2], [1]], [[0], [2]]], 1);
/// assert_eq!(parts.shape().to_string(), "(2, 2, 4)");
/// ```
///
/// # Errors
/// As [`gather_nd`]; and `InvalidArgument` if there are not that many axes, or their number in
/// `params` or `indices` is not known.
#[track_caller]
pub fn gather_nd_with<T: Element, I: Integer>(
    params: impl IntoTensor<T>,
    indices: impl IntoTensor<I>,
    options: impl Into<GatherNd>,
) -> Tensor<T> {
    let options = options.into();
    if options.batch_dims != 0 {
        return batch_gather_nd(params, indices, options.batch_dims);
    }
    binary(
        "GatherNd",
        GatherNdOp,
        (params, "params"),
        (indices, "indices"),
    )
}

/// The options of [`gather_nd_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GatherNd {
    batch_dims: i32,
}

/// With so many axes of batches, as [`GatherNd::batch_dims`].
impl<N: WholeNumber> From<N> for GatherNd {
    fn from(batch_dims: N) -> Self {
        GatherNd::new().batch_dims(batch_dims)
    }
}

impl GatherNd {
    /// Without a batch.
    pub fn new() -> Self {
        GatherNd::default()
    }

    /// How many of the first axes are those of a batch, which `params` and `indices` share: the
    /// indices at one place along them index the part of `params` at that place.
    pub fn batch_dims(mut self, batch_dims: impl WholeNumber) -> Self {
        self.batch_dims = batch_dims.to_i32();
        self
    }
}

/// By the nodes that TensorFlow makes: the places along the axes of the batch become part of the
/// indices.
#[track_caller]
fn batch_gather_nd<T: Element, I: Integer>(
    params: impl IntoTensor<T>,
    indices: impl IntoTensor<I>,
    batch_dims: i32,
) -> Tensor<T> {
    let graph = graph_of(&[params.graph(), indices.graph()]);
    graph.op_scope("BatchGatherND", |scope| {
        let indices = indices.into_tensor(&graph, "indices");
        let params = params.into_tensor(&graph, "params");
        let rank = |tensor: &AnyTensor| tensor.shape().rank();
        let ranks = (rank(&params.any()), rank(&indices.any()));
        if params.is_failed() || indices.is_failed() {
            // What went wrong was told before.
            return scope.tensor(GatherNdOp, &[params.any(), indices.any()]);
        }
        match batch_of(batch_dims, ranks) {
            Ok(batch) => in_batches(&params, &indices, batch),
            Err(error) => scope.failed("GatherNd", error),
        }
    })
}

/// The number of axes of a batch, given the ranks of `params` and of the indices.
fn batch_of(batch_dims: i32, ranks: (Dim, Dim)) -> Result<usize> {
    let Ok(batch) = usize::try_from(batch_dims) else {
        let message = "tf.gather_nd does not allow negative batch_dims.";
        return Err(Error::invalid_argument(message));
    };
    let (Some(params), Some(indices)) = ranks else {
        let message =
            "tf.gather_nd with batch_dims needs params and indices of a known number of axes";
        return Err(Error::invalid_argument(message).with_help("tell it by set_shape"));
    };
    for (name, rank) in [("indices", indices), ("params", params)] {
        if batch >= rank {
            return Err(Error::invalid_argument(format!(
                "batch_dims = {batch} must be less than rank({name}) = {rank}"
            )));
        }
    }
    Ok(batch)
}

#[track_caller]
fn in_batches<T: Element, I: Integer>(
    params: &Tensor<T>,
    indices: &Tensor<I>,
    batch: usize,
) -> Tensor<T> {
    let graph = params.graph();
    let axes = batch as isize;
    let (params_shape, indices_shape) = (shape(params), shape(indices));
    let batch_shape = params_shape.index(..axes);
    let batch_size = reduce_prod(&batch_shape, 0);
    let inner_axes = rank(indices) - batch as i32 - 1;
    let inner_shape = indices_shape.index(axes..-1);
    let lengths = unstack_with(&batch_shape, Unstack::new().num(batch));
    // Few: one for each axis of the batch, here and below.
    let mut ranges = Vec::with_capacity(batch);
    for length in lengths {
        ranges.push(cast_op::<i32, I>(&range_op(0, length, 1)));
    }
    // Few: as above.
    let mut columns = Vec::with_capacity(batch);
    for column in grid(&ranges) {
        columns.push(reshape(column, [-1]));
    }
    let places = transpose(stack(columns, 0));
    let places_shape = shape(&places);
    let spread = (
        places_shape.index(..1),
        graph.ones::<i32>(inner_axes),
        places_shape.index(1..),
    );
    let places = reshape(places, concat(spread, 0));
    let places = tile(places, concat(([1], inner_shape, [1]), 0));
    let flat_shape = concat(((batch_size,), indices_shape.index(axes..)), 0);
    let flat = reshape(indices, flat_shape);
    let parts = gather_nd(params, concat((places, flat), -1));
    let inner = shape(&parts).index(1..);
    reshape(parts, concat((batch_shape, inner), 0))
}

/// The coordinates of the points of a grid, as `tf.meshgrid(*ranges, indexing="ij")` gives them.
#[track_caller]
fn grid<I: Integer>(ranges: &[Tensor<I>]) -> Vec<Tensor<I>> {
    let Some(first) = ranges.first() else {
        return Vec::new();
    };
    let graph = first.graph();
    graph.name_scope("meshgrid", || {
        // Few: one for each axis, here and below.
        let mut spread = Vec::with_capacity(ranges.len());
        for (i, range) in ranges.iter().enumerate() {
            let lengths = (0..ranges.len()).map(|axis| if axis == i { -1 } else { 1 });
            // Few: as above.
            spread.push(reshape(range, lengths.collect::<Vec<i32>>()));
        }
        // Few: as above.
        let mut lengths = Vec::with_capacity(ranges.len());
        for range in ranges {
            lengths.push(size(range));
        }
        let lengths = lengths.into_iter().map(IntoIntegers::into_integers);
        // Few: as above.
        let ones = graph.ones::<I>(Integers::vector(lengths.collect()));
        // Few: as above.
        let mut columns = Vec::with_capacity(ranges.len());
        for column in spread {
            columns.push(column * &ones);
        }
        columns
    })
}

/// A tensor of zeros of shape `shape` with the parts of `updates` added at `indices`, whose last
/// axis holds indices into the first axes of the result, as `tf.scatter_nd` makes it. Parts for the
/// same index add up.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or an index is out of range when run.
#[track_caller]
pub fn scatter_nd<T: Number, I: Integer>(
    indices: impl IntoTensor<I>,
    updates: impl IntoTensor<T>,
    shape: impl IntoIntegers,
) -> Tensor<T> {
    let shape = shape.into_integers();
    let graph = graph_of(&[indices.graph(), updates.graph(), shape.graph()]);
    graph.op_scope("ScatterNd", |scope| {
        let indices = indices.into_tensor(&graph, "indices").any();
        let updates = updates.into_tensor(&graph, "updates").any();
        let shape = shape.into_tensor::<I>(&graph, "shape").any();
        scope.tensor(ScatterNd, &[indices, updates, shape])
    })
}

/// Positions in a list of all parts, which rows of indices into the axes `first` name.
fn positions<I: Integer>(
    indices: &[I],
    first: &[usize],
) -> impl Fn(usize, &mut [usize]) -> std::result::Result<(), usize> + Sync {
    move |row, list| {
        let indices = &indices[row * first.len()..][..list.len() * first.len()];
        // What names none becomes a very large number.
        if rows::number_parts(indices, first, list, |number| number as usize) {
            return Ok(());
        }
        let stray = list.iter().position(|&place| place == usize::MAX);
        stray.map_or(Ok(()), |i| Err(row + i))
    }
}

/// How many indices make a row, and the shape of the axes before the last.
fn split_indices(shape: &[usize]) -> Result<(&usize, &[usize])> {
    shape
        .split_last()
        .ok_or_else(|| Error::invalid_argument("indices must be at least a vector"))
}

#[derive(Debug)]
struct GatherNdOp;

impl Op for GatherNdOp {
    fn op_type(&self) -> &'static str {
        "GatherNd"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let info = |shape| Ok(vec![TensorInfo::new(cx.dtype(0), shape)]);
        let (Some(params), Some(indices)) = (cx.shape(0).dims(), cx.shape(1).dims()) else {
            return info(Shape::unknown());
        };
        expect_rank_at_least(cx, cx.shape(1), 1)?;
        let (depth, stack) = indices.split_last().expect("the rank is 1 or more");
        match *depth {
            None => info(Shape::unknown()),
            Some(depth) if depth > params.len() => Err(too_deep(cx.shape(1), cx.shape(0))),
            Some(depth) => info(Shape::from([stack, &params[depth..]].concat() as Vec<Dim>)),
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let params = cx.inputs.shape(0);
        let (&depth, stack) = split_indices(cx.inputs.shape(1))?;
        if depth > params.len() {
            return Err(too_deep(
                &Shape::from(cx.inputs.shape(1)),
                &Shape::from(params),
            ));
        }
        if params.contains(&0) && !stack.contains(&0) {
            let shape = Shape::from(params).bracketed();
            return Err(Error::invalid_argument(format!(
                "Requested more than 0 entries, but params is empty.  Params shape: {shape}"
            )));
        }
        let not_integers = Error::internal("indices that are not integers");
        with_class!(index, cx.inputs.value(1).dtype(), I => {
            let indices = cx.inputs.get::<I>(1);
            let indices = strided::in_order(cx.pool, &indices)?;
            let positions = positions(&indices, &params[..depth]);
            let found = with_bits!(cx.inputs.value(0).dtype(), T => {
                collect::<T>(cx, &positions, depth, stack)?
            }, return cx.move_owned(&|cx| self.compute(cx)));
            found.map_err(|i| {
                let row = indices[i * depth..(i + 1) * depth].iter().map(|&index| Numeric::to_i64(index));
                let (row, shape) = (
                    index_row_text(i, &row.collect::<Vec<_>>(), stack),
                    Shape::from(params).bracketed(),
                );
                index_error(format!("{row} does not index into param shape {shape}"))
            })
        }, Err(not_integers))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (params, indices) = (cx.any_input(0).clone(), cx.any_input(1).clone());
        let dy = cx.any_grad(0);
        with_class!(index, indices.dtype(), I => {
            let shape = shape_of::<I>(&params);
            let gradient = match indices.shape().dims() {
                Some([_, Some(1)]) => {
                    let rows = squeeze_with(indices.assume::<I>(), Squeeze::new().axis([-1])).any();
                    Gradient::Sparse(IndexedSlices { values: dy, indices: rows, dense_shape: shape.any() })
                }
                _ => scatter_nd_any(&indices, &dy, &shape.any()).into(),
            };
            cx.set_gradient(0, gradient);
        }, ());
        Ok(())
    }
}

fn too_deep(indices: &Shape, params: &Shape) -> Error {
    let (indices, params) = (indices.bracketed(), params.bracketed());
    Error::invalid_argument(format!(
        "indices.shape[-1] must be <= params.rank, but saw indices shape: {indices} and params shape: {params}"
    ))
}

#[track_caller]
fn scatter_nd_any(indices: &AnyTensor, updates: &AnyTensor, shape: &AnyTensor) -> AnyTensor {
    let inputs = [indices.clone(), updates.clone(), shape.clone()];
    updates.graph().op_scope("ScatterNd", |scope| {
        any_tensor(scope, ScatterNd, &inputs, updates.dtype())
    })
}

/// Gathers the parts; tells, if one of the rows of indices names none, which.
fn collect<T: Plain>(
    cx: &mut Kernel<'_, '_>,
    positions: &strided::Positions<'_>,
    depth: usize,
    stack: &[usize],
) -> Result<std::result::Result<(), usize>> {
    let params: ArrayViewD<'_, T> = cx.inputs.bits(0);
    let (first, part) = params.shape().split_at(depth);
    let all = strided::to_shape(
        cx.pool,
        &params,
        &[&[first.iter().product()], part].concat(),
    )?;
    let out_shape = [stack, part].concat();
    check_size(&out_shape)?;
    let mut out = cx
        .outputs
        .alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), &out_shape)?;
    let out = memory::row_major(&mut out);
    if depth == 0 && out.is_empty() {
        return Ok(Ok(()));
    }
    let rows = Rows {
        tables: 1,
        same: 1,
        count: stack.iter().product(),
    };
    Ok(strided::gather(
        cx.pool,
        &all.view(),
        0,
        rows,
        positions,
        out,
    ))
}

#[derive(Debug)]
struct ScatterNd;

impl Op for ScatterNd {
    fn op_type(&self) -> &'static str {
        "ScatterNd"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(2), 1)?;
        let shape = cx.shape_from_elements(2);
        let (Some(indices), Some(updates), Some(dims)) =
            (cx.shape(0).dims(), cx.shape(1).dims(), shape.dims())
        else {
            return Ok(vec![TensorInfo::new(cx.dtype(1), shape)]);
        };
        if let Some((Some(depth), stack)) = indices.split_last() {
            let part = dims
                .get(*depth..)
                .ok_or_else(|| too_deep_to_scatter(*depth, dims.len()))?;
            merge(
                cx,
                &Shape::from([stack, part].concat() as Vec<Dim>),
                &Shape::from(updates.to_vec()),
            )?;
        }
        Ok(vec![TensorInfo::new(cx.dtype(1), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let lengths = cx.inputs.lengths(2)?;
        let (&depth, stack) = split_indices(cx.inputs.shape(0))?;
        // TensorFlow takes either both or none of the two.
        let is_empty = [0, 1].map(|i| cx.inputs.shape(i).contains(&0));
        if is_empty != [true, true] && (is_empty != [false, false] || lengths.is_empty()) {
            let message = "Indices and updates specified for empty output shape";
            return Err(Error::invalid_argument(message));
        }
        let part = lengths
            .get(depth..)
            .ok_or_else(|| too_deep_to_scatter(depth, lengths.len()))?;
        if cx.inputs.shape(1) != [stack, part].concat() {
            let (found, wanted) = (
                Shape::from(cx.inputs.shape(1)).bracketed(),
                Shape::from([stack, part].concat()).bracketed(),
            );
            let message = format!(
                "Must have updates.shape = indices.shape[:-1] + shape[depth:], which is {wanted}, not {found}"
            );
            return Err(Error::invalid_argument(message));
        }
        with_class!(native, cx.inputs.value(1).dtype(), T => add_up::<T>(cx, &lengths, depth)?, return Err(cx.inputs.has_no_kernel(self.op_type(), 1)));
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (indices, dy) = (cx.any_input(0).clone(), cx.any_grad(0));
        let dupdates = build_any("GatherNd", GatherNdOp, &[dy, indices]);
        cx.set_gradient(1, dupdates.into());
        Ok(())
    }
}

fn too_deep_to_scatter(depth: usize, rank: usize) -> Error {
    Error::invalid_argument(format!(
        "The inner {depth} dimensions of indices exceed the {rank} of shape"
    ))
}

fn add_up<T: Number>(cx: &mut Kernel<'_, '_>, lengths: &[usize], depth: usize) -> Result<()> {
    let (inputs, updates) = (cx.inputs, cx.inputs.get::<T>(1));
    let (first, part) = lengths.split_at(depth);
    let mut out = cx.outputs.alloc::<T>(0, lengths)?;
    if updates.is_empty() {
        return Ok(());
    }
    let rows = memory::row_major(&mut out);
    let (mut places, mut numbers) = (Places::new(first), [0; PIECE]);
    let (width, mut updates) = (part.iter().product(), Given::new(&updates));
    inputs.integer_pieces(0, &mut |indices| {
        let targets = places.next(indices, &mut numbers);
        rows::change(rows, width, targets, &mut updates, T::plus);
    })?;
    match places.stray() {
        None => Ok(()),
        Some(i) => {
            let (indices, shape) = (inputs.integers(0)?, Shape::from(lengths).bracketed());
            let (_, stack) = split_indices(inputs.shape(0))?;
            let row = index_row_text(i, &indices[i * depth..(i + 1) * depth], stack);
            Err(index_error(format!(
                "{row} does not index into shape {shape}"
            )))
        }
    }
}
