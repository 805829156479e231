//! `types.proto`, `tensor_shape.proto`, `tensor.proto`, `versions.proto`.

use prost::{Enumeration, Message};

use crate::types::{DType, Shape};

/// An element type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub(crate) enum DataType {
    Invalid = 0,
    Float = 1,
    Double = 2,
    Int32 = 3,
    Uint8 = 4,
    String = 7,
    Int64 = 9,
    Bool = 10,
}

impl From<DType> for DataType {
    fn from(dtype: DType) -> Self {
        match dtype {
            DType::Float32 => DataType::Float,
            DType::Float64 => DataType::Double,
            DType::Int32 => DataType::Int32,
            DType::Int64 => DataType::Int64,
            DType::UInt8 => DataType::Uint8,
            DType::Bool => DataType::Bool,
        }
    }
}

/// A shape.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorShapeProto {
    #[prost(message, repeated, tag = "2")]
    pub(crate) dim: Vec<Dim>,
    #[prost(bool, tag = "3")]
    pub(crate) unknown_rank: bool,
}

/// One dimension of a shape.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Dim {
    /// -1 if it is unknown.
    #[prost(int64, tag = "1")]
    pub(crate) size: i64,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
}

impl From<&Shape> for TensorShapeProto {
    fn from(shape: &Shape) -> Self {
        let dim = |length: &Option<usize>| Dim {
            size: length.map_or(-1, |length| length as i64),
            name: String::new(),
        };
        TensorShapeProto {
            dim: shape.dims().unwrap_or_default().iter().map(dim).collect(),
            unknown_rank: shape.rank().is_none(),
        }
    }
}

/// An array: its bytes, or its elements in the field for their type.
#[cfg(feature = "summary")]
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorProto {
    #[prost(enumeration = "DataType", tag = "1")]
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

/// Which versions of TensorFlow a file is for.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct VersionDef {
    #[prost(int32, tag = "1")]
    pub(crate) producer: i32,
    #[prost(int32, tag = "2")]
    pub(crate) min_consumer: i32,
    #[prost(int32, repeated, tag = "3")]
    pub(crate) bad_consumers: Vec<i32>,
}
