//! Labels and predictions one of which has an axis too many, as files of labels often do.

use std::sync::Arc;

use super::super::expand::{Squeeze, SqueezeOp, squeeze_with};
use super::super::rank;
use crate::graph::{
    Fusion, GradientContext, Graph, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::types::{Element, Result, Shape};

pub(in crate::ops) const OPS: &[OpDef] = &[OpDef::smooth(
    "SqueezeLast(input: T, more: Tmore) -> (output: T)",
)];

/// `labels` and `predictions` without the last axis of the one that has an axis too many:
/// predictions are to have `expected` axes more than labels. As
/// `confusion_matrix.remove_squeezable_dimensions` of TensorFlow.
///
/// Where ranks are not known, a run decides.
#[track_caller]
pub(crate) fn remove_squeezable_dimensions<L: Element, P: Element>(
    graph: &Graph,
    labels: impl IntoTensor<L>,
    predictions: impl IntoTensor<P>,
    expected: i32,
) -> (Tensor<L>, Tensor<P>) {
    graph.op_scope("remove_squeezable_dimensions", |_| {
        let predictions = predictions.into_tensor(graph, "Const");
        let labels = labels.into_tensor(graph, "Const");
        match more_axes(&predictions, &labels) {
            Some(more) if more == expected + 1 => (labels, without_last_axis(predictions)),
            Some(more) if more == expected - 1 => (without_last_axis(labels), predictions),
            Some(_) => (labels, predictions),
            None => {
                let more = rank(&predictions) - rank(&labels);
                let predictions = without_last_axis_where(predictions, &more, expected + 1);
                let labels = without_last_axis_where(labels, &more, expected - 1);
                (labels, predictions)
            }
        }
    })
}

/// `weights` without the last axis if they have one axis more than `labels`.
#[track_caller]
pub(crate) fn without_axis_beyond<W: Element, L: Element>(
    weights: Tensor<W>,
    labels: &Tensor<L>,
) -> Tensor<W> {
    match more_axes(&weights, labels) {
        Some(1) => without_last_axis(weights),
        Some(_) => weights,
        // A scalar has no axis, whatever the labels have.
        None if weights.shape().rank() == Some(0) => weights,
        None => {
            let more = rank(&weights) - rank(labels);
            without_last_axis_where(weights, &more, 1)
        }
    }
}

/// How many axes `a` has more than `b`, if that is known.
fn more_axes<A: Element, B: Element>(a: &Tensor<A>, b: &Tensor<B>) -> Option<i32> {
    Some(a.shape().rank()? as i32 - b.shape().rank()? as i32)
}

#[track_caller]
fn without_last_axis<T: Element>(x: Tensor<T>) -> Tensor<T> {
    squeeze_with(x, Squeeze::new().axis([-1]))
}

/// `x` without its last axis where `more` turns out to be `when`; `x` itself if that axis is known
/// to have another length than 1.
#[track_caller]
fn without_last_axis_where<T: Element>(x: Tensor<T>, more: &Tensor<i32>, when: i32) -> Tensor<T> {
    let shape = x.shape();
    if let Some(dims) = shape.dims()
        && dims
            .last()
            .is_none_or(|last| last.is_some_and(|length| length != 1))
    {
        return x;
    }
    let graph = x.graph().clone();
    graph.op_scope("SqueezeLast", |scope| {
        scope.tensor(SqueezeLast { when }, &[x.any(), more.any()])
    })
}

/// Input 0 without its last axis where input 1, a scalar, is `when`; else input 0. TensorFlow has a
/// `cond` here.
#[derive(Debug)]
struct SqueezeLast {
    when: i32,
}

impl SqueezeLast {
    fn squeeze() -> SqueezeOp {
        SqueezeOp {
            squeeze_dims: vec![-1],
        }
    }
}

impl Op for SqueezeLast {
    fn op_type(&self) -> &'static str {
        "SqueezeLast"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        match cx.scalar(1) {
            None => Ok(vec![TensorInfo::new(cx.dtype(0), Shape::unknown())]),
            Some(more) if more == i64::from(self.when) => Self::squeeze().infer(cx),
            Some(_) => Ok(vec![TensorInfo::new(cx.dtype(0), cx.shape(0))]),
        }
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        if cx.inputs.scalar::<i32>(1)? == self.when {
            return Self::squeeze().compute(cx);
        }
        cx.outputs.forward(0, cx.inputs.value(0).clone());
        Ok(())
    }

    fn gradient(&self, cx: &mut GradientContext<'_>) -> Result<()> {
        Self::squeeze().gradient(cx)
    }

    fn fusion(self: Arc<Self>, _: &InferContext<'_>) -> Fusion {
        Fusion::View { of: 0 }
    }
}
