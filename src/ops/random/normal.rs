//! Normal and truncated normal values.

use super::draw::{Distribution, draw};
use super::seeds;
use crate::graph::{Graph, IntoTensor, Tensor};
use crate::ops::math::add_as;
use crate::ops::{Integers, IntoIntegers, NumberOrTensor};
use crate::types::{Float, WholeNumber};

impl Graph {
    /// Normal values with mean 0 and standard deviation 1, new ones
    /// in every run, as `tf.random_normal` makes them.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// graph.set_random_seed(1);
    /// let x = graph.random_normal::<f32>([2, 3]);
    /// let session = tf::Session::new(&graph)?;
    /// let (first, second) = (session.run(&x, [])?, session.run(&x, [])?);
    /// assert_eq!(first.shape(), [2, 3]);
    /// assert_ne!(first, second);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `shape` is not a vector of lengths.
    ///
    /// # Options
    /// `mean`, `stddev`, `seed`: see [`random_normal_with`](Graph::random_normal_with).
    #[track_caller]
    pub fn random_normal<T: Float>(&self, shape: impl IntoIntegers) -> Tensor<T> {
        self.random_normal_with(shape, RandomNormal::new())
    }

    /// As [`random_normal`](Graph::random_normal), with mean, standard deviation and seed as
    /// `options` say.
    ///
    /// ```
    /// use tf1::{Graph, RandomNormal};
    ///
    /// let graph = Graph::new();
    /// let noise = graph.random_normal_with::<f32>([4], RandomNormal::new().stddev(0.1).seed(1));
    /// assert_eq!(noise.to_string(), r#"Tensor("random_normal:0", shape=(4,), dtype=float32)"#);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `shape` is not a vector of lengths, or a parameter does not broadcast
    /// with it.
    #[track_caller]
    pub fn random_normal_with<T: Float>(
        &self,
        shape: impl IntoIntegers,
        options: impl Into<RandomNormal<T>>,
    ) -> Tensor<T> {
        let options = options.into();
        self.normal(
            "random_normal",
            Distribution::Normal,
            shape.into_integers(),
            options,
        )
    }

    /// Normal values with mean 0 and standard deviation 1, those beyond ±2 drawn again, new ones in
    /// every run, as `tf.truncated_normal` makes them.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// graph.set_random_seed(1);
    /// let x = graph.truncated_normal::<f32>([2, 3]);
    /// let session = tf::Session::new(&graph)?;
    /// let (first, second) = (session.run(&x, [])?, session.run(&x, [])?);
    /// assert_eq!(first.shape(), [2, 3]);
    /// assert_ne!(first, second);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if `shape` is not a vector of lengths.
    ///
    /// # Options
    /// `mean`, `stddev`, `seed`: see [`truncated_normal_with`](Graph::truncated_normal_with).
    #[track_caller]
    pub fn truncated_normal<T: Float>(&self, shape: impl IntoIntegers) -> Tensor<T> {
        self.truncated_normal_with(shape, TruncatedNormal::new())
    }

    /// As [`truncated_normal`](Graph::truncated_normal), with mean, standard deviation (that before
    /// truncation) and seed as `options` say.
    ///
    /// # Errors
    /// As [`random_normal_with`](Graph::random_normal_with).
    #[track_caller]
    pub fn truncated_normal_with<T: Float>(
        &self,
        shape: impl IntoIntegers,
        options: impl Into<TruncatedNormal<T>>,
    ) -> Tensor<T> {
        let options = options.into();
        self.normal(
            "truncated_normal",
            Distribution::TruncatedNormal,
            shape.into_integers(),
            options,
        )
    }

    #[track_caller]
    fn normal<T: Float>(
        &self,
        name: &str,
        distribution: Distribution,
        shape: Integers,
        options: RandomNormal<T>,
    ) -> Tensor<T> {
        let RandomNormal { mean, stddev, seed } = options;
        self.op_scope(name, |scope| {
            let shape = shape.into_any(self, "shape");
            let mean = mean.into_tensor(self, "mean");
            let stddev = stddev.into_tensor(self, "stddev");
            let standard = draw::<T>(self, distribution, shape, seeds(self, seed));
            add_as(scope, &(standard * stddev), &mean)
        })
    }
}

/// The options of [`Graph::random_normal_with`].
#[derive(Clone, Debug)]
pub struct RandomNormal<T: Float> {
    mean: NumberOrTensor<T>,
    stddev: NumberOrTensor<T>,
    seed: Option<i64>,
}

/// The options of [`Graph::truncated_normal_with`].
pub type TruncatedNormal<T> = RandomNormal<T>;

/// With this standard deviation, as [`RandomNormal::stddev`].
impl<T: Float> From<T> for RandomNormal<T> {
    fn from(stddev: T) -> Self {
        RandomNormal::new().stddev(stddev)
    }
}

/// With this mean and this standard deviation, as [`RandomNormal::mean`] and
/// [`RandomNormal::stddev`].
impl<T: Float> From<(T, T)> for RandomNormal<T> {
    fn from((mean, stddev): (T, T)) -> Self {
        RandomNormal::new().mean(mean).stddev(stddev)
    }
}

impl<T: Float> RandomNormal<T> {
    /// Mean 0, standard deviation 1 and no seed of the op's own.
    pub fn new() -> Self {
        RandomNormal {
            mean: T::ZERO.into(),
            stddev: T::ONE.into(),
            seed: None,
        }
    }

    /// The mean.
    pub fn mean(mut self, mean: impl Into<NumberOrTensor<T>>) -> Self {
        self.mean = mean.into();
        self
    }

    /// The standard deviation.
    pub fn stddev(mut self, stddev: impl Into<NumberOrTensor<T>>) -> Self {
        self.stddev = stddev.into();
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}

impl<T: Float> Default for RandomNormal<T> {
    fn default() -> Self {
        RandomNormal::new()
    }
}
