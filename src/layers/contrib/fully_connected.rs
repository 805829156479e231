//! `fully_connected`, `linear`, `relu`.

use super::super::dense::{Dense, dense_with};
use super::arg_scope::{arg_scope_options, default_of};
use super::weighted::{Parts, parts_options};
use crate::graph::{IntoTensor, Tensor};
use crate::kernels::MatMulElement;
use crate::nn;
use crate::types::{Float, WholeNumber};

/// A fully connected layer with ReLU, relu(x · weights + biases), as
/// `tf.contrib.layers.fully_connected` makes it.
///
/// `inputs` is [.., k], with at least two axes; the result is [.., `num_outputs`]. The variables
/// are `fully_connected/weights`, which starts [Xavier-uniform](crate::initializers::xavier), and
/// `fully_connected/biases`, which starts with zeros; both are among the
/// [`model_variables`](crate::Graph::model_variables).
///
/// ```
/// use tf1 as tf;
/// use tf::contrib::layers::{self, FullyConnected};
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 784]);
/// let hidden = layers::fully_connected(&x, 100);
/// let logits = layers::fully_connected_with(hidden, 10, FullyConnected::new().no_activation());
/// assert_eq!(logits.to_string(), r#"Tensor("fully_connected_1/BiasAdd:0", shape=(?, 10), dtype=float32)"#);
/// ```
///
/// # Errors
/// `InvalidArgument` if `inputs` has fewer than two axes or the length of the last is not known
/// before a run.
///
/// # Options
/// `activation_fn`, `normalizer_fn`, `weights_initializer` and more: see [`fully_connected_with`].
#[track_caller]
pub fn fully_connected<T: Float + MatMulElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
) -> Tensor<T> {
    fully_connected_with(inputs, num_outputs, FullyConnected::new())
}

/// As [`fully_connected`], with activation, normalizer, variables and scope as `options` say. An
/// activation alone stands for itself: `fully_connected_with(&x, 10, nn::tanh)`.
///
/// # Errors
/// As [`fully_connected`]; and what [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn fully_connected_with<T: Float + MatMulElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
    options: impl Into<FullyConnected<T>>,
) -> Tensor<T> {
    let FullyConnected { parts } = options.into();
    parts.make("fully_connected", inputs, |x| {
        let layer = Dense::of(parts.weights.clone(), parts.of_layer());
        dense_with(x, num_outputs, layer)
    })
}

/// As [`fully_connected`] without an activation, as `tf.contrib.layers.linear` makes it.
///
/// # Errors
/// As [`fully_connected`].
///
/// # Options
/// `weights_initializer`, `scope` and more: see [`linear_with`].
#[track_caller]
pub fn linear<T: Float + MatMulElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
) -> Tensor<T> {
    linear_with(inputs, num_outputs, FullyConnected::new())
}

/// As [`linear`], with options.
///
/// # Errors
/// As [`fully_connected_with`].
#[track_caller]
pub fn linear_with<T: Float + MatMulElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
    options: impl Into<FullyConnected<T>>,
) -> Tensor<T> {
    fully_connected_with(inputs, num_outputs, options.into().no_activation())
}

/// [`fully_connected`] with ReLU, whatever [`arg_scope`](super::arg_scope()) says, as
/// `tf.contrib.layers.relu` makes it.
///
/// # Errors
/// As [`fully_connected`].
///
/// # Options
/// `weights_initializer`, `scope` and more: see [`relu_with`].
#[track_caller]
pub fn relu<T: Float + MatMulElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
) -> Tensor<T> {
    relu_with(inputs, num_outputs, FullyConnected::new())
}

/// As [`relu`], with options.
///
/// # Errors
/// As [`fully_connected_with`].
#[track_caller]
pub fn relu_with<T: Float + MatMulElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
    options: impl Into<FullyConnected<T>>,
) -> Tensor<T> {
    let options = options.into().activation_fn(nn::relu);
    fully_connected_with(inputs, num_outputs, options)
}

/// The options of [`fully_connected_with`].
#[derive(Clone, Debug)]
pub struct FullyConnected<T> {
    parts: Parts<T>,
}

arg_scope_options! {
    FullyConnected<T>, T;
}

/// With this activation, as [`FullyConnected::activation_fn`].
impl<T: Float, A: Fn(Tensor<T>) -> Tensor<T> + 'static> From<A> for FullyConnected<T> {
    fn from(activation: A) -> Self {
        FullyConnected::new().activation_fn(activation)
    }
}

impl<T: Float> FullyConnected<T> {
    /// With ReLU, Xavier-uniform weights and biases that are zero at first; or what an
    /// [`arg_scope`](super::arg_scope()) says.
    pub fn new() -> Self {
        default_of().unwrap_or_else(|| FullyConnected {
            parts: Parts::new(),
        })
    }

    parts_options!();
}

impl<T: Float> Default for FullyConnected<T> {
    fn default() -> Self {
        FullyConnected::new()
    }
}
