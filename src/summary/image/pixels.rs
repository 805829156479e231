//! Pictures as bytes, and as PNG files.

use ndarray::{Array3, ArrayView3, Axis, Ix3};
use png::{BitDepth, ColorType, Encoder};

use crate::types::parts::{lines, lines_mut};
use crate::types::{Error, Float, Numeric, Result, memory};

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// What pictures can be made of: `u8`, `f32` or `f64`.
#[diagnostic::on_unimplemented(
    message = "pictures cannot be made of `{Self}`",
    label = "this is for `u8`, `f32` and `f64`",
    note = "convert first: `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`"
)]
pub trait ImageElement: Numeric + sealed::Sealed {
    /// The pixels as bytes in row-major order, `bad_color` where they are not finite.
    #[doc(hidden)]
    fn pixels(picture: ArrayView3<'_, Self>, bad_color: [u8; 4]) -> Result<Array3<u8>>;
}

impl ImageElement for u8 {
    fn pixels(picture: ArrayView3<'_, u8>, _: [u8; 4]) -> Result<Array3<u8>> {
        memory::copied_in_order(&picture)
    }
}

impl ImageElement for f32 {
    fn pixels(picture: ArrayView3<'_, f32>, bad_color: [u8; 4]) -> Result<Array3<u8>> {
        scaled(picture, bad_color)
    }
}

impl ImageElement for f64 {
    fn pixels(picture: ArrayView3<'_, f64>, bad_color: [u8; 4]) -> Result<Array3<u8>> {
        scaled(picture, bad_color)
    }
}

/// A picture whose pixels are all this close to 0 is drawn black (or gray).
const ALMOST_ZERO: f32 = 1e-6;

/// The pixels brought into the range of bytes, in the steps of TensorFlow's kernel.
fn scaled<T: Float>(picture: ArrayView3<'_, T>, bad_color: [u8; 4]) -> Result<Array3<u8>> {
    let (scale, offset) = range(&picture);
    let mut bytes = memory::filled::<u8, Ix3>(picture.raw_dim(), 0)?;
    for (mut byte, pixel) in lines_mut(&mut bytes, Axis(2)).zip(lines(&picture, Axis(2))) {
        let is_good = pixel.iter().all(|part| part.is_finite());
        for (channel, (byte, part)) in byte.iter_mut().zip(pixel).enumerate() {
            *byte = match is_good {
                true => (*part * scale + offset).to_f64() as u8,
                false => bad_color[channel],
            };
        }
    }
    Ok(bytes)
}

/// By what to multiply, and what to add then: as the smallest and the largest number of the finite
/// pixels want it.
fn range<T: Float>(picture: &ArrayView3<'_, T>) -> (T, T) {
    let (mut min, mut max) = (f32::INFINITY, f32::NEG_INFINITY);
    for pixel in lines(picture, Axis(2)) {
        if pixel.iter().all(|part| part.is_finite()) {
            for part in pixel {
                let part = part.to_f64() as f32;
                (min, max) = (min.min(part), max.max(part));
            }
        }
    }
    let (farthest, distance, offset) = if min < 0.0 {
        (min.abs().max(max.abs()), 127.0, 128.0)
    } else {
        (max, 255.0, 0.0)
    };
    let scale = if farthest < ALMOST_ZERO {
        0.0
    } else {
        distance / farthest
    };
    (T::from_f64(f64::from(scale)), T::from_f64(offset))
}

/// The picture as a PNG file.
pub(super) fn png(pixels: &Array3<u8>) -> Result<Vec<u8>> {
    // The encoder holds the pixels once more, and the file, which is hardly larger. It asks for
    // memory by itself.
    memory::expect_room(pixels.len().saturating_mul(2))?;
    let mut file = Vec::new();
    write(pixels, &mut file)
        .map_err(|error| Error::internal(format!("PNG encoding failed: {error}")))?;
    Ok(file)
}

fn write(pixels: &Array3<u8>, file: &mut Vec<u8>) -> std::result::Result<(), png::EncodingError> {
    let (height, width, channels) = pixels.dim();
    let mut encoder = Encoder::new(file, width as u32, height as u32);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(match channels {
        1 => ColorType::Grayscale,
        3 => ColorType::Rgb,
        _ => ColorType::Rgba,
    });
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels.as_slice().unwrap_or_default())?;
    writer.finish()
}
