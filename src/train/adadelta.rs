//! [`AdadeltaOptimizer`].

use super::hyper_parameter::HyperParameter;
use super::rule::{Step, UpdateRule};
use super::rule_optimizer::RuleOptimizer;
use super::slots::Slots;
use super::training_ops::{AdadeltaTerms, apply_adadelta, sparse_apply_adadelta};
use crate::graph::{Graph, Operation, Tensor};
use crate::ops::math::cast_to;
use crate::types::{Float, Integer};
use crate::variables::Variable;

/// Adadelta, as `tf.train.AdadeltaOptimizer` does it.
///
/// `accum = rho · accum + (1 - rho) · gradient²`, `update = √(accum_update + epsilon) / √(accum +
/// epsilon) · gradient`, `variable -= learning_rate · update`, `accum_update = rho · accum_update +
/// (1 - rho) · update²`. With the learning rate 1 this is the method of Zeiler, "ADADELTA: An
/// Adaptive Learning Rate Method" (2012). If a gradient consists of only some rows, only these rows
/// and their slots are changed.
///
/// The slots `accum` and `accum_update` start at 0.
///
/// ```
/// use tf1::train::{AdadeltaOptimizer, Optimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(1.0f32).named("v");
/// let optimizer = AdadeltaOptimizer::new(1.0).rho(0.5).epsilon(2.0);
/// let train = optimizer.minimize(tf1::square(&v));
/// assert_eq!(optimizer.get_slot_names(), ["accum", "accum_update"]);
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// // The gradient is 2: 1 - √(0 + 2) / √(0.5 · 2² + 2) · 2
/// let v: f32 = session.run(v.value().scalar(), [])?;
/// assert!((v - (1.0 - 2f32.sqrt())).abs() < 1e-6);
/// # Ok::<(), tf1::Error>(())
/// ```
pub type AdadeltaOptimizer = RuleOptimizer<Adadelta>;

/// The rule of [`AdadeltaOptimizer`].
#[derive(Clone, Debug)]
pub struct Adadelta {
    learning_rate: HyperParameter,
    rho: HyperParameter,
    epsilon: HyperParameter,
}

impl RuleOptimizer<Adadelta> {
    /// An optimizer called `Adadelta`, with `rho` 0.95 and `epsilon` 1e-8.
    pub fn new(learning_rate: impl Into<HyperParameter>) -> Self {
        let rule = Adadelta {
            learning_rate: learning_rate.into(),
            rho: 0.95.into(),
            epsilon: 1e-8.into(),
        };
        RuleOptimizer::with_rule("Adadelta", rule)
    }

    /// How slowly the means of squares fade.
    pub fn rho(mut self, rho: impl Into<HyperParameter>) -> Self {
        self.rule_mut().rho = rho.into();
        self
    }

    /// What is added to the means of squares.
    pub fn epsilon(mut self, epsilon: impl Into<HyperParameter>) -> Self {
        self.rule_mut().epsilon = epsilon.into();
        self
    }
}

impl Default for RuleOptimizer<Adadelta> {
    /// With TensorFlow's default learning rate, 0.001.
    fn default() -> Self {
        AdadeltaOptimizer::new(0.001)
    }
}

impl UpdateRule for Adadelta {
    type Terms = AdadeltaTerms<f32>;

    fn terms(&self, graph: &Graph) -> AdadeltaTerms<f32> {
        AdadeltaTerms {
            learning_rate: self.learning_rate.tensor(graph, "lr"),
            rho: self.rho.tensor(graph, "rho"),
            epsilon: self.epsilon.tensor(graph, "epsilon"),
        }
    }

    fn create_slots<T: Float>(&self, slots: &mut Slots, variable: &Variable<T>) {
        slots.zeros(variable, "accum");
        slots.zeros(variable, "accum_update");
    }

    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, AdadeltaTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        let (accum, update) = (
            step.slot(variable, "accum"),
            step.slot(variable, "accum_update"),
        );
        let terms = terms_of_type(step.terms());
        apply_adadelta(variable, &accum, &update, &terms, gradient).op()
    }

    fn apply_sparse<T: Float, I: Integer>(
        &self,
        step: &Step<'_, AdadeltaTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let (accum, update) = (
            step.slot(variable, "accum"),
            step.slot(variable, "accum_update"),
        );
        let terms = terms_of_type(step.terms());
        sparse_apply_adadelta(variable, &accum, &update, &terms, gradient, indices).op()
    }
}

fn terms_of_type<T: Float>(terms: &AdadeltaTerms<f32>) -> AdadeltaTerms<T> {
    AdadeltaTerms {
        learning_rate: cast_to(&terms.learning_rate),
        rho: cast_to(&terms.rho),
        epsilon: cast_to(&terms.epsilon),
    }
}
