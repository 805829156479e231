//! Gradients that are fetched, whole or as rows.

use super::{Fetch, Places, Request, Results};
use crate::graph::{AnyTensor, Gradient, IndexedSlices};
use crate::types::{AnyArray, Result};

/// The values of [`IndexedSlices`], as TensorFlow's `IndexedSlicesValue`.
#[derive(Clone, Debug)]
pub struct IndexedSlicesValue {
    /// The rows.
    pub values: AnyArray,
    /// The place of each.
    pub indices: AnyArray,
    /// The shape of the whole tensor.
    pub dense_shape: AnyArray,
}

/// The value of a [`Gradient`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "a run gives few of them")]
pub enum GradientValue {
    /// An array of the whole shape.
    Dense(AnyArray),
    /// Some rows; all others are zero.
    Sparse(IndexedSlicesValue),
}

/// The tensors that the rows consist of.
fn parts(slices: &IndexedSlices) -> [&AnyTensor; 3] {
    [&slices.values, &slices.indices, &slices.dense_shape]
}

impl Fetch for IndexedSlices {
    type Output = IndexedSlicesValue;

    fn request(&self, request: &mut Request) {
        parts(self).request(request);
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        let [values, indices, dense_shape] = parts(self).collect(results)?;
        Ok(IndexedSlicesValue {
            values,
            indices,
            dense_shape,
        })
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        places.any(&mut into.values);
        places.any(&mut into.indices);
        places.any(&mut into.dense_shape);
    }
}

impl Fetch for Gradient {
    type Output = GradientValue;

    fn request(&self, request: &mut Request) {
        match self {
            Gradient::Dense(tensor) => tensor.request(request),
            Gradient::Sparse(slices) => slices.request(request),
        }
    }

    fn collect(&self, results: &mut Results<'_>) -> Result<Self::Output> {
        Ok(match self {
            Gradient::Dense(tensor) => GradientValue::Dense(tensor.collect(results)?),
            Gradient::Sparse(slices) => GradientValue::Sparse(slices.collect(results)?),
        })
    }

    fn offer<'o>(&self, into: &'o mut Self::Output, places: &mut Places<'o>) {
        match (self, into) {
            (Gradient::Dense(tensor), GradientValue::Dense(into)) => tensor.offer(into, places),
            (Gradient::Sparse(slices), GradientValue::Sparse(into)) => slices.offer(into, places),
            _ => places.refuse("a gradient of another kind was given".to_string()),
        }
    }
}
