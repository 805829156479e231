//! What other messages say of tensors, and tensors themselves.

use crate::types::Shape;
#[cfg(feature = "graph_def")]
use crate::types::{Error, Result};

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

#[cfg(feature = "graph_def")]
impl TensorShapeProto {
    /// The shape.
    ///
    /// # Errors
    /// `InvalidArgument` if a length is below -1, or there are more axes than TensorFlow has.
    pub(crate) fn to_shape(&self) -> Result<Shape> {
        /// TensorFlow's limit.
        const MOST_AXES: usize = 254;
        if self.unknown_rank {
            return Ok(Shape::unknown());
        }
        if self.dim.len() > MOST_AXES {
            let message = format!("a shape has {} axes", self.dim.len());
            return Err(Error::invalid_argument(message));
        }
        let dims = self.dim.iter().map(|dim| match dim.size {
            -1 => Ok(None),
            size => usize::try_from(size).map(Some).map_err(|_| {
                Error::invalid_argument(format!("a shape has an axis of length {size}"))
            }),
        });
        Ok(Shape::from(dims.collect::<Result<Vec<_>>>()?))
    }
}

/// A tensor: its bytes, or its elements in the field for their type.
#[cfg(any(feature = "summary", feature = "graph_def"))]
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TensorProto {
    #[prost(int32, tag = "1")]
    pub(crate) dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) tensor_shape: Option<TensorShapeProto>,
    #[prost(int32, tag = "3")]
    pub(crate) version_number: i32,
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
    #[prost(float, repeated, tag = "9")]
    pub(crate) scomplex_val: Vec<f32>,
    #[prost(int64, repeated, tag = "10")]
    pub(crate) int64_val: Vec<i64>,
    #[prost(bool, repeated, tag = "11")]
    pub(crate) bool_val: Vec<bool>,
    #[prost(double, repeated, tag = "12")]
    pub(crate) dcomplex_val: Vec<f64>,
    #[prost(int32, repeated, tag = "13")]
    pub(crate) half_val: Vec<i32>,
    #[prost(uint32, repeated, tag = "16")]
    pub(crate) uint32_val: Vec<u32>,
    #[prost(uint64, repeated, tag = "17")]
    pub(crate) uint64_val: Vec<u64>,
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

/// The types that TensorFlow knows, by the numbers that its files give them, in the order of these
/// numbers from 1 on.
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

/// TensorFlow's name of the type of this number; `unknown` of one that TensorFlow 1.15 does not
/// know.
#[cfg(any(feature = "checkpoint", feature = "graph_def"))]
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
