//! [`exponential_decay`], [`natural_exp_decay`] and [`inverse_time_decay`].

use super::{DecaySteps, number};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::ops::math::{add, cast_to, exp, floor, multiply, negative, pow, truediv};
use crate::ops::support::named_as;
use crate::train::HyperParameter;
use crate::types::Numeric;

/// A learning rate that is multiplied by `decay_rate` every `decay_steps` steps, as
/// `tf.train.exponential_decay` computes it: `learning_rate · decay_rate ^ (global_step /
/// decay_steps)`.
///
/// ```
/// use tf1::train::{self, GradientDescentOptimizer, Minimize, Optimizer};
///
/// let graph = tf1::Graph::new();
/// let v = graph.variable(1.0f32);
/// let step = train::get_or_create_global_step(&graph);
/// let rate = train::exponential_decay(0.5, &step, 2, 0.25);
/// let optimizer = GradientDescentOptimizer::new(&rate);
/// let train = optimizer.minimize_with(tf1::square(&v), Minimize::new().global_step(&step));
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// session.run(&train, [])?;
/// assert_eq!(session.run(rate.scalar(), [])?, 0.25);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if one of the operands is not a scalar and their shapes do not broadcast.
///
/// # Options
/// `staircase`: see [`exponential_decay_with`].
#[track_caller]
pub fn exponential_decay<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
    decay_rate: impl Into<HyperParameter>,
) -> Tensor<f32> {
    let options = Decay::new();
    exponential_decay_with(learning_rate, global_step, decay_steps, decay_rate, options)
}

/// As [`exponential_decay`], stepwise if `options` are `true` or [`Decay::staircase`].
///
/// # Errors
/// As [`exponential_decay`].
#[track_caller]
pub fn exponential_decay_with<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
    decay_rate: impl Into<HyperParameter>,
    options: impl Into<Decay>,
) -> Tensor<f32> {
    let options = options.into();
    let graph = graph_of(&[global_step.graph()]);
    graph.op_scope("ExponentialDecay", |scope| {
        let rates = [learning_rate.into(), decay_rate.into()];
        let [learning_rate, decay_rate, past] =
            options.terms(&graph, &rates, global_step, &decay_steps.into());
        multiply(learning_rate, pow(decay_rate, past)).named(named_as(scope))
    })
}

/// As [`exponential_decay`] at the rate e^-`decay_rate`, as `tf.train.natural_exp_decay` computes
/// it: `learning_rate · e ^ (-decay_rate · global_step / decay_steps)`.
///
/// # Errors
/// As [`exponential_decay`].
///
/// # Options
/// `staircase`: see [`natural_exp_decay_with`].
#[track_caller]
pub fn natural_exp_decay<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
    decay_rate: impl Into<HyperParameter>,
) -> Tensor<f32> {
    let options = Decay::new();
    natural_exp_decay_with(learning_rate, global_step, decay_steps, decay_rate, options)
}

/// As [`natural_exp_decay`], stepwise if `options` are `true` or [`Decay::staircase`].
///
/// # Errors
/// As [`exponential_decay`].
#[track_caller]
pub fn natural_exp_decay_with<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
    decay_rate: impl Into<HyperParameter>,
    options: impl Into<Decay>,
) -> Tensor<f32> {
    let options = options.into();
    let graph = graph_of(&[global_step.graph()]);
    graph.op_call(|| {
        let decay_rate = exp(negated(&graph, &decay_rate.into()));
        exponential_decay_with(learning_rate, global_step, decay_steps, decay_rate, options)
    })
}

/// `-number`.
#[track_caller]
fn negated(graph: &Graph, number: &HyperParameter) -> Tensor<f32> {
    match number {
        HyperParameter::Tensor(tensor) => negative(tensor),
        number => graph.op_scope("Neg", |scope| {
            negative(number.tensor(graph, "x")).named(named_as(scope))
        }),
    }
}

/// A learning rate that is divided by a growing number, as `tf.train.inverse_time_decay` computes
/// it: `learning_rate / (1 + decay_rate · global_step / decay_steps)`.
///
/// ```
/// let graph = tf1::Graph::new();
/// let step = graph.constant(3i64);
/// let rate = tf1::train::inverse_time_decay(1.0, &step, 2, 2.0);
/// let session = tf1::Session::new(&graph)?;
/// assert_eq!(session.run(rate.scalar(), [])?, 0.25);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// As [`exponential_decay`].
///
/// # Options
/// `staircase`: see [`inverse_time_decay_with`].
#[track_caller]
pub fn inverse_time_decay<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
    decay_rate: impl Into<HyperParameter>,
) -> Tensor<f32> {
    let options = Decay::new();
    inverse_time_decay_with(learning_rate, global_step, decay_steps, decay_rate, options)
}

/// As [`inverse_time_decay`], stepwise if `options` are `true` or [`Decay::staircase`].
///
/// # Errors
/// As [`exponential_decay`].
#[track_caller]
pub fn inverse_time_decay_with<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
    decay_rate: impl Into<HyperParameter>,
    options: impl Into<Decay>,
) -> Tensor<f32> {
    let options = options.into();
    let graph = graph_of(&[global_step.graph()]);
    graph.op_scope("InverseTimeDecay", |scope| {
        let rates = [learning_rate.into(), decay_rate.into()];
        let [learning_rate, decay_rate, past] =
            options.terms(&graph, &rates, global_step, &decay_steps.into());
        let one = cast_to::<i32, f32>(graph.constant(1));
        let divisor = add(one, multiply(decay_rate, past));
        truediv(learning_rate, divisor).named(named_as(scope))
    })
}

/// The options of [`exponential_decay_with`], [`natural_exp_decay_with`] and
/// [`inverse_time_decay_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decay {
    staircase: bool,
}

/// Stepwise or not, as [`Decay::staircase`].
impl From<bool> for Decay {
    fn from(staircase: bool) -> Self {
        Decay { staircase }
    }
}

impl Decay {
    /// A rate that falls with every step.
    pub fn new() -> Self {
        Decay::default()
    }

    /// Keeps the rate for `decay_steps` steps, and lets it fall then: `global_step / decay_steps`
    /// is rounded down.
    pub fn staircase(mut self) -> Self {
        self.staircase = true;
        self
    }

    /// The learning rate, the decay rate and `global_step / decay_steps`.
    #[track_caller]
    fn terms<I: Numeric>(
        self,
        graph: &Graph,
        [learning_rate, decay_rate]: &[HyperParameter; 2],
        global_step: impl IntoTensor<I>,
        decay_steps: &DecaySteps,
    ) -> [Tensor<f32>; 3] {
        let learning_rate = learning_rate.tensor(graph, "initial_learning_rate");
        let decay_steps = decay_steps.tensor(graph);
        let decay_rate = number(graph, decay_rate);
        let past = cast_to::<I, f32>(global_step) / decay_steps;
        let past = if self.staircase { floor(past) } else { past };
        [learning_rate, decay_rate, past]
    }
}
