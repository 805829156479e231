//! `GatherV2`: slices of a tensor at given indices; and embedding lookups, which are made of it.

use ndarray::{ArrayViewD, Axis, IxDyn};

use super::reshape::reshape_any;
use super::shape::{shape_of, size_of};
use super::{
    Index, concat, expand_dims, identity, range, reshape, size, transpose_with,
    unsorted_segment_sum,
};
use crate::graph::{
    AnyTensor, Gradient, GradientContext, IndexedSlices, InferContext, IntoTensor, Kernel, Op,
    Tensor, TensorInfo, graph_of,
};
use crate::ops::OpDef;
use crate::ops::math::cast_to;
use crate::ops::support::{
    any_tensor, check_size, expect_rank, index_error, resolve_axis, resolve_axis_of,
};
use crate::types::parts::{assign, parts_mut};
use crate::types::{
    Dim, Element, Integer, Numeric, Result, Shape, WholeNumber, memory, with_dtype, with_integer,
    with_numeric,
};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth("GatherV2")];

/// The slices of `params` along its first axis at the positions `indices`, as `tf.gather` collects them. `indices` may
/// have any shape; the result has it followed by that of one slice.
///
/// ```
/// let graph = tf1::Graph::new();
/// let params = graph.zeros::<f32>([5, 2]);
/// assert_eq!(tf1::gather(&params, [3, 0, 3]).shape().to_string(), "(3, 2)");
/// ```
///
/// The gradient with respect to `params` consists of the collected rows only ([`IndexedSlices`]).
///
/// # Errors
/// `InvalidArgument` if an index is out of range when run.
///
/// # Options
/// `axis`: see [`gather_with`].
#[track_caller]
pub fn gather<T: Element, I: Integer>(
    params: impl IntoTensor<T>,
    indices: impl IntoTensor<I>,
) -> Tensor<T> {
    gather_with(params, indices, Gather::new())
}

/// As [`gather`], along another axis.
///
/// # Errors
/// As [`gather`]; and `InvalidArgument` if the axis is out of range.
#[track_caller]
pub fn gather_with<T: Element, I: Integer>(
    params: impl IntoTensor<T>,
    indices: impl IntoTensor<I>,
    options: impl Into<Gather>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[params.graph(), indices.graph()]);
    graph.op_scope("GatherV2", |scope| {
        let params = params.into_tensor(&graph, "params");
        let indices = indices.into_tensor(&graph, "indices");
        let axis = graph.constant_named("axis", ndarray::arr0(options.axis).into_dyn());
        scope.tensor(Collect, &[params.any(), indices.any(), axis.any()])
    })
}

/// The options of [`gather_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gather {
    axis: i32,
}

/// Along this axis, as [`Gather::axis`].
impl<N: WholeNumber> From<N> for Gather {
    fn from(axis: N) -> Self {
        Gather::new().axis(axis)
    }
}

impl Gather {
    /// Along the first axis.
    pub fn new() -> Self {
        Gather::default()
    }

    /// Along this axis, counted from the end if negative.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_i32();
        self
    }
}

/// The rows of the table `params` that `ids` name, as `tf.nn.embedding_lookup` finds them in a single table.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let table = graph.constant([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]]);
/// let rows = tf::nn::embedding_lookup(&table, [2, 0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(rows.array2(), [])?, arr2(&[[2.0, 2.1], [0.0, 0.1]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`gather`].
#[track_caller]
pub fn embedding_lookup<T: Element, I: Integer>(
    params: impl IntoTensor<T>,
    ids: impl IntoTensor<I>,
) -> Tensor<T> {
    let graph = graph_of(&[params.graph(), ids.graph()]);
    graph.op_scope("embedding_lookup", |scope| {
        let params = params.into_tensor(&graph, "params_0");
        let ids = ids.into_tensor(&graph, "ids");
        let axis = graph.constant_named("axis", ndarray::arr0(0).into_dyn());
        let rows = scope.tensor::<T>(Collect, &[params.any(), ids.any(), axis.any()]);
        identity(rows)
    })
}

/// As [`gather`], of tensors of any type.
#[track_caller]
pub(super) fn gather_any(params: &AnyTensor, indices: &AnyTensor) -> AnyTensor {
    let graph = params.graph();
    graph.op_scope("GatherV2", |scope| {
        let axis = graph.constant_named("axis", ndarray::arr0(0).into_dyn());
        any_tensor(
            scope,
            Collect,
            &[params.clone(), indices.clone(), axis.any()],
            params.dtype(),
        )
    })
}

#[derive(Debug)]
struct Collect;

impl Op for Collect {
    fn op_type(&self) -> &'static str {
        "GatherV2"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(2), 0)?;
        let info = |shape| Ok(vec![TensorInfo::new(cx.dtype(0), shape)]);
        let (params, indices, axis) = (cx.shape(0).dims(), cx.shape(1).dims(), cx.scalar(2));
        let (Some(params), Some(indices)) = (params, indices) else {
            return info(Shape::unknown());
        };
        let Some(axis) = axis else {
            return match params.len().checked_sub(1) {
                Some(rest) => info(Shape::of_rank(rest + indices.len())),
                None => info(Shape::unknown()),
            };
        };
        let axis = resolve_axis_of(cx, axis, params.len())?;
        info(Shape::from(
            [&params[..axis], indices, &params[axis + 1..]].concat() as Vec<Dim>,
        ))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = cx.inputs.shape(0);
        let axis = cx.inputs.integers(2)?.first().copied().unwrap_or(0);
        let axis = resolve_axis(axis, shape.len())?;
        let positions = positions(&cx.inputs.integers(1)?, cx.inputs.shape(1), shape[axis])?;
        with_dtype!(cx.inputs.value(0).dtype(), T => collect::<T>(cx, axis, &positions))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (params, indices) = (cx.any_input(0).clone(), cx.any_input(1).clone());
        let dense_shape = cast_to::<i64, i32>(shape_of::<i64>(&params));
        let count = expand_dims(size_of(&indices), 0);
        let axis = cx.input::<i32>(2);
        let on_first_axis =
            axis.op().op_type() == "Const" && axis.info().elements() == Some(vec![Some(0)]);
        let dy = cx.any_grad(0);
        if on_first_axis {
            let values_shape = concat((&count, dense_shape.index(1..)), 0);
            let values = reshape_any(&dy, &values_shape.any());
            let indices = reshape_any(&indices, &count.any());
            let rows = IndexedSlices {
                values,
                indices,
                dense_shape: dense_shape.any(),
            };
            cx.set_gradient(0, Gradient::Sparse(rows));
        } else {
            with_numeric!(params.dtype(), T => with_integer!(indices.dtype(), I => {
                let dparams = inner_gradient::<T, I>(&dense_shape, &indices.assume(), &axis, &dy.assume());
                cx.set(0, dparams);
            }, ()), ());
        }
        Ok(())
    }
}

/// The indices of the slices, which must be less than `length`.
fn positions(indices: &[i64], shape: &[usize], length: usize) -> Result<Vec<usize>> {
    let in_range = |(i, &index): (usize, &i64)| {
        usize::try_from(index)
            .ok()
            .filter(|&index| index < length)
            .ok_or_else(|| {
                let place = place_text(i, shape);
                index_error(format!("indices{place} = {index} is not in [0, {length})"))
            })
    };
    memory::tried(indices.iter().enumerate().map(in_range))
}

/// The index of element `i` of a tensor of shape `shape`, as TensorFlow's messages have it: `[0,2]`, nothing for a scalar.
pub(super) fn place_text(mut i: usize, shape: &[usize]) -> String {
    if shape.is_empty() {
        return String::new();
    }
    let mut place: Vec<String> = shape
        .iter()
        .rev()
        .map(|&length| {
            let index = i % length.max(1);
            i /= length.max(1);
            // Few: one index for each axis.
            index.to_string()
        })
        .collect();
    place.reverse();
    format!("[{}]", place.join(","))
}

fn collect<T: Element>(cx: &mut Kernel<'_, '_>, axis: usize, positions: &[usize]) -> Result<()> {
    let params: ArrayViewD<'_, T> = cx.inputs.get(0);
    let shape = params.shape();
    let out_shape = [&shape[..axis], cx.inputs.shape(1), &shape[axis + 1..]].concat();
    let flat_shape = [&shape[..axis], &[positions.len()], &shape[axis + 1..]].concat();
    check_size(&out_shape)?;
    let out = cx.outputs.alloc::<T>(0, &out_shape)?;
    let mut out = out
        .into_shape_with_order(IxDyn(&flat_shape))
        .expect("fresh memory lies in order");
    for (&position, place) in positions.iter().zip(parts_mut(&mut out, Axis(axis))) {
        copy(params.index_axis(Axis(axis), position), place);
    }
    Ok(())
}

/// Copies a slice: as memory where both sides allow it.
fn copy<T: Element>(from: ArrayViewD<'_, T>, mut to: ndarray::ArrayViewMutD<'_, T>) {
    match (from.as_slice(), to.as_slice_mut()) {
        (Some(from), Some(to)) => to.copy_from_slice(from),
        _ => assign(to, &from),
    }
}

/// The gradient with respect to `params` where the slices were not taken along its first axis: that axis is brought to the
/// front, the slices are added up there, and the axis goes back.
#[track_caller]
fn inner_gradient<T: Numeric, I: Integer>(
    shape: &Tensor<i32>,
    indices: &Tensor<I>,
    axis: &Tensor<i32>,
    dy: &Tensor<T>,
) -> Tensor<T> {
    let outer_shape = shape.index(Index::range(.., axis));
    let inner_shape = shape.index(Index::range(axis, ..)).index(1..);
    let values_shape = concat((&outer_shape, [-1], inner_shape), 0);
    let (rank, axis_number) = (size(&values_shape), size(&outer_shape));
    let no_axes = shape.graph().range(0);
    let outer_axes = range(0, &axis_number, 1);
    let inner_axes = range(&axis_number + 1, rank, 1);
    let values = reshape(dy, values_shape);
    let to_front = concat((&no_axes, (&axis_number,), &outer_axes, &inner_axes), 0);
    let values = permuted(values, &to_front);
    let length = shape.index(axis);
    let count = expand_dims(size(indices), 0);
    let sums = unsorted_segment_sum(values, reshape(indices, count), length);
    let back = concat((no_axes, outer_axes + 1, [0], inner_axes), 0);
    permuted(sums, &back)
}

#[track_caller]
fn permuted<T: Numeric>(x: Tensor<T>, perm: &Tensor<i32>) -> Tensor<T> {
    transpose_with(x, perm)
}
