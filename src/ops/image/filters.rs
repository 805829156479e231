//! Measures of images by convolutions: structural similarity, and edges.

use super::convert::convert_image_dtype;
use super::quality::same_images;
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};

use crate::ops::array::{Pad, concat, pad_with, range, reshape, shape, shape_n, tile};
use crate::ops::math::{product, square};
use crate::ops::nn::{ConvElement, depthwise_conv2d, softmax};
use crate::ops::reduce::reduce_mean;
use crate::types::{Error, Float, Numeric, Result, Shape, WholeNumber, float32};

/// How similar two images are, 1 if they are equal: the structural similarity index (Wang et
/// al., 2004) of each pair of a batch, as `tf.image.ssim` computes it.
///
/// Means μ, variances σ² and the covariance are those of windows of 11 by 11 pixels, weighted by a
/// Gaussian of standard deviation 1.5. The index is the mean of (2 μ₁ μ₂ + c₁)(2 σ₁₂ + c₂) /
/// ((μ₁² + μ₂² + c₁)(σ₁² + σ₂² + c₂)) over all windows and channels, with c₁ = (0.01 · `max_val`)²
/// and c₂ = (0.03 · `max_val`)². `max_val` is the largest value that there can be. Elements of any
/// type are converted to `f32` as [`convert_image_dtype`] converts them.
///
/// # Errors
/// `InvalidArgument` if the images have less than three axes, different sizes, or are smaller than
/// a window.
///
/// # Options
/// `filter_size`, `filter_sigma`, `k1`, `k2`: see [`ssim_with`].
#[track_caller]
pub fn ssim<T: Numeric>(
    img1: impl IntoTensor<T>,
    img2: impl IntoTensor<T>,
    max_val: impl IntoTensor<T>,
) -> Tensor<f32> {
    ssim_with(img1, img2, max_val, Ssim::new())
}

/// As [`ssim`], with windows and constants as `options` say.
///
/// # Errors
/// As [`ssim`], and if windows have no pixels.
#[track_caller]
pub fn ssim_with<T: Numeric>(
    img1: impl IntoTensor<T>,
    img2: impl IntoTensor<T>,
    max_val: impl IntoTensor<T>,
    options: impl Into<Ssim>,
) -> Tensor<f32> {
    let options = options.into();
    let graph = graph_of(&[img1.graph(), img2.graph(), max_val.graph()]);
    graph.op_call(|| {
        let (a, b) = (
            img1.into_tensor(&graph, "img1"),
            img2.into_tensor(&graph, "img2"),
        );
        let max_val = graph.op_scope("Cast", |_| max_val.into_tensor(&graph, "x"));
        let max_val = convert_image_dtype(max_val, float32);
        let (a, b) = (
            convert_image_dtype(a, float32),
            convert_image_dtype(b, float32),
        );
        same_images("ssim", &a, &b, || match options.check() {
            Ok(()) => {
                let window = window_of(&graph, options);
                let [similarity, _] = of_channels([&a, &b], &max_val, &window, options);
                reduce_mean(similarity, [-1])
            }
            Err(error) => graph.failed("ssim", error),
        })
    })
}

/// The options of [`ssim_with`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ssim {
    filter_size: i64,
    filter_sigma: f64,
    k1: f32,
    k2: f32,
}

impl Ssim {
    /// Windows of 11 by 11 pixels, a Gaussian of standard deviation 1.5, 0.01 and 0.03.
    pub fn new() -> Self {
        Ssim {
            filter_size: 11,
            filter_sigma: 1.5,
            k1: 0.01,
            k2: 0.03,
        }
    }

    /// The height and width of a window.
    pub fn filter_size(mut self, filter_size: impl WholeNumber) -> Self {
        self.filter_size = filter_size.to_i64();
        self
    }

    /// The standard deviation of the Gaussian, in pixels.
    pub fn filter_sigma(mut self, filter_sigma: f64) -> Self {
        self.filter_sigma = filter_sigma;
        self
    }

    /// The factor of the largest value in c₁.
    pub fn k1(mut self, k1: f32) -> Self {
        self.k1 = k1;
        self
    }

    /// The factor of the largest value in c₂.
    pub fn k2(mut self, k2: f32) -> Self {
        self.k2 = k2;
        self
    }

    /// Fails if a window has no pixels, or more than a graph should keep.
    pub(super) fn check(self) -> Result<()> {
        const MOST: i64 = 1 << 10;
        if (1..=MOST).contains(&self.filter_size) {
            return Ok(());
        }
        let message = format!("filter_size = {} is not in [1, {MOST}]", self.filter_size);
        Err(Error::invalid_argument(message))
    }
}

impl Default for Ssim {
    fn default() -> Self {
        Ssim::new()
    }
}

/// The weights of a window's pixels, which add up to 1, [height, width, 1, 1]: a Gaussian.
#[track_caller]
pub(super) fn window_of(graph: &Graph, options: Ssim) -> Tensor<f32> {
    let size = options.filter_size as i32;
    let sigma = graph.constant(options.filter_sigma as f32);
    let length = graph.constant(size);
    let places = range(0, &length, 1).cast::<f32>() - (length - 1).cast::<f32>() / 2.0;
    let exponents = square(places) * (graph.constant(-0.5f32) / square(sigma));
    let both = reshape(&exponents, [1, -1]) + reshape(&exponents, [-1, 1]);
    reshape(softmax(reshape(both, [1, -1])), [size, size, 1, 1])
}

/// The similarity of each channel of each pair, and that of contrast and structure only, which the
/// index of several scales reads.
#[track_caller]
pub(super) fn of_channels(
    [a, b]: [&Tensor<f32>; 2],
    max_val: &Tensor<f32>,
    window: &Tensor<f32>,
    options: Ssim,
) -> [Tensor<f32>; 2] {
    let shapes = shape_n(&[a.any(), b.any()]);
    let window = match shapes.first() {
        Some(lengths) => tile(window, (1, 1, lengths.index(-1), 1)),
        None => window.clone(),
    };
    let mean = |x: &Tensor<f32>| {
        let lengths = shape(x);
        let batch = x.graph().constant([-1]);
        let flat = reshape(x, concat([batch, lengths.index(-3..)], 0));
        let means = depthwise_conv2d(flat, &window, 1, "VALID");
        let lengths = concat([lengths.index(..-3), shape(&means).index(1..)], 0);
        reshape(means, lengths)
    };
    let [c1, c2] = [options.k1, options.k2].map(|k| square(product(k, max_val)));
    let (mean_a, mean_b) = (mean(a), mean(b));
    let both_means = &mean_a * &mean_b * 2.0;
    let squared_means = square(&mean_a) + square(&mean_b);
    let luminance = (&both_means + &c1) / (&squared_means + &c1);
    let products = mean(&(a * b)) * 2.0;
    let squares = mean(&(square(a) + square(b)));
    let contrast = (products - both_means + &c2) / (squares - squared_means + &c2);
    let similarity = reduce_mean(luminance * &contrast, [-3, -2]);
    [similarity, reduce_mean(contrast, [-3, -2])]
}

/// The Sobel edges of images, [batch, height, width, channels, 2]: how fast values change down and
/// across, dy and dx, as `tf.image.sobel_edges` computes them, with the images reflected at their
/// edges.
///
/// # Errors
/// `InvalidArgument` if `image` does not have four axes, or a height or width is less than 2.
#[track_caller]
pub fn sobel_edges<T: Float + ConvElement>(image: impl IntoTensor<T>) -> Tensor<T> {
    const DOWN_AND_ACROSS: [[[[f64; 2]; 1]; 3]; 3] = [
        [[[-1.0, -1.0]], [[-2.0, 0.0]], [[-1.0, 1.0]]],
        [[[0.0, -2.0]], [[0.0, 0.0]], [[0.0, 2.0]]],
        [[[1.0, -1.0]], [[2.0, 0.0]], [[1.0, 1.0]]],
    ];
    let graph = graph_of(&[image.graph()]);
    graph.op_call(|| {
        let image = image.into_tensor(&graph, "image");
        if image.shape().rank().is_some_and(|rank| rank != 4) {
            let message = format!(
                "'image' must have 4 dimensions, but has shape {}",
                image.shape()
            );
            return graph.failed("sobel_edges", Error::invalid_argument(message));
        }
        let lengths = shape(&image);
        let weights =
            DOWN_AND_ACROSS.map(|row| row.map(|column| column.map(|both| both.map(T::from_f64))));
        let filters = tile(graph.constant(weights), (1, 1, lengths.index(-1), 1));
        let padded = pad_with(
            &image,
            [[0, 0], [1, 1], [1, 1], [0, 0]],
            Pad::new().reflect(),
        );
        let edges = depthwise_conv2d(padded, filters.named("sobel_filters"), 1, "VALID");
        let edges = reshape(edges, concat([lengths, graph.constant([2])], 0));
        if let Some(dims) = image.shape().dims() {
            edges.set_shape(Shape::from([dims, &[Some(2)]].concat()));
        }
        edges
    })
}
