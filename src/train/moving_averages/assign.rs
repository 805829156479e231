//! `assign_moving_average`: one step of a moving average.

use crate::graph::{IntoTensor, Tensor};
use crate::types::Float;
use crate::variables::{self, Variable, zero_debiased_moving_average};

/// Moves the average `variable` towards `value`, without the pull of its initial value towards 0,
/// as `assign_moving_average` of TensorFlow's `moving_averages` does; the result is the new
/// average.
///
/// ```text
/// biased   ← decay · biased + (1 - decay) · value     starts at 0
/// variable ← biased / (1 - decay^t)                   in step t = 1, 2, ...
/// ```
///
/// The variables `biased` and `local_step` (t) are made below `variable`. After the first step the
/// average is the first value; what `variable` was before does not count. For one that does, see
/// [`AssignMovingAverage::without_zero_debias`].
///
/// ```
/// use tf1::train::moving_averages::assign_moving_average;
///
/// let graph = tf1::Graph::new();
/// let (average, x) = (graph.variable(10.0f32), graph.placeholder::<f32>("x", []));
/// let update = assign_moving_average(&average, &x, 0.5);
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// assert_eq!(session.run(update.scalar(), [x.feed(4.0)])?, 4.0);
/// assert_eq!(session.run(update.scalar(), [x.feed(8.0)])?, (0.25 * 4.0 + 0.5 * 8.0) / 0.75);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, section 3.
///
/// # Errors
/// `InvalidArgument` if the value does not broadcast to the shape of `variable`.
///
/// # Options
/// `without_zero_debias`: see [`assign_moving_average_with`].
#[track_caller]
pub fn assign_moving_average<T: Float>(
    variable: &Variable<T>,
    value: impl IntoTensor<T>,
    decay: f64,
) -> Tensor<T> {
    assign_moving_average_with(variable, value, decay, AssignMovingAverage::new())
}

/// As [`assign_moving_average`], with or without that correction as `options` says.
///
/// # Errors
/// As [`assign_moving_average`].
#[track_caller]
pub fn assign_moving_average_with<T: Float>(
    variable: &Variable<T>,
    value: impl IntoTensor<T>,
    decay: f64,
    options: impl Into<AssignMovingAverage>,
) -> Tensor<T> {
    let options = options.into();
    let graph = variable.graph();
    graph.op_call(|| {
        let value = value.into_tensor(graph, "value");
        let weight = || graph.constant((1.0 - decay) as f32).named("decay");
        match options.zero_debias {
            true => zero_debiased_moving_average(variable, &value, weight),
            false => variables::assign_moving_average(variable, &value, weight),
        }
    })
}

/// The options of [`assign_moving_average_with`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AssignMovingAverage {
    zero_debias: bool,
}

impl AssignMovingAverage {
    /// The average does not depend on its initial value.
    pub fn new() -> Self {
        AssignMovingAverage { zero_debias: true }
    }

    /// `variable ← decay · variable + (1 - decay) · value`, no more (`zero_debias=False`): the
    /// initial value fades step by step.
    pub fn without_zero_debias(mut self) -> Self {
        self.zero_debias = false;
        self
    }
}

impl Default for AssignMovingAverage {
    fn default() -> Self {
        AssignMovingAverage::new()
    }
}
