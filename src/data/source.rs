//! Files that may be damaged, or packed by gzip: no more memory is taken than they fill.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::types::{Error, Result, memory};

/// A file that is read from its beginning, unpacked if its name ends in `.gz`.
pub(super) struct Source {
    path: PathBuf,
    bytes: Box<dyn Read>,
}

impl Source {
    /// Opens a file.
    pub(super) fn open(path: &Path) -> Result<Source> {
        let failed = |error| Error::io("opening", path, &error);
        let file = File::open(path).map_err(failed)?;
        if file.metadata().map_err(failed)?.is_dir() {
            return Err(Error::failed_precondition(format!(
                "{} is a folder",
                path.display()
            )));
        }
        let is_packed = path.extension().is_some_and(|it| it == "gz");
        let bytes: Box<dyn Read> = if is_packed {
            unpacked(file, path)?
        } else {
            Box::new(file)
        };
        Ok(Source {
            path: path.into(),
            bytes,
        })
    }

    /// The next four bytes as a number, the highest first.
    pub(super) fn number(&mut self) -> Result<u32> {
        let mut bytes = [0; 4];
        let read = self.bytes.read_exact(&mut bytes);
        read.map_err(|error| self.failed(&error))?;
        Ok(u32::from_be_bytes(bytes))
    }

    /// The next `count` bytes. Memory is taken for what is there, piece by piece, however many are
    /// asked for.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<u8>> {
        const PIECE: usize = 1 << 20;
        let mut taken = Vec::new();
        while taken.len() < count {
            let piece = PIECE.max(taken.len()).min(count - taken.len());
            let all = taken.len() + piece;
            memory::expect_room(all)?;
            let refused = |_| memory::refused(all);
            taken.try_reserve(piece).map_err(refused)?;
            let mut part = self.bytes.by_ref().take(piece as u64);
            let read = part.read_to_end(&mut taken);
            let read = read.map_err(|error| self.failed(&error))?;
            if read < piece {
                let is = format!("ends after {} of {count} bytes", taken.len());
                return Err(self.damaged(&is));
            }
        }
        Ok(taken)
    }

    /// An error if anything follows.
    pub(super) fn expect_end(&mut self) -> Result<()> {
        let mut byte = [0];
        match self.bytes.read(&mut byte) {
            Ok(0) => Ok(()),
            Ok(_) => Err(self.damaged("is longer than it should be")),
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// That the file is not what it should be.
    pub(super) fn damaged(&self, is: &str) -> Error {
        Error::data_loss(format!("{} {is}", self.path.display()))
            .with_help("the file is damaged; fetch it again")
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        match error.kind() {
            ErrorKind::UnexpectedEof => self.damaged("ends too early"),
            ErrorKind::InvalidInput | ErrorKind::InvalidData => {
                self.damaged(&format!("cannot be unpacked: {error}"))
            }
            _ => Error::io("reading", &self.path, error),
        }
    }
}

#[cfg(feature = "gzip")]
fn unpacked(file: File, _: &Path) -> Result<Box<dyn Read>> {
    Ok(Box::new(flate2::read::MultiGzDecoder::new(file)))
}

#[cfg(not(feature = "gzip"))]
fn unpacked(_: File, path: &Path) -> Result<Box<dyn Read>> {
    Err(
        Error::unimplemented(format!("{} is packed by gzip", path.display()))
            .with_help("unpack it, or switch on the feature `gzip`"),
    )
}
