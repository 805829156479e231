//! `DecodePng`, `DecodeJpeg`, `DecodeAndCropJpeg`, `DecodeGif`: the pictures of files.

use super::format::Format;
use super::jpeg::{self, Decoding, Frame, Header, Method, Window};
use super::png::Samples;
use super::support::{check_size, contents, decoded, known_channels};
use super::{gif, png};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes,
};
use crate::ops::def::op;
use crate::ops::support::{expect_rank, unary, with_integers};
use crate::ops::{IntoIntegers, OpDef};
use crate::types::{
    Bytes, DType, Element, ElementType, Error, Plain, Result, Shape, WholeNumber, memory,
};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(opaque "DecodePng(contents: string) -> (image: dtype); channels: int = 0; \
         dtype: type = uint8; \
        dtype in {uint8, uint16}",
        |node| DecodePngOp(node.attributes()?)),
    op!(opaque "DecodeJpeg(contents: string) -> (image: uint8); channels: int = 0; ratio: int = 1; \
         fancy_upscaling: bool = true; try_recover_truncated: bool = false; \
         acceptable_fraction: float = 1.0; dct_method: string = ''",
        |node| DecodeJpegOp(node.attributes()?)),
    op!(opaque "DecodeAndCropJpeg(contents: string, crop_window: int32) -> (image: uint8); \
         channels: int = 0; ratio: int = 1; fancy_upscaling: bool = true; \
         try_recover_truncated: bool = false; acceptable_fraction: float = 1.0; \
         dct_method: string = ''",
        |node| DecodeAndCropJpeg(node.attributes()?)),
    op!(opaque "DecodeGif(contents: string) -> (image: uint8)", |_| DecodeGif),
];

/// The picture of a PNG file, as `tf.image.decode_png` decodes it.
///
/// `contents` is the file, a scalar of bytes. The picture is [height, width, channels], `u8`, with
/// as many channels as the file has: 1 for gray, 2 for gray and opacity, 3 for colors, 4 for colors
/// and opacity. Pictures of 16 bits lose the lower eight; see [`decode_png_as`].
///
/// As in TensorFlow, files in the formats JPEG and GIF (of one picture) are decoded, too.
///
/// ```
/// let graph = tf1::Graph::new();
/// let picture = graph.constant([[[255u8], [0]], [[7], [9]]]);
/// let file = tf1::image::encode_png(&picture);
/// let again = tf1::image::decode_png(&file);
/// let again = tf1::Session::new(&graph)?.run(&again, [])?;
/// assert_eq!(again.into_raw_vec_and_offset().0, [255, 0, 7, 9]);
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `contents` is not a scalar, in a run if it is not such a file, is damaged,
/// or has 2²⁹ pixels or more.
///
/// # Options
/// `channels`: see [`decode_png_with`]. `dtype`: see [`decode_png_as`].
#[track_caller]
pub fn decode_png(contents: impl IntoTensor<Bytes>) -> Tensor<u8> {
    decode_png_with(contents, DecodePng::new())
}

/// As [`decode_png`], with the number of channels that `options` say: 1, 3 or 4.
///
/// # Errors
/// As [`decode_png`], and for another number of channels.
#[track_caller]
pub fn decode_png_with(
    contents: impl IntoTensor<Bytes>,
    options: impl Into<DecodePng>,
) -> Tensor<u8> {
    decode_png_as(contents, ElementType::<u8>::new(), options)
}

/// As [`decode_png_with`], of elements `tf::uint8` or, with the feature `all_types`, `tf::uint16`.
/// Bytes are made words by a factor of 257.
///
/// # Errors
/// As [`decode_png_with`], and for another element type.
#[track_caller]
pub fn decode_png_as<T: Plain>(
    contents: impl IntoTensor<Bytes>,
    _dtype: ElementType<T>,
    options: impl Into<DecodePng>,
) -> Tensor<T> {
    let op = DecodePngOp(PngAttributes {
        channels: options.into().channels,
        dtype: T::DTYPE,
    });
    unary("DecodePng", op, (contents, "contents"))
}

/// The options of [`decode_png_with`]; a number is [`channels`](DecodePng::channels).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "options do nothing until they are given to a function"]
pub struct DecodePng {
    channels: i64,
}

impl DecodePng {
    /// As many channels as the file has.
    pub fn new() -> Self {
        DecodePng { channels: 0 }
    }

    /// How many channels the picture gets: 1 for gray, 3 for colors, 4 for colors and opacity; 0
    /// for those of the file.
    pub fn channels(mut self, channels: impl WholeNumber) -> Self {
        self.channels = channels.to_i64();
        self
    }
}

impl Default for DecodePng {
    fn default() -> Self {
        DecodePng::new()
    }
}

impl<N: WholeNumber> From<N> for DecodePng {
    fn from(channels: N) -> Self {
        DecodePng::new().channels(channels)
    }
}

/// The picture of a JPEG file, as `tf.image.decode_jpeg` decodes it.
///
/// `contents` is the file, a scalar of bytes. The picture is [height, width, channels], `u8`, with
/// the channels of the file: 1 for gray, 3 for colors. The pixels are TensorFlow's. Files with
/// arithmetic coding, or with 12 bits, are not read.
///
/// As in TensorFlow, files in the formats PNG and GIF (of one picture) are decoded, too.
///
/// # Errors
/// `InvalidArgument` if `contents` is not a scalar, in a run if it is not such a file, is damaged
/// or cut off, or has 2²⁹ pixels or more.
///
/// # Options
/// `channels`, `ratio`, `fancy_upscaling`, `try_recover_truncated`, `acceptable_fraction`,
/// `dct_method`: see [`decode_jpeg_with`].
#[track_caller]
pub fn decode_jpeg(contents: impl IntoTensor<Bytes>) -> Tensor<u8> {
    decode_jpeg_with(contents, DecodeJpeg::new())
}

/// As [`decode_jpeg`], with options.
///
/// # Errors
/// As [`decode_jpeg`], and for options that are not possible.
#[track_caller]
pub fn decode_jpeg_with(
    contents: impl IntoTensor<Bytes>,
    options: impl Into<DecodeJpeg>,
) -> Tensor<u8> {
    let op = DecodeJpegOp(options.into().0);
    unary("DecodeJpeg", op, (contents, "contents"))
}

/// A part of the picture of a JPEG file, as `tf.image.decode_and_crop_jpeg` decodes it: of what
/// [`decode_jpeg`] gives, the part that `crop_window`, [y, x, height, width], says.
///
/// # Errors
/// As [`decode_jpeg`]; if the file is none of JPEG; if the part is not within the picture.
///
/// # Options
/// `channels`, `ratio` and more: see [`decode_and_crop_jpeg_with`].
#[track_caller]
pub fn decode_and_crop_jpeg(
    contents: impl IntoTensor<Bytes>,
    crop_window: impl IntoIntegers,
) -> Tensor<u8> {
    decode_and_crop_jpeg_with(contents, crop_window, DecodeJpeg::new())
}

/// As [`decode_and_crop_jpeg`], with options.
///
/// # Errors
/// As there, and for options that are not possible.
#[track_caller]
pub fn decode_and_crop_jpeg_with(
    contents: impl IntoTensor<Bytes>,
    crop_window: impl IntoIntegers,
    options: impl Into<DecodeJpeg>,
) -> Tensor<u8> {
    let op = DecodeAndCropJpeg(options.into().0);
    let window = (crop_window, "crop_window");
    with_integers("DecodeAndCropJpeg", op, (contents, "contents"), window)
}

/// All pictures of a GIF file, as `tf.image.decode_gif` decodes it: [count, height, width, 3],
/// `u8`.
///
/// Each is drawn on the one before.
///
/// # Errors
/// `InvalidArgument` if `contents` is not a scalar; in a run if it is not such a file, is damaged,
/// or its first picture does not fill it.
#[track_caller]
pub fn decode_gif(contents: impl IntoTensor<Bytes>) -> Tensor<u8> {
    unary("DecodeGif", DecodeGif, (contents, "contents"))
}

/// The options of [`decode_jpeg_with`]; a number is [`channels`](DecodeJpeg::channels).
#[derive(Clone, Debug, PartialEq)]
#[must_use = "options do nothing until they are given to a function"]
pub struct DecodeJpeg(JpegAttributes);

attributes! {
    /// How a JPEG file is decoded.
    struct JpegAttributes {
        channels: i64,
        ratio: i64,
        fancy_upscaling: bool,
        try_recover_truncated: bool,
        acceptable_fraction: f32,
        dct_method: String,
    }
}

attributes! {
    /// How a PNG file is decoded.
    #[derive(Copy)]
    struct PngAttributes {
        channels: i64,
        dtype: DType,
    }
}

impl DecodeJpeg {
    /// TensorFlow's defaults.
    pub fn new() -> Self {
        DecodeJpeg(JpegAttributes {
            channels: 0,
            ratio: 1,
            fancy_upscaling: true,
            try_recover_truncated: false,
            acceptable_fraction: 1.0,
            dct_method: String::new(),
        })
    }

    /// How many channels the picture gets: 1 for gray, 3 for colors; 0 for those of the file.
    pub fn channels(mut self, channels: impl WholeNumber) -> Self {
        self.0.channels = channels.to_i64();
        self
    }

    /// How many times shorter the sides are made: 1, 2, 4 or 8.
    pub fn ratio(mut self, ratio: impl WholeNumber) -> Self {
        self.0.ratio = ratio.to_i64();
        self
    }

    /// Whether colors, of which files have fewer samples, are smoothed.
    pub fn fancy_upscaling(mut self, fancy_upscaling: bool) -> Self {
        self.0.fancy_upscaling = fancy_upscaling;
        self
    }

    /// Whether a file that is cut off is decoded as if gray stood where it ends.
    pub fn try_recover_truncated(mut self, try_recover_truncated: bool) -> Self {
        self.0.try_recover_truncated = try_recover_truncated;
        self
    }

    /// Which part of the lines must be there. (Here, all are there once a file is recovered.)
    pub fn acceptable_fraction(mut self, acceptable_fraction: f32) -> Self {
        self.0.acceptable_fraction = acceptable_fraction;
        self
    }

    /// How blocks are computed: `"INTEGER_FAST"`, the default, or `"INTEGER_ACCURATE"`.
    pub fn dct_method(mut self, dct_method: impl Into<String>) -> Self {
        self.0.dct_method = dct_method.into();
        self
    }
}

impl Default for DecodeJpeg {
    fn default() -> Self {
        DecodeJpeg::new()
    }
}

impl<N: WholeNumber> From<N> for DecodeJpeg {
    fn from(channels: N) -> Self {
        DecodeJpeg::new().channels(channels)
    }
}

impl JpegAttributes {
    /// How files are decoded so.
    fn decoding(&self) -> Result<Decoding> {
        let wrong = |message: String| Err(Error::invalid_argument(message));
        if !matches!(self.ratio, 1 | 2 | 4 | 8) {
            return wrong(format!("ratio must be 1, 2, 4, or 8, got {}", self.ratio));
        }
        let method = match self.dct_method.as_str() {
            "" | "INTEGER_FAST" => Method::Fast,
            "INTEGER_ACCURATE" => Method::Accurate,
            other => {
                return wrong(format!(
                    "dct_method must be one of {{'', 'INTEGER_FAST', 'INTEGER_ACCURATE'}}, got {other}"
                ));
            }
        };
        Ok(Decoding {
            ratio: self.ratio as usize,
            method,
            fancy: self.fancy_upscaling,
            recover: self.try_recover_truncated,
        })
    }
}

/// Checks `channels` as TensorFlow's kernels do.
fn check_channels(channels: i64) -> Result<usize> {
    match channels {
        0 | 1 | 3 | 4 => Ok(channels as usize),
        _ => Err(Error::invalid_argument(format!(
            "channels must be 0, 1, 3, or 4, got {channels}"
        ))),
    }
}

/// Decodes a file of any of the formats to one picture.
fn decode_one(
    cx: &mut Kernel<'_, '_>,
    channels: i64,
    dtype: DType,
    jpeg: &JpegAttributes,
) -> Result<()> {
    let channels = check_channels(channels)?;
    let decoding = jpeg.decoding()?;
    let contents = contents(cx)?;
    match Format::of(&contents)? {
        Format::Png => {
            let picture = png::decode(&contents, channels)?;
            set_samples(cx, &picture.shape, picture.samples, dtype)
        }
        Format::Jpeg => {
            expect_bytes(dtype)?;
            decode_window(cx, &contents, channels, decoding, None)
        }
        Format::Gif => {
            expect_bytes(dtype)?;
            if !matches!(channels, 0 | 3) {
                return Err(Error::invalid_argument(format!(
                    "channels must be 0 or 3 for GIF, got {channels}"
                )));
            }
            let (shape, samples) = gif::decode(&contents, true)?;
            set_samples(cx, &shape[1..], Samples::Bytes(samples), dtype)
        }
    }
}

fn expect_bytes(dtype: DType) -> Result<()> {
    if dtype == DType::UInt8 {
        return Ok(());
    }
    Err(Error::invalid_argument(format!(
        "only PNG files can be decoded as {dtype}"
    )))
}

/// Decodes a part of the picture of a JPEG file, or all of it.
fn decode_window(
    cx: &mut Kernel<'_, '_>,
    contents: &[u8],
    channels: usize,
    decoding: Decoding,
    window: Option<[i64; 4]>,
) -> Result<()> {
    let size = contents.len();
    let invalid = || {
        Error::invalid_argument(format!(
            "Invalid JPEG data or crop window, data size {size}"
        ))
    };
    if channels == 4 {
        let message = "channels must be 0, 1, or 3 for JPEG, got 4";
        return Err(Error::invalid_argument(message));
    }
    let header = Header::read(contents).map_err(|_| invalid())?;
    check_size("JPEG", header.height, header.width)?;
    let channels = match channels {
        0 => header.channels(),
        channels => channels,
    };
    // Inks are only known as colors.
    if channels == 1 && header.components == 4 {
        return Err(invalid());
    }
    let (height, width) = header.size(decoding.ratio);
    let window = match window {
        None => Window {
            y: 0,
            x: 0,
            height,
            width,
        },
        Some(window) => {
            let [y, x, high, wide] = window.map(|it| usize::try_from(it).unwrap_or(usize::MAX));
            let fits = |start: usize, length: usize, all: usize| {
                length > 0 && start.checked_add(length).is_some_and(|end| end <= all)
            };
            if !fits(y, high, height) || !fits(x, wide, width) {
                return Err(invalid());
            }
            Window {
                y,
                x,
                height: high,
                width: wide,
            }
        }
    };
    let why = |error: Error| match error {
        Error::InvalidArgument(_) => {
            invalid().with_help(format!("the file is damaged: {}", error.message()))
        }
        other => other,
    };
    // The file is taken apart first: what it announces is only believed if it is long enough.
    let frame = Frame::read(contents, decoding.recover).map_err(why)?;
    let shape = [window.height, window.width, channels];
    let mut out = cx.outputs.alloc_unset::<u8>(0, &shape)?;
    let out = memory::row_major(&mut out);
    jpeg::paint(&frame, decoding, window, channels, out).map_err(why)
}

/// Sets output 0 to samples, made of the type that is wanted.
fn set_samples(
    cx: &mut Kernel<'_, '_>,
    shape: &[usize],
    samples: Samples,
    dtype: DType,
) -> Result<()> {
    match (dtype, samples) {
        (DType::UInt8, Samples::Bytes(bytes)) => set(cx, shape, bytes),
        (DType::UInt8, Samples::Words(words)) => {
            let bytes = memory::collected(words.into_iter().map(|word| (word >> 8) as u8))?;
            set(cx, shape, bytes);
        }
        #[cfg(feature = "all_types")]
        (DType::UInt16, Samples::Bytes(bytes)) => {
            let words = memory::collected(bytes.into_iter().map(|byte| u16::from(byte) * 257))?;
            set(cx, shape, words);
        }
        #[cfg(feature = "all_types")]
        (DType::UInt16, Samples::Words(words)) => set(cx, shape, words),
        (other, _) => {
            return Err(Error::unimplemented(format!(
                "pictures are not decoded as {other}"
            )));
        }
    }
    Ok(())
}

fn set<T: Element>(cx: &mut Kernel<'_, '_>, shape: &[usize], samples: Vec<T>) {
    let shape = ndarray::IxDyn(shape);
    cx.outputs.set(0, memory::in_shape(shape, samples));
}

/// The picture of a file, as bytes or words.
#[derive(Debug)]
struct DecodePngOp(PngAttributes);

impl Op for DecodePngOp {
    fn op_type(&self) -> &'static str {
        "DecodePng"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let dtype = self.0.dtype;
        if dtype != DType::UInt8 && dtype.cpp_name() != "uint16" {
            return Err(Error::invalid_argument(format!(
                "Value for attr 'dtype' of {dtype} is not in the list of allowed values: uint8, uint16"
            )));
        }
        decoded(cx, dtype, self.0.channels)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let jpeg = DecodeJpeg::new().0;
        decode_one(cx, self.0.channels, self.0.dtype, &jpeg)
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}

/// The picture of a file, as bytes.
#[derive(Debug)]
struct DecodeJpegOp(JpegAttributes);

impl Op for DecodeJpegOp {
    fn op_type(&self) -> &'static str {
        "DecodeJpeg"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        decoded(cx, DType::UInt8, self.0.channels)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        decode_one(cx, self.0.channels, DType::UInt8, &self.0)
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}

/// A part of the picture of a JPEG file.
#[derive(Debug)]
struct DecodeAndCropJpeg(JpegAttributes);

impl Op for DecodeAndCropJpeg {
    fn op_type(&self) -> &'static str {
        "DecodeAndCropJpeg"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 0)?;
        expect_rank(cx, cx.shape(1), 1)?;
        let channels = known_channels(self.0.channels)?;
        let known = cx.elements_of(1, 4)?;
        let length = |i: usize| known[i].and_then(|length| usize::try_from(length).ok());
        let shape = vec![length(2), length(3), channels];
        Ok(vec![TensorInfo::new(DType::UInt8, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let channels = check_channels(self.0.channels)?;
        let decoding = self.0.decoding()?;
        let contents = contents(cx)?;
        let format = Format::of(&contents)?;
        if format != Format::Jpeg {
            return Err(Error::invalid_argument(format!(
                "DecodeAndCropJpeg operation can run on JPEG only, but detected {}.",
                if format == Format::Png { "PNG" } else { "GIF" }
            )));
        }
        let window = cx.inputs.few_integers(1)?;
        let Ok(window) = <[i64; 4]>::try_from(&window[..]) else {
            let shape = Shape::from(cx.inputs.shape(1)).bracketed();
            return Err(Error::invalid_argument(format!(
                "crop_window must have four elements, got shape {shape}"
            )));
        };
        decode_window(cx, &contents, channels, decoding, Some(window))
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}

/// The pictures of a GIF file.
#[derive(Debug)]
struct DecodeGif;

impl Op for DecodeGif {
    fn op_type(&self) -> &'static str {
        "DecodeGif"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 0)?;
        let shape = vec![None, None, None, Some(3)];
        Ok(vec![TensorInfo::new(DType::UInt8, shape)])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let contents = contents(cx)?;
        let (shape, samples) = match Format::of(&contents)? {
            Format::Gif => gif::decode(&contents, false)?,
            other => {
                return Err(Error::invalid_argument(format!(
                    "Expected GIF, but detected {other:?}"
                )));
            }
        };
        set(cx, &shape, samples);
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}
