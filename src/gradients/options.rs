//! The options of [`gradients_with`](super::gradients_with).

use crate::graph::{AnyTensor, OptionalTensor};

/// The options of [`gradients_with`](crate::gradients_with).
#[derive(Clone, Debug, Default)]
pub struct Gradients {
    pub(super) grad_ys: Vec<Option<AnyTensor>>,
    pub(super) stop_gradients: Vec<AnyTensor>,
    pub(super) unconnected_zero: bool,
    pub(super) gated: bool,
}

impl Gradients {
    /// Gradients of the sum of all elements of the `ys`, through everything.
    pub fn new() -> Self {
        Gradients::default()
    }

    /// Weights the elements of the `ys`: one tensor for each of them, of its shape, or `None` for ones.
    pub fn grad_ys(mut self, grad_ys: impl IntoIterator<Item: OptionalTensor>) -> Self {
        let grad_ys = grad_ys.into_iter();
        self.grad_ys = grad_ys.map(|grad_y| grad_y.tensor()).collect();
        self
    }

    /// Takes these tensors as constants.
    pub fn stop_gradients<T: Into<AnyTensor>>(
        mut self,
        tensors: impl IntoIterator<Item = T>,
    ) -> Self {
        self.stop_gradients = tensors.into_iter().map(Into::into).collect();
        self
    }

    /// Gives zeros for an `x` on which no `y` depends.
    #[doc(alias = "UnconnectedGradients")]
    pub fn unconnected_zero(mut self) -> Self {
        self.unconnected_zero = true;
        self
    }

    /// All tensors that the options name.
    pub(super) fn tensors(&self) -> impl Iterator<Item = &AnyTensor> {
        self.grad_ys.iter().flatten().chain(&self.stop_gradients)
    }

    /// Computes all gradients of an op before any of them is used, as TensorFlow's optimizers do (`GATE_OP`).
    pub(crate) fn gated(mut self) -> Self {
        self.gated = true;
        self
    }
}
