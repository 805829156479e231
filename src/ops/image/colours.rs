//! Grey images, YIQ and YUV.

use super::convert::convert_image_dtype;
use super::support::require;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::kernels::MatMulElement;
use crate::ops::array::{concat, expand_dims, rank, tile};
use crate::ops::math::tensordot::{last_axis_dot, last_axis_product};
use crate::ops::support::named_as;
use crate::types::{ElementType, Error, Float, Numeric, Result, Shape, float32};

/// RGB images as grey ones: 0.2989 R + 0.587 G + 0.114 B, as `tf.image.rgb_to_grayscale` computes
/// it. The last axis, of three elements, gets one. Elements of any type are converted to `f32` from
/// 0 to 1 and back.
///
/// # Errors
/// `InvalidArgument` if the last axis does not have three elements.
#[track_caller]
pub fn rgb_to_grayscale<T: Numeric>(images: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[images.graph()]);
    graph.op_scope("rgb_to_grayscale", |scope| {
        let images = images.into_tensor(&graph, "images");
        if let Err(error) = expect_channels(&images.shape(), 3) {
            return scope.failed("rgb_to_grayscale", error);
        }
        let images = convert_image_dtype(images, float32);
        let grey = last_axis_dot(&images, &[0.2989f32, 0.587, 0.114]);
        convert_image_dtype(expand_dims(grey, -1), ElementType::<T>::new()).named(named_as(scope))
    })
}

/// Grey images as RGB ones, with three times the same channel, as `tf.image.grayscale_to_rgb` makes
/// them. The last axis, of one element, gets three.
///
/// # Errors
/// `InvalidArgument` if `images` has less than two axes, or the last does not have one element.
#[track_caller]
pub fn grayscale_to_rgb<T: Numeric>(images: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[images.graph()]);
    graph.op_scope("grayscale_to_rgb", |scope| {
        let images = images.into_tensor(&graph, "images");
        let rule = |shape: &Shape| {
            if shape.rank().is_some_and(|rank| rank < 2) {
                let message = "A grayscale image must be at least two-dimensional.";
                return Err(Error::invalid_argument(message));
            }
            match shape.dims().and_then(|dims| *dims.last()?) {
                None | Some(1) => Ok(()),
                Some(_) => Err(Error::invalid_argument(
                    "Last dimension of a grayscale image should be size 1.",
                )),
            }
        };
        require("grayscale_to_rgb", &images, rule, || {
            let axes = expand_dims(rank(&images) - 1, 0);
            let ones = crate::ops::array::ones::<i32>(&axes);
            let multiples = concat([ones, expand_dims(graph.constant(3), 0)], 0);
            let rgb = tile(&images, multiples).named(named_as(scope));
            if let Some(dims) = images.shape().dims() {
                let all = [&dims[..dims.len() - 1], &[Some(3)]].concat();
                rgb.set_shape(Shape::from(all));
            }
            rgb
        })
    })
}

/// Fails unless the last axis has `channels` elements, or may have.
fn expect_channels(shape: &Shape, channels: usize) -> Result<()> {
    let Some(dims) = shape.dims() else {
        return Err(Error::invalid_argument(
            "the number of the images' axes must be known",
        ));
    };
    match dims.last() {
        None => Err(Error::invalid_argument("a scalar is no image")),
        Some(Some(found)) if *found != channels => Err(Error::invalid_argument(format!(
            "images must have {channels} channels, but have {found}"
        ))),
        Some(_) => Ok(()),
    }
}

/// `images` times a matrix, along the last axis.
#[track_caller]
fn converted<T: Float + MatMulElement>(
    name: &'static str,
    images: impl IntoTensor<T>,
    kernel: [[f64; 3]; 3],
) -> Tensor<T> {
    let graph = graph_of(&[images.graph()]);
    graph.op_call(|| {
        let images = images.into_tensor(&graph, "images");
        if let Err(error) = expect_channels(&images.shape(), 3) {
            return graph.failed(name, error);
        }
        let kernel = kernel.map(|row| row.map(T::from_f64));
        let kernel = graph.constant(kernel).named("kernel");
        last_axis_product(&images, &kernel, [3, 3])
    })
}

/// RGB images as YIQ ones, as `tf.image.rgb_to_yiq` computes them: brightness Y = 0.299 R + 0.587
/// G + 0.114 B and two differences of colours, I from orange to blue and Q from purple to green.
/// The last axis are the channels.
///
/// # Errors
/// `InvalidArgument` if the last axis does not have three elements.
#[track_caller]
pub fn rgb_to_yiq<T: Float + MatMulElement>(images: impl IntoTensor<T>) -> Tensor<T> {
    converted("rgb_to_yiq", images, RGB_TO_YIQ)
}

/// YIQ images as RGB ones, as `tf.image.yiq_to_rgb` computes them: the inverse of [`rgb_to_yiq`].
///
/// # Errors
/// As [`rgb_to_yiq`].
#[track_caller]
pub fn yiq_to_rgb<T: Float + MatMulElement>(images: impl IntoTensor<T>) -> Tensor<T> {
    converted("yiq_to_rgb", images, YIQ_TO_RGB)
}

/// RGB images as YUV ones, as `tf.image.rgb_to_yuv` computes them: brightness Y = 0.299 R + 0.587
/// G + 0.114 B and two differences of colours, U = 0.492 (B - Y) and V = 0.877 (R - Y). The last
/// axis are the channels.
///
/// # Errors
/// `InvalidArgument` if the last axis does not have three elements.
#[track_caller]
pub fn rgb_to_yuv<T: Float + MatMulElement>(images: impl IntoTensor<T>) -> Tensor<T> {
    converted("rgb_to_yuv", images, RGB_TO_YUV)
}

/// YUV images as RGB ones, as `tf.image.yuv_to_rgb` computes them: the inverse of [`rgb_to_yuv`].
///
/// # Errors
/// As [`rgb_to_yuv`].
#[track_caller]
pub fn yuv_to_rgb<T: Float + MatMulElement>(images: impl IntoTensor<T>) -> Tensor<T> {
    converted("yuv_to_rgb", images, YUV_TO_RGB)
}

/// The rows are the parts of red, green and blue in Y, I and Q.
const RGB_TO_YIQ: [[f64; 3]; 3] = [
    [0.299, 0.59590059, 0.2115],
    [0.587, -0.27455667, -0.52273617],
    [0.114, -0.32134392, 0.31119955],
];

const YIQ_TO_RGB: [[f64; 3]; 3] = [
    [1.0, 1.0, 1.0],
    [0.95598634, -0.27201283, -1.10674021],
    [0.6208248, -0.64720424, 1.70423049],
];

const RGB_TO_YUV: [[f64; 3]; 3] = [
    [0.299, -0.14714119, 0.61497538],
    [0.587, -0.28886916, -0.51496512],
    [0.114, 0.43601035, -0.10001026],
];

const YUV_TO_RGB: [[f64; 3]; 3] = [
    [1.0, 1.0, 1.0],
    [0.0, -0.394642334, 2.03206185],
    [1.13988303, -0.58062185, 0.0],
];
