//! What other messages say of tensors, and tensors themselves.

use crate::types::Shape;

/// The lengths of a tensor's axes.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TensorShapeProto {
    #[prost(message, repeated, tag = "2")]
    pub(crate) dim: Vec<Dim>,
    #[prost(bool, tag = "3")]
    pub(crate) unknown_rank: bool,
}

/// One axis; -1 if its length is not known.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Dim {
    #[prost(int64, tag = "1")]
    pub(crate) size: i64,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
}

impl From<&Shape> for TensorShapeProto {
    fn from(shape: &Shape) -> Self {
        let dim = |length: &Option<usize>| Dim {
            size: length.map_or(-1, |length| i64::try_from(length).unwrap_or(i64::MAX)),
            name: String::new(),
        };
        TensorShapeProto {
            dim: shape.dims().unwrap_or_default().iter().map(dim).collect(),
            unknown_rank: shape.rank().is_none(),
        }
    }
}

/// A tensor: its bytes, or its elements in the field for their type.
#[cfg(feature = "summary")]
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TensorProto {
    #[prost(int32, tag = "1")]
    pub(crate) dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) tensor_shape: Option<TensorShapeProto>,
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) tensor_content: Vec<u8>,
    #[prost(float, repeated, tag = "5")]
    pub(crate) float_val: Vec<f32>,
    #[prost(double, repeated, tag = "6")]
    pub(crate) double_val: Vec<f64>,
    #[prost(int32, repeated, tag = "7")]
    pub(crate) int_val: Vec<i32>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub(crate) string_val: Vec<Vec<u8>>,
    #[prost(int64, repeated, tag = "10")]
    pub(crate) int64_val: Vec<i64>,
    #[prost(bool, repeated, tag = "11")]
    pub(crate) bool_val: Vec<bool>,
}

/// Which versions of TensorFlow can read something.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct VersionDef {
    #[prost(int32, tag = "1")]
    pub(crate) producer: i32,
    #[prost(int32, tag = "2")]
    pub(crate) min_consumer: i32,
    #[prost(int32, repeated, tag = "3")]
    pub(crate) bad_consumers: Vec<i32>,
}

/// The types that TensorFlow knows, by the numbers that its files give them, in the order of these numbers from 1 on.
const TYPES: [&str; 23] = [
    "float32",
    "float64",
    "int32",
    "uint8",
    "int16",
    "int8",
    "string",
    "complex64",
    "int64",
    "bool",
    "qint8",
    "quint8",
    "qint32",
    "bfloat16",
    "qint16",
    "quint16",
    "uint16",
    "complex128",
    "float16",
    "resource",
    "variant",
    "uint32",
    "uint64",
];

/// TensorFlow's name of the type of this number; `unknown` of one that TensorFlow 1.15 does not know.
#[cfg(feature = "checkpoint")]
pub(crate) fn type_name(number: i32) -> &'static str {
    let index = usize::try_from(number)
        .ok()
        .and_then(|number| number.checked_sub(1));
    index
        .and_then(|index| TYPES.get(index))
        .unwrap_or(&"unknown")
}

/// The number of the type of this name.
pub(crate) fn type_number(name: &str) -> i32 {
    let index = TYPES.iter().position(|known| *known == name);
    index.map_or(0, |index| index as i32 + 1)
}
