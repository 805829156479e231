//! `batch_normalization`: a layer that gives each feature a mean and a variance that are learned.

mod build;
mod options;
mod renorm;
mod renorm_clipping;

pub use options::BatchNormalization;
pub use renorm_clipping::RenormClipping;

use build::{Features, Layer};

use super::scope::expect_rank;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::support::resolve_axis;
use crate::types::{Error, Float, Result, Shape};

/// A batch normalization layer in use, not in training, as `tf.layers.batch_normalization` makes it
/// with its defaults: the features are along the last axis. **For training, see
/// [`batch_normalization_with`] and [`BatchNormalization::training`].**
///
/// # What it computes
/// Of each feature, the `m` values z⁽¹⁾, ..., z⁽ᵐ⁾ that a batch has of it are brought to mean 0 and
/// variance 1, and then to a mean β and a standard deviation γ that training chooses:
///
/// ```text
/// μ      = 1/m Σ z⁽ⁱ⁾
/// σ²     = 1/m Σ (z⁽ⁱ⁾ - μ)²
/// z_norm = (z - μ) / √(σ² + ε)
/// z̃      = γ · z_norm + β
/// ```
///
/// ε, 0.001 unless given, keeps a feature that is the same for all examples from a division by 0.
///
/// # Why β and γ
/// Mean 0 and variance 1 are not what every unit wants: the values of a sigmoid's input, say, would
/// all lie where it is nearly linear. With γ = √(σ² + ε) and β = μ the layer gives back what it
/// got, z̃ = z, so it can undo itself and takes nothing away that the network could do without it.
/// But how large the values are now depends on two numbers that are learned directly, rather than
/// on all the layers before: these may change without what comes after having to learn anew.
///
/// # What it makes useless, and what it brings
/// A bias added just before adds the same to all z⁽ⁱ⁾ and to μ, and falls out in z - μ; β takes its
/// place. So leave it out: [`Dense::use_bias(false)`](super::Dense::use_bias).
///
/// Mean and variance of a mini-batch are not those of all the data. Each batch shifts and scales
/// the values a little differently, which is a noise like that of [`dropout`](super::dropout()) and
/// regularizes a little, the less the larger the batches are.
///
/// # Training and using
/// A single example has no mean and variance to speak of, and its result should not depend on what
/// it is fed with. So in training, the layer keeps moving averages of μ and σ², in which older
/// batches count exponentially less:
///
/// ```text
/// moving_mean     ← momentum · moving_mean     + (1 - momentum) · μ
/// moving_variance ← momentum · moving_variance + (1 - momentum) · σ²
/// ```
///
/// and when it is not training, it takes these for μ and σ². The two updates are operations in the
/// collection [`UPDATE_OPS`](crate::GraphKeys::UPDATE_OPS).
/// [`Optimizer::minimize`](crate::train::Optimizer::minimize) makes a training step run them; a
/// step that you write yourself must do so too. With a momentum of 0.99 it takes some hundred steps
/// until the averages mean something.
///
/// # Shapes and variables
/// `inputs` is of any shape with a known number of axes; the result has the same shape. The
/// variables are vectors as long as the axis of features: `batch_normalization/gamma` (ones at
/// first) and `beta` (zeros), which are trained, `moving_mean` (zeros) and `moving_variance`
/// (ones), which are not.
///
/// Of images, with four axes and the features along the last or the second, TensorFlow computes
/// this by one op, [`fused_batch_norm`](crate::nn::fused_batch_norm); the moving variance is then
/// that of σ² · m / (m - 1), Bessel's estimate. That op is for `f32`: images in `f64`, which
/// TensorFlow takes with `fused=False` only, are normalized like everything else.
///
/// Source: S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network training by
/// reducing internal covariate shift", ICML 2015.
///
/// # Errors
/// `InvalidArgument` if the number of axes is not known or 0, the axis of features is out of range,
/// or its length is not known.
#[track_caller]
pub fn batch_normalization<T: Float>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    batch_normalization_with(inputs, BatchNormalization::new())
}

/// As [`batch_normalization`], trained or not, along another axis, with other numbers and
/// variables, as `options` says.
///
/// ```
/// use tf1::layers::{self, BatchNormalization};
/// use tf1::train::{GradientDescentOptimizer, Optimizer};
///
/// let graph = tf1::Graph::new();
/// let z = graph.placeholder::<f32>("z", tf1::shape![?, 2]);
/// let training = graph.placeholder::<bool>("training", []);
/// let y = layers::batch_normalization_with(&z, BatchNormalization::new().training(&training).momentum(0.5));
/// let train = GradientDescentOptimizer::new(0.1).minimize(tf1::reduce_mean(tf1::square(&y), ..));
///
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// let batch = ndarray::arr2(&[[1.0, 10.0], [3.0, 30.0]]);
/// let normal = session.run(&y, [z.feed(&batch), training.feed(true)])?;
/// assert!((normal[[0, 0]] + 1.0).abs() < 1e-3 && (normal[[1, 1]] - 1.0).abs() < 1e-3);
///
/// session.run(&train, [z.feed(&batch), training.feed(true)])?; // moves the averages, too
/// let moving_mean = graph.get_tensor_by_name("batch_normalization/moving_mean:0")?.typed::<f32>()?;
/// assert_eq!(session.run(&moving_mean, [])?, ndarray::arr1(&[1.0, 10.0]).into_dyn()); // half of the way to 2 and 20
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// As [`batch_normalization`]; also if training is a tensor that is not a scalar, and what
/// [`get_variable`](crate::Graph::get_variable) refuses.
#[track_caller]
pub fn batch_normalization_with<T: Float>(
    inputs: impl IntoTensor<T>,
    options: impl Into<BatchNormalization<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph(), options.training.graph()]);
    options.scope.open(&graph, KIND, || {
        let x = inputs.into_tensor(&graph, "inputs");
        if x.is_failed() {
            return x;
        }
        match build(&x, &options) {
            Ok(y) => y,
            Err(error) => graph.failed(KIND, error),
        }
    })
}

const KIND: &str = "batch_normalization";

#[track_caller]
fn build<T: Float>(x: &Tensor<T>, options: &BatchNormalization<T>) -> Result<Tensor<T>> {
    let features = features(&x.shape(), options.axis)?;
    let mode = options.training.mode()?;
    Ok(Layer::new(x, options, mode, features).apply(x))
}

/// The features of an input of this shape along `axis`.
fn features(shape: &Shape, axis: isize) -> Result<Features> {
    let rank = expect_rank(shape, KIND, 1)?;
    let resolved = resolve_axis(axis as i64, rank).map_err(|_| {
        Error::invalid_argument(format!("Invalid axis: {axis}"))
            .with_help(format!("the input has {rank} axes: {shape}"))
    })?;
    match shape.dim(resolved) {
        Some(count) => Ok(Features {
            axis: resolved,
            rank,
            count,
        }),
        None => Err(Error::invalid_argument(format!(
            "Input has undefined `axis` dimension. Input shape: {shape}"
        ))
        .with_help("tell its length by set_shape, or normalize along another axis")),
    }
}
