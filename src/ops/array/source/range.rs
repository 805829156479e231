//! `Range` and `LinSpace`: numbers at equal distances.

use std::marker::PhantomData;

use crate::graph::{
    GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of_or,
};
use crate::kernels::cpu::vectorised;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::cast_to;
use crate::ops::support::{expect_rank, expect_registered};
use crate::types::{Dim, Error, Float, Integer, Numeric, Result, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(flat "Range(start: Tidx, limit: Tidx, delta: Tidx) -> (output: Tidx); \
         Tidx: type = int32; \
        Tidx in {bfloat16, float32, float64, int32, int64}",
        Tidx: numeric, |_| Range::<Tidx>(PhantomData)),
    op!(flat "LinSpace(start: T, stop: T, num: Tidx) -> (output: T); Tidx: type = int32; \
        T in {bfloat16, float32, float64}; \
        Tidx in index",
        T: floating, Tidx: index, |_| LinSpace::<T, Tidx>(PhantomData)),
];

/// The numbers from `start` up to but not including `limit`, in steps of `delta`. At least one of
/// the three must be a tensor; for plain numbers there is [`graph.range(10)`](Graph::range).
///
/// These are `start`, `start + delta`, `start + 2·delta`, ..., as `tf.range` makes them.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let n = graph.placeholder::<i32>("n", []);
///
/// let session = tf::Session::new(&graph)?;
/// let numbers = session.run(tf::range(0, &n, 2).array1(), [n.feed(7)])?;
/// assert_eq!(numbers, arr1(&[0, 2, 4, 6]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if an operand is not a scalar, `delta` is 0 or leads away from `limit`.
#[track_caller]
pub fn range<T: Numeric>(
    start: impl IntoTensor<T>,
    limit: impl IntoTensor<T>,
    delta: impl IntoTensor<T>,
) -> Tensor<T> {
    named_range("range", start, limit, delta)
}

/// As [`range`] where TensorFlow's own functions call the op without naming it.
#[track_caller]
pub(crate) fn range_op<T: Numeric>(
    start: impl IntoTensor<T>,
    limit: impl IntoTensor<T>,
    delta: impl IntoTensor<T>,
) -> Tensor<T> {
    named_range("Range", start, limit, delta)
}

/// As [`range`] of a start that TensorFlow makes an `int32` constant and converts.
#[track_caller]
pub(in crate::ops::array) fn range_from_i32(
    start: i32,
    limit: Tensor<i64>,
    delta: &Tensor<i64>,
) -> Tensor<i64> {
    let graph = delta.graph();
    graph.op_scope("range", |scope| {
        let start =
            cast_to::<i32, i64>(graph.constant_named("start", ndarray::arr0(start).into_dyn()));
        scope.tensor(
            Range::<i64>(PhantomData),
            &[start.any(), limit.any(), delta.any()],
        )
    })
}

#[track_caller]
fn named_range<T: Numeric>(
    name: &str,
    start: impl IntoTensor<T>,
    limit: impl IntoTensor<T>,
    delta: impl IntoTensor<T>,
) -> Tensor<T> {
    let help =
        "write `graph.range(0..10)` or `graph.range((start, limit, delta))` for plain numbers";
    let graph = graph_of_or(&[start.graph(), limit.graph(), delta.graph()], help);
    build(&graph, name, start, limit, delta)
}

#[track_caller]
fn build<T: Numeric>(
    graph: &Graph,
    name: &str,
    start: impl IntoTensor<T>,
    limit: impl IntoTensor<T>,
    delta: impl IntoTensor<T>,
) -> Tensor<T> {
    graph.op_scope(name, |scope| {
        let start = start.into_tensor(graph, "start").any();
        let limit = limit.into_tensor(graph, "limit").any();
        let delta = delta.into_tensor(graph, "delta").any();
        scope.tensor(Range::<T>(PhantomData), &[start, limit, delta])
    })
}

/// What [`Graph::range`] makes numbers of: a limit, a Rust range, or a tuple of start, limit and
/// step, each a number or a scalar tensor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of numbers of type `{T}`",
    label = "not a limit, a range, or a tuple of start, limit and step",
    note = "write `10`, `0..10`, or `(0, 10, 2)` for steps of 2"
)]
pub trait IntoRange<T> {
    /// Adds the numbers to `graph`.
    #[doc(hidden)]
    #[track_caller]
    fn make_range(self, graph: &Graph) -> Tensor<T>;
}

impl<T: Numeric> IntoRange<T> for T {
    #[track_caller]
    fn make_range(self, graph: &Graph) -> Tensor<T> {
        build(graph, "range", T::ZERO, self, T::ONE)
    }
}

impl<T: Numeric> IntoRange<T> for &Tensor<T> {
    #[track_caller]
    fn make_range(self, graph: &Graph) -> Tensor<T> {
        build(graph, "range", T::ZERO, self, T::ONE)
    }
}

impl<T: Numeric> IntoRange<T> for Tensor<T> {
    #[track_caller]
    fn make_range(self, graph: &Graph) -> Tensor<T> {
        build(graph, "range", T::ZERO, self, T::ONE)
    }
}

impl<T: Numeric> IntoRange<T> for std::ops::Range<T> {
    #[track_caller]
    fn make_range(self, graph: &Graph) -> Tensor<T> {
        build(graph, "range", self.start, self.end, T::ONE)
    }
}

/// As `int32`, which TensorFlow makes of Python's numbers.
impl IntoRange<i32> for usize {
    #[track_caller]
    fn make_range(self, graph: &Graph) -> Tensor<i32> {
        (0..self).make_range(graph)
    }
}

/// As `int32`, which TensorFlow makes of Python's numbers.
impl IntoRange<i32> for std::ops::Range<usize> {
    #[track_caller]
    fn make_range(self, graph: &Graph) -> Tensor<i32> {
        match (i32::try_from(self.start), i32::try_from(self.end)) {
            (Ok(start), Ok(limit)) => build(graph, "range", start, limit, 1),
            _ => {
                let message = format!("the range {self:?} goes beyond int32");
                let error = Error::invalid_argument(message)
                    .with_help("convert the limit: `graph.range(n as i64)`");
                graph.failed("range", error)
            }
        }
    }
}

impl<T: Numeric, S: IntoTensor<T>, L: IntoTensor<T>> IntoRange<T> for (S, L) {
    #[track_caller]
    fn make_range(self, graph: &Graph) -> Tensor<T> {
        build(graph, "range", self.0, self.1, T::ONE)
    }
}

impl<T: Numeric, S: IntoTensor<T>, L: IntoTensor<T>, D: IntoTensor<T>> IntoRange<T> for (S, L, D) {
    #[track_caller]
    fn make_range(self, graph: &Graph) -> Tensor<T> {
        build(graph, "range", self.0, self.1, self.2)
    }
}

impl Graph {
    /// The numbers of a range up to but not including its limit, as `tf.range` makes them:
    /// `range(10)` and `range(0..10)` from 0 to 9, `range((3, 18, 3))` from 3 in steps of 3.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// assert_eq!(graph.range(5).to_string(), r#"Tensor("range:0", shape=(5,), dtype=int32)"#);
    /// assert_eq!(graph.range((3, 18, 3)).to_string(), r#"Tensor("range_1:0", shape=(5,), dtype=int32)"#);
    /// ```
    ///
    /// # Errors
    /// As [`range`].
    #[track_caller]
    pub fn range<T: Numeric>(&self, numbers: impl IntoRange<T>) -> Tensor<T> {
        numbers.make_range(self)
    }

    /// `num` numbers at equal distances from `start` to `stop`, both included, as `tf.linspace`
    /// makes them.
    ///
    /// # Errors
    /// `InvalidArgument` if an operand is not a scalar or `num` is not positive.
    #[track_caller]
    pub fn linspace<T: Float>(
        &self,
        start: impl IntoTensor<T>,
        stop: impl IntoTensor<T>,
        num: impl IntoIntegers,
    ) -> Tensor<T> {
        self.op_scope("LinSpace", |scope| {
            let start = start.into_tensor(self, "start").any();
            let stop = stop.into_tensor(self, "stop").any();
            let num = num.into_integers().into_tensor::<i32>(self, "num").any();
            scope.tensor(LinSpace::<T, i32>(PhantomData), &[start, stop, num])
        })
    }
}

/// `num` numbers at equal distances from `start` to `stop`, both included, as `tf.linspace` makes
/// them.
///
/// # Errors
/// `InvalidArgument` if an operand is not a scalar or `num` is not positive.
#[track_caller]
pub fn linspace<T: Float>(
    start: impl IntoTensor<T>,
    stop: impl IntoTensor<T>,
    num: impl IntoIntegers,
) -> Tensor<T> {
    let num = num.into_integers();
    let help = "write `graph.linspace(start, stop, num)` for plain numbers";
    let graph = graph_of_or(&[start.graph(), stop.graph(), num.graph()], help);
    graph.linspace(start, stop, num)
}

#[derive(Debug)]
struct Range<T>(PhantomData<fn() -> T>);

impl<T: Numeric> Op for Range<T> {
    fn op_type(&self) -> &'static str {
        "Range"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_registered("Range", "Tidx", T::DTYPE)?;
        (0..3).try_for_each(|i| expect_rank(cx, cx.shape(i), 0))?;
        let known = |i: usize| {
            let value = cx.inputs()[i].constant.as_deref().and_then(T::unwrap)?;
            value.view().first().copied()
        };
        let length: Dim = match (known(0), known(1), known(2)) {
            (Some(start), Some(limit), Some(delta)) => Some(length(start, limit, delta)?),
            _ => None,
        };
        Ok(vec![TensorInfo::new(T::DTYPE, vec![length])])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (start, limit, delta) = (
            cx.inputs.scalar::<T>(0)?,
            cx.inputs.scalar::<T>(1)?,
            cx.inputs.scalar::<T>(2)?,
        );
        let mut next = start;
        let mut out = cx
            .outputs
            .alloc_unset::<T>(0, &[length(start, limit, delta)?])?;
        for out in memory::row_major(&mut out) {
            *out = next;
            next = next.plus(delta);
        }
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}

/// How many numbers there are from `start` to `limit` in steps of `delta`.
fn length<T: Numeric>(start: T, limit: T, delta: T) -> Result<usize> {
    let wrong = |message: String| Err(Error::invalid_argument(message));
    if delta == T::ZERO {
        return wrong("Requires delta != 0: 0".to_string());
    }
    if delta > T::ZERO && start > limit {
        return wrong(format!(
            "Requires start <= limit when delta > 0: {start}/{limit}"
        ));
    }
    if delta < T::ZERO && start < limit {
        return wrong(format!(
            "Requires start >= limit when delta < 0: {start}/{limit}"
        ));
    }
    let length = match T::DTYPE.is_floating() {
        true => limit
            .minus(start)
            .over(delta)
            .map_or(f64::NAN, |steps| steps.to_f64().abs().ceil()),
        false => {
            let (start, limit, delta) = (start.to_i64(), limit.to_i64(), delta.to_i64());
            limit.abs_diff(start).div_ceil(delta.unsigned_abs()) as f64
        }
    };
    match length {
        length if length.is_nan() => wrong(format!("Requires numbers: {start}/{limit}/{delta}")),
        length if length > LENGTH_LIMIT => Err(Error::resource_exhausted(format!(
            "a range of {length} numbers is too long"
        ))),
        length => Ok(length as usize),
    }
}

/// The most numbers that a range may have: 2^40, beyond any machine's memory.
const LENGTH_LIMIT: f64 = (1u64 << 40) as f64;

#[derive(Debug)]
struct LinSpace<T, I>(PhantomData<fn() -> (T, I)>);

impl<T: Float, I: Integer> Op for LinSpace<T, I> {
    fn op_type(&self) -> &'static str {
        "LinSpace"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        (0..3).try_for_each(|i| expect_rank(cx, cx.shape(i), 0))?;
        let length = cx.scalar(2).map(checked_count).transpose()?;
        Ok(vec![TensorInfo::new(T::DTYPE, vec![length])])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (start, stop) = (cx.inputs.scalar::<T>(0)?, cx.inputs.scalar::<T>(1)?);
        let count = checked_count(cx.inputs.scalar::<I>(2)?.to_i64())?;
        let mut out = cx.outputs.alloc_unset::<T>(0, &[count])?;
        let out = memory::row_major(&mut out);
        fill_spaced(start, stop, out);
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}

fn fill_spaced<T: Float>(start: T, stop: T, out: &mut [T]) {
    let steps = T::from_i64(out.len() as i64 - 1);
    let delta = stop.minus(start).over(steps).unwrap_or(T::ZERO);
    let places = &mut *out;
    vectorised(
        #[inline(always)]
        move || {
            for (i, out) in places.iter_mut().enumerate() {
                *out = start.plus(delta.times(T::from_i64(i as i64)));
            }
        },
    );
    if let Some(first) = out.first_mut() {
        // Whatever the distance is: it may be infinite or NaN.
        *first = start;
    }
}

fn checked_count(count: i64) -> Result<usize> {
    match usize::try_from(count) {
        Ok(count @ 1..) if count as f64 <= LENGTH_LIMIT => Ok(count),
        Ok(1..) => Err(Error::resource_exhausted(format!(
            "{count} numbers are too many"
        ))),
        _ => Err(Error::invalid_argument(format!(
            "Requires num > 0: {count}"
        ))),
    }
}
