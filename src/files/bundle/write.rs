//! Writing a bundle.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use prost::Message;

use super::replace::replace_bundle;
use super::{elements, index_path};
use crate::files::crc::masked;
use crate::files::messages::bundle::{BundleEntryProto, BundleHeaderProto};
use crate::files::messages::tensor::{TensorShapeProto, VersionDef, type_number};
use crate::files::table::write_table;
use crate::types::{AnyArray, Error, Result, Shape};

/// Writes the tensors as the bundle at `prefix`, byte for byte as TensorFlow does, so that it is
/// there as a whole or, stopped at whatever moment, not at all; see [`replace_bundle`].
pub(crate) fn write_bundle(prefix: &Path, tensors: &BTreeMap<String, AnyArray>) -> Result<()> {
    let written = replace_bundle(prefix, |data| write_data(data, tensors));
    written.map_err(|error| Error::io("writing", &index_path(prefix), &error))
}

fn header() -> BundleHeaderProto {
    BundleHeaderProto {
        num_shards: 1,
        endianness: 0,
        version: Some(VersionDef {
            producer: 1,
            ..VersionDef::default()
        }),
    }
}

/// Writes the elements, and returns the index.
fn write_data(data: &mut dyn Write, tensors: &BTreeMap<String, AnyArray>) -> io::Result<Vec<u8>> {
    let mut index = vec![("", header().encode_to_vec())];
    let mut offset = 0;
    for (name, tensor) in tensors {
        let (size, crc) = elements::write_elements(tensor, data)?;
        let size = i64::try_from(size).map_err(io::Error::other)?;
        let entry = BundleEntryProto {
            dtype: type_number(tensor.dtype().name()),
            shape: Some(TensorShapeProto::from(&Shape::from(tensor.shape()))),
            shard_id: 0,
            offset,
            size,
            crc32c: masked(crc),
            slices: Vec::new(),
        };
        index.push((name, entry.encode_to_vec()));
        offset += size;
    }
    Ok(write_table(
        index
            .iter()
            .map(|(name, entry)| (name.as_bytes(), &entry[..])),
    ))
}
