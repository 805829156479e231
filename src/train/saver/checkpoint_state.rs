//! The file `checkpoint`, which names the checkpoints in a folder.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::files::bundle::index_path;
use crate::files::write_atomically;
use crate::types::{Error, Result, escaped};

pub(super) const STATE_FILE: &str = "checkpoint";

/// What the file `checkpoint` says: TensorFlow's `CheckpointState`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckpointState {
    /// The prefix of the latest checkpoint.
    pub model_checkpoint_path: PathBuf,
    /// The prefixes of all that are kept, the oldest first.
    pub all_model_checkpoint_paths: Vec<PathBuf>,
}

/// The latest checkpoint in `folder`, as `tf.train.latest_checkpoint` finds it: its prefix, or
/// `None` if there is none or it no longer exists.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let w = graph.get_variable::<f32>("w", [2], tf::initializers::ones());
/// let init = graph.global_variables_initializer();
/// let folder = std::env::temp_dir().join(format!("tf1-latest-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
///
/// let session = tf::Session::new(&graph)?;
/// session.run(&init, [])?;
/// let saver = tf::train::Saver::new(&graph);
/// assert_eq!(tf::train::latest_checkpoint(&folder)?, None);
/// let prefix = saver.save(&session, folder.join("model.ckpt"), 1)?;
/// assert_eq!(tf::train::latest_checkpoint(&folder)?, Some(prefix));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), tf::Error>(())
/// ```
///
/// [`latest_checkpoint_with`] reads a file of another name.
///
/// # Errors
/// `DataLoss` if the file `checkpoint` makes no sense, and any error of the file system.
pub fn latest_checkpoint(folder: impl AsRef<Path>) -> Result<Option<PathBuf>> {
    latest_checkpoint_with(folder, STATE_FILE)
}

/// As [`latest_checkpoint`], from the file that
/// [`Saver::latest_filename`](super::Saver::latest_filename) has named `latest_filename`.
///
/// # Errors
/// As [`latest_checkpoint`].
pub fn latest_checkpoint_with(
    folder: impl AsRef<Path>,
    latest_filename: impl AsRef<Path>,
) -> Result<Option<PathBuf>> {
    let state = get_checkpoint_state_with(folder, latest_filename)?;
    let latest = state.map(|state| state.model_checkpoint_path);
    Ok(latest.filter(|latest| checkpoint_exists(latest)))
}

/// Whether there is a checkpoint with this prefix, as `tf.train.checkpoint_exists` tells. One of
/// TensorFlow's older format V1, which is a single file of that name, exists too, though it cannot
/// be restored here.
pub fn checkpoint_exists(prefix: impl AsRef<Path>) -> bool {
    let prefix = prefix.as_ref();
    index_path(prefix).is_file() || prefix.is_file()
}

/// What the file `checkpoint` in `folder` says, as `tf.train.get_checkpoint_state` reads it; `None`
/// if there is no such file. Relative paths in it are relative to `folder`.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let w = graph.get_variable::<f32>("w", [2], tf::initializers::ones());
/// let init = graph.global_variables_initializer();
/// let folder = std::env::temp_dir().join(format!("tf1-state-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
///
/// let session = tf::Session::new(&graph)?;
/// session.run(&init, [])?;
/// let saver = tf::train::Saver::new(&graph);
/// let prefix = saver.save(&session, folder.join("model.ckpt"), 1)?;
/// let state = tf::train::get_checkpoint_state(&folder)?.expect("there is a checkpoint");
/// assert_eq!(state.model_checkpoint_path, prefix);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), tf::Error>(())
/// ```
///
/// [`get_checkpoint_state_with`] reads a file of another name.
///
/// # Errors
/// As [`latest_checkpoint`].
pub fn get_checkpoint_state(folder: impl AsRef<Path>) -> Result<Option<CheckpointState>> {
    get_checkpoint_state_with(folder, STATE_FILE)
}

/// As [`get_checkpoint_state`], from the file that
/// [`Saver::latest_filename`](super::Saver::latest_filename) has named `latest_filename`.
///
/// # Errors
/// As [`latest_checkpoint`].
pub fn get_checkpoint_state_with(
    folder: impl AsRef<Path>,
    latest_filename: impl AsRef<Path>,
) -> Result<Option<CheckpointState>> {
    let folder = folder.as_ref();
    let path = folder.join(latest_filename);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(senseless(&path, 1));
        }
        Err(error) => return Err(Error::io("reading", &path, &error)),
    };
    let mut state = CheckpointState::default();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line
            .split_once(':')
            .ok_or_else(|| senseless(&path, number + 1))?;
        let file = || {
            unquoted(value.trim())
                .map(|file| folder.join(file))
                .ok_or_else(|| senseless(&path, number + 1))
        };
        match key.trim() {
            "model_checkpoint_path" => state.model_checkpoint_path = file()?,
            "all_model_checkpoint_paths" => state.all_model_checkpoint_paths.push(file()?),
            // Times, which later versions of TensorFlow write.
            _ => {}
        }
    }
    if state.model_checkpoint_path == Path::new("") {
        return Err(senseless(&path, text.lines().count()));
    }
    Ok(Some(state))
}

/// Writes the file `checkpoint` in `folder`, as `tf.train.update_checkpoint_state` does. Paths in a
/// folder that was given by a relative path, or whose own name is not Unicode text, are written
/// relative to it, so that the folder can be moved.
///
/// # Errors
/// `InvalidArgument` for a path that is not Unicode text, which the file cannot hold, and any error
/// of the file system; the old file is then still there.
pub fn update_checkpoint_state(
    folder: impl AsRef<Path>,
    latest: impl AsRef<Path>,
    all: &[PathBuf],
) -> Result<()> {
    StateFile::new(
        &folder.as_ref().join(STATE_FILE),
        latest.as_ref(),
        all,
        Paths::AsTheyAre,
    )?
    .write()
}

/// How paths are written in the state file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paths {
    /// As they were given: relative to the folder if that was given by a relative path.
    AsTheyAre,
    /// Relative to the folder, if they lie in it.
    Relative,
}

/// A state file that can be written: all that it is to say can be said.
#[derive(Debug)]
pub(super) struct StateFile {
    path: PathBuf,
    text: String,
}

impl StateFile {
    /// The one at `path`. Nothing is written yet.
    pub(super) fn new(
        path: &Path,
        latest: &Path,
        all: &[PathBuf],
        paths: Paths,
    ) -> Result<StateFile> {
        expect_no_folder(path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut all: Vec<&Path> = all.iter().map(PathBuf::as_path).collect();
        if all.last() != Some(&latest) {
            all.push(latest);
        }
        let line = |key, path| -> Result<String> {
            Ok(format!(
                "{key}: {}\n",
                quoted(&as_written(path, folder, paths))?
            ))
        };
        let mut text = line("model_checkpoint_path", latest)?;
        for path in all {
            text += &line("all_model_checkpoint_paths", path)?;
        }
        Ok(StateFile {
            path: path.to_path_buf(),
            text,
        })
    }

    /// Writes it in place of the one that is there.
    pub(super) fn write(&self) -> Result<()> {
        write_atomically(&self.path, |file| file.write_all(self.text.as_bytes()))
    }
}

/// Fails unless the file `checkpoint` may have this name: that of a file, without a folder, which a
/// file beside a checkpoint cannot have.
pub(super) fn expect_file_name(name: &str) -> Result<()> {
    let message = if Path::new(name).file_name() != Some(name.as_ref()) {
        format!("'latest_filename' must not contain path components, but is '{name}'")
    } else if name.contains('\0') {
        format!("'latest_filename' must not contain NUL, but is {name:?}")
    } else if name.starts_with('.') {
        // Savers delete what hidden files of some names say.
        format!("'latest_filename' must not begin with a dot, but is '{name}'")
    } else if is_of_a_checkpoint(name) {
        format!("'latest_filename' collides with the files of checkpoints: '{name}'")
    } else {
        return Ok(());
    };
    Err(Error::invalid_argument(message)
        .with_help("give it the name of a file, such as checkpoint"))
}

/// Whether a file of this name is one of a checkpoint: `m.index`, `m.data-00000-of-00001`, or
/// TensorFlow's `m.meta`.
fn is_of_a_checkpoint(name: &str) -> bool {
    let is_part = |end: &str| {
        let end = end.strip_prefix("data-")?;
        let (number, count) = end.split_once("-of-")?;
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        Some(is_number(number) && is_number(count))
    };
    name.rsplit_once('.')
        .is_some_and(|(_, end)| ["index", "meta"].contains(&end) || is_part(end).unwrap_or(false))
}

/// Fails if there is a folder where a file is to be written.
pub(super) fn expect_no_folder(file: &Path) -> Result<()> {
    if !file.is_dir() {
        return Ok(());
    }
    let message = format!(
        "{} is a directory, and a file is to be written there",
        file.display()
    );
    Err(Error::failed_precondition(message).with_help("move the directory away"))
}

/// A path as it is written: as it is if the folder's is absolute, else relative to the folder. One
/// that is not text is written relative to the folder too, as then it may be one: the folder's name
/// is not in the file.
fn as_written(path: &Path, folder: &Path, paths: Paths) -> PathBuf {
    if folder.is_absolute() {
        let wanted = paths == Paths::Relative || path.to_str().is_none();
        let inner = path.strip_prefix(folder).ok().filter(|_| wanted);
        return inner.unwrap_or(path).to_path_buf();
    }
    let plain = |path: &Path| -> PathBuf {
        path.components()
            .filter(|part| *part != Component::CurDir)
            .collect()
    };
    let (path, folder) = (plain(path), plain(folder));
    match path.strip_prefix(&folder) {
        Ok(inner) => inner.to_path_buf(),
        Err(_) => std::path::absolute(&path).unwrap_or(path),
    }
}

/// A path as a string of a text protocol buffer.
fn quoted(path: &Path) -> Result<String> {
    let unicode = path.to_str().ok_or_else(|| {
        let message = format!("{} is not Unicode text", path.display());
        Error::invalid_argument(message).with_help(
            "the file 'checkpoint' can hold no other paths; give the checkpoint another name, or save without that file (Saver::write_state)",
        )
    })?;
    Ok(format!("\"{}\"", escaped(unicode.as_bytes())))
}

/// The string in the quotes; `None` if it is not one.
fn unquoted(text: &str) -> Option<String> {
    let quote = text
        .chars()
        .next()
        .filter(|quote| ['"', '\''].contains(quote))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let mut bytes = Vec::new();
    let mut rest = inner.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte == quote as u8 {
            return None;
        }
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next()? {
            b'n' => bytes.push(b'\n'),
            b'r' => bytes.push(b'\r'),
            b't' => bytes.push(b'\t'),
            first @ b'0'..=b'7' => {
                let mut code = u32::from(first - b'0');
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = rest.peek().copied() {
                        code = code * 8 + u32::from(digit - b'0');
                        rest.next();
                    }
                }
                bytes.push(u8::try_from(code).ok()?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

fn senseless(path: &Path, line: usize) -> Error {
    let message = format!(
        "line {line} of {} is not what TensorFlow writes there",
        path.display()
    );
    Error::data_loss(message).with_help("restore a checkpoint by its prefix, or delete the file")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `text_format.MessageToString` writes it for TensorFlow 1.15.
    #[test]
    fn a_path_is_quoted_as_tensorflow_does() {
        let path = Path::new("/a/q\"uo'te\t\\ é\u{1}/m");
        let text = r#""/a/q\"uo\'te\t\\ \303\251\001/m""#;
        assert_eq!(quoted(path).unwrap(), text);
    }

    #[test]
    fn every_path_comes_back() {
        for path in [
            "model.ckpt-5",
            "a \"b\" 'c' \\d",
            "tab\tnew\nline",
            "größe-7",
        ] {
            let text = quoted(Path::new(path)).unwrap();
            assert!(text.is_ascii(), "{text}");
            assert_eq!(unquoted(&text).as_deref(), Some(path));
        }
        assert_eq!(unquoted("'single'").as_deref(), Some("single"));
        for bad in [
            "",
            "\"a\" \"b\"",
            "\"",
            "\"open",
            "plain",
            "\"\\",
            "\"\\777\"",
        ] {
            assert_eq!(unquoted(bad), None, "{bad}");
        }
    }

    #[test]
    fn paths_are_written_relative_to_a_relative_folder() {
        let written =
            |path: &str, folder: &str, paths| as_written(Path::new(path), Path::new(folder), paths);
        let of = |path, folder| written(path, folder, Paths::AsTheyAre);
        assert_eq!(of("logs/model.ckpt-1", "logs"), Path::new("model.ckpt-1"));
        assert_eq!(of("model.ckpt-1", "."), Path::new("model.ckpt-1"));
        assert_eq!(of("./logs/m", "logs/."), Path::new("m"));
        assert_eq!(of("/logs/m", "/logs"), Path::new("/logs/m"));
        assert_eq!(written("/logs/m", "/logs", Paths::Relative), Path::new("m"));
        assert_eq!(written("/m", "/logs", Paths::Relative), Path::new("/m"));
    }
}
