//! Parts of images, and images with a margin.

use super::support::{expect_image_of, require};
use crate::graph::{Graph, IntoTensor, Tensor, graph_of};
use crate::ops::array::{
    Squeeze, Unstack, expand_dims, pad, reshape, shape, slice, squeeze_with, unstack_with,
};
use crate::ops::math::{cast_to, div, floordiv, maximum, minimum};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Dim, Element, Error, Result, Shape};

/// A length or a place: known while the graph is built, or computed in a run.
#[derive(Clone, Debug)]
pub(super) enum Length {
    Known(i64),
    Computed(Tensor<i32>),
}

impl Length {
    /// The number that the caller gives.
    #[track_caller]
    pub(super) fn given(numbers: Integers, graph: &Graph, name: &str) -> Length {
        match numbers.known().filter(|_| numbers.is_number()) {
            Some(number) => Length::Known(number.first().copied().unwrap_or_default()),
            None => Length::Computed(numbers.into_tensor(graph, name)),
        }
    }

    /// `f` of two numbers, or `g` of them in the graph.
    #[track_caller]
    fn with(
        &self,
        other: &Length,
        f: impl FnOnce(i64, i64) -> i64,
        g: impl FnOnce(Tensor<i32>, Tensor<i32>) -> Tensor<i32>,
    ) -> Length {
        match (self, other) {
            (Length::Known(a), Length::Known(b)) => Length::Known(f(*a, *b)),
            (Length::Known(a), Length::Computed(b)) => {
                let a = (*a).into_integers().into_tensor(b.graph(), "x");
                Length::Computed(g(a, b.clone()))
            }
            (Length::Computed(a), Length::Known(b)) => {
                let b = (*b).into_integers().into_tensor(a.graph(), "y");
                Length::Computed(g(a.clone(), b))
            }
            (Length::Computed(a), Length::Computed(b)) => Length::Computed(g(a.clone(), b.clone())),
        }
    }

    #[track_caller]
    pub(super) fn minus(&self, other: &Length) -> Length {
        self.with(other, i64::saturating_sub, |a, b| a - b)
    }

    #[track_caller]
    fn at_least(&self, other: &Length) -> Length {
        self.with(other, i64::max, |a, b| maximum(a, b))
    }

    #[track_caller]
    fn at_most(&self, other: &Length) -> Length {
        self.with(other, i64::min, |a, b| minimum(a, b))
    }

    /// Half of it, rounded down.
    #[track_caller]
    fn halved(&self) -> Length {
        self.with(&Length::Known(2), i64::div_euclid, |a, b| floordiv(a, b))
    }

    /// The number, if it is known.
    pub(super) fn known(&self) -> Option<i64> {
        match self {
            Length::Known(number) => Some(*number),
            Length::Computed(_) => None,
        }
    }

    /// The length of an axis, if it is known.
    fn dim(&self) -> Dim {
        self.known().and_then(|length| usize::try_from(length).ok())
    }
}

impl IntoIntegers for Length {
    fn into_integers(self) -> Integers {
        match self {
            Length::Known(number) => match i32::try_from(number) {
                Ok(number) => number.into_integers(),
                Err(_) => number.into_integers(),
            },
            Length::Computed(tensor) => tensor.into_integers(),
        }
    }
}

/// These numbers as a vector in the graph.
#[track_caller]
fn vector(graph: &Graph, numbers: Vec<Length>) -> Tensor<i32> {
    // Few: one or two for each axis.
    let numbers = numbers.into_iter().map(Length::into_integers).collect();
    Integers::vector(numbers).into_tensor(graph, "stack")
}

/// Fails if this is known and not so.
fn check(holds: Option<bool>, message: &str) -> Result<()> {
    match holds {
        Some(false) => Err(Error::invalid_argument(message)),
        _ => Ok(()),
    }
}

/// Batch, height, width and channels of a batch of images.
#[track_caller]
pub(super) fn lengths_of<T: Element>(images: &Tensor<T>) -> [Length; 4] {
    let computed = match images.shape().is_known() {
        true => None,
        false => Some(unstack_with(shape(images), Unstack::new().num(4))),
    };
    [0, 1, 2, 3].map(|axis| match (images.shape().dim(axis), &computed) {
        (Some(length), _) => Length::Known(length as i64),
        // None of an array that could not be made.
        (None, computed) => match computed.as_ref().and_then(|lengths| lengths.get(axis)) {
            Some(length) => Length::Computed(length.clone()),
            None => Length::Known(0),
        },
    })
}

/// What `build` makes of a batch of images; one image becomes a batch and back.
#[track_caller]
pub(super) fn of_batch<T: Element, R: Element>(
    name: &'static str,
    image: impl IntoTensor<T>,
    build: impl FnOnce(&Graph, &Tensor<T>) -> Result<Tensor<R>>,
) -> Tensor<R> {
    let graph = graph_of(&[image.graph()]);
    graph.op_scope(name, |_| {
        let image = image.into_tensor(&graph, "image");
        let rank = super::flip::rank_of(&image);
        require(name, &image, expect_image_of(rank), || {
            let images = match rank {
                3 => expand_dims(&image, 0),
                _ => image.clone(),
            };
            if images.shape().rank().is_none() {
                images.set_shape(Shape::of_rank(4));
            }
            match build(&graph, &images) {
                Ok(made) if rank == 3 => squeeze_with(made, Squeeze::new().axis([0])),
                Ok(made) => made,
                Err(error) => graph.failed(name, error),
            }
        })
    })
}

/// The part of an image, or of each of a batch, that begins `offset_height` pixels from the top and
/// `offset_width` from the left, of height `target_height` and width `target_width`, as
/// `tf.image.crop_to_bounding_box` cuts it out.
///
/// # Errors
/// `InvalidArgument` if `image` does not have three or four axes, or the part does not lie within
/// it.
#[track_caller]
pub fn crop_to_bounding_box<T: Element>(
    image: impl IntoTensor<T>,
    offset_height: impl IntoIntegers,
    offset_width: impl IntoIntegers,
    target_height: impl IntoIntegers,
    target_width: impl IntoIntegers,
) -> Tensor<T> {
    let numbers = [
        offset_height.into_integers(),
        offset_width.into_integers(),
        target_height.into_integers(),
        target_width.into_integers(),
    ];
    of_batch("crop_to_bounding_box", image, |graph, images| {
        let lengths = lengths_of(images);
        let [top, left, height, width] =
            numbers.map(|number| Length::given(number, graph, "Const"));
        cropped(graph, images, &lengths, [top, left, height, width])
    })
}

#[track_caller]
fn cropped<T: Element>(
    graph: &Graph,
    images: &Tensor<T>,
    [batch, full_height, full_width, channels]: &[Length; 4],
    [top, left, height, width]: [Length; 4],
) -> Result<Tensor<T>> {
    let is = |length: &Length, test: fn(i64) -> bool| length.known().map(test);
    check(is(&left, |x| x >= 0), "offset_width must be >= 0.")?;
    check(is(&top, |x| x >= 0), "offset_height must be >= 0.")?;
    check(is(&width, |x| x > 0), "target_width must be > 0.")?;
    check(is(&height, |x| x > 0), "target_height must be > 0.")?;
    let fits = |full: &Length, offset: &Length, length: &Length| {
        let end = offset.known()?.checked_add(length.known()?);
        Some(end.is_some_and(|end| full.known().is_none_or(|full| full >= end)))
    };
    check(
        fits(full_width, &left, &width),
        "width must be >= target + offset.",
    )?;
    check(
        fits(full_height, &top, &height),
        "height must be >= target + offset.",
    )?;
    let dims = vec![batch.dim(), height.dim(), width.dim(), channels.dim()];
    let zero = Length::Known(0);
    let begin = vector(graph, vec![zero.clone(), top, left, zero]);
    let all = Length::Known(-1);
    let size = vector(graph, vec![all.clone(), height, width, all]);
    let cropped = slice(images, begin, size);
    cropped.set_shape(Shape::from(dims));
    Ok(cropped)
}

/// An image, or each of a batch, with a margin of zeros, as `tf.image.pad_to_bounding_box` makes
/// it: `offset_height` rows above and `offset_width` columns to the left, and as many on the other
/// sides as make the height `target_height` and the width `target_width`.
///
/// # Errors
/// `InvalidArgument` if `image` does not have three or four axes, or does not fit in there.
#[track_caller]
pub fn pad_to_bounding_box<T: Element>(
    image: impl IntoTensor<T>,
    offset_height: impl IntoIntegers,
    offset_width: impl IntoIntegers,
    target_height: impl IntoIntegers,
    target_width: impl IntoIntegers,
) -> Tensor<T> {
    let numbers = [
        offset_height.into_integers(),
        offset_width.into_integers(),
        target_height.into_integers(),
        target_width.into_integers(),
    ];
    of_batch("pad_to_bounding_box", image, |graph, images| {
        let lengths = lengths_of(images);
        let numbers = numbers.map(|number| Length::given(number, graph, "Const"));
        padded(graph, images, &lengths, numbers)
    })
}

#[track_caller]
fn padded<T: Element>(
    graph: &Graph,
    images: &Tensor<T>,
    [batch, full_height, full_width, channels]: &[Length; 4],
    [top, left, height, width]: [Length; 4],
) -> Result<Tensor<T>> {
    let right = width.minus(&left).minus(full_width);
    let below = height.minus(&top).minus(full_height);
    let is_positive = |length: &Length| length.known().map(|length| length >= 0);
    check(is_positive(&top), "offset_height must be >= 0")?;
    check(is_positive(&left), "offset_width must be >= 0")?;
    check(is_positive(&right), "width must be <= target - offset")?;
    check(is_positive(&below), "height must be <= target - offset")?;
    let dims = vec![batch.dim(), height.dim(), width.dim(), channels.dim()];
    let zero = || Length::Known(0);
    let all = vec![zero(), zero(), top, below, left, right, zero(), zero()];
    let paddings = reshape(vector(graph, all), [4, 2]);
    let padded = pad(images, paddings);
    padded.set_shape(Shape::from(dims));
    Ok(padded)
}

/// An image, or each of a batch, of height `target_height` and width `target_width`: cut off or
/// with a margin of zeros, evenly on both sides, as `tf.image.resize_image_with_crop_or_pad` makes
/// it. Where it cannot be even, there is one pixel more after the image.
///
/// # Errors
/// `InvalidArgument` if `image` does not have three or four axes, or a length is not positive.
#[doc(alias = "resize_with_crop_or_pad")]
#[track_caller]
pub fn resize_image_with_crop_or_pad<T: Element>(
    image: impl IntoTensor<T>,
    target_height: impl IntoIntegers,
    target_width: impl IntoIntegers,
) -> Tensor<T> {
    let numbers = [target_height.into_integers(), target_width.into_integers()];
    of_batch("resize_image_with_crop_or_pad", image, |graph, images| {
        let [height, width] = numbers.map(|number| Length::given(number, graph, "Const"));
        let is_positive = |length: &Length| length.known().map(|length| length > 0);
        check(is_positive(&width), "target_width must be > 0.")?;
        check(is_positive(&height), "target_height must be > 0.")?;
        let lengths = lengths_of(images);
        let [_, full_height, full_width, _] = &lengths;
        let (left_out, left_pad) = margins(&width.minus(full_width));
        let (top_out, top_pad) = margins(&height.minus(full_height));
        let cropped = crop_to_bounding_box(
            images,
            top_out,
            left_out,
            height.at_most(full_height),
            width.at_most(full_width),
        );
        Ok(pad_to_bounding_box(
            cropped, top_pad, left_pad, height, width,
        ))
    })
}

/// Where to begin to cut, and where to put the image, if it gets longer by so much.
#[track_caller]
fn margins(more: &Length) -> (Length, Length) {
    let zero = Length::Known(0);
    let out = zero.minus(more).halved().at_least(&zero);
    (out, more.halved().at_least(&zero))
}

/// The middle of an image, or of each of a batch: `central_fraction` of its height and of its
/// width, as `tf.image.central_crop` cuts it out; all of it is the image itself.
///
/// # Errors
/// `InvalidArgument` if `image` does not have three or four axes, or the fraction is not above 0
/// and at most 1.
#[track_caller]
pub fn central_crop<T: Element>(image: impl IntoTensor<T>, central_fraction: f64) -> Tensor<T> {
    let graph = graph_of(&[image.graph()]);
    graph.op_scope("central_crop", |scope| {
        let image = image.into_tensor(&graph, "image");
        if !(central_fraction > 0.0 && central_fraction <= 1.0) {
            let message = "central_fraction must be within (0, 1]";
            return scope.failed("central_crop", Error::invalid_argument(message));
        }
        if central_fraction == 1.0 {
            return image;
        }
        let Some(rank @ (3 | 4)) = image.shape().rank() else {
            let message = "`image` should either be a Tensor with rank = 3 or rank = 4.";
            return scope.failed("central_crop", Error::invalid_argument(message));
        };
        require("central_crop", &image, expect_image_of(rank), || {
            let [height, width] = [rank - 3, rank - 2].map(|axis| {
                let full = match image.shape().dim(axis) {
                    Some(length) => Length::Known(length as i64),
                    None => Length::Computed(shape(&image).index(axis as i32)),
                };
                let start = middle(&full, central_fraction);
                let twice = start.with(&start, |a, b| a + b, |a, _| a * 2);
                (full.minus(&twice), start)
            });
            let (zero, all) = (Length::Known(0), Length::Known(-1));
            let mut dims: Vec<Dim> = (0..rank).map(|axis| image.shape().dim(axis)).collect();
            dims[rank - 3] = height.0.dim();
            dims[rank - 2] = width.0.dim();
            let mut begin = vec![height.1, width.1, zero.clone()];
            let mut size = vec![height.0, width.0, all.clone()];
            if rank == 4 {
                begin.insert(0, zero);
                size.insert(0, all);
            }
            let (begin, size) = (vector(&graph, begin), vector(&graph, size));
            let cropped = slice(&image, begin, size);
            cropped.set_shape(Shape::from(dims));
            cropped
        })
    })
}

/// Where the middle part begins.
#[track_caller]
fn middle(full: &Length, fraction: f64) -> Length {
    match full {
        Length::Known(length) => {
            let length = *length as f64;
            Length::Known(((length - length * fraction) / 2.0) as i64)
        }
        Length::Computed(length) => {
            let length = cast_to::<i32, f64>(length);
            let rest = &length - &length * fraction;
            Length::Computed(cast_to(div(rest, 2.0)))
        }
    }
}
