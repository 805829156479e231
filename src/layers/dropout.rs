//! `dropout`: a layer that forgets in training.

use super::scope::Scope;
use super::training::{Mode, Training};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::nn::{self, Keep};
use crate::ops::array::{identity, packed, shape};
use crate::types::{Dim, Error, Float, Result, Shape, WholeNumber};

/// In training, `inputs` with each element set to 0 with a probability of 0.5 and the others
/// doubled, which keeps the mean; otherwise `inputs` itself. As `tf.layers.dropout` makes it.
///
/// This is [`nn::dropout`] for [`Training`], which [`Dropout::training`] gives: it is `false` here.
///
/// A unit cannot rely on any single unit before it, so that the network spreads what it knows over
/// many small weights.
///
/// ```
/// use tf1::layers::{self, Dropout};
///
/// let graph = tf1::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf1::shape![?, 4]);
/// let training = graph.placeholder::<bool>("training", []);
/// let y = layers::dropout_with(&x, Dropout::new().rate(0.2).training(&training));
/// let session = tf1::Session::new(&graph)?;
/// let row = ndarray::arr2(&[[1.0, 2.0, 3.0, 4.0]]);
/// assert_eq!(session.run(&y, [x.feed(&row), training.feed(false)])?, row.clone().into_dyn());
/// let dropped = session.run(&y, [x.feed(&row), training.feed(true)])?;
/// assert!(dropped.iter().zip(&row).all(|(y, x)| *y == 0.0 || *y == 1.25 * x));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// Source: N. Srivastava et al., "Dropout: a simple way to prevent neural networks from
/// overfitting", JMLR 2014.
///
/// # Options
/// `noise_shape`, `seed`, `rate`, `training`, `name`: see [`dropout_with`].
#[track_caller]
pub fn dropout<T: Float>(inputs: impl IntoTensor<T>) -> Tensor<T> {
    dropout_with(inputs, Dropout::new())
}

/// As [`dropout`], with the rate, what is dropped together, seed, training and name as `options`
/// says. A number alone is the rate, a truth value or a tensor of one is training.
///
/// Where training is a tensor, random numbers are drawn in the runs that do not train, too.
/// TensorFlow draws none in these, so there the streams of one seed diverge.
///
/// # Errors
/// `InvalidArgument` if the rate is outside of [0, 1), the noise does not broadcast to the shape of
/// `inputs`, or training is a tensor that is not a scalar.
#[track_caller]
pub fn dropout_with<T: Float>(
    inputs: impl IntoTensor<T>,
    options: impl Into<Dropout<T>>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph(), options.training.graph()]);
    let name = options.name.as_deref().unwrap_or(KIND);
    Scope::default().open(&graph, name, || {
        let x = inputs.into_tensor(&graph, "inputs");
        match options.build(&x) {
            Ok(y) => y,
            Err(error) => graph.failed(KIND, error),
        }
    })
}

const KIND: &str = "dropout";

/// The options of [`dropout_with`].
#[derive(Clone, Debug)]
pub struct Dropout<T: Float> {
    rate: Keep<T>,
    noise_shape: Option<Shape>,
    seed: Option<i64>,
    pub(super) training: Training,
    name: Option<String>,
}

/// A rate, as [`Dropout::rate`]: `dropout_with(&x, 0.4)`.
impl<T: Float> From<f64> for Dropout<T> {
    fn from(rate: f64) -> Self {
        Dropout::new().rate(rate)
    }
}

/// A rate, as [`Dropout::rate`].
impl<T: Float> From<f32> for Dropout<T> {
    fn from(rate: f32) -> Self {
        Dropout::new().rate(rate)
    }
}

/// In training or not, as [`Dropout::training`].
impl<T: Float> From<bool> for Dropout<T> {
    fn from(training: bool) -> Self {
        Dropout::new().training(training)
    }
}

/// In training or not, as [`Dropout::training`].
impl<T: Float> From<&Tensor<bool>> for Dropout<T> {
    fn from(training: &Tensor<bool>) -> Self {
        Dropout::new().training(training)
    }
}

/// In training or not, as [`Dropout::training`].
impl<T: Float> From<Tensor<bool>> for Dropout<T> {
    fn from(training: Tensor<bool>) -> Self {
        Dropout::new().training(training)
    }
}

/// In training or not, as [`Dropout::training`].
impl<T: Float> From<Training> for Dropout<T> {
    fn from(training: Training) -> Self {
        Dropout::new().training(training)
    }
}

impl<T: Float> Dropout<T> {
    /// A rate of 0.5, each element by itself, not in training.
    pub fn new() -> Self {
        Dropout {
            rate: Keep::rate(0.5),
            noise_shape: None,
            seed: None,
            training: Training::default(),
            name: None,
        }
    }

    /// The probability to be dropped: a number or a scalar tensor.
    pub fn rate(mut self, rate: impl Into<Keep<T>>) -> Self {
        self.rate = Keep::rate(rate);
        self
    }

    /// The shape of what is drawn, which broadcasts to that of the inputs: along axes of length 1
    /// all elements are kept or dropped together. Unknown lengths, as in `shape![?, 1]`, are those
    /// of the inputs.
    pub fn noise_shape(mut self, noise_shape: impl Into<Shape>) -> Self {
        self.noise_shape = Some(noise_shape.into());
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }

    /// Whether elements are dropped: a `bool` or a tensor.
    pub fn training(mut self, training: impl Into<Training>) -> Self {
        self.training = training.into();
        self
    }

    /// The layer's name, which is given a number if another layer has it.
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.name = Some(name.as_ref().to_string());
        self
    }

    /// The layer of `x` in the scope that is open.
    #[track_caller]
    pub(super) fn build(&self, x: &Tensor<T>) -> Result<Tensor<T>> {
        match self.training.mode()? {
            Mode::Known(false) => Ok(identity(x)),
            Mode::Known(true) => self.dropped(x),
            mode @ Mode::Told(_) => {
                let dropped = mode.branch(true, || self.dropped(x))?;
                Ok(mode.choose(dropped, x.clone()))
            }
        }
    }

    #[track_caller]
    fn dropped(&self, x: &Tensor<T>) -> Result<Tensor<T>> {
        let mut options = nn::Dropout::new();
        if let Some(noise_shape) = &self.noise_shape {
            options = options.noise_shape(noise_lengths(x, noise_shape)?);
        }
        if let Some(seed) = self.seed {
            options = options.seed(seed);
        }
        Ok(nn::dropout_with(x, self.rate.clone(), options))
    }
}

impl<T: Float> Default for Dropout<T> {
    fn default() -> Self {
        Dropout::new()
    }
}

/// The lengths of the noise, of which those that are not known are computed from `x`.
#[track_caller]
fn noise_lengths<T: Float>(x: &Tensor<T>, noise_shape: &Shape) -> Result<Tensor<i32>> {
    let graph = x.graph();
    let Some(dims) = noise_shape.dims() else {
        let error = Error::invalid_argument("noise_shape must have a known number of axes");
        return Err(error);
    };
    let lengths = shape(x);
    let length = |(axis, dim): (i64, &Dim)| match dim {
        Some(length) => Length::Known(i32::try_from(*length).unwrap_or(i32::MAX)),
        None => Length::Computed(lengths.index(axis)),
    };
    if let Some(known) = noise_shape.to_known() {
        let known = known
            .into_iter()
            .map(|length| i32::try_from(length).unwrap_or(i32::MAX));
        return Ok(graph.constant(known.collect::<Vec<i32>>()));
    }
    // Not in `map`, whose calls would not know the caller.
    let mut all = Vec::with_capacity(dims.len());
    for dim in (0i64..).zip(dims) {
        all.push(length(dim));
    }
    Ok(packed(graph, "packed", all))
}

/// A length that is a number or computed in the graph.
enum Length {
    Known(i32),
    Computed(Tensor<i32>),
}

impl IntoTensor<i32> for Length {
    fn graph(&self) -> Option<Graph> {
        match self {
            Length::Known(_) => None,
            Length::Computed(tensor) => IntoTensor::graph(tensor),
        }
    }

    fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<i32> {
        match self {
            Length::Known(length) => length.into_tensor(graph, name),
            Length::Computed(tensor) => tensor,
        }
    }
}
