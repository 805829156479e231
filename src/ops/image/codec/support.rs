//! What ops on files of pictures share.

use crate::graph::{InferContext, Kernel, TensorInfo};
use crate::ops::support::expect_rank;
use crate::types::{Bytes, DType, Dim, Error, Result, Shape};

/// Pictures of more pixels are refused, as TensorFlow refuses them.
const MOST_PIXELS: usize = 1 << 29;

/// Fails if there are no pixels or too many.
pub(super) fn check_size(format: &str, height: usize, width: usize) -> Result<()> {
    match height.checked_mul(width) {
        Some(pixels) if (1..MOST_PIXELS).contains(&pixels) => Ok(()),
        _ => Err(Error::invalid_argument(format!(
            "{format} size too large for int: {width} by {height}"
        ))),
    }
}

/// The shape rule of an op that decodes a file: [height, width, channels], of which only channels
/// may be known.
pub(super) fn decoded(
    cx: &InferContext<'_>,
    dtype: DType,
    channels: i64,
) -> Result<Vec<TensorInfo>> {
    expect_rank(cx, cx.shape(0), 0)?;
    let channels = known_channels(channels)?;
    Ok(vec![TensorInfo::new(dtype, vec![None, None, channels])])
}

/// The attribute `channels` as a length; 0 leaves it to the file.
pub(super) fn known_channels(channels: i64) -> Result<Dim> {
    match usize::try_from(channels) {
        Ok(0) => Ok(None),
        Ok(channels) => Ok(Some(channels)),
        Err(_) => Err(Error::invalid_argument(format!(
            "channels must be non-negative, got {channels}"
        ))),
    }
}

/// The file that input 0 is.
pub(super) fn contents(cx: &Kernel<'_, '_>) -> Result<Bytes> {
    let shape = cx.inputs.shape(0);
    if shape.is_empty() {
        return cx.inputs.scalar::<Bytes>(0);
    }
    let shape = Shape::from(shape).bracketed();
    Err(Error::invalid_argument(format!(
        "contents must be scalar, got shape {shape}"
    )))
}

/// Sets output 0 to a file.
pub(super) fn set_file(cx: &mut Kernel<'_, '_>, file: Vec<u8>) {
    let file = ndarray::arr0(Bytes::from(file)).into_dyn();
    cx.outputs.set(0, file);
}

/// Height, width and channels of the picture that input 0 is, which has at most `most` channels.
pub(super) fn picture_shape(cx: &Kernel<'_, '_>) -> Result<[usize; 3]> {
    let shape = cx.inputs.shape(0);
    <[usize; 3]>::try_from(shape).map_err(|_| {
        let shape = Shape::from(shape).bracketed();
        Error::invalid_argument(format!("image must be 3-dimensional{shape}"))
    })
}
