//! [`DataFormat`]: where the channels of an image lie.

use crate::graph::{Attribute, AttributeValue};

/// TensorFlow's `data_format`, of those that kernels here know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum DataFormat {
    /// The channels are the last axis.
    #[default]
    Nhwc,
    /// The channels are the second axis.
    Nchw,
}

impl AttributeValue for DataFormat {
    fn to_attribute(&self) -> Attribute {
        let text = match self {
            DataFormat::Nhwc => "NHWC",
            DataFormat::Nchw => "NCHW",
        };
        text.to_string().to_attribute()
    }

    fn from_attribute(attribute: &Attribute) -> Option<Self> {
        match String::from_attribute(attribute)?.as_str() {
            "NHWC" => Some(DataFormat::Nhwc),
            "NCHW" => Some(DataFormat::Nchw),
            _ => None,
        }
    }
}
