//! Layers of few nodes: `bias_add`, `dropout`, `flatten`, `one_hot_encoding`, `softmax`,
//! `unit_norm`, `maxout`; and `stack` and `repeat`.

use std::fmt;
use std::sync::Arc;

use super::super::dropout::Dropout as DropoutLayer;
use super::super::flatten::flatten as flatten_layer;
use super::super::training::Training;
use super::super::weight::Weight;
use super::arg_scope::{arg_scope_options, default_of};
use super::scope::{
    ContribScope, Function, activated, activation_options, contrib_options, parameter_options,
    take_name,
};
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::initializers::zeros;
use crate::nn;
use crate::ops::NumberOrTensor;
use crate::ops::array::{
    OneHot, concat, one_hot_with, ones_like, reshape, shape, strided_slice, tile,
};
use crate::ops::math::{div, sqrt, square, sum, to_int64};
use crate::ops::nn::{BiasAdd as BiasAddOp, bias_add_with as bias_add_op};
use crate::ops::reduce::{keepdims, reduce_max, reduce_sum};
use crate::ops::support::{InGraph, resolve_axis};
use crate::types::{DType, Element, Error, Float, Integer, Result, Shape, WholeNumber};
use crate::variables::VariableScope;

/// `inputs` plus a variable that has a number for each element along the last axis,
/// `BiasAdd/biases`, as `tf.contrib.layers.bias_add` makes it.
///
/// # Errors
/// `InvalidArgument` if the number of axes, or the length of the last, is not known.
///
/// # Options
/// `activation_fn`, `initializer`, `regularizer` and more: see [`bias_add_with`].
#[track_caller]
pub fn bias_add<T: Float>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    bias_add_with(inputs, BiasAdd::new())
}

/// As [`bias_add`], with options; an activation stands for itself.
///
/// # Errors
/// As [`bias_add`]; and what [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn bias_add_with<T: Float>(
    inputs: impl IntoTensor<T>,
    options: impl Into<BiasAdd<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph()]);
    options.common.open(&graph, "BiasAdd", || {
        let x = inputs.into_tensor(&graph, "inputs");
        if x.is_failed() {
            return x;
        }
        let dims = x.shape();
        let axis = match options.channels_first {
            true => Some(1),
            false => dims.rank().and_then(|rank| rank.checked_sub(1)),
        };
        let Some(features) = axis.and_then(|axis| dims.dim(axis)) else {
            let error = Error::invalid_argument("`C` dimension must be known but is None");
            return graph.failed("BiasAdd", error.with_help("tell it by set_shape"));
        };
        let trainable = options.common.trainable;
        let biases = options
            .biases
            .variable(&graph, "biases", &[features], trainable);
        let mut layout = BiasAddOp::new();
        if options.channels_first {
            layout = layout.channels_first();
        }
        let outputs = bias_add_op(x, &biases, layout);
        activated(options.activation.as_ref(), outputs)
    })
}

/// The options of [`bias_add_with`].
#[derive(Clone)]
pub struct BiasAdd<T> {
    activation: Option<Arc<Function<T>>>,
    biases: Weight<T>,
    channels_first: bool,
    common: ContribScope,
}

arg_scope_options! {
    BiasAdd<T>, T;
    Dropout<T>, T;
}

/// With this activation, as [`BiasAdd::activation_fn`].
impl<T: Float, A: Fn(Tensor<T>) -> Tensor<T> + 'static> From<A> for BiasAdd<T> {
    fn from(activation: A) -> Self {
        BiasAdd::new().activation_fn(activation)
    }
}

impl<T: Float> BiasAdd<T> {
    /// Biases that are zero at first, and no activation; or what an
    /// [`arg_scope`](super::arg_scope()) says.
    pub fn new() -> Self {
        default_of().unwrap_or_else(|| BiasAdd {
            activation: None,
            biases: Weight::new(zeros()),
            channels_first: false,
            common: ContribScope::default(),
        })
    }

    activation_options!(activation);
    contrib_options!(common);
    parameter_options!("biases" biases: initializer regularizer);

    /// The channels are the second axis (`data_format='NCHW'`).
    pub fn channels_first(mut self) -> Self {
        self.channels_first = true;
        self
    }
}

impl<T: Float> Default for BiasAdd<T> {
    fn default() -> Self {
        BiasAdd::new()
    }
}

impl<T> fmt::Debug for BiasAdd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BiasAdd")
            .field("biases", &self.biases)
            .field("common", &self.common)
            .finish_non_exhaustive()
    }
}

/// `inputs` with each element set to 0 with a probability of 0.5 and the others doubled, as
/// `tf.contrib.layers.dropout` makes it.
///
/// Other than [`layers::dropout`](crate::layers::dropout) it works as in training unless
/// [`is_training`](Dropout::is_training) says otherwise.
///
/// # Errors
/// As [`layers::dropout_with`](crate::layers::dropout_with).
///
/// # Options
/// `keep_prob`, `noise_shape`, `is_training`, `seed`, `scope`: see [`dropout_with`].
#[track_caller]
pub fn dropout<T: Float>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    dropout_with(inputs, Dropout::new())
}

/// As [`dropout`], with options; a number is [`keep_prob`](Dropout::keep_prob).
///
/// # Errors
/// As [`dropout`].
#[track_caller]
pub fn dropout_with<T: Float>(
    inputs: impl IntoTensor<T>,
    options: impl Into<Dropout<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph(), options.layer.training.graph()]);
    options.common.open(&graph, "Dropout", || {
        take_name(&graph);
        let x = inputs.into_tensor(&graph, "inputs");
        match options.layer.build(&x) {
            Ok(y) => y,
            Err(error) => graph.failed("Dropout", error),
        }
    })
}

/// The options of [`dropout_with`].
#[derive(Clone, Debug)]
pub struct Dropout<T: Float> {
    layer: DropoutLayer<T>,
    common: ContribScope,
}

/// With this probability, as [`Dropout::keep_prob`].
impl<T: Float> From<f64> for Dropout<T> {
    fn from(keep_prob: f64) -> Self {
        Dropout::new().keep_prob(keep_prob)
    }
}

impl<T: Float> Dropout<T> {
    /// A probability of 0.5, each element by itself, in training; or what an
    /// [`arg_scope`](super::arg_scope()) says.
    pub fn new() -> Self {
        default_of().unwrap_or_else(|| Dropout {
            layer: DropoutLayer::new().training(true),
            common: ContribScope::default(),
        })
    }

    contrib_options!(common);

    /// The probability of an element to be kept.
    pub fn keep_prob(mut self, keep_prob: f64) -> Self {
        self.layer = self.layer.rate(1.0 - keep_prob);
        self
    }

    /// The shape of what is drawn; see
    /// [`layers::Dropout::noise_shape`](crate::layers::Dropout::noise_shape).
    pub fn noise_shape(mut self, noise_shape: impl Into<Shape>) -> Self {
        self.layer = self.layer.noise_shape(noise_shape);
        self
    }

    /// Whether elements are dropped: a `bool` or a tensor.
    pub fn is_training(mut self, is_training: impl Into<Training>) -> Self {
        self.layer = self.layer.training(is_training);
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.layer = self.layer.seed(seed);
        self
    }
}

impl<T: Float> Default for Dropout<T> {
    fn default() -> Self {
        Dropout::new()
    }
}

/// The elements of each example in one row, as `tf.contrib.layers.flatten` makes it: [n, a, b, ..]
/// becomes [n, a · b · ..].
///
/// # Errors
/// As [`layers::flatten`](crate::layers::flatten).
#[track_caller]
pub fn flatten<T: Element>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[inputs.graph()]);
    graph.op_scope("Flatten", |_| {
        flatten_layer(inputs.into_tensor(&graph, "inputs"))
    })
}

/// For each label a row with a 1 at its place and zeros elsewhere, as
/// `tf.contrib.layers.one_hot_encoding` makes it.
///
/// # Errors
/// As [`one_hot`](crate::one_hot).
#[track_caller]
pub fn one_hot_encoding<I: Integer>(
    labels: impl IntoTensor<I>,
    num_classes: impl WholeNumber,
) -> Tensor<f32> {
    let graph = graph_of(&[labels.graph()]);
    let num_classes = num_classes.to_i64();
    graph.op_scope("OneHotEncoding", |_| {
        let labels = labels.into_tensor(&graph, "labels");
        let options = OneHot::new().on_value(1.0f32).off_value(0.0f32);
        match i32::try_from(num_classes) {
            Ok(num_classes) if I::DTYPE == DType::Int32 => {
                one_hot_with(to_int64(&labels), num_classes, options)
            }
            Ok(num_classes) => one_hot_with(&labels, num_classes, options),
            Err(_) => {
                let message = format!("there cannot be {num_classes} classes");
                graph.failed("OneHotEncoding", Error::invalid_argument(message))
            }
        }
    })
}

/// Softmax along the last axis of logits with any number of axes, as `tf.contrib.layers.softmax`
/// computes it, by way of a matrix.
///
/// # Errors
/// `InvalidArgument` if there are fewer than two axes, or the length of the last is not known.
#[track_caller]
pub fn softmax<T: Float>(logits: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[logits.graph()]);
    graph.op_call(|| {
        graph.variable_scope(VariableScope::unique("softmax"), || {
            let logits = logits.into_tensor(&graph, "logits");
            if logits.is_failed() {
                return logits;
            }
            let dims = logits.shape();
            let last = dims.rank().filter(|rank| *rank >= 2);
            let last = last.and_then(|rank| dims.dim(rank - 1));
            let Some(last) = last.and_then(|last| i32::try_from(last).ok()) else {
                let message = format!(
                    "rank of shape must be at least 2, and its last length known, not {dims}"
                );
                return graph.failed("softmax", Error::invalid_argument(message));
            };
            let rows = nn::softmax(reshape(&logits, [-1, last]));
            let predictions = reshape(rows, shape(&logits));
            predictions.set_shape(dims);
            predictions
        })
    })
}

/// `inputs` divided by their lengths along axis `dim`, √(10⁻⁷ + Σ x²), as
/// `tf.contrib.layers.unit_norm` computes it.
///
/// # Errors
/// `InvalidArgument` if the number of axes is not known, or `dim` is none of them.
#[track_caller]
pub fn unit_norm<T: Float>(inputs: impl IntoTensor<T>, dim: impl WholeNumber) -> Tensor<T> {
    let graph = graph_of(&[inputs.graph()]);
    let dim = dim.to_i64();
    graph.op_call(|| {
        graph.variable_scope(VariableScope::unique("UnitNorm"), || {
            let x = inputs.into_tensor(&graph, "inputs");
            if x.is_failed() {
                return x;
            }
            let rank = x.shape().rank();
            let place = usize::try_from(dim).ok().zip(rank);
            let Some((axis, rank)) = place.filter(|(axis, rank)| axis < rank) else {
                let message = "dim must be positive but smaller than the input rank.";
                return graph.failed("UnitNorm", Error::invalid_argument(message));
            };
            let sums = reduce_sum(square(&x), keepdims(dim as isize));
            let lengths = sqrt(sum(T::from_f64(1e-7), sums));
            let mut multiples = Vec::with_capacity(3);
            if axis > 0 {
                multiples.push(graph.ones::<i32>([axis]));
            }
            let lengths_of_x = shape(&x);
            let begin = [dim as i32];
            // TensorFlow makes a node of the step.
            let step = ones_like(InGraph(begin, &graph));
            let this = strided_slice(lengths_of_x, begin, [dim as i32 + 1], step);
            multiples.push(this);
            if axis + 1 < rank {
                multiples.push(graph.ones::<i32>([rank - 1 - axis]));
            }
            let multiples = concat(multiples, 0);
            div(&x, tile(lengths, multiples))
        })
    })
}

/// The largest of each group of features along the last axis, of which there are `num_units`, as
/// `tf.contrib.layers.maxout` computes it.
///
/// Source: I. Goodfellow et al., "Maxout networks", ICML 2013.
///
/// # Errors
/// `InvalidArgument` if the number of features is not known, or cannot be cut into so many groups
/// of the same size.
///
/// # Options
/// `axis`: see [`maxout_with`].
#[track_caller]
pub fn maxout<T: Float>(inputs: impl IntoTensor<T>, num_units: impl WholeNumber) -> Tensor<T> {
    maxout_with(inputs, num_units, -1)
}

/// As [`maxout`], along another axis.
///
/// # Errors
/// As [`maxout`], and if the axis is out of range.
#[track_caller]
pub fn maxout_with<T: Float>(
    inputs: impl IntoTensor<T>,
    num_units: impl WholeNumber,
    axis: impl WholeNumber,
) -> Tensor<T> {
    let graph = graph_of(&[inputs.graph()]);
    let (units, axis) = (num_units.to_count("num_units"), axis.to_i64());
    graph.op_call(|| {
        graph.variable_scope(VariableScope::unique("MaxOut"), || {
            let x = inputs.into_tensor(&graph, "inputs");
            if x.is_failed() {
                return x;
            }
            match units.and_then(|units| groups(&x, units, axis)) {
                Ok(grouped) => reduce_max(grouped, -1),
                Err(error) => graph.failed("MaxOut", error),
            }
        })
    })
}

/// The features along an axis in so many groups, whose elements are along a new last axis.
#[track_caller]
fn groups<T: Float>(x: &Tensor<T>, units: usize, axis: i64) -> Result<Tensor<T>> {
    let dims = x.shape();
    let unknown = || {
        Error::invalid_argument(format!(
            "the number of features along axis {axis} is not known: {dims}"
        ))
    };
    let rank = dims.rank().ok_or_else(unknown)?;
    let axis = resolve_axis(axis, rank)?;
    let features = dims.dim(axis).ok_or_else(unknown)?;
    if features.checked_rem(units) != Some(0) {
        return Err(Error::invalid_argument(format!(
            "number of features({features}) is not a multiple of num_units({units})"
        )));
    }
    let number = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
    let mut lengths: Vec<NumberOrTensor<i32>> = Vec::with_capacity(rank + 1);
    for at in 0..rank {
        lengths.push(match dims.dim(at) {
            Some(_) if at == axis => number(units).into(),
            Some(length) => number(length).into(),
            None => shape(x).index(at as i64).into(),
        });
    }
    lengths.push(number(features / units).into());
    Ok(reshape(x, lengths))
}

/// One layer after the other, as `tf.contrib.layers.stack` makes them: `layer` is called with the
/// result of the one before, one of `arguments`, and its scope, `scope/scope_1`, `scope/scope_2`,
/// ... of which it is given the last part.
///
/// ```
/// use tf1 as tf;
/// use tf::contrib::layers::{self, FullyConnected};
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 3]);
/// let y = layers::stack(&x, "fc", [32, 64, 128], |x, units, scope| {
///     layers::fully_connected_with(x, units, FullyConnected::new().scope(scope))
/// });
/// assert_eq!(y.name(), "fc/fc_3/Relu:0");
/// ```
#[track_caller]
pub fn stack<T: Element, A>(
    inputs: impl IntoTensor<T>,
    scope: impl AsRef<str>,
    arguments: impl IntoIterator<Item = A>,
    mut layer: impl FnMut(Tensor<T>, A, &str) -> Tensor<T>,
) -> Tensor<T> {
    let graph = graph_of(&[inputs.graph()]);
    let scope = scope.as_ref();
    graph.op_call(|| {
        graph.variable_scope(scope, || {
            let mut outputs = inputs.into_tensor(&graph, "inputs");
            for (number, argument) in (1..).zip(arguments) {
                outputs = layer(outputs, argument, &format!("{scope}_{number}"));
            }
            outputs
        })
    })
}

/// The same layer again and again, as `tf.contrib.layers.repeat` makes it: `layer` is called with
/// the result of the one before and its scope, as for [`stack`].
///
/// ```
/// use tf1 as tf;
/// use tf::contrib::layers::{self, Conv2d};
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 8, 8, 3]);
/// let y = layers::repeat(&x, 2, "conv", |x, scope| layers::conv2d_with(x, 4, 3, Conv2d::new().scope(scope)));
/// assert_eq!(y.name(), "conv/conv_2/Relu:0");
/// ```
#[track_caller]
pub fn repeat<T: Element>(
    inputs: impl IntoTensor<T>,
    repetitions: usize,
    scope: impl AsRef<str>,
    mut layer: impl FnMut(Tensor<T>, &str) -> Tensor<T>,
) -> Tensor<T> {
    stack(inputs, scope, 0..repetitions, |x, _, scope| layer(x, scope))
}
