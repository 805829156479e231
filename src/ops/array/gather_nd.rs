//! `GatherNd` and `ScatterNd`: parts of a tensor at given multi-dimensional indices, and parts put there.

use ndarray::{ArrayViewD, Axis, IxDyn};

use super::gather::place_text;
use super::shape::shape_of;
use super::{Squeeze, squeeze_with};
use crate::graph::{
    AnyTensor, Gradient, GradientContext, IndexedSlices, InferContext, IntoTensor, Kernel, Op,
    Tensor, TensorInfo, graph_of,
};
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::support::{
    any_tensor, binary, build_any, check_size, expect_rank, expect_rank_at_least, index_error,
    merge,
};
use crate::types::parts::{assign, change_by, parts, parts_mut};
use crate::types::{
    Dim, Element, Error, Integer, Numeric, Result, Shape, memory, with_dtype, with_integer,
    with_numeric,
};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("GatherNd"), OpDef::smooth("ScatterNd")];

/// The parts of `params` at `indices`, whose last axis holds indices into the first axes of `params`, as `tf.gather_nd`
/// collects them.
///
/// ```
/// let graph = tf1::Graph::new();
/// let params = graph.zeros::<f32>([3, 4]);
/// assert_eq!(tf1::gather_nd(&params, [[2, 0], [1, 3]]).shape().to_string(), "(2,)");
/// assert_eq!(tf1::gather_nd(&params, [[2], [1]]).shape().to_string(), "(2, 4)");
/// ```
///
/// # Errors
/// `InvalidArgument` if the last axis of `indices` is longer than `params` has axes, or an index is out of range when run.
#[track_caller]
pub fn gather_nd<T: Element, I: Integer>(
    params: impl IntoTensor<T>,
    indices: impl IntoTensor<I>,
) -> Tensor<T> {
    binary(
        "GatherNd",
        GatherNd,
        (params, "params"),
        (indices, "indices"),
    )
}

/// A tensor of zeros of shape `shape` with the parts of `updates` added at `indices`, whose last axis holds indices into
/// the first axes of the result, as `tf.scatter_nd` makes it. Parts for the same index add up.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or an index is out of range when run.
#[track_caller]
pub fn scatter_nd<T: Numeric, I: Integer>(
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

/// The places that rows of indices name, as positions in a list of all parts; `stray` makes a mistake of the number of a row that names none.
/// Rows of no indices all name the one part that there is, and no list is made of them: there may be any number of these rows.
fn places(
    rows: &[i64],
    depth: usize,
    shape: &[usize],
    stray: impl Fn(usize) -> Error,
) -> Result<Vec<usize>> {
    if depth == 0 {
        return Ok(Vec::new());
    }
    let place = |(i, row): (usize, &[i64])| {
        row.iter()
            .zip(shape)
            .try_fold(0usize, |place, (&index, &length)| {
                let index = usize::try_from(index)
                    .ok()
                    .filter(|&index| index < length)
                    .ok_or_else(|| stray(i))?;
                Ok(place * length + index)
            })
    };
    memory::tried(rows.chunks(depth).enumerate().map(place))
}

/// The row of indices at fault, for a message: `indices[0] = [5, 0]`.
fn row_text(i: usize, rows: &[i64], depth: usize, stack: &[usize]) -> String {
    let row: Vec<String> = rows[i * depth..(i + 1) * depth]
        .iter()
        .map(i64::to_string)
        .collect();
    format!("indices{} = [{}]", place_text(i, stack), row.join(", "))
}

/// The indices of a kernel's input `i`: all its rows, their length, and the shape of the axes before the last.
fn index_rows<'r>(cx: &Kernel<'r, '_>, i: usize) -> Result<(Vec<i64>, usize, &'r [usize])> {
    let (&depth, stack) = cx
        .inputs
        .shape(i)
        .split_last()
        .ok_or_else(|| Error::invalid_argument("indices must be at least a vector"))?;
    Ok((cx.inputs.integers(i)?, depth, stack))
}

#[derive(Debug)]
struct GatherNd;

impl Op for GatherNd {
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
        let (rows, depth, stack) = index_rows(cx, 1)?;
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
        let places = places(&rows, depth, params, |i| {
            let (row, shape) = (
                row_text(i, &rows, depth, stack),
                Shape::from(params).bracketed(),
            );
            index_error(format!("{row} does not index into param shape {shape}"))
        })?;
        with_dtype!(cx.inputs.value(0).dtype(), T => collect::<T>(cx, &places, depth, stack))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (params, indices) = (cx.any_input(0).clone(), cx.any_input(1).clone());
        let dy = cx.any_grad(0);
        with_integer!(indices.dtype(), I => {
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

fn collect<T: Element>(
    cx: &mut Kernel<'_, '_>,
    places: &[usize],
    depth: usize,
    stack: &[usize],
) -> Result<()> {
    let params: ArrayViewD<'_, T> = cx.inputs.get(0);
    let (first, part) = params.shape().split_at(depth);
    let all = memory::to_shape(&params, IxDyn(&[&[first.iter().product()], part].concat()))?;
    let out_shape = [stack, part].concat();
    check_size(&out_shape)?;
    let out = cx.outputs.alloc::<T>(0, &out_shape)?;
    let mut out = out
        .into_shape_with_order(IxDyn(&[&[stack.iter().product()], part].concat()))
        .expect("fresh memory lies in order");
    for (i, out) in parts_mut(&mut out, Axis(0)).enumerate() {
        let place = places.get(i).copied().unwrap_or(0);
        assign(out, &all.index_axis(Axis(0), place));
    }
    Ok(())
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
        let (rows, depth, stack) = index_rows(cx, 0)?;
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
        let places = places(&rows, depth, &lengths, |i| {
            let (row, shape) = (
                row_text(i, &rows, depth, stack),
                Shape::from(&lengths).bracketed(),
            );
            index_error(format!("{row} does not index into shape {shape}"))
        })?;
        with_numeric!(cx.inputs.value(1).dtype(), T => add_up::<T>(cx, &places, &lengths, depth)?, ());
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (indices, dy) = (cx.any_input(0).clone(), cx.any_grad(0));
        let dupdates = build_any("GatherNd", GatherNd, &[dy, indices]);
        cx.set_gradient(1, dupdates.into());
        Ok(())
    }
}

fn too_deep_to_scatter(depth: usize, rank: usize) -> Error {
    Error::invalid_argument(format!(
        "The inner {depth} dimensions of indices exceed the {rank} of shape"
    ))
}

fn add_up<T: Numeric>(
    cx: &mut Kernel<'_, '_>,
    places: &[usize],
    lengths: &[usize],
    depth: usize,
) -> Result<()> {
    let updates: ArrayViewD<'_, T> = cx.inputs.get(1);
    let (first, part) = lengths.split_at(depth);
    let out = cx.outputs.alloc::<T>(0, lengths)?;
    if updates.is_empty() {
        return Ok(());
    }
    let updates = memory::to_shape(&updates, IxDyn(&[&[places.len()], part].concat()))?;
    let flat = [&[first.iter().product()], part].concat();
    let mut out = out
        .into_shape_with_order(IxDyn(&flat))
        .expect("fresh memory lies in order");
    for (&place, update) in places.iter().zip(parts(&updates, Axis(0))) {
        let part = out.index_axis_mut(Axis(0), place);
        change_by(part, &update, |sum, &x| *sum = sum.plus(x));
    }
    Ok(())
}
