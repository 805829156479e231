//! `Cumsum` and `Cumprod`.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, graph_of,
};
use crate::kernels::pieces::each_piece;
use crate::kernels::strided;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::math::{conj, divide};
use crate::ops::support::{axis_error, expect_rank, resolve_axis, same_shape};
use crate::types::{Inexact, Number, Result, WholeNumber, memory, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        smooth "Cumsum(x: T, axis: Tidx) -> (out: T); exclusive: bool = false; \
         reverse: bool = false; Tidx: type = int32; \
            T in number; \
            Tidx in index",
        T: number, |node| Scan::<T, CumsumOp>::new(node.attributes()?)
    ),
    op!(
        smooth "Cumprod(x: T, axis: Tidx) -> (out: T); exclusive: bool = false; \
         reverse: bool = false; Tidx: type = int32; \
            T in number; \
            Tidx in index",
        T: number, |node| Scan::<T, CumprodOp>::new(node.attributes()?)
    ),
];

/// The sums of the elements up to each place along the first axis, as `tf.cumsum` computes them:
/// [a, a + b, a + b + c].
///
/// # Errors
/// `InvalidArgument` if `x` is a scalar.
///
/// # Options
/// `axis`, `exclusive`, `reverse`: see [`cumsum_with`].
#[track_caller]
pub fn cumsum<T: Number>(x: impl IntoTensor<T>) -> Tensor<T> {
    cumsum_with(x, Cumsum::new())
}

/// As [`cumsum`], along the axis and in the way that `options` says.
///
/// ```
/// use tf1::{Cumsum, Graph, Session, cumsum_with};
///
/// let graph = Graph::new();
/// let x = graph.constant([1, 2, 4]);
/// let before = cumsum_with(&x, Cumsum::new().exclusive());
/// let from_here = cumsum_with(&x, Cumsum::new().reverse());
/// let sums = Session::new(&graph)?.run((&before, &from_here), [])?;
/// assert_eq!(sums, (ndarray::arr1(&[0, 1, 3]).into_dyn(), ndarray::arr1(&[7, 6, 4]).into_dyn()));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the axis is out of range.
#[track_caller]
pub fn cumsum_with<T: Number>(x: impl IntoTensor<T>, options: impl Into<Cumsum>) -> Tensor<T> {
    let options = options.into();
    scan::<T, CumsumOp>(x, options.axis, options.way)
}

/// The products of the elements up to each place along the first axis, as `tf.cumprod` computes
/// them.
///
/// # Errors
/// `InvalidArgument` if `x` is a scalar.
///
/// # Options
/// `axis`, `exclusive`, `reverse`: see [`cumprod_with`].
#[track_caller]
pub fn cumprod<T: Number>(x: impl IntoTensor<T>) -> Tensor<T> {
    cumprod_with(x, Cumprod::new())
}

/// As [`cumprod`], along the axis and in the way that `options` says.
///
/// # Errors
/// `InvalidArgument` if the axis is out of range.
#[track_caller]
pub fn cumprod_with<T: Number>(x: impl IntoTensor<T>, options: impl Into<Cumprod>) -> Tensor<T> {
    let options = options.into();
    scan::<T, CumprodOp>(x, options.axis, options.way)
}

/// The options of [`cumsum_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cumsum {
    axis: i32,
    way: Way,
}

/// The options of [`cumprod_with`].
pub type Cumprod = Cumsum;

attributes! {
    #[derive(Copy, Default, Eq)]
    struct Way {
        exclusive: bool,
        reverse: bool,
    }
}

/// Along this axis, as [`Cumsum::axis`].
impl<N: WholeNumber> From<N> for Cumsum {
    fn from(axis: N) -> Self {
        Cumsum::new().axis(axis)
    }
}

impl Cumsum {
    /// Along the first axis, from its start, up to and with each element.
    pub fn new() -> Self {
        Cumsum::default()
    }

    /// The axis; counted from the end if negative.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_i32();
        self
    }

    /// Leaves out the element itself in each place.
    pub fn exclusive(mut self) -> Self {
        self.way.exclusive = true;
        self
    }

    /// Goes from the end to the start.
    pub fn reverse(mut self) -> Self {
        self.way.reverse = true;
        self
    }
}

impl Way {
    fn reversed(self) -> Self {
        Way {
            reverse: !self.reverse,
            ..self
        }
    }
}

#[track_caller]
fn scan<T: Number, F: Function>(
    x: impl IntoTensor<T>,
    axis: impl IntoTensor<i32>,
    way: Way,
) -> Tensor<T> {
    let graph = graph_of(&[x.graph()]);
    graph.op_scope(F::OP_TYPE, |scope| {
        let (x, axis) = (x.into_tensor(&graph, "x"), axis.into_tensor(&graph, "axis"));
        scope.tensor(Scan::<T, F>::new(way), &[x.any(), axis.any()])
    })
}

/// What the elements become together.
trait Function: Send + Sync + 'static {
    const OP_TYPE: &'static str;

    fn start<T: Number>() -> T;

    fn apply<T: Number>(a: T, b: T) -> T;

    fn gradient<T: Inexact>(
        x: &Tensor<T>,
        axis: &Tensor<i32>,
        way: Way,
        dy: &Tensor<T>,
    ) -> Tensor<T>;
}

struct CumsumOp;

impl Function for CumsumOp {
    const OP_TYPE: &'static str = "Cumsum";

    fn start<T: Number>() -> T {
        T::ZERO
    }

    fn apply<T: Number>(a: T, b: T) -> T {
        a.plus(b)
    }

    #[track_caller]
    fn gradient<T: Inexact>(
        _: &Tensor<T>,
        axis: &Tensor<i32>,
        way: Way,
        dy: &Tensor<T>,
    ) -> Tensor<T> {
        scan::<T, CumsumOp>(dy, axis, way.reversed())
    }
}

struct CumprodOp;

impl Function for CumprodOp {
    const OP_TYPE: &'static str = "Cumprod";

    fn start<T: Number>() -> T {
        T::ONE
    }

    fn apply<T: Number>(a: T, b: T) -> T {
        a.times(b)
    }

    /// As in TensorFlow this divides by `x`, so it is NaN where that is zero. TensorFlow 1.15
    /// leaves the conjugates out, and is wrong for complex numbers.
    #[track_caller]
    fn gradient<T: Inexact>(
        x: &Tensor<T>,
        axis: &Tensor<i32>,
        way: Way,
        dy: &Tensor<T>,
    ) -> Tensor<T> {
        let products = scan::<T, CumprodOp>(x, axis, way);
        let sums = scan::<T, CumsumOp>(conj(products) * dy, axis, way.reversed());
        divide(sums, conj(x))
    }
}

struct Scan<T, F> {
    way: Way,
    element: PhantomData<fn() -> (T, F)>,
}

impl<T, F> Scan<T, F> {
    fn new(way: Way) -> Self {
        Scan {
            way,
            element: PhantomData,
        }
    }
}

impl<T, F: Function> Debug for Scan<T, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct(F::OP_TYPE).field("way", &self.way).finish()
    }
}

impl<T: Number, F: Function> Op for Scan<T, F> {
    fn op_type(&self) -> &'static str {
        F::OP_TYPE
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 0)?;
        same_shape::<T>(cx, 0)
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.way.list())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let axis = cx.inputs.scalar_integer(1)?;
        let rank = x.ndim();
        let resolved = resolve_axis(axis, rank).map_err(|_| {
            let message =
                format!("scan: Expected scan axis in the range [-{rank}, {rank}), but got {axis}");
            axis_error(message)
        })?;
        let (pool, shape) = (cx.pool, x.shape());
        let (length, width) = (
            shape[resolved],
            shape[resolved + 1..].iter().product::<usize>(),
        );
        let mut out = cx.outputs.alloc_unset::<T>(0, shape)?;
        if out.is_empty() {
            return Ok(());
        }
        let x = strided::in_order(cx.pool, &x)?;
        let out = memory::row_major(&mut out);
        let (part, way) = (length * width, self.way);
        // As many parts as are worth a thread's while.
        let at_once = ((1 << 14) / part).max(1) * part;
        each_piece(pool, out, at_once, &|first, out| {
            let x = &x[first..][..out.len()];
            for (x, out) in x.chunks_exact(part).zip(out.chunks_exact_mut(part)) {
                match width {
                    1 => scan_line::<T, F>(x, out, way),
                    _ => scan_rows::<T, F>(x, out, width, way),
                }
            }
        });
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(inexact, T::DTYPE, N => {
            let dx = F::gradient::<N>(&cx.input(0), &cx.input(1), self.way, &cx.grad(0));
            cx.set(0, dx);
        }, ());
        Ok(())
    }
}

/// The running results along a line.
fn scan_line<T: Number, F: Function>(x: &[T], out: &mut [T], way: Way) {
    let mut partial = F::start::<T>();
    let mut step = |out: &mut T, x: T| {
        let before = partial;
        partial = F::apply(before, x);
        *out = if way.exclusive { before } else { partial };
    };
    let places = out.iter_mut().zip(x);
    match way.reverse {
        false => places.for_each(|(out, &x)| step(out, x)),
        true => places.rev().for_each(|(out, &x)| step(out, x)),
    }
}

/// The running results down the columns of a matrix: each row of them is made of the one before it.
fn scan_rows<T: Number, F: Function>(x: &[T], out: &mut [T], width: usize, way: Way) {
    let count = x.len() / width;
    let row = |i: usize| if way.reverse { count - 1 - i } else { i } * width;
    out[row(0)..][..width].fill(F::start());
    for i in 0..count {
        // Of exclusive results the first is the start, and the last element does not count.
        let (from, to) = match way.exclusive {
            true if i + 1 == count => break,
            true => (row(i), row(i + 1)),
            false => (row(i.saturating_sub(1)), row(i)),
        };
        let x = &x[row(i)..][..width];
        if from == to {
            let first = &mut out[to..][..width];
            first
                .iter_mut()
                .zip(x)
                .for_each(|(out, &x)| *out = F::apply(*out, x));
            continue;
        }
        let (head, tail) = out.split_at_mut(from.max(to));
        let (before, next) = match from < to {
            true => (&head[from..][..width], &mut tail[..width]),
            false => (&tail[..width], &mut head[to..][..width]),
        };
        for ((next, &before), &x) in next.iter_mut().zip(before).zip(x) {
            *next = F::apply(before, x);
        }
    }
}
