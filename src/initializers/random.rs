//! Random initial values of given bounds or spread.

use super::{normal, uniform, with_seed};
use crate::graph::{AnyTensor, Graph, Tensor};
use crate::ops::random::RandomUniform as UniformOptions;
use crate::types::{DType, Float, Numeric, WholeNumber, with_class};
use crate::variables::Initializer;

/// Uniform values, in [0, 1) unless bounds are given, as `tf.random_uniform_initializer`.
///
/// # Errors
/// For integers a [`maxval`](RandomUniformInitializer::maxval) must be given.
pub fn random_uniform() -> RandomUniformInitializer {
    RandomUniformInitializer {
        minval: 0.0,
        maxval: None,
        seed: None,
    }
}

/// Normal values, of mean 0 and standard deviation 1 unless given, as
/// `tf.random_normal_initializer`.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let w = graph.get_variable::<f32>("w", [2, 3], tf::initializers::random_normal().stddev(0.1));
/// let session = tf::Session::new(&graph)?;
/// session.run(w.initializer(), [])?;
/// assert!(session.run(&w, [])?.iter().all(|value| value.abs() < 1.0));
/// # Ok::<(), tf::Error>(())
/// ```
pub fn random_normal() -> RandomNormalInitializer {
    RandomNormalInitializer {
        mean: 0.0,
        stddev: 1.0,
        seed: None,
    }
}

/// Normal values, those beyond two standard deviations drawn again, as
/// `tf.truncated_normal_initializer`; of mean 0 and standard deviation (before truncation) 1 unless
/// given.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let w = graph.get_variable::<f32>("w", [2, 3], tf::initializers::truncated_normal().stddev(0.1));
/// let session = tf::Session::new(&graph)?;
/// session.run(w.initializer(), [])?;
/// assert!(session.run(&w, [])?.iter().all(|value| value.abs() <= 0.2));
/// # Ok::<(), tf::Error>(())
/// ```
pub fn truncated_normal() -> TruncatedNormalInitializer {
    TruncatedNormalInitializer {
        mean: 0.0,
        stddev: 1.0,
        seed: None,
    }
}

/// Uniform values in ±factor·√(3 / n), with `n` the product of all lengths but the last, as
/// `tf.uniform_unit_scaling_initializer`.
pub fn uniform_unit_scaling() -> UniformUnitScalingInitializer {
    UniformUnitScalingInitializer {
        factor: 1.0,
        seed: None,
    }
}

/// See [`random_uniform()`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomUniformInitializer {
    minval: f64,
    maxval: Option<f64>,
    seed: Option<i64>,
}

impl RandomUniformInitializer {
    /// The lower bound, itself included.
    pub fn minval(mut self, minval: f64) -> Self {
        self.minval = minval;
        self
    }

    /// The upper bound, itself excluded.
    pub fn maxval(mut self, maxval: f64) -> Self {
        self.maxval = Some(maxval);
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

impl<T: Numeric> Initializer<T> for RandomUniformInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        match self.maxval {
            Some(maxval) => uniform(graph, shape, [self.minval, maxval], self.seed),
            None => {
                let options = UniformOptions::new().minval(T::from_f64(self.minval));
                graph
                    .random_uniform_with(shape, with_seed(options, UniformOptions::seed, self.seed))
            }
        }
    }

    fn build_as(&self, graph: &Graph, shape: &[usize], dtype: DType) -> Option<AnyTensor> {
        with_class!(index, dtype, D => Some(Initializer::<D>::build(self, graph, shape).any()), None)
    }
}

/// See [`random_normal()`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RandomNormalInitializer {
    mean: f64,
    stddev: f64,
    seed: Option<i64>,
}

impl RandomNormalInitializer {
    /// The mean.
    pub fn mean(mut self, mean: f64) -> Self {
        self.mean = mean;
        self
    }

    /// The standard deviation.
    pub fn stddev(mut self, stddev: f64) -> Self {
        self.stddev = stddev;
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

impl<T: Float> Initializer<T> for RandomNormalInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        graph.random_normal_with(shape, normal(self.mean, self.stddev, self.seed))
    }
}

/// See [`truncated_normal()`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TruncatedNormalInitializer {
    mean: f64,
    stddev: f64,
    seed: Option<i64>,
}

impl TruncatedNormalInitializer {
    /// The mean.
    pub fn mean(mut self, mean: f64) -> Self {
        self.mean = mean;
        self
    }

    /// The standard deviation before truncation.
    pub fn stddev(mut self, stddev: f64) -> Self {
        self.stddev = stddev;
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

impl<T: Float> Initializer<T> for TruncatedNormalInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        graph.truncated_normal_with(shape, normal(self.mean, self.stddev, self.seed))
    }
}

/// See [`uniform_unit_scaling()`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UniformUnitScalingInitializer {
    factor: f64,
    seed: Option<i64>,
}

impl UniformUnitScalingInitializer {
    /// What the bounds are multiplied by: about 1.43 makes up for `relu`, 1.15 for `tanh`.
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

impl<T: Float> Initializer<T> for UniformUnitScalingInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        let all_but_last = shape.split_last().map_or(&[][..], |(_, rest)| rest);
        let inputs: f64 = all_but_last.iter().map(|&length| length as f64).product();
        let bound = (3.0 / inputs.max(1.0)).sqrt() * self.factor;
        uniform(graph, shape, [-bound, bound], self.seed)
    }
}
