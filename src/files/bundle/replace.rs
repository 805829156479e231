//! Putting the two files of a bundle in place so that, whenever that is stopped, a whole bundle can
//! be read.
//!
//! A new bundle is easy: the data come first, and without an index nobody takes them for a bundle.
//! To write over an old one takes two renames, and after the first the new data lie beside the old
//! index. So the old pair first gets a second name each (`.PREFIX.old`, hidden), which it loses
//! when the new pair is in place. The rename of the index decides: as long as the index is the old
//! pair's, that pair is the bundle, and readers take it ([`being_replaced`]). TensorFlow's readers
//! do not know of it; between the two renames they refuse what they find by its checksums.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{data_path, data_paths, index_path};
use crate::files::atomic::{
    Leftover, Temporary, folder_of, leftovers, remove_if_there, sync_folder,
};

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
    // Two threads that replace the same bundle take turns. The long work is done by now: others
    // need not wait for it.
    static REPLACING: Mutex<()> = Mutex::new(());
    let _turn = REPLACING.lock().unwrap_or_else(PoisonError::into_inner);
    let old = Old::keep(prefix)?;
    new_data.put_in_place()?;
    sync_folder(&index)?;
    new_index.put_in_place()?;
    sync_folder(&index)?;
    old.map_or(Ok(()), |old| old.remove())
}

/// Where the bundle lies that was at `prefix` before, if writing over it has begun: the data at
/// `prefix` may be those of the next one.
pub(super) fn being_replaced(prefix: &Path) -> Option<PathBuf> {
    Old::of_index(prefix).map(|old| old.prefix)
}

/// Removes a bundle: the index first, so that nobody takes what is left for one.
pub(crate) fn remove_bundle(prefix: &Path) -> io::Result<()> {
    remove_if_there(&index_path(prefix))?;
    Old::at(prefix).remove()?;
    data_paths(prefix)
        .iter()
        .try_for_each(|data| remove_if_there(data))
}

/// Removes what killed processes have left of the file `base`, and of bundles whose prefixes are
/// `base` or `base` with a step.
pub(crate) fn remove_leftovers(base: &Path) {
    let Some(base_name) = base.file_name().map(OsStr::as_encoded_bytes) else {
        return;
    };
    for Leftover { file, path } in leftovers(folder_of(base)) {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let rest = name.strip_prefix(base_name);
        if !rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'.' | b'-'))) {
            continue;
        }
        // The data get their name before the index does. Without an index they are nothing.
        if path.extension().is_some_and(|last| last == "index") && !path.exists() {
            let data = data_path(&path.with_extension(""), 0, 1);
            let _ = remove_if_there(&data);
        }
        // A leftover that will not go does no harm.
        let _ = remove_if_there(&file);
    }
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

    /// The old pair, if both of its files are there and the index at `prefix` is its own.
    fn of_index(prefix: &Path) -> Option<Old> {
        let old = Old::at(prefix);
        let kept = fs::read(index_path(&old.prefix)).ok()?;
        let is_own = fs::read(index_path(prefix)).is_ok_and(|index| index == kept);
        (is_own && data_path(&old.prefix, 0, 1).exists()).then_some(old)
    }

    /// Keeps the bundle that is at `prefix`, if there is one.
    fn keep(prefix: &Path) -> io::Result<Option<Old>> {
        if let Some(old) = Old::of_index(prefix) {
            // Somebody was stopped after having kept it. The data at the prefix may be those that
            // were to come.
            return Ok(Some(old));
        }
        let old = Old::at(prefix);
        old.remove()?;
        let (index, data) = (index_path(prefix), data_path(prefix, 0, 1));
        if !index.exists() || !data.exists() {
            return Ok(None);
        }
        // The index last: an old pair is one when it has its index.
        second_name(&data, &data_path(&old.prefix, 0, 1))?;
        second_name(&index, &index_path(&old.prefix))?;
        sync_folder(&index)?;
        Ok(Some(old))
    }

    fn remove(&self) -> io::Result<()> {
        remove_if_there(&index_path(&self.prefix))?;
        remove_if_there(&data_path(&self.prefix, 0, 1))
    }
}

/// Gives a file another name, or, where file systems do not know such a thing, copies it.
fn second_name(file: &Path, name: &Path) -> io::Result<()> {
    fs::hard_link(file, name).or_else(|_| {
        fs::copy(file, name)?;
        File::open(name)?.sync_all()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    /// While the elements of one bundle are written, another one is written whole.
    #[test]
    fn who_writes_one_bundle_does_not_wait_for_another() {
        let folder = std::env::temp_dir().join(format!("tf1-bundles-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let [slow, quick] = ["slow", "quick"].map(|name| folder.join(name));
        let (sender, receiver) = channel();
        // On a thread of its own, as waiting for itself would never end.
        std::thread::spawn(move || {
            let written = replace_bundle(&slow, |_| {
                replace_bundle(&quick, |_| Ok(b"quick".to_vec()))?;
                fs::read(index_path(&quick))
            });
            sender.send(written.and_then(|()| fs::read(index_path(&slow))))
        });
        let written = receiver.recv_timeout(Duration::from_secs(60));
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(written.unwrap().unwrap(), b"quick");
    }
}
