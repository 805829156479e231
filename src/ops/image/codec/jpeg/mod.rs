//! JPEG files decoded, with the arithmetic of the library that TensorFlow uses (libjpeg-turbo), so
//! that the pixels are its pixels.
//!
//! A file is taken apart ([`frame`]): tables, the frame with its components, scans ([`scan`]) that
//! give the coefficients of blocks of 8 by 8, coded by [`bits`]. Blocks become samples ([`idct`]),
//! planes of fewer samples are stretched ([`upsample`]), and components become colors ([`color`]).
//!
//! (ITU-T T.81; the order of operations and their rounding after libjpeg's documentation and its
//! published algorithms: Loeffler, Ligtenberg and Moschytz, 1989; Arai, Agui and Nakajima, 1988.)

mod bits;
mod code_lengths;
mod color;
mod encode;
mod fdct;
mod frame;
mod idct;
mod scan;
mod upsample;

use color::Colors;
pub(super) use encode::{Encoding, encode};
pub(super) use frame::{Frame, Header};
pub(super) use idct::Method;

use crate::types::Result;

/// How a file is decoded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decoding {
    /// How many times shorter the sides are: 1, 2, 4 or 8.
    pub ratio: usize,
    pub method: Method,
    /// Whether stretched planes are smoothed.
    pub fancy: bool,
    /// Whether a file that ends too early is taken for one with gray where it ends.
    pub recover: bool,
}

/// The part of a picture that is wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub y: usize,
    pub x: usize,
    pub height: usize,
    pub width: usize,
}

impl Header {
    /// Height and width of the picture that decoding makes.
    pub(super) fn size(&self, ratio: usize) -> (usize, usize) {
        (self.height.div_ceil(ratio), self.width.div_ceil(ratio))
    }

    /// How many channels it has if nobody asks for others.
    pub(super) fn channels(&self) -> usize {
        self.components.min(3)
    }
}

/// The part of a frame's picture in `window`, `channels` bytes (1 or 3) for each pixel, into `out`.
pub(super) fn paint(
    frame: &Frame,
    decoding: Decoding,
    window: Window,
    channels: usize,
    out: &mut [u8],
) -> Result<()> {
    let planes = upsample::planes(frame, decoding)?;
    let colors = Colors::of(frame, channels);
    let rows = out.chunks_exact_mut(window.width * channels);
    // Where a block is a single sample, nothing is smoothed.
    let fancy = decoding.fancy && decoding.ratio < 8;
    let mut lines = upsample::Lines::new(&planes, frame.width.div_ceil(decoding.ratio))?;
    for (row, y) in rows.zip(window.y..) {
        lines.stretch(&planes, y, fancy);
        colors.convert(&lines, window.x, row);
    }
    Ok(())
}
