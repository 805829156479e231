//! The options of [`gradients_with`](super::gradients_with).

use super::GradientTargets;
use crate::graph::{AnyTensor, OptionalTensors};

/// How gradients are summed where a tensor is used more than once, as `tf.AggregationMethod` says.
///
/// The sum is the same. The last two are experiments of TensorFlow's to use less memory; they make
/// other nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AggregationMethod {
    /// All of them by one op (`ADD_N`, also called `DEFAULT`).
    #[default]
    AddN,
    /// One after the other is added (`EXPERIMENTAL_TREE`).
    ExperimentalTree,
    /// By `AccumulateNV2` if there are more than two, of known shape; else one after the other
    /// (`EXPERIMENTAL_ACCUMULATE_N`).
    ExperimentalAccumulateN,
}

/// The options of [`gradients_with`](crate::gradients_with).
#[derive(Clone, Debug, Default)]
pub struct Gradients {
    pub(super) grad_ys: Vec<Option<AnyTensor>>,
    pub(super) stop_gradients: Vec<AnyTensor>,
    pub(super) unconnected_zero: bool,
    pub(super) gated: bool,
    pub(super) name: Option<String>,
    pub(super) aggregation_method: AggregationMethod,
}

/// With these weights of the `ys`, as [`Gradients::grad_ys`].
impl<D: OptionalTensors> From<D> for Gradients {
    fn from(grad_ys: D) -> Self {
        Gradients::new().grad_ys(grad_ys)
    }
}

impl Gradients {
    /// Gradients of the sum of all elements of the `ys`, through everything.
    pub fn new() -> Self {
        Gradients::default()
    }

    /// Weights the elements of the `ys`: one tensor or variable for each of them, of its shape, or
    /// `None` for ones; a tensor alone, or an array, slice, vector or tuple of them.
    pub fn grad_ys(mut self, grad_ys: impl OptionalTensors) -> Self {
        self.grad_ys = grad_ys.optional_tensors();
        self
    }

    /// Takes these as constants: a tensor or variable, or an array, slice, vector or tuple of them.
    /// Of a variable it is the variable itself, as in TensorFlow, so that gradients with respect to
    /// it are not stopped.
    pub fn stop_gradients(mut self, tensors: impl GradientTargets) -> Self {
        self.stop_gradients = tensors.targets();
        self
    }

    /// How gradients are summed.
    pub fn aggregation_method(mut self, method: AggregationMethod) -> Self {
        self.aggregation_method = method;
        self
    }

    /// Gives zeros for an `x` on which no `y` depends.
    #[doc(alias = "UnconnectedGradients")]
    pub fn unconnected_zero(mut self) -> Self {
        self.unconnected_zero = true;
        self
    }

    /// The name of the scope that the gradients' nodes stand in, in place of `gradients`.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// All tensors that the options name.
    pub(super) fn tensors(&self) -> impl Iterator<Item = &AnyTensor> {
        self.grad_ys.iter().flatten().chain(&self.stop_gradients)
    }

    /// Computes all gradients of an op before any of them is used, as TensorFlow's optimizers do
    /// (`GATE_OP`).
    pub fn gate_gradients(mut self) -> Self {
        self.gated = true;
        self
    }
}
