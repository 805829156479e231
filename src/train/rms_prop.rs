//! [`RMSPropOptimizer`].

use super::hyper_parameter::HyperParameter;
use super::rule::{Step, UpdateRule};
use super::rule_optimizer::RuleOptimizer;
use super::slots::Slots;
use super::training_ops::{
    RmsPropTerms, apply_centered_rms_prop, apply_rms_prop, sparse_apply_centered_rms_prop,
    sparse_apply_rms_prop,
};
use crate::graph::{Graph, Operation, Tensor};
use crate::initializers::ones;
use crate::ops::math::cast_to;
use crate::types::{Float, Integer};
use crate::variables::Variable;

/// RMSProp with momentum, as `tf.train.RMSPropOptimizer` does it. The method is that of Tieleman
/// and Hinton, lecture 6.5 of "Neural Networks for Machine Learning" (2012).
///
/// `rms += (gradient² - rms) · (1 - decay)`, `mom = momentum · mom + learning_rate · gradient /
/// √(rms + epsilon)`, `variable -= mom`. With [`centered`](RuleOptimizer::<RMSProp>::centered),
/// `mg += (gradient - mg) · (1 - decay)` and the root is that of `rms - mg² + epsilon`. If a
/// gradient consists of only some rows, only these rows and their slots are changed.
///
/// The slot `rms` starts at 1, the slots `momentum` and, if centered, `mg` at 0.
///
/// ```
/// use tf1::train::{Optimizer, RMSPropOptimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(1.0f32).named("v");
/// let optimizer = RMSPropOptimizer::new(0.5).decay(0.0).momentum(0.5);
/// let train = optimizer.minimize(tf1::square(&v));
/// let momentum = optimizer.get_slot(&v, "momentum").unwrap();
/// assert_eq!(momentum.name(), "v/RMSProp_1:0");
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// // Without memory the gradient counts by its sign.
/// let (v, momentum) = session.run((v.value().scalar(), momentum.value().scalar()), [])?;
/// assert_eq!((v, momentum), (0.5, 0.5));
/// # Ok::<(), tf1::Error>(())
/// ```
pub type RMSPropOptimizer = RuleOptimizer<RMSProp>;

/// The rule of [`RMSPropOptimizer`].
#[derive(Clone, Debug)]
pub struct RMSProp {
    learning_rate: HyperParameter,
    decay: HyperParameter,
    momentum: HyperParameter,
    epsilon: HyperParameter,
    centered: bool,
}

impl RuleOptimizer<RMSProp> {
    /// An optimizer called `RMSProp`, with `decay` 0.9, `momentum` 0 and `epsilon` 1e-10, not
    /// centered.
    pub fn new(learning_rate: impl Into<HyperParameter>) -> Self {
        let rule = RMSProp {
            learning_rate: learning_rate.into(),
            decay: 0.9.into(),
            momentum: 0.0.into(),
            epsilon: 1e-10.into(),
            centered: false,
        };
        RuleOptimizer::with_rule("RMSProp", rule)
    }

    /// How slowly the means fade.
    pub fn decay(mut self, decay: impl Into<HyperParameter>) -> Self {
        self.rule_mut().decay = decay.into();
        self
    }

    /// How much of the last step to keep.
    pub fn momentum(mut self, momentum: impl Into<HyperParameter>) -> Self {
        self.rule_mut().momentum = momentum.into();
        self
    }

    /// What is added below the root, against division by zero.
    pub fn epsilon(mut self, epsilon: impl Into<HyperParameter>) -> Self {
        self.rule_mut().epsilon = epsilon.into();
        self
    }

    /// Divides by the gradient's deviation instead of its root mean square.
    pub fn centered(mut self) -> Self {
        self.rule_mut().centered = true;
        self
    }
}

impl UpdateRule for RMSProp {
    type Terms = RmsPropTerms<f32>;

    fn terms(&self, graph: &Graph) -> RmsPropTerms<f32> {
        RmsPropTerms {
            learning_rate: self.learning_rate.tensor(graph, "learning_rate"),
            rho: self.decay.tensor(graph, "decay"),
            momentum: self.momentum.tensor(graph, "momentum"),
            epsilon: self.epsilon.tensor(graph, "epsilon"),
        }
    }

    fn create_slots<T: Float>(&self, slots: &mut Slots, variable: &Variable<T>) {
        slots.create(variable, "rms", ones());
        if self.centered {
            slots.zeros(variable, "mg");
        }
        slots.zeros(variable, "momentum");
    }

    fn apply_dense<T: Float>(
        &self,
        step: &Step<'_, RmsPropTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
    ) -> Operation {
        let (rms, momentum) = (step.slot(variable, "rms"), step.slot(variable, "momentum"));
        let terms = terms_of_type(step.terms());
        let updated = if self.centered {
            let mg = step.slot(variable, "mg");
            apply_centered_rms_prop(variable, [&mg, &rms, &momentum], &terms, gradient)
        } else {
            apply_rms_prop(variable, &rms, &momentum, &terms, gradient)
        };
        updated.op()
    }

    fn apply_sparse<T: Float, I: Integer>(
        &self,
        step: &Step<'_, RmsPropTerms<f32>>,
        variable: &Variable<T>,
        gradient: &Tensor<T>,
        indices: &Tensor<I>,
    ) -> Operation {
        let (rms, momentum) = (step.slot(variable, "rms"), step.slot(variable, "momentum"));
        let terms = terms_of_type(step.terms());
        let updated = if self.centered {
            let mg = step.slot(variable, "mg");
            let slots = [&mg as _, &rms as _, &momentum as _];
            sparse_apply_centered_rms_prop(variable, slots, &terms, gradient, indices)
        } else {
            sparse_apply_rms_prop(variable, &rms, &momentum, &terms, gradient, indices)
        };
        updated.op()
    }
}

fn terms_of_type<T: Float>(terms: &RmsPropTerms<f32>) -> RmsPropTerms<T> {
    RmsPropTerms {
        learning_rate: cast_to(&terms.learning_rate),
        rho: cast_to(&terms.rho),
        momentum: cast_to(&terms.momentum),
        epsilon: cast_to(&terms.epsilon),
    }
}
