//! `dense`: a fully connected layer.

use std::fmt;
use std::sync::Arc;

use super::scope::{Scope, expect_rank};
use super::tensordot::last_axis_product;
use super::weight::Weight;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::initializers::{glorot_uniform, zeros};
use crate::kernels::MatMulElement;
use crate::ops::math::matmul;
use crate::ops::nn::bias_add;
use crate::types::{Error, Float, Result, Shape, WholeNumber};
use crate::variables::{Initializer, Regularizer, Reuse};

/// A fully connected layer, `x · kernel + bias`, as `tf.layers.dense` makes it: each of the `units` results depends on all
/// elements along the last axis of `inputs`.
///
/// `inputs` is [.., k], with at least two axes; the result is [.., `units`]. The variables are `dense/kernel` [k, `units`], which
/// starts [Glorot-uniform](glorot_uniform), and `dense/bias` \[`units`\], which starts with zeros.
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
/// `InvalidArgument` if `inputs` has fewer than two axes or the length of the last is not known before a run.
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

/// As [`dense`], with activation, variables and name as `options` says. An activation alone stands for itself:
/// `dense_with(&x, 10, nn::relu)`, or a closure, `dense_with(&x, 10, |x: Tensor| nn::relu(x))`.
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
    options.scope.open(&graph, KIND, || {
        let x = inputs.into_tensor(&graph, "inputs");
        if x.is_failed() {
            return x;
        }
        let units = units.to_count("units");
        let lengths = last_length(&x.shape()).and_then(|lengths| Ok((lengths, units?)));
        match lengths {
            Ok(((rank, length), units)) => options.build(&x, rank, [length, units]),
            Err(error) => graph.failed(KIND, error),
        }
    })
}

const KIND: &str = "dense";

/// The rank of a layer's input and the length of its last axis.
fn last_length(shape: &Shape) -> Result<(usize, usize)> {
    let rank = expect_rank(shape, KIND, 2)?;
    let length = shape.dim(rank - 1).ok_or_else(|| {
        Error::invalid_argument(
            "The last dimension of the inputs to `Dense` should be defined. Found `None`.",
        )
        .with_help("tell it by set_shape, or reshape")
    })?;
    Ok((rank, length))
}

type Activation<T> = dyn Fn(Tensor<T>) -> Tensor<T>;

/// The options of [`dense_with`].
#[derive(Clone)]
pub struct Dense<T> {
    activation: Option<Arc<Activation<T>>>,
    kernel: Weight<T>,
    bias: Weight<T>,
    use_bias: bool,
    trainable: bool,
    scope: Scope,
}

/// With this activation, as [`Dense::activation`].
impl<T: Float, A: Fn(Tensor<T>) -> Tensor<T> + 'static> From<A> for Dense<T> {
    fn from(activation: A) -> Self {
        Dense::new().activation(activation)
    }
}

impl<T: Float> Dense<T> {
    /// A layer with a bias and no activation.
    pub fn new() -> Self {
        Dense {
            activation: None,
            kernel: Weight::new(glorot_uniform()),
            bias: Weight::new(zeros()),
            use_bias: true,
            trainable: true,
            scope: Scope::default(),
        }
    }

    /// What the result goes through, such as [`nn::relu`](crate::nn::relu) or a closure.
    pub fn activation(mut self, activation: impl Fn(Tensor<T>) -> Tensor<T> + 'static) -> Self {
        self.activation = Some(Arc::new(activation));
        self
    }

    /// Whether there is a bias. Before a normalization it is of no use, as that takes it away again.
    pub fn use_bias(mut self, use_bias: bool) -> Self {
        self.use_bias = use_bias;
        self
    }

    /// The initial value of the kernel.
    pub fn kernel_initializer(mut self, initializer: impl Initializer<T> + 'static) -> Self {
        self.kernel.initializer = Arc::new(initializer);
        self
    }

    /// The initial value of the bias.
    pub fn bias_initializer(mut self, initializer: impl Initializer<T> + 'static) -> Self {
        self.bias.initializer = Arc::new(initializer);
        self
    }

    /// A price on the values of the kernel.
    pub fn kernel_regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.kernel.regularizer = Some(Arc::new(regularizer));
        self
    }

    /// A price on the values of the bias.
    pub fn bias_regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.bias.regularizer = Some(Arc::new(regularizer));
        self
    }

    /// Whether optimizers train the variables unless told which to train.
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = trainable;
        self
    }

    /// The layer's name; another layer of that name must share its variables.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.scope.name = Some(name.as_ref().to_string());
        self
    }

    /// Whether the variables may or must be those of another layer of that name.
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.scope.reuse = reuse;
        self
    }
}

impl<T: Float + MatMulElement> Dense<T> {
    /// The layer of `x`, whose rank is known, in the open scope.
    #[track_caller]
    fn build(&self, x: &Tensor<T>, rank: usize, [inputs, units]: [usize; 2]) -> Tensor<T> {
        let graph = x.graph();
        let variable = |weight: &Weight<T>, name: &str, shape: &[usize]| {
            weight.variable(graph, name, shape, self.trainable).value()
        };
        let kernel = variable(&self.kernel, "kernel", &[inputs, units]);
        let bias = self
            .use_bias
            .then(|| variable(&self.bias, "bias", &[units]));
        let mut outputs = match rank {
            2 => matmul(x, kernel),
            _ => last_axis_product(x, &kernel, [inputs, units]),
        };
        if let Some(dims) = x.shape().dims()
            && !outputs.is_failed()
        {
            outputs.set_shape([&dims[..rank - 1], &[Some(units)]].concat());
        }
        if let Some(bias) = bias {
            outputs = bias_add(outputs, bias);
        }
        match &self.activation {
            Some(activation) => activation(outputs),
            None => outputs,
        }
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
            .field("bias", &self.bias)
            .field("use_bias", &self.use_bias)
            .field("trainable", &self.trainable)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
