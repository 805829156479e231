//! An event file that grows.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::files::record::append_record;
use crate::types::{Error, Result};

/// Once so many bytes are kept in memory, they are written.
const BUFFER: usize = 1 << 16;
/// How many bytes are kept while they cannot be written, at most.
const MOST_KEPT: usize = 1 << 26;

/// An event file, and the records that are to be written to it.
#[derive(Debug)]
pub(super) struct EventFile {
    path: PathBuf,
    file: File,
    /// How long the file is, which ends with a whole record.
    written: u64,
    pending: Vec<u8>,
    /// How many records these are.
    queued: usize,
    /// When it was last tried to write.
    flushed: Instant,
    /// Whether that failed.
    failed: bool,
}

impl EventFile {
    /// A new file for the events from `time` on, in seconds since 1970.
    pub(super) fn create(logdir: &Path, time: u64, suffix: &str) -> Result<Self> {
        expect_end_of_name(suffix)?;
        fs::create_dir_all(logdir).map_err(|error| Error::io("making", logdir, &error))?;
        let stem = format!("events.out.tfevents.{time:010}.{}", host_name());
        let mut path = logdir.join(format!("{stem}{suffix}"));
        // Another writer may have begun a file in this second.
        let mut others = 0u64;
        loop {
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(EventFile::of(file, path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    others += 1;
                    path = logdir.join(format!("{stem}.{others}{suffix}"));
                }
                Err(error) => return Err(Error::io("making", &path, &error)),
            }
        }
    }

    fn of(file: File, path: PathBuf) -> Self {
        EventFile {
            path,
            file,
            written: 0,
            pending: Vec::new(),
            queued: 0,
            flushed: Instant::now(),
            failed: false,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a record, and writes all if that is due: after `patience`, or if there are many, more
    /// than `max_queue`.
    pub(super) fn add(&mut self, data: &[u8], patience: Duration, max_queue: usize) -> Result<()> {
        let late = self.flushed.elapsed() >= patience;
        if self.failed && self.pending.len() >= MOST_KEPT {
            if late {
                self.flush()?;
            } else {
                let (path, kept) = (self.path.display(), self.pending.len());
                let message =
                    format!("{path}: an event is lost, as {kept} bytes wait to be written");
                return Err(Error::resource_exhausted(message).with_help("make room on the disk"));
            }
        }
        append_record(&mut self.pending, data);
        self.queued += 1;
        // What could not be written is tried again after a while, and not with every record.
        let many = self.pending.len() >= BUFFER || self.queued > max_queue;
        let many = many && !self.failed;
        if late || many { self.flush() } else { Ok(()) }
    }

    /// Writes all records. If that fails, they are kept and the file ends with a whole record as
    /// before.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.flushed = Instant::now();
        let written = self.file.write_all(&self.pending);
        self.failed = written.is_err();
        if let Err(error) = written {
            // What cannot be cut off again, a reader will say is truncated.
            let _ = self.file.set_len(self.written);
            let _ = self.file.seek(SeekFrom::Start(self.written));
            return Err(Error::io("writing", &self.path, &error));
        }
        self.written += self.pending.len() as u64;
        self.pending.clear();
        self.queued = 0;
        Ok(())
    }
}

impl Drop for EventFile {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`.
        let _ = self.flush();
    }
}

/// Fails if the suffix leads to another folder than that which is made.
fn expect_end_of_name(suffix: &str) -> Result<()> {
    if !suffix.contains(|c: char| c == '\0' || std::path::is_separator(c)) {
        return Ok(());
    }
    let message = format!("{suffix:?} cannot be the end of a file's name");
    Err(Error::invalid_argument(message)
        .with_help("give another filename_suffix, such as \".eval\""))
}

/// The machine's name, as far as it can be told without asking the system in a way of its own.
fn host_name() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let known = kernel.or_else(|| std::env::var("HOSTNAME").ok());
    let known = known.or_else(|| std::env::var("COMPUTERNAME").ok());
    let known = known.unwrap_or_default();
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = known.chars().filter(is_plain).collect();
    if name.is_empty() {
        "localhost".to_string()
    } else {
        name
    }
}
