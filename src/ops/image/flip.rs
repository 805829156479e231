//! Images turned over and around.

use super::adjust::RandomAdjustment;
use super::support::{expect_image_of, require};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::ops::array::{Transpose, identity, reshape, reverse, shape, transpose_with};
use crate::ops::math::{cast_to, difference, less, round, select};
use crate::ops::support::named_as;
use crate::types::{Element, Numeric, Shape, WholeNumber};

/// How many axes an image has, or a batch of images: three if that is not known.
pub(super) fn rank_of<T: Element>(image: &Tensor<T>) -> usize {
    image.shape().rank().unwrap_or(3)
}

/// What `build` makes of an image, or a batch of images, given the number of its axes.
#[track_caller]
fn of_image<T: Element>(
    name: &'static str,
    image: impl IntoTensor<T>,
    build: impl FnOnce(&Graph, &Tensor<T>, usize, String) -> Tensor<T>,
) -> Tensor<T> {
    let graph = graph_of(&[image.graph()]);
    graph.op_scope(name, |scope| {
        let image = image.into_tensor(&graph, "image");
        let rank = rank_of(&image);
        require(name, &image, expect_image_of(rank), || {
            build(&graph, &image, rank, named_as(scope))
        })
    })
}

/// An image, or each of a batch, turned left to right, as `tf.image.flip_left_right` does.
///
/// # Errors
/// `InvalidArgument` if `image` does not have three or four axes, or no pixels.
#[track_caller]
pub fn flip_left_right<T: Element>(image: impl IntoTensor<T>) -> Tensor<T> {
    of_image("flip_left_right", image, |_, image, rank, _| {
        flipped(image, rank - 2)
    })
}

/// An image, or each of a batch, turned upside down, as `tf.image.flip_up_down` does.
///
/// # Errors
/// As [`flip_left_right`].
#[track_caller]
pub fn flip_up_down<T: Element>(image: impl IntoTensor<T>) -> Tensor<T> {
    of_image("flip_up_down", image, |_, image, rank, _| {
        flipped(image, rank - 3)
    })
}

/// The image turned around along this axis.
#[track_caller]
fn flipped<T: Element>(image: &Tensor<T>, axis: usize) -> Tensor<T> {
    let flipped = reverse(image, [axis as i32]);
    flipped.set_shape(image.shape());
    flipped
}

/// Images of which each is turned left to right in one of two runs, as
/// `tf.image.random_flip_left_right` does: each of a batch by itself.
///
/// TensorFlow's nodes for one image hold a `cond`, where here a `Select` picks.
///
/// # Errors
/// As [`flip_left_right`].
///
/// # Options
/// `seed`: see [`random_flip_left_right_with`].
#[track_caller]
pub fn random_flip_left_right<T: Numeric>(image: impl IntoTensor<T>) -> Tensor<T> {
    random_flip_left_right_with(image, RandomAdjustment::new())
}

/// As [`random_flip_left_right`], with a seed as `options` say.
///
/// # Errors
/// As [`flip_left_right`].
#[track_caller]
pub fn random_flip_left_right_with<T: Numeric>(
    image: impl IntoTensor<T>,
    options: impl Into<RandomAdjustment>,
) -> Tensor<T> {
    let options = options.into();
    of_image(
        "random_flip_left_right",
        image,
        |graph, image, rank, name| perhaps_flipped(graph, (image, rank), rank - 2, options, name),
    )
}

/// Images of which each is turned upside down in one of two runs, as `tf.image.random_flip_up_down`
/// does; see [`random_flip_left_right`].
///
/// # Errors
/// As [`flip_left_right`].
///
/// # Options
/// `seed`: see [`random_flip_up_down_with`].
#[track_caller]
pub fn random_flip_up_down<T: Numeric>(image: impl IntoTensor<T>) -> Tensor<T> {
    random_flip_up_down_with(image, RandomAdjustment::new())
}

/// As [`random_flip_up_down`], with a seed as `options` say.
///
/// # Errors
/// As [`flip_left_right`].
#[track_caller]
pub fn random_flip_up_down_with<T: Numeric>(
    image: impl IntoTensor<T>,
    options: impl Into<RandomAdjustment>,
) -> Tensor<T> {
    let options = options.into();
    of_image("random_flip_up_down", image, |graph, image, rank, name| {
        perhaps_flipped(graph, (image, rank), rank - 3, options, name)
    })
}

#[track_caller]
fn perhaps_flipped<T: Numeric>(
    graph: &Graph,
    (image, rank): (&Tensor<T>, usize),
    axis: usize,
    options: RandomAdjustment,
    name: String,
) -> Tensor<T> {
    let uniform = options.uniform();
    if rank == 3 {
        let is_flipped = less(graph.random_uniform_with([], uniform), 0.5);
        let flipped = flipped(image, axis);
        return select(is_flipped, flipped, image).named(name);
    }
    let batch = shape(image).index(0);
    let drawn = graph.random_uniform_with((&batch,), uniform);
    let flips = cast_to::<f32, T>(round(reshape(drawn, (&batch, 1, 1, 1))));
    let flipped = flipped(image, axis);
    let result = &flips * flipped + difference(T::ONE, &flips) * image;
    result.set_shape(image.shape());
    result
}

/// An image, or each of a batch, turned by 90 degrees against the clock, as `tf.image.rot90` does.
///
/// # Errors
/// As [`flip_left_right`].
///
/// # Options
/// `k`: see [`rot90_with`].
#[track_caller]
pub fn rot90<T: Element>(image: impl IntoTensor<T>) -> Tensor<T> {
    rot90_with(image, 1)
}

/// As [`rot90`], `k` times. TensorFlow's nodes hold a `cond` that takes `k` from the graph; here it
/// is known when the graph is built, and so is the shape.
///
/// # Errors
/// As [`flip_left_right`].
#[track_caller]
pub fn rot90_with<T: Element>(image: impl IntoTensor<T>, k: impl WholeNumber) -> Tensor<T> {
    let turns = k.to_i64().rem_euclid(4);
    of_image("rot90", image, |_, image, rank, _| {
        let [height, width] = [rank - 3, rank - 2].map(|axis| axis as i32);
        match turns {
            0 => identity(image),
            1 => transposed(&reverse(image, [width]), rank),
            2 => reverse(image, [height, width]),
            _ => reverse(transposed(image, rank), [width]),
        }
    })
}

/// An image, or each of a batch, with rows and columns exchanged, as `tf.image.transpose` does.
///
/// # Errors
/// As [`flip_left_right`].
#[doc(alias = "transpose_image")]
#[track_caller]
pub fn transpose<T: Element>(image: impl IntoTensor<T>) -> Tensor<T> {
    of_image("transpose", image, |_, image, rank, _| {
        transposed(image, rank)
    })
}

#[track_caller]
fn transposed<T: Element>(image: &Tensor<T>, rank: usize) -> Tensor<T> {
    let order: &[i32] = match rank {
        3 => &[1, 0, 2],
        _ => &[0, 2, 1, 3],
    };
    // Few: one for each axis.
    let transposed = transpose_with(image, Transpose::new().perm(order.to_vec()));
    if image.shape().rank().is_none() {
        transposed.set_shape(Shape::of_rank(rank));
    }
    transposed
}
