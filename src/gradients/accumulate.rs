//! One gradient from the several that arrive where a tensor is used more than once.

use crate::graph::{AnyTensor, Gradient, Graph, IndexedSlices, Tensor};
use crate::ops::array::{concat_any, densify_named};
use crate::ops::math::{add_n, cast_to};
use crate::types::{DType, Error, Numeric, Result, with_numeric};

/// One gradient from several: rows joined if all are rows, else a dense sum.
#[track_caller]
pub(super) fn add_gradients(graph: &Graph, gradients: &[Gradient]) -> Result<Gradient> {
    let slices = gradients.iter().map(|gradient| match gradient {
        Gradient::Sparse(slices) => Some(slices.clone()),
        Gradient::Dense(_) => None,
    });
    match slices.collect::<Option<Vec<IndexedSlices>>>() {
        Some(slices) => Ok(Gradient::Sparse(join(slices))),
        None => {
            with_numeric!(dtype_of(&gradients[0]), T => Ok(Gradient::Dense(add_dense::<T>(graph, gradients))),
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
fn add_dense<T: Numeric>(graph: &Graph, gradients: &[Gradient]) -> AnyTensor {
    let dense: Option<Vec<Tensor<T>>> = gradients
        .iter()
        .map(|gradient| match gradient {
            Gradient::Dense(tensor) => Some(tensor.assume()),
            Gradient::Sparse(_) => None,
        })
        .collect();
    if let Some(dense) = dense {
        return add_n(&dense).any();
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
