//! [`MomentumOptimizer`].

use super::hyper_parameter::HyperParameter;
use super::rule::{Step, UpdateRule};
use super::rule_optimizer::RuleOptimizer;
use super::slots::Slots;
use super::training_ops::{MomentumTerms, apply_momentum, sparse_apply_momentum};
use crate::graph::{Graph, Operation, Tensor};
use crate::ops::math::cast_to;
use crate::types::{Float, Integer};
use crate::variables::Variable;

/// Gradient descent with momentum, as `tf.train.MomentumOptimizer` does it:
/// `accumulation = momentum · accumulation + gradient`, `variable -= learning_rate · accumulation`.
///
/// With [`use_nesterov`](RuleOptimizer::use_nesterov), `variable -= learning_rate · (gradient +
/// momentum · accumulation)`. If a gradient consists of only some rows, only these rows and their
/// accumulations are changed.
///
/// The slot `momentum` holds the accumulation.
///
/// ```
/// use tf1::train::{MomentumOptimizer, Optimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(1.0f32).named("v");
/// let optimizer = MomentumOptimizer::new(0.125, 0.5);
/// let train = optimizer.minimize(tf1::square(&v));
/// let accumulation = optimizer.get_slot(&v, "momentum").unwrap();
/// assert_eq!(accumulation.name(), "v/Momentum:0");
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// session.run(&train, [])?;
/// let (v, accumulation) = session.run((v.value().scalar(), accumulation.value().scalar()), [])?;
/// assert_eq!((v, accumulation), (0.4375, 2.5));
/// # Ok::<(), tf1::Error>(())
/// ```
pub type MomentumOptimizer = RuleOptimizer<Momentum>;

/// The rule of [`MomentumOptimizer`].
#[derive(Clone, Debug)]
pub struct Momentum {
    learning_rate: HyperParameter,
    momentum: HyperParameter,
    use_nesterov: bool,
}

impl RuleOptimizer<Momentum> {
    /// An optimizer called `Momentum`, without Nesterov's change.
    pub fn new(
        learning_rate: impl Into<HyperParameter>,
        momentum: impl Into<HyperParameter>,
    ) -> Self {
        let (learning_rate, momentum) = (learning_rate.into(), momentum.into());
        RuleOptimizer::with_rule(
            "Momentum",
            Momentum {
                learning_rate,
                momentum,
                use_nesterov: false,
            },
        )
    }

    /// Looks ahead as Nesterov does.
    pub fn use_nesterov(mut self) -> Self {
        self.rule_mut().use_nesterov = true;
        self
    }
}

impl UpdateRule for Momentum {
    type Terms = MomentumTerms<f32>;

    fn terms(&self, graph: &Graph) -> MomentumTerms<f32> {
        MomentumTerms {
            learning_rate: self.learning_rate.tensor(graph, "learning_rate"),
            momentum: self.momentum.tensor(graph, "momentum"),
            use_nesterov: self.use_nesterov,
        }
    }

    fn create_slots<T: Float>(&self, slots: &mut Slots, variable: &Variable<T>) {
        slots.zeros(variable, "momentum");
    }

    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, MomentumTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        let accumulation = step.slot(variable, "momentum");
        apply_momentum(
            variable,
            &accumulation,
            &terms_of_type(step.terms()),
            gradient,
        )
        .op()
    }

    fn apply_sparse<T: Float, I: Integer>(
        &self,
        step: &Step<'_, MomentumTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let accumulation = step.slot(variable, "momentum");
        sparse_apply_momentum(
            variable,
            &accumulation,
            &terms_of_type(step.terms()),
            gradient,
            indices,
        )
        .op()
    }
}

fn terms_of_type<T: Float>(terms: &MomentumTerms<f32>) -> MomentumTerms<T> {
    MomentumTerms {
        learning_rate: cast_to(&terms.learning_rate),
        momentum: cast_to(&terms.momentum),
        use_nesterov: terms.use_nesterov,
    }
}
