//! Dropout: a random part of a tensor set to zero.

use ndarray::arr0;

use super::uniform::RandomUniform;
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::ops::array::shape;
use crate::ops::math::{cast_to, difference, greater_equal, truediv};
use crate::ops::support::{require_same_shape_with, require_scalar};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Dim, Error, Float, Result, Shape, WholeNumber};

/// `x` with each element kept with probability `keep` and scaled up by its reciprocal, else 0, as
/// `tf.nn.dropout` computes it; other elements in every run, the mean unchanged.
///
/// ```text
/// dropout(x) = x · 1/(1 - rate) · [u ≥ rate],    rate = 1 - keep,    u uniform in [0, 1)
/// ```
///
/// `keep` is a number, or a scalar that runs are fed; [`Keep::rate`] gives the rate instead. If
/// nothing is to be dropped, the result is `x` itself.
///
/// ```
/// use tf1::{Graph, nn};
///
/// let graph = Graph::new();
/// let x = graph.placeholder::<f32>("x", [3, 4]);
/// assert_eq!(nn::dropout(&x, 0.8).to_string(), r#"Tensor("dropout/mul_1:0", shape=(3, 4), dtype=float32)"#);
///
/// let keep_prob = graph.placeholder::<f32>("keep_prob", []);
/// let y = nn::dropout(&x, &keep_prob);
/// let z = nn::dropout(&x, nn::Keep::rate(0.2));
/// ```
///
/// # Errors
/// `InvalidArgument` if the rate is a number outside of [0, 1) or a tensor that is not a scalar.
///
/// # Options
/// `noise_shape`, `seed`: see [`dropout_with`].
#[track_caller]
pub fn dropout<T: Float>(x: impl IntoTensor<T>, keep: impl Into<Keep<T>>) -> Tensor<T> {
    dropout_with(x, keep, Dropout::new())
}

/// As [`dropout`], with a seed and the shape of what is drawn as `options` say.
///
/// # Errors
/// As [`dropout`], and if the noise does not broadcast to the shape of `x`.
#[track_caller]
pub fn dropout_with<T: Float>(
    x: impl IntoTensor<T>,
    keep: impl Into<Keep<T>>,
    options: impl Into<Dropout>,
) -> Tensor<T> {
    let options = options.into();
    let Keep(keep) = keep.into();
    let graph = graph_of(&[x.graph(), keep.graph()]);
    // Outside of the function's own scope, as in TensorFlow: a name given to the call does not
    // reach it.
    let rate = keep.into_rate();
    graph.op_scope("dropout", |scope| {
        let x = x.into_tensor(&graph, "x");
        match rate.into_tensor(&graph) {
            Ok(Some(rate)) => require_scalar("rate", &rate, || drop_out(&x, &rate, options)),
            Ok(None) => x,
            Err(error) => scope.failed("dropout", error),
        }
    })
}

#[track_caller]
fn drop_out<T: Float>(x: &Tensor<T>, rate: &Tensor<T>, options: Dropout) -> Tensor<T> {
    let keeps_shape = options.noise_shape.is_none();
    let noise_shape = match options.noise_shape {
        None => shape(x).into_integers(),
        Some(noise_shape) => completed(noise_shape, &x.shape()),
    };
    let mut uniform = RandomUniform::new();
    if let Some(seed) = options.seed {
        uniform = uniform.seed(seed);
    }
    let noise = x.graph().random_uniform_with(noise_shape, uniform);
    let keep_prob = difference(T::ONE, rate);
    let scale: Tensor<T> = truediv(T::ONE, keep_prob);
    let mask = greater_equal(noise, rate);
    let (scaled, mask) = (x * scale, cast_to::<bool, T>(mask));
    let result = match keeps_shape {
        true => scaled * mask,
        // The noise may not stretch what it falls on.
        false => require_same_shape_with(x, &mask, || scaled * &mask),
    };
    result.set_shape(x.shape());
    result
}

/// The shape of the noise, with the unknown lengths taken from `x`.
fn completed(noise_shape: Integers, x: &Shape) -> Integers {
    let lengths = noise_shape.lengths();
    let dims = lengths.as_ref().and_then(Shape::dims).zip(x.dims());
    let Some((noise, x)) = dims.filter(|(noise, x)| noise.len() == x.len()) else {
        return noise_shape;
    };
    let dims: Vec<Dim> = noise.iter().zip(x).map(|(noise, x)| noise.or(*x)).collect();
    Shape::from(dims).into_integers()
}

/// How much [`dropout`] keeps: a probability (TensorFlow's `keep_prob`), as a number or a scalar
/// tensor, or by [`Keep::rate`].
#[derive(Clone, Debug)]
pub struct Keep<T: Float>(Amount<T>);

#[derive(Clone, Debug)]
enum Amount<T: Float> {
    Keep(f64),
    KeepTensor(Tensor<T>),
    Rate(f64),
    RateTensor(Tensor<T>),
}

impl<T: Float> Keep<T> {
    /// All but a part of `rate`: a number or a scalar tensor.
    pub fn rate(rate: impl Into<Keep<T>>) -> Self {
        Keep(match rate.into().0 {
            Amount::Keep(number) | Amount::Rate(number) => Amount::Rate(number),
            Amount::KeepTensor(tensor) | Amount::RateTensor(tensor) => Amount::RateTensor(tensor),
        })
    }
}

impl<T: Float> Amount<T> {
    fn graph(&self) -> Option<Graph> {
        match self {
            Amount::Keep(_) | Amount::Rate(_) => None,
            Amount::KeepTensor(tensor) | Amount::RateTensor(tensor) => Some(tensor.graph().clone()),
        }
    }

    #[track_caller]
    fn into_rate(self) -> Rate<T> {
        match self {
            Amount::Keep(keep) => Rate::Kept(keep),
            Amount::KeepTensor(keep) => Rate::Tensor(difference(T::ONE, keep)),
            Amount::Rate(rate) => Rate::Number(rate),
            Amount::RateTensor(rate) => Rate::Tensor(rate),
        }
    }
}

impl<T: Float> From<f64> for Keep<T> {
    fn from(keep: f64) -> Self {
        Keep(Amount::Keep(keep))
    }
}

impl<T: Float> From<f32> for Keep<T> {
    fn from(keep: f32) -> Self {
        Keep(Amount::Keep(keep.into()))
    }
}

impl<T: Float> From<Tensor<T>> for Keep<T> {
    fn from(keep: Tensor<T>) -> Self {
        Keep(Amount::KeepTensor(keep))
    }
}

impl<T: Float> From<&Tensor<T>> for Keep<T> {
    fn from(keep: &Tensor<T>) -> Self {
        Keep(Amount::KeepTensor(keep.clone()))
    }
}

/// The part to drop.
enum Rate<T> {
    Number(f64),
    /// All but this part.
    Kept(f64),
    Tensor(Tensor<T>),
}

impl<T: Float> Rate<T> {
    /// The rate as a scalar tensor; `None` if it is known to be 0.
    ///
    /// # Errors
    /// `InvalidArgument` if it is out of range or not a scalar.
    #[track_caller]
    fn into_tensor(self, graph: &Graph) -> Result<Option<Tensor<T>>> {
        let constant = |rate| graph.constant_named("rate", arr0(T::from_f64(rate)).into_dyn());
        let is_valid = |rate: &f64| (0.0..1.0).contains(rate);
        let rate = match self {
            Rate::Number(0.0) | Rate::Kept(1.0) => return Ok(None),
            Rate::Number(rate) if is_valid(&rate) => constant(rate),
            Rate::Kept(keep) if is_valid(&(1.0 - keep)) => constant(1.0 - keep),
            Rate::Number(rate) => {
                let help = "the rate is the part that is dropped: 0.0 drops nothing";
                return Err(out_of_range(rate).with_help(help));
            }
            Rate::Kept(keep) => {
                let help = format!(
                    "dropout was told to keep {keep}, of which the rate is what is left of 1; Keep::rate(..) tells what is dropped"
                );
                return Err(out_of_range(1.0 - keep).with_help(help));
            }
            Rate::Tensor(rate) => rate,
        };
        let shape = rate.shape();
        if shape.rank().is_some_and(|rank| rank != 0) {
            return Err(Error::invalid_argument(format!(
                "Shape {shape} must have rank 0"
            )));
        }
        Ok(if is_zero_constant(&rate) {
            None
        } else {
            Some(rate)
        })
    }
}

fn out_of_range(rate: f64) -> Error {
    let message = "rate must be a scalar tensor or a float in the range [0, 1), got";
    Error::invalid_argument(format!("{message} {rate}"))
}

fn is_zero_constant<T: Float>(tensor: &Tensor<T>) -> bool {
    let constant = tensor.info().constant;
    let value = constant
        .as_deref()
        .and_then(T::unwrap)
        .and_then(|array| array.view().first().copied());
    tensor.op().op_type() == "Const" && value == Some(T::ZERO)
}

/// The options of [`dropout_with`].
#[derive(Clone, Debug, Default)]
pub struct Dropout {
    noise_shape: Option<Integers>,
    seed: Option<i64>,
}

/// With noise of this shape, as [`Dropout::noise_shape`].
impl<S: IntoIntegers> From<S> for Dropout {
    fn from(noise_shape: S) -> Self {
        Dropout::new().noise_shape(noise_shape)
    }
}

impl Dropout {
    /// Each element is dropped by itself, and the op has no seed of its own.
    pub fn new() -> Self {
        Dropout::default()
    }

    /// The shape of what is drawn, which broadcasts to that of `x`: along axes of length 1 all
    /// elements are kept or dropped together. Unknown lengths, as in `shape![?, 1]`, are those of
    /// `x`.
    pub fn noise_shape(mut self, noise_shape: impl IntoIntegers) -> Self {
        self.noise_shape = Some(noise_shape.into_integers());
        self
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }
}
