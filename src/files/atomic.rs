//! Writing a file so that nobody ever sees half of it.

use std::collections::hash_map::RandomState;
#[cfg(feature = "checkpoint")]
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::types::{Error, Result};

/// How many bytes are kept until they are written together.
const BUFFER: usize = 1 << 16;

/// Writes what `write` says to the file at `path`. Whenever the program or the machine is stopped,
/// the file is either what it was before or complete: the bytes go to a neighbour first, reach the
/// disk, and then one rename puts them in place.
pub(crate) fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<()> {
    // What a link points to is written, and not the link.
    let target = behind_links(path);
    let written = if is_special(&target) {
        File::create(&target).and_then(|mut file| write(&mut file))
    } else {
        replace(&target, write)
    };
    written.map_err(|error| Error::io("writing", path, &error))
}

/// The path without links, one that points to nothing yet included.
fn behind_links(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| match fs::read_link(path) {
        Ok(target) => folder_of(path).join(target),
        Err(_) => path.to_path_buf(),
    })
}

/// Whether something is there that is neither a file nor a folder: a device or a pipe, which cannot
/// be replaced.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

fn replace(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    Temporary::write(path, write)?.put_in_place()?;
    sync_folder(path)
}

/// A file that is complete and on the disk, but not in its place yet; it is removed if it does not
/// get there.
pub(super) struct Temporary<'p> {
    file: PathBuf,
    path: &'p Path,
    in_place: bool,
}

impl<'p> Temporary<'p> {
    /// Writes a neighbour of `path`.
    pub(super) fn write(
        path: &'p Path,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        let temporary = Temporary {
            file: neighbour(path)?,
            path,
            in_place: false,
        };
        let mut file = BufWriter::with_capacity(BUFFER, File::create(&temporary.file)?);
        // Who may read the old file may read the new one, and nobody else.
        if let Ok(old) = fs::metadata(path) {
            file.get_ref().set_permissions(old.permissions())?;
        }
        write(&mut file)?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(temporary)
    }

    /// Gives the file its name.
    pub(super) fn put_in_place(mut self) -> io::Result<()> {
        fs::rename(&self.file, self.path)?;
        self.in_place = true;
        Ok(())
    }
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.in_place {
            // Another error is on its way to the user; a leftover that will not go is not worth
            // telling.
            let _ = fs::remove_file(&self.file);
        }
    }
}

/// A hidden name in the same folder (a rename does not cross file systems), told apart by who
/// writes and a count.
fn neighbour(path: &Path) -> io::Result<PathBuf> {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{count}.tmp", writer()));
    Ok(path.with_file_name(hidden))
}

/// This process: its number, and one drawn at random, as numbers are given again (in a container,
/// every program may have the first).
fn writer() -> &'static str {
    static WRITER: OnceLock<String> = OnceLock::new();
    WRITER.get_or_init(|| {
        let random = RandomState::new().build_hasher().finish();
        format!("{}-{random:016x}", std::process::id())
    })
}

/// A file that a killed process did not bring to its place.
#[cfg(feature = "checkpoint")]
#[derive(Debug)]
pub(super) struct Leftover {
    pub(super) file: PathBuf,
    /// The place that it was for.
    pub(super) path: PathBuf,
}

/// What stands in a file's name between `start` and `end`. The name need not be Unicode text.
#[cfg(feature = "checkpoint")]
pub(crate) fn between(start: &str, name: &OsStr, end: &str) -> Option<OsString> {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let inner = name.as_bytes().strip_prefix(start.as_bytes())?;
        let inner = inner.strip_suffix(end.as_bytes())?;
        Some(OsStr::from_bytes(inner).to_os_string())
    }
    // Elsewhere a name that is not text cannot be taken apart; such files are not found.
    #[cfg(not(unix))]
    {
        let inner = name.to_str()?.strip_prefix(start)?.strip_suffix(end)?;
        Some(inner.into())
    }
}

/// What killed processes have left in a folder.
#[cfg(feature = "checkpoint")]
pub(super) fn leftovers(folder: &Path) -> Vec<Leftover> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let leftover = |entry: fs::DirEntry| {
        let name = PathBuf::from(between(".", &entry.file_name(), ".tmp")?);
        let (writer, _) = name.extension()?.to_str()?.rsplit_once('-')?;
        is_gone(writer, &entry).then(|| Leftover {
            file: entry.path(),
            path: folder.join(name.with_extension("")),
        })
    };
    entries.filter_map(leftover).collect()
}

/// Whether the process that was writing a file runs no more; where that cannot be asked, whether it
/// would have had a day's time.
#[cfg(feature = "checkpoint")]
fn is_gone(process: &str, file: &fs::DirEntry) -> bool {
    let number = process.split('-').next().unwrap_or_default();
    let Ok(number) = number.parse::<u32>() else {
        return false;
    };
    if number == std::process::id() {
        return process != writer();
    }
    if Path::new("/proc/self").exists() {
        return !Path::new(&format!("/proc/{number}")).exists();
    }
    let age = file.metadata().and_then(|about| about.modified());
    let age = age.ok().and_then(|written| written.elapsed().ok());
    age.is_some_and(|age| age.as_secs() > 24 * 60 * 60)
}

/// Removes a file if it is there.
#[cfg(feature = "checkpoint")]
pub(crate) fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Makes the rename itself last through a power cut, where folders can be opened for that.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        return File::open(folder_of(path))?.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that is taken away at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let name = format!("tf1-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(name);
            fs::create_dir_all(&path).unwrap();
            Folder(path)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            let mut names: Vec<_> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_write_that_fails_leaves_what_was_there() {
        let folder = Folder::new("atomic");
        let path = folder.0.join("file");
        write_atomically(&path, |file| file.write_all(b"old")).unwrap();
        let error = write_atomically(&path, |file| {
            file.write_all(b"half of the n")?;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert!(
            matches!(error, Err(Error::ResourceExhausted(_))),
            "{error:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(folder.names(), ["file"]);
    }

    #[test]
    fn a_missing_folder_and_a_nameless_path_are_told() {
        let folder = Folder::new("nowhere");
        let missing = write_atomically(&folder.0.join("no/such/file"), |_| Ok(()));
        assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
        let nameless = write_atomically(Path::new(".."), |_| Ok(()));
        assert!(nameless.is_err());
        assert!(folder.names().is_empty());
    }

    #[cfg(all(feature = "checkpoint", target_os = "linux"))]
    #[test]
    fn only_what_dead_processes_have_left_is_found() {
        let folder = Folder::new("leftovers");
        let me = std::process::id();
        // Linux counts processes up to 4194304.
        let dead = [
            format!(".m-7.index.{me}-0123456789abcdef-3.tmp"),
            ".m.9999999-0123456789abcdef-0.tmp".into(),
        ];
        let alive = [
            format!(".m.{}-0.tmp", writer()),
            format!(
                ".m.{}-0123456789abcdef-0.tmp",
                std::os::unix::process::parent_id()
            ),
            ".m.tmp".into(),
            ".m.notes.tmp".into(),
            "m.9999999-0-0.tmp".into(),
        ];
        for name in dead.iter().chain(&alive) {
            fs::write(folder.0.join(name), b"").unwrap();
        }
        let mut found: Vec<_> = leftovers(&folder.0)
            .into_iter()
            .map(|one| one.path)
            .collect();
        found.sort();
        assert_eq!(found, ["m", "m-7.index"].map(|name| folder.0.join(name)));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_are_not_replaced() {
        let folder = Folder::new("links");
        let link = folder.0.join("link");
        fs::write(folder.0.join("file"), b"old").unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        write_atomically(&link, |file| file.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(folder.0.join("file")).unwrap(), b"new");

        let null = folder.0.join("null");
        std::os::unix::fs::symlink("/dev/null", &null).unwrap();
        write_atomically(&null, |file| file.write_all(b"gone")).unwrap();
        assert!(null.is_symlink());
        assert!(is_special(Path::new("/dev/null")));

        let (dangling, target) = (folder.0.join("dangling"), folder.0.join("target"));
        std::os::unix::fs::symlink("target", &dangling).unwrap();
        write_atomically(&dangling, |file| file.write_all(b"first")).unwrap();
        assert!(dangling.is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"first");
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_file_stays_secret() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("secret");
        let path = folder.0.join("file");
        fs::write(&path, b"old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write_atomically(&path, |file| file.write_all(b"new")).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
