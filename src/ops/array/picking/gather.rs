//! `GatherV2`: slices of a tensor at given indices.

use ndarray::ArrayViewD;

use super::super::classes::expect_index;
use super::super::reshape::reshape_any;
use super::super::shape::{shape_of, size_of};
use super::super::{
    Index, concat, expand_dims, range, reshape, size, stack, transpose_with, unsorted_segment_sum,
};
use crate::graph::{
    AnyTensor, AttributeList, Attributes, Gradient, GradientContext, IndexedSlices, InferContext,
    IntoTensor, Kernel, Op, Tensor, TensorInfo, attributes, graph_of,
};
use crate::kernels::strided::{self, Rows};
use crate::ops::def::op;
use crate::ops::math::cast_to;
use crate::ops::older::Older;
use crate::ops::reduce::reduce_prod;
use crate::ops::support::{
    any_tensor, check_size, expect_rank, index_out_of_range, merge_dims, resolve_axis,
    resolve_axis_of,
};
use crate::ops::{NumberOrTensor, OpDef};
use crate::types::{
    DType, Dim, Element, Error, Integer, Number, Numeric, Plain, Result, Shape, Strided,
    WholeNumber, memory, with_bits, with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "GatherV2(params: Tparams, indices: Tindices, axis: Taxis) -> (output: Tparams); \
            batch_dims: int = 0; \
        Tindices in index; \
        Taxis in index",
    |node| {
        expect_index(node, &["Tindices", "Taxis"])?;
        node.attributes::<GatherV2>()?
    }),
    op!(smooth "Gather(params: Tparams, indices: Tindices) -> (output: Tparams); \
            validate_indices: bool = true; \
        Tindices in index",
    |node| {
        expect_index(node, &["Tindices"])?;
        let first_axis = i32::wrap(Strided::Single(0));
        let nothing = AttributeList::new();
        let op = Older::renamed(node, GatherV2 { batch_dims: 0 });
        op.with_input(first_axis, nothing).with_gradient(|cx| {
            let measures = measures(cx);
            set_rows(cx, measures);
            Ok(())
        })
    })
    .superseded_by("GatherV2"),
];

/// The slices of `params` along its first axis at the positions `indices`, as `tf.gather` collects
/// them. `indices` may have any shape; the result has it followed by that of one slice.
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
/// `axis`, `batch_dims`: see [`gather_with`].
#[track_caller]
pub fn gather<T: Element, I: Integer>(
    params: impl IntoTensor<T>,
    indices: impl IntoTensor<I>,
) -> Tensor<T> {
    gather_with(params, indices, Gather::new())
}

/// As [`gather`], along another axis, or with batch axes, along which `params` and `indices` are
/// paired:
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let scores = graph.constant([[0.1f32, 0.9, 0.5], [0.7, 0.2, 0.3]]);
/// let best = graph.constant([[1, 2], [0, 2]]);
/// let picked = tf::gather_with(&scores, &best, tf::Gather::new().batch_dims(1)); // of each row its own
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(picked.array2(), [])?, arr2(&[[0.9, 0.5], [0.7, 0.3]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`gather`]; and `InvalidArgument` if the axis is out of range or lies before the end of the
/// batch, or the shapes of the batches differ.
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
        let axis = options.axis.unwrap_or(options.batch_dims);
        let axis = graph.constant_named("axis", ndarray::arr0(axis).into_dyn());
        let batch_dims = options.batch_dims.into();
        scope.tensor(
            GatherV2 { batch_dims },
            &[params.any(), indices.any(), axis.any()],
        )
    })
}

/// The options of [`gather_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gather {
    axis: Option<i32>,
    batch_dims: i32,
}

/// Along this axis, as [`Gather::axis`].
impl<N: WholeNumber> From<N> for Gather {
    fn from(axis: N) -> Self {
        Gather::new().axis(axis)
    }
}

impl Gather {
    /// Along the first axis, without a batch.
    pub fn new() -> Self {
        Gather::default()
    }

    /// Along this axis of `params`, counted from the end if negative. By default, along the first
    /// axis after those of the batch.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = Some(axis.to_i32());
        self
    }

    /// How many of the first axes are those of a batch, which `params` and `indices` share: the
    /// indices at one place along them index the part of `params` at that place.
    /// A negative number is counted from the number of axes of `indices`.
    pub fn batch_dims(mut self, batch_dims: impl WholeNumber) -> Self {
        self.batch_dims = batch_dims.to_i32();
        self
    }
}

/// As [`gather`], of tensors of any type.
#[track_caller]
pub(in crate::ops::array) fn gather_any(params: &AnyTensor, indices: &AnyTensor) -> AnyTensor {
    let graph = params.graph();
    graph.op_scope("GatherV2", |scope| {
        let axis = graph.constant_named("axis", ndarray::arr0(0).into_dyn());
        any_tensor(
            scope,
            GatherV2 { batch_dims: 0 },
            &[params.clone(), indices.clone(), axis.any()],
            params.dtype(),
        )
    })
}

attributes! {
    struct GatherV2 {
        /// Counted from the number of axes of the indices if negative.
        batch_dims: i64,
    }
}

impl GatherV2 {
    /// The number of axes of the batch, given the ranks of `params` and of the indices, and the
    /// axis.
    ///
    /// # Errors
    /// `InvalidArgument` if there are not that many.
    fn batch(&self, params: usize, indices: usize, axis: usize) -> Result<usize> {
        let (batch, least) = (self.batch_dims, -(indices as i64));
        let batch = if batch < 0 { batch - least } else { batch };
        let found = usize::try_from(batch)
            .ok()
            .filter(|found| *found == 0 || *found < indices);
        match found {
            Some(found) if found < params && found <= axis => Ok(found),
            Some(found) => Err(Error::invalid_argument(format!(
                "batch_dims ({found}) must be less than or equal to axis ({axis}) and less than rank(params) ({params})."
            ))),
            None => Err(Error::invalid_argument(format!(
                "Expected batch_dims in the range [{least}, {indices}), but got {}",
                self.batch_dims
            ))),
        }
    }
}

impl Op for GatherV2 {
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
            let rest = params.len().checked_sub(1).filter(|_| self.batch_dims == 0);
            return match rest {
                Some(rest) => info(Shape::of_rank(rest + indices.len())),
                None => info(Shape::unknown()),
            };
        };
        let axis = resolve_axis_of(cx, axis, params.len())?;
        let batch = self.batch(params.len(), indices.len(), axis)?;
        let start = merge_dims(
            cx,
            &Shape::from(params[..batch].to_vec()),
            &Shape::from(indices[..batch].to_vec()),
        )?;
        let (outer, inner) = (&params[batch..axis], &params[axis + 1..]);
        let start = start.dims().unwrap_or_default();
        info(Shape::from(
            [start, outer, &indices[batch..], inner].concat() as Vec<Dim>,
        ))
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (shape, indices) = (cx.inputs.shape(0), cx.inputs.shape(1));
        let axis = cx.inputs.integers(2)?.first().copied().unwrap_or(0);
        let axis = resolve_axis(axis, shape.len())?;
        let batch = self.batch(shape.len(), indices.len(), axis)?;
        if let Some(i) = (0..batch).find(|i| shape[*i] != indices[*i]) {
            let (params, indices) = (shape[i], indices[i]);
            return Err(Error::invalid_argument(format!(
                "params.shape[{i}]: {params} should be equal to indices.shape[{i}]: {indices}"
            )));
        }
        let not_integers = Error::internal("indices that are not integers");
        with_class!(index, cx.inputs.value(1).dtype(), I => {
            let listed = cx.inputs.get::<I>(1);
            let listed = strided::in_order(cx.pool, &listed)?;
            let length = shape[axis];
            let found = with_bits!(cx.inputs.value(0).dtype(), T => {
                collect::<T>(cx, axis, batch, &positions(&listed, length))?
            }, return cx.move_owned(&|cx| self.compute(cx)));
            found.map_err(|i| index_out_of_range("indices", (i, indices), Numeric::to_i64(listed[i]), length))
        }, Err(not_integers))
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let (params, indices) = (cx.any_input(0).clone(), cx.any_input(1).clone());
        let measures = measures(cx);
        let axis = cx.any_input(2).clone();
        let on_first_axis =
            axis.op().op_type() == "Const" && axis.info().elements() == Some(vec![Some(0)]);
        if on_first_axis {
            set_rows(cx, measures);
            return Ok(());
        }
        let [dense_shape, _] = measures;
        let dy = cx.any_grad(0);
        let batch = match (self.batch_dims, indices.shape().rank()) {
            (0, _) => 0,
            (batch, Some(rank)) if batch < 0 => rank.saturating_add_signed(batch as isize),
            (batch, Some(rank)) if batch < rank as i64 => batch as usize,
            (batch, Some(rank)) => {
                return Err(Error::invalid_argument(format!(
                    "batch_dims ({batch}) must be less than rank(indices) ({rank})"
                )));
            }
            (_, None) => {
                let message =
                    "gather with batch_dims has a gradient for indices of a known rank only";
                return Err(Error::invalid_argument(message).with_help("tell it by set_shape"));
            }
        };
        let axis = match axis.dtype() {
            DType::Int64 => cast_to::<i64, i32>(axis.assume::<i64>()),
            _ => axis.assume(),
        };
        with_class!(number, params.dtype(), T => with_class!(index, indices.dtype(), I => {
            let slices = InnerSlices {
                is_next: is_axis(&axis, batch, params.shape().rank()),
                shape: dense_shape,
                indices: indices.assume::<I>(),
                axis,
                batch,
            };
            cx.set(0, slices.gradient(&dy.assume::<T>()));
        }, ()), ());
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}

/// The shape of `params`, and the number of indices as a vector.
#[track_caller]
fn measures(cx: &GradientContext<'_>) -> [Tensor<i32>; 2] {
    let dense_shape = cast_to::<i64, i32>(shape_of::<i64>(cx.any_input(0)));
    [dense_shape, expand_dims(size_of(cx.any_input(1)), 0)]
}

/// Sets the gradient with respect to `params`, of whose first axis slices were collected.
#[track_caller]
fn set_rows(cx: &mut GradientContext<'_>, [dense_shape, count]: [Tensor<i32>; 2]) {
    let values_shape = concat((&count, dense_shape.index(1..)), 0);
    let rows = IndexedSlices {
        values: reshape_any(&cx.any_grad(0), &values_shape.any()),
        indices: reshape_any(cx.any_input(1), &count.any()),
        dense_shape: dense_shape.any(),
    };
    cx.set_gradient(0, Gradient::Sparse(rows));
}

/// Positions below `length`, which integers name one by one.
pub(in crate::ops::array) fn positions<I: Integer>(
    listed: &[I],
    length: usize,
) -> impl Fn(usize, &mut [usize]) -> std::result::Result<(), usize> + Sync {
    move |first, list| {
        let mut all_in_range = true;
        for (place, &index) in list.iter_mut().zip(&listed[first..]) {
            // A negative number becomes a very large one.
            *place = index.to_i64() as usize;
            all_in_range &= *place < length;
        }
        let stray = list
            .iter()
            .position(|&place| place >= length && !all_in_range);
        stray.map_or(Ok(()), |i| Err(first + i))
    }
}

/// Gathers the slices; tells, if one of the positions is none, which.
fn collect<T: Plain>(
    cx: &mut Kernel<'_, '_>,
    axis: usize,
    batch: usize,
    positions: &strided::Positions<'_>,
) -> Result<std::result::Result<(), usize>> {
    let params: ArrayViewD<'_, T> = cx.inputs.bits(0);
    let shape = params.shape();
    let (batches, outer, inner) = (&shape[..batch], &shape[batch..axis], &shape[axis + 1..]);
    let indices = &cx.inputs.shape(1)[batch..];
    let out_shape = [batches, outer, indices, inner].concat();
    check_size(&out_shape)?;
    let same = outer.iter().product();
    let rows = Rows {
        tables: batches.iter().product::<usize>() * same,
        same,
        count: indices.iter().product(),
    };
    let mut out = cx
        .outputs
        .alloc_bits_unset::<T>(0, cx.inputs.value(0).dtype(), &out_shape)?;
    let out = memory::row_major(&mut out);
    Ok(strided::gather(
        cx.pool, &params, axis, rows, positions, out,
    ))
}

/// Slices that were not taken along the first axis of `params`, of this shape.
struct InnerSlices<I> {
    shape: Tensor<i32>,
    indices: Tensor<I>,
    axis: Tensor<i32>,
    /// The number of axes of the batch.
    batch: usize,
    /// Whether the axis is known to be the first after those of the batch.
    is_next: bool,
}

/// Whether `axis` is known to be this one of a tensor of this rank.
fn is_axis(axis: &Tensor<i32>, expected: usize, rank: Dim) -> bool {
    let known = axis.info().elements().and_then(|elements| elements[0]);
    let resolved = match (known, rank) {
        (Some(axis), Some(rank)) if axis < 0 => axis.checked_add(rank as i64),
        (axis, _) => axis,
    };
    resolved == i64::try_from(expected).ok()
}

impl<I: Integer> InnerSlices<I> {
    /// The gradient with respect to `params`: the axis is brought to the front, behind those of the
    /// batch, the slices are added up there, and the axis goes back.
    #[track_caller]
    fn gradient<T: Number>(&self, dy: &Tensor<T>) -> Tensor<T> {
        let InnerSlices { shape, axis, .. } = self;
        let outer_shape = shape.index(Index::range(.., axis));
        let inner_shape = shape.index(Index::range(axis, ..)).index(1..);
        let values_shape = concat((&outer_shape, [-1], inner_shape), 0);
        let (rank, axis_number) = (size(&values_shape), size(&outer_shape));
        let batch = i32::try_from(self.batch).unwrap_or(i32::MAX);
        let batch_axes = shape.graph().range(batch);
        let outer_axes = range(batch, &axis_number, 1);
        let inner_axes = range(&axis_number + 1, rank, 1);
        let values = reshape(dy, values_shape);
        let to_front = concat((&batch_axes, (&axis_number,), &outer_axes, &inner_axes), 0);
        let values = permuted(values, &to_front);
        let length = shape.index(axis);
        let count = expand_dims(size(&self.indices), 0);
        let sums = match self.batch {
            0 => unsorted_segment_sum(values, reshape(&self.indices, count), length),
            _ => self.sums_of_batch(&values, &count, length),
        };
        let back = concat((batch_axes, outer_axes + 1, [batch], inner_axes), 0);
        permuted(sums, &back)
    }

    /// The sums of the slices of a batch, all of its parts being taken for one long part.
    #[track_caller]
    fn sums_of_batch<T: Number>(
        &self,
        values: &Tensor<T>,
        count: &Tensor<i32>,
        length: Tensor<i32>,
    ) -> Tensor<T> {
        let batch = self.batch as isize;
        let values_shape = shape_of::<i32>(&values.any());
        let batches = values_shape.index(..batch);
        let inner = values_shape.index(batch..).index(1..);
        let number = reduce_prod(&batches, [0]).named("Prod");
        let flat = concat(([-1], inner), 0);
        let all = &length * number;
        let indices = self.indices_in_all(&length);
        let values = reshape(values, &flat);
        let sums = unsorted_segment_sum(values, reshape(indices, count), all);
        reshape(sums, concat((batches, flat), 0))
    }

    /// The indices in the one long part, of which `length` belong to each of the batch.
    #[track_caller]
    fn indices_in_all(&self, length: &Tensor<i32>) -> Tensor<I> {
        let (graph, batch) = (self.shape.graph(), self.batch);
        let shape = cast_to::<i32, I>(&self.shape);
        let mut stride = graph.ones::<I>([]);
        let mut indices = self.indices.clone();
        for axis in (0..batch).rev() {
            let count = shape.index(axis);
            // TensorFlow takes the length of the axis after the batch even where it gathers along a
            // later one.
            stride = match axis + 1 == batch && !self.is_next {
                true => stride * cast_to::<i32, I>(length),
                false => stride * shape.index(axis + 1),
            };
            let (start, step) = (graph.zeros::<I>([]), graph.ones::<I>([]));
            let offsets = range(start, &count, step) * &stride;
            let lengths = self.lengths_along(axis, count);
            indices += reshape(offsets, lengths);
        }
        indices
    }

    /// The lengths of a tensor that broadcasts to the indices and is longer than 1 along one axis
    /// only.
    #[track_caller]
    fn lengths_along(&self, axis: usize, length: Tensor<I>) -> Tensor<I> {
        let one = |_| NumberOrTensor::Number(I::ONE);
        let before = (0..axis).map(one);
        let rank = self.indices.shape().rank().unwrap_or(axis + 1);
        let after = (axis + 1..rank).map(one);
        let lengths = before.chain([NumberOrTensor::Tensor(length)]).chain(after);
        // Few: one length for each axis.
        stack(lengths.collect::<Vec<_>>(), 0)
    }
}

#[track_caller]
fn permuted<T: Number>(x: Tensor<T>, perm: &Tensor<i32>) -> Tensor<T> {
    transpose_with(x, perm)
}
