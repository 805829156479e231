//! The one error type of these modules: every message is a single line that says which file is
//! meant, what was found there, what was expected, and what to do about it.

use std::path::{Path, PathBuf};

/// Why a file that the user named could not be read, or could not be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that is not there, cannot be read, or does not hold what it should.
    #[error("{}: found {found}, expected {expected}; {advice}", place(.file, .part.as_deref()))]
    BadFile {
        /// The file as the user named it.
        file: PathBuf,
        /// The data set inside the file, where one is to blame.
        part: Option<String>,
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
        /// What the user can do.
        advice: &'static str,
    },
    /// A file that could not be written.
    #[error("{}: not written: {cause}; check that its folder exists and may be written to", .file.display())]
    NotWritten {
        /// The file as the user named it.
        file: PathBuf,
        /// What the operating system, or the library that draws, said.
        cause: String,
    },
}

impl Error {
    /// A [`BadFile`](Error::BadFile) that concerns the whole file.
    pub fn bad_file(
        file: &Path,
        found: impl Into<String>,
        expected: impl Into<String>,
        advice: &'static str,
    ) -> Self {
        Error::BadFile {
            file: file.to_path_buf(),
            part: None,
            found: found.into(),
            expected: expected.into(),
            advice,
        }
    }

    /// A [`NotWritten`](Error::NotWritten) with the words of whatever failed.
    pub fn not_written(file: &Path, cause: impl ToString) -> Self {
        Error::NotWritten {
            file: file.to_path_buf(),
            cause: cause.to_string(),
        }
    }
}

/// The place as the message names it: the file, and the data set in it if there is one.
fn place(file: &Path, part: Option<&str>) -> String {
    match part {
        Some(part) => format!("{}, data set \"{part}\"", file.display()),
        None => file.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_file_is_told_in_one_line() {
        let error = Error::BadFile {
            file: "data/train_signs.h5".into(),
            part: Some("train_set_x".into()),
            found: "float32 [2, 64, 64, 3]".into(),
            expected: "uint8 [m, 64, 64, 3]".into(),
            advice: "save the pictures unscaled",
        };
        assert_eq!(
            error.to_string(),
            "data/train_signs.h5, data set \"train_set_x\": found float32 [2, 64, 64, 3], \
             expected uint8 [m, 64, 64, 3]; save the pictures unscaled"
        );
    }

    #[test]
    fn an_unwritten_file_is_told_in_one_line() {
        let error = Error::not_written(Path::new("out/cost.csv"), "No space left on device");
        assert_eq!(
            error.to_string(),
            "out/cost.csv: not written: No space left on device; \
             check that its folder exists and may be written to"
        );
    }
}
