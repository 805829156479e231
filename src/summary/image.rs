//! `ImageSummary`: the pictures of a batch.

mod pixels;

use ndarray::{ArrayViewD, Axis, Ix3, arr0, aview1};
use prost::Message;

use crate::files::messages::summary as messages;
use crate::graph::{
    Attribute, AttributeList, InferContext, IntoTensor, Kernel, Op, OpDef, TensorInfo, graph_of,
};
use crate::types::parts::parts;
use crate::types::{Bytes, DType, Element, Error, Result};

use super::op::serialized;
use super::tag::{read_tag, summary_scope};
use super::{Image, SummaryOp};

pub use pixels::ImageElement;

/// Red and opaque: the color of pixels that are not finite.
const BAD_COLOR: [u8; 4] = [255, 0, 0, 255];

/// The first pictures of a batch, as `tf.summary.image` shows them.
///
/// `tensor` is [batch, height, width, channels] with 1 channel for gray, 3 for colors or 4 for
/// colors and opacity, of `u8`, `f32` or `f64`. Bytes are shown as they are. Floats are scaled
/// picture by picture: where none is negative, the largest becomes 255; else 0 becomes 128 and the
/// one farthest from 0 is 127 away from it. A pixel with NaN or an infinity in it is red.
///
/// With up to 3 pictures ([`image_with`] shows more or fewer) the tags are `name/image/0`,
/// `name/image/1`, ...; with 1 the tag is `name/image`.
///
/// ```
/// use tf1::summary::Data;
///
/// let graph = tf1::Graph::new();
/// let noise = graph.random_uniform::<f32>([2, 4, 5, 3]);
/// let pictures = tf1::summary::image("noise", &noise);
/// let summary = tf1::Session::new(&graph)?.run(&pictures, [])?;
/// assert_eq!(summary.value[1].tag, "noise/image/1");
/// let Some(Data::Image(picture)) = &summary.value[1].data else { panic!() };
/// assert_eq!((picture.height, picture.width, picture.colorspace), (4, 5, 3));
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if `tensor` has another rank or number of channels, or pictures without
/// pixels.
#[track_caller]
pub fn image<T: ImageElement>(name: impl AsRef<str>, tensor: impl IntoTensor<T>) -> SummaryOp {
    image_with(name, tensor, Image::new())
}

/// As [`image`], with the number of pictures, family and collections as `options` say.
///
/// # Errors
/// As [`image`], and if no picture is to be shown.
#[track_caller]
pub fn image_with<T: ImageElement>(
    name: impl AsRef<str>,
    tensor: impl IntoTensor<T>,
    options: impl Into<Image>,
) -> SummaryOp {
    let options = options.into();
    let graph = graph_of(&[tensor.graph()]);
    let max_outputs = options.max_outputs;
    summary_scope(&graph, name.as_ref(), &options.common, |scope| {
        if max_outputs == 0 {
            let message = "Attr 'max_images' of 'ImageSummary' Op passed 0 less than minimum 1.";
            return scope.failed("ImageSummary", Error::invalid_argument(message));
        }
        let tag = scope.tag("tag");
        let tensor = tensor.into_tensor(&graph, "tensor");
        scope.op(ImageSummary { max_outputs }, &[tag, tensor.any()])
    })
}

/// Shows the pictures in input 1.
#[derive(Debug)]
struct ImageSummary {
    max_outputs: usize,
}

impl ImageSummary {
    fn tag_of(&self, tag: &str, picture: usize) -> String {
        match self.max_outputs {
            1 => format!("{tag}/image"),
            _ => format!("{tag}/image/{picture}"),
        }
    }

    fn summary<T: ImageElement>(&self, tag: &str, batch: &ArrayViewD<'_, T>) -> Result<Vec<u8>> {
        let pictures = parts(batch, Axis(0)).take(self.max_outputs).enumerate();
        let values = pictures.map(|(i, picture)| {
            let picture = picture
                .into_dimensionality::<Ix3>()
                .map_err(|_| Error::internal("a batch of pictures has another rank"))?;
            let (height, width, channels) = picture.dim();
            let image = messages::Image {
                height: height as i32,
                width: width as i32,
                colorspace: channels as i32,
                encoded_image_string: pixels::png(&T::pixels(picture, BAD_COLOR)?)?,
            };
            Ok(messages::Value {
                tag: self.tag_of(tag, i),
                value: Some(messages::Kind::Image(image)),
            })
        });
        // Few: one for each picture.
        let value = values.collect::<Result<_>>()?;
        Ok(messages::Summary { value }.encode_to_vec())
    }
}

impl Op for ImageSummary {
    fn op_type(&self) -> &'static str {
        "ImageSummary"
    }

    fn infer(&self, cx: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        let shape = cx.shape(1);
        let channels = shape
            .dim(3)
            .is_none_or(|channels| matches!(channels, 1 | 3 | 4));
        if shape.rank().is_some_and(|rank| rank != 4) || !channels {
            let message = format!(
                "Tensor must be 4-D with last dim 1, 3, or 4, not {}",
                shape.bracketed()
            );
            return Err(Error::invalid_argument(message)
                .with_help("the axes are batch, height, width, channels; expand_dims adds those that are missing"));
        }
        if (1..3).any(|axis| shape.dim(axis) == Some(0)) {
            let shape = shape.bracketed().replace(',', ", ");
            let message = format!("input tensor must have non-zero dims. Found: {shape}.");
            return Err(Error::invalid_argument(message));
        }
        if shape.size().is_some_and(|size| size >= 1 << 29) {
            let shape = shape.bracketed();
            return Err(
                Error::invalid_argument(format!("Tensor too large for summary {shape}"))
                    .with_help("slice the batch before"),
            );
        }
        Ok(serialized())
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        let tag = read_tag(&cx.inputs, 0)?;
        let bytes = match cx.inputs.value(1).dtype() {
            DType::UInt8 => self.summary::<u8>(&tag, &cx.inputs.get(1)),
            DType::Float32 => self.summary::<f32>(&tag, &cx.inputs.get(1)),
            _ => self.summary::<f64>(&tag, &cx.inputs.get(1)),
        };
        cx.outputs.set(0, arr0(Bytes::from(bytes?)).into_dyn());
        Ok(())
    }

    fn definition(&self) -> Option<OpDef> {
        Some(OpDef::opaque(
            "ImageSummary(tag: string, tensor: T) -> (summary: string); T: type = float32; \
                T in {uint8, float32, float16, float64}",
        ))
    }

    fn attributes(&self) -> Option<AttributeList> {
        // Few: four bytes.
        let bad_color = u8::wrap(aview1(&BAD_COLOR).to_owned().into_dyn().into());
        Some(vec![
            ("bad_color", Attribute::Tensor(bad_color)),
            ("max_images", Attribute::Int(self.max_outputs as i64)),
        ])
    }
}
