//! Whether weights fit the losses that they weight, node by node as TensorFlow's `weights_broadcast_ops`.

use super::weighted::{Kind, Weights};
use crate::graph::{Graph, Operation, Tensor};
use crate::ops::array::{ones_like, rank, shape};
use crate::ops::math::multiply;
use crate::ops::support::named_as;
use crate::types::{Error, Numeric, Result, Shape};

/// An operation to wait for before `weights` are multiplied with `values`.
///
/// Where the shapes are not known well enough while the graph is built, TensorFlow compares them when run; here the
/// multiplication will.
///
/// # Errors
/// `InvalidArgument` if they do not fit.
#[track_caller]
pub(super) fn assert_broadcastable<T: Numeric>(
    graph: &Graph,
    weights: &Weights,
    values: &Tensor<T>,
) -> Result<Operation> {
    graph.op_scope("assert_broadcastable", |_| {
        let weights_shape = graph.op_scope("weights", |scope| match &weights.0 {
            Kind::Number(weight) => measured(&graph.constant(*weight).named(&named_as(scope))),
            Kind::Tensor(weights) => measured(weights),
        });
        let values_shape = graph.op_scope("values", |_| measured(values));
        let name = match weights_shape.rank() {
            Some(0) => "static_scalar_check_success",
            _ => "static_dims_check_success",
        };
        check(&weights_shape, &values_shape)?;
        Ok(graph.no_op().named(name))
    })
}

/// The shape of `x`, with the nodes that hold it and the rank.
#[track_caller]
fn measured<T: Numeric>(x: &Tensor<T>) -> Shape {
    shape(x).named("shape");
    rank(x).named("rank");
    x.shape()
}

fn check(weights: &Shape, values: &Shape) -> Result<()> {
    let (Some(weight_dims), Some(value_dims)) = (weights.dims(), values.dims()) else {
        return Ok(());
    };
    let refused = |what: String| {
        let rule = "weights can not be broadcast to values.";
        Err(Error::invalid_argument(format!(
            "{rule} {what} values.shape={values}. weights.shape={weights}."
        )))
    };
    if weight_dims.is_empty() {
        return Ok(());
    }
    if weight_dims.len() != value_dims.len() {
        return refused(format!(
            "values.rank={}. weights.rank={}.",
            value_dims.len(),
            weight_dims.len()
        ));
    }
    let misfits = |(weight, value): (&Option<usize>, &Option<usize>)| {
        weight
            .zip(*value)
            .is_some_and(|(weight, value)| weight != 1 && weight != value)
    };
    match weight_dims.iter().zip(value_dims).position(misfits) {
        Some(axis) => refused(format!("Mismatch at dim {axis}.")),
        None => Ok(()),
    }
}

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
        match assert_broadcastable(graph, &Weights::from(&weights), values) {
            Err(error) => scope.failed("broadcast_weights", error),
            Ok(check) => graph.control_dependencies([&check], || {
                multiply(&weights, ones_like(values)).named(&named_as(scope))
            }),
        }
    })
}
