//! Normalization: by the Euclidean norm, and of batches.

use crate::graph::{IntoTensor, OpScope, Tensor, graph_of};
use crate::ops::array::{Squeeze, squeeze_with, stop_gradient, zeros_like};
use crate::ops::math::{maximum, multiply, product, reciprocal, rsqrt, square, squared_difference};
use crate::ops::reduce::{Axes, IntoAxes, reduce_mean, reduce_sum};
use crate::ops::support::named_as;
use crate::types::{Element, Error, Float};
use crate::variables::Variable;

/// `x / √max(Σ x², 10⁻¹²)`, the sum along `axes`, as `tf.nn.l2_normalize` computes it.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range.
///
/// # Options
/// `epsilon`: see [`l2_normalize_with`].
#[track_caller]
pub fn l2_normalize<T: Float>(x: impl IntoTensor<T>, axes: impl IntoAxes) -> Tensor<T> {
    l2_normalize_with(x, axes, L2Normalize::new())
}

/// As [`l2_normalize`], with the least sum that `options` says.
///
/// # Errors
/// As [`l2_normalize`].
#[track_caller]
pub fn l2_normalize_with<T: Float>(
    x: impl IntoTensor<T>,
    axes: impl IntoAxes,
    options: impl Into<L2Normalize>,
) -> Tensor<T> {
    let options = options.into();
    let (graph, axes) = (graph_of(&[x.graph()]), axes.into_axes());
    graph.op_scope("l2_normalize", |scope| {
        let x = x.into_tensor(&graph, "x");
        let square_sum = reduce_sum(square(&x), axes.keeping(true));
        let inverse_norm = rsqrt(maximum(square_sum, T::from_f64(options.epsilon)));
        multiply(x, inverse_norm).named(named_as(scope))
    })
}

/// The options of [`l2_normalize_with`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2Normalize {
    epsilon: f64,
}

/// With this least square of a norm, as [`L2Normalize::epsilon`].
impl From<f64> for L2Normalize {
    fn from(epsilon: f64) -> Self {
        L2Normalize::new().epsilon(epsilon)
    }
}

/// With this least square of a norm, as [`L2Normalize::epsilon`].
impl From<f32> for L2Normalize {
    fn from(epsilon: f32) -> Self {
        L2Normalize::new().epsilon(epsilon.into())
    }
}

impl L2Normalize {
    /// Sums of squares below 10⁻¹² are taken as that.
    pub fn new() -> Self {
        L2Normalize { epsilon: 1e-12 }
    }

    /// Sums of squares below `epsilon` are taken as that.
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }
}

impl Default for L2Normalize {
    fn default() -> Self {
        L2Normalize::new()
    }
}

/// The mean and the variance of `x` along `axes`, as `tf.nn.moments` computes them; the variance is
/// the mean of the squared deviations, not corrected for the size of the sample.
///
/// # Errors
/// `InvalidArgument` if an axis is out of range, or the axes are a tensor and not kept.
#[track_caller]
pub fn moments<T: Float>(x: impl IntoTensor<T>, axes: impl IntoAxes) -> (Tensor<T>, Tensor<T>) {
    let (graph, axes) = (graph_of(&[x.graph()]), axes.into_axes());
    graph.op_scope("moments", |scope| {
        let x = x.into_tensor(&graph, "x");
        let mean = reduce_mean(&x, axes.keeping(true)).named("mean");
        // The deviation has mean 0, so nothing is lost if no gradient goes through it to the mean.
        let deviation = squared_difference(&x, stop_gradient(&mean));
        let variance = reduce_mean(deviation, axes.keeping(true)).named("variance");
        without(scope, "moments", &axes, [mean, variance])
    })
}

/// The mean and the variance of `x` along `axes`, as `tf.nn.weighted_moments` computes them, where
/// each element counts as often as `frequency_weights`, which broadcasts to the shape of `x`, says:
///
/// ```text
/// mean     = Σ w x / Σ w
/// variance = Σ w (x - mean)² / Σ w
/// ```
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.constant([1.0f32, 2.0, 4.0]);
/// let (mean, variance) = tf1::nn::weighted_moments(&x, 0, [3.0, 0.0, 1.0]);
/// let session = tf1::Session::new(&graph)?;
/// assert_eq!(session.run((mean.scalar(), variance.scalar()), [])?, (1.75, 1.6875));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if an axis is out of range, the axes are a tensor and not kept, or the shapes
/// do not broadcast.
#[track_caller]
pub fn weighted_moments<T: Float>(
    x: impl IntoTensor<T>,
    axes: impl IntoAxes,
    frequency_weights: impl IntoTensor<T>,
) -> (Tensor<T>, Tensor<T>) {
    let axes = axes.into_axes();
    let graph = graph_of(&[x.graph(), frequency_weights.graph()]);
    graph.op_scope("weighted_moments", |scope| {
        let x = x.into_tensor(&graph, "x");
        let weights = frequency_weights.into_tensor(&graph, "frequency_weights");
        let sum_of =
            |values: Tensor<T>, name: &str| reduce_sum(values, axes.keeping(true)).named(name);
        let weighted_sum = sum_of(product(&weights, &x), "weighted_input_sum");
        // Of the shape of the products, whatever that of the weights is.
        let count = sum_of(&weights + zeros_like(&x), "sum_of_weights");
        let divisor = reciprocal(count).named("inv_weight_sum");
        let mean = multiply(weighted_sum, &divisor);
        let squares = product(&weights, squared_difference(&x, &mean));
        let variance = multiply(sum_of(squares, "weighted_distsq"), divisor);
        without(scope, "weighted_moments", &axes, [mean, variance])
    })
}

/// The moments without the axes along which they were computed, unless these are kept.
#[track_caller]
fn without<T: Float>(
    scope: &OpScope,
    op: &'static str,
    axes: &Axes,
    [mean, variance]: [Tensor<T>; 2],
) -> (Tensor<T>, Tensor<T>) {
    if axes.keeps_dims() {
        return (mean, variance);
    }
    let Some(known) = axes.known() else {
        let error = Error::invalid_argument("axes computed in the graph must be kept");
        let failed = scope.failed(op, error);
        return (failed.clone(), failed);
    };
    let squeeze = Squeeze::new().axis(known);
    (
        squeeze_with(mean, squeeze.clone()),
        squeeze_with(variance, squeeze),
    )
}

/// A tensor or variable that may be left out: `&x`, or `None`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a tensor of `{T}` nor `None`",
    label = "not a tensor or a variable of `{T}`, nor `None`",
    note = "write `&beta`, or `None` to leave it out; a number or an array becomes a tensor with `graph.constant(..)`"
)]
pub trait OptionalOperand<T> {
    /// The tensor, if there is one.
    fn into_optional(self) -> Option<Tensor<T>>;
}

impl<T: Element> OptionalOperand<T> for Tensor<T> {
    fn into_optional(self) -> Option<Tensor<T>> {
        Some(self)
    }
}

impl<T: Element> OptionalOperand<T> for &Tensor<T> {
    fn into_optional(self) -> Option<Tensor<T>> {
        Some(self.clone())
    }
}

impl<T: Element> OptionalOperand<T> for Variable<T> {
    fn into_optional(self) -> Option<Tensor<T>> {
        Some(self.value())
    }
}

impl<T: Element> OptionalOperand<T> for &Variable<T> {
    fn into_optional(self) -> Option<Tensor<T>> {
        Some(self.value())
    }
}

// The only `Option`, so that `None` has a type.
impl<T: Element> OptionalOperand<T> for Option<&Tensor<T>> {
    fn into_optional(self) -> Option<Tensor<T>> {
        self.cloned()
    }
}

/// `x` less `mean`, divided by `√(variance + variance_epsilon)`, times `scale`, plus `offset`, as
/// `tf.nn.batch_normalization` computes it.
///
/// All operands broadcast to the shape of `x`. `offset` and `scale` are tensors, or `None`. For
/// mean and variance of a batch see [`moments`].
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[1.0f32, 2.0], [3.0, 6.0]]);
/// let (beta, gamma) = (graph.variable([0.0f32, 1.0]), graph.variable([1.0f32, 0.5]));
/// let (mean, variance) = tf::nn::moments(&x, 0);
/// let y = tf::nn::batch_normalization(&x, &mean, &variance, &beta, &gamma, 0.0);
/// let plain = tf::nn::batch_normalization(&x, &mean, &variance, None, None, 0.0);
///
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// let (y, plain) = session.run((y.array2(), plain.array2()), [])?;
/// assert_eq!(plain, ndarray::arr2(&[[-1.0, -1.0], [1.0, 1.0]]));
/// assert_eq!(y, ndarray::arr2(&[[-1.0, 0.5], [1.0, 1.5]]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not broadcast.
#[track_caller]
pub fn batch_normalization<T: Float>(
    x: impl IntoTensor<T>,
    mean: impl IntoTensor<T>,
    variance: impl IntoTensor<T>,
    offset: impl OptionalOperand<T>,
    scale: impl OptionalOperand<T>,
    variance_epsilon: T,
) -> Tensor<T> {
    let graph = graph_of(&[x.graph(), mean.graph(), variance.graph()]);
    graph.op_scope("batchnorm", |_| {
        let x = x.into_tensor(&graph, "x");
        let (mean, variance) = (
            mean.into_tensor(&graph, "mean"),
            variance.into_tensor(&graph, "variance"),
        );
        let factor = rsqrt(variance + variance_epsilon);
        let factor = match scale.into_optional() {
            Some(scale) => factor * scale,
            None => factor,
        };
        let scaled = x * &factor;
        let shift = match offset.into_optional() {
            Some(offset) => offset - mean * factor,
            None => -mean * factor,
        };
        scaled + shift
    })
}
