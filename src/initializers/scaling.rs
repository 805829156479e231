//! Random initial values with a spread that keeps the size of what flows through a layer.

use super::{normal, uniform};
use crate::graph::{Graph, Tensor};
use crate::types::{Error, Float, WholeNumber};
use crate::variables::Initializer;

/// Values of variance `scale / n`, as `tf.variance_scaling_initializer`: truncated normal, `n` =
/// fan_in and `scale` = 1 by default.
///
/// # Errors
/// `InvalidArgument` if `scale` is not positive.
pub fn variance_scaling() -> VarianceScalingInitializer {
    VarianceScalingInitializer {
        scale: 1.0,
        fan: Fan::In,
        distribution: Distribution::TruncatedNormalInitializer,
        seed: None,
    }
}

/// Uniform values in ±√(6 / (fan_in + fan_out)), as `tf.glorot_uniform_initializer`.
///
/// Source: X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward
/// neural networks", AISTATS 2010.
pub fn glorot_uniform() -> VarianceScalingInitializer {
    variance_scaling().fan_avg().uniform()
}

/// Truncated normal values of standard deviation √(2 / (fan_in + fan_out)), as
/// `tf.glorot_normal_initializer`; see [`glorot_uniform`].
pub fn glorot_normal() -> VarianceScalingInitializer {
    variance_scaling().fan_avg()
}

/// Truncated normal values of standard deviation √(2 / fan_in), as `tf.initializers.he_normal`.
///
/// Source: K. He, X. Zhang, S. Ren and J. Sun, "Delving deep into rectifiers", ICCV 2015.
pub fn he_normal() -> VarianceScalingInitializer {
    variance_scaling().scale(2.0)
}

/// Uniform values in ±√(6 / fan_in), as `tf.initializers.he_uniform`; see [`he_normal`].
pub fn he_uniform() -> VarianceScalingInitializer {
    variance_scaling().scale(2.0).uniform()
}

/// Truncated normal values of standard deviation √(1 / fan_in), as `tf.initializers.lecun_normal`.
///
/// Source: Y. LeCun, L. Bottou, G. Orr and K. Müller, "Efficient BackProp", 1998.
pub fn lecun_normal() -> VarianceScalingInitializer {
    variance_scaling()
}

/// Uniform values in ±√(3 / fan_in), as `tf.initializers.lecun_uniform`; see [`lecun_normal`].
pub fn lecun_uniform() -> VarianceScalingInitializer {
    variance_scaling().uniform()
}

/// See [`variance_scaling`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VarianceScalingInitializer {
    scale: f64,
    fan: Fan,
    distribution: Distribution,
    seed: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Distribution {
    TruncatedNormalInitializer,
    UntruncatedNormal,
    Uniform,
}

impl VarianceScalingInitializer {
    /// The variance times `n`.
    pub fn scale(mut self, scale: f64) -> Self {
        self.scale = scale;
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

    /// Normal values, those beyond two standard deviations drawn again; the variance is that after
    /// truncation.
    pub fn truncated_normal(mut self) -> Self {
        self.distribution = Distribution::TruncatedNormalInitializer;
        self
    }

    /// Normal values.
    pub fn untruncated_normal(mut self) -> Self {
        self.distribution = Distribution::UntruncatedNormal;
        self
    }

    /// Uniform values.
    pub fn uniform(mut self) -> Self {
        self.distribution = Distribution::Uniform;
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

/// The standard deviation of a standard normal variable cut off at ±2.
const TRUNCATED_STDDEV: f64 = 0.879_625_661_034_239_8;

impl<T: Float> Initializer<T> for VarianceScalingInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        if self.scale <= 0.0 {
            return graph.failed(
                "scale",
                Error::invalid_argument("`scale` must be positive float."),
            );
        }
        let variance = self.scale / self.fan.count(fans(shape)).max(1.0);
        match self.distribution {
            Distribution::TruncatedNormalInitializer => {
                let stddev = variance.sqrt() / TRUNCATED_STDDEV;
                graph.truncated_normal_with(shape, normal(0.0, stddev, self.seed))
            }
            Distribution::UntruncatedNormal => {
                graph.random_normal_with(shape, normal(0.0, variance.sqrt(), self.seed))
            }
            Distribution::Uniform => {
                let bound = (3.0 * variance).sqrt();
                uniform(graph, shape, [-bound, bound], self.seed)
            }
        }
    }
}

/// What the variance is divided by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Fan {
    In,
    Out,
    Average,
}

impl Fan {
    pub(super) fn count(self, (fan_in, fan_out): (f64, f64)) -> f64 {
        match self {
            Fan::In => fan_in,
            Fan::Out => fan_out,
            Fan::Average => (fan_in + fan_out) / 2.0,
        }
    }
}

/// The numbers of inputs and outputs of the layer whose weights have this shape.
pub(super) fn fans(shape: &[usize]) -> (f64, f64) {
    match *shape {
        [] => (1.0, 1.0),
        [only] => (only as f64, only as f64),
        [ref field @ .., inputs, outputs] => {
            let field: f64 = field.iter().map(|&length| length as f64).product();
            (inputs as f64 * field, outputs as f64 * field)
        }
    }
}
