//! `dense`: a fully connected layer.

use std::fmt;
use std::sync::Arc;

use super::activity::regularize_activity;
use super::scope::{Scope, as_list, expect_rank};
use super::weight::Weight;
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::initializers::{glorot_uniform, zeros};
use crate::kernels::MatMulElement;
use crate::ops::math::matmul;
use crate::ops::math::tensordot::last_axis_product;
use crate::ops::nn::bias_add;
use crate::types::{Error, Float, Result, Shape, WholeNumber};
use crate::variables::{Constraint, Initializer, Regularizer, Reuse, Variable};

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
        let weights = |inputs, units| options.weights(&graph, inputs, units);
        match options.make(&x, units.to_count("units"), weights) {
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

type Activation<T> = dyn Fn(Tensor<T>) -> Tensor<T>;

/// The options of [`dense_with`].
#[derive(Clone)]
pub struct Dense<T> {
    activation: Option<Arc<Activation<T>>>,
    kernel: Weight<T>,
    bias: Weight<T>,
    activity_regularizer: Option<Arc<dyn Regularizer>>,
    use_bias: bool,
    trainable: bool,
    pub(super) scope: Scope,
}

/// With this activation, as [`Dense::activation`].
impl<T: Float, A: Fn(Tensor<T>) -> Tensor<T> + 'static> From<A> for Dense<T> {
    fn from(activation: A) -> Self {
        Dense::new().activation(activation)
    }
}

impl<T: Float> Dense<T> {
    /// A layer with a bias and no activation; [`layer(units)`](Dense::layer) makes the object of it that several inputs share.
    pub fn new() -> Self {
        Dense {
            activation: None,
            kernel: Weight::new(glorot_uniform()),
            bias: Weight::new(zeros()),
            activity_regularizer: None,
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

    /// Whether there is a bias. It is of no use before a normalization, which takes it away again.
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

    /// A penalty on the values of the kernel.
    pub fn kernel_regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.kernel.regularizer = Some(Arc::new(regularizer));
        self
    }

    /// A penalty on the values of the bias.
    pub fn bias_regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.bias.regularizer = Some(Arc::new(regularizer));
        self
    }

    /// A penalty on the results, after the activation:
    /// what `regularizer` makes of them, divided by the number of examples (the length of
    /// the first axis), is added to the collection [`REGULARIZATION_LOSSES`](crate::GraphKeys::REGULARIZATION_LOSSES).
    pub fn activity_regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.activity_regularizer = Some(Arc::new(regularizer));
        self
    }

    /// Has optimizers apply `constrain` to the kernel after each of their steps; see
    /// [`VariableOptions::constraint`](crate::VariableOptions::constraint).
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
    pub fn kernel_constraint(
        mut self,
        constrain: impl Fn(Tensor<T>) -> Tensor<T> + Send + Sync + 'static,
    ) -> Self {
        self.kernel.constraint = Some(Constraint::new(constrain));
        self
    }

    /// As [`kernel_constraint`](Dense::kernel_constraint), for the bias.
    pub fn bias_constraint(
        mut self,
        constrain: impl Fn(Tensor<T>) -> Tensor<T> + Send + Sync + 'static,
    ) -> Self {
        self.bias.constraint = Some(Constraint::new(constrain));
        self
    }

    /// Whether optimizers train the variables if they are not told what to train.
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = trainable;
        self
    }

    /// Whether the variables are trained unless optimizers are told otherwise.
    pub(super) fn is_trainable(&self) -> bool {
        self.trainable
    }

    /// The layer's name; another layer of that name must share its variables.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.scope.name = Some(name.as_ref().to_string());
        self
    }

    /// Whether the variables may or must be those of another layer of that name.
    pub fn reuse(mut self, reuse: impl Into<Reuse>) -> Self {
        self.scope.reuse = reuse.into();
        self
    }
}

/// A layer's variables.
#[derive(Clone)]
pub(super) struct Weights<T> {
    pub(super) kernel: Variable<T>,
    pub(super) bias: Option<Variable<T>>,
}

impl<T: Float + MatMulElement> Dense<T> {
    /// The variables of a layer of so many inputs and units, in the open scope.
    #[track_caller]
    pub(super) fn weights(&self, graph: &Graph, inputs: usize, units: usize) -> Weights<T> {
        let variable = |weight: &Weight<T>, name: &str, shape: &[usize]| {
            weight.variable(graph, name, shape, self.trainable)
        };
        let kernel = variable(&self.kernel, "kernel", &[inputs, units]);
        let bias = self
            .use_bias
            .then(|| variable(&self.bias, "bias", &[units]));
        Weights { kernel, bias }
    }

    /// The layer of `x` in the open scope, and the variables of it, which `weights` gives for its number of inputs and of units; none if `x`
    /// stands for a mistake.
    #[track_caller]
    pub(super) fn make(
        &self,
        x: &Tensor<T>,
        units: Result<usize>,
        weights: impl FnOnce(usize, usize) -> Weights<T>,
    ) -> Result<(Tensor<T>, Option<Weights<T>>)> {
        if x.is_failed() {
            return Ok((x.clone(), None));
        }
        let (rank, inputs) = last_length(&x.shape())?;
        let units = units?;
        let weights = weights(inputs, units);
        let known = weights.kernel.shape();
        if let Some(known) = known.dim(0).filter(|known| *known != inputs) {
            return Err(Error::invalid_argument(format!(
                "Input 0 of layer {KIND} is incompatible with the layer: expected axis -1 of input shape to have value \
                 {known} but received input with shape {}",
                as_list(&x.shape())
            )));
        }
        let outputs = self.outputs(x, rank, [inputs, units], &weights);
        regularize_activity(&outputs, self.activity_regularizer.as_deref());
        Ok((outputs, Some(weights)))
    }

    #[track_caller]
    fn outputs(
        &self,
        x: &Tensor<T>,
        rank: usize,
        [inputs, units]: [usize; 2],
        weights: &Weights<T>,
    ) -> Tensor<T> {
        let kernel = weights.kernel.value();
        let mut outputs = match rank {
            2 => matmul(x, kernel),
            _ => last_axis_product(x, &kernel, [inputs, units]),
        };
        if let Some(dims) = x.shape().dims()
            && !outputs.is_failed()
        {
            outputs.set_shape([&dims[..rank - 1], &[Some(units)]].concat());
        }
        if let Some(bias) = &weights.bias {
            outputs = bias_add(outputs, bias.value());
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
            .field("activity_regularizer", &self.activity_regularizer)
            .field("use_bias", &self.use_bias)
            .field("trainable", &self.trainable)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
