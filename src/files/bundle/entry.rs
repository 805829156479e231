//! [`Entry`]: what the index of a bundle says of one tensor.

use std::path::Path;

use crate::files::messages::bundle::BundleEntryProto;
use crate::files::messages::tensor::{self, TensorShapeProto};
use crate::files::table::Fault;
use crate::types::Error;

/// What the index says of one tensor.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) shape: Vec<usize>,
    /// TensorFlow's name of the type, which may be one that the crate does not have.
    pub(crate) dtype: &'static str,
    /// Whether the variable was cut into parts.
    pub(super) is_sliced: bool,
    pub(super) shard: i32,
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) crc: u32,
}

/// What the index says of a tensor, if it makes sense.
pub(super) fn entry(said: &BundleEntryProto) -> Option<Entry> {
    let shape: Option<&TensorShapeProto> = said.shape.as_ref();
    if shape.is_some_and(|shape| shape.unknown_rank) {
        return None;
    }
    let axes = shape.map_or(&[][..], |shape| &shape.dim[..]);
    let lengths = axes.iter().map(|axis| usize::try_from(axis.size).ok());
    Some(Entry {
        shape: lengths.collect::<Option<_>>()?,
        dtype: tensor::type_name(said.dtype),
        is_sliced: !said.slices.is_empty(),
        shard: said.shard_id,
        offset: u64::try_from(said.offset).ok()?,
        size: u64::try_from(said.size).ok()?,
        crc: said.crc32c,
    })
}

/// The error of a file that is not as it was written.
pub(super) fn damaged(path: &Path, what: &str) -> Error {
    Fault::from(what).of(path)
}
