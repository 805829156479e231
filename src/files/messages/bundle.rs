//! The messages in a checkpoint's index (`tensor_bundle.proto`).

use super::tensor::{TensorShapeProto, VersionDef};

/// What the index says of itself, under the empty key.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BundleHeaderProto {
    /// How many files the data lie in.
    #[prost(int32, tag = "1")]
    pub(crate) num_shards: i32,
    /// 0 for little endian.
    #[prost(int32, tag = "2")]
    pub(crate) endianness: i32,
    #[prost(message, optional, tag = "3")]
    pub(crate) version: Option<VersionDef>,
}

/// Where a tensor lies, under its name.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct BundleEntryProto {
    #[prost(int32, tag = "1")]
    pub(crate) dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) shape: Option<TensorShapeProto>,
    #[prost(int32, tag = "3")]
    pub(crate) shard_id: i32,
    #[prost(int64, tag = "4")]
    pub(crate) offset: i64,
    #[prost(int64, tag = "5")]
    pub(crate) size: i64,
    /// The masked CRC-32C of the bytes.
    #[prost(fixed32, tag = "6")]
    pub(crate) crc32c: u32,
    /// The parts that a variable was cut into; of each only that it is there.
    #[prost(message, repeated, tag = "7")]
    pub(crate) slices: Vec<TensorSliceProto>,
}

/// A part of a variable that was cut up.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct TensorSliceProto {}
