//! `ArgMax` and `ArgMin`: where the largest or smallest element lies.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::graph::{GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo};
use crate::kernels::pieces::each_piece;
use crate::kernels::select::{COLUMNS, first_of, first_of_columns};
use crate::kernels::strided;
use crate::ops::IntoIntegers;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{axis_error, expect_rank, resolve_axis, with_integers};
use crate::types::{Dim, ElementType, Error, Integer, Numeric, Result, Shape, WholeNumber, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(
        flat "ArgMax(input: T, dimension: Tidx) -> (output: output_type); Tidx: type = int32; \
         output_type: type = int64; \
            T in number; \
            Tidx in index; \
            output_type in index",
        T: numeric, output_type: index, |_| Find::<T, output_type, ArgMaxOp>(PhantomData)
    ),
    op!(
        flat "ArgMin(input: T, dimension: Tidx) -> (output: output_type); Tidx: type = int32; \
         output_type: type = int64; \
            T in number; \
            Tidx in index; \
            output_type in index",
        T: numeric, output_type: index, |_| Find::<T, output_type, ArgMinOp>(PhantomData)
    ),
];

/// The position of the largest element along `axis`, as `tf.argmax` finds it; the first of several.
/// NaN is passed over.
///
/// The result has the shape of `input` without that axis. For another type than `i64` see
/// [`argmax_with`].
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let logits = graph.constant([[0.1, 0.7, 0.2], [0.6, 0.3, 0.1]]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::argmax(&logits, 1).array1(), [])?, arr1(&[1, 0]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the axis is out of range or has no elements.
#[track_caller]
pub fn argmax<T: Numeric>(input: impl IntoTensor<T>, axis: impl IntoIntegers) -> Tensor<i64> {
    find::<T, i64, ArgMaxOp>(input, axis)
}

/// As [`argmax`], along the axis and with the type that `options` says.
///
/// ```
/// use tf1::{ArgMax, Graph, argmax_with};
///
/// let graph = Graph::new();
/// let x = graph.constant([[1.0f32, 3.0, 2.0], [9.0, 8.0, 7.0]]);
/// let places = argmax_with(&x, ArgMax::new().axis(1).output_type(tf1::int32));
/// assert_eq!(places.to_string(), r#"Tensor("ArgMax:0", shape=(2,), dtype=int32)"#);
/// ```
///
/// # Errors
/// As [`argmax`].
#[track_caller]
pub fn argmax_with<T: Numeric, I: Integer>(
    input: impl IntoTensor<T>,
    options: impl Into<ArgMax<I>>,
) -> Tensor<I> {
    let options = options.into();
    find::<T, I, ArgMaxOp>(input, options.axis)
}

/// The position of the smallest element along `axis`, as `tf.argmin` finds it; the first of
/// several. NaN is passed over.
///
/// The result has the shape of `input` without that axis. For another type than `i64` see
/// [`argmin_with`].
///
/// # Errors
/// `InvalidArgument` if the axis is out of range or has no elements.
#[track_caller]
pub fn argmin<T: Numeric>(input: impl IntoTensor<T>, axis: impl IntoIntegers) -> Tensor<i64> {
    find::<T, i64, ArgMinOp>(input, axis)
}

/// As [`argmin`], along the axis and with the type that `options` says.
///
/// # Errors
/// As [`argmin`].
#[track_caller]
pub fn argmin_with<T: Numeric, I: Integer>(
    input: impl IntoTensor<T>,
    options: impl Into<ArgMin<I>>,
) -> Tensor<I> {
    let options = options.into();
    find::<T, I, ArgMinOp>(input, options.axis)
}

/// The options of [`argmax_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArgMax<I = i64> {
    axis: i32,
    output: PhantomData<I>,
}

/// The options of [`argmin_with`].
pub type ArgMin<I = i64> = ArgMax<I>;

/// With positions of this type, as [`ArgMax::output_type`].
impl<I: Integer> From<ElementType<I>> for ArgMax<I> {
    fn from(output_type: ElementType<I>) -> Self {
        ArgMax::new().output_type(output_type)
    }
}

impl ArgMax {
    /// Along the first axis, as `i64`.
    pub fn new() -> Self {
        ArgMax {
            axis: 0,
            output: PhantomData,
        }
    }
}

impl Default for ArgMax {
    fn default() -> Self {
        ArgMax::new()
    }
}

impl<I: Integer> ArgMax<I> {
    /// The axis along which to look; counted from the end if negative.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_i32();
        self
    }

    /// The type of the positions: `i32` or `i64`.
    pub fn output_type<J: Integer>(self, output_type: ElementType<J>) -> ArgMax<J> {
        let _ = output_type;
        ArgMax {
            axis: self.axis,
            output: PhantomData,
        }
    }
}

#[track_caller]
fn find<T: Numeric, I: Integer, W: Wanted>(
    input: impl IntoTensor<T>,
    axis: impl IntoIntegers,
) -> Tensor<I> {
    let op = Find::<T, I, W>(PhantomData);
    with_integers(W::OP_TYPE, op, (input, "input"), (axis, "dimension"))
}

/// Which element is looked for.
trait Wanted: Debug + Send + Sync + 'static {
    const OP_TYPE: &'static str;

    /// What every number but one is preferred to.
    fn worst<T: Numeric>() -> T;

    /// Whether `x` is to be preferred to `y`; not if one of them is NaN.
    fn prefers<T: Numeric>(x: T, y: T) -> bool;
}

#[derive(Debug)]
struct ArgMaxOp;

impl Wanted for ArgMaxOp {
    const OP_TYPE: &'static str = "ArgMax";

    fn worst<T: Numeric>() -> T {
        T::LOWEST
    }

    fn prefers<T: Numeric>(x: T, y: T) -> bool {
        x > y
    }
}

#[derive(Debug)]
struct ArgMinOp;

impl Wanted for ArgMinOp {
    const OP_TYPE: &'static str = "ArgMin";

    fn worst<T: Numeric>() -> T {
        T::HIGHEST
    }

    fn prefers<T: Numeric>(x: T, y: T) -> bool {
        x < y
    }
}

struct Find<T, I, W>(PhantomData<(T, I, W)>);

impl<T, I, W: Wanted> Debug for Find<T, I, W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(W::OP_TYPE)
    }
}

impl<T: Numeric, I: Integer, W: Wanted> Op for Find<T, I, W> {
    fn op_type(&self) -> &'static str {
        W::OP_TYPE
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 0)?;
        let shape = match (cx.shape(0).dims(), cx.scalar(1)) {
            (None, _) => Shape::unknown(),
            (Some([] | [_]), _) => Shape::scalar(),
            (Some(dims), None) => Shape::of_rank(dims.len() - 1),
            (Some(dims), Some(axis)) => Shape::from(without(dims, axis)?),
        };
        Ok(vec![TensorInfo::new(I::DTYPE, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let axis = cx.inputs.scalar_integer(1)?;
        let rank = x.ndim();
        let resolved = resolve_axis(axis, rank).map_err(|_| {
            Error::invalid_argument(format!(
                "Expected dimension in the range [-{rank}, {rank}), but got {axis}"
            ))
        })?;
        if x.shape()[resolved] == 0 {
            let shape = Shape::from(x.shape()).bracketed();
            return Err(Error::invalid_argument(format!(
                "Reduction axis {axis} is empty in shape {shape}"
            )));
        }
        let mut lengths = x.shape().to_vec();
        lengths.remove(resolved);
        let (pool, x_shape) = (cx.pool, x.shape());
        let (length, width) = (x_shape[resolved], x_shape[resolved + 1..].iter().product());
        let mut out = cx.outputs.alloc_unset::<I>(0, &lengths)?;
        if out.is_empty() {
            return Ok(());
        }
        let x = strided::in_order(cx.pool, &x)?;
        let lines = Lines {
            elements: &x,
            length,
            width,
        };
        let out = memory::row_major(&mut out);
        each_piece(pool, out, lines.at_once(), &|first, out| {
            lines.find::<I, W>(first, out);
        });
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }
}

/// All lengths but that of `axis`.
fn without(dims: &[Dim], axis: i64) -> Result<Vec<Dim>> {
    let rank = dims.len();
    let resolved = resolve_axis(axis, rank).map_err(|_| {
        axis_error(format!(
            "Dimension ({axis}) must be in the range [-{rank}, {rank}), where {rank} is the number of dimensions in the \
             input."
        ))
    })?;
    let mut dims = dims.to_vec();
    dims.remove(resolved);
    Ok(dims)
}

/// The lines along an axis, `width` of them side by side.
struct Lines<'x, T> {
    elements: &'x [T],
    length: usize,
    width: usize,
}

impl<T: Numeric> Lines<'_, T> {
    /// How many lines a thread is to take at once.
    fn at_once(&self) -> usize {
        let lines = ((1 << 15) / self.length).max(1);
        match self.width {
            1 => lines,
            _ => lines.next_multiple_of(COLUMNS),
        }
    }

    /// The places of the best elements of the lines from number `first` on.
    fn find<I: Integer, W: Wanted>(&self, first: usize, out: &mut [I]) {
        let (length, width) = (self.length, self.width);
        if width == 1 {
            let lines = self.elements[first * length..].chunks_exact(length);
            for (out, line) in out.iter_mut().zip(lines) {
                *out = I::from_i64(first_of(line, W::worst(), W::prefers) as i64);
            }
            return;
        }
        let (mut next, mut left) = (first, out);
        while !left.is_empty() {
            let from = next % width;
            let count = COLUMNS.min(width - from).min(left.len());
            let matrix = &self.elements[next / width * length * width..][..length * width];
            let mut places = [0; COLUMNS];
            let places = &mut places[..count];
            first_of_columns(matrix, width, from, W::worst(), W::prefers, places);
            let (out, rest) = left.split_at_mut(count);
            for (out, &place) in out.iter_mut().zip(&*places) {
                *out = I::from_i64(place);
            }
            (next, left) = (next + count, rest);
        }
    }
}
