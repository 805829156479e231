//! PNG files decoded and made, by the crate `png`.

use std::io::Cursor;

use ::png::{BitDepth, ColorType, Decoder, DeflateCompression, Encoder, Limits, Transformations};

use super::support::check_size;
use crate::types::{Error, Result, memory};

/// How much longer than packed data may be what they are unpacked to, and the bytes that a file has
/// besides.
const MOST_UNPACKED: usize = 1032;
const BESIDES: usize = 1 << 16;

/// A decoded picture.
pub(super) struct Picture {
    /// Height, width, channels.
    pub shape: [usize; 3],
    pub samples: Samples,
}

/// Samples of one byte or two.
pub(super) enum Samples {
    Bytes(Vec<u8>),
    Words(Vec<u16>),
}

/// What the channels of a pixel are.
#[derive(Clone, Copy)]
struct Channels {
    is_color: bool,
    has_alpha: bool,
}

impl Channels {
    fn of(color: ColorType) -> Channels {
        Channels {
            is_color: matches!(color, ColorType::Rgb | ColorType::Rgba),
            has_alpha: matches!(color, ColorType::GrayscaleAlpha | ColorType::Rgba),
        }
    }

    /// 1 gray, 2 gray with alpha, 3 colors, 4 colors with alpha.
    fn count(self) -> usize {
        1 + 2 * usize::from(self.is_color) + usize::from(self.has_alpha)
    }
}

/// Decodes a file to so many channels, or to its own if that is 0.
pub(super) fn decode(contents: &[u8], channels: usize) -> Result<Picture> {
    let size = contents.len();
    let broken = |_| Error::invalid_argument(format!("Invalid PNG data, data size {size}"));
    // The crate holds rows, and what it reads of the file besides; all of that is bounded by the
    // file's length.
    let most = size.saturating_mul(MOST_UNPACKED).saturating_add(BESIDES);
    let limits = Limits { bytes: most };
    let mut decoder = Decoder::new_with_limits(Cursor::new(contents), limits);
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let no_header = |_| Error::invalid_argument(format!("Invalid PNG header, data size {size}"));
    let info = decoder.read_header_info().map_err(no_header)?;
    let (height, width) = (info.height as usize, info.width as usize);
    check_size("PNG", height, width)?;
    let bits = info.bits_per_pixel();
    let row = (width * bits).div_ceil(8) + 1;
    if row.checked_mul(height).is_none_or(|bytes| bytes > most) {
        return Err(broken(()));
    }
    let mut reader = decoder.read_info().map_err(no_header)?;
    let (color, depth) = reader.output_color_type();
    let found = Channels::of(color);
    let own = match reader.info().color_type {
        // A palette has alpha if it says so; other pictures have what their kind has.
        ColorType::Indexed => found,
        color => Channels::of(color),
    };
    let wanted = match channels {
        0 => own,
        count => Channels {
            is_color: count > 2,
            has_alpha: count % 2 == 0,
        },
    };
    let length = reader.output_buffer_size().ok_or_else(|| broken(()))?;
    let mut bytes = memory::repeated(length, 0)?;
    reader.next_frame(&mut bytes).map_err(|_| broken(()))?;
    let shape = [height, width, wanted.count()];
    let samples = if depth == BitDepth::Sixteen {
        let pairs = bytes.chunks_exact(2);
        let words = memory::collected(pairs.map(|it| u16::from_be_bytes([it[0], it[1]])))?;
        // Words are rounded, bytes are cut off, as the library does that TensorFlow uses.
        Samples::Words(convert(words, found, wanted, u16::MAX, 1 << 14)?)
    } else {
        Samples::Bytes(convert(bytes, found, wanted, u8::MAX, 0)?)
    };
    Ok(Picture { shape, samples })
}

/// The samples of other channels.
fn convert<S>(samples: Vec<S>, from: Channels, to: Channels, opaque: S, half: u64) -> Result<Vec<S>>
where
    S: Copy + Into<u64> + TryFrom<u64>,
{
    if from.count() == to.count() {
        return Ok(samples);
    }
    let pixels = samples.chunks_exact(from.count());
    let mut converted = memory::reserved(pixels.len() * to.count())?;
    for pixel in pixels {
        match (from.is_color, to.is_color) {
            (true, false) => {
                // Of 32768: 0.299 red, 0.587 green, the rest blue.
                let weights = [9797, 19234, 3737];
                let parts = pixel.iter().zip(weights);
                let sum: u64 = parts.map(|(&sample, weight)| sample.into() * weight).sum();
                converted.push(S::try_from((sum + half) >> 15).unwrap_or(opaque));
            }
            // Few: there is room for all.
            (true, true) => converted.extend_from_slice(&pixel[..3]),
            (false, true) => converted.extend_from_slice(&[pixel[0]; 3]),
            (false, false) => converted.push(pixel[0]),
        }
        if to.has_alpha {
            let alpha = pixel.last().filter(|_| from.has_alpha);
            converted.push(alpha.copied().unwrap_or(opaque));
        }
    }
    Ok(converted)
}

/// Makes a file of a picture with 1 to 4 channels, whose samples are bytes, or pairs of bytes of
/// which the first is the higher. `compression` is a level from 0 to 9, or -1 for the usual one.
pub(super) fn encode(
    samples: &[u8],
    [height, width, channels]: [usize; 3],
    depth: BitDepth,
    compression: i64,
) -> Result<Vec<u8>> {
    // The crate holds the pixels once more, and the file, which is hardly larger. It asks for
    // memory by itself.
    memory::expect_room(samples.len().saturating_mul(2))?;
    let failed = |error| Error::invalid_argument(format!("PNG encoding failed: {error}"));
    let [wide, high] = [width, height].map(u32::try_from);
    let (Ok(wide), Ok(high)) = (wide, high) else {
        let message = format!("image of {width} by {height} is too large for PNG");
        return Err(Error::invalid_argument(message));
    };
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, wide, high);
    encoder.set_depth(depth);
    encoder.set_color(match channels {
        1 => ColorType::Grayscale,
        2 => ColorType::GrayscaleAlpha,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    });
    encoder.set_deflate_compression(match compression {
        0 => DeflateCompression::NoCompression,
        level @ 1..=9 => DeflateCompression::Level(level as u8),
        _ => DeflateCompression::Level(6),
    });
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(samples).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(file)
}
