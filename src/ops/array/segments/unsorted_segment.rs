//! Segment reductions over rows in any order, and [`densify`], which is made of one.

use super::super::classes::{expect_index, expect_number};
use super::super::gather::gather_any;
use super::super::segment::{Reduction, quotient};
use super::super::{expand_dims, ones_like, ones_like_as, zeros_like};
use crate::graph::{
    AnyTensor, AttributeList, GradientContext, Graph, IndexedSlices, InferContext, Inputs,
    IntoTensor, Kernel, NodeSpec, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::rows::Given;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::{cast_to, equal, greater, greater_equal, logical_and, maximum, select};
use crate::ops::support::{
    any_tensor, check_size, expect_rank, expect_rank_at_least, merge_dims, place_text, scalar_dim,
};
use crate::types::{
    DType, Dim, Element, ElementType, Error, Integer, Number, Numeric, Result, Shape, memory,
    with_class,
};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "UnsortedSegmentSum(data: T, segment_ids: Tindices, \
         num_segments: Tnumsegments) -> (output: T); Tnumsegments: type = int32; \
        T in number; \
        Tindices in index; \
        Tnumsegments in index",
        |node| UnsortedSegment::of(node, Reduction::Sum)?),
    op!(smooth "UnsortedSegmentMax(data: T, segment_ids: Tindices, \
         num_segments: Tnumsegments) -> (output: T); Tnumsegments: type = int32; \
        T in real; \
        Tindices in index; \
        Tnumsegments in index",
        |node| UnsortedSegment::of(node, Reduction::Max)?),
    op!(smooth "UnsortedSegmentMin(data: T, segment_ids: Tindices, \
         num_segments: Tnumsegments) -> (output: T); Tnumsegments: type = int32; \
        T in real; \
        Tindices in index; \
        Tnumsegments in index",
        |node| UnsortedSegment::of(node, Reduction::Min)?),
    op!(smooth "UnsortedSegmentProd(data: T, segment_ids: Tindices, \
         num_segments: Tnumsegments) -> (output: T); Tnumsegments: type = int32; \
        T in number; \
        Tindices in index; \
        Tnumsegments in index",
        |node| UnsortedSegment::of(node, Reduction::Prod)?),
];

/// Row j of the result, of `num_segments` rows, is the sum of those parts of `data` whose
/// `segment_ids` is j, as `tf.unsorted_segment_sum` computes it; zeros if there are none. The shape
/// of `data` begins with that of `segment_ids`; parts whose number is negative are left out.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit or a number is not below `num_segments`.
#[track_caller]
pub fn unsorted_segment_sum<T: Number, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
    num_segments: impl IntoIntegers,
) -> Tensor<T> {
    build(Reduction::Sum, data, segment_ids, num_segments)
}

/// As [`unsorted_segment_sum`], the largest element in each place, as `tf.unsorted_segment_max`
/// computes it; the smallest finite number if there is none.
///
/// # Errors
/// As [`unsorted_segment_sum`].
#[track_caller]
pub fn unsorted_segment_max<T: Numeric, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
    num_segments: impl IntoIntegers,
) -> Tensor<T> {
    build(Reduction::Max, data, segment_ids, num_segments)
}

/// As [`unsorted_segment_sum`], the smallest element in each place, as `tf.unsorted_segment_min`
/// computes it; the largest finite number if there is none.
///
/// # Errors
/// As [`unsorted_segment_sum`].
#[track_caller]
pub fn unsorted_segment_min<T: Numeric, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
    num_segments: impl IntoIntegers,
) -> Tensor<T> {
    build(Reduction::Min, data, segment_ids, num_segments)
}

/// As [`unsorted_segment_sum`], the product in each place, as `tf.unsorted_segment_prod` computes
/// it; 1 if there is none.
///
/// # Errors
/// As [`unsorted_segment_sum`].
#[track_caller]
pub fn unsorted_segment_prod<T: Number, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
    num_segments: impl IntoIntegers,
) -> Tensor<T> {
    build(Reduction::Prod, data, segment_ids, num_segments)
}

#[track_caller]
fn build<T: Number, I: Integer>(
    reduction: Reduction,
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
    num_segments: impl IntoIntegers,
) -> Tensor<T> {
    let num_segments = num_segments.into_integers();
    let graph = graph_of(&[data.graph(), segment_ids.graph(), num_segments.graph()]);
    let op = UnsortedSegment { reduction };
    graph.op_scope(op.op_type(), |scope| {
        let data = data.into_tensor(&graph, "data").any();
        let segment_ids = segment_ids.into_tensor(&graph, "segment_ids").any();
        let num_segments = num_segments
            .into_tensor::<i32>(&graph, "num_segments")
            .any();
        scope.tensor(op, &[data, segment_ids, num_segments])
    })
}

/// The whole tensor whose nonzero rows are `slices`.
#[track_caller]
pub(crate) fn densify(slices: &IndexedSlices) -> AnyTensor {
    densify_named(slices.values.graph(), "UnsortedSegmentSum", slices)
}

/// As [`densify`], the last node being called `name`: what becomes of rows where an op wants a
/// tensor.
#[track_caller]
pub(crate) fn densify_named(graph: &Graph, name: &str, slices: &IndexedSlices) -> AnyTensor {
    graph.op_call(|| {
        let num_segments = with_class!(index, slices.dense_shape.dtype(), I => {
            slices.dense_shape.assume::<I>().index(0).any()
        }, slices.dense_shape.clone());
        let inputs = [slices.values.clone(), slices.indices.clone(), num_segments];
        let op = UnsortedSegment {
            reduction: Reduction::Sum,
        };
        graph.op_scope(name, |scope| {
            any_tensor(scope, op, &inputs, slices.values.dtype())
        })
    })
}

impl<T: Element> IntoTensor<T> for &IndexedSlices {
    fn graph(&self) -> Option<Graph> {
        Some(self.values.graph().clone())
    }

    fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T> {
        densify_named(graph, name, self).assume()
    }
}

#[derive(Debug)]
struct UnsortedSegment {
    reduction: Reduction,
}

impl Op for UnsortedSegment {
    fn op_type(&self) -> &'static str {
        match self.reduction {
            Reduction::Sum | Reduction::Mean => "UnsortedSegmentSum",
            Reduction::Max => "UnsortedSegmentMax",
            Reduction::Min => "UnsortedSegmentMin",
            Reduction::Prod => "UnsortedSegmentProd",
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(2), 0)?;
        let count = scalar_dim(cx, 2)?;
        let (Some(data), Some(ids)) = (cx.shape(0).dims(), cx.shape(1).dims()) else {
            return Ok(vec![TensorInfo::new(cx.dtype(0), ..)]);
        };
        expect_rank_at_least(cx, cx.shape(0), ids.len())?;
        merge_dims(cx, &Shape::from(data[..ids.len()].to_vec()), cx.shape(1))?;
        let shape = Shape::from([&[count], &data[ids.len()..]].concat() as Vec<Dim>);
        Ok(vec![TensorInfo::new(cx.dtype(0), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (data, ids) = (cx.inputs.shape(0), cx.inputs.shape(1));
        if !data.starts_with(ids) {
            let (data, ids) = (Shape::from(data).bracketed(), Shape::from(ids).bracketed());
            let message =
                format!("data.shape = {data} does not start with segment_ids.shape = {ids}");
            return Err(Error::invalid_argument(message));
        }
        let count = segment_count(cx.inputs.integers(2)?.first().copied().unwrap_or(0))?;
        check_segments(&cx.inputs, count)?;
        let shape = [&[count], &data[ids.len()..]].concat();
        check_size(&shape)?;
        let (dtype, reduction) = (cx.inputs.value(0).dtype(), self.reduction);
        with_class!(native, dtype, T => {
            reduce::<T>(cx, &shape, self.start(), |rows, width, targets, given| {
                reduction.combine(rows, width, targets, given);
            })
        }, with_class!(complex, dtype, T => {
            reduce::<T>(cx, &shape, reduction.start_of_total(), |rows, width, targets, given| {
                reduction.add_to_totals(rows, width, targets, given);
            })
        }, Err(cx.inputs.has_no_kernel(self.op_type(), 0))))?;
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dy = cx.any_grad(0);
        with_class!(number, dy.dtype(), T => with_class!(index, cx.any_input(1).dtype(), I => {
            let (dy, ids) = (dy.assume::<T>(), cx.input::<I>(1));
            let dx = match self.reduction {
                Reduction::Sum => gather_kept(&dy, &ids)?.0,
                Reduction::Prod => product_gradient(&cx.input(0), &ids, cx.any_input(2), &cx.output(0), dy)?,
                _ => extremum_gradient(&cx.input::<T>(0), &ids, cx.any_input(2), &cx.output(0), &dy)?,
            };
            cx.set(0, dx);
        }, ()), ());
        Ok(())
    }

    /// The op type says which reduction it is.
    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}

fn segment_count(count: i64) -> Result<usize> {
    usize::try_from(count).map_err(|_| {
        Error::invalid_argument(format!(
            "Input num_segments == {count} must not be negative."
        ))
    })
}

/// Fails if a part's number is neither negative nor that of a segment.
fn check_segments(inputs: &Inputs<'_, '_>, count: usize) -> Result<()> {
    let (mut stray, mut start) = (None, 0);
    inputs.integer_pieces(1, &mut |ids| {
        // The sign of a difference tells that there is one, or a negative number so large that it
        // overflows.
        let last = count as i64 - 1;
        let signs = ids
            .iter()
            .fold(0, |signs, id| signs | last.wrapping_sub(*id));
        if stray.is_none() && signs < 0 {
            let is_stray = |id: &i64| usize::try_from(*id).is_ok_and(|id| id >= count);
            stray = ids.iter().position(is_stray).map(|i| (start + i, ids[i]));
        }
        start += ids.len();
    })?;
    let Some((i, id)) = stray else {
        return Ok(());
    };
    let place = place_text(i, inputs.shape(1));
    Err(Error::invalid_argument(format!(
        "segment_ids{place} = {id} is out of range [0, {count})"
    )))
}

impl UnsortedSegment {
    fn of(node: &NodeSpec<'_>, reduction: Reduction) -> Result<Self> {
        expect_number(node, "T")?;
        expect_index(node, &["Tindices", "Tnumsegments"])?;
        Ok(UnsortedSegment { reduction })
    }

    /// What a segment without parts becomes.
    fn start<T: Numeric>(&self) -> T {
        match self.reduction {
            Reduction::Max => finite_limit(f64::MIN, f32::MIN, T::LOWEST),
            Reduction::Min => finite_limit(f64::MAX, f32::MAX, T::HIGHEST),
            total => total.start_of_total(),
        }
    }
}

/// The reduction by a function that combines each of the given rows into the one that is its
/// target.
fn reduce<T: Number>(
    cx: &mut Kernel<'_, '_>,
    shape: &[usize],
    start: T,
    combine: impl Fn(&mut [T], usize, &[i64], &mut Given<'_, T>),
) -> Result<()> {
    let (inputs, data) = (cx.inputs, cx.inputs.get::<T>(0));
    let mut out = cx.outputs.alloc_unset::<T>(0, shape)?;
    let rows = memory::row_major(&mut out);
    rows.fill(start);
    let (width, mut given) = (shape[1..].iter().product(), Given::new(&data));
    inputs.integer_pieces(1, &mut |targets| combine(rows, width, targets, &mut given))
}

/// The extreme finite value of `T`.
fn finite_limit<T: Numeric>(double: f64, single: f32, integer: T) -> T {
    match T::DTYPE {
        DType::Float64 => T::from_f64(double),
        DType::Float32 => T::from_f64(f64::from(single)),
        _ => integer,
    }
}

/// Which parts bear a number that is not negative.
struct Clipped<I> {
    /// The numbers, with 0 for the negative ones.
    clipped: Tensor<I>,
    /// For every element of the parts whether it counts.
    mask: Tensor<bool>,
}

/// For each part the row of `params` that its number names, 0 where that is negative.
#[track_caller]
fn gather_kept<T: Number, I: Integer>(
    params: &Tensor<T>,
    ids: &Tensor<I>,
) -> Result<(Tensor<T>, Clipped<I>)> {
    gather_kept_at(params, ids, clipped(ids))
}

/// The numbers, with 0 for the negative ones.
#[track_caller]
fn clipped<I: Integer>(ids: &Tensor<I>) -> Tensor<I> {
    maximum(ids, zeros_like(ids))
}

/// As [`gather_kept`], given the clipped numbers.
#[track_caller]
fn gather_kept_at<T: Number, I: Integer>(
    params: &Tensor<T>,
    ids: &Tensor<I>,
    clipped: Tensor<I>,
) -> Result<(Tensor<T>, Clipped<I>)> {
    let gathered = gather_any(&params.any(), &clipped.any()).assume::<T>();
    let mut is_kept = greater_equal(ids, I::ZERO);
    let (Some(rank), Some(ids_rank)) = (gathered.shape().rank(), ids.shape().rank()) else {
        let message = "the gradient of a segment reduction needs tensors of known rank";
        return Err(Error::invalid_argument(message));
    };
    for _ in ids_rank..rank {
        is_kept = expand_dims(is_kept, -1);
    }
    let mask = is_kept & ones_like_as(&gathered, ElementType::<bool>::new());
    let kept = Clipped { clipped, mask };
    Ok((kept.apply(&gathered), kept))
}

impl<I: Integer> Clipped<I> {
    /// `gathered` with 0 for the parts that do not count.
    #[track_caller]
    fn apply<T: Number>(&self, gathered: &Tensor<T>) -> Tensor<T> {
        let zeros = zeros_like(gathered);
        select(&self.mask, gathered, zeros)
    }
}

/// `dy` shared out equally among those parts of each segment that have its extreme value.
#[track_caller]
fn extremum_gradient<T: Number, I: Integer>(
    data: &Tensor<T>,
    ids: &Tensor<I>,
    num_segments: &AnyTensor,
    out: &Tensor<T>,
    dy: &Tensor<T>,
) -> Result<Tensor<T>> {
    let (extremes, kept) = gather_kept(out, ids)?;
    let is_selected = logical_and(equal(data, extremes), &kept.mask);
    let count = reduced(
        Reduction::Sum,
        &cast_to::<bool, T>(&is_selected),
        ids,
        num_segments,
    );
    let shares = quotient(dy, &count);
    let gathered = kept.apply(&gather_any(&shares.any(), &kept.clipped.any()).assume::<T>());
    let zeros = zeros_like(&gathered);
    Ok(select(is_selected, gathered, zeros))
}

/// `dy` times the product of the other parts of the segment: the whole product divided by the part,
/// or, of a part that is zero, the product of those that are not; zero if another part is zero.
#[track_caller]
fn product_gradient<T: Number, I: Integer>(
    data: &Tensor<T>,
    ids: &Tensor<I>,
    num_segments: &AnyTensor,
    out: &Tensor<T>,
    dy: Tensor<T>,
) -> Result<Tensor<T>> {
    let is_zero = equal(data, T::ZERO);
    let zeros = cast_to::<bool, i32>(&is_zero);
    let zero_count = reduced(Reduction::Sum, &zeros, ids, num_segments);
    let dy = select(greater(zero_count, 1), zeros_like(&dy), dy);
    let non_zero = select(&is_zero, ones_like(data), data);
    let non_zero_products = reduced(Reduction::Prod, &non_zero, ids, num_segments);
    let places = clipped(ids);
    let of_part = |products: &Tensor<T>| gather_any(&products.any(), &places.any()).assume::<T>();
    let (product, non_zero_product) = (of_part(out), of_part(&non_zero_products));
    let slope = select(is_zero, non_zero_product, quotient(&product, data));
    let (dy, _) = gather_kept_at(&dy, ids, places)?;
    Ok(dy * slope)
}

/// The reduction of `data` as another of these ops computes it.
#[track_caller]
fn reduced<T: Number, I: Integer>(
    reduction: Reduction,
    data: &Tensor<T>,
    ids: &Tensor<I>,
    num_segments: &AnyTensor,
) -> Tensor<T> {
    let op = UnsortedSegment { reduction };
    let inputs = [data.any(), ids.any(), num_segments.clone()];
    let graph = data.graph();
    graph.op_scope(op.op_type(), |scope| scope.tensor(op, &inputs))
}
