//! What `optimize_loss` can be told.

use std::fmt;
use std::sync::Arc;

#[cfg(feature = "summary")]
use super::summaries::OptimizerSummary;
use super::summaries::Summaries;
use crate::graph::{ControlInputs, Operation, Tensor};
use crate::train::hyper_parameter::HyperParameter;
use crate::train::optimizer::GradientAndVariable;
use crate::train::options::UpdateOps;
use crate::variables::AnyVariable;

/// The variable that counts steps; `None` for that of the graph, if there is one.
#[derive(Clone, Debug)]
pub struct GlobalStep(pub(super) Option<AnyVariable>);

impl<V: Into<AnyVariable>> From<V> for GlobalStep {
    fn from(step: V) -> Self {
        GlobalStep(Some(step.into()))
    }
}

impl From<Option<AnyVariable>> for GlobalStep {
    fn from(step: Option<AnyVariable>) -> Self {
        GlobalStep(step)
    }
}

/// A learning rate: a number or a scalar tensor, or `None` where the optimizer has its own.
#[derive(Clone, Debug)]
pub struct LearningRate(pub(super) Option<HyperParameter>);

impl<R: Into<HyperParameter>> From<R> for LearningRate {
    fn from(rate: R) -> Self {
        LearningRate(Some(rate.into()))
    }
}

impl From<Option<HyperParameter>> for LearningRate {
    fn from(rate: Option<HyperParameter>) -> Self {
        LearningRate(rate)
    }
}

/// A variable whose gradient is to be multiplied: itself, or its name, such as `w:0`.
#[derive(Clone, Debug)]
pub struct MultipliedVariable(Key);

#[derive(Clone, Debug)]
enum Key {
    Name(String),
    Variable(AnyVariable),
}

impl MultipliedVariable {
    pub(super) fn is(&self, variable: &AnyVariable) -> bool {
        match &self.0 {
            Key::Name(name) => *name == variable.name(),
            Key::Variable(meant) => {
                meant.graph() == variable.graph()
                    && meant.memory().output() == variable.memory().output()
            }
        }
    }
}

impl From<&str> for MultipliedVariable {
    fn from(name: &str) -> Self {
        MultipliedVariable(Key::Name(name.to_string()))
    }
}

impl From<String> for MultipliedVariable {
    fn from(name: String) -> Self {
        MultipliedVariable(Key::Name(name))
    }
}

impl<V: Into<AnyVariable>> From<V> for MultipliedVariable {
    fn from(variable: V) -> Self {
        MultipliedVariable(Key::Variable(variable.into()))
    }
}

/// What becomes of the gradients of all variables.
pub(super) type ClipFunction =
    dyn Fn(Vec<GradientAndVariable>) -> Vec<GradientAndVariable> + Send + Sync;

/// What becomes of a learning rate, given the number of steps.
pub(super) type DecayFunction = dyn Fn(Tensor<f32>, Tensor<i64>) -> Tensor<f32> + Send + Sync;

/// How gradients are kept small.
#[derive(Clone, Default)]
pub(super) enum Clip {
    #[default]
    Not,
    /// Together they are no longer than this.
    Norm(f64),
    By(Arc<ClipFunction>),
}

/// The options of [`optimize_loss_with`](super::optimize_loss_with).
#[derive(Clone)]
pub struct OptimizeLoss {
    pub(super) gradient_noise_scale: Option<f64>,
    pub(super) gradient_multipliers: Vec<(MultipliedVariable, f64)>,
    pub(super) clip: Clip,
    pub(super) decay: Option<Arc<DecayFunction>>,
    pub(super) update_ops: UpdateOps,
    pub(super) variables: Option<Vec<AnyVariable>>,
    pub(super) name: Option<String>,
    pub(super) summaries: Summaries,
    pub(super) increment_global_step: bool,
}

impl OptimizeLoss {
    /// TensorFlow's defaults, see [`optimize_loss`](super::optimize_loss()).
    pub fn new() -> Self {
        OptimizeLoss {
            gradient_noise_scale: None,
            gradient_multipliers: Vec::new(),
            clip: Clip::Not,
            decay: None,
            update_ops: UpdateOps::Collected,
            variables: None,
            name: None,
            summaries: Summaries::usual(),
            increment_global_step: true,
        }
    }

    /// Adds truncated normal noise of this standard deviation to the gradients.
    pub fn gradient_noise_scale(mut self, scale: f64) -> Self {
        self.gradient_noise_scale = Some(scale);
        self
    }

    /// Multiplies the gradients of some variables, which are told by themselves or their names:
    /// `[("w:0", 0.1)]`.
    pub fn gradient_multipliers<V: Into<MultipliedVariable>>(
        mut self,
        multipliers: impl IntoIterator<Item = (V, f64)>,
    ) -> Self {
        let multipliers = multipliers.into_iter();
        self.gradient_multipliers = multipliers
            .map(|(variable, multiplier)| (variable.into(), multiplier))
            .collect();
        self
    }

    /// Keeps the norm of all gradients together at this number or below, by
    /// [`clip_by_global_norm`](crate::clip_by_global_norm).
    pub fn clip_gradients(mut self, norm: f64) -> Self {
        self.clip = Clip::Norm(norm);
        self
    }

    /// Takes what `clip` makes of the gradients, such as
    /// [`adaptive_clipping_fn`](super::adaptive_clipping_fn).
    pub fn clip_gradients_by(
        mut self,
        clip: impl Fn(Vec<GradientAndVariable>) -> Vec<GradientAndVariable> + Send + Sync + 'static,
    ) -> Self {
        self.clip = Clip::By(Arc::new(clip));
        self
    }

    /// Has `decay` make the learning rate of a step of the one given and the number of steps, such
    /// as [`exponential_decay`](crate::train::exponential_decay). It does nothing if no learning
    /// rate is given.
    pub fn learning_rate_decay_fn(
        mut self,
        decay: impl Fn(Tensor<f32>, Tensor<i64>) -> Tensor<f32> + Send + Sync + 'static,
    ) -> Self {
        self.decay = Some(Arc::new(decay));
        self
    }

    /// Runs these operations with the loss, in place of those in the collection
    /// [`UPDATE_OPS`](crate::GraphKeys::UPDATE_OPS).
    pub fn update_ops(mut self, operations: impl ControlInputs) -> Self {
        self.update_ops = UpdateOps::Given(operations.operations());
        self
    }

    /// Runs no other operations with the loss.
    pub fn without_update_ops(self) -> Self {
        self.update_ops(Vec::<Operation>::new())
    }

    /// The variables to change, in place of all
    /// [trainable ones](crate::Graph::trainable_variables).
    pub fn variables<V: Into<AnyVariable>>(
        mut self,
        variables: impl IntoIterator<Item = V>,
    ) -> Self {
        self.variables = Some(variables.into_iter().map(Into::into).collect());
        self
    }

    /// The name of the scope, `OptimizeLoss` and a number otherwise.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.name = Some(name.as_ref().to_string());
        self
    }

    /// What TensorBoard is to show, in place of the loss, the learning rate and the norm of all
    /// gradients.
    #[cfg(feature = "summary")]
    pub fn summaries(mut self, summaries: impl IntoIterator<Item = OptimizerSummary>) -> Self {
        self.summaries.wanted = summaries.into_iter().collect();
        self
    }

    /// Whether the step is counted; `true` by default.
    pub fn increment_global_step(mut self, increment: bool) -> Self {
        self.increment_global_step = increment;
        self
    }
}

impl Default for OptimizeLoss {
    fn default() -> Self {
        OptimizeLoss::new()
    }
}

impl fmt::Debug for OptimizeLoss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OptimizeLoss")
            .field("gradient_noise_scale", &self.gradient_noise_scale)
            .field("gradient_multipliers", &self.gradient_multipliers)
            .field("update_ops", &self.update_ops)
            .field("variables", &self.variables)
            .field("name", &self.name)
            .field("summaries", &self.summaries)
            .field("increment_global_step", &self.increment_global_step)
            .finish_non_exhaustive()
    }
}
