//! Segment reductions over sorted segments: neighbouring rows that bear the same number are combined into one.

use ndarray::{ArrayViewD, ArrayViewMutD, Axis};

use super::gather::gather_any;
use super::shape::{rank_of, shape_of};
use super::{concat, expand_dims, fill, zeros_like};
use crate::graph::{
    AnyTensor, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
    no_gradient,
};
use crate::ops::OpDef;
use crate::ops::math::{cast_to, divide, equal, select};
use crate::ops::support::{any_tensor, binary, check_size, expect_rank, expect_rank_at_least};
use crate::types::parts::{change_by, parts, parts_mut};
use crate::types::{Dim, Error, Integer, Numeric, Result, Shape, memory, with_numeric};

pub(in crate::ops) const OPS: &[OpDef] = &[
    OpDef::smooth("SegmentSum"),
    OpDef::smooth("SegmentMean"),
    OpDef::smooth("SegmentMax"),
    OpDef::smooth("SegmentMin"),
    OpDef::opaque("SegmentProd"),
];

/// Row j of the result is the sum of those rows of `data` whose `segment_ids` is j, as `tf.segment_sum` computes it; zeros
/// if there are none. `segment_ids` has one element for each row, sorted, from 0.
///
/// # Errors
/// `InvalidArgument` if the numbers are negative, not sorted, or not as many as there are rows.
#[track_caller]
pub fn segment_sum<T: Numeric, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
) -> Tensor<T> {
    build(Reduction::Sum, data, segment_ids)
}

/// As [`segment_sum`], the mean of the rows, as `tf.segment_mean` computes it.
///
/// # Errors
/// As [`segment_sum`].
#[track_caller]
pub fn segment_mean<T: Numeric, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
) -> Tensor<T> {
    build(Reduction::Mean, data, segment_ids)
}

/// As [`segment_sum`], the largest element of the rows in each place, as `tf.segment_max` computes it.
///
/// # Errors
/// As [`segment_sum`].
#[track_caller]
pub fn segment_max<T: Numeric, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
) -> Tensor<T> {
    build(Reduction::Max, data, segment_ids)
}

/// As [`segment_sum`], the smallest element of the rows in each place, as `tf.segment_min` computes it.
///
/// # Errors
/// As [`segment_sum`].
#[track_caller]
pub fn segment_min<T: Numeric, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
) -> Tensor<T> {
    build(Reduction::Min, data, segment_ids)
}

/// As [`segment_sum`], the product of the rows, as `tf.segment_prod` computes it; ones if there are none. It has no
/// gradient, as in TensorFlow.
///
/// # Errors
/// As [`segment_sum`].
#[track_caller]
pub fn segment_prod<T: Numeric, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
) -> Tensor<T> {
    build(Reduction::Prod, data, segment_ids)
}

#[track_caller]
fn build<T: Numeric, I: Integer>(
    reduction: Reduction,
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
) -> Tensor<T> {
    let op = Segment { reduction };
    binary(
        op.op_type(),
        op,
        (data, "data"),
        (segment_ids, "segment_ids"),
    )
}

/// [`segment_sum`] with numbers of any integer type.
#[track_caller]
fn segment_sum_any<T: Numeric>(data: &Tensor<T>, segment_ids: &AnyTensor) -> Tensor<T> {
    data.graph().op_scope("SegmentSum", |scope| {
        let op = Segment {
            reduction: Reduction::Sum,
        };
        any_tensor(scope, op, &[data.any(), segment_ids.clone()], T::DTYPE).assume()
    })
}

/// How rows are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reduction {
    Sum,
    Mean,
    Max,
    Min,
    Prod,
}

impl Reduction {
    /// What combining begins with.
    fn start<T: Numeric>(self) -> T {
        match self {
            Reduction::Sum | Reduction::Mean => T::ZERO,
            Reduction::Max => T::LOWEST,
            Reduction::Min => T::HIGHEST,
            Reduction::Prod => T::ONE,
        }
    }

    fn include<T: Numeric>(self, partial: T, x: T) -> T {
        match self {
            Reduction::Sum | Reduction::Mean => partial.plus(x),
            Reduction::Max if x > partial => x,
            Reduction::Min if x < partial => x,
            Reduction::Max | Reduction::Min => partial,
            Reduction::Prod => partial.times(x),
        }
    }

    /// Combines each row of `data` into the row of `out` that `segments` names, if it names one. `out` holds what
    /// combining begins with.
    pub(super) fn combine<T: Numeric>(
        self,
        data: ArrayViewD<'_, T>,
        segments: &[Option<usize>],
        out: &mut ArrayViewMutD<'_, T>,
    ) {
        for (row, segment) in parts(&data, Axis(0)).zip(segments) {
            let Some(segment) = *segment else { continue };
            let mut partial = out.index_axis_mut(Axis(0), segment);
            match (partial.as_slice_mut(), row.as_slice()) {
                (Some(partial), Some(row)) => {
                    partial
                        .iter_mut()
                        .zip(row)
                        .for_each(|(partial, &x)| *partial = self.include(*partial, x));
                }
                _ => change_by(partial, &row, |partial, &x| {
                    *partial = self.include(*partial, x)
                }),
            }
        }
    }
}

#[derive(Debug)]
struct Segment {
    reduction: Reduction,
}

impl Op for Segment {
    fn op_type(&self) -> &'static str {
        match self.reduction {
            Reduction::Sum => "SegmentSum",
            Reduction::Mean => "SegmentMean",
            Reduction::Max => "SegmentMax",
            Reduction::Min => "SegmentMin",
            Reduction::Prod => "SegmentProd",
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 1)?;
        expect_rank_at_least(cx, cx.shape(0), 1)?;
        let shape = match cx.shape(0).dims() {
            None => Shape::unknown(),
            Some(dims) => Shape::from([&[None], &dims[1..]].concat() as Vec<Dim>),
        };
        Ok(vec![TensorInfo::new(cx.dtype(0), shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let ids = cx.inputs.integers(1)?;
        if cx.inputs.shape(0).first() != Some(&ids.len()) {
            return Err(Error::invalid_argument(
                "segment_ids should be the same size as dimension 0 of input.",
            ));
        }
        let segments = sorted_segments(&ids)?;
        let count = segments
            .last()
            .copied()
            .flatten()
            .map_or(0, |last| last + 1);
        let shape = [&[count], &cx.inputs.shape(0)[1..]].concat();
        check_size(&shape)?;
        with_numeric!(cx.inputs.value(0).dtype(), T => self.reduce::<T>(cx, &segments, &shape)?, ());
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        if self.reduction == Reduction::Prod {
            return Err(no_gradient("SegmentProd"));
        }
        let (dy, ids) = (cx.any_grad(0), cx.any_input(1).clone());
        with_numeric!(dy.dtype(), T => {
            let dy = dy.assume::<T>();
            let dx = match self.reduction {
                Reduction::Sum => gather_any(&dy.any(), &ids).assume(),
                Reduction::Mean => mean_gradient(&cx.input::<T>(0), &ids, &dy),
                _ => extremum_gradient(&cx.input::<T>(0), &ids, &cx.output(0), &dy),
            };
            cx.set(0, dx);
        }, ());
        Ok(())
    }
}

/// The segment of each row, in order from 0.
fn sorted_segments(ids: &[i64]) -> Result<Vec<Option<usize>>> {
    if let (Some(&first @ ..0), Some(last)) = (ids.first(), ids.last()) {
        let end = last.saturating_add(1).max(0);
        return Err(Error::invalid_argument(format!(
            "Segment id {first} out of range [0, {end}), possibly because 'segment_ids' input is not sorted."
        )));
    }
    if !ids.is_sorted() {
        return Err(Error::invalid_argument("segment ids are not increasing"));
    }
    if ids.last().is_some_and(|&last| last >= SEGMENT_LIMIT) {
        return Err(Error::resource_exhausted("there are too many segments"));
    }
    memory::collected(ids.iter().map(|&id| Some(id as usize)))
}

/// The most segments that a result may have: 2^31, as in TensorFlow.
const SEGMENT_LIMIT: i64 = 1 << 31;

impl Segment {
    fn reduce<T: Numeric>(
        &self,
        cx: &mut Kernel<'_, '_>,
        segments: &[Option<usize>],
        shape: &[usize],
    ) -> Result<()> {
        let data = cx.inputs.get::<T>(0);
        let mut out = cx.outputs.alloc::<T>(0, shape)?;
        let mut counts = memory::repeated(shape[0], 0i64)?;
        for segment in segments.iter().flatten() {
            counts[*segment] += 1;
        }
        for (mut row, &count) in parts_mut(&mut out, Axis(0)).zip(&counts) {
            match (count, self.reduction) {
                (0, Reduction::Prod) => row.fill(T::ONE),
                (0, _) => {}
                _ => row.fill(self.reduction.start()),
            }
        }
        self.reduction.combine(data, segments, &mut out);
        if self.reduction == Reduction::Mean {
            let rows = parts_mut(&mut out, Axis(0)).zip(&counts);
            for (mut row, &count) in rows.filter(|(_, count)| **count > 1) {
                row.mapv_inplace(|sum| sum.over(T::from_i64(count)).unwrap_or(T::ZERO));
            }
        }
        Ok(())
    }
}

/// `dy` shared out equally among the rows of each segment.
#[track_caller]
fn mean_gradient<T: Numeric>(data: &Tensor<T>, ids: &AnyTensor, dy: &Tensor<T>) -> Tensor<T> {
    let rank = rank_of(&data.any());
    let ids_shape = shape_of::<i32>(ids);
    let ones_shape = concat((ids_shape, fill(expand_dims(rank - 1, 0), 1)), 0);
    let ones = fill(ones_shape, data.graph().constant(T::ONE));
    let shares = quotient(dy, &segment_sum_any(&ones, ids));
    gather_any(&shares.any(), ids).assume()
}

/// `dy` shared out equally among those rows of each segment that have its extreme value.
#[track_caller]
fn extremum_gradient<T: Numeric>(
    data: &Tensor<T>,
    ids: &AnyTensor,
    out: &Tensor<T>,
    dy: &Tensor<T>,
) -> Tensor<T> {
    let zeros = zeros_like(data);
    let extremes = gather_any(&out.any(), ids).assume::<T>();
    let is_selected = equal(data, extremes);
    let count = segment_sum_any(&cast_to::<bool, T>(&is_selected), ids);
    let shares = quotient(dy, &count);
    select(
        is_selected,
        gather_any(&shares.any(), ids).assume::<T>(),
        zeros,
    )
}

/// `a / b` of floats, to which alone gradients come.
#[track_caller]
pub(super) fn quotient<T: Numeric>(a: &Tensor<T>, b: &Tensor<T>) -> Tensor<T> {
    crate::types::with_float!(T::DTYPE, F => {
        divide(a.any().assume::<F>(), b.any().assume::<F>()).any().assume()
    }, a.clone())
}
