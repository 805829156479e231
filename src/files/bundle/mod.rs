//! A bundle of named tensors, which is what TensorFlow's V2 checkpoints are.
//!
//! `PREFIX.data-00000-of-00001` holds the tensors' elements, one tensor after the other, in row-major order and little endian.
//! `PREFIX.index` is a [table](super::table) that tells of each name the type, the shape, where its elements lie, and their checksum.
//!
//! Source: `tensorflow/core/util/tensor_bundle`.

mod elements;
mod read;
mod replace;
mod write;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

pub(crate) use read::BundleReader;
pub(crate) use replace::{open_bundle, remove_bundle};
pub(crate) use write::write_bundle;

/// The file with the index.
pub(crate) fn index_path(prefix: &Path) -> PathBuf {
    with_suffix(prefix, ".index")
}

/// One of the files with the elements.
pub(crate) fn data_path(prefix: &Path, shard: i32, shards: i32) -> PathBuf {
    with_suffix(prefix, &format!(".data-{shard:05}-of-{shards:05}"))
}

fn with_suffix(prefix: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(prefix);
    path.push(suffix);
    PathBuf::from(path)
}
