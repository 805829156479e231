//! JPEG and PNG files to plain red-green-blue bytes. Sizes are looked at before memory is taken for
//! them.

use std::io::Cursor;

use png::{ColorType, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::super::input::one_line;
use super::Picture;
use super::orientation::Orientation;

/// More pixels than any telephone's camera takes; three bytes each are 200 MB.
const MAX_PIXELS: usize = 1 << 26;
/// The longest side that JPEG allows, and enough for PNG.
const MAX_SIDE: usize = 65_535;
/// As many pixels as a byte of JPEG can hold: a block of 8 by 8 takes one bit at least.
const JPEG_PIXELS_PER_BYTE: usize = 8 * 64;
/// As many bytes as PNG's compression can make of one.
const PNG_COMPRESSION: usize = 1032;

/// Decodes a picture, told apart by its first bytes. The error says what was found instead.
pub fn decode(bytes: &[u8]) -> Result<(Picture, Orientation), String> {
    match bytes {
        [0xff, 0xd8, ..] => decode_jpeg(bytes),
        [0x89, b'P', b'N', b'G', ..] => decode_png(bytes),
        _ => Err("a file that is neither JPEG nor PNG".into()),
    }
}

/// Strictly, so that a damaged file is reported to the user, and not shown half grey to the
/// network.
fn decode_jpeg(bytes: &[u8]) -> Result<(Picture, Orientation), String> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    let damaged = |error| format!("a damaged JPEG ({})", one_line(error));
    decoder.decode_headers().map_err(damaged)?;
    let (width, height) = decoder.dimensions().ok_or("a JPEG without a size")?;
    check_size(width, height)?;
    check_length(
        width * height,
        bytes.len().saturating_mul(JPEG_PIXELS_PER_BYTE),
    )?;
    let orientation = decoder.exif().map(|exif| Orientation::of_exif(exif));
    let pixels = decoder.decode().map_err(damaged)?;
    let picture = Picture {
        width,
        height,
        pixels,
    };
    Ok((picture, orientation.unwrap_or_default()))
}

/// All of PNG's kinds come out as 8 bits of grey or colour, with or without opacity.
fn decode_png(bytes: &[u8]) -> Result<(Picture, Orientation), String> {
    let damaged = |error| format!("a damaged PNG ({})", one_line(error));
    // Four bytes a pixel at most, and as much again for the decoder's own use.
    let limits = png::Limits {
        bytes: MAX_PIXELS * 8,
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(damaged)?;
    let (width, height) = reader.info().size();
    let (width, height) = (width as usize, height as usize);
    check_size(width, height)?;
    check_length(
        reader.info().raw_bytes(),
        bytes.len().saturating_mul(PNG_COMPRESSION),
    )?;
    let exif = reader.info().exif_metadata.as_deref();
    let orientation = exif.map(Orientation::of_exif).unwrap_or_default();
    let size = reader.output_buffer_size();
    let mut samples = vec![0; size.ok_or("a PNG of impossible size")?];
    let frame = reader.next_frame(&mut samples).map_err(damaged)?;
    let pixels = to_rgb(&samples[..frame.buffer_size()], frame.color_type);
    let picture = Picture {
        width,
        height,
        pixels,
    };
    Ok((picture, orientation))
}

fn check_size(width: usize, height: usize) -> Result<(), String> {
    let fits = width.max(height) <= MAX_SIDE && width * height <= MAX_PIXELS;
    let found = || format!("a picture of {width} by {height} pixels, more than this program takes");
    fits.then_some(()).ok_or_else(found)
}

/// Refuses a picture that the file is too short for, before memory is taken for it.
fn check_length(promised: usize, possible: usize) -> Result<(), String> {
    let found = || "a damaged picture (the file is too short for its size)".to_string();
    (promised <= possible).then_some(()).ok_or_else(found)
}

/// Grey becomes three equal channels; what is transparent shows white paper.
fn to_rgb(samples: &[u8], kind: ColorType) -> Vec<u8> {
    let pixels = samples.chunks_exact(kind.samples());
    pixels
        .flat_map(|pixel| match *pixel {
            [grey] => [grey; 3],
            [grey, opacity] => [on_white(grey, opacity); 3],
            [red, green, blue, opacity] => [red, green, blue].map(|c| on_white(c, opacity)),
            _ => [pixel[0], pixel[1], pixel[2]],
        })
        .collect()
}

fn on_white(channel: u8, opacity: u8) -> u8 {
    let (channel, opacity) = (u16::from(channel), u16::from(opacity));
    ((channel * opacity + 255 * (255 - opacity) + 127) / 255) as u8
}
