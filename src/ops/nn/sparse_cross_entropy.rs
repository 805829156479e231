//! `SparseSoftmaxCrossEntropyWithLogits`.

use std::marker::PhantomData;

use ndarray::{Ix1, Ix2};

use super::prevent_gradient::prevent_gradient;
use super::shape_check::assert_equal;
use super::support::broadcast_product;
use crate::graph::{
    GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo, graph_of,
};
use crate::kernels::softmax::sparse_cross_entropy;
use crate::ops::OpDef;
use crate::ops::array::{rank, reshape, shape};
use crate::ops::def::op;
use crate::ops::support::{expect_rank, listed, unequal_dims};
use crate::types::{Error, Float, Integer, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    smooth "SparseSoftmaxCrossEntropyWithLogits(features: T, labels: Tlabels) -> (loss: T, \
         backprop: T); Tlabels: type = int64; \
        T in {float16, bfloat16, float32, float64}; \
        Tlabels in index",
    T: floating, Tlabels: index, |_| SparseSoftmaxCrossEntropyWithLogits::<T, Tlabels>(PhantomData)
)];

/// The cross entropy `-ln softmax(logits)[label]` along the last axis, as
/// `tf.nn.sparse_softmax_cross_entropy_with_logits(labels=..., logits=...)` computes it: that of
/// [`softmax_cross_entropy_with_logits`](super::softmax_cross_entropy_with_logits) where all the
/// probability is on one class.
///
/// `labels` has the shape of `logits` without the last axis and holds the number of a class, `i32`
/// or `i64`, in each place. The result has the same shape. It has a first but, in TensorFlow as
/// here, no second derivative.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let logits = graph.constant([[5.0, 5.0], [5.0, 5.0]]);
/// let losses = tf::nn::sparse_softmax_cross_entropy_with_logits([0, 1], &logits);
///
/// let session = tf::Session::new(&graph)?;
/// let loss = session.run(tf::reduce_mean(&losses, ..).scalar(), [])?;
/// assert!((loss - std::f64::consts::LN_2).abs() < 1e-12);
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or, when run, for a label that is not the number of
/// a class.
#[track_caller]
pub fn sparse_softmax_cross_entropy_with_logits<T: Float, I: Integer>(
    labels: impl IntoTensor<I>,
    logits: impl IntoTensor<T>,
) -> Tensor<T> {
    let graph = graph_of(&[labels.graph(), logits.graph()]);
    graph.op_scope("SparseSoftmaxCrossEntropyWithLogits", |scope| {
        let labels = labels.into_tensor(&graph, "Const");
        let logits = logits.into_tensor(&graph, "Const");
        let labels_shape = shape(&labels);
        match fit(&labels.shape(), &logits.shape()) {
            Err(error) => scope.failed("SparseSoftmaxCrossEntropyWithLogits", error),
            Ok(_) if logits.shape().rank() == Some(2) => of_matrix(&labels, &logits),
            Ok(true) => of_any_rank(&labels, &logits, &labels_shape),
            Ok(false) => {
                let assertion = assert_equal(&shape(&labels), &shape(&logits).index(..-1));
                // The assertion broadcasts one shape to the other, so that it lets other ranks
                // pass.
                let rule = |shapes: &[&Shape]| fit_ranks(shapes[0], shapes[1]);
                graph.require_shapes(&[labels.any(), logits.any()], rule, || {
                    graph.control_dependencies([&assertion], || {
                        of_any_rank(&labels, &logits, &labels_shape)
                    })
                })
            }
        }
    })
}

/// Fails if the ranks of labels and logits do not fit.
fn fit_ranks(labels: &Shape, logits: &Shape) -> Result<()> {
    match (labels.rank(), logits.rank()) {
        (_, Some(0)) => Err(Error::invalid_argument(format!(
            "Logits cannot be scalars - received shape {logits}."
        ))),
        (Some(found), Some(rank)) if found + 1 != rank => Err(Error::invalid_argument(format!(
            "Rank mismatch: Rank of labels (received {found}) should equal rank of logits minus 1 (received {rank})."
        ))),
        _ => Ok(()),
    }
}

/// Whether labels and logits are known to fit; not so if their shapes are not known well enough.
///
/// # Errors
/// If they do not fit.
fn fit(labels: &Shape, logits: &Shape) -> Result<bool> {
    fit_ranks(labels, logits)?;
    let Some((_, outer)) = logits.dims().and_then(<[_]>::split_last) else {
        return Ok(false);
    };
    let outer = Shape::from(outer.to_vec());
    if !labels.is_known() || !outer.is_known() {
        return Ok(false);
    }
    if *labels != outer {
        return Err(Error::invalid_argument(format!(
            "Shape mismatch: The shape of labels (received {labels}) should equal the shape of logits except for the \
             last dimension (received {logits})."
        )));
    }
    Ok(true)
}

#[track_caller]
fn of_matrix<T: Float, I: Integer>(labels: &Tensor<I>, logits: &Tensor<T>) -> Tensor<T> {
    let op = SparseSoftmaxCrossEntropyWithLogits::<T, I>(PhantomData);
    logits
        .graph()
        .op_scope("SparseSoftmaxCrossEntropyWithLogits", |scope| {
            scope.tensor(op, &[logits.any(), labels.any()])
        })
}

#[track_caller]
fn of_any_rank<T: Float, I: Integer>(
    labels: &Tensor<I>,
    logits: &Tensor<T>,
    labels_shape: &Tensor<i32>,
) -> Tensor<T> {
    let logits_shape = shape(logits);
    let classes = logits_shape.index(&(rank(logits) - 1));
    let rows = reshape(logits, (-1, classes));
    let flat_labels = reshape(labels, [-1]);
    let cost = reshape(of_matrix(&flat_labels, &rows), labels_shape);
    cost.set_shape(labels.shape());
    cost
}

/// The cross entropy of each row of a matrix of logits with the label of the same place as output
/// 0; its gradient with respect to the logits as output 1.
#[derive(Debug)]
struct SparseSoftmaxCrossEntropyWithLogits<T, I>(PhantomData<(T, I)>);

impl<T: Float, I: Integer> Op for SparseSoftmaxCrossEntropyWithLogits<T, I> {
    fn op_type(&self) -> &'static str {
        "SparseSoftmaxCrossEntropyWithLogits"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let (logits, labels) = (cx.shape(0), cx.shape(1));
        expect_rank(cx, logits, 2)?;
        expect_rank(cx, labels, 1)?;
        let rows = match (logits.dim(0), labels.dim(0)) {
            (Some(rows), Some(count)) if rows != count => {
                return Err(unequal_dims(cx, rows, count));
            }
            (rows, count) => rows.or(count),
        };
        if logits.dim(1) == Some(0) && logits.is_known() {
            let logits = logits.bracketed();
            let message = format!("Must have at least one class, but got logits shape {logits}");
            return Err(Error::invalid_argument(message));
        }
        let slope = Shape::from(vec![rows, logits.dim(1)]);
        Ok(vec![
            TensorInfo::new(T::DTYPE, vec![rows]),
            TensorInfo::new(T::DTYPE, slope),
        ])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let logits = cx.inputs.get::<T>(0).into_dimensionality::<Ix2>();
        let logits = logits.map_err(|_| Error::invalid_argument("logits must be 2-D"))?;
        let labels = cx.inputs.integers(1)?;
        let (rows, classes) = logits.dim();
        if labels.len() != rows {
            let (x, y) = (
                Shape::from(cx.inputs.shape(0)).bracketed(),
                Shape::from(cx.inputs.shape(1)).bracketed(),
            );
            return Err(Error::invalid_argument(format!(
                "logits and labels must have the same first dimension, got logits shape {x} and labels shape {y}"
            )));
        }
        check_labels(&labels, classes)?;
        let (loss, slope) = cx
            .outputs
            .alloc_two_unset::<T, T>(&[rows], &[rows, classes])?;
        let loss = loss
            .into_dimensionality::<Ix1>()
            .expect("allocated with one dimension");
        let slope = slope
            .into_dimensionality::<Ix2>()
            .expect("allocated with two dimensions");
        sparse_cross_entropy(cx.pool, logits, &labels, loss, slope);
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        let slope = prevent_gradient(
            cx.output::<T>(1),
            "Currently there is no way to take the second derivative of sparse_softmax_cross_entropy_with_logits due \
             to the fused implementation's interaction with tf.gradients()",
        );
        let dlogits = broadcast_product(&cx.grad::<T>(0), &slope);
        cx.set(0, dlogits);
        Ok(())
    }
}

/// Fails if a label is not the number of a class.
fn check_labels(labels: &[i64], classes: usize) -> Result<()> {
    let extremes = labels.iter().min().zip(labels.iter().max());
    let wrong = match extremes {
        Some((&least, _)) if least < 0 => least,
        Some((_, &most)) if most >= classes as i64 => most,
        _ => return Ok(()),
    };
    let all = listed(labels);
    Err(Error::invalid_argument(format!(
        "Received a label value of {wrong} which is outside the valid range of [0, {classes}).  Label values: {all}"
    )))
}
