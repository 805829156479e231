//! [`Log`]: the file of a search, to which every trial that ends is added at once.
//!
//! Its first line tells what the search is, and each further one what became of a trial. A line is
//! one write, which reaches the disk before the search goes on. So a search that was killed has
//! left whole lines and, after them, at most the beginning of one.

use std::fs::{self, File, TryLockError};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::files::sync_folder;
use crate::types::{Error, Result};

/// In bytes; a line has some twenty for every epoch.
const LONGEST_LINE: u64 = 1 << 28;

/// The file of a search; nobody else has it open for a search as long as this lives.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    path: PathBuf,
}

impl Log {
    /// Opens the file at `path`, or makes it, for the search of which `header` is the first line.
    /// Gives each further line with its number to `read`, in order, and cuts off what follows the
    /// last whole one.
    pub(super) fn open(
        path: &Path,
        header: &str,
        mut read: impl FnMut(usize, &str) -> Result<()>,
    ) -> Result<Log> {
        let io = |doing: &'static str| move |error| Error::io(doing, path, &error);
        if fs::metadata(path).is_ok_and(|about| !about.is_file()) {
            let message = format!("{} is not a file", path.display());
            return Err(Error::failed_precondition(message));
        }
        let mut options = File::options();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = options.open(path).map_err(io("opening"))?;
        lock(&file, path)?;
        let mut log = Log {
            file,
            path: path.into(),
        };
        let whole = log.read_lines(header, &mut read)?;
        log.file.set_len(whole).map_err(io("writing"))?;
        log.file.seek(SeekFrom::End(0)).map_err(io("writing"))?;
        if whole == 0 {
            log.append(header)?;
            sync_folder(path).map_err(io("writing"))?;
        }
        Ok(log)
    }

    /// Adds a line, which must end with `\n`.
    pub(super) fn append(&mut self, line: &str) -> Result<()> {
        let written = self.file.write_all(line.as_bytes());
        written
            .and_then(|()| self.file.sync_data())
            .map_err(|error| Error::io("writing", &self.path, &error))
    }

    /// Reads all whole lines and gives their length in bytes.
    fn read_lines(
        &self,
        header: &str,
        read: &mut impl FnMut(usize, &str) -> Result<()>,
    ) -> Result<u64> {
        let mut reader = BufReader::new(&self.file);
        let mut whole = 0;
        for number in 1.. {
            let mut line = Vec::new();
            let length = (&mut reader)
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut line);
            let length = length.map_err(|error| Error::io("reading", &self.path, &error))?;
            if length as u64 == LONGEST_LINE {
                return Err(
                    self.stranger(&format!("its line {number} is longer than any of a search"))
                );
            }
            if line.last() != Some(&b'\n') {
                // A first line that was cut off is the beginning of ours, or it is somebody else's
                // file.
                if number == 1 && !header.as_bytes().starts_with(&line) {
                    return Err(self.stranger("its first line is that of no search"));
                }
                break;
            }
            match std::str::from_utf8(&line) {
                Err(_) => return Err(bad_line(&self.path, number, "it is not text")),
                Ok(line) if number == 1 => self.expect_header(line, header)?,
                Ok(line) => read(number, line)?,
            }
            whole += length as u64;
        }
        Ok(whole)
    }

    fn expect_header(&self, line: &str, header: &str) -> Result<()> {
        let read = |line| serde_json::from_str::<serde_json::Value>(line).ok();
        let (Some(found), Some(wanted)) = (read(line), read(header)) else {
            return Err(self.stranger("its first line is that of no search"));
        };
        let Some(wanted) = wanted.as_object() else {
            return Ok(());
        };
        match wanted
            .iter()
            .find(|(key, value)| found[key.as_str()] != **value)
        {
            None => Ok(()),
            Some((key, value)) => {
                let there = &found[key.as_str()];
                Err(self.stranger(&format!("\"{key}\" is {there} there, and {value} here")))
            }
        }
    }

    /// The file is not this search's.
    fn stranger(&self, why: &str) -> Error {
        let message = format!(
            "{} is the file of another search: {why}",
            self.path.display()
        );
        Error::failed_precondition(message)
            .with_help("go on with the search that it was made for, or give this one another file")
    }
}

impl Drop for Log {
    /// Closing the file would do, but for a process that another thread is starting just now: until
    /// it has begun its own program, it holds the file open too.
    fn drop(&mut self) {
        // There is nothing to do about a lock that stays, and the next search will tell.
        let _ = self.file.unlock();
    }
}

/// The file was altered.
pub(super) fn bad_line(path: &Path, number: usize, why: &str) -> Error {
    let message = format!("line {number} of {}: {why}", path.display());
    Error::data_loss(message).with_help("fix the line, or remove it to repeat its trial")
}

fn lock(file: &File, path: &Path) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::Error(error)) => Err(Error::io("locking", path, &error)),
        Err(TryLockError::WouldBlock) => {
            let message = format!("another search is writing to {}", path.display());
            let help = "wait until it has ended, or give this one another file";
            Err(Error::failed_precondition(message).with_help(help))
        }
    }
}
