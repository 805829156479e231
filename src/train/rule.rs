//! [`UpdateRule`]: how an optimizer changes a variable.

use std::fmt::Debug;

use super::slots::Slots;
use crate::graph::{Graph, IndexedSlices, Operation, Tensor};
use crate::ops::array::{densify, shape, unique, unsorted_segment_sum};
use crate::types::{Element, Float, Integer, Result};
use crate::variables::Variable;

/// How an optimizer changes a variable, given the gradient: what makes one
/// [`RuleOptimizer`](super::RuleOptimizer) differ from another.
///
/// The rule is written with ops of the graph, once for all types of variables:
///
/// ```
/// use tf1 as tf;
/// use tf1::train::{HyperParameter, Optimizer, RuleOptimizer, Step, UpdateRule};
///
/// /// variable -= learning_rate · sign(gradient)
/// #[derive(Debug)]
/// struct SignDescent {
///     learning_rate: HyperParameter,
/// }
///
/// impl UpdateRule for SignDescent {
///     type Terms = tf::Tensor<f32>;
///
///     fn terms(&self, graph: &tf::Graph) -> tf::Tensor<f32> {
///         self.learning_rate.tensor(graph, "learning_rate")
///     }
///
///     fn apply_dense<T: tf::Float>(
///         &self,
///         step: &Step<'_, tf::Tensor<f32>>,
///         variable: &tf::Variable<T>,
///         gradient: &tf::Tensor<T>,
///     ) -> tf::Operation {
///         let rate = tf::cast(step.terms(), tf::ElementType::<T>::new());
///         variable.assign_sub(rate * tf::sign(gradient)).op()
///     }
/// }
///
/// let graph = tf::Graph::new();
/// let w = graph.variable([4.0f32, -2.0]);
/// let optimizer = RuleOptimizer::with_rule("SignDescent", SignDescent { learning_rate: 0.5.into() });
/// let train = optimizer.minimize(tf::reduce_sum(tf::square(&w), ..));
/// assert_eq!(train.name(), "SignDescent");
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// assert_eq!(session.run(&w, [])?, ndarray::arr1(&[3.5, -1.5]).into_dyn());
/// # Ok::<(), tf::Error>(())
/// ```
pub trait UpdateRule: Debug + Send + Sync + 'static {
    /// The rule's numbers as tensors.
    type Terms;

    /// Says whether the rule's numbers make sense, before anything is made.
    ///
    /// # Errors
    /// One is the mistake of the call of [`apply_gradients`](super::Optimizer::apply_gradients).
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Makes tensors of the rule's numbers, once for each call of
    /// [`apply_gradients`](super::Optimizer::apply_gradients), under the name of that call.
    fn terms(&self, graph: &Graph) -> Self::Terms;

    /// Makes the variables that the rule keeps for all trained variables together, where they do
    /// not exist yet.
    fn create_shared(&self, slots: &mut Slots, graph: &Graph) {
        let _ = (slots, graph);
    }

    /// Makes the slots that the rule keeps for `variable`, where they do not exist yet.
    fn create_slots<T: Float>(&self, slots: &mut Slots, variable: &Variable<T>) {
        let _ = (slots, variable);
    }

    /// Adds the ops that change `variable`, and returns the one that is done when all are.
    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, Self::Terms>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation;

    /// As [`apply_dense`](UpdateRule::apply_dense) for a gradient whose row `i` belongs to row
    /// `indices[i]` of the variable, with no row named twice. Unless a rule does better, the
    /// gradient is made a whole tensor.
    fn apply_sparse<T: Float, I: Integer>(
        &self,
        step: &Step<'_, Self::Terms>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let dense_shape = shape(variable).any();
        let slices = IndexedSlices {
            values: gradient.any(),
            indices: indices.any(),
            dense_shape,
        };
        self.apply_dense(step, variable, &densify(&slices).assume())
    }

    /// As [`apply_sparse`](UpdateRule::apply_sparse) where rows may be named several times, and the
    /// gradients of such a row add up. Unless a rule does better, they are added first.
    fn apply_sparse_duplicates<T: Float, I: Integer>(
        &self,
        step: &Step<'_, Self::Terms>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let (rows, positions) = unique(indices);
        let summed = unsorted_segment_sum(gradient, positions, shape(&rows).index(0));
        self.apply_sparse(step, variable, &summed, &rows)
    }

    /// Adds ops that are to run once all variables are updated, such as for the next step's
    /// numbers. `updates` are what [`apply_dense`](UpdateRule::apply_dense) and
    /// [`apply_sparse`](UpdateRule::apply_sparse) returned.
    fn finish(
        &self,
        step: &Step<'_, Self::Terms>,
        graph: &Graph,
        updates: &[Operation],
    ) -> Vec<Operation> {
        let _ = (step, graph, updates);
        Vec::new()
    }
}

/// What a rule works with besides a variable and its gradient.
#[derive(Debug)]
pub struct Step<'a, P> {
    slots: &'a Slots,
    terms: P,
}

impl<'a, P> Step<'a, P> {
    pub(super) fn new(slots: &'a Slots, terms: P) -> Self {
        Step { slots, terms }
    }

    /// What the rule's [`terms`](UpdateRule::terms) made.
    pub fn terms(&self) -> &P {
        &self.terms
    }

    /// The slot `name` of `variable`, which the rule's [`create_slots`](UpdateRule::create_slots)
    /// made.
    ///
    /// # Errors
    /// If it was not made, the handle stands for that mistake.
    #[track_caller]
    pub fn slot<T: Element>(&self, variable: &Variable<T>, name: &str) -> Variable<T> {
        self.slots.get(variable, name)
    }

    /// The variable `name`, which the rule's [`create_shared`](UpdateRule::create_shared) made.
    ///
    /// # Errors
    /// If it was not made, the handle stands for that mistake.
    #[track_caller]
    pub fn shared<T: Element>(&self, graph: &Graph, name: &str) -> Variable<T> {
        self.slots.get_shared(graph, name)
    }
}
