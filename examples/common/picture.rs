//! A photograph of the user's own, made to fit the network: any JPEG or PNG in, 64 by 64 pixels
//! out.
//!
//! The picture is stretched to the square as the course notebook does; a photograph that is about
//! square, with the hand in the middle, fares best.

mod decode;
mod orientation;
mod resize;

use std::path::Path;

use ndarray::Array3;

use super::error::Error;
use super::input::read_bounded;
use super::split::{CHANNELS, SIDE};

/// No camera's file is longer.
const MAX_FILE_BYTES: u64 = 1 << 28;

/// A decoded picture: `width * height` pixels of red, green and blue.
struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// Reads a JPEG or PNG file as `[64, 64, 3]` bytes: upright, averaged over areas if it is larger,
/// interpolated if it is smaller.
pub fn load(path: &Path) -> Result<Array3<u8>, Error> {
    let (picture, orientation) = read_bounded(path, MAX_FILE_BYTES)
        .and_then(|bytes| decode::decode(&bytes))
        .map_err(|found| {
            let advice = "name a picture, or convert it to JPEG or PNG first";
            Error::bad_file(path, found, "a whole JPEG or PNG picture", advice)
        })?;
    let pixels = resize::resize(&picture, SIDE);
    let square = Array3::from_shape_vec((SIDE, SIDE, CHANNELS), pixels)
        .expect("resizing gives a square of the side asked for");
    Ok(orientation.upright(square))
}

#[cfg(test)]
mod tests;
