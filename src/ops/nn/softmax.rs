//! `Softmax` and `LogSoftmax`.

use std::fmt::Debug;
use std::marker::PhantomData;

use crate::graph::{
    GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::softmax::{Exponentials, Logarithms, Rows, each_row};
use crate::ops::OpDef;
use crate::ops::array::{concat, range, rank, transpose_with};
use crate::ops::def::op;
use crate::ops::math::{exp, subtract};
use crate::ops::reduce::{Axes, reduce_sum};
use crate::ops::support::{axis_error, expect_rank_at_least, unary};
use crate::types::{Error, Float, Result, WholeNumber};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Softmax(logits: T) -> (softmax: T); \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |_| SoftmaxOp::<T, Exponentials>(PhantomData)),
    op!(smooth "LogSoftmax(logits: T) -> (logsoftmax: T); \
        T in {float16, bfloat16, float32, float64}",
        T: floating, |_| SoftmaxOp::<T, Logarithms>(PhantomData)),
];

/// eˣ / Σ eˣ along the last axis, as `tf.nn.softmax` computes it: positive numbers that add up
/// to 1.
///
/// The largest x is subtracted from all first, so that no power overflows.
///
/// ```
/// use ndarray::arr1;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([1000.0, 1000.0]);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(tf::nn::softmax(&x).array1(), [])?, arr1(&[0.5, 0.5]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `logits` is a scalar.
///
/// # Options
/// `axis`: see [`softmax_with`].
#[track_caller]
pub fn softmax<T: Float>(logits: impl IntoTensor<T>) -> Tensor<T> {
    softmax_with(logits, Softmax::new())
}

/// As [`softmax`], along the axis that `options` says.
///
/// # Errors
/// As [`softmax`]; and `InvalidArgument` if the axis is out of range, or, for another axis than -1,
/// the rank is unknown while the graph is built.
#[track_caller]
pub fn softmax_with<T: Float>(
    logits: impl IntoTensor<T>,
    options: impl Into<Softmax>,
) -> Tensor<T> {
    let options = options.into();
    along_axis::<T, Exponentials>(logits, options.axis)
}

/// x - ln Σ eˣ along the last axis, the logarithm of [`softmax`], as `tf.nn.log_softmax` computes
/// it.
///
/// # Errors
/// As [`softmax`].
///
/// # Options
/// `axis`: see [`log_softmax_with`].
#[track_caller]
pub fn log_softmax<T: Float>(logits: impl IntoTensor<T>) -> Tensor<T> {
    log_softmax_with(logits, LogSoftmax::new())
}

/// As [`log_softmax`], along the axis that `options` says.
///
/// # Errors
/// As [`softmax_with`].
#[track_caller]
pub fn log_softmax_with<T: Float>(
    logits: impl IntoTensor<T>,
    options: impl Into<LogSoftmax>,
) -> Tensor<T> {
    let options = options.into();
    along_axis::<T, Logarithms>(logits, options.axis)
}

/// The options of [`softmax_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Softmax {
    axis: isize,
}

/// The options of [`log_softmax_with`].
pub type LogSoftmax = Softmax;

/// Along this axis, as [`Softmax::axis`].
impl<N: WholeNumber> From<N> for Softmax {
    fn from(axis: N) -> Self {
        Softmax::new().axis(axis)
    }
}

impl Softmax {
    /// Along the last axis.
    pub fn new() -> Self {
        Softmax { axis: -1 }
    }

    /// The axis whose elements add up to 1; counted from the end if negative.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_isize();
        self
    }
}

impl Default for Softmax {
    fn default() -> Self {
        Softmax::new()
    }
}

/// Applies the op along `axis`, which is brought to the end first, and back afterwards, if it does
/// not lie there.
#[track_caller]
fn along_axis<T: Float, F: Function<T>>(logits: impl IntoTensor<T>, axis: isize) -> Tensor<T> {
    let graph = graph_of(&[logits.graph()]);
    graph.op_call(|| {
        if axis == -1 {
            return apply::<T, F>(logits);
        }
        let logits = logits.into_tensor(&graph, "Const");
        match position(&logits, axis) {
            Ok(position)
                if position + 1 == logits.shape().rank().unwrap_or_default() && axis >= 0 =>
            {
                apply::<T, F>(logits)
            }
            Ok(position) => along_inner_axis::<T, F>(&graph, &logits, axis, position),
            Err(error) => graph.failed(F::OP_TYPE, error),
        }
    })
}

/// The axis counted from the front.
fn position<T: Float>(logits: &Tensor<T>, axis: isize) -> Result<usize> {
    let Some(rank) = logits.shape().rank() else {
        return Err(Error::invalid_argument(format!(
            "the rank of {logits} must be known for a softmax along axis {axis}"
        )));
    };
    let signed_rank = rank as isize;
    if !(-signed_rank..signed_rank).contains(&axis) {
        return Err(axis_error(format!(
            "Dimension ({axis}) must be in the range [-{rank}, {rank}) where {rank} is the number of dimensions in the \
             input."
        )));
    }
    Ok(axis.rem_euclid(signed_rank) as usize)
}

#[track_caller]
fn along_inner_axis<T: Float, F: Function<T>>(
    graph: &Graph,
    logits: &Tensor<T>,
    axis: isize,
    position: usize,
) -> Tensor<T> {
    let ndims = rank(logits);
    let counted_from_end = (axis < 0).then(|| axis as i32 + ndims);
    let last = rank(logits);
    let counted_from_front =
        counted_from_end.map(|axis| axis % logits.shape().rank().unwrap_or_default() as i32);
    let swap = |x: &Tensor<T>| match &counted_from_front {
        Some(axis) => {
            let last = subtract(&last, 1);
            let before = range(0, axis, 1);
            let between = range(axis + 1, &last, 1);
            swapped(x, concat((before, (&last,), between, (axis,)), 0))
        }
        None => {
            let (last, axis) = (subtract(&last, 1), position as i32);
            let before = graph.range((0, axis, 1));
            let between = range(axis + 1, &last, 1);
            swapped(x, concat((before, (&last,), between, [axis]), 0))
        }
    };
    let output = swap(&apply::<T, F>(swap(logits)));
    output.set_shape(logits.shape());
    output
}

#[track_caller]
fn swapped<T: Float>(x: &Tensor<T>, perm: Tensor<i32>) -> Tensor<T> {
    transpose_with(x, &perm)
}

#[track_caller]
fn apply<T: Float, F: Function<T>>(logits: impl IntoTensor<T>) -> Tensor<T> {
    unary(
        F::OP_TYPE,
        SoftmaxOp::<T, F>(PhantomData),
        (logits, "logits"),
    )
}

/// What is computed of each row.
trait Function<T: Float>: Rows<T> + Debug + Send + Sync + 'static {
    const OP_TYPE: &'static str;

    /// The gradient with respect to the operand, given the result and the gradient with respect to
    /// it.
    fn gradient(y: &Tensor<T>, dy: &Tensor<T>) -> Tensor<T>;
}

impl<T: Float> Function<T> for Exponentials {
    const OP_TYPE: &'static str = "Softmax";

    #[track_caller]
    fn gradient(y: &Tensor<T>, dy: &Tensor<T>) -> Tensor<T> {
        let sum = reduce_sum(dy * y, Axes::from(-1).keepdims());
        (dy - sum) * y
    }
}

impl<T: Float> Function<T> for Logarithms {
    const OP_TYPE: &'static str = "LogSoftmax";

    #[track_caller]
    fn gradient(y: &Tensor<T>, dy: &Tensor<T>) -> Tensor<T> {
        let softmax = exp(y);
        dy - reduce_sum(dy, Axes::from(-1).keepdims()) * softmax
    }
}

struct SoftmaxOp<T, F>(PhantomData<fn() -> (T, F)>);

impl<T: Float, F: Function<T>> Debug for SoftmaxOp<T, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(F::OP_TYPE)
    }
}

impl<T: Float, F: Function<T>> Op for SoftmaxOp<T, F> {
    fn op_type(&self) -> &'static str {
        F::OP_TYPE
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank_at_least(cx, cx.shape(0), 1)?;
        Ok(vec![TensorInfo::new(T::DTYPE, cx.shape(0))])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let x = cx.inputs.get::<T>(0);
        let out = cx.outputs.alloc_unset::<T>(0, x.shape())?;
        each_row::<T, F>(cx.pool, x, out);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let dx = F::gradient(&cx.output(0), &cx.grad(0));
        cx.set(0, dx);
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}
