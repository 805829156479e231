//! Gradients that wait for each other.

use crate::graph::{Gradient, Graph, IndexedSlices};
use crate::ops::control::tuple_in;

/// Passes gradients on once all of them are computed.
#[track_caller]
pub(crate) fn tuple_of(graph: &Graph, gradients: Vec<Option<Gradient>>) -> Vec<Option<Gradient>> {
    let tensors = gradients.iter().map(|gradient| match gradient {
        Some(Gradient::Dense(tensor)) => Some(tensor.clone()),
        Some(Gradient::Sparse(slices)) => Some(slices.values.clone()),
        None => None,
    });
    let gated = tuple_in(graph, &tensors.collect::<Vec<_>>(), ());
    gradients
        .into_iter()
        .zip(gated)
        .map(|(gradient, tensor)| match (gradient, tensor) {
            (Some(Gradient::Dense(_)), Some(tensor)) => Some(Gradient::Dense(tensor)),
            (Some(Gradient::Sparse(slices)), Some(values)) => {
                Some(Gradient::Sparse(IndexedSlices { values, ..slices }))
            }
            _ => None,
        })
        .collect()
}
