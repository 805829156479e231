//! [`Constraint`]: what a variable's values must be.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::AnyVariable;
use crate::graph::{AnyTensor, Tensor};
use crate::types::{DType, Element, Error, Result, with_any_dtype};

/// Makes values that a variable may have of those that an optimizer gave it.
#[derive(Clone)]
pub(crate) struct Constraint {
    constrain: Arc<dyn Fn(&AnyTensor) -> AnyTensor + Send + Sync>,
    /// Of the values.
    dtype: DType,
    /// Where it was given.
    location: &'static Location<'static>,
}

impl Constraint {
    #[track_caller]
    pub(crate) fn new<T: Element>(
        constrain: impl Fn(Tensor<T>) -> Tensor<T> + Send + Sync + 'static,
    ) -> Constraint {
        Constraint {
            constrain: Arc::new(move |value| constrain(value.assume()).any()),
            dtype: T::DTYPE,
            location: Location::caller(),
        }
    }

    /// Adds the nodes that make of the value of `variable` what it may have.
    ///
    /// # Errors
    /// `InvalidArgument` if the variable has another type than the constraint is for, with the line
    /// that gave the constraint.
    pub(crate) fn of(&self, variable: &AnyVariable) -> Result<AnyTensor> {
        let (wanted, found) = (self.dtype, variable.dtype());
        if wanted == found {
            return Ok((self.constrain)(variable.memory()));
        }
        let message =
            format!("the constraint is for values of {wanted}, but the variable is {variable}");
        let help = format!(
            "write `.constraint(|value: Tensor<{0}>| ..)`, with a result of {0} too",
            with_any_dtype!(found, T => std::any::type_name::<T>())
        );
        Err(Error::invalid_argument(message)
            .at_location(self.location)
            .with_related(variable.node_ref())
            .with_help(help))
    }
}

impl fmt::Debug for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Constraint").finish_non_exhaustive()
    }
}
