//! `tf.image.resize_images` and `tf.image.resize_image_with_pad`: one image or a batch resized by a
//! method.

use super::crop::{Length, lengths_of, of_batch, pad_to_bounding_box};
use super::resize::{Centers, Method, build};
use super::scale_and_translate::{Filtering, scale_and_translate};
use super::support::require;
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::ops::array::{Squeeze, expand_dims, shape, squeeze_with, stack};
use crate::ops::math::{cast_to, div, divide, floor, maximum, minimum, multiply, round};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Error, Numeric, Result, Shape};

/// How [`resize_images_with`] and [`resize_with`] make the pixels of an image of another size, as
/// `tf.image.ResizeMethod` names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ResizeMethod {
    /// Between the four pixels around a place.
    #[default]
    Bilinear,
    /// The nearest pixel.
    NearestNeighbor,
    /// Between 16 pixels, by cubic convolution.
    Bicubic,
    /// The mean of the pixels that one covers.
    Area,
    /// A Lanczos filter of radius 3; of [`resize_with`] only, as are those that follow.
    Lanczos3,
    /// A Lanczos filter of radius 5.
    Lanczos5,
    /// A Gaussian filter of radius 3 and standard deviation 0.5.
    Gaussian,
    /// The cubic filter of Mitchell and Netravali.
    MitchellCubic,
}

/// An image, or each of a batch, of height and width `size`, bilinearly interpolated, as
/// `tf.image.resize_images` (`tf.image.resize`) makes it; see
/// [`resize_bilinear`](super::resize_bilinear()). The result is `f32`. An image that has that size
/// already is returned as it is, with `f32` elements.
///
/// ```
/// let graph = tf1::Graph::new();
/// let image = graph.placeholder::<u8>("image", [28, 28, 3]);
/// let small = tf1::image::resize_images(&image, [14, 14]);
/// assert_eq!(small.to_string(), r#"Tensor("resize/Squeeze:0", shape=(14, 14, 3), dtype=float32)"#);
/// ```
///
/// # Errors
/// `InvalidArgument` if `images` does not have three or four axes, or no pixels, or `size` is not
/// two positive numbers.
///
/// # Options
/// `method`, `align_corners`, `preserve_aspect_ratio`: see [`resize_images_with`].
#[track_caller]
pub fn resize_images<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
) -> Tensor<f32> {
    resize_images_with(images, size, ResizeImages::new())
}

/// As [`resize_images`], with the method as `options` say. The result is always `f32`, also that of
/// [`ResizeMethod::NearestNeighbor`] and of an image that had the size already, for which
/// TensorFlow keeps the element type: [`cast`](crate::cast()) converts it.
///
/// # Errors
/// As [`resize_images`], and if the method is not one of the first four.
#[track_caller]
pub fn resize_images_with<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
    options: impl Into<ResizeImages>,
) -> Tensor<f32> {
    let options = options.into();
    let centers = Centers {
        align_corners: options.align_corners,
        half_pixel_centers: false,
    };
    let resizer = move |images: &Tensor<T>, size: &Tensor<i32>| {
        let method = match options.method {
            ResizeMethod::Bilinear => Method::Bilinear,
            ResizeMethod::NearestNeighbor => Method::NearestNeighbor,
            ResizeMethod::Bicubic => Method::Bicubic,
            ResizeMethod::Area => Method::Area,
            _ => return Err(Error::invalid_argument("Resize method is not implemented.")),
        };
        Ok(resized(method, images, size, centers))
    };
    let size = size.into_integers();
    common(images, size, (options.preserve_aspect_ratio, true), resizer)
}

/// As [`resize_images`] in TensorFlow 2, as `tf.compat.v2.image.resize` makes it: pixels are
/// squares, and places their centers (see
/// [`half_pixel_centers`](super::ResizeBilinear::half_pixel_centers)).
///
/// # Errors
/// As [`resize_images`].
///
/// # Options
/// `method`, `preserve_aspect_ratio`, `antialias`: see [`resize_with`].
#[track_caller]
pub fn resize<T: Numeric>(images: impl IntoTensor<T>, size: impl IntoIntegers) -> Tensor<f32> {
    resize_with(images, size, Resize::new())
}

/// As [`resize`], with the method as `options` say.
///
/// # Errors
/// As [`resize_images`].
#[track_caller]
pub fn resize_with<T: Numeric>(
    images: impl IntoTensor<T>,
    size: impl IntoIntegers,
    options: impl Into<Resize>,
) -> Tensor<f32> {
    let options = options.into();
    let resizer = move |images: &Tensor<T>, size: &Tensor<i32>| {
        let centers = Centers {
            align_corners: false,
            half_pixel_centers: options.method != ResizeMethod::Area,
        };
        let kernel_type = match (options.method, options.antialias) {
            (ResizeMethod::Bilinear, false) => {
                return Ok(resized(Method::Bilinear, images, size, centers));
            }
            (ResizeMethod::Bicubic, false) => {
                return Ok(resized(Method::Bicubic, images, size, centers));
            }
            (ResizeMethod::NearestNeighbor, _) => {
                return Ok(resized(Method::NearestNeighbor, images, size, centers));
            }
            (ResizeMethod::Area, _) => return Ok(resized(Method::Area, images, size, centers)),
            (ResizeMethod::Bilinear, true) => "triangle",
            (ResizeMethod::Bicubic, true) => "keyscubic",
            (ResizeMethod::Lanczos3, _) => "lanczos3",
            (ResizeMethod::Lanczos5, _) => "lanczos5",
            (ResizeMethod::Gaussian, _) => "gaussian",
            (ResizeMethod::MitchellCubic, _) => "mitchellcubic",
        };
        let target = cast_to::<i32, f32>(size);
        let lengths = cast_to::<i32, f32>(shape(images).index(1..3));
        let scale = divide(target, lengths);
        let translation = images.graph().zeros::<f32>([2]);
        let filtering = Filtering {
            kernel_type: kernel_type.to_string(),
            antialias: options.antialias,
        };
        Ok(scale_and_translate(
            images,
            size,
            [&scale, &translation],
            filtering,
        ))
    };
    let size = size.into_integers();
    common(
        images,
        size,
        (options.preserve_aspect_ratio, false),
        resizer,
    )
}

/// Resized by one of the four ops, as `f32`.
#[track_caller]
fn resized<T: Numeric>(
    method: Method,
    images: &Tensor<T>,
    size: &Tensor<i32>,
    centers: Centers,
) -> Tensor<f32> {
    match method {
        Method::NearestNeighbor => {
            cast_to::<T, f32>(build::<T, T>(method, images, size.into_integers(), centers))
        }
        _ => build(method, images, size.into_integers(), centers),
    }
}

/// The nodes of `resize_images` around those that `resizer` makes.
#[track_caller]
fn common<T: Numeric>(
    images: impl IntoTensor<T>,
    size: Integers,
    (preserve_aspect_ratio, skip_if_same): (bool, bool),
    resizer: impl FnOnce(&Tensor<T>, &Tensor<i32>) -> Result<Tensor<f32>>,
) -> Tensor<f32> {
    let graph = graph_of(&[images.graph(), size.graph()]);
    graph.op_scope("resize", |_| {
        let images = images.into_tensor(&graph, "images");
        let rule = |shape: &Shape| match shape.rank() {
            Some(3 | 4) => Ok(()),
            Some(_) => Err(Error::invalid_argument(
                "'images' must have either 3 or 4 dimensions.",
            )),
            None => Err(Error::invalid_argument("'images' contains no shape.")),
        };
        require("resize", &images, rule, || {
            let is_batch = images.shape().rank() == Some(4);
            let images = match is_batch {
                true => images.clone(),
                false => expand_dims(&images, 0),
            };
            let size = size.into_tensor::<i32>(&graph, "size");
            if size.shape().merge(&Shape::from(vec![Some(2)])).is_none() {
                let message = "'size' must be a 1-D Tensor of 2 elements: new_height, new_width";
                return graph.failed("resize", Error::invalid_argument(message));
            }
            let elements = size.info().elements();
            // Few: height and width.
            let mut known: Option<Vec<i64>> =
                elements.and_then(|elements| elements.into_iter().collect());
            let mut size = size;
            if preserve_aspect_ratio {
                (size, known) = match preserved(&graph, &images, known.as_deref()) {
                    Ok(preserved) => preserved,
                    Err(error) => return graph.failed("resize", error),
                };
            }
            let lengths = [1, 2].map(|axis| images.shape().dim(axis).map(|length| length as i64));
            let target = known.as_deref().map(|known| [known.first(), known.get(1)]);
            let is_same = target.is_some_and(|target| {
                target.map(Option::<&i64>::copied) == lengths && lengths[0].is_some()
            });
            let made = match skip_if_same && is_same {
                true => Ok(cast_to::<T, f32>(&images)),
                false => resizer(&images, &size),
            };
            if let (Ok(made), Some(&[height, width])) = (&made, known.as_deref()) {
                let [height, width] = [height, width].map(|length| usize::try_from(length).ok());
                made.set_shape(Shape::from(vec![None, height, width, None]));
            }
            match made {
                Ok(made) if is_batch => made,
                Ok(made) => squeeze_with(made, Squeeze::new().axis([0])),
                Err(error) => graph.failed("resize", error),
            }
        })
    })
}

/// A size of the images' proportions, and its numbers if they are known.
type Preserved = (Tensor<i32>, Option<Vec<i64>>);

/// The largest size of the images' proportions within the size `known`.
#[track_caller]
fn preserved<T: Numeric>(
    graph: &Graph,
    images: &Tensor<T>,
    known: Option<&[i64]>,
) -> Result<Preserved> {
    let Some(&[height, width]) = known else {
        let message =
            "a size within which proportions are preserved must be known when the graph is built";
        return Err(Error::invalid_argument(message));
    };
    let [_, full_height, full_width, _] = lengths_of(images);
    let float = |length: &Length| match length {
        Length::Known(length) => {
            graph.op_scope("Cast", |_| graph.constant(*length as f32).named("x"))
        }
        Length::Computed(length) => cast_to::<i32, f32>(length),
    };
    let by_height = divide(float(&Length::Known(height)), float(&full_height));
    let by_width = divide(float(&Length::Known(width)), float(&full_width));
    let factor = minimum(by_height, by_width);
    let scaled = |length: &Length| cast_to::<f32, i32>(round(multiply(&factor, float(length))));
    let (height, width) = (scaled(&full_height), scaled(&full_width));
    let size = stack([&height, &width], 0).named("size");
    let numbers = match (full_height.known(), full_width.known(), known) {
        (Some(full_height), Some(full_width), Some(&[height, width])) => {
            let factor = (height as f32 / full_height as f32).min(width as f32 / full_width as f32);
            let scaled = |length: i64| (factor * length as f32).round_ties_even() as i64;
            Some(vec![scaled(full_height), scaled(full_width)])
        }
        _ => None,
    };
    Ok((size, numbers))
}

/// The options of [`resize_images_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResizeImages {
    method: ResizeMethod,
    align_corners: bool,
    preserve_aspect_ratio: bool,
}

/// By this method, as [`ResizeImages::method`].
impl From<ResizeMethod> for ResizeImages {
    fn from(method: ResizeMethod) -> Self {
        ResizeImages::new().method(method)
    }
}

impl ResizeImages {
    /// Bilinear interpolation.
    pub fn new() -> Self {
        ResizeImages::default()
    }

    /// How pixels are made.
    pub fn method(mut self, method: ResizeMethod) -> Self {
        self.method = method;
        self
    }

    /// The first and the last pixels are those of the image.
    pub fn align_corners(mut self) -> Self {
        self.align_corners = true;
        self
    }

    /// The image keeps its proportions, and gets as large as it can within the size.
    pub fn preserve_aspect_ratio(mut self) -> Self {
        self.preserve_aspect_ratio = true;
        self
    }
}

/// The options of [`resize_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resize {
    method: ResizeMethod,
    preserve_aspect_ratio: bool,
    antialias: bool,
}

/// By this method, as [`Resize::method`].
impl From<ResizeMethod> for Resize {
    fn from(method: ResizeMethod) -> Self {
        Resize::new().method(method)
    }
}

impl Resize {
    /// Bilinear interpolation.
    pub fn new() -> Self {
        Resize::default()
    }

    /// How pixels are made.
    pub fn method(mut self, method: ResizeMethod) -> Self {
        self.method = method;
        self
    }

    /// The image keeps its proportions, and gets as large as it can within the size.
    pub fn preserve_aspect_ratio(mut self) -> Self {
        self.preserve_aspect_ratio = true;
        self
    }

    /// Filters are widened where the image becomes smaller, so that all its pixels count.
    pub fn antialias(mut self) -> Self {
        self.antialias = true;
        self
    }
}

/// An image, or each of a batch, resized bilinearly to the largest size of its proportions within
/// `target_height` and `target_width`, with a margin of zeros around, as
/// `tf.image.resize_image_with_pad` makes it.
///
/// # Errors
/// As [`resize_images`].
///
/// # Options
/// `method`, `align_corners`: see [`resize_image_with_pad_with`].
#[track_caller]
pub fn resize_image_with_pad<T: Numeric>(
    image: impl IntoTensor<T>,
    target_height: impl IntoIntegers,
    target_width: impl IntoIntegers,
) -> Tensor<f32> {
    resize_image_with_pad_with(image, target_height, target_width, ResizeImages::new())
}

/// As [`resize_image_with_pad`], with the method as `options` say.
///
/// # Errors
/// As [`resize_images_with`].
#[track_caller]
pub fn resize_image_with_pad_with<T: Numeric>(
    image: impl IntoTensor<T>,
    target_height: impl IntoIntegers,
    target_width: impl IntoIntegers,
    options: impl Into<ResizeImages>,
) -> Tensor<f32> {
    let options = options.into();
    let numbers = [target_height.into_integers(), target_width.into_integers()];
    of_batch("resize_image_with_pad", image, |graph, images| {
        let targets = numbers.map(|number| Length::given(number, graph, "Const"));
        for (target, name) in targets.iter().zip(["target_height", "target_width"]) {
            if target.known().is_some_and(|length| length <= 0) {
                return Err(Error::invalid_argument(format!("{name} must be > 0.")));
            }
        }
        let [_, height, width, _] = lengths_of(images);
        let float = |length: &Length| match length {
            Length::Known(length) => graph.op_scope("Cast", |scope| {
                let length = (*length as i32)
                    .into_integers()
                    .into_tensor::<i32>(graph, "x");
                cast_to::<i32, f64>(length).named(crate::ops::support::named_as(scope))
            }),
            Length::Computed(length) => cast_to::<i32, f64>(length),
        };
        let (full_height, full_width) = (float(&height), float(&width));
        let (target_height, target_width) = (float(&targets[0]), float(&targets[1]));
        let by_width = divide(&full_width, &target_width);
        let by_height = divide(&full_height, &target_height);
        let ratio = maximum(by_width, by_height);
        let (exact_height, exact_width) =
            (divide(&full_height, &ratio), divide(&full_width, &ratio));
        let whole = |x: &Tensor<f64>| cast_to::<f64, i32>(floor(x));
        let (height, width) = (whole(&exact_height), whole(&exact_width));
        let above = div(target_height - exact_height, 2.0);
        let left = div(target_width - exact_width, 2.0);
        let (above, left) = (floor(above), floor(left));
        let top = maximum(0, cast_to::<f64, i32>(above));
        let left = maximum(0, cast_to::<f64, i32>(left));
        let size = stack([&height, &width], 0);
        let resized = resize_images_with(images, size, options);
        let [height, width] = targets;
        Ok(pad_to_bounding_box(resized, &top, &left, height, width))
    })
}
