//! `dense`: a fully connected layer.

use std::fmt;

use super::scope::{as_list, expect_rank};
use super::weight::Weight;
use super::weighted::{Common, Weights, common_options, weight_options};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::initializers::glorot_uniform;
use crate::kernels::MatMulElement;
use crate::ops::math::matmul;
use crate::ops::math::tensordot::last_axis_product;
use crate::ops::nn::bias_add;
use crate::types::{Error, Float, Result, Shape, WholeNumber};

/// A fully connected layer, `x · kernel + bias`, as `tf.layers.dense` makes it: each of the `units`
/// results depends on all elements along the last axis of `inputs`.
///
/// `inputs` is [.., k], with at least two axes; the result is [.., `units`]. The variables are
/// `dense/kernel` [k, `units`], which starts [Glorot-uniform](glorot_uniform), and `dense/bias`
/// \[`units`\], which starts with zeros.
///
/// ```
/// use tf1::layers::{self, Dense};
/// use tf1::{Graph, Reuse, nn};
///
/// let graph = Graph::new();
/// let x = graph.placeholder::<f32>("x", tf1::shape![?, 784]);
/// let hidden = layers::dense_with(&x, 100, Dense::new().activation(nn::relu));
/// let logits = layers::dense_with(hidden, 10, Dense::new().name("logits"));
/// assert_eq!(logits.to_string(), r#"Tensor("logits/BiasAdd:0", shape=(?, 10), dtype=float32)"#);
/// let names: Vec<String> = graph.trainable_variables().iter().map(|variable| variable.name()).collect();
/// assert_eq!(names, ["dense/kernel:0", "dense/bias:0", "logits/kernel:0", "logits/bias:0"]);
/// ```
///
/// # Errors
/// `InvalidArgument` if `inputs` has fewer than two axes or the length of the last is not known
/// before a run.
///
/// A layer that is applied to several inputs is made by [`Dense::layer`].
///
/// # Options
/// `activation`, `use_bias`, `kernel_initializer` and more: see [`dense_with`].
#[track_caller]
pub fn dense<T: Float + MatMulElement>(
    inputs: impl IntoTensor<T>,
    units: impl WholeNumber,
) -> Tensor<T> {
    dense_with(inputs, units, Dense::new())
}

/// As [`dense`], with activation, variables and name as `options` says. An activation alone stands
/// for itself: `dense_with(&x, 10, nn::relu)`, or a closure, `dense_with(&x, 10, |x: Tensor|
/// nn::relu(x))`.
///
/// ```
/// use tf1::{self as tf, Tensor, layers::{self, Dense}, train::Optimizer};
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 3]);
/// let options = Dense::new().kernel_constraint(|kernel: Tensor| tf::clip_by_value(kernel, -0.1, 0.1));
/// let y = layers::dense_with(&x, 2, options);
/// let train = tf::train::GradientDescentOptimizer::new(1.0).minimize(tf::reduce_sum(&y, ..));
/// # graph.check()?;
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`dense`]; and what [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn dense_with<T: Float + MatMulElement>(
    inputs: impl IntoTensor<T>,
    units: impl WholeNumber,
    options: impl Into<Dense<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph()]);
    options.common.scope.open(&graph, KIND, || {
        let x = inputs.into_tensor(&graph, "inputs");
        match options.build(&graph, &x, units.to_count("units"), None) {
            Ok((outputs, _)) => outputs,
            Err(error) => graph.failed(KIND, error),
        }
    })
}

pub(super) const KIND: &str = "dense";

/// The rank of a layer's input and the length of its last axis.
pub(super) fn last_length(shape: &Shape) -> Result<(usize, usize)> {
    let rank = expect_rank(shape, KIND, 2)?;
    let length = shape.dim(rank - 1).ok_or_else(|| {
        Error::invalid_argument(
            "The last dimension of the inputs to `Dense` should be defined. Found `None`.",
        )
        .with_help("tell it by set_shape, or reshape")
    })?;
    Ok((rank, length))
}

/// The options of [`dense_with`].
#[derive(Clone)]
pub struct Dense<T> {
    kernel: Weight<T>,
    pub(super) common: Common<T>,
}

/// With this activation, as [`Dense::activation`].
impl<T: Float, A: Fn(Tensor<T>) -> Tensor<T> + 'static> From<A> for Dense<T> {
    fn from(activation: A) -> Self {
        Dense::new().activation(activation)
    }
}

impl<T: Float> Dense<T> {
    /// A layer with a bias and no activation; [`layer(units)`](Dense::layer) makes the object of it
    /// that several inputs share.
    pub fn new() -> Self {
        Dense {
            kernel: Weight::new(glorot_uniform()),
            common: Common::new(),
        }
    }

    /// A layer whose variables are made so.
    pub(super) fn of(kernel: Weight<T>, common: Common<T>) -> Self {
        Dense { kernel, common }
    }

    common_options!();
    weight_options!("kernel" kernel: kernel_initializer kernel_regularizer kernel_constraint);
    weight_options!("bias" common.bias: bias_initializer bias_regularizer bias_constraint);
}

impl<T: Float + MatMulElement> Dense<T> {
    /// The layer of `x` in the open scope, with its variables: those given, or new ones; none if
    /// `x` stands for a mistake.
    #[track_caller]
    pub(super) fn build(
        &self,
        graph: &Graph,
        x: &Tensor<T>,
        units: Result<usize>,
        known: Option<&Weights<T>>,
    ) -> Result<(Tensor<T>, Option<Weights<T>>)> {
        if x.is_failed() {
            return Ok((x.clone(), None));
        }
        let (rank, inputs) = last_length(&x.shape())?;
        let units = units?;
        let weights = known.cloned().unwrap_or_else(|| {
            let kernel = ("kernel", &self.kernel, vec![inputs, units]);
            self.common.weights(graph, [kernel], units)
        });
        let [kernel] = &weights.kernels;
        let wanted = kernel.shape().dim(0);
        if let Some(wanted) = wanted.filter(|wanted| *wanted != inputs) {
            return Err(Error::invalid_argument(format!(
                "Input 0 of layer {KIND} is incompatible with the layer: expected axis -1 of input shape to have value \
                 {wanted} but received input with shape {}",
                as_list(&x.shape())
            )));
        }
        let mut sums = match rank {
            2 => matmul(x, kernel.value()),
            _ => last_axis_product(x, &kernel.value(), [inputs, units]),
        };
        if let Some(dims) = x.shape().dims()
            && !sums.is_failed()
        {
            sums.set_shape([&dims[..rank - 1], &[Some(units)]].concat());
        }
        if let Some(bias) = &weights.bias {
            sums = bias_add(sums, bias.value());
        }
        Ok((self.common.activated(sums), Some(weights)))
    }
}

impl<T: Float> Default for Dense<T> {
    fn default() -> Self {
        Dense::new()
    }
}

impl<T> fmt::Debug for Dense<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dense")
            .field("kernel", &self.kernel)
            .field("common", &self.common)
            .finish()
    }
}
