//! Segment reductions over sorted segments: neighbouring rows that bear the same number are
//! combined into one.

use super::super::classes::{expect_index, expect_number};
use super::super::gather::gather_any;
use super::super::shape::{rank_of, shape_of};
use super::super::{concat, expand_dims, fill, zeros_like};
use crate::graph::{
    AnyTensor, AttributeList, GradientContext, InferContext, Inputs, IntoTensor, Kernel, NodeSpec,
    Op, Tensor, TensorInfo, no_gradient,
};
use crate::kernels::pieces::each_piece;
use crate::kernels::rows::{self, Given};
use crate::kernels::strided;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::{cast_to, divide, equal, select};
use crate::ops::support::{any_tensor, binary, check_size, expect_rank, expect_rank_at_least};
use crate::types::{Dim, Error, Integer, Number, Numeric, Result, Shape, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "SegmentSum(data: T, segment_ids: Tindices) -> (output: T); \
        T in number; \
        Tindices in index",
        |node| Segment::of(node, Reduction::Sum)?),
    op!(smooth "SegmentMean(data: T, segment_ids: Tindices) -> (output: T); \
        T in number; \
        Tindices in index",
        |node| Segment::of(node, Reduction::Mean)?),
    op!(smooth "SegmentMax(data: T, segment_ids: Tindices) -> (output: T); \
        T in real; \
        Tindices in index",
        |node| Segment::of(node, Reduction::Max)?),
    op!(smooth "SegmentMin(data: T, segment_ids: Tindices) -> (output: T); \
        T in real; \
        Tindices in index",
        |node| Segment::of(node, Reduction::Min)?),
    op!(opaque "SegmentProd(data: T, segment_ids: Tindices) -> (output: T); \
        T in number; \
        Tindices in index",
        |node| Segment::of(node, Reduction::Prod)?),
];

/// Row j of the result is the sum of those rows of `data` whose `segment_ids` is j, as
/// `tf.segment_sum` computes it; zeros if there are none. `segment_ids` has one element for each
/// row, sorted, from 0.
///
/// # Errors
/// `InvalidArgument` if the numbers are negative, not sorted, or not as many as there are rows.
#[track_caller]
pub fn segment_sum<T: Number, I: Integer>(
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
pub fn segment_mean<T: Number, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
) -> Tensor<T> {
    build(Reduction::Mean, data, segment_ids)
}

/// As [`segment_sum`], the largest element of the rows in each place, as `tf.segment_max` computes
/// it.
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

/// As [`segment_sum`], the smallest element of the rows in each place, as `tf.segment_min` computes
/// it.
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

/// As [`segment_sum`], the product of the rows, as `tf.segment_prod` computes it; ones if there are
/// none. It has no gradient, as in TensorFlow.
///
/// # Errors
/// As [`segment_sum`].
#[track_caller]
pub fn segment_prod<T: Number, I: Integer>(
    data: impl IntoTensor<T>,
    segment_ids: impl IntoTensor<I>,
) -> Tensor<T> {
    build(Reduction::Prod, data, segment_ids)
}

#[track_caller]
fn build<T: Number, I: Integer>(
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
fn segment_sum_any<T: Number>(data: &Tensor<T>, segment_ids: &AnyTensor) -> Tensor<T> {
    data.graph().op_scope("SegmentSum", |scope| {
        let op = Segment {
            reduction: Reduction::Sum,
        };
        any_tensor(scope, op, &[data.any(), segment_ids.clone()], T::DTYPE).assume()
    })
}

/// How rows are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops::array) enum Reduction {
    Sum,
    Mean,
    Max,
    Min,
    Prod,
}

impl Reduction {
    /// What combining begins with.
    pub(in crate::ops::array) fn start<T: Numeric>(self) -> T {
        match self {
            Reduction::Max => T::LOWEST,
            Reduction::Min => T::HIGHEST,
            _ => self.start_of_total(),
        }
    }

    /// As [`start`](Reduction::start), of a reduction that asks for no order, as complex numbers
    /// have none.
    pub(super) fn start_of_total<T: Number>(self) -> T {
        match self {
            Reduction::Prod => T::ONE,
            _ => T::ZERO,
        }
    }

    /// Combines each row of `given` into the row of `rows` that `targets` names, if it names one.
    pub(in crate::ops::array) fn combine<T: Numeric>(
        self,
        rows: &mut [T],
        width: usize,
        targets: &[i64],
        given: &mut Given<'_, T>,
    ) {
        match self {
            Reduction::Max => rows::change(rows, width, targets, given, larger),
            Reduction::Min => rows::change(rows, width, targets, given, smaller),
            _ => self.add_to_totals(rows, width, targets, given),
        }
    }

    /// As [`combine`](Reduction::combine), of a reduction that asks for no order.
    pub(super) fn add_to_totals<T: Number>(
        self,
        rows: &mut [T],
        width: usize,
        targets: &[i64],
        given: &mut Given<'_, T>,
    ) {
        match self {
            Reduction::Prod => rows::change(rows, width, targets, given, T::times),
            _ => rows::change(rows, width, targets, given, T::plus),
        }
    }

    /// Combines all rows of `run` into `out`.
    fn put_together<T: Numeric>(self, out: &mut [T], run: &[T]) {
        match self {
            Reduction::Max => put_together(out, run, self.start(), larger),
            Reduction::Min => put_together(out, run, self.start(), smaller),
            _ => self.put_total_together(out, run),
        }
    }

    /// As [`put_together`](Reduction::put_together), of a reduction that asks for no order.
    fn put_total_together<T: Number>(self, out: &mut [T], run: &[T]) {
        let start = self.start_of_total();
        match self {
            Reduction::Prod => put_together(out, run, start, T::times),
            _ => put_together(out, run, start, T::plus),
        }
    }
}

/// Makes `out` what all rows of `run` are, put together by `f`, of which `start` changes nothing.
fn put_together<T: Number>(out: &mut [T], run: &[T], start: T, f: impl Fn(T, T) -> T + Copy) {
    out.fill(start);
    rows::put_together(out, run, start, f);
}

/// `x` if it is larger; a NaN among both changes nothing.
fn larger<T: Numeric>(partial: T, x: T) -> T {
    if x > partial { x } else { partial }
}

/// `x` if it is smaller; a NaN among both changes nothing.
fn smaller<T: Numeric>(partial: T, x: T) -> T {
    if x < partial { x } else { partial }
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
        let count = segment_count(&cx.inputs)?;
        let shape = [&[count], &cx.inputs.shape(0)[1..]].concat();
        check_size(&shape)?;
        let (dtype, reduction) = (cx.inputs.value(0).dtype(), self.reduction);
        with_class!(native, dtype, T => {
            self.reduce::<T>(cx, &shape, |out, run| reduction.put_together(out, run))
        }, with_class!(complex, dtype, T => {
            self.reduce::<T>(cx, &shape, |out, run| reduction.put_total_together(out, run))
        }, Err(cx.inputs.has_no_kernel(self.op_type(), 0))))?;
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        if self.reduction == Reduction::Prod {
            return Err(no_gradient("SegmentProd"));
        }
        let (dy, ids) = (cx.any_grad(0), cx.any_input(1).clone());
        with_class!(number, dy.dtype(), T => {
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

    /// The op type says which reduction it is.
    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}

/// How many segments there are, whose numbers are sorted.
fn segment_count(inputs: &Inputs<'_, '_>) -> Result<usize> {
    let (mut first, mut last, mut is_sorted, mut count) = (None, -1, true, 0);
    inputs.integer_pieces(1, &mut |ids| {
        let (start, end) = (ids[0], ids[ids.len() - 1]);
        is_sorted &= never_falls(ids) && (first.is_none() || last <= start);
        first = first.or(Some(start));
        (last, count) = (end, count + ids.len());
    })?;
    if inputs.shape(0).first() != Some(&count) {
        return Err(Error::invalid_argument(
            "segment_ids should be the same size as dimension 0 of input.",
        ));
    }
    if let Some(first @ ..0) = first {
        let end = last.saturating_add(1).max(0);
        return Err(Error::invalid_argument(format!(
            "Segment id {first} out of range [0, {end}), possibly because 'segment_ids' input is not sorted."
        )));
    }
    if !is_sorted {
        return Err(Error::invalid_argument("segment ids are not increasing"));
    }
    if last >= SEGMENT_LIMIT {
        return Err(Error::resource_exhausted("there are too many segments"));
    }
    Ok((last + 1) as usize)
}

/// Whether no number is less than the one before it.
fn never_falls(ids: &[i64]) -> bool {
    // Differences of these do not overflow, and their signs are looked at many at once.
    let all = ids.iter().fold(0, |all, id| all | id);
    if !(0..1 << 62).contains(&all) {
        return ids.is_sorted();
    }
    let pairs = ids.iter().zip(&ids[1..]);
    pairs.fold(0, |signs, (a, b)| signs | (b - a)) >= 0
}

/// The most segments that a result may have: 2^31, as in TensorFlow.
const SEGMENT_LIMIT: i64 = 1 << 31;

impl Segment {
    fn of(node: &NodeSpec<'_>, reduction: Reduction) -> Result<Self> {
        expect_number(node, "T")?;
        expect_index(node, &["Tindices"])?;
        Ok(Segment { reduction })
    }

    /// The reduction by a function that combines all rows of its second argument into the first.
    fn reduce<T: Number>(
        &self,
        cx: &mut Kernel<'_, '_>,
        shape: &[usize],
        put_together: impl Fn(&mut [T], &[T]) + Sync,
    ) -> Result<()> {
        let (inputs, data) = (cx.inputs, cx.inputs.get::<T>(0));
        let data = strided::in_order(cx.pool, &data)?;
        let width: usize = shape[1..].iter().product();
        let pool = cx.pool;
        let mut out = cx.outputs.alloc_unset::<T>(0, shape)?;
        if out.is_empty() {
            return Ok(());
        }
        let starts = starts(&inputs, shape[0])?;
        let rows = memory::row_major(&mut out);
        // A thread is to take as many segments as have enough elements.
        let at_once = ((shape[0] << 14) / data.len().max(1)).max(1) * width;
        each_piece(pool, rows, at_once, &|first, rows| {
            for (i, out) in (first / width..).zip(rows.chunks_exact_mut(width)) {
                let run = &data[starts[i] * width..starts[i + 1] * width];
                self.fill(out, run, &put_together);
            }
        });
        Ok(())
    }

    /// Fills the result's row for the segment to which these rows belong.
    fn fill<T: Number>(&self, out: &mut [T], run: &[T], put_together: impl Fn(&mut [T], &[T])) {
        let count = run.len() / out.len();
        match (count, self.reduction) {
            (0, Reduction::Prod) => out.fill(T::ONE),
            (0, _) => out.fill(T::ZERO),
            _ => put_together(out, run),
        }
        if self.reduction == Reduction::Mean && count > 1 {
            let count = T::from_i64(count as i64);
            for sum in out {
                *sum = sum.over(count).unwrap_or(T::ZERO);
            }
        }
    }
}

/// The first row of each of the segments, whose numbers are sorted, and the end of the last.
fn starts(inputs: &Inputs<'_, '_>, count: usize) -> Result<Vec<usize>> {
    let mut starts = memory::reserved(count + 1)?;
    let mut row = 0;
    inputs.integer_pieces(1, &mut |ids| {
        let mut rest = ids;
        while let Some(&id) = rest.first() {
            // Few: there is room for the segments and the end.
            starts.resize(starts.len().max(id as usize + 1), row);
            let same = match rest.last() {
                Some(last) if *last == id => rest.len(),
                // Most segments are short.
                _ => rest.iter().take_while(|next| **next == id).count(),
            };
            (rest, row) = (&rest[same..], row + same);
        }
    })?;
    starts.push(row);
    Ok(starts)
}

/// `dy` shared out equally among the rows of each segment.
#[track_caller]
fn mean_gradient<T: Number>(data: &Tensor<T>, ids: &AnyTensor, dy: &Tensor<T>) -> Tensor<T> {
    let rank = rank_of(&data.any());
    let ids_shape = shape_of::<i32>(ids);
    let ones_shape = concat((ids_shape, fill(expand_dims(rank - 1, 0), 1)), 0);
    let ones = fill(ones_shape, data.graph().constant(T::ONE));
    let shares = quotient(dy, &segment_sum_any(&ones, ids));
    gather_any(&shares.any(), ids).assume()
}

/// `dy` shared out equally among those rows of each segment that have its extreme value.
#[track_caller]
fn extremum_gradient<T: Number>(
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

/// `a / b` of floating-point numbers, to which alone gradients come.
#[track_caller]
pub(in crate::ops::array) fn quotient<T: Number>(a: &Tensor<T>, b: &Tensor<T>) -> Tensor<T> {
    crate::types::with_class!(inexact, T::DTYPE, F => {
        divide(a.any().assume::<F>(), b.any().assume::<F>()).any().assume()
    }, a.clone())
}
