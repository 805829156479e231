//! One gradient from the several that arrive where a tensor is used more than once.

use super::AggregationMethod;
use crate::graph::{AnyTensor, Gradient, Graph, IndexedSlices, NodeId, Tensor};
use crate::ops::array::{concat_any, densify_named};
use crate::ops::math::{add_n, cast_to};
use crate::ops::reduce::accumulate_n;
use crate::types::{DType, Error, Number, Result, Shape, with_class};

/// One gradient from several with respect to an output of `node`: rows joined if all are rows, else
/// a dense sum.
#[track_caller]
pub(super) fn add_gradients(
    graph: &Graph,
    node: NodeId,
    gradients: &[Gradient],
    method: AggregationMethod,
) -> Result<Gradient> {
    let slices = gradients.iter().map(|gradient| match gradient {
        Gradient::Sparse(slices) => Some(slices.clone()),
        Gradient::Dense(_) => None,
    });
    match slices.collect::<Option<Vec<IndexedSlices>>>() {
        Some(slices) => Ok(Gradient::Sparse(join(slices))),
        None => {
            with_class!(number, dtype_of(&gradients[0]), T => Ok(Gradient::Dense(add_dense::<T>(graph, node, gradients, method))),
            Err(Error::of_op("gradients that are not numbers cannot be added")))
        }
    }
}

fn dtype_of(gradient: &Gradient) -> DType {
    match gradient {
        Gradient::Dense(tensor) => tensor.dtype(),
        Gradient::Sparse(slices) => slices.values.dtype(),
    }
}

/// All the rows; their places as `i64` if they are of different types.
#[track_caller]
fn join(mut slices: Vec<IndexedSlices>) -> IndexedSlices {
    if slices
        .iter()
        .any(|slice| slice.indices.dtype() != slices[0].indices.dtype())
    {
        for slice in slices
            .iter_mut()
            .filter(|slice| slice.indices.dtype() == DType::Int32)
        {
            slice.indices = cast_to::<i32, i64>(slice.indices.assume()).any();
        }
    }
    let parts = |part: fn(&IndexedSlices) -> &AnyTensor| {
        slices.iter().map(part).cloned().collect::<Vec<_>>()
    };
    let values = concat_any(&parts(|slices| &slices.values), 0);
    let indices = concat_any(&parts(|slices| &slices.indices), 0);
    IndexedSlices {
        values,
        indices,
        dense_shape: slices[0].dense_shape.clone(),
    }
}

/// The sum as a whole tensor; rows are made whole tensors below the name of the sum.
#[track_caller]
fn add_dense<T: Number>(
    graph: &Graph,
    node: NodeId,
    gradients: &[Gradient],
    method: AggregationMethod,
) -> AnyTensor {
    let dense: Option<Vec<Tensor<T>>> = gradients
        .iter()
        .map(|gradient| match gradient {
            Gradient::Dense(tensor) => Some(tensor.assume()),
            Gradient::Sparse(_) => None,
        })
        .collect();
    if let Some(dense) = dense {
        return match method {
            AggregationMethod::AddN => add_n(&dense).any(),
            AggregationMethod::ExperimentalAccumulateN
                if dense.len() > 2 && shape_of_all(&dense).is_known() =>
            {
                accumulate_n(&dense).any()
            }
            _ => one_by_one(graph, node, dense).any(),
        };
    }
    graph.name_scope_as("AddN", |scope| {
        let whole = |(i, gradient): (usize, &Gradient)| match gradient {
            Gradient::Dense(tensor) => tensor.assume::<T>(),
            Gradient::Sparse(slices) => {
                densify_named(graph, &format!("inputs_{i}"), slices).assume()
            }
        };
        let dense: Vec<Tensor<T>> = gradients.iter().enumerate().map(whole).collect();
        add_n(&dense).named(scope).any()
    })
}

/// What is known of the shape of tensors that have the same.
fn shape_of_all<T: Number>(tensors: &[Tensor<T>]) -> Shape {
    let shapes = tensors.iter().map(Tensor::shape);
    shapes.fold(Shape::unknown(), |known, shape| {
        known.merge(&shape).unwrap_or(known)
    })
}

/// The sum of gradients with respect to an output of `node`, of which one after the other is added.
#[track_caller]
fn one_by_one<T: Number>(graph: &Graph, node: NodeId, gradients: Vec<Tensor<T>>) -> Tensor<T> {
    let scope = format!("{}_gradient_sum", graph.node_ref(node).name);
    graph.name_scope(&scope, || {
        let sums = gradients.into_iter();
        let sum = sums.reduce(|sum, gradient| add_n(&[sum, gradient]));
        sum.expect("there are several gradients")
    })
}
