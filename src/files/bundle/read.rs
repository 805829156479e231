//! Reading a bundle.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use prost::Message;

use super::{data_path, elements, index_path};
use crate::files::crc::masked_crc32c;
use crate::files::messages::bundle::{BundleEntryProto, BundleHeaderProto};
use crate::files::messages::tensor::{self, TensorShapeProto};
use crate::files::table::read_table;
use crate::types::{AnyArray, DType, Error, Result, Shape};

/// What the index says of one tensor.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) shape: Vec<usize>,
    /// TensorFlow's name of the type, which may be one that the crate does not have.
    pub(crate) dtype: &'static str,
    /// Whether the variable was cut into parts.
    is_sliced: bool,
    shard: i32,
    offset: u64,
    size: u64,
    crc: u32,
}

/// An opened bundle: its index is read, the elements are read when asked for.
#[derive(Debug)]
pub(crate) struct BundleReader {
    prefix: PathBuf,
    shards: i32,
    entries: BTreeMap<String, Entry>,
}

impl BundleReader {
    /// Reads the index of the bundle at `prefix`.
    pub(crate) fn open(prefix: &Path) -> Result<Self> {
        let path = index_path(prefix);
        let bytes = fs::read(&path).map_err(|error| Error::io("reading", &path, &error))?;
        let mut reader = BundleReader {
            prefix: prefix.to_path_buf(),
            shards: 0,
            entries: BTreeMap::new(),
        };
        // Keys share their beginnings in the file: a small file could hold long ones without end.
        let mut room = 64 * bytes.len();
        let outcome = read_table(&bytes, |key, value| {
            room = room
                .checked_sub(key.len())
                .ok_or("its keys are absurdly long")?;
            reader.take(key, value)
        });
        outcome.map_err(|what| damaged(&path, &what))?;
        if reader.shards < 1 {
            return Err(damaged(
                &path,
                "it does not say how many data files there are",
            ));
        }
        Ok(reader)
    }

    /// Takes one pair of the index.
    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), String> {
        if key.is_empty() {
            return self.take_header(value);
        }
        // The parts of a variable that was cut up stand under keys that begin with a zero byte.
        let Some(name) = std::str::from_utf8(key)
            .ok()
            .filter(|name| !name.starts_with('\0'))
        else {
            return Ok(());
        };
        let said = BundleEntryProto::decode(value);
        let said =
            said.map_err(|error| format!("what it says of '{name}' is damaged ({error})"))?;
        let entry =
            entry(&said).ok_or_else(|| format!("what it says of '{name}' makes no sense"))?;
        self.entries.insert(name.to_string(), entry);
        Ok(())
    }

    fn take_header(&mut self, value: &[u8]) -> Result<(), String> {
        let header = BundleHeaderProto::decode(value);
        let header = header.map_err(|error| format!("its header is damaged ({error})"))?;
        if header.endianness != 0 {
            return Err("it was written by a big-endian machine, which is not supported".into());
        }
        // The version of the format that this reader is written for.
        if header
            .version
            .is_some_and(|version| version.min_consumer > 1)
        {
            return Err("it was written for a later version of the format".into());
        }
        self.shards = header.num_shards;
        Ok(())
    }

    /// How many files the data lie in.
    pub(super) fn shards(&self) -> i32 {
        self.shards
    }

    pub(crate) fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// The tensor of this name; its checksum is compared.
    pub(crate) fn read(&self, name: &str) -> Result<AnyArray> {
        let entry = self.entries.get(name).ok_or_else(|| {
            Error::not_found(format!(
                "Key {name} not found in checkpoint {}",
                self.prefix.display()
            ))
        })?;
        let dtype = self.readable(name, entry)?;
        let path = data_path(&self.prefix, entry.shard, self.shards);
        let bytes = read_range(&path, entry.offset, entry.size)?;
        if masked_crc32c(&bytes) != entry.crc {
            return Err(damaged(
                &path,
                &format!("the checksum of '{name}' is wrong"),
            ));
        }
        elements::from_bytes(&bytes, dtype, &entry.shape).ok_or_else(|| {
            let shape = Shape::from(&entry.shape[..]);
            let what = format!(
                "'{name}' has {} bytes, but is {dtype} of shape {shape}",
                entry.size
            );
            damaged(&index_path(&self.prefix), &what)
        })
    }

    /// The type of an entry, if its values can be read.
    fn readable(&self, name: &str, entry: &Entry) -> Result<DType> {
        let unreadable = |why: &str| {
            let place = self.prefix.display();
            Err(Error::unimplemented(format!(
                "'{name}' in checkpoint {place} {why}"
            )))
        };
        if entry.is_sliced {
            return unreadable("is a partitioned variable, which is not supported");
        }
        let known = [
            DType::Float32,
            DType::Float64,
            DType::Int32,
            DType::Int64,
            DType::UInt8,
            DType::Bool,
        ];
        match known.into_iter().find(|dtype| dtype.name() == entry.dtype) {
            Some(dtype) => Ok(dtype),
            None => unreadable(&format!(
                "is of type {}, which is not supported",
                entry.dtype
            )),
        }
    }

    /// Whether every tensor that can be read is as it was written.
    pub(super) fn is_whole(&self) -> bool {
        let readable = self
            .entries
            .iter()
            .filter(|(name, entry)| self.readable(name, entry).is_ok());
        readable
            .map(|(name, _)| name)
            .all(|name| self.read(name).is_ok())
    }
}

/// What the index says of a tensor, if it makes sense.
fn entry(said: &BundleEntryProto) -> Option<Entry> {
    let axes = said
        .shape
        .as_ref()
        .map_or(&[][..], |shape: &TensorShapeProto| &shape.dim[..]);
    let lengths = axes.iter().map(|axis| usize::try_from(axis.size).ok());
    Some(Entry {
        shape: lengths.collect::<Option<_>>()?,
        dtype: tensor::type_name(said.dtype)?,
        is_sliced: !said.slices.is_empty(),
        shard: said.shard_id,
        offset: u64::try_from(said.offset).ok()?,
        size: u64::try_from(said.size).ok()?,
        crc: said.crc32c,
    })
}

/// Some bytes of a file; memory is taken for no more than the file has.
fn read_range(path: &Path, offset: u64, size: u64) -> Result<Vec<u8>> {
    let io = |error| Error::io("reading", path, &error);
    let mut file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    if offset.checked_add(size).is_none_or(|end| end > length) {
        return Err(damaged(
            path,
            &format!("it has {length} bytes, fewer than its index says"),
        ));
    }
    file.seek(SeekFrom::Start(offset)).map_err(io)?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes)
}

fn damaged(path: &Path, what: &str) -> Error {
    let message = format!("{} is damaged: {what}", path.display());
    Error::data_loss(message).with_help("restore an earlier checkpoint, or a copy of this one")
}
