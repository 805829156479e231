//! [`CheckpointStep`]: the number of a training step, for the name of a checkpoint.

use crate::graph::{AnyTensor, Tensor, TensorHandle};
use crate::session::Session;
use crate::types::{Element, Error, Integer, Result, WholeNumber};
use crate::variables::{AnyVariable, Variable};

/// What [`Saver::save`](super::Saver::save) can take as the step: an integer of any type, `None`
/// for no step, or a tensor or variable that counts steps, whose value the session is asked for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell a step of training",
    label = "neither an integer nor a variable that counts",
    note = "write `7`, `step`, `&global_step`, or `None` for a checkpoint without a number"
)]
pub trait CheckpointStep {
    /// The number, if there is one.
    ///
    /// # Errors
    /// What a run of the tensor says; `InvalidArgument` if it is not one integer, or one that an
    /// `i64` does not hold.
    fn step(self, session: &Session) -> Result<Option<i64>>;
}

impl<N: WholeNumber> CheckpointStep for N {
    fn step(self, _: &Session) -> Result<Option<i64>> {
        self.exact_i64().map(Some).ok_or_else(|| {
            let most = i64::MAX;
            let message = format!("global_step must be at most {most}, but is {self}");
            Error::invalid_argument(message).with_help("count the steps in an i64")
        })
    }
}

impl CheckpointStep for Option<i64> {
    fn step(self, _: &Session) -> Result<Option<i64>> {
        Ok(self)
    }
}

impl<T: Element + Integer> CheckpointStep for &Tensor<T> {
    fn step(self, session: &Session) -> Result<Option<i64>> {
        value(session, &self.any()).map(Some)
    }
}

impl CheckpointStep for &AnyTensor {
    fn step(self, session: &Session) -> Result<Option<i64>> {
        value(session, self).map(Some)
    }
}

impl<T: Element + Integer> CheckpointStep for &Variable<T> {
    fn step(self, session: &Session) -> Result<Option<i64>> {
        value(session, &self.any_tensor()).map(Some)
    }
}

impl CheckpointStep for &AnyVariable {
    fn step(self, session: &Session) -> Result<Option<i64>> {
        value(session, &self.any_tensor()).map(Some)
    }
}

/// The tensor's value, which must be one integer.
fn value(session: &Session, tensor: &AnyTensor) -> Result<i64> {
    let numbers = session.run(tensor, [])?.value().to_i64_vec()?;
    match numbers.as_deref() {
        Some([step]) => Ok(*step),
        _ => Err(Error::invalid_argument(format!(
            "{tensor} is not one integer that could be the step of a checkpoint"
        ))
        .with_help("give the variable that counts the steps, such as get_or_create_global_step's")),
    }
}
