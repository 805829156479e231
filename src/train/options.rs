//! The optional arguments of an optimizer's methods.

use crate::gradients::AggregationMethod;
use crate::graph::{AnyTensor, ControlInputs, Operation, TensorHandle};
use crate::types::{Error, Result};
use crate::variables::AnyVariable;

/// What has to be computed before a gradient is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GateGradients {
    /// That gradient (`GATE_NONE`).
    None,
    /// All gradients of the op that it came from (`GATE_OP`).
    #[default]
    Op,
    /// All gradients (`GATE_GRAPH`).
    Graph,
}

/// The options of [`Optimizer::compute_gradients_with`](super::Optimizer::compute_gradients_with).
#[derive(Clone, Debug, Default)]
pub struct ComputeGradients {
    pub(super) var_list: Option<Vec<AnyVariable>>,
    pub(super) gate_gradients: GateGradients,
    pub(super) grad_loss: Option<AnyTensor>,
    pub(super) aggregation_method: AggregationMethod,
}

impl ComputeGradients {
    /// Gradients with respect to all [trainable variables](crate::Graph::trainable_variables).
    pub fn new() -> Self {
        ComputeGradients::default()
    }

    /// Gradients with respect to these variables.
    pub fn var_list<V: Into<AnyVariable>>(
        mut self,
        variables: impl IntoIterator<Item = V>,
    ) -> Self {
        self.var_list = Some(variables.into_iter().map(Into::into).collect());
        self
    }

    /// What has to be computed before a gradient is used.
    pub fn gate_gradients(mut self, gate: GateGradients) -> Self {
        self.gate_gradients = gate;
        self
    }

    /// How gradients are summed.
    pub fn aggregation_method(mut self, method: AggregationMethod) -> Self {
        self.aggregation_method = method;
        self
    }

    /// Weights the elements of the loss: a tensor of its shape.
    pub fn grad_loss(mut self, grad_loss: impl TensorHandle) -> Self {
        self.grad_loss = Some(grad_loss.any_tensor());
        self
    }
}

/// With respect to this variable only, as [`ComputeGradients::var_list`].
impl<V: Into<AnyVariable>> From<V> for ComputeGradients {
    fn from(variable: V) -> Self {
        ComputeGradients::new().var_list([variable])
    }
}

/// Makes the options of a list of variables, which a method has as the argument `var_list=`.
macro_rules! from_lists {
    ($options:ident, $doc:literal) => {
        #[doc = $doc]
        impl<V: Into<AnyVariable>, const N: usize> From<[V; N]> for $options {
            fn from(variables: [V; N]) -> Self {
                $options::new().var_list(variables)
            }
        }

        #[doc = $doc]
        impl<V: Into<AnyVariable> + Clone, const N: usize> From<&[V; N]> for $options {
            fn from(variables: &[V; N]) -> Self {
                $options::new().var_list(variables.iter().cloned())
            }
        }

        #[doc = $doc]
        impl<V: Into<AnyVariable> + Clone> From<&[V]> for $options {
            fn from(variables: &[V]) -> Self {
                $options::new().var_list(variables.iter().cloned())
            }
        }

        #[doc = $doc]
        impl<V: Into<AnyVariable>> From<Vec<V>> for $options {
            fn from(variables: Vec<V>) -> Self {
                $options::new().var_list(variables)
            }
        }

        #[doc = $doc]
        impl<V: Into<AnyVariable> + Clone> From<&Vec<V>> for $options {
            fn from(variables: &Vec<V>) -> Self {
                variables.as_slice().into()
            }
        }
    };
}

from_lists!(
    ComputeGradients,
    "With respect to these variables, as [`ComputeGradients::var_list`]."
);
from_lists!(
    Minimize,
    "Changes only these variables, as [`Minimize::var_list`]."
);

/// Which ops run before the variables are changed.
#[derive(Clone, Debug, Default)]
pub(super) enum UpdateOps {
    /// Those in the graph's collection that need no feed beyond those of the gradients.
    #[default]
    Collected,
    Given(Vec<Operation>),
}

/// The options of [`Optimizer::apply_gradients_with`](super::Optimizer::apply_gradients_with).
#[derive(Clone, Debug, Default)]
pub struct ApplyGradients {
    pub(super) global_step: Option<AnyVariable>,
    pub(super) name: Option<String>,
    pub(super) update_ops: UpdateOps,
}

/// Counts steps in this variable, as [`ApplyGradients::global_step`].
impl<V: Into<AnyVariable>> From<V> for ApplyGradients {
    fn from(global_step: V) -> Self {
        ApplyGradients::new().global_step(global_step)
    }
}

impl ApplyGradients {
    /// Counts no steps, and names the operation after the optimizer.
    pub fn new() -> Self {
        ApplyGradients::default()
    }

    /// Adds 1 to this variable once all others are updated.
    pub fn global_step(mut self, step: impl Into<AnyVariable>) -> Self {
        self.global_step = Some(step.into());
        self
    }

    /// Runs these operations before the variables are changed, instead of those that the graph
    /// [keeps for that](super::Optimizer#update-ops).
    pub fn update_ops(mut self, operations: impl ControlInputs) -> Self {
        self.update_ops = UpdateOps::Given(operations.operations());
        self
    }

    /// Runs no other operations before the variables are changed.
    pub fn without_update_ops(self) -> Self {
        self.update_ops(Vec::<Operation>::new())
    }

    /// The name of the operation.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.name = Some(name.as_ref().to_string());
        self
    }
}

/// The options of [`Optimizer::minimize_with`](super::Optimizer::minimize_with).
///
/// ```
/// use tf1::train::{GradientDescentOptimizer, Minimize, Optimizer};
///
/// let graph = tf1::Graph::new();
/// let (v, w) = (graph.variable(3.0f32), graph.variable(5.0f32));
/// let step = tf1::train::create_global_step(&graph);
/// let options = Minimize::new().var_list([&v]).global_step(&step).name("descend");
/// let train = GradientDescentOptimizer::new(0.5).minimize_with(&v * &w, options);
/// assert_eq!(train.to_string(), "<tf.Operation 'descend' type=AssignAdd>");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Minimize {
    pub(super) compute: ComputeGradients,
    pub(super) apply: ApplyGradients,
    /// Whether the variable that counts steps was passed without its name, as one to train may be
    /// by mistake.
    is_bare: bool,
}

/// Counts steps in this variable, as [`Minimize::global_step`], but only if it holds integers:
/// variables to be trained are passed as a list.
impl<V: Into<AnyVariable>> From<V> for Minimize {
    fn from(global_step: V) -> Self {
        let mut options = Minimize::new().global_step(global_step);
        options.is_bare = true;
        options
    }
}

impl Minimize {
    /// Changes all [trainable variables](crate::Graph::trainable_variables) and counts no steps.
    pub fn new() -> Self {
        Minimize::default()
    }

    /// Changes only these variables.
    pub fn var_list<V: Into<AnyVariable>>(
        mut self,
        variables: impl IntoIterator<Item = V>,
    ) -> Self {
        self.compute = self.compute.var_list(variables);
        self
    }

    /// What has to be computed before a gradient is used.
    pub fn gate_gradients(mut self, gate: GateGradients) -> Self {
        self.compute = self.compute.gate_gradients(gate);
        self
    }

    /// How gradients are summed.
    pub fn aggregation_method(mut self, method: AggregationMethod) -> Self {
        self.compute = self.compute.aggregation_method(method);
        self
    }

    /// Weights the elements of the loss: a tensor of its shape.
    pub fn grad_loss(mut self, grad_loss: impl TensorHandle) -> Self {
        self.compute = self.compute.grad_loss(grad_loss);
        self
    }

    /// Adds 1 to this variable once all others are updated.
    pub fn global_step(mut self, step: impl Into<AnyVariable>) -> Self {
        self.apply = self.apply.global_step(step);
        self.is_bare = false;
        self
    }

    /// Fails if a variable that looks like one to train would count steps.
    ///
    /// # Errors
    /// `InvalidArgument`.
    pub(super) fn expect_counter(&self) -> Result<()> {
        match &self.apply.global_step {
            Some(step) if self.is_bare && !step.dtype().is_integer() => {
                let message = format!("global_step must be an integer variable, not {step}");
                let help = "write `[&w]` for `var_list`, the variables to change; \
                    Minimize::new().global_step(&w) counts steps in a variable of any type";
                Err(Error::invalid_argument(message).with_help(help))
            }
            _ => Ok(()),
        }
    }

    /// Runs these operations before the variables are changed, instead of those that the graph
    /// [keeps for that](super::Optimizer#update-ops).
    pub fn update_ops(mut self, operations: impl ControlInputs) -> Self {
        self.apply = self.apply.update_ops(operations);
        self
    }

    /// Runs no other operations before the variables are changed.
    pub fn without_update_ops(self) -> Self {
        self.update_ops(Vec::<Operation>::new())
    }

    /// The name of the operation.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.apply = self.apply.name(name);
        self
    }
}
