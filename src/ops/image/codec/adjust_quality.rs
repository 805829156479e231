//! `adjust_jpeg_quality`, `random_jpeg_quality`: pictures as they are after they were JPEG files.

use super::{decode_jpeg, encode_jpeg_variable_quality};
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::IntoIntegers;
use crate::ops::image::{RandomAdjustment, convert_image_dtype};
use crate::ops::random::RandomUniform;
use crate::types::{ElementType, Error, Numeric};

/// `image` as it is after it was a JPEG file of quality `jpeg_quality`, from 0 to 100, as
/// `tf.image.adjust_jpeg_quality` makes it.
///
/// `image` is [height, width, channels] with 1 or 3 channels, of bytes or of another type that
/// [`convert_image_dtype`](crate::image::convert_image_dtype) makes of them and back.
///
/// # Errors
/// As [`encode_jpeg_variable_quality`].
#[track_caller]
pub fn adjust_jpeg_quality<T: Numeric>(
    image: impl IntoTensor<T>,
    jpeg_quality: impl IntoIntegers,
) -> Tensor<T> {
    let quality = jpeg_quality.into_integers();
    let graph = graph_of(&[image.graph(), quality.graph()]);
    graph.op_scope("adjust_jpeg_quality", |_| {
        let image = image.into_tensor(&graph, "image");
        let bytes = convert_image_dtype(&image, ElementType::<u8>::new());
        let quality = quality.into_any(&graph, "Const");
        let file = encode_jpeg_variable_quality(&bytes, quality.assume::<i32>());
        convert_image_dtype(decode_jpeg(&file), ElementType::<T>::new())
    })
}

/// [`adjust_jpeg_quality`] of a quality drawn anew in every run, from `min_jpeg_quality` to just
/// below `max_jpeg_quality`, as `tf.image.random_jpeg_quality` does.
///
/// # Errors
/// `InvalidArgument` if not 0 ≤ `min_jpeg_quality` < `max_jpeg_quality` ≤ 100.
///
/// # Options
/// `seed`: see [`random_jpeg_quality_with`].
#[track_caller]
pub fn random_jpeg_quality<T: Numeric>(
    image: impl IntoTensor<T>,
    min_jpeg_quality: i32,
    max_jpeg_quality: i32,
) -> Tensor<T> {
    let options = RandomAdjustment::new();
    random_jpeg_quality_with(image, min_jpeg_quality, max_jpeg_quality, options)
}

/// As [`random_jpeg_quality`], with a seed as `options` say.
///
/// # Errors
/// As there.
#[track_caller]
pub fn random_jpeg_quality_with<T: Numeric>(
    image: impl IntoTensor<T>,
    min_jpeg_quality: i32,
    max_jpeg_quality: i32,
    options: impl Into<RandomAdjustment>,
) -> Tensor<T> {
    let (graph, options) = (graph_of(&[image.graph()]), options.into());
    let wrong = if !(0..=100).contains(&min_jpeg_quality) || !(0..=100).contains(&max_jpeg_quality)
    {
        Some("jpeg encoding range must be between 0 and 100.")
    } else if min_jpeg_quality >= max_jpeg_quality {
        Some("`min_jpeg_quality` must be less than `max_jpeg_quality`.")
    } else {
        None
    };
    graph.op_call(|| {
        if let Some(message) = wrong {
            return graph.failed("random_jpeg_quality", Error::invalid_argument(message));
        }
        let bounds = RandomUniform::<i32>::new().minval(min_jpeg_quality);
        let mut uniform = bounds.maxval(max_jpeg_quality);
        if let Some(seed) = options.seed {
            uniform = uniform.seed(seed);
        }
        adjust_jpeg_quality(image, graph.random_uniform_with([], uniform))
    })
}
