//! Putting the two files of a bundle in place so that, whenever that is stopped, a whole bundle can be read.
//!
//! A new bundle is easy: the data come first, and without an index nobody takes them for a bundle. To write over an old one takes two renames,
//! and after the first the new data lie beside the old index. So the old pair first gets a second name each (`.PREFIX.old`, hidden), which it
//! loses when the new pair is in place. A reader that finds such an old pair beside data and an index that do not fit takes the old one
//! ([`open_bundle`]). TensorFlow's readers do not know of it; they would refuse that pair by its checksums.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::read::BundleReader;
use super::{data_path, index_path};
use crate::files::atomic::{Temporary, sync_folder};
use crate::types::Result;

/// Replaces the bundle at `prefix` by what `write` writes as data and returns as index.
pub(super) fn replace_bundle(
    prefix: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<Vec<u8>>,
) -> io::Result<()> {
    let (index, data) = (index_path(prefix), data_path(prefix, 0, 1));
    let mut new_index = Vec::new();
    let new_data = Temporary::write(&data, |file| {
        new_index = write(file)?;
        Ok(())
    })?;
    let new_index = Temporary::write(&index, |file| file.write_all(&new_index))?;
    let old = Old::keep(prefix)?;
    new_data.put_in_place()?;
    sync_folder(&index)?;
    new_index.put_in_place()?;
    sync_folder(&index)?;
    old.map_or(Ok(()), |old| old.remove())
}

/// Opens the bundle at `prefix`: the one that was there before, if writing over it was stopped halfway.
pub(crate) fn open_bundle(prefix: &Path) -> Result<BundleReader> {
    let opened = BundleReader::open(prefix);
    let Some(old) = Old::find(prefix) else {
        return opened;
    };
    match opened {
        Ok(bundle) if bundle.is_whole() => Ok(bundle),
        unfit => BundleReader::open(&old.prefix).or(unfit),
    }
}

/// Removes a bundle: the index first, so that nobody takes what is left for one.
pub(crate) fn remove_bundle(prefix: &Path) -> io::Result<()> {
    let shards = BundleReader::open(prefix).map_or(1, |bundle| bundle.shards());
    remove(&index_path(prefix))?;
    (0..shards).try_for_each(|shard| remove(&data_path(prefix, shard, shards)))
}

/// The pair of files that is kept until another one has taken its place.
struct Old {
    prefix: PathBuf,
}

impl Old {
    /// The prefix of an old pair: `dir/.name.old`.
    fn at(prefix: &Path) -> Old {
        let mut name = OsString::from(".");
        name.push(prefix.file_name().unwrap_or_default());
        name.push(".old");
        Old {
            prefix: prefix.with_file_name(name),
        }
    }

    /// The old pair, if both of its files are there.
    fn find(prefix: &Path) -> Option<Old> {
        let old = Old::at(prefix);
        let whole = index_path(&old.prefix).exists() && data_path(&old.prefix, 0, 1).exists();
        whole.then_some(old)
    }

    /// Keeps the bundle that is at `prefix`, if there is one.
    fn keep(prefix: &Path) -> io::Result<Option<Old>> {
        if let Some(old) = Old::find(prefix) {
            // Somebody was stopped after having kept it. What lies at the prefix may be halves of two bundles.
            if !BundleReader::open(prefix).is_ok_and(|bundle| bundle.is_whole()) {
                return Ok(Some(old));
            }
            old.remove()?;
        }
        let old = Old::at(prefix);
        let (index, data) = (index_path(prefix), data_path(prefix, 0, 1));
        if !index.exists() || !data.exists() {
            return Ok(None);
        }
        old.remove()?;
        // The index last: an old pair is one when it has its index.
        second_name(&data, &data_path(&old.prefix, 0, 1))?;
        second_name(&index, &index_path(&old.prefix))?;
        sync_folder(&index)?;
        Ok(Some(old))
    }

    fn remove(&self) -> io::Result<()> {
        remove(&index_path(&self.prefix))?;
        remove(&data_path(&self.prefix, 0, 1))
    }
}

/// Gives a file another name, or, where file systems do not know such a thing, copies it.
fn second_name(file: &Path, name: &Path) -> io::Result<()> {
    fs::hard_link(file, name).or_else(|_| {
        fs::copy(file, name)?;
        File::open(name)?.sync_all()
    })
}

/// Removes a file if it is there.
fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
