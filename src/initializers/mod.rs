//! Rules for the initial values of variables, for [`Graph::get_variable`](crate::Graph::get_variable).
//!
//! Each function is one of `tf.initializers` (`tf.zeros_initializer`, `tf.glorot_uniform_initializer`, ...) or of
//! `tf.contrib.layers`, and makes the same nodes under the same names, so that seeds give TensorFlow's values. What
//! TensorFlow takes as optional arguments are methods:
//!
//! ```
//! use tf1::{Graph, initializers};
//!
//! let graph = Graph::new();
//! let w1 = graph.get_variable::<f32>("W1", [25, 12288], initializers::xavier().seed(1));
//! let w2 = graph.get_variable::<f32>("W2", [12, 25], initializers::random_normal().stddev(0.01));
//! let b2 = graph.get_variable::<f32>("b2", [12, 1], initializers::default());
//! # assert_eq!(w1.op().inputs().len(), 0);
//! ```
//!
//! Numbers given to an initializer are `f64` and become the variable's element type when it is made. An array or a
//! tensor is an initializer too: that very value. To write another, implement [`Initializer`](crate::Initializer).
//!
//! | function | values | σ, or bounds ± |
//! | --- | --- | --- |
//! | [`glorot_uniform`], [`xavier`] | uniform | √(6 / (fan_in + fan_out)) |
//! | [`glorot_normal`] | truncated normal | √(2 / (fan_in + fan_out)) |
//! | [`he_uniform`] | uniform | √(6 / fan_in) |
//! | [`he_normal`] | truncated normal | √(2 / fan_in) |
//! | [`lecun_uniform`] | uniform | √(3 / fan_in) |
//! | [`lecun_normal`] | truncated normal | √(1 / fan_in) |
//!
//! Of a variable of shape [.., n, m] fan_in is `n` and fan_out is `m`, both times the product of the lengths before
//! them: the inputs and outputs of a matrix product, or of a convolution.

mod contrib;
mod fixed;
mod random;
mod scaling;
mod value;

pub use contrib::{ContribVarianceScaling, contrib_variance_scaling, xavier};
pub use fixed::{Constant, DefaultInitializer, Ones, Zeros, constant, default, ones, zeros};
pub use random::{
    RandomNormal, RandomUniform, TruncatedNormal, UniformUnitScaling, random_normal,
    random_uniform, truncated_normal, uniform_unit_scaling,
};
pub use scaling::{
    VarianceScaling, glorot_normal, glorot_uniform, he_normal, he_uniform, lecun_normal,
    lecun_uniform, variance_scaling,
};

use crate::graph::{Graph, Tensor};
use crate::ops::random::{RandomNormal as NormalOptions, RandomUniform as UniformOptions};
use crate::types::{Float, Numeric};

/// Uniform values in [minval, maxval).
fn uniform<T: Numeric>(
    graph: &Graph,
    shape: &[usize],
    [minval, maxval]: [f64; 2],
    seed: Option<i64>,
) -> Tensor<T> {
    let options = UniformOptions::new()
        .minval(T::from_f64(minval))
        .maxval(T::from_f64(maxval));
    graph.random_uniform_with(shape, with_seed(options, UniformOptions::seed, seed))
}

/// The options of normal values.
fn normal<T: Float>(mean: f64, stddev: f64, seed: Option<i64>) -> NormalOptions<T> {
    let options = NormalOptions::new()
        .mean(T::from_f64(mean))
        .stddev(T::from_f64(stddev));
    with_seed(options, NormalOptions::seed, seed)
}

fn with_seed<O>(options: O, set: impl FnOnce(O, i64) -> O, seed: Option<i64>) -> O {
    match seed {
        Some(seed) => set(options, seed),
        None => options,
    }
}
