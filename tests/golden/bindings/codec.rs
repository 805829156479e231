//! `tf.image`: files of pictures.

use tf1::image::{self, DecodeJpeg, EncodeJpeg, RandomAdjustment};
use tf1::{Bytes, DType, ElementType};

use crate::call::{Binding, Call, bind, with};
use crate::dispatch::{among, integer, numeric, real};
use crate::trouble::Outcome;

const JPEG: &str = "contents, channels, ratio, fancy_upscaling, try_recover_truncated, acceptable_fraction, dct_method";
const CROP: &str = "contents, crop_window, channels, ratio, fancy_upscaling, try_recover_truncated, \
                    acceptable_fraction, dct_method";
const ENCODE: &str = "image, format, quality, progressive, optimize_size, chroma_downsampling, density_unit, \
                      x_density, y_density, xmp_metadata";

/// The types of the samples that PNG files hold.
#[cfg(feature = "all_types")]
macro_rules! sample {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        among!([UInt8 u8, UInt16 u16], $dtype, $T => $body, other => Err($c.lacks_dtype(other)))
    };
}

/// As above, without the feature.
#[cfg(not(feature = "all_types"))]
macro_rules! sample {
    ($c:ident, $dtype:expr, $T:ident => $body:expr) => {
        among!([UInt8 u8], $dtype, $T => $body, other => Err($c.lacks_dtype(other)))
    };
}

pub const BINDINGS: &[Binding] = &[
    bind("tf.image.decode_png", "contents, channels, dtype", |c| {
        sample!(c, c.dtype("dtype", DType::UInt8)?, T => {
            let channels = c.int("channels", 0)?;
            let contents = c.operand::<Bytes>("contents")?;
            c.returns(image::decode_png_as(contents, ElementType::<T>::new(), channels))
        })
    }),
    bind("tf.image.decode_jpeg", JPEG, |c| {
        c.returns(image::decode_jpeg_with(
            c.operand::<Bytes>("contents")?,
            jpeg(c)?,
        ))
    }),
    bind("tf.image.decode_and_crop_jpeg", CROP, |c| {
        let (contents, window) = (c.operand::<Bytes>("contents")?, c.integers("crop_window")?);
        c.returns(image::decode_and_crop_jpeg_with(contents, window, jpeg(c)?))
    }),
    bind("tf.image.decode_bmp", "contents, channels", |c| {
        let channels = c.int("channels", 0)?;
        c.returns(image::decode_bmp_with(
            c.operand::<Bytes>("contents")?,
            channels,
        ))
    }),
    bind("tf.image.decode_gif", "contents", |c| {
        c.returns(image::decode_gif(c.operand::<Bytes>("contents")?))
    }),
    bind(
        "tf.image.extract_jpeg_shape",
        "contents, output_type",
        |c| {
            integer!(c, c.dtype("output_type", DType::Int32)?, T => {
                let contents = c.operand::<Bytes>("contents")?;
                c.returns(image::extract_jpeg_shape_as(contents, ElementType::<T>::new()))
            })
        },
    ),
    bind("tf.image.is_jpeg", "contents", |c| {
        c.returns(image::is_jpeg(c.operand::<Bytes>("contents")?))
    }),
    bind("tf.image.encode_png", "image, compression", |c| {
        real!(c, c.dtype_of(&["image"])?, T => {
            let compression = c.int("compression", -1)?;
            c.returns(image::encode_png_with(c.operand::<T>("image")?, compression))
        })
    }),
    bind("tf.image.encode_jpeg", ENCODE, |c| {
        let options = EncodeJpeg::new()
            .format(c.text("format", "")?)
            .quality(c.int("quality", 95)?)
            .progressive(c.bool("progressive", false)?)
            .optimize_size(c.bool("optimize_size", false)?)
            .chroma_downsampling(c.bool("chroma_downsampling", true)?)
            .density_unit(c.text("density_unit", "in")?)
            .x_density(c.int("x_density", 300)?)
            .y_density(c.int("y_density", 300)?)
            .xmp_metadata(c.text("xmp_metadata", "")?);
        c.returns(image::encode_jpeg_with(c.operand::<u8>("image")?, options))
    }),
    bind("tf.image.adjust_jpeg_quality", "image, jpeg_quality", |c| {
        numeric!(c, c.dtype_of(&["image"])?, T => {
            let quality = c.integers("jpeg_quality")?;
            c.returns(image::adjust_jpeg_quality(c.operand::<T>("image")?, quality))
        })
    }),
    bind(
        "tf.image.random_jpeg_quality",
        "image, min_jpeg_quality, max_jpeg_quality, seed",
        |c| {
            numeric!(c, c.dtype_of(&["image"])?, T => {
                let bound = |name: &str| Outcome::Ok(c.int(name, 0)? as i32);
                let (low, high) = (bound("min_jpeg_quality")?, bound("max_jpeg_quality")?);
                let options = with(RandomAdjustment::new(), c.optional_int("seed")?, RandomAdjustment::seed);
                let image = c.operand::<T>("image")?;
                c.returns(image::random_jpeg_quality_with(image, low, high, options))
            })
        },
    ),
];

/// How a JPEG file is decoded.
fn jpeg(c: &Call<'_>) -> Outcome<DecodeJpeg> {
    Ok(DecodeJpeg::new()
        .channels(c.int("channels", 0)?)
        .ratio(c.int("ratio", 1)?)
        .fancy_upscaling(c.bool("fancy_upscaling", true)?)
        .try_recover_truncated(c.bool("try_recover_truncated", false)?)
        .acceptable_fraction(c.float("acceptable_fraction", 1.0)? as f32)
        .dct_method(c.text("dct_method", "")?))
}
