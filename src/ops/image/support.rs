//! What ops on images share: checks of shapes.

use crate::graph::InferContext;
use crate::ops::support::expect_rank;
use crate::types::{Dim, Error, Result, Shape};

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
