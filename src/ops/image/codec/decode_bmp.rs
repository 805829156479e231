//! `DecodeBmp`: the picture of a BMP file.

use super::support::{check_size, contents, decoded};
use crate::graph::{
    AttributeList, Attributes, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor,
    TensorInfo, attributes,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::unary;
use crate::types::{Bytes, DType, Error, Result, WholeNumber, memory};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "DecodeBmp(contents: string) -> (image: uint8); channels: int = 0",
    |node| node.attributes::<DecodeBmp>()?
)];

/// The bytes up to and with the number of bits of a pixel.
const HEADER: usize = 32;

/// The picture of a BMP file, as `tf.image.decode_bmp` decodes it: [height, width, channels], `u8`.
///
/// `contents` is the file, a scalar of bytes. Files of 8 bits for each pixel have one channel
/// (palettes are not looked at, as in TensorFlow), those of 24 have three, those of 32 four.
///
/// # Errors
/// `InvalidArgument` if `contents` is not a scalar; in a run if it is not such a file, is packed,
/// or is cut off.
///
/// # Options
/// `channels`: see [`decode_bmp_with`].
#[track_caller]
pub fn decode_bmp(contents: impl IntoTensor<Bytes>) -> Tensor<u8> {
    decode_bmp_with(contents, 0)
}

/// As [`decode_bmp`]; a file with another number of channels than `channels` is an error, unless it
/// is 0.
///
/// # Errors
/// As [`decode_bmp`], and for another number of channels.
#[track_caller]
pub fn decode_bmp_with(contents: impl IntoTensor<Bytes>, channels: impl WholeNumber) -> Tensor<u8> {
    let channels = channels.to_i64();
    unary("DecodeBmp", DecodeBmp { channels }, (contents, "contents"))
}

attributes! {
    /// The picture of a BMP file.
    struct DecodeBmp {
        channels: i64,
    }
}

impl Op for DecodeBmp {
    fn op_type(&self) -> &'static str {
        "DecodeBmp"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        decoded(cx, DType::UInt8, self.channels)
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let wrong = |message: String| Err(Error::invalid_argument(message));
        if !matches!(self.channels, 0 | 1 | 3 | 4) {
            return wrong(format!(
                "channels must be 0, 1, 3 or 4, got {}",
                self.channels
            ));
        }
        let file = contents(cx)?;
        let size = file.len();
        if size < HEADER {
            return wrong(format!(
                "Incomplete bmp content, requires at least {HEADER} bytes to find the header size, width, height, and bpp, \
                 got {size} bytes"
            ));
        }
        if !file.starts_with(b"BM") {
            return wrong("the file is not in the format BMP".into());
        }
        let number = |at: usize| i32::from_le_bytes([0, 1, 2, 3].map(|i| file[at + i]));
        let (start, width, height) = (number(10), number(18), number(22));
        let channels = usize::from(u16::from_le_bytes([file[28], file[29]]) / 8);
        if self.channels != 0 && self.channels != channels as i64 {
            return wrong(format!(
                "channels attribute {} does not match bits per pixel from file {channels}",
                self.channels
            ));
        }
        if !matches!(channels, 1 | 3 | 4) {
            return wrong(format!(
                "Number of channels inherent in the image must be 1, 3 or 4, was {channels}"
            ));
        }
        let rows = height.unsigned_abs() as usize;
        let columns = usize::try_from(width).unwrap_or(0);
        check_size("BMP", rows, columns)?;
        let start = start.cast_unsigned() as usize;
        let stride = (channels * columns).next_multiple_of(4);
        // The last row may lack what fills it up.
        let needed = start + (rows - 1) * stride + columns * channels;
        if size < needed {
            return wrong(format!(
                "Incomplete bmp content, requires at least {needed} bytes, got {size} bytes"
            ));
        }
        let mut out = cx
            .outputs
            .alloc_unset::<u8>(0, &[rows, columns, channels])?;
        let out = memory::row_major(&mut out);
        for (y, row) in out.chunks_exact_mut(columns * channels).enumerate() {
            // The lowest row comes first, unless the height is negative.
            let y = if height < 0 { y } else { rows - 1 - y };
            row.copy_from_slice(&file[start + y * stride..][..columns * channels]);
            if channels > 1 {
                for pixel in row.chunks_exact_mut(channels) {
                    pixel.swap(0, 2);
                }
            }
        }
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(self.list())
    }
}
