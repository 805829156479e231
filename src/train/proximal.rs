//! [`ProximalGradientDescentOptimizer`] and [`ProximalAdagradOptimizer`].

use super::hyper_parameter::HyperParameter;
use super::rule::{Step, UpdateRule};
use super::rule_optimizer::RuleOptimizer;
use super::slots::{Slots, expect_positive};
use super::training_ops::{
    ProximalTerms, apply_proximal_adagrad, apply_proximal_gradient_descent,
    sparse_apply_proximal_adagrad, sparse_apply_proximal_gradient_descent,
};
use crate::graph::{Graph, Operation, Tensor};
use crate::ops::math::cast_to;
use crate::types::{Float, Integer, Result};
use crate::variables::Variable;

/// Gradient descent that pulls the variable toward 0 after each step, as
/// `tf.train.ProximalGradientDescentOptimizer` does it. The method is that of Duchi and Singer,
/// "Efficient Learning using Forward-Backward Splitting" (2009).
///
/// With `x = variable - learning_rate · gradient`: `variable = sign(x) · max(|x| - learning_rate ·
/// l1, 0) / (1 + learning_rate · l2)`. If a gradient consists of only some rows, only these rows
/// are changed. Variables of `f64` can be trained, which TensorFlow refuses.
///
/// ```
/// use tf1::train::{Optimizer, ProximalGradientDescentOptimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(1.0f32);
/// let optimizer = ProximalGradientDescentOptimizer::new(0.25).l1_regularization_strength(0.5);
/// let train = optimizer.minimize(tf1::square(&v));
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// // (1 - 0.25 · 2) - 0.25 · 0.5
/// assert_eq!(session.run(v.value().scalar(), [])?, 0.375);
/// # Ok::<(), tf1::Error>(())
/// ```
pub type ProximalGradientDescentOptimizer = RuleOptimizer<ProximalGradientDescent>;

/// Adagrad that pulls the variable toward 0 after each step, as `tf.train.ProximalAdagradOptimizer`
/// does it: `accumulator += gradient²`, then as [`ProximalGradientDescentOptimizer`] with the rate
/// `learning_rate / √accumulator`.
///
/// The slot `accumulator` starts at
/// [`initial_accumulator_value`](RuleOptimizer::<ProximalAdagrad>::initial_accumulator_value).
///
/// ```
/// use tf1::train::{Optimizer, ProximalAdagradOptimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(2.0f32).named("v");
/// let optimizer = ProximalAdagradOptimizer::new(1.25).initial_accumulator_value(9.0).l2_regularization_strength(4.0);
/// let train = optimizer.minimize(tf1::square(&v));
/// assert_eq!(optimizer.get_slot(&v, "accumulator").unwrap().name(), "v/ProximalAdagrad:0");
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// // The rate is 1.25 / √(9 + 4²): (2 - 0.25 · 4) / (1 + 0.25 · 4)
/// assert_eq!(session.run(v.value().scalar(), [])?, 0.5);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// An initial accumulator that is not above 0 is a mistake.
pub type ProximalAdagradOptimizer = RuleOptimizer<ProximalAdagrad>;

/// The numbers that both have.
#[derive(Clone, Debug)]
struct Strengths {
    learning_rate: HyperParameter,
    l1_regularization_strength: HyperParameter,
    l2_regularization_strength: HyperParameter,
}

impl Strengths {
    fn new(learning_rate: impl Into<HyperParameter>) -> Self {
        Strengths {
            learning_rate: learning_rate.into(),
            l1_regularization_strength: 0.0.into(),
            l2_regularization_strength: 0.0.into(),
        }
    }

    fn terms(&self, graph: &Graph) -> ProximalTerms<f32> {
        let (l1, l2) = (
            &self.l1_regularization_strength,
            &self.l2_regularization_strength,
        );
        ProximalTerms {
            learning_rate: self.learning_rate.tensor(graph, "learning_rate"),
            l1: l1.tensor(graph, "l1_regularization_strength"),
            l2: l2.tensor(graph, "l2_regularization_strength"),
        }
    }
}

fn terms_of_type<T: Float>(terms: &ProximalTerms<f32>) -> ProximalTerms<T> {
    ProximalTerms {
        learning_rate: cast_to(&terms.learning_rate),
        l1: cast_to(&terms.l1),
        l2: cast_to(&terms.l2),
    }
}

/// The rule of [`ProximalGradientDescentOptimizer`].
#[derive(Clone, Debug)]
pub struct ProximalGradientDescent(Strengths);

impl RuleOptimizer<ProximalGradientDescent> {
    /// An optimizer called `ProximalGradientDescent`, without regularization.
    pub fn new(learning_rate: impl Into<HyperParameter>) -> Self {
        let rule = ProximalGradientDescent(Strengths::new(learning_rate));
        RuleOptimizer::with_rule("ProximalGradientDescent", rule)
    }

    /// How strongly |variable| is held down, 0 or more.
    pub fn l1_regularization_strength(mut self, strength: impl Into<HyperParameter>) -> Self {
        self.rule_mut().0.l1_regularization_strength = strength.into();
        self
    }

    /// How strongly the variable is shrunk in proportion, 0 or more.
    pub fn l2_regularization_strength(mut self, strength: impl Into<HyperParameter>) -> Self {
        self.rule_mut().0.l2_regularization_strength = strength.into();
        self
    }
}

impl UpdateRule for ProximalGradientDescent {
    type Terms = ProximalTerms<f32>;

    fn terms(&self, graph: &Graph) -> ProximalTerms<f32> {
        self.0.terms(graph)
    }

    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, ProximalTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        let terms = terms_of_type(step.terms());
        apply_proximal_gradient_descent(variable, &terms, gradient).op()
    }

    fn apply_sparse<T: Float, I: Integer>(
        &self,
        step: &Step<'_, ProximalTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let terms = terms_of_type(step.terms());
        sparse_apply_proximal_gradient_descent(variable, &terms, gradient, indices).op()
    }
}

/// The rule of [`ProximalAdagradOptimizer`].
#[derive(Clone, Debug)]
pub struct ProximalAdagrad {
    strengths: Strengths,
    initial_accumulator_value: f64,
}

impl RuleOptimizer<ProximalAdagrad> {
    /// An optimizer called `ProximalAdagrad`, with accumulators that start at 0.1, without
    /// regularization.
    pub fn new(learning_rate: impl Into<HyperParameter>) -> Self {
        let rule = ProximalAdagrad {
            strengths: Strengths::new(learning_rate),
            initial_accumulator_value: 0.1,
        };
        RuleOptimizer::with_rule("ProximalAdagrad", rule)
    }

    /// Where the sums of squares start, above 0.
    pub fn initial_accumulator_value(mut self, value: f64) -> Self {
        self.rule_mut().initial_accumulator_value = value;
        self
    }

    /// How strongly |variable| is held down, 0 or more.
    pub fn l1_regularization_strength(mut self, strength: impl Into<HyperParameter>) -> Self {
        self.rule_mut().strengths.l1_regularization_strength = strength.into();
        self
    }

    /// How strongly the variable is shrunk in proportion, 0 or more.
    pub fn l2_regularization_strength(mut self, strength: impl Into<HyperParameter>) -> Self {
        self.rule_mut().strengths.l2_regularization_strength = strength.into();
        self
    }
}

impl UpdateRule for ProximalAdagrad {
    type Terms = ProximalTerms<f32>;

    fn check(&self) -> Result<()> {
        expect_positive(self.initial_accumulator_value)
    }

    fn terms(&self, graph: &Graph) -> ProximalTerms<f32> {
        self.strengths.terms(graph)
    }

    fn create_slots<T: Float>(&self, slots: &mut Slots, variable: &Variable<T>) {
        slots.full(variable, "accumulator", self.initial_accumulator_value);
    }

    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, ProximalTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        let accumulator = step.slot(variable, "accumulator");
        let terms = terms_of_type(step.terms());
        apply_proximal_adagrad(variable, &accumulator, &terms, gradient).op()
    }

    fn apply_sparse<T: Float, I: Integer>(
        &self,
        step: &Step<'_, ProximalTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let accumulator = step.slot(variable, "accumulator");
        let terms = terms_of_type(step.terms());
        sparse_apply_proximal_adagrad(variable, &accumulator, &terms, gradient, indices).op()
    }
}
