//! A bundle of named tensors, which is what TensorFlow's V2 checkpoints are.
//!
//! `PREFIX.data-00000-of-00001` holds the tensors' elements, one tensor after the other, in
//! row-major order and little endian. `PREFIX.index` is a [table](super::table) that tells of each
//! name the type, the shape, where its elements lie, and their checksum.
//!
//! Source: `tensorflow/core/util/tensor_bundle`.

mod elements;
mod entry;
mod read;
mod read_data;
mod replace;
mod texts;
mod write;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::folder_of;

pub(crate) use read::{BundleReader, open_bundle};
pub(crate) use replace::{remove_bundle, remove_leftovers};
pub(crate) use write::write_bundle;

/// The file with the index.
pub(crate) fn index_path(prefix: &Path) -> PathBuf {
    with_suffix(prefix, ".index")
}

/// One of the files with the elements.
pub(crate) fn data_path(prefix: &Path, shard: i32, shards: i32) -> PathBuf {
    with_suffix(prefix, &format!(".data-{shard:05}-of-{shards:05}"))
}

/// The files with the elements that are there, of however many parts.
fn data_paths(prefix: &Path) -> Vec<PathBuf> {
    let name = with_suffix(prefix, ".data-");
    let Some(start) = name.file_name() else {
        return Vec::new();
    };
    let is_data = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let rest = name.strip_prefix(start.as_encoded_bytes());
        rest.is_some_and(is_shard_of_shards)
    };
    let entries = fs::read_dir(folder_of(prefix)).into_iter().flatten();
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(is_data)
        .collect()
}

/// Whether this is like `00000-of-00001`.
fn is_shard_of_shards(text: &[u8]) -> bool {
    let is_number = |text: &[u8]| text.len() == 5 && text.iter().all(u8::is_ascii_digit);
    text.split_at_checked(5)
        .and_then(|(shard, rest)| Some((shard, rest.strip_prefix(b"-of-")?)))
        .is_some_and(|(shard, shards)| is_number(shard) && is_number(shards))
}

fn with_suffix(prefix: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(prefix);
    path.push(suffix);
    PathBuf::from(path)
}
