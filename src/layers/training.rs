//! [`Training`]: whether a layer works as in training.

use crate::graph::{Graph, IntoTensor, Tensor};
use crate::ops::math::select;
use crate::ops::support::require_scalar;
use crate::types::{Element, Error, Result};
use crate::variables::Variable;

/// Whether a layer works as in training: `true`, `false`, or a scalar tensor that tells when a run
/// is made, such as a placeholder.
///
/// A tensor that is a constant counts as its value, as in TensorFlow.
#[derive(Clone, Debug)]
pub struct Training(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Known(bool),
    Tensor(Tensor<bool>),
}

impl From<bool> for Training {
    fn from(training: bool) -> Self {
        Training(Kind::Known(training))
    }
}

impl From<Tensor<bool>> for Training {
    fn from(training: Tensor<bool>) -> Self {
        Training(Kind::Tensor(training))
    }
}

impl From<&Tensor<bool>> for Training {
    fn from(training: &Tensor<bool>) -> Self {
        Training::from(training.clone())
    }
}

impl From<Variable<bool>> for Training {
    fn from(training: Variable<bool>) -> Self {
        Training::from(training.value())
    }
}

impl From<&Variable<bool>> for Training {
    fn from(training: &Variable<bool>) -> Self {
        Training::from(training.value())
    }
}

impl Default for Training {
    /// Not in training.
    fn default() -> Self {
        Training::from(false)
    }
}

impl Training {
    /// The graph of the tensor, if it is one.
    pub(super) fn graph(&self) -> Option<Graph> {
        match &self.0 {
            Kind::Known(_) => None,
            Kind::Tensor(tensor) => IntoTensor::graph(tensor),
        }
    }

    /// What is known, or a tensor that is a scalar.
    ///
    /// # Errors
    /// `InvalidArgument` if it is known not to be a scalar.
    #[track_caller]
    pub(super) fn mode(&self) -> Result<Mode> {
        let tensor = match &self.0 {
            Kind::Known(training) => return Ok(Mode::Known(*training)),
            Kind::Tensor(tensor) => tensor,
        };
        let info = tensor.info();
        match info.shape.rank() {
            // One that turns out to be something else when it is run fails there.
            None | Some(0) => {}
            Some(_) => {
                let message = format!("training must be true, false or a scalar, not {tensor}");
                return Err(Error::invalid_argument(message));
            }
        }
        let constant = info.constant.as_deref().and_then(bool::unwrap);
        let known = constant.and_then(|value| value.view().first().copied());
        Ok(known.map_or_else(|| Mode::Told(tensor.clone()), Mode::Known))
    }
}

/// What a layer knows while it is made.
#[derive(Clone, Debug)]
pub(super) enum Mode {
    Known(bool),
    Told(Tensor<bool>),
}

impl Mode {
    /// `in_training` in training, and `in_use` otherwise.
    #[track_caller]
    pub(super) fn choose<T: Element>(
        &self,
        in_training: Tensor<T>,
        in_use: Tensor<T>,
    ) -> Tensor<T> {
        match self {
            Mode::Known(true) => in_training,
            Mode::Known(false) => in_use,
            // A vector would pick rows.
            Mode::Told(is_training) => require_scalar("training", is_training, || {
                select(is_training, in_training, in_use)
            }),
        }
    }

    /// Makes with `build` what `choose` takes in training only, or otherwise only, as `training`
    /// says. TensorFlow's `cond` computes just what is taken; here both are computed, and no
    /// gradient flows into the other.
    #[track_caller]
    pub(super) fn branch<R>(&self, training: bool, build: impl FnOnce() -> R) -> R {
        match self {
            Mode::Known(_) => build(),
            Mode::Told(is_training) => is_training.graph().in_branch(is_training, training, build),
        }
    }

    /// Whether a run may be one of training.
    pub(super) fn may_train(&self) -> bool {
        !matches!(self, Mode::Known(false))
    }
}
