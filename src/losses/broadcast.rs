//! Whether weights fit the losses that they weight, node by node as TensorFlow's
//! `weights_broadcast_ops`.

use super::weights::{Kind, Weights};
use crate::graph::{AnyTensor, Graph, Tensor};
use crate::ops::array::{ones_like, rank, shape};
use crate::ops::math::multiply;
use crate::ops::support::named_as;
use crate::types::{Dim, Error, Numeric, Result, Shape};

/// Makes with `build` what multiplies `weights` with `values`; it fails in runs in which they do
/// not fit.
///
/// # Errors
/// `InvalidArgument` if they are known not to fit.
#[track_caller]
pub(super) fn where_broadcastable<T: Numeric, R>(
    graph: &Graph,
    weights: &Weights,
    values: &Tensor<T>,
    build: impl FnOnce() -> R,
) -> Result<R> {
    let (check, given) = graph.op_scope("assert_broadcastable", |_| {
        let weights = graph.op_scope("weights", |scope| match &weights.0 {
            Kind::Number(weight) => measured(&graph.constant(*weight).named(named_as(scope))),
            Kind::Tensor(weights) => measured(weights),
        });
        let values = graph.op_scope("values", |_| measured(values));
        refuse_known(&weights.shape(), &values.shape())?;
        let name = check_name(&weights.shape(), &values.shape());
        let given = [weights, values];
        let check = graph.require_shapes(&given, refuse_at_run, || graph.no_op().named(name));
        Ok::<_, Error>((check, given))
    })?;
    Ok(graph.require_shapes(&given, refuse_at_run, || {
        graph.control_dependencies([&check], build)
    }))
}

/// `x`, with nodes that hold its shape and its rank.
#[track_caller]
fn measured<T: Numeric>(x: &Tensor<T>) -> AnyTensor {
    shape(x).named("shape");
    rank(x).named("rank");
    x.any()
}

/// The name of the node that all waits for. TensorFlow makes more nodes before it where a run has
/// to decide.
fn check_name(weights: &Shape, values: &Shape) -> &'static str {
    match (weights.rank(), values.rank()) {
        (Some(0), Some(_)) => "static_scalar_check_success",
        _ if weights.is_known() && values.is_known() => "static_dims_check_success",
        _ => "AssertGuard/Assert",
    }
}

/// How weights of this shape do not fit values of that one, or `None` if they may fit.
fn misfit(weights: &Shape, values: &Shape) -> Option<String> {
    let (weights, values) = weights.dims().zip(values.dims())?;
    if weights.is_empty() {
        return None;
    }
    if weights.len() != values.len() {
        let (weights, values) = (weights.len(), values.len());
        return Some(format!("values.rank={values}. weights.rank={weights}."));
    }
    let misfits = |(weight, value): (&Dim, &Dim)| {
        weight
            .zip(*value)
            .is_some_and(|(weight, value)| weight != 1 && weight != value)
    };
    let axis = weights.iter().zip(values).position(misfits)?;
    Some(format!("Mismatch at dim {axis}."))
}

/// TensorFlow's error while a graph is built.
fn refuse_known(weights: &Shape, values: &Shape) -> Result<()> {
    let Some(what) = misfit(weights, values) else {
        return Ok(());
    };
    let message = format!("{RULE} {what} values.shape={values}. weights.shape={weights}.");
    Err(Error::invalid_argument(message).with_help(HELP))
}

/// TensorFlow's error in a run, of weights and values of these shapes.
fn refuse_at_run(shapes: &[&Shape]) -> Result<()> {
    let [weights, values] = shapes else {
        return Ok(());
    };
    if misfit(weights, values).is_none() {
        return Ok(());
    }
    let text = |shape: &Shape| shape.bracketed().replace(',', " ");
    let (weights, values) = (text(weights), text(values));
    let message = format!("assertion failed: {RULE} weights.shape={weights} values.shape={values}");
    Err(Error::invalid_argument(message).with_help(HELP))
}

const RULE: &str = "weights can not be broadcast to values.";
const HELP: &str = "weights are a scalar, or have as many axes as what they weight, each as long as there or of length 1";

/// `weights` stretched to the shape of `values`.
#[track_caller]
pub(super) fn broadcast_weights(
    graph: &Graph,
    weights: Tensor<f32>,
    values: &Tensor<f32>,
) -> Tensor<f32> {
    graph.op_scope("broadcast_weights", |scope| {
        if weights.shape().is_known() && weights.shape() == values.shape() {
            return weights;
        }
        let product = || multiply(&weights, ones_like(values)).named(named_as(scope));
        match where_broadcastable(graph, &Weights::from(&weights), values, product) {
            Ok(product) => product,
            Err(error) => scope.failed("broadcast_weights", error),
        }
    })
}
