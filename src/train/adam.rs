//! [`AdamOptimizer`].

use super::hyper_parameter::HyperParameter;
use super::rule::{Step, UpdateRule};
use super::rule_optimizer::RuleOptimizer;
use super::slots::Slots;
use super::training_ops::{AdamTerms, apply_adam};
use crate::graph::{Graph, Operation, Tensor};
use crate::ops::control::group;
use crate::ops::math::{cast_to, sqrt, subtract};
use crate::ops::state::scatter_add;
use crate::types::{Float, Integer};
use crate::variables::Variable;

/// Adam, as `tf.train.AdamOptimizer` does it.
///
/// In step t, with α = `learning_rate · √(1 - beta2ᵗ) / (1 - beta1ᵗ)`: `m += (gradient - m) · (1 -
/// beta1)`, `v += (gradient² - v) · (1 - beta2)`, `variable -= α · m / (√v + epsilon)`. This is the
/// form before section 2.1 of Kingma and Ba's paper; `epsilon` is its "epsilon hat". If a gradient
/// consists of only some rows, the others count as zero: all of `m`, `v` and the variable changes.
///
/// The slots `m` and `v` hold these; the variables `beta1_power` and `beta2_power` hold `beta1ᵗ`
/// and `beta2ᵗ`.
///
/// ```
/// use tf1::train::{AdamOptimizer, Optimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(2.0f32).named("v");
/// let optimizer = AdamOptimizer::new(0.1).epsilon(1e-6);
/// let train = optimizer.minimize(&v * &v);
/// let names: Vec<String> = optimizer.variables().iter().map(|variable| variable.name()).collect();
/// assert_eq!(names, ["beta1_power:0", "beta2_power:0", "v/Adam:0", "v/Adam_1:0"]);
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// let v: f32 = session.run(v.value().scalar(), [])?;
/// assert!((v - 1.9).abs() < 1e-6);
/// # Ok::<(), tf1::Error>(())
/// ```
pub type AdamOptimizer = RuleOptimizer<Adam>;

/// The rule of [`AdamOptimizer`].
#[derive(Clone, Debug)]
pub struct Adam {
    learning_rate: HyperParameter,
    beta1: HyperParameter,
    beta2: HyperParameter,
    epsilon: HyperParameter,
}

impl RuleOptimizer<Adam> {
    /// An optimizer called `Adam`, with `beta1` 0.9, `beta2` 0.999 and `epsilon` 1e-8.
    pub fn new(learning_rate: impl Into<HyperParameter>) -> Self {
        let rule = Adam {
            learning_rate: learning_rate.into(),
            beta1: 0.9.into(),
            beta2: 0.999.into(),
            epsilon: 1e-8.into(),
        };
        RuleOptimizer::with_rule("Adam", rule)
    }

    /// How slowly the mean of the gradients fades.
    pub fn beta1(mut self, beta1: impl Into<HyperParameter>) -> Self {
        self.rule_mut().beta1 = beta1.into();
        self
    }

    /// How slowly the mean of their squares fades.
    pub fn beta2(mut self, beta2: impl Into<HyperParameter>) -> Self {
        self.rule_mut().beta2 = beta2.into();
        self
    }

    /// What is added to the root of the mean square, against division by zero.
    pub fn epsilon(mut self, epsilon: impl Into<HyperParameter>) -> Self {
        self.rule_mut().epsilon = epsilon.into();
        self
    }
}

impl Default for RuleOptimizer<Adam> {
    /// With TensorFlow's default learning rate, 0.001.
    fn default() -> Self {
        AdamOptimizer::new(0.001)
    }
}

/// Adam's numbers as tensors.
#[derive(Clone, Debug)]
pub struct AdamNumbers {
    learning_rate: Tensor<f32>,
    beta1: Tensor<f32>,
    beta2: Tensor<f32>,
    epsilon: Tensor<f32>,
}

impl UpdateRule for Adam {
    type Terms = AdamNumbers;

    fn terms(&self, graph: &Graph) -> AdamNumbers {
        AdamNumbers {
            learning_rate: self.learning_rate.tensor(graph, "learning_rate"),
            beta1: self.beta1.tensor(graph, "beta1"),
            beta2: self.beta2.tensor(graph, "beta2"),
            epsilon: self.epsilon.tensor(graph, "epsilon"),
        }
    }

    fn create_shared(&self, slots: &mut Slots, graph: &Graph) {
        for (name, beta) in [(BETA1_POWER, &self.beta1), (BETA2_POWER, &self.beta2)] {
            match beta {
                HyperParameter::Number(number) => slots.create_shared::<f32>(graph, name, *number),
                HyperParameter::Tensor(tensor) => slots.create_shared(graph, name, tensor),
            };
        }
    }

    fn create_slots<T: Float>(&self, slots: &mut Slots, variable: &Variable<T>) {
        slots.zeros(variable, "m");
        slots.zeros(variable, "v");
    }

    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, AdamNumbers>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        let (m, v) = (step.slot(variable, "m"), step.slot(variable, "v"));
        apply_adam(variable, &m, &v, &terms_of_type(step, variable), gradient).op()
    }

    fn apply_sparse<T: Float, I: Integer>(
        &self,
        step: &Step<'_, AdamNumbers>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let terms = terms_of_type(step, variable);
        let rate =
            terms.learning_rate * sqrt(rest_of(&terms.beta2_power)) / rest_of(&terms.beta1_power);
        let m = fade(&step.slot(variable, "m"), &terms.beta1, indices, gradient);
        let v = fade(
            &step.slot(variable, "v"),
            &terms.beta2,
            indices,
            &(gradient * gradient),
        );
        let root = sqrt(&v);
        let update = variable.assign_sub(rate * &m / (root + terms.epsilon));
        group([&update, &m, &v])
    }

    fn finish(
        &self,
        step: &Step<'_, AdamNumbers>,
        graph: &Graph,
        updates: &[Operation],
    ) -> Vec<Operation> {
        let numbers = step.terms();
        let next = |name: &str, beta: &Tensor<f32>| {
            let power = step.shared::<f32>(graph, name);
            power.assign(&power * beta).op()
        };
        graph.control_dependencies(updates, || {
            vec![
                next(BETA1_POWER, &numbers.beta1),
                next(BETA2_POWER, &numbers.beta2),
            ]
        })
    }
}

const BETA1_POWER: &str = "beta1_power";
const BETA2_POWER: &str = "beta2_power";

/// The numbers for a variable of type `T`.
fn terms_of_type<T: Float>(step: &Step<'_, AdamNumbers>, variable: &Variable<T>) -> AdamTerms<T> {
    let power = |name| cast_to(step.shared::<f32>(variable.graph(), name));
    let AdamNumbers {
        learning_rate,
        beta1,
        beta2,
        epsilon,
    } = step.terms();
    AdamTerms {
        beta1_power: power(BETA1_POWER),
        beta2_power: power(BETA2_POWER),
        learning_rate: cast_to(learning_rate),
        beta1: cast_to(beta1),
        beta2: cast_to(beta2),
        epsilon: cast_to(epsilon),
    }
}

/// `1 - beta`.
fn rest_of<T: Float>(beta: &Tensor<T>) -> Tensor<T> {
    subtract(T::ONE, beta).named("sub")
}

/// A mean that fades as `beta` says, of which the rows `indices` get new `values`; the result is
/// the mean's new value.
fn fade<T: Float, I: Integer>(
    mean: &Variable<T>,
    beta: &Tensor<T>,
    indices: &Tensor<I>,
    values: &Tensor<T>,
) -> Tensor<T> {
    let values = values * rest_of(beta);
    let faded = mean.assign(mean * beta);
    mean.graph()
        .control_dependencies([&faded], || scatter_add(mean, indices, values))
}
