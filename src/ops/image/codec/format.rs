//! Which format a file has.

use crate::types::{Error, Result};

/// The formats that `decode_png` and `decode_jpeg` read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Png,
    Jpeg,
    Gif,
}

impl Format {
    /// The format by a file's first bytes.
    pub(super) fn of(contents: &[u8]) -> Result<Format> {
        match contents {
            [0xff, 0xd8, 0xff, ..] => Ok(Format::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Ok(Format::Png),
            [b'G', b'I', b'F', b'8', ..] => Ok(Format::Gif),
            [] => Err(Error::invalid_argument(
                "Expected image (JPEG, PNG, or GIF), got empty file",
            )),
            _ => {
                let start = contents[..contents.len().min(16)].escape_ascii();
                Err(Error::invalid_argument(format!(
                    "Expected image (JPEG, PNG, or GIF), got unknown format starting with '{start}'"
                )))
            }
        }
    }
}
