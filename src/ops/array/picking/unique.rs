//! `Unique`, `UniqueWithCounts` and `ListDiff`: the different elements of a vector.

use ndarray::Array1;

use super::super::classes::expect_comparable;
use crate::graph::{
    AttributeList, InferContext, IntoTensor, Kernel, Op, Operation, Tensor, TensorInfo, graph_of,
};
use crate::kernels::strided;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, graph};
use crate::types::{
    DType, Element, ElementType, Error, Integer, Map, Numeric, Result, Set, int32, memory,
    with_class,
};

#[allow(non_camel_case_types, reason = "TensorFlow's names")]
pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(opaque "Unique(x: T) -> (y: T, idx: out_idx); out_idx: type = int32; \
        out_idx in index",
    out_idx: index, |node| {
        expect_comparable(node, "T")?;
        Unique::new(false, ElementType::<out_idx>::new())
    }),
    op!(opaque "UniqueWithCounts(x: T) -> (y: T, idx: out_idx, count: out_idx); \
     out_idx: type = int32; \
        out_idx in index",
    out_idx: index, |node| {
        expect_comparable(node, "T")?;
        Unique::new(true, ElementType::<out_idx>::new())
    }),
    op!(opaque "ListDiff(x: T, y: T) -> (out: T, idx: out_idx); out_idx: type = int32; \
        out_idx in index",
    out_idx: index, |node| {
        expect_comparable(node, "T")?;
        ListDiff { index_dtype: ElementType::<out_idx>::new() }
    }),
];

/// The different elements of the vector `x` in the order of their first appearance, and for each
/// element of `x` its index among them, as `tf.unique` finds them; for indices of type `i64` see
/// [`unique_as`].
///
/// # Errors
/// `InvalidArgument` if `x` is not a vector; `Unimplemented` of a run if its elements are neither
/// real numbers nor texts.
#[track_caller]
pub fn unique<T: Element>(x: impl IntoTensor<T>) -> (Tensor<T>, Tensor<i32>) {
    unique_as(x, int32)
}

/// As [`unique`], with indices of the integer type `out_idx`: `unique_as(&x, tf::int64)`.
///
/// # Errors
/// As [`unique`].
#[track_caller]
pub fn unique_as<T: Element, I: Integer>(
    x: impl IntoTensor<T>,
    out_idx: ElementType<I>,
) -> (Tensor<T>, Tensor<I>) {
    let operation = build(Unique::new(false, out_idx), x);
    (operation.output(0), operation.output(1))
}

/// As [`unique`], and how often each of the different elements appears, as `tf.unique_with_counts`
/// finds them; for indices and counts of type `i64` see [`unique_with_counts_as`].
///
/// # Errors
/// As [`unique`].
#[track_caller]
pub fn unique_with_counts<T: Element>(
    x: impl IntoTensor<T>,
) -> (Tensor<T>, Tensor<i32>, Tensor<i32>) {
    unique_with_counts_as(x, int32)
}

/// As [`unique_with_counts`], with indices and counts of the integer type `out_idx`.
///
/// # Errors
/// As [`unique`].
#[track_caller]
pub fn unique_with_counts_as<T: Element, I: Integer>(
    x: impl IntoTensor<T>,
    out_idx: ElementType<I>,
) -> (Tensor<T>, Tensor<I>, Tensor<I>) {
    let operation = build(Unique::new(true, out_idx), x);
    (
        operation.output(0),
        operation.output(1),
        operation.output(2),
    )
}

#[track_caller]
fn build<T: Element, I: Integer>(op: Unique<I>, x: impl IntoTensor<T>) -> Operation {
    let graph = graph(&x);
    graph.op_scope(op.op_type(), |scope| {
        let x = x.into_tensor(&graph, "x");
        scope.operation(op, &[x.any()])
    })
}

/// The elements of the vector `x` that are not in the vector `y`, in order, and their indices in
/// `x`, as `tf.setdiff1d` finds them; for indices of type `i64` see [`setdiff1d_as`].
///
/// # Errors
/// `InvalidArgument` if `x` or `y` is not a vector; `Unimplemented` of a run if their elements are
/// neither real numbers nor texts.
#[track_caller]
pub fn setdiff1d<T: Element>(
    x: impl IntoTensor<T>,
    y: impl IntoTensor<T>,
) -> (Tensor<T>, Tensor<i32>) {
    setdiff1d_as(x, y, int32)
}

/// As [`setdiff1d`], with indices of the integer type `index_dtype`: `setdiff1d_as(&x, &y,
/// tf::int64)`.
///
/// # Errors
/// As [`setdiff1d`].
#[track_caller]
pub fn setdiff1d_as<T: Element, I: Integer>(
    x: impl IntoTensor<T>,
    y: impl IntoTensor<T>,
    index_dtype: ElementType<I>,
) -> (Tensor<T>, Tensor<I>) {
    let graph = graph_of(&[x.graph(), y.graph()]);
    let operation = graph.op_scope("ListDiff", |scope| {
        let (x, y) = (x.into_tensor(&graph, "x"), y.into_tensor(&graph, "y"));
        scope.operation(ListDiff { index_dtype }, &[x.any(), y.any()])
    });
    (operation.output(0), operation.output(1))
}

/// What equal numbers have in common: their bits, save that the zeros are equal; `None` of NaN,
/// which equals nothing.
fn key<T: Numeric>(x: T) -> Option<u64> {
    if !const { T::DTYPE.is_floating() } {
        return Some(x.to_i64() as u64);
    }
    let x = x.to_f64();
    (!x.is_nan()).then(|| (x + 0.0).to_bits())
}

/// Where the elements that were seen stand among the different ones.
enum Seen {
    /// Of whole numbers that lie near each other: one more than the place of each from the least
    /// on, 0 if it was not seen.
    Listed {
        least: u64,
        places: Vec<usize>,
    },
    Hashed(Map<u64, usize>),
}

impl Seen {
    fn new<T: Numeric>(x: &[T]) -> Result<Seen> {
        if !T::DTYPE.is_floating() && !x.is_empty() {
            let ends = (T::HIGHEST, T::LOWEST);
            let (least, most) = x.iter().fold(ends, |(least, most), &x| {
                (
                    if x < least { x } else { least },
                    if x > most { x } else { most },
                )
            });
            let (least, most) = (least.to_i64(), most.to_i64());
            let span = most.abs_diff(least);
            // A list that is not much longer than the elements are many is filled sooner than a
            // table of as many is made.
            if span < 2 * x.len() as u64 {
                return Ok(Seen::Listed {
                    least: least as u64,
                    places: memory::repeated(span as usize + 1, 0)?,
                });
            }
        }
        Ok(Seen::Hashed(Map::default()))
    }
}

/// How many entries more a table that holds `count` is to hold, if there is memory for that.
fn grown<E>(count: usize) -> Result<usize> {
    let more = count.max(64);
    // A table is filled to seven eighths, and has as many places as a power of two.
    memory::room_for::<E>(&[(count + more) * 2])?;
    Ok(more)
}

/// The mistake of asking for more memory than the system gives, for a table of `count` entries
/// more.
fn refused(count: usize) -> Error {
    memory::refused(count * 2 * size_of::<(u64, usize)>())
}

#[derive(Debug)]
struct Unique<I: Integer> {
    counts: bool,
    out_idx: ElementType<I>,
}

impl<I: Integer> Unique<I> {
    fn new(counts: bool, out_idx: ElementType<I>) -> Self {
        Unique { counts, out_idx }
    }
}

impl<I: Integer> Op for Unique<I> {
    fn op_type(&self) -> &'static str {
        if self.counts {
            "UniqueWithCounts"
        } else {
            "Unique"
        }
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 1)?;
        let values = TensorInfo::new(cx.dtype(0), vec![None]);
        let indices = TensorInfo::new(self.out_idx.dtype(), cx.shape(0));
        let counts = self
            .counts
            .then(|| TensorInfo::new(self.out_idx.dtype(), vec![None]));
        // Few: one for each output.
        Ok([values, indices].into_iter().chain(counts).collect())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        if cx.inputs.shape(0).len() != 1 {
            return Err(Error::invalid_argument("unique expects a 1D vector."));
        }
        if cx.inputs.value(0).dtype() == DType::String {
            return cx.compare_owned(&|cx| self.compute(cx), &[0]);
        }
        with_class!(native, cx.inputs.value(0).dtype(), T => self.find::<T>(cx)?, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }

    /// The op type says whether there are counts.
    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}

impl<I: Integer> Unique<I> {
    fn find<T: Numeric>(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let x = strided::in_order(cx.pool, &x)?;
        let found = match Seen::new(&x)? {
            Seen::Listed { least, mut places } => Found::by(&x, |key, next| {
                let place = &mut places[key.wrapping_sub(least) as usize];
                if *place == 0 {
                    *place = next + 1;
                }
                Ok(*place - 1)
            }),
            Seen::Hashed(mut places) => Found::by(&x, |key, next| {
                if places.len() == places.capacity() {
                    let more = grown::<(u64, usize)>(places.len())?;
                    places.try_reserve(more).map_err(|_| refused(more))?;
                }
                Ok(*places.entry(key).or_insert(next))
            }),
        }?;
        if self.counts {
            let mut counts = cx.outputs.alloc::<I>(2, &[found.values.len()])?;
            let counts = memory::row_major(&mut counts);
            for index in &found.indices {
                let index: I = *index;
                let count = &mut counts[index.to_i64() as usize];
                *count = count.plus(I::ONE);
            }
        }
        cx.outputs.set(0, Array1::from(found.values).into_dyn());
        cx.outputs.set(1, Array1::from(found.indices).into_dyn());
        Ok(())
    }
}

/// The values that there are, and for each element the number of its value among them.
struct Found<T, I> {
    values: Vec<T>,
    indices: Vec<I>,
}

impl<T: Numeric, I: Integer> Found<T, I> {
    /// `place_of` gives the number of the value with a key: `next`, if it was not there before.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    fn by(x: &[T], mut place_of: impl FnMut(u64, usize) -> Result<usize>) -> Result<Self> {
        let (mut values, mut indices) = (Vec::new(), memory::reserved(x.len())?);
        for &x in x {
            let next = values.len();
            let place = match key(x) {
                Some(key) => place_of(key, next)?,
                None => next,
            };
            if place == next {
                memory::push(&mut values, x)?;
            }
            // Few: room was reserved.
            indices.push(I::from_i64(place as i64));
        }
        Ok(Found { values, indices })
    }
}

#[derive(Debug)]
struct ListDiff<I: Integer> {
    index_dtype: ElementType<I>,
}

impl<I: Integer> Op for ListDiff<I> {
    fn op_type(&self) -> &'static str {
        "ListDiff"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 1)?;
        expect_rank(cx, cx.shape(1), 1)?;
        Ok([cx.dtype(0), self.index_dtype.dtype()]
            .map(|dtype| TensorInfo::new(dtype, vec![None]))
            .to_vec())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        if cx.inputs.value(0).dtype() == DType::String {
            return cx.compare_owned(&|cx| self.compute(cx), &[0]);
        }
        with_class!(native, cx.inputs.value(0).dtype(), T => {
            let (x, y) = (cx.inputs.get::<T>(0), cx.inputs.get::<T>(1));
            let mut excluded = Set::default();
            for key in y.iter().filter_map(|&y| key(y)) {
                if excluded.len() == excluded.capacity() {
                    let more = grown::<u64>(excluded.len())?;
                    excluded.try_reserve(more).map_err(|_| refused(more))?;
                }
                excluded.insert(key);
            }
            let is_left = |(_, x): &(usize, &T)| key(**x).is_none_or(|key| !excluded.contains(&key));
            let mut left = memory::reserved(x.len())?;
            // Few: there is room for all.
            left.extend(x.iter().enumerate().filter(is_left));
            cx.outputs.set(0, Array1::from(memory::collected(left.iter().map(|(_, x)| **x))?).into_dyn());
            cx.outputs.set(1, Array1::from(memory::collected(left.iter().map(|(i, _)| I::from_i64(*i as i64)))?).into_dyn());
        }, return Err(cx.inputs.has_no_kernel(self.op_type(), 0)));
        Ok(())
    }
}
