//! Brightness, contrast, hue, saturation and gamma, as told or drawn at random.

use super::adjust_ops::{Adjustment, adjust};
use super::convert::{ConvertImageDtype, convert_image_dtype, convert_image_dtype_with};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::ops::math::{add, cast_to, product};
use crate::ops::random::RandomUniform;
use crate::ops::support::named_as;
use crate::types::{DType, ElementType, Error, Float, Numeric, Result, WholeNumber, float32};

/// `image` + `delta`, as `tf.image.adjust_brightness` computes it: of elements of any type, of
/// which integers are converted to floats from 0 to 1 and back, clipped.
///
/// # Errors
/// `InvalidArgument` if `delta` does not broadcast.
#[track_caller]
pub fn adjust_brightness<T: Numeric>(
    image: impl IntoTensor<T>,
    delta: impl IntoTensor<f32>,
) -> Tensor<T> {
    struct Brightness<D>(D, String);
    impl<D: IntoTensor<f32>> Change for Brightness<D> {
        #[track_caller]
        fn of<F: Float>(self, image: &Tensor<F>) -> Tensor<F> {
            let graph = image.graph();
            let delta = graph.op_scope("Cast", |_| self.0.into_tensor(graph, "x"));
            add(image, cast_to::<f32, F>(delta)).named(self.1)
        }
    }
    let graph = graph_of(&[image.graph(), delta.graph()]);
    graph.op_scope("adjust_brightness", |scope| {
        let image = image.into_tensor(&graph, "image");
        changed(&image, Brightness(delta, named_as(scope)), true)
    })
}

/// (x - mean) · `contrast_factor` + mean of each element x, the mean of its channel in its image,
/// as `tf.image.adjust_contrast` computes it. The last three axes of `images` are height, width and
/// channels. Integers are converted to floats from 0 to 1 and back, clipped. As in TensorFlow, it
/// has no gradient.
///
/// # Errors
/// `InvalidArgument` if `images` has less than three axes, or the factor is not a scalar.
#[track_caller]
pub fn adjust_contrast<T: Numeric>(
    images: impl IntoTensor<T>,
    contrast_factor: impl IntoTensor<f32>,
) -> Tensor<T> {
    struct Contrast<D>(D, String);
    impl<D: IntoTensor<f32>> Change for Contrast<D> {
        #[track_caller]
        fn of<F: Float>(self, image: &Tensor<F>) -> Tensor<F> {
            adjust(Adjustment::Contrast, image, self.0).named(self.1)
        }
    }
    let graph = graph_of(&[images.graph(), contrast_factor.graph()]);
    graph.op_scope("adjust_contrast", |scope| {
        let images = images.into_tensor(&graph, "images");
        changed(&images, Contrast(contrast_factor, named_as(scope)), true)
    })
}

/// An RGB image with the hue of each pixel further by `delta`, of which 1 is the whole circle, as
/// `tf.image.adjust_hue` computes it. The last axis of `image` are the three colours. Integers are
/// converted to floats from 0 to 1 and back. As in TensorFlow, it has no gradient.
///
/// # Errors
/// `InvalidArgument` if `image` has less than three axes or other than three channels, or `delta`
/// is not a finite scalar.
#[track_caller]
pub fn adjust_hue<T: Numeric>(image: impl IntoTensor<T>, delta: impl IntoTensor<f32>) -> Tensor<T> {
    coloured("adjust_hue", Adjustment::Hue, image, delta)
}

/// An RGB image with the saturation of each pixel times `saturation_factor`, at most 1, as
/// `tf.image.adjust_saturation` computes it; see [`adjust_hue`].
///
/// # Errors
/// `InvalidArgument` if `image` has less than three axes or other than three channels, or the
/// factor is not a scalar.
#[track_caller]
pub fn adjust_saturation<T: Numeric>(
    image: impl IntoTensor<T>,
    saturation_factor: impl IntoTensor<f32>,
) -> Tensor<T> {
    let adjustment = Adjustment::Saturation;
    coloured("adjust_saturation", adjustment, image, saturation_factor)
}

#[track_caller]
fn coloured<T: Numeric>(
    name: &str,
    adjustment: Adjustment,
    image: impl IntoTensor<T>,
    amount: impl IntoTensor<f32>,
) -> Tensor<T> {
    struct Coloured<D>(D, Adjustment);
    impl<D: IntoTensor<f32>> Change for Coloured<D> {
        #[track_caller]
        fn of<F: Float>(self, image: &Tensor<F>) -> Tensor<F> {
            adjust(self.1, image, self.0)
        }
    }
    let graph = graph_of(&[image.graph(), amount.graph()]);
    graph.op_scope(name, |_| {
        let image = image.into_tensor(&graph, "image");
        changed(&image, Coloured(amount, adjustment), false)
    })
}

/// `image` to the power of `gamma`, as `tf.image.adjust_gamma` computes it. Integers are converted
/// to floats from 0 to 1 and back, clipped.
///
/// # Errors
/// `InvalidArgument` if `gamma` is negative.
///
/// # Options
/// `gain`: see [`adjust_gamma_with`].
#[track_caller]
pub fn adjust_gamma<T: Numeric>(image: impl IntoTensor<T>, gamma: f32) -> Tensor<T> {
    adjust_gamma_with(image, gamma, 1.0)
}

/// As [`adjust_gamma`], times `gain`.
///
/// # Errors
/// As [`adjust_gamma`].
#[track_caller]
pub fn adjust_gamma_with<T: Numeric>(
    image: impl IntoTensor<T>,
    gamma: f32,
    gain: f32,
) -> Tensor<T> {
    struct Gamma(f32, f32);
    impl Change for Gamma {
        #[track_caller]
        fn of<F: Float>(self, image: &Tensor<F>) -> Tensor<F> {
            let [gamma, gain] = [self.0, self.1].map(|x| F::from_f64(f64::from(x)));
            product(gain, image.pow(gamma))
        }
    }
    let graph = graph_of(&[image.graph()]);
    graph.op_scope("adjust_gamma", |scope| {
        let image = image.into_tensor(&graph, "image");
        if gamma.is_nan() || gamma < 0.0 {
            let message = "Gamma should be a non-negative real number.";
            return scope.failed("adjust_gamma", Error::invalid_argument(message));
        }
        changed(&image, Gamma(gamma, gain), true)
    })
}

/// What is done to an image of floats.
trait Change {
    fn of<F: Float>(self, image: &Tensor<F>) -> Tensor<F>;
}

/// `image` changed as one of floats: as it is if its elements are `f32` or half-precision floats,
/// else converted to `f32` and back, clipped if `saturate`.
#[track_caller]
fn changed<T: Numeric>(image: &Tensor<T>, change: impl Change, saturate: bool) -> Tensor<T> {
    let options = match saturate {
        true => ConvertImageDtype::new().saturate(),
        false => ConvertImageDtype::new(),
    };
    #[cfg(feature = "all_types")]
    if T::DTYPE == DType::Float16 {
        let changed = change.of::<half::f16>(&image.any().assume());
        return convert_image_dtype_with(changed, ElementType::<T>::new(), options);
    }
    let image: Tensor<f32> = match T::DTYPE {
        DType::Float32 => image.any().assume(),
        _ => convert_image_dtype(image, float32),
    };
    convert_image_dtype_with(change.of::<f32>(&image), ElementType::<T>::new(), options)
}

/// [`adjust_brightness`] by a number drawn anew in every run, uniform in [-`max_delta`,
/// `max_delta`), as `tf.image.random_brightness` does.
///
/// # Errors
/// `InvalidArgument` if `max_delta` is negative.
///
/// # Options
/// `seed`: see [`random_brightness_with`].
#[track_caller]
pub fn random_brightness<T: Numeric>(image: impl IntoTensor<T>, max_delta: f32) -> Tensor<T> {
    random_brightness_with(image, max_delta, RandomAdjustment::new())
}

/// As [`random_brightness`], with a seed as `options` say.
///
/// # Errors
/// As [`random_brightness`].
#[track_caller]
pub fn random_brightness_with<T: Numeric>(
    image: impl IntoTensor<T>,
    max_delta: f32,
    options: impl Into<RandomAdjustment>,
) -> Tensor<T> {
    let (graph, options) = (graph_of(&[image.graph()]), options.into());
    let bounds = non_negative(max_delta).map(|()| (-max_delta, max_delta));
    graph.op_call(|| match bounds {
        Ok(bounds) => adjust_brightness(image, options.draw(&graph, bounds)),
        Err(error) => graph.failed("random_brightness", error),
    })
}

/// [`adjust_contrast`] by a factor drawn anew in every run, uniform in [`lower`, `upper`), as
/// `tf.image.random_contrast` does.
///
/// # Errors
/// `InvalidArgument` if not 0 ≤ `lower` < `upper`.
///
/// # Options
/// `seed`: see [`random_contrast_with`].
#[track_caller]
pub fn random_contrast<T: Numeric>(image: impl IntoTensor<T>, lower: f32, upper: f32) -> Tensor<T> {
    random_contrast_with(image, lower, upper, RandomAdjustment::new())
}

/// As [`random_contrast`], with a seed as `options` say.
///
/// # Errors
/// As [`random_contrast`].
#[track_caller]
pub fn random_contrast_with<T: Numeric>(
    image: impl IntoTensor<T>,
    lower: f32,
    upper: f32,
    options: impl Into<RandomAdjustment>,
) -> Tensor<T> {
    let (graph, options) = (graph_of(&[image.graph()]), options.into());
    graph.op_call(|| match between(lower, upper) {
        Ok(bounds) => adjust_contrast(image, options.draw(&graph, bounds)),
        Err(error) => graph.failed("random_contrast", error),
    })
}

/// [`adjust_hue`] by a number drawn anew in every run, uniform in [-`max_delta`, `max_delta`), as
/// `tf.image.random_hue` does.
///
/// # Errors
/// `InvalidArgument` if `max_delta` is not from 0 to 0.5.
///
/// # Options
/// `seed`: see [`random_hue_with`].
#[track_caller]
pub fn random_hue<T: Numeric>(image: impl IntoTensor<T>, max_delta: f32) -> Tensor<T> {
    random_hue_with(image, max_delta, RandomAdjustment::new())
}

/// As [`random_hue`], with a seed as `options` say.
///
/// # Errors
/// As [`random_hue`].
#[track_caller]
pub fn random_hue_with<T: Numeric>(
    image: impl IntoTensor<T>,
    max_delta: f32,
    options: impl Into<RandomAdjustment>,
) -> Tensor<T> {
    let (graph, options) = (graph_of(&[image.graph()]), options.into());
    let bounds = match max_delta > 0.5 {
        true => Err(Error::invalid_argument("max_delta must be <= 0.5.")),
        false => non_negative(max_delta).map(|()| (-max_delta, max_delta)),
    };
    graph.op_call(|| match bounds {
        Ok(bounds) => adjust_hue(image, options.draw(&graph, bounds)),
        Err(error) => graph.failed("random_hue", error),
    })
}

/// [`adjust_saturation`] by a factor drawn anew in every run, uniform in [`lower`, `upper`), as
/// `tf.image.random_saturation` does.
///
/// # Errors
/// `InvalidArgument` if not 0 ≤ `lower` < `upper`.
///
/// # Options
/// `seed`: see [`random_saturation_with`].
#[track_caller]
pub fn random_saturation<T: Numeric>(
    image: impl IntoTensor<T>,
    lower: f32,
    upper: f32,
) -> Tensor<T> {
    random_saturation_with(image, lower, upper, RandomAdjustment::new())
}

/// As [`random_saturation`], with a seed as `options` say.
///
/// # Errors
/// As [`random_saturation`].
#[track_caller]
pub fn random_saturation_with<T: Numeric>(
    image: impl IntoTensor<T>,
    lower: f32,
    upper: f32,
    options: impl Into<RandomAdjustment>,
) -> Tensor<T> {
    let (graph, options) = (graph_of(&[image.graph()]), options.into());
    graph.op_call(|| match between(lower, upper) {
        Ok(bounds) => adjust_saturation(image, options.draw(&graph, bounds)),
        Err(error) => graph.failed("random_saturation", error),
    })
}

fn non_negative(max_delta: f32) -> Result<()> {
    match max_delta >= 0.0 {
        true => Ok(()),
        false => Err(Error::invalid_argument("max_delta must be non-negative.")),
    }
}

fn between(lower: f32, upper: f32) -> Result<(f32, f32)> {
    match (upper > lower, lower >= 0.0) {
        (true, true) => Ok((lower, upper)),
        (false, _) => Err(Error::invalid_argument("upper must be > lower.")),
        (true, false) => Err(Error::invalid_argument("lower must be non-negative.")),
    }
}

/// The options of the functions that change images at random, such as [`random_brightness_with`]; a
/// number stands for a seed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RandomAdjustment {
    pub(super) seed: Option<i64>,
}

/// With this seed, as [`RandomAdjustment::seed`].
impl<N: WholeNumber> From<N> for RandomAdjustment {
    fn from(seed: N) -> Self {
        RandomAdjustment::new().seed(seed)
    }
}

impl RandomAdjustment {
    /// No seed of the op's own.
    pub fn new() -> Self {
        RandomAdjustment::default()
    }

    /// The op's own seed, which the graph's seed is combined with.
    pub fn seed(mut self, seed: impl WholeNumber) -> Self {
        self.seed = Some(seed.to_i64());
        self
    }

    /// A number drawn between these.
    #[track_caller]
    fn draw(self, graph: &Graph, (low, high): (f32, f32)) -> Tensor<f32> {
        graph.random_uniform_with([], self.uniform().minval(low).maxval(high))
    }

    /// The options of what is drawn.
    pub(super) fn uniform(self) -> RandomUniform<f32> {
        match self.seed {
            Some(seed) => RandomUniform::new().seed(seed),
            None => RandomUniform::new(),
        }
    }
}
