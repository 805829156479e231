//! Reading a bundle.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message;

use super::entry::{Entry, damaged, entry};
use super::index_path;
use super::read_data::{Files, Wanted};
use super::replace::being_replaced;
use crate::files::crc::masked_crc32c;
use crate::files::messages::bundle::{BundleEntryProto, BundleHeaderProto};
use crate::files::table::{Fault, read_table};
use crate::types::{AnyArray, DType, Error, Result};

/// The version of the format that is read here.
const VERSION: i32 = 1;

/// An opened bundle: its index is read, the elements are read when asked for.
#[derive(Debug)]
pub(crate) struct BundleReader {
    prefix: PathBuf,
    /// The index file's checksum, by which the file is known again.
    index: u32,
    shards: i32,
    entries: BTreeMap<String, Entry>,
}

/// Opens the bundle at `prefix`: the one that was there before, if writing over it goes on or was
/// stopped halfway.
pub(crate) fn open_bundle(prefix: &Path) -> Result<BundleReader> {
    let old = being_replaced(prefix).map(|old| BundleReader::open(&old));
    // The old pair may just have been taken away.
    match old {
        Some(Ok(bundle)) => Ok(bundle),
        Some(Err(_)) | None => BundleReader::open(prefix),
    }
}

impl BundleReader {
    /// Reads the index of the bundle at `prefix`.
    pub(crate) fn open(prefix: &Path) -> Result<Self> {
        let path = index_path(prefix);
        let bytes = fs::read(&path).map_err(|error| Error::io("reading", &path, &error))?;
        let mut reader = BundleReader {
            prefix: prefix.to_path_buf(),
            index: masked_crc32c(&bytes),
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
        outcome.map_err(|fault| fault.of(&path))?;
        if reader.shards < 1 {
            return Err(damaged(
                &path,
                "it does not say how many data files there are",
            ));
        }
        Ok(reader)
    }

    /// Takes one pair of the index.
    fn take(&mut self, key: &[u8], value: &[u8]) -> Result<(), Fault> {
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
        let entry = entry(&said).filter(|entry| (0..self.shards).contains(&entry.shard));
        let entry = entry.ok_or_else(|| format!("what it says of '{name}' makes no sense"))?;
        self.entries.insert(name.to_string(), entry);
        Ok(())
    }

    fn take_header(&mut self, value: &[u8]) -> Result<(), Fault> {
        let header = BundleHeaderProto::decode(value);
        let header = header.map_err(|error| format!("its header is damaged ({error})"))?;
        if header.endianness != 0 {
            let what = "it was written on a big-endian machine";
            return Err(Fault::Unsupported(what.into()));
        }
        let version = header.version.unwrap_or_default();
        if version.min_consumer > VERSION || version.bad_consumers.contains(&VERSION) {
            let what = "it is in a later version of the format";
            return Err(Fault::Unsupported(what.into()));
        }
        self.shards = header.num_shards;
        Ok(())
    }

    /// Whether another bundle has come into this one's place, or is about to.
    fn is_outdated(&self) -> bool {
        // In this order: what was about to be done may be done a moment later.
        being_replaced(&self.prefix).is_some() || {
            let index = fs::read(index_path(&self.prefix));
            index.map_or(true, |bytes| masked_crc32c(&bytes) != self.index)
        }
    }

    pub(crate) fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// The tensors of these names, in the order of the names; their checksums are compared.
    /// `FailedPrecondition` if the bundle has been written over since it was opened.
    pub(crate) fn read<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<Vec<AnyArray>> {
        let wanted = names.map(|name| self.wanted(name));
        let wanted = wanted.collect::<Result<Vec<_>>>()?;
        let files = Files {
            prefix: &self.prefix,
            shards: self.shards,
        };
        files.read(&wanted).map_err(|error| {
            let from_files = matches!(error, Error::DataLoss(_) | Error::NotFound(_));
            if !(from_files && self.is_outdated()) {
                return error;
            }
            let place = self.prefix.display();
            let message = format!("checkpoint {place} was written over while it was read");
            Error::failed_precondition(message).with_help("open it again")
        })
    }

    /// A tensor that can be read.
    fn wanted<'b>(&'b self, name: &str) -> Result<Wanted<'b>> {
        let Some((name, entry)) = self.entries.get_key_value(name) else {
            let place = self.prefix.display();
            let message = format!("Key {name} not found in checkpoint {place}");
            return Err(Error::not_found(message));
        };
        let dtype = self.readable(name, entry)?;
        Ok(Wanted { name, dtype, entry })
    }

    /// The type of an entry, if its values can be read.
    fn readable(&self, name: &str, entry: &Entry) -> Result<DType> {
        let unreadable = |why: &str| {
            let place = self.prefix.display();
            Error::unimplemented(format!("'{name}' in checkpoint {place} {why}"))
        };
        if entry.is_sliced {
            return Err(unreadable(
                "is a partitioned variable, which is not supported",
            ));
        }
        let dtype = DType::named(entry.dtype).filter(|dtype| *dtype != DType::Resource);
        dtype.ok_or_else(|| {
            let why = format!("is of type {}, which is not supported", entry.dtype);
            let error = unreadable(&why);
            match DType::help_for(entry.dtype) {
                Some(help) => error.with_help(help),
                None => error,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::messages::tensor::VersionDef;
    use crate::files::table::write_table;

    /// What a reader says of an index with this header and an entry of this type, and of that
    /// entry's value.
    fn opened(header: &BundleHeaderProto, dtype: i32) -> Result<(BundleReader, Error)> {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let name = format!("tf1-bundle-{}-{count}", std::process::id());
        let prefix = std::env::temp_dir().join(name);
        let entry = BundleEntryProto {
            dtype,
            ..BundleEntryProto::default()
        };
        let pairs = [
            (&b""[..], header.encode_to_vec()),
            (b"v", entry.encode_to_vec()),
        ];
        let table = write_table(pairs.iter().map(|(key, value)| (*key, &value[..])));
        fs::write(index_path(&prefix), table).unwrap();
        let reader = BundleReader::open(&prefix);
        fs::remove_file(index_path(&prefix)).unwrap();
        reader.map(|reader| {
            let error = reader.read(["v"].into_iter()).unwrap_err();
            (reader, error)
        })
    }

    fn header() -> BundleHeaderProto {
        BundleHeaderProto {
            num_shards: 1,
            ..BundleHeaderProto::default()
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_called_damaged() {
        let big_endian = BundleHeaderProto {
            endianness: 1,
            ..header()
        };
        let version = |min_consumer, bad_consumers| BundleHeaderProto {
            version: Some(VersionDef {
                producer: 2,
                min_consumer,
                bad_consumers,
            }),
            ..header()
        };
        for header in [big_endian, version(2, vec![]), version(0, vec![3, 1])] {
            let opened = opened(&header, 1).map(drop);
            assert!(matches!(opened, Err(Error::Unimplemented(_))), "{opened:?}");
        }
        assert!(opened(&version(1, vec![3]), 1).is_ok());
        let none = opened(&BundleHeaderProto::default(), 1).map(drop);
        assert!(matches!(none, Err(Error::DataLoss(_))), "{none:?}");
    }

    #[test]
    fn types_that_are_not_known_are_listed() {
        for (number, name) in [
            (11, "qint8"),
            (20, "resource"),
            (99, "unknown"),
            (0, "unknown"),
        ] {
            let (reader, error) = opened(&header(), number).unwrap();
            assert_eq!(reader.entries()["v"].dtype, name);
            let tells = error.message().contains(&format!("is of type {name}"));
            assert!(matches!(error, Error::Unimplemented(_)) && tells, "{error}");
        }
    }
}
