//! [`cosine_decay`], [`cosine_decay_restarts`] and [`linear_cosine_decay`].

use std::f32::consts::PI;

use super::{DecaySteps, number};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::ops::math::{cast_to, cos, floor, log, minimum, multiply};
use crate::ops::support::named_as;
use crate::train::HyperParameter;
use crate::types::Numeric;

/// A learning rate that falls like half a wave of the cosine, as `tf.train.cosine_decay` computes
/// it: `learning_rate · ((1 - alpha) · ½ · (1 + cos(π · step / decay_steps)) + alpha)`, where
/// `step` is `global_step` but at most `decay_steps` and `alpha` is 0. From Loshchilov and Hutter,
/// "SGDR: Stochastic Gradient Descent with Warm Restarts" (2016).
///
/// ```
/// let graph = tf1::Graph::new();
/// let step = graph.constant([0i64, 1, 2, 3]);
/// let rate = tf1::train::cosine_decay(0.5, &step, 2);
/// let session = tf1::Session::new(&graph)?;
/// let rates = session.run(&rate, [])?;
/// for (rate, expected) in rates.iter().zip([0.5, 0.25, 0.0, 0.0]) {
///     assert!((rate - expected).abs() < 1e-6);
/// }
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if one of the operands is not a scalar and their shapes do not broadcast.
///
/// # Options
/// `alpha`: see [`cosine_decay_with`].
#[track_caller]
pub fn cosine_decay<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
) -> Tensor<f32> {
    cosine_decay_with(learning_rate, global_step, decay_steps, CosineDecay::new())
}

/// As [`cosine_decay`], with options.
///
/// # Errors
/// As [`cosine_decay`].
#[track_caller]
pub fn cosine_decay_with<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
    options: impl Into<CosineDecay>,
) -> Tensor<f32> {
    let options = options.into();
    let graph = graph_of(&[global_step.graph()]);
    graph.op_scope("CosineDecay", |_| {
        let learning_rate = learning_rate.into().tensor(&graph, "initial_learning_rate");
        let decay_steps = decay_steps.into().tensor(&graph);
        let step = minimum(cast_to::<I, f32>(global_step), &decay_steps);
        let wave = 0.5 * half_wave(&graph, step / decay_steps);
        let decayed = (1.0 - options.alpha) as f32 * wave + options.alpha as f32;
        multiply(learning_rate, decayed)
    })
}

/// 1 + cos(π · `fraction`).
#[track_caller]
fn half_wave(graph: &Graph, fraction: Tensor<f32>) -> Tensor<f32> {
    1.0 + cos(graph.constant(PI) * fraction)
}

/// The options of [`cosine_decay_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CosineDecay {
    alpha: f64,
}

/// Down to this part of the first learning rate, as [`CosineDecay::alpha`].
impl From<f64> for CosineDecay {
    fn from(alpha: f64) -> Self {
        CosineDecay::new().alpha(alpha)
    }
}

impl CosineDecay {
    /// A wave that goes down to 0.
    pub fn new() -> Self {
        CosineDecay::default()
    }

    /// The last learning rate as a part of the first.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }
}

/// As [`cosine_decay`], starting anew after `first_decay_steps` steps, and then after `t_mul` times
/// as many as the time before, as `tf.train.cosine_decay_restarts` computes it; `t_mul` is 2. Each
/// time the wave starts `m_mul` times as high, which is 1.
///
/// ```
/// let graph = tf1::Graph::new();
/// let step = graph.constant([0i64, 1, 2, 4, 6]);
/// let rate = tf1::train::cosine_decay_restarts(0.5, &step, 2);
/// let session = tf1::Session::new(&graph)?;
/// let rates = session.run(&rate, [])?;
/// for (rate, expected) in rates.iter().zip([0.5, 0.25, 0.5, 0.25, 0.5]) {
///     assert!((rate - expected).abs() < 1e-6);
/// }
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// As [`cosine_decay`].
///
/// # Options
/// `t_mul`, `m_mul`, `alpha`: see [`cosine_decay_restarts_with`].
#[track_caller]
pub fn cosine_decay_restarts<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    first_decay_steps: impl Into<DecaySteps>,
) -> Tensor<f32> {
    let options = CosineDecayRestarts::new();
    cosine_decay_restarts_with(learning_rate, global_step, first_decay_steps, options)
}

/// As [`cosine_decay_restarts`], with options.
///
/// TensorFlow has a `cond` in the graph that asks whether `t_mul` is 1; here that is known, and
/// only the nodes for that case are made.
///
/// # Errors
/// As [`cosine_decay`].
#[track_caller]
pub fn cosine_decay_restarts_with<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    first_decay_steps: impl Into<DecaySteps>,
    options: impl Into<CosineDecayRestarts>,
) -> Tensor<f32> {
    let options = options.into();
    let graph = graph_of(&[global_step.graph()]);
    graph.op_scope("SGDRDecay", |scope| {
        let learning_rate = learning_rate.into().tensor(&graph, "initial_learning_rate");
        let first_decay_steps = first_decay_steps.into().tensor(&graph);
        let [alpha, t_mul, m_mul] = [options.alpha, options.t_mul, options.m_mul]
            .map(|option| number(&graph, &option.into()));
        let past = cast_to::<I, f32>(global_step) / first_decay_steps;
        let (restarts, fraction) = if options.t_mul as f32 == 1.0 {
            let restarts = floor(&past);
            let fraction = past - &restarts;
            (restarts, fraction)
        } else {
            growing(past, &t_mul)
        };
        let height = 0.5 * m_mul.pow(restarts);
        let wave = height * half_wave(&graph, fraction);
        let decayed = (1.0 - &alpha) * wave + alpha;
        multiply(learning_rate, decayed).named(named_as(scope))
    })
}

/// How often periods of the lengths 1, `t_mul`, `t_mul`², .. were over after the time `past`, and
/// what part of the next is.
#[track_caller]
fn growing(past: Tensor<f32>, t_mul: &Tensor<f32>) -> (Tensor<f32>, Tensor<f32>) {
    let restarts = floor(log(1.0 - &past * (1.0 - t_mul)) / log(t_mul));
    let start = (1.0 - t_mul.pow(&restarts)) / (1.0 - t_mul);
    let fraction = (past - start) / t_mul.pow(&restarts);
    (restarts, fraction)
}

/// The options of [`cosine_decay_restarts_with`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineDecayRestarts {
    t_mul: f64,
    m_mul: f64,
    alpha: f64,
}

impl CosineDecayRestarts {
    /// Waves of the same height, each twice as long as the one before, that go down to 0.
    pub fn new() -> Self {
        CosineDecayRestarts {
            t_mul: 2.0,
            m_mul: 1.0,
            alpha: 0.0,
        }
    }

    /// How many times longer each wave is than the one before.
    pub fn t_mul(mut self, t_mul: f64) -> Self {
        self.t_mul = t_mul;
        self
    }

    /// How many times higher each wave is than the one before.
    pub fn m_mul(mut self, m_mul: f64) -> Self {
        self.m_mul = m_mul;
        self
    }

    /// The last learning rate as a part of the first.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }
}

impl Default for CosineDecayRestarts {
    fn default() -> Self {
        CosineDecayRestarts::new()
    }
}

/// A learning rate that falls along a line times a wave, as `tf.train.linear_cosine_decay` computes
/// it: `learning_rate · ((alpha + 1 - f) · ½ · (1 + cos(π · 2 · num_periods · f)) + beta)`, where
/// `f` is `global_step / decay_steps` but at most 1, `num_periods` is 0.5, `alpha` 0 and `beta`
/// 0.001. From Bello and others, "Neural Optimizer Search with Reinforcement Learning" (2017).
///
/// ```
/// let graph = tf1::Graph::new();
/// let step = graph.constant([0i64, 1, 2]);
/// let options = tf1::train::LinearCosineDecay::new().beta(0.5);
/// let rate = tf1::train::linear_cosine_decay_with(1.0, &step, 2, options);
/// let session = tf1::Session::new(&graph)?;
/// let rates = session.run(&rate, [])?;
/// for (rate, expected) in rates.iter().zip([1.5, 0.75, 0.5]) {
///     assert!((rate - expected).abs() < 1e-6);
/// }
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// As [`cosine_decay`].
///
/// # Options
/// `num_periods`, `alpha`, `beta`: see [`linear_cosine_decay_with`].
#[track_caller]
pub fn linear_cosine_decay<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
) -> Tensor<f32> {
    let options = LinearCosineDecay::new();
    linear_cosine_decay_with(learning_rate, global_step, decay_steps, options)
}

/// As [`linear_cosine_decay`], with options.
///
/// # Errors
/// As [`cosine_decay`].
#[track_caller]
pub fn linear_cosine_decay_with<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
    options: impl Into<LinearCosineDecay>,
) -> Tensor<f32> {
    let options = options.into();
    let graph = graph_of(&[global_step.graph()]);
    graph.op_scope("LinearCosineDecay", |scope| {
        let learning_rate = learning_rate.into().tensor(&graph, "initial_learning_rate");
        let decay_steps = decay_steps.into().tensor(&graph);
        let [num_periods, alpha, beta] = [&options.num_periods, &options.alpha, &options.beta]
            .map(|option| number(&graph, option));
        let step = minimum(cast_to::<I, f32>(global_step), &decay_steps);
        let line = (&decay_steps - &step) / &decay_steps;
        let past = step / decay_steps;
        let wave = 0.5 * half_wave(&graph, 2.0 * num_periods * past);
        let decayed = (alpha + line) * wave + beta;
        multiply(learning_rate, decayed).named(named_as(scope))
    })
}

/// The options of [`linear_cosine_decay_with`].
#[derive(Clone, Debug)]
pub struct LinearCosineDecay {
    num_periods: HyperParameter,
    alpha: HyperParameter,
    beta: HyperParameter,
}

impl LinearCosineDecay {
    /// Half a wave.
    pub fn new() -> Self {
        LinearCosineDecay {
            num_periods: 0.5.into(),
            alpha: 0.0.into(),
            beta: 0.001.into(),
        }
    }

    /// How many waves there are in `decay_steps` steps.
    pub fn num_periods(mut self, num_periods: impl Into<HyperParameter>) -> Self {
        self.num_periods = num_periods.into();
        self
    }

    /// What is added to the line.
    pub fn alpha(mut self, alpha: impl Into<HyperParameter>) -> Self {
        self.alpha = alpha.into();
        self
    }

    /// What is added to the product of line and wave.
    pub fn beta(mut self, beta: impl Into<HyperParameter>) -> Self {
        self.beta = beta.into();
        self
    }
}

impl Default for LinearCosineDecay {
    fn default() -> Self {
        LinearCosineDecay::new()
    }
}
