//! `ExtractJpegShape`: what a JPEG file says of its picture.

use std::marker::PhantomData;

use super::jpeg::Header;
use super::support::contents;
use crate::graph::{
    AttributeList, GradientContext, InferContext, IntoTensor, Kernel, Op, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::{expect_rank, unary};
use crate::types::{Bytes, ElementType, Error, Integer, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    opaque "ExtractJpegShape(contents: string) -> (image_shape: output_type); \
         output_type: type = int32; \
        output_type in index",
    output_type: index, |_| ExtractJpegShape::<output_type>(PhantomData)
)];

/// Height, width and channels of the picture of a JPEG file, as `tf.image.extract_jpeg_shape` reads
/// them without decoding the picture.
///
/// # Errors
/// `InvalidArgument` if `contents` is not a scalar; in a run if it is not such a file.
///
/// # Options
/// `output_type`: see [`extract_jpeg_shape_as`].
#[track_caller]
pub fn extract_jpeg_shape(contents: impl IntoTensor<Bytes>) -> Tensor<i32> {
    extract_jpeg_shape_as(contents, ElementType::new())
}

/// As [`extract_jpeg_shape`], with elements `tf::int32` or `tf::int64`.
///
/// # Errors
/// As there.
#[track_caller]
pub fn extract_jpeg_shape_as<T: Integer>(
    contents: impl IntoTensor<Bytes>,
    _output_type: ElementType<T>,
) -> Tensor<T> {
    let op = ExtractJpegShape::<T>(PhantomData);
    unary("ExtractJpegShape", op, (contents, "contents"))
}

#[derive(Debug)]
struct ExtractJpegShape<T>(PhantomData<fn() -> T>);

impl<T: Integer> Op for ExtractJpegShape<T> {
    fn op_type(&self) -> &'static str {
        "ExtractJpegShape"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        expect_rank(cx, cx.shape(0), 0)?;
        Ok(vec![TensorInfo::new(T::DTYPE, [3])])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let contents = contents(cx)?;
        let size = contents.len();
        let header = match *contents {
            [0xff, 0xd8, 0xff, ..] => Header::read(&contents).ok(),
            _ => None,
        };
        let Some(header) = header else {
            let message = format!("Invalid JPEG data, size {size}");
            return Err(Error::invalid_argument(message));
        };
        let shape = [header.height, header.width, header.components];
        let mut out = cx.outputs.alloc::<T>(0, &[3])?;
        for (to, length) in out.iter_mut().zip(shape) {
            *to = T::from_f64(length as f64);
        }
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(AttributeList::new())
    }
}
