//! Writing a file so that nobody ever sees half of it: into a temporary neighbour first, then one
//! rename.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::error::Error;

/// Writes `bytes` to `path`. The file is either complete or, after an error, what it was before. A
/// link is followed; a device or a pipe is written to, as it cannot be replaced.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let target = behind_links(path);
    let written = if is_special(&target) {
        fs::write(&target, bytes)
    } else {
        replace(&target, bytes)
    };
    written.map_err(|error| Error::not_written(path, error))
}

/// Whether [`write_atomically`] could write to `path` now: to be asked before work that would be
/// lost otherwise.
pub fn check_writable(path: &Path) -> Result<(), Error> {
    let target = behind_links(path);
    let checked = if target.is_dir() {
        Err(io::ErrorKind::IsADirectory.into())
    } else if is_special(&target) {
        Ok(())
    } else {
        temporary_neighbour(&target).and_then(|temporary| {
            fs::File::create(&temporary).and_then(|_| fs::remove_file(&temporary))
        })
    };
    checked.map_err(|error| Error::not_written(path, error))
}

/// The path without links, so that what they point to is written and not they.
fn behind_links(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Whether something is there that is neither a file nor a folder.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_neighbour(path)?;
    write_and_sync(&temporary, bytes)
        .and_then(|()| fs::rename(&temporary, path))
        .inspect_err(|_| {
            // The first error is the one worth telling; a leftover that will not go is not.
            let _ = fs::remove_file(&temporary);
        })
}

/// A hidden name in the same folder (a rename does not cross file systems), told apart by the
/// process number.
fn temporary_neighbour(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", std::process::id()));
    Ok(path.with_file_name(hidden))
}

fn write_and_sync(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::super::test_files::TestFolder;
    use super::*;

    #[test]
    fn an_old_file_is_replaced_and_nothing_is_left_over() {
        let folder = TestFolder::new();
        let path = folder.file("cost.csv");
        write_atomically(&path, b"first").unwrap();
        write_atomically(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn checking_leaves_nothing_behind() {
        let folder = TestFolder::new();
        assert!(check_writable(&folder.file("cost.csv")).is_ok());
        assert!(check_writable(folder.path()).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_failed_write_leaves_no_temporary_file() {
        let folder = TestFolder::new();
        let occupied = folder.file("occupied");
        fs::create_dir(&occupied).unwrap();
        fs::write(occupied.join("inside"), b"").unwrap();
        assert!(write_atomically(&occupied, b"bytes").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link() {
        let folder = TestFolder::new();
        let (file, link) = (folder.write("cost.csv", b"old"), folder.file("link"));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        check_writable(&link).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert!(link.is_symlink());
    }

    /// A socket stands here for `/dev/null` and its like, which a failing test would take away.
    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_never_replaced() {
        use std::os::unix::{fs::FileTypeExt, net::UnixListener};
        let folder = TestFolder::new();
        let socket = folder.file("socket");
        let _listener = UnixListener::bind(&socket).unwrap();
        assert!(write_atomically(&socket, b"bytes").is_err());
        let kind = fs::metadata(&socket).unwrap().file_type();
        assert!(kind.is_socket());
    }

    #[test]
    fn a_missing_folder_and_a_nameless_path_are_errors() {
        let folder = TestFolder::new();
        for path in [folder.file("no/such/file"), PathBuf::from("..")] {
            let error = write_atomically(&path, b"bytes").unwrap_err();
            assert!(error.to_string().contains("not written"), "{error}");
            assert!(check_writable(&path).is_err());
        }
    }
}
