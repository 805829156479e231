//! Writing a file so that nobody ever sees half of it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::types::{Error, Result};

/// Writes what `write` says to the file at `path`. Whenever the program or the machine is stopped, the file is either what it was
/// before or complete: the bytes go to a neighbour first, reach the disk, and then one rename puts them in place.
pub(crate) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    // What a link points to is written, and not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let written = if is_special(&target) {
        File::create(&target).and_then(|mut file| write(&mut file))
    } else {
        replace(&target, write)
    };
    written.map_err(|error| Error::io("writing", path, &error))
}

/// Whether something is there that is neither a file nor a folder: a device or a pipe, which cannot be replaced.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let temporary = neighbour(path)?;
    written_and_synced(&temporary, write)
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| {
            // The first error is the one worth telling; a leftover that will not go is not.
            let _ = fs::remove_file(&temporary);
        })?;
    sync_folder(path)
}

/// A hidden name in the same folder (a rename does not cross file systems), told apart by the process's number and a count.
fn neighbour(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{count}.tmp", std::process::id()));
    Ok(path.with_file_name(hidden))
}

fn written_and_synced(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    write(&mut file)?;
    file.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}

/// Makes the rename itself last through a power cut, where folders can be opened for that.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix)
        && let Some(folder) = path.parent()
    {
        let folder = if folder == Path::new("") {
            Path::new(".")
        } else {
            folder
        };
        return File::open(folder)?.sync_all();
    }
    Ok(())
}
