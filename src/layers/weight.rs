//! [`Weight`]: how a layer makes one of its variables.

use std::fmt;
use std::sync::Arc;

use crate::graph::{Graph, Tensor};
use crate::types::Element;
use crate::variables::{Constraint, Initializer, Regularizer, Variable, VariableOptions};

/// The initial value of a layer's variable, the penalty on its values, and what they must be.
pub(super) struct Weight<T> {
    pub(super) initializer: Arc<dyn Initializer<T>>,
    pub(super) regularizer: Option<Arc<dyn Regularizer>>,
    pub(super) constraint: Option<Constraint>,
}

impl<T: Element> Weight<T> {
    pub(super) fn new(initializer: impl Initializer<T> + 'static) -> Self {
        Weight {
            initializer: Arc::new(initializer),
            regularizer: None,
            constraint: None,
        }
    }

    /// The variable `name` of the layer whose scope is open.
    #[track_caller]
    pub(super) fn variable(
        &self,
        graph: &Graph,
        name: &str,
        shape: &[usize],
        trainable: bool,
    ) -> Variable<T> {
        let options = VariableOptions::new()
            .trainable(trainable)
            .constrained(self.constraint.clone());
        let (variable, is_new) = graph.get_or_make_variable(name, shape.into(), self, options);
        // As in TensorFlow, the layer that makes a variable pays for it, and those that share it do
        // not.
        if is_new {
            let below = format!("{name}/Regularizer");
            graph.regularize(&below, variable.any().value(), self.regularizer.as_deref());
        }
        variable
    }
}

impl<T: Element> Initializer<T> for &Weight<T> {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        self.initializer.build(graph, shape)
    }
}

impl<T> Clone for Weight<T> {
    fn clone(&self) -> Self {
        Weight {
            initializer: Arc::clone(&self.initializer),
            regularizer: self.regularizer.clone(),
            constraint: self.constraint.clone(),
        }
    }
}

impl<T> fmt::Debug for Weight<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Weight")
            .field("regularizer", &self.regularizer)
            .field("constraint", &self.constraint)
            .finish_non_exhaustive()
    }
}
