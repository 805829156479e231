//! Images brought to one brightness, how much they vary, and how much two of them differ.

use super::convert::{ConvertImageDtype, convert_image_dtype, convert_image_dtype_with};
use super::support::require;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::array::{Unstack, concat, identity, reshape, shape, stack, unstack_with, zeros};
use crate::ops::math::{
    abs, cast_to, div, log, maximum, product, rsqrt, squared_difference, subtract,
};
use crate::ops::reduce::{Axes, reduce_mean, reduce_prod, reduce_std, reduce_sum};
use crate::ops::support::{incompatible, named_as};
use crate::types::{DType, ElementType, Error, Float, Numeric, Result, Shape, float32};

/// Each image with mean 0 and standard deviation 1, as `tf.image.per_image_standardization` makes
/// it: (x - mean) / max(σ, 1 / √n) of each element x, with mean, standard deviation σ and number n
/// of the elements of its image. The last three axes of `image` are height, width and channels.
///
/// Elements of other types than `f32` and half-precision floats are converted to `f32` from 0 to 1
/// and back, clipped: of integers, what is below the mean becomes 0, as in TensorFlow 1.
///
/// # Errors
/// `InvalidArgument` if `image` has less than three axes.
#[track_caller]
pub fn per_image_standardization<T: Numeric>(image: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[image.graph()]);
    graph.op_scope("per_image_standardization", |scope| {
        let image = image.into_tensor(&graph, "image");
        let name = named_as(scope);
        require("per_image_standardization", &image, expect_images, || {
            let options = ConvertImageDtype::new().saturate();
            #[cfg(feature = "all_types")]
            if T::DTYPE == DType::Float16 {
                let even = standardized::<half::f16>(&image.any().assume(), name);
                return convert_image_dtype_with(even, ElementType::<T>::new(), options);
            }
            let floats: Tensor<f32> = match T::DTYPE {
                DType::Float32 => image.any().assume(),
                _ => convert_image_dtype(&image, float32),
            };
            let even = standardized(&floats, name);
            convert_image_dtype_with(even, ElementType::<T>::new(), options)
        })
    })
}

fn expect_images(shape: &Shape) -> Result<()> {
    let message = match shape.dims() {
        Some(dims) if dims.len() < 3 => "'image' must be at least three-dimensional.".to_string(),
        Some(dims) if dims.contains(&Some(0)) => {
            format!("all dims of 'image.shape' must be > 0: {shape}")
        }
        _ => return Ok(()),
    };
    Err(Error::invalid_argument(message))
}

#[track_caller]
fn standardized<F: Float>(image: &Tensor<F>, name: String) -> Tensor<F> {
    const AXES: [i32; 3] = [-1, -2, -3];
    let pixels = reduce_prod(shape(image).index(-3..), ..);
    let mean = reduce_mean(image, Axes::from(AXES).keeping(true));
    let deviation = reduce_std(image, Axes::from(AXES).keeping(true));
    let least = rsqrt(cast_to::<i32, F>(pixels));
    let deviation = maximum(deviation, least);
    div(image - mean, deviation).named(name)
}

/// How much each image varies: the sum of the absolute differences of neighbours, Σ |x[i + 1, j] -
/// x[i, j]| + Σ |x[i, j + 1] - x[i, j]|, as `tf.image.total_variation` computes it. It is a scalar
/// of an image, and a vector of a batch.
///
/// # Errors
/// `InvalidArgument` if `images` does not have three or four axes.
#[track_caller]
pub fn total_variation<T: Numeric>(images: impl IntoTensor<T>) -> Tensor<T> {
    let graph = graph_of(&[images.graph()]);
    graph.op_scope("total_variation", |scope| {
        let images = images.into_tensor(&graph, "images");
        let (down, across) = match images.shape().rank() {
            Some(3) => (
                images.index((1.., .., ..)) - images.index((..-1, .., ..)),
                images.index((.., 1.., ..)) - images.index((.., ..-1, ..)),
            ),
            Some(4) => (
                images.index((.., 1.., .., ..)) - images.index((.., ..-1, .., ..)),
                images.index((.., .., 1.., ..)) - images.index((.., .., ..-1, ..)),
            ),
            _ => {
                let message = "'images' must be either 3 or 4-dimensional.";
                return scope.failed("total_variation", Error::invalid_argument(message));
            }
        };
        let sum = |differences: Tensor<T>| match images.shape().rank() {
            Some(4) => reduce_sum(abs(differences), [1, 2, 3]),
            _ => reduce_sum(abs(differences), ..),
        };
        sum(down) + sum(across)
    })
}

/// The ratio of the largest possible value to the mean squared difference of two images, in
/// decibels, as `tf.image.psnr` computes it: 20 · log₁₀(`max_val`) - 10 · log₁₀(mean((a - b)²)), of
/// each image of a batch. The last three axes are height, width and channels; those before are
/// broadcast. Elements and `max_val`, of any type, are converted to `f32` as
/// [`convert_image_dtype`] converts them.
///
/// # Errors
/// `InvalidArgument` if the images have less than three axes or different sizes.
#[track_caller]
pub fn psnr<T: Numeric>(
    a: impl IntoTensor<T>,
    b: impl IntoTensor<T>,
    max_val: impl IntoTensor<T>,
) -> Tensor<f32> {
    let graph = graph_of(&[a.graph(), b.graph(), max_val.graph()]);
    graph.op_scope("PSNR", |_| {
        let (a, b) = (a.into_tensor(&graph, "a"), b.into_tensor(&graph, "b"));
        let max_val = graph.op_scope("Cast", |_| max_val.into_tensor(&graph, "x"));
        let max_val = convert_image_dtype(max_val, float32);
        let (a, b) = (
            convert_image_dtype(a, float32),
            convert_image_dtype(b, float32),
        );
        same_images("PSNR", &a, &b, || {
            let error = reduce_mean(squared_difference(&a, &b), [-3, -2, -1]);
            let ten = graph.constant(10.0f32);
            let of_max = product(20.0, log(max_val)) / log(ten);
            let of_error = product(10.0 / std::f32::consts::LN_10, log(error));
            identity(subtract(of_max, of_error).named("psnr"))
        })
    })
}

/// What `build` makes of two images of the same size; batches are broadcast.
#[track_caller]
pub(super) fn same_images<T: Numeric, R: Numeric>(
    name: &'static str,
    a: &Tensor<T>,
    b: &Tensor<T>,
    build: impl FnOnce() -> Tensor<R>,
) -> Tensor<R> {
    let rule = |shapes: &[&Shape]| {
        let (Some(a), Some(b)) = (shapes[0].dims(), shapes[1].dims()) else {
            return Ok(());
        };
        if a.len() < 3 || b.len() < 3 {
            let message = format!(
                "Shape {} must have rank at least 3",
                shapes[usize::from(a.len() >= 3)]
            );
            return Err(Error::invalid_argument(message));
        }
        let last = |dims: &[crate::types::Dim]| Shape::from(dims[dims.len() - 3..].to_vec());
        match last(a).merge(&last(b)) {
            Some(_) => Ok(()),
            None => Err(incompatible(&last(a), &last(b))),
        }
    };
    let graph = a.graph();
    match crate::types::broadcast_shapes(&a.shape(), &b.shape()) {
        // What does not broadcast is told by the op that finds out.
        Ok(_) => match rule(&[&a.shape(), &b.shape()]) {
            Ok(()) => graph.require_shapes(&[a.any(), b.any()], rule, build),
            Err(error) => graph.failed(name, error),
        },
        Err(_) => build(),
    }
}

/// The differences of neighbours down and across, (dy, dx), each of the shape of the images, with
/// zeros in the last row and the last column, as `tf.image.image_gradients` computes them: dy[i,
/// j] = x[i + 1, j] - x[i, j].
///
/// # Errors
/// `InvalidArgument` if `image` does not have four axes: [batch, height, width, channels].
#[track_caller]
pub fn image_gradients<T: Numeric>(image: impl IntoTensor<T>) -> (Tensor<T>, Tensor<T>) {
    let graph = graph_of(&[image.graph()]);
    graph.op_call(|| {
        let image = image.into_tensor(&graph, "image");
        if image.shape().rank() != Some(4) {
            let found = image.shape();
            let message =
                format!("image_gradients expects a 4D tensor [batch_size, h, w, d], not {found}.");
            let failed = graph.failed("image_gradients", Error::invalid_argument(message));
            return (failed.clone(), failed);
        }
        let lengths = shape(&image);
        let all = unstack_with(&lengths, Unstack::new().num(4));
        let [batch, height, width, depth] = all.as_slice() else {
            let failed = graph.failed("image_gradients", Error::internal("four lengths"));
            return (failed.clone(), failed);
        };
        let dy = image.index((.., 1.., .., ..)) - image.index((.., ..-1, .., ..));
        let dx = image.index((.., .., 1.., ..)) - image.index((.., .., ..-1, ..));
        let row = stack((batch, 1, width, depth), 0);
        let dy = reshape(concat([dy, zeros::<T>(row)], 1), &lengths);
        let column = stack((batch, height, 1, depth), 0);
        let dx = reshape(concat([dx, zeros::<T>(column)], 2), &lengths);
        (dy, dx)
    })
}
