//! What ops on images share: checks of shapes.

use crate::graph::{InferContext, Tensor};
use crate::ops::support::expect_rank;
use crate::types::{Dim, Element, Error, Result, Shape};

/// What `build` makes if the shape of `x` obeys `rule`; a mistake of the function `name` if it does
/// not. Where the shape is not known before a run, the run is refused.
#[track_caller]
pub(super) fn require<T: Element, R: Element>(
    name: &'static str,
    x: &Tensor<T>,
    rule: impl Fn(&Shape) -> Result<()> + Send + Sync + 'static,
    build: impl FnOnce() -> Tensor<R>,
) -> Tensor<R> {
    let graph = x.graph();
    match rule(&x.shape()) {
        Err(error) => graph.failed(name, error),
        Ok(()) => graph.require_shapes(&[x.any()], move |shapes| rule(shapes[0]), build),
    }
}

/// Fails unless `shape` is that of an image or a batch of images that have pixels, or may be. One
/// of which nothing is known is that of an image.
///
/// # Errors
/// `InvalidArgument` in TensorFlow's words.
pub(super) fn expect_image(shape: &Shape) -> Result<()> {
    let Some(dims) = shape.dims() else {
        return Ok(());
    };
    let message = match dims.len() {
        0..3 => "'image' must be at least three-dimensional.".to_string(),
        3 | 4 if dims.contains(&Some(0)) => {
            format!("all dims of 'image.shape' must be > 0: {shape}")
        }
        3 | 4 => return Ok(()),
        _ => "'image' must have either 3 or 4 dimensions.".to_string(),
    };
    Err(Error::invalid_argument(message))
}

/// As [`expect_image`]; once more is known, of this rank.
pub(super) fn expect_image_of(rank: usize) -> impl Fn(&Shape) -> Result<()> + Send + Sync {
    move |shape| {
        expect_image(shape)?;
        match shape.rank() {
            Some(found) if found != rank => Err(Error::invalid_argument(format!(
                "'image' has {found} dimensions, where {rank} were expected when the graph was built"
            ))),
            _ => Ok(()),
        }
    }
}

/// Fails unless axis `axis` of `shape` has `length` elements, or may have.
///
/// # Errors
/// `InvalidArgument` with TensorFlow's words.
pub(super) fn expect_dim(
    cx: &InferContext<'_>,
    shape: &Shape,
    axis: usize,
    length: usize,
) -> Result<()> {
    match shape.dim(axis) {
        Some(found) if found != length => Err(Error::invalid_argument(format!(
            "Dimension must be {length} but is {found}, with input shapes: {}.",
            cx.shapes_text()
        ))),
        _ => Ok(()),
    }
}

/// Height and width that the vector `size`, an input, says.
///
/// # Errors
/// `InvalidArgument` if it is not a vector of two.
pub(super) fn size_from(cx: &InferContext<'_>, size: usize) -> Result<[Dim; 2]> {
    expect_rank(cx, cx.shape(size), 1)?;
    expect_dim(cx, cx.shape(size), 0, 2)?;
    let known = |i: usize| {
        let elements = cx.elements(size)?;
        elements.get(i).copied().flatten()
    };
    Ok([0, 1].map(|i| known(i).and_then(|length| usize::try_from(length).ok())))
}
