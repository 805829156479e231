//! `SoftmaxCrossEntropyWithLogits`.

use std::marker::PhantomData;

use ndarray::{Axis, Ix1, Ix2};

use super::support::{broadcast_product, is_zero};
use super::{Labels, Logits, log_softmax, softmax};
use crate::graph::{
    GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, OpScope, Tensor, TensorInfo,
    graph_of,
};
use crate::kernels::broadcast::common_shape;
use crate::kernels::{MatMulElement, softmax as kernels};
use crate::ops::OpDef;
use crate::ops::array::{
    Squeeze, concat, expand_dims, range, rank, reshape, shape, slice, squeeze_with, stop_gradient,
    transpose_with,
};
use crate::ops::def::op;
use crate::ops::math::{matmul, subtract};
use crate::ops::support::{InGraph, unequal_dims};
use crate::types::{Error, Float, Result, Shape, WholeNumber, broadcast_shapes, with_class};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "SoftmaxCrossEntropyWithLogits(features: T, labels: T) -> (loss: T, backprop: T); \
        T in {float16, bfloat16, float32, float64}",
    T: floating, |_| SoftmaxCrossEntropyWithLogitsOp::<T>(PhantomData)
)];

/// The cross entropy -Σ labels · ln softmax(logits) along the last axis, as
/// `tf.nn.softmax_cross_entropy_with_logits(labels=..., logits=...)` computes it. No gradient flows
/// into the labels.
///
/// `labels` and `logits` have the same shape; along the last axis the labels are a probability
/// distribution. The result lacks that axis. The order of the arguments is that of TensorFlow's
/// named ones: first the labels.
///
/// ```
/// use tf1 as tf;
/// use tf1::nn::{Labels, Logits};
///
/// let graph = tf::Graph::new();
/// let labels = graph.constant([[1.0, 0.0]]);
/// let logits = graph.constant([[5.0, 5.0]]);
/// let losses = tf::nn::softmax_cross_entropy_with_logits(Labels(&labels), Logits(&logits));
///
/// let session = tf::Session::new(&graph)?;
/// let loss = session.run(tf::reduce_mean(&losses, ..).scalar(), [])?;
/// assert!((loss - std::f64::consts::LN_2).abs() < 1e-12);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit.
///
/// # Options
/// `dim`: see [`softmax_cross_entropy_with_logits_with`].
#[track_caller]
pub fn softmax_cross_entropy_with_logits<T: Float>(
    Labels(labels): Labels<impl IntoTensor<T>>,
    Logits(logits): Logits<impl IntoTensor<T>>,
) -> Tensor<T> {
    softmax_cross_entropy_with_logits_with(
        Labels(labels),
        Logits(logits),
        SoftmaxCrossEntropyWithLogits::new(),
    )
}

/// As [`softmax_cross_entropy_with_logits`], with the classes along the axis that `options` says.
///
/// # Errors
/// As [`softmax_cross_entropy_with_logits`]; and `InvalidArgument` if the axis is out of range or,
/// as in TensorFlow, negative and not -1.
#[track_caller]
pub fn softmax_cross_entropy_with_logits_with<T: Float>(
    Labels(labels): Labels<impl IntoTensor<T>>,
    Logits(logits): Logits<impl IntoTensor<T>>,
    options: impl Into<SoftmaxCrossEntropyWithLogits>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[labels.graph(), logits.graph()]);
    graph.op_scope("softmax_cross_entropy_with_logits_sg", |scope| {
        let labels = stop_gradient(InGraph(labels, &graph)).named("labels_stop_gradient");
        let logits = logits.into_tensor(&graph, "logits");
        cross_entropy(&graph, scope, labels, logits, options.dim)
    })
}

/// As [`softmax_cross_entropy_with_logits`], but gradients flow into the labels too, as
/// `tf.nn.softmax_cross_entropy_with_logits_v2` has it.
///
/// # Errors
/// As [`softmax_cross_entropy_with_logits`].
///
/// # Options
/// `axis`: see [`softmax_cross_entropy_with_logits_v2_with`].
#[track_caller]
pub fn softmax_cross_entropy_with_logits_v2<T: Float>(
    Labels(labels): Labels<impl IntoTensor<T>>,
    Logits(logits): Logits<impl IntoTensor<T>>,
) -> Tensor<T> {
    softmax_cross_entropy_with_logits_v2_with(
        Labels(labels),
        Logits(logits),
        SoftmaxCrossEntropyWithLogitsV2::new(),
    )
}

/// As [`softmax_cross_entropy_with_logits_v2`], with the classes along the axis that `options`
/// says.
///
/// # Errors
/// As [`softmax_cross_entropy_with_logits_with`].
#[track_caller]
pub fn softmax_cross_entropy_with_logits_v2_with<T: Float>(
    Labels(labels): Labels<impl IntoTensor<T>>,
    Logits(logits): Logits<impl IntoTensor<T>>,
    options: impl Into<SoftmaxCrossEntropyWithLogitsV2>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[labels.graph(), logits.graph()]);
    graph.op_scope("softmax_cross_entropy_with_logits", |scope| {
        let logits = logits.into_tensor(&graph, "logits");
        let labels = labels.into_tensor(&graph, "labels");
        cross_entropy(&graph, scope, labels, logits, options.axis)
    })
}

/// The options of [`softmax_cross_entropy_with_logits_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftmaxCrossEntropyWithLogits {
    dim: isize,
}

/// Along this axis, as [`SoftmaxCrossEntropyWithLogits::dim`].
impl<N: WholeNumber> From<N> for SoftmaxCrossEntropyWithLogits {
    fn from(dim: N) -> Self {
        SoftmaxCrossEntropyWithLogits::new().dim(dim)
    }
}

impl SoftmaxCrossEntropyWithLogits {
    /// The classes lie along the last axis.
    pub fn new() -> Self {
        SoftmaxCrossEntropyWithLogits { dim: -1 }
    }

    /// The axis along which the classes lie.
    pub fn dim(mut self, dim: impl WholeNumber) -> Self {
        self.dim = dim.to_isize();
        self
    }
}

impl Default for SoftmaxCrossEntropyWithLogits {
    fn default() -> Self {
        SoftmaxCrossEntropyWithLogits::new()
    }
}

/// The options of [`softmax_cross_entropy_with_logits_v2_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftmaxCrossEntropyWithLogitsV2 {
    axis: isize,
}

/// Along this axis, as [`SoftmaxCrossEntropyWithLogitsV2::axis`].
impl<N: WholeNumber> From<N> for SoftmaxCrossEntropyWithLogitsV2 {
    fn from(axis: N) -> Self {
        SoftmaxCrossEntropyWithLogitsV2::new().axis(axis)
    }
}

impl SoftmaxCrossEntropyWithLogitsV2 {
    /// The classes lie along the last axis.
    pub fn new() -> Self {
        SoftmaxCrossEntropyWithLogitsV2 { axis: -1 }
    }

    /// The axis along which the classes lie.
    pub fn axis(mut self, axis: impl WholeNumber) -> Self {
        self.axis = axis.to_isize();
        self
    }
}

impl Default for SoftmaxCrossEntropyWithLogitsV2 {
    fn default() -> Self {
        SoftmaxCrossEntropyWithLogitsV2::new()
    }
}

#[track_caller]
fn cross_entropy<T: Float>(
    graph: &Graph,
    scope: &OpScope,
    labels: Tensor<T>,
    logits: Tensor<T>,
    axis: isize,
) -> Tensor<T> {
    let outer_shape = without_axis(&logits.shape(), axis);
    let input_rank = rank(&logits);
    let (logits, labels) = match i32::try_from(axis) {
        Ok(-1) => (logits, labels),
        Ok(axis) => {
            let logits = axis_at_end(graph, logits, axis, &input_rank);
            (logits, axis_at_end(graph, labels, axis, &input_rank))
        }
        Err(_) => {
            return scope.failed(
                "SoftmaxCrossEntropyWithLogits",
                Error::invalid_argument(format!("axis {axis} is out of range")),
            );
        }
    };
    let input_shape = shape(&logits);
    let (logits, labels) = (as_matrix(&logits), as_matrix(&labels));
    let cost: Tensor<T> = scope.tensor(
        SoftmaxCrossEntropyWithLogitsOp::<T>(PhantomData),
        &[logits.any(), labels.any()],
    );
    let output_rank = subtract(input_rank, 1);
    let cost = reshape(cost, slice(input_shape, [0], (output_rank,)));
    if let Some(outer_shape) = outer_shape {
        cost.set_shape(outer_shape);
    }
    cost
}

/// The shape without an axis counted from the front or, if negative, the end.
fn without_axis(shape: &Shape, axis: isize) -> Option<Shape> {
    let mut dims = shape.dims()?.to_vec();
    let place = if axis < 0 {
        axis.checked_add(dims.len() as isize)?
    } else {
        axis
    };
    let place = usize::try_from(place)
        .ok()
        .filter(|&place| place < dims.len())?;
    dims.remove(place);
    Some(Shape::from(dims))
}

#[track_caller]
fn axis_at_end<T: Float>(graph: &Graph, x: Tensor<T>, axis: i32, rank: &Tensor<i32>) -> Tensor<T> {
    let before = graph.range((0, axis, 1));
    let after = range(axis.saturating_add(1), rank, 1);
    let perm = concat((before, after, [axis]), 0);
    transpose_with(x, &perm)
}

/// `x` as a matrix whose columns are its last axis.
#[track_caller]
fn as_matrix<T: Float>(x: &Tensor<T>) -> Tensor<T> {
    let rank = rank(x);
    let x_shape = shape(x);
    let last_length = slice(x_shape, (subtract(rank, 1),), [1]);
    let matrix = reshape(x, concat(([-1], last_length), 0));
    if let Some([outer @ .., last]) = x.shape().dims() {
        // What is too large to be made a matrix fails when it is run.
        if let Ok(Some(rows)) = Shape::joined(outer) {
            matrix.set_shape(Shape::from(vec![Some(rows), *last]));
        }
    }
    matrix
}

/// The cross entropy of the rows of two matrices, logits and labels, as output 0; its gradient with
/// respect to the logits as output 1.
#[derive(Debug)]
struct SoftmaxCrossEntropyWithLogitsOp<T>(PhantomData<T>);

impl<T: Float> Op for SoftmaxCrossEntropyWithLogitsOp<T> {
    fn op_type(&self) -> &'static str {
        "SoftmaxCrossEntropyWithLogits"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape =
            broadcast_shapes(cx.shape(0), cx.shape(1)).map_err(|(a, b)| unequal_dims(cx, a, b))?;
        match shape.rank() {
            Some(2) => {
                let loss = TensorInfo::new(T::DTYPE, vec![shape.dim(0)]);
                Ok(vec![loss, TensorInfo::new(T::DTYPE, shape)])
            }
            Some(rank) => {
                let inputs = cx.shapes_text();
                let message = format!("Shape must be broadcasted with rank 2, but is rank {rank}");
                Err(Error::invalid_argument(format!(
                    "{message}, with input shapes: {inputs}."
                )))
            }
            None => Ok(vec![
                TensorInfo::new(T::DTYPE, vec![None]),
                TensorInfo::new(T::DTYPE, vec![None, None]),
            ]),
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let (x, y) = (cx.inputs.shape(0), cx.inputs.shape(1));
        let shape = common_shape(x, y).map_err(|_| {
            let (x, y) = (Shape::from(x).bracketed(), Shape::from(y).bracketed());
            let message =
                format!("logits and labels must be broadcastable: logits_size={x} labels_size={y}");
            Error::invalid_argument(message)
        })?;
        let matrix = |i| {
            let mut view = cx.inputs.get::<T>(i);
            while view.ndim() < 2 {
                view = view.insert_axis(Axis(0));
            }
            let view = view.into_dimensionality::<Ix2>();
            view.map_err(|_| Error::invalid_argument("logits and labels must be 2-dimensional"))
        };
        let (logits, labels) = (matrix(0)?, matrix(1)?);
        let (loss, slope) = cx.outputs.alloc_two_unset::<T, T>(&shape[..1], &shape)?;
        let loss = loss
            .into_dimensionality::<Ix1>()
            .expect("allocated with one dimension");
        let slope = slope
            .into_dimensionality::<Ix2>()
            .expect("allocated with two dimensions");
        kernels::cross_entropy(cx.pool, logits, labels, loss, slope);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        with_class!(floating, T::DTYPE, F => gradient::<F>(cx), ());
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }
}

/// With respect to the logits the loss grows by output 1, with respect to the labels by -ln
/// softmax(logits).
#[track_caller]
fn gradient<T: Float + MatMulElement>(cx: &mut GradientContext<'_>) {
    let (logits, slope) = (cx.input::<T>(0), cx.output::<T>(1));
    let (dloss, dslope) = (cx.grad::<T>(0), cx.grad::<T>(1));
    let mut dlogits = broadcast_product(&dloss, &slope);
    if !is_zero(&dslope) {
        // The gradient of output 1 is that of softmax.
        let softmax = softmax(&logits);
        let row = expand_dims(&dslope, 1);
        let product = matmul(row, expand_dims(&softmax, 2));
        let projection = squeeze_with(product, Squeeze::new().axis([1]));
        dlogits += (dslope - projection) * softmax;
    }
    let dlabels = broadcast_product(&dloss, &-log_softmax(logits));
    cx.set(0, dlogits);
    cx.set(1, dlabels);
}
