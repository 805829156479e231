//! `ssim_multiscale`: the similarity of images at several sizes.

use super::convert::convert_image_dtype;
use super::filters::{Ssim, of_channels, window_of};
use super::quality::same_images;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::array::{Pad, concat, expand_dims, pad, pad_with, reshape, shape, stack};
use crate::ops::math::pow;
use crate::ops::nn::pool::avg_pool;
use crate::ops::nn::relu;
use crate::ops::reduce::{reduce_mean, reduce_prod};
use crate::types::{Error, Numeric, Result, WholeNumber, float32};

/// The structural similarity of images at five sizes, each half of the one before, as
/// `tf.image.ssim_multiscale` computes it: the product over sizes i of cᵢ ^ pᵢ, averaged over
/// channels.
///
/// cᵢ is the similarity of contrast and structure, and that of luminance as well at the last size;
/// each is told at [`ssim`](super::ssim), and 0 where it would be negative. pᵢ is 0.0448, 0.2856,
/// 0.3001, 0.2363, 0.1333. Images are halved by means of 2 by 2 pixels; one of odd height or width
/// is continued by its last row or column before. `max_val` is the largest value that there can be.
/// Elements of any type are converted to `f32` as [`convert_image_dtype`] converts them.
///
/// TensorFlow continues images in a branch of a `cond` where they are odd; here all are, by nothing
/// where they are even, which gives the same.
///
/// Source: Z. Wang, E. Simoncelli and A. Bovik, "Multiscale structural similarity for image quality
/// assessment", Asilomar 2003.
///
/// # Errors
/// `InvalidArgument` if the images have less than three axes, different sizes, or are smaller than
/// a window at the last size: with windows of 11 by 11 they need 161 pixels each way.
///
/// # Options
/// `power_factors`, `filter_size`, `filter_sigma`, `k1`, `k2`: see [`ssim_multiscale_with`].
#[track_caller]
pub fn ssim_multiscale<T: Numeric>(
    img1: impl IntoTensor<T>,
    img2: impl IntoTensor<T>,
    max_val: impl IntoTensor<T>,
) -> Tensor<f32> {
    ssim_multiscale_with(img1, img2, max_val, SsimMultiscale::new())
}

/// As [`ssim_multiscale`], with sizes, windows and constants as `options` say.
///
/// # Errors
/// As [`ssim_multiscale`], and if there are no `power_factors`, or windows have no pixels.
#[track_caller]
pub fn ssim_multiscale_with<T: Numeric>(
    img1: impl IntoTensor<T>,
    img2: impl IntoTensor<T>,
    max_val: impl IntoTensor<T>,
    options: impl Into<SsimMultiscale>,
) -> Tensor<f32> {
    let options = options.into();
    let graph = graph_of(&[img1.graph(), img2.graph(), max_val.graph()]);
    graph.op_scope("MS-SSIM", |_| {
        let images = [
            img1.into_tensor(&graph, "img1"),
            img2.into_tensor(&graph, "img2"),
        ];
        let max_val = graph.op_scope("Cast", |_| max_val.into_tensor(&graph, "x"));
        let max_val = convert_image_dtype(max_val, float32);
        let [a, b] = images.map(|image| convert_image_dtype(image, float32));
        same_images("ssim_multiscale", &a, &b, || {
            if let Err(error) = options.check() {
                return graph.failed("ssim_multiscale", error);
            }
            let scores = options.scores([a.clone(), b.clone()], &max_val);
            let powers = pow(stack(scores, -1), options.power_factors.as_slice());
            reduce_mean(reduce_prod(powers, [-1]), [-1])
        })
    })
}

/// The options of [`ssim_multiscale_with`].
#[derive(Clone, Debug, PartialEq)]
pub struct SsimMultiscale {
    power_factors: Vec<f32>,
    ssim: Ssim,
}

impl SsimMultiscale {
    /// The powers that are told at [`ssim_multiscale`], windows of 11 by 11 pixels, a Gaussian of
    /// standard deviation 1.5, 0.01 and 0.03.
    pub fn new() -> Self {
        SsimMultiscale {
            power_factors: vec![0.0448, 0.2856, 0.3001, 0.2363, 0.1333],
            ssim: Ssim::new(),
        }
    }

    /// The power of each size's similarity, the images' own first.
    pub fn power_factors(mut self, factors: impl IntoIterator<Item = f32>) -> Self {
        // Few: one for each size.
        self.power_factors = factors.into_iter().collect();
        self
    }

    /// The height and width of a window.
    pub fn filter_size(mut self, filter_size: impl WholeNumber) -> Self {
        self.ssim = self.ssim.filter_size(filter_size);
        self
    }

    /// The standard deviation of the Gaussian, in pixels.
    pub fn filter_sigma(mut self, filter_sigma: f64) -> Self {
        self.ssim = self.ssim.filter_sigma(filter_sigma);
        self
    }

    /// The factor of the largest value in c₁.
    pub fn k1(mut self, k1: f32) -> Self {
        self.ssim = self.ssim.k1(k1);
        self
    }

    /// The factor of the largest value in c₂.
    pub fn k2(mut self, k2: f32) -> Self {
        self.ssim = self.ssim.k2(k2);
        self
    }

    fn check(&self) -> Result<()> {
        /// An image of more sizes does not fit into any memory.
        const MOST: usize = 64;
        if !(1..=MOST).contains(&self.power_factors.len()) {
            let count = self.power_factors.len();
            let message = format!("there must be 1 to {MOST} power_factors, not {count}");
            return Err(Error::invalid_argument(message));
        }
        self.ssim.check()
    }

    /// The similarity of each channel at each size.
    #[track_caller]
    fn scores(&self, mut images: [Tensor<f32>; 2], max_val: &Tensor<f32>) -> Vec<Tensor<f32>> {
        let graph = max_val.graph().clone();
        let lengths = images.each_ref().map(shape);
        let heads = lengths.each_ref().map(|lengths| lengths.index(..-3));
        let mut tails = lengths.each_ref().map(|lengths| lengths.index(-3..));
        let halves = graph.constant([2, 2, 1]);
        let last = self.power_factors.len() - 1;
        let of_scale = |scale: usize| {
            graph.name_scope(format!("Scale{scale}"), || {
                if scale > 0 {
                    let rest = expand_dims(&tails[0] % &halves, -1);
                    let rest = pad(rest, [[1, 0], [1, 0]]);
                    for ((image, head), tail) in images.iter_mut().zip(&heads).zip(&mut tails) {
                        let batch = graph.constant([-1]);
                        let flat = reshape(&*image, concat([&batch, &*tail], 0));
                        let even = pad_with(flat, &rest, Pad::new().symmetric());
                        let half = avg_pool(even, [1, 2, 2, 1], [1, 2, 2, 1], "VALID");
                        *tail = shape(&half).index(1..);
                        *image = reshape(half, concat([head, &*tail], 0));
                    }
                }
                let window = window_of(&graph, self.ssim);
                let [a, b] = &images;
                let [similarity, contrast] = of_channels([a, b], max_val, &window, self.ssim);
                relu(if scale == last { similarity } else { contrast })
            })
        };
        // Few: one for each size.
        (0..=last).map(of_scale).collect()
    }
}

impl Default for SsimMultiscale {
    fn default() -> Self {
        SsimMultiscale::new()
    }
}
