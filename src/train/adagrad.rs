//! [`AdagradOptimizer`].

use super::hyper_parameter::HyperParameter;
use super::rule::{Step, UpdateRule};
use super::rule_optimizer::RuleOptimizer;
use super::slots::{Slots, expect_positive};
use super::training_ops::{apply_adagrad, sparse_apply_adagrad};
use crate::graph::{Graph, Operation, Tensor};
use crate::initializers::constant;
use crate::ops::math::cast_to;
use crate::types::{Float, Integer, Result};
use crate::variables::Variable;

/// Adagrad, as `tf.train.AdagradOptimizer` does it: `accumulator += gradient²`, `variable -=
/// learning_rate · gradient / √accumulator`. The method is that of Duchi, Hazan and Singer,
/// "Adaptive Subgradient Methods" (2011).
///
/// If a gradient consists of only some rows, only these rows and their accumulators are changed.
///
/// The slot `accumulator` starts at
/// [`initial_accumulator_value`](RuleOptimizer::<Adagrad>::initial_accumulator_value).
///
/// ```
/// use tf1::train::{AdagradOptimizer, Optimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(2.0f32).named("v");
/// let optimizer = AdagradOptimizer::new(0.5).initial_accumulator_value(9.0);
/// let train = optimizer.minimize(tf1::square(&v));
/// let accumulator = optimizer.get_slot(&v, "accumulator").unwrap();
/// assert_eq!(accumulator.name(), "v/Adagrad:0");
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// // The gradient is 4: 2 - 0.5 · 4 / √(9 + 4²)
/// let (v, accumulator) = session.run((v.value().scalar(), accumulator.value().scalar()), [])?;
/// assert_eq!((v, accumulator), (1.6, 25.0));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// An initial accumulator that is not above 0 is a mistake.
pub type AdagradOptimizer = RuleOptimizer<Adagrad>;

/// The rule of [`AdagradOptimizer`].
#[derive(Clone, Debug)]
pub struct Adagrad {
    learning_rate: HyperParameter,
    initial_accumulator_value: f64,
}

impl RuleOptimizer<Adagrad> {
    /// An optimizer called `Adagrad`, with accumulators that start at 0.1.
    pub fn new(learning_rate: impl Into<HyperParameter>) -> Self {
        let rule = Adagrad {
            learning_rate: learning_rate.into(),
            initial_accumulator_value: 0.1,
        };
        RuleOptimizer::with_rule("Adagrad", rule)
    }

    /// Where the sums of squares start, above 0.
    pub fn initial_accumulator_value(mut self, value: f64) -> Self {
        self.rule_mut().initial_accumulator_value = value;
        self
    }
}

impl UpdateRule for Adagrad {
    type Terms = Tensor<f32>;

    fn check(&self) -> Result<()> {
        expect_positive(self.initial_accumulator_value)
    }

    fn terms(&self, graph: &Graph) -> Tensor<f32> {
        self.learning_rate.tensor(graph, "learning_rate")
    }

    fn create_slots<T: Float>(&self, slots: &mut Slots, variable: &Variable<T>) {
        let value = T::from_f64(self.initial_accumulator_value);
        slots.create(variable, "accumulator", constant(value));
    }

    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, Tensor<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        let accumulator = step.slot(variable, "accumulator");
        apply_adagrad(variable, &accumulator, &cast_to(step.terms()), gradient).op()
    }

    fn apply_sparse<T: Float, I: Integer>(
        &self,
        step: &Step<'_, Tensor<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let accumulator = step.slot(variable, "accumulator");
        let rate = cast_to(step.terms());
        sparse_apply_adagrad(variable, &accumulator, &rate, gradient, indices).op()
    }
}
