//! [`Summary`]: the values that a run has given for TensorBoard.

use crate::files::messages::summary as messages;
use crate::files::messages::summary::Kind;

/// Values for TensorBoard, each under a tag: `tf.Summary`.
///
/// A session gives it for a [`SummaryOp`](super::SummaryOp). A program can make one of what it has
/// computed itself:
///
/// ```
/// use tf1::summary::{Data, Summary, Value};
///
/// let mut summary = Summary::scalar("accuracy", 0.875);
/// summary.value.push(Value::new("learning_rate", Data::Scalar(0.01)));
/// assert_eq!(summary.value[1].tag, "learning_rate");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The values.
    pub value: Vec<Value>,
}

impl Summary {
    /// A single number.
    pub fn scalar(tag: impl Into<String>, number: f32) -> Self {
        Summary {
            value: vec![Value::new(tag, Data::Scalar(number))],
        }
    }
}

/// A value under its tag: `tf.Summary.Value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// What TensorBoard calls it.
    pub tag: String,
    /// What it is; `None` of what this crate does not know, such as the sound or the tensors of
    /// other programs' files.
    pub data: Option<Data>,
}

impl Value {
    /// A value of this tag.
    pub fn new(tag: impl Into<String>, data: Data) -> Self {
        Value {
            tag: tag.into(),
            data: Some(data),
        }
    }
}

/// What a [`Value`] is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Data {
    /// A number.
    Scalar(f32),
    /// How numbers are distributed.
    Histogram(HistogramProto),
    /// A picture.
    Image(Picture),
}

/// How numbers are distributed: `tf.HistogramProto`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistogramProto {
    /// The smallest number.
    pub min: f64,
    /// The largest number.
    pub max: f64,
    /// How many there are.
    pub num: f64,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squares.
    pub sum_squares: f64,
    /// Where each bucket ends, which does not hold its end; it begins where the one before it ends.
    pub bucket_limit: Vec<f64>,
    /// How many numbers are in each bucket.
    pub bucket: Vec<f64>,
}

/// A picture: `tf.Summary.Image`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// Its height in pixels.
    pub height: i32,
    /// Its width in pixels.
    pub width: i32,
    /// The number of channels: 1 for gray, 3 for colors, 4 for colors and opacity.
    pub colorspace: i32,
    /// The PNG file.
    pub encoded_image_string: Vec<u8>,
}

/// The message of a single value.
pub(super) fn encode(tag: String, kind: Kind) -> messages::Summary {
    let value = messages::Value {
        tag,
        value: Some(kind),
    };
    messages::Summary { value: vec![value] }
}

impl From<messages::Summary> for Summary {
    fn from(summary: messages::Summary) -> Self {
        let value = summary.value.into_iter().map(|value| Value {
            tag: value.tag,
            data: value.value.map(Data::from),
        });
        Summary {
            value: value.collect(),
        }
    }
}

impl From<Summary> for messages::Summary {
    fn from(summary: Summary) -> Self {
        let value = summary.value.into_iter().map(|value| messages::Value {
            tag: value.tag,
            value: value.data.map(Kind::from),
        });
        messages::Summary {
            value: value.collect(),
        }
    }
}

impl From<Kind> for Data {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::SimpleValue(number) => Data::Scalar(number),
            Kind::Histo(histogram) => Data::Histogram(histogram.into()),
            Kind::Image(image) => Data::Image(Picture {
                height: image.height,
                width: image.width,
                colorspace: image.colorspace,
                encoded_image_string: image.encoded_image_string,
            }),
        }
    }
}

impl From<Data> for Kind {
    fn from(data: Data) -> Self {
        match data {
            Data::Scalar(number) => Kind::SimpleValue(number),
            Data::Histogram(histogram) => Kind::Histo(histogram.into()),
            Data::Image(image) => Kind::Image(messages::Image {
                height: image.height,
                width: image.width,
                colorspace: image.colorspace,
                encoded_image_string: image.encoded_image_string,
            }),
        }
    }
}

/// Both are the same but for the derives.
macro_rules! same_fields {
    ($from:ty, $to:ty) => {
        impl From<$from> for $to {
            fn from(histogram: $from) -> Self {
                Self {
                    min: histogram.min,
                    max: histogram.max,
                    num: histogram.num,
                    sum: histogram.sum,
                    sum_squares: histogram.sum_squares,
                    bucket_limit: histogram.bucket_limit,
                    bucket: histogram.bucket,
                }
            }
        }
    };
}
same_fields!(messages::HistogramProto, HistogramProto);
same_fields!(HistogramProto, messages::HistogramProto);
