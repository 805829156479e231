//! The initializers of `tf.contrib.layers`.

use super::scaling::{Fan, fans};
use super::{normal, uniform};
use crate::graph::{Graph, Tensor};
use crate::types::{Error, Float, WholeNumber};
use crate::variables::Initializer;

/// Uniform values in ±√(6 / (fan_in + fan_out)), as `tf.contrib.layers.xavier_initializer`; with
/// [`truncated_normal`](ContribVarianceScalingInitializer::truncated_normal) as that function's
/// `uniform=False`.
///
/// Source: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
/// neural networks", AISTATS 2010.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let w = graph.get_variable::<f32>("w", [2, 3], tf::initializers::xavier());
/// let session = tf::Session::new(&graph)?;
/// session.run(w.initializer(), [])?;
/// assert!(session.run(&w, [])?.iter().all(|value| value.abs() <= (6.0_f32 / 5.0).sqrt()));
/// # Ok::<(), tf::Error>(())
/// ```
pub fn xavier() -> ContribVarianceScalingInitializer {
    contrib_variance_scaling().factor(1.0).fan_avg().uniform()
}

/// Values of variance about `factor / n`, as `tf.contrib.layers.variance_scaling_initializer`:
/// truncated normal, `n` = fan_in and `factor` = 2 by default.
///
/// [`variance_scaling`](super::variance_scaling) is `tf.variance_scaling_initializer`, with other
/// defaults and a truncated normal distribution whose variance is exact; here 1.3 makes up for the
/// truncation.
///
/// # Errors
/// `InvalidArgument` if `n` is 0 or `factor` is negative.
pub fn contrib_variance_scaling() -> ContribVarianceScalingInitializer {
    ContribVarianceScalingInitializer {
        factor: 2.0,
        fan: Fan::In,
        uniform: false,
        seed: None,
    }
}

/// See [`contrib_variance_scaling`] and [`xavier`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ContribVarianceScalingInitializer {
    factor: f64,
    fan: Fan,
    uniform: bool,
    seed: Option<i64>,
}

impl ContribVarianceScalingInitializer {
    /// The variance times `n`.
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// `n` is the number of inputs.
    pub fn fan_in(mut self) -> Self {
        self.fan = Fan::In;
        self
    }

    /// `n` is the number of outputs.
    pub fn fan_out(mut self) -> Self {
        self.fan = Fan::Out;
        self
    }

    /// `n` is the mean of both.
    pub fn fan_avg(mut self) -> Self {
        self.fan = Fan::Average;
        self
    }

    /// Uniform values.
    pub fn uniform(mut self) -> Self {
        self.uniform = true;
        self
    }

    /// Normal values; those beyond two standard deviations are drawn again.
    pub fn truncated_normal(mut self) -> Self {
        self.uniform = false;
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

impl<T: Float> Initializer<T> for ContribVarianceScalingInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        let count = self.fan.count(fans(shape));
        if count == 0.0 || self.factor < 0.0 {
            let message = format!(
                "cannot scale values to a variance of {} / {count}",
                self.factor
            );
            return graph.failed("variance_scaling", Error::invalid_argument(message));
        }
        if self.uniform {
            let bound = (3.0 * self.factor / count).sqrt();
            uniform(graph, shape, [-bound, bound], self.seed)
        } else {
            let stddev = (1.3 * self.factor / count).sqrt();
            graph.truncated_normal_with(shape, normal(0.0, stddev, self.seed))
        }
    }
}
