//! [`polynomial_decay`].

use super::{DecaySteps, number};
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::math::{add, cast_to, ceil, equal, multiply, pow, select};
use crate::ops::support::named_as;
use crate::train::HyperParameter;
use crate::types::Numeric;

/// A learning rate that reaches its end after `decay_steps` steps and stays there, as
/// `tf.train.polynomial_decay` computes it: `(learning_rate - end) · (1 - step / decay_steps) ^
/// power + end`, where `step` is `global_step` but at most `decay_steps`, `end` is 0.0001 and
/// `power` is 1.
///
/// ```
/// let graph = tf1::Graph::new();
/// let step = graph.constant([0i64, 1, 2, 3]);
/// let options = tf1::train::PolynomialDecay::new().end_learning_rate(0.25);
/// let rate = tf1::train::polynomial_decay_with(0.75, &step, 2, options);
/// let session = tf1::Session::new(&graph)?;
/// assert_eq!(session.run(&rate, [])?, ndarray::arr1(&[0.75, 0.5, 0.25, 0.25]).into_dyn());
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if one of the operands is not a scalar and their shapes do not broadcast.
///
/// # Options
/// `end_learning_rate`, `power`, `cycle`: see [`polynomial_decay_with`].
#[track_caller]
pub fn polynomial_decay<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
) -> Tensor<f32> {
    let options = PolynomialDecay::new();
    polynomial_decay_with(learning_rate, global_step, decay_steps, options)
}

/// As [`polynomial_decay`], with options.
///
/// # Errors
/// As [`polynomial_decay`].
#[track_caller]
pub fn polynomial_decay_with<I: Numeric>(
    learning_rate: impl Into<HyperParameter>,
    global_step: impl IntoTensor<I>,
    decay_steps: impl Into<DecaySteps>,
    options: impl Into<PolynomialDecay>,
) -> Tensor<f32> {
    let options = options.into();
    let graph = graph_of(&[global_step.graph()]);
    graph.op_scope("PolynomialDecay", |scope| {
        let learning_rate = learning_rate.into().tensor(&graph, "initial_learning_rate");
        let end = number(&graph, &options.end_learning_rate);
        let power = number(&graph, &options.power);
        let decay_steps = decay_steps.into();
        let step = cast_to::<I, f32>(global_step);
        let steps = decay_steps.tensor(&graph);
        let past = if options.cycle {
            let rounds = ceil(&step / &steps);
            // The first round has begun before any step.
            let rounds = select(equal(&step, 0.0), 1.0, rounds);
            step / multiply(steps, rounds)
        } else {
            decay_steps.limit(step) / steps
        };
        let left = multiply(learning_rate - &end, pow(1.0 - past, power));
        add(left, end).named(named_as(scope))
    })
}

/// The options of [`polynomial_decay_with`].
#[derive(Clone, Debug)]
pub struct PolynomialDecay {
    end_learning_rate: HyperParameter,
    power: HyperParameter,
    cycle: bool,
}

/// Down to this learning rate, as [`PolynomialDecay::end_learning_rate`].
impl<R: Into<HyperParameter>> From<R> for PolynomialDecay {
    fn from(end_learning_rate: R) -> Self {
        PolynomialDecay::new().end_learning_rate(end_learning_rate)
    }
}

impl PolynomialDecay {
    /// A straight line to 0.0001, once.
    pub fn new() -> Self {
        PolynomialDecay {
            end_learning_rate: 0.0001.into(),
            power: 1.0.into(),
            cycle: false,
        }
    }

    /// The last learning rate.
    pub fn end_learning_rate(mut self, rate: impl Into<HyperParameter>) -> Self {
        self.end_learning_rate = rate.into();
        self
    }

    /// The power of what is left.
    pub fn power(mut self, power: impl Into<HyperParameter>) -> Self {
        self.power = power.into();
        self
    }

    /// Goes on beyond `decay_steps`: its first multiple that is not below `global_step` takes its
    /// place.
    ///
    /// The multiple is chosen by `Select` where TensorFlow has a `cond`, so the nodes differ from
    /// TensorFlow's, and `global_step` must be a scalar.
    pub fn cycle(mut self) -> Self {
        self.cycle = true;
        self
    }
}

impl Default for PolynomialDecay {
    fn default() -> Self {
        PolynomialDecay::new()
    }
}
