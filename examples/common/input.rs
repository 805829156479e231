//! Files that the user named, and what a message says of them.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::Path;

/// Reads a whole file, if it is one and no longer than `max_bytes`. The error says what was found
/// instead.
pub fn read_bounded(path: &Path, max_bytes: u64) -> Result<Vec<u8>, String> {
    let about = fs::metadata(path).map_err(plain_words)?;
    if !about.is_file() {
        return Err("something that is not a file".into());
    }
    match about.len() {
        0 => Err("an empty file".into()),
        length if length > max_bytes => Err(format!("a file of {length} bytes")),
        _ => fs::read(path).map_err(plain_words),
    }
}

/// A reading error without the number that the operating system gives it.
fn plain_words(error: io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::PermissionDenied => "a file that may not be read".into(),
        _ => error.to_string(),
    }
}

/// Another library's own words, kept to one line of bearable length.
pub fn one_line(error: impl Display) -> String {
    let words = error.to_string();
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(160).collect()
}

#[cfg(test)]
mod tests {
    use super::super::test_files::TestFolder;
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let folder = TestFolder::new();
        let path = folder.write("file", b"12345");
        assert_eq!(read_bounded(&path, 5).unwrap(), b"12345");
        assert_eq!(read_bounded(&path, 4).unwrap_err(), "a file of 5 bytes");
    }

    #[test]
    fn what_is_no_file_is_told() {
        let folder = TestFolder::new();
        let found = |path: &Path| read_bounded(path, 9).unwrap_err();
        assert_eq!(found(&folder.file("none")), "no such file");
        assert_eq!(found(folder.path()), "something that is not a file");
        assert_eq!(found(&folder.write("empty", b"")), "an empty file");
    }

    #[test]
    fn long_words_become_one_short_line() {
        assert_eq!(one_line("two\n  lines"), "two lines");
        assert_eq!(one_line("x".repeat(1000)).len(), 160);
    }
}
