//! `tf.image.convert_image_dtype`: images of other element types.

use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::array::identity;
use crate::ops::math::{cast_to, div, multiply, saturate_cast};
use crate::ops::support::named_as;
use crate::types::{ElementType, Numeric};

/// `image` with elements of type `dtype`, scaled so that the largest values stand for the same
/// brightness, as `tf.image.convert_image_dtype` converts it.
///
/// Floats are from 0 to 1, integers from 0 to the largest number MAX of their type. Of integers, x
/// · (1 / MAX) becomes a float; of floats, x · (MAX + 0.5) without its fraction becomes an integer;
/// integers are multiplied or divided by the ratio of the types' sizes. Between floats, nothing is
/// scaled. What a type cannot hold becomes what [`cast`](crate::cast()) makes of it.
///
/// ```
/// let graph = tf1::Graph::new();
/// let image = graph.constant([0u8, 255]);
/// let image = tf1::image::convert_image_dtype(&image, tf1::float32);
/// let image = tf1::Session::new(&graph)?.run(image.array1(), [])?;
/// assert_eq!(image, ndarray::arr1(&[0.0, 1.0]));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Options
/// `saturate`: see [`convert_image_dtype_with`].
#[track_caller]
pub fn convert_image_dtype<T: Numeric, R: Numeric>(
    image: impl IntoTensor<T>,
    dtype: ElementType<R>,
) -> Tensor<R> {
    convert_image_dtype_with(image, dtype, ConvertImageDtype::new())
}

/// As [`convert_image_dtype`], clipped to what `dtype` can hold if `options` say so.
#[track_caller]
pub fn convert_image_dtype_with<T: Numeric, R: Numeric>(
    image: impl IntoTensor<T>,
    dtype: ElementType<R>,
    options: impl Into<ConvertImageDtype>,
) -> Tensor<R> {
    let ConvertImageDtype { saturate } = options.into();
    let graph = graph_of(&[image.graph()]);
    if T::DTYPE == R::DTYPE {
        return identity(image.into_tensor(&graph, "image")).any().assume();
    }
    graph.op_call(|| {
        let image = image.into_tensor(&graph, "image");
        graph.op_scope("convert_image", |scope| {
            let name = named_as(scope);
            let converted = |x: &Tensor<T>| match saturate {
                true => saturate_cast(x, dtype),
                false => cast_to(x),
            };
            match (highest::<T>(), highest::<R>()) {
                (Some(from), Some(to)) if from > to => {
                    let scale = T::from_i64(((from + 1) / (to + 1)) as i64);
                    converted(&div(&image, scale)).named(name)
                }
                (Some(from), Some(to)) => {
                    let scale = R::from_i64(((to + 1) / (from + 1)) as i64);
                    multiply(converted(&image), scale).named(name)
                }
                (None, None) => cast_to(&image).named(name),
                (Some(from), None) => {
                    let scale = R::from_f64(1.0 / from as f64);
                    multiply(cast_to(&image), scale).named(name)
                }
                (None, Some(to)) => {
                    let scale = T::from_f64(to as f64 + 0.5);
                    converted(&multiply(&image, scale)).named(name)
                }
            }
        })
    })
}

/// The largest number of an integer type.
fn highest<T: Numeric>() -> Option<i128> {
    let bits = 8 * size_of::<T>() as u32;
    let is_signed = T::LOWEST < T::ZERO;
    T::DTYPE
        .is_integer()
        .then(|| (1 << (bits - u32::from(is_signed))) - 1)
}

/// The options of [`convert_image_dtype_with`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ConvertImageDtype {
    saturate: bool,
}

impl ConvertImageDtype {
    /// Nothing is clipped.
    pub fn new() -> Self {
        ConvertImageDtype::default()
    }

    /// What the type cannot hold becomes the nearest number that it can.
    pub fn saturate(mut self) -> Self {
        self.saturate = true;
        self
    }
}
