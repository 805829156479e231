//! `EncodePng`: a picture as a PNG file.

use ::png::BitDepth;

use super::png;
use super::support::{picture_shape, set_file};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes,
};
use crate::kernels::strided::in_order;
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, unary};
use crate::types::{Bytes, DType, Error, Plain, Result, Shape, WholeNumber};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "EncodePng(image: T) -> (contents: string); compression: int = -1; \
         T: type = uint8; \
        T in {uint8, uint16}",
    |node| node.attributes::<EncodePng>()?
)];

/// A picture as a PNG file, as `tf.image.encode_png` makes it.
///
/// `image` is [height, width, channels] with 1 channel for gray, 2 for gray and opacity, 3 for
/// colors or 4 for colors and opacity, of `u8` or, with the feature `all_types`, `u16`. The bytes
/// need not be TensorFlow's, the picture is.
///
/// # Errors
/// `InvalidArgument` for another shape, element type or number of channels; if there are no pixels.
///
/// # Options
/// `compression`: see [`encode_png_with`].
#[track_caller]
pub fn encode_png<T: Plain>(image: impl IntoTensor<T>) -> Tensor<Bytes> {
    encode_png_with(image, -1)
}

/// As [`encode_png`], with a level of compression from 0 to 9, or -1 for the usual one.
///
/// # Errors
/// As [`encode_png`], and for another level.
#[track_caller]
pub fn encode_png_with<T: Plain>(
    image: impl IntoTensor<T>,
    compression: impl WholeNumber,
) -> Tensor<Bytes> {
    let compression = compression.to_i64();
    unary("EncodePng", EncodePng { compression }, (image, "image"))
}

attributes! {
    /// A picture as a PNG file.
    struct EncodePng {
        compression: i64,
    }
}

impl Op for EncodePng {
    fn op_type(&self) -> &'static str {
        "EncodePng"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let dtype = cx.dtype(0);
        if dtype != DType::UInt8 && dtype.cpp_name() != "uint16" {
            return Err(Error::invalid_argument(format!(
                "Value passed to parameter 'image' has DataType {dtype} not in list of allowed values: uint8, uint16"
            )));
        }
        expect_rank(cx, cx.shape(0), 3)?;
        Ok(vec![TensorInfo::new(DType::String, [])])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let shape = picture_shape(cx)?;
        if !(-1..=9).contains(&self.compression) {
            return Err(Error::invalid_argument(format!(
                "compression should be in range [-1,9], got {}",
                self.compression
            )));
        }
        if !(1..=4).contains(&shape[2]) || shape.contains(&0) {
            let shape = Shape::from(&shape[..]).bracketed();
            return Err(Error::invalid_argument(format!(
                "image must have pixels, and 1, 2, 3, or 4 channels, got {shape}"
            )));
        }
        let file = match cx.inputs.value(0).dtype() {
            #[cfg(feature = "all_types")]
            DType::UInt16 => {
                let words = cx.inputs.get::<u16>(0);
                let words = in_order(cx.pool, &words)?;
                let bytes = words.iter().flat_map(|word| word.to_be_bytes());
                let bytes = crate::types::memory::collected(bytes)?;
                png::encode(&bytes, shape, BitDepth::Sixteen, self.compression)?
            }
            _ => {
                let bytes = cx.inputs.get::<u8>(0);
                let bytes = in_order(cx.pool, &bytes)?;
                png::encode(&bytes, shape, BitDepth::Eight, self.compression)?
            }
        };
        set_file(cx, file);
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}
