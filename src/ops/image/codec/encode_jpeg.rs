//! `EncodeJpeg`, `EncodeJpegVariableQuality`: a picture as a JPEG file.

use super::jpeg::{Encoding, encode};
use super::support::{picture_shape, set_file};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes, graph_of,
};
use crate::kernels::strided::in_order;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, unary};
use crate::ops::{IntoIntegers, OpDef};
use crate::types::{Bytes, DType, Error, Result, Shape, WholeNumber};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(opaque "EncodeJpeg(image: uint8) -> (contents: string); \
         format: string = ''; quality: int = 95; progressive: bool = false; \
         optimize_size: bool = false; chroma_downsampling: bool = true; \
         density_unit: string = 'in'; x_density: int = 300; y_density: int = 300; \
         xmp_metadata: string = ''",
        |node| EncodeJpegOp(node.attributes()?)),
    op!(opaque "EncodeJpegVariableQuality(images: uint8, quality: int32) -> (contents: string)",
        |_| EncodeJpegVariableQuality),
];

/// Pictures are no longer than this along each side.
const LONGEST: usize = 65500;

/// A picture as a JPEG file, as `tf.image.encode_jpeg` makes it, of quality 95.
///
/// `image` is [height, width, channels] with 1 channel for gray or 3 for colors. The bytes are
/// TensorFlow's; but those of a progressive file are fewer, of the same picture.
///
/// # Errors
/// `InvalidArgument` for another shape or number of channels, in a run if there are no pixels or
/// more than 65,500 along a side.
///
/// # Options
/// `format`, `quality`, `progressive`, `optimize_size`, `chroma_downsampling`, `density_unit`,
/// `x_density`, `y_density`, `xmp_metadata`: see [`encode_jpeg_with`].
#[track_caller]
pub fn encode_jpeg(image: impl IntoTensor<u8>) -> Tensor<Bytes> {
    encode_jpeg_with(image, EncodeJpeg::new())
}

/// As [`encode_jpeg`], with options; a number is the quality.
///
/// # Errors
/// As [`encode_jpeg`], and for options that are not possible.
#[track_caller]
pub fn encode_jpeg_with(
    image: impl IntoTensor<u8>,
    options: impl Into<EncodeJpeg>,
) -> Tensor<Bytes> {
    let op = EncodeJpegOp(options.into().0);
    unary("EncodeJpeg", op, (image, "image"))
}

/// As [`encode_jpeg`], of a quality from 0 to 100 that may be a tensor
/// (`tf.raw_ops.EncodeJpegVariableQuality`).
///
/// # Errors
/// As [`encode_jpeg`], and for another quality.
#[track_caller]
pub fn encode_jpeg_variable_quality(
    images: impl IntoTensor<u8>,
    quality: impl IntoIntegers,
) -> Tensor<Bytes> {
    let quality = quality.into_integers();
    let graph = graph_of(&[images.graph(), quality.graph()]);
    graph.op_scope("EncodeJpegVariableQuality", |scope| {
        let images = images.into_tensor(&graph, "images").any();
        let quality = quality.into_any(&graph, "quality");
        scope.tensor(EncodeJpegVariableQuality, &[images, quality])
    })
}

/// The options of [`encode_jpeg_with`]; a number is [`quality`](EncodeJpeg::quality).
#[derive(Clone, Debug, PartialEq)]
#[must_use = "options do nothing until they are given to a function"]
pub struct EncodeJpeg(JpegOptions);

attributes! {
    /// How a JPEG file is made.
    struct JpegOptions {
        format: String,
        quality: i64,
        progressive: bool,
        optimize_size: bool,
        chroma_downsampling: bool,
        density_unit: String,
        x_density: i64,
        y_density: i64,
        xmp_metadata: String,
    }
}

impl EncodeJpeg {
    /// TensorFlow's defaults.
    pub fn new() -> Self {
        EncodeJpeg(JpegOptions {
            format: String::new(),
            quality: 95,
            progressive: false,
            optimize_size: false,
            chroma_downsampling: true,
            density_unit: "in".into(),
            x_density: 300,
            y_density: 300,
            xmp_metadata: String::new(),
        })
    }

    /// What the channels must be: `"grayscale"`, `"rgb"`, or `""` for either.
    pub fn format(mut self, format: impl Into<String>) -> Self {
        self.0.format = format.into();
        self
    }

    /// From 0 for a small file to 100 for a good picture.
    pub fn quality(mut self, quality: impl WholeNumber) -> Self {
        self.0.quality = quality.to_i64();
        self
    }

    /// Whether the file can be shown, roughly, before all of it is there.
    pub fn progressive(mut self, progressive: bool) -> Self {
        self.0.progressive = progressive;
        self
    }

    /// Whether the file is made as short as it can be, in more time.
    pub fn optimize_size(mut self, optimize_size: bool) -> Self {
        self.0.optimize_size = optimize_size;
        self
    }

    /// Whether colors have half as many samples along each side.
    pub fn chroma_downsampling(mut self, chroma_downsampling: bool) -> Self {
        self.0.chroma_downsampling = chroma_downsampling;
        self
    }

    /// In what the density is told: `"in"`, inches, or `"cm"`.
    pub fn density_unit(mut self, density_unit: impl Into<String>) -> Self {
        self.0.density_unit = density_unit.into();
        self
    }

    /// Pixels for each unit, across.
    pub fn x_density(mut self, x_density: impl WholeNumber) -> Self {
        self.0.x_density = x_density.to_i64();
        self
    }

    /// Pixels for each unit, down.
    pub fn y_density(mut self, y_density: impl WholeNumber) -> Self {
        self.0.y_density = y_density.to_i64();
        self
    }

    /// What is said about the picture, as XMP.
    pub fn xmp_metadata(mut self, xmp_metadata: impl Into<String>) -> Self {
        self.0.xmp_metadata = xmp_metadata.into();
        self
    }
}

impl Default for EncodeJpeg {
    fn default() -> Self {
        EncodeJpeg::new()
    }
}

impl<N: WholeNumber> From<N> for EncodeJpeg {
    fn from(quality: N) -> Self {
        EncodeJpeg::new().quality(quality)
    }
}

impl JpegOptions {
    /// How files are made so.
    fn encoding(&self) -> Result<Encoding<'_>> {
        let density = |density: i64| {
            u16::try_from(density).map_err(|_| {
                Error::invalid_argument(format!(
                    "density must be between 0 and 65535, got {density}"
                ))
            })
        };
        if self.xmp_metadata.len() > 65000 {
            let length = self.xmp_metadata.len();
            return Err(Error::invalid_argument(format!(
                "xmp_metadata may have 65000 bytes, got {length}"
            )));
        }
        Ok(Encoding {
            quality: self.quality,
            is_progressive: self.progressive,
            optimizes: self.optimize_size,
            downsamples: self.chroma_downsampling,
            density_unit: if self.density_unit == "cm" { 2 } else { 1 },
            density: [density(self.x_density)?, density(self.y_density)?],
            xmp: self.xmp_metadata.as_bytes(),
        })
    }

    /// Makes the file of the picture that input 0 is.
    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let wrong = |message: String| Err(Error::invalid_argument(message));
        let quality = self.quality;
        if !(0..=100).contains(&quality) {
            return wrong(format!("quality must be in [0,100], got {quality}"));
        }
        if !matches!(self.format.as_str(), "" | "grayscale" | "rgb") {
            return wrong(format!(
                "format must be '', grayscale or rgb, got {}",
                self.format
            ));
        }
        if !matches!(self.density_unit.as_str(), "in" | "cm") {
            return wrong(format!(
                "density_unit must be 'in' or 'cm', got {}",
                self.density_unit
            ));
        }
        let [height, width, channels] = picture_shape(cx)?;
        let expected = match self.format.as_str() {
            "grayscale" => Some(1),
            "rgb" => Some(3),
            _ => None,
        };
        let shape = || Shape::from(&[height, width, channels][..]).bracketed();
        if let Some(expected) = expected.filter(|it| *it != channels) {
            return wrong(format!(
                "format {} expects {expected} channels, got image shape {}",
                self.format,
                shape()
            ));
        }
        if !matches!(channels, 1 | 3) {
            return wrong(format!(
                "image must have 1 or 3 channels, got shape {}",
                shape()
            ));
        }
        if !(1..=LONGEST).contains(&height) || !(1..=LONGEST).contains(&width) {
            return wrong(format!(
                "JPEG encoding failed: an image may have 1 to {LONGEST} pixels along each side, got shape {}",
                shape()
            ));
        }
        let pixels = cx.inputs.get::<u8>(0);
        let pixels = in_order(cx.pool, &pixels)?;
        let file = encode(&pixels, [height, width, channels], &self.encoding()?)?;
        set_file(cx, file);
        Ok(())
    }
}

fn encoded(cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
    expect_rank(cx, cx.shape(0), 3)?;
    Ok(vec![TensorInfo::new(DType::String, [])])
}

/// A picture as a JPEG file.
#[derive(Debug)]
struct EncodeJpegOp(JpegOptions);

impl Op for EncodeJpegOp {
    fn op_type(&self) -> &'static str {
        "EncodeJpeg"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        encoded(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        self.0.compute(cx)
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.0.list())
    }
}

/// A picture as a JPEG file, of a quality that a tensor says.
#[derive(Debug)]
struct EncodeJpegVariableQuality;

impl Op for EncodeJpegVariableQuality {
    fn op_type(&self) -> &'static str {
        "EncodeJpegVariableQuality"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(1), 0)?;
        encoded(cx)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let quality = cx.inputs.scalar_integer(1)?;
        EncodeJpeg::new().quality(quality).0.compute(cx)
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}
