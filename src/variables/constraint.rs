//! [`Constraint`]: what a variable's values must be.

use std::fmt;
use std::sync::Arc;

use crate::graph::{AnyTensor, Tensor};
use crate::types::Element;

/// Makes values that a variable may have of those that an optimizer gave it.
#[derive(Clone)]
pub(crate) struct Constraint(Arc<dyn Fn(&AnyTensor) -> AnyTensor + Send + Sync>);

impl Constraint {
    pub(super) fn new<T: Element>(
        constrain: impl Fn(Tensor<T>) -> Tensor<T> + Send + Sync + 'static,
    ) -> Constraint {
        Constraint(Arc::new(move |value| constrain(value.assume()).any()))
    }

    /// Adds the nodes that make of `value` what the variable may have.
    pub(crate) fn of(&self, value: &AnyTensor) -> AnyTensor {
        (self.0)(value)
    }
}

impl fmt::Debug for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Constraint").finish_non_exhaustive()
    }
}
