//! TFRecord: a file as a row of records, each with its length and checksums of both.
//!
//! ```text
//! length: u64, checksum of the length: u32, data, checksum of the data: u32        all little-endian
//! ```

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::crc::masked_crc32c;
use crate::types::{Error, Result};

/// How long a checksum is.
const CHECKSUM: u64 = 4;
/// How long the length is.
const LENGTH: u64 = 8;

/// Appends `data` to `file` as a record.
pub(crate) fn append_record(file: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    file.extend_from_slice(&length);
    file.extend_from_slice(&masked_crc32c(&length).to_le_bytes());
    file.extend_from_slice(data);
    file.extend_from_slice(&masked_crc32c(data).to_le_bytes());
}

/// Reads the records of a file one by one.
#[derive(Debug)]
pub(crate) struct RecordReader<R = BufReader<File>> {
    file: R,
    path: PathBuf,
    /// Where the last record that was asked for begins.
    start: u64,
    /// Where it ends.
    end: u64,
}

impl RecordReader {
    /// Opens the file at `path`.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| Error::io("reading", path, &error))?;
        Ok(RecordReader::new(BufReader::new(file), path))
    }
}

impl<R: Read> RecordReader<R> {
    /// Reads from `file`, which messages call `path`.
    pub(crate) fn new(file: R, path: &Path) -> Self {
        RecordReader {
            file,
            path: path.to_path_buf(),
            start: 0,
            end: 0,
        }
    }

    /// The next record's data; `None` at the end of the file. After an error there is nothing more
    /// to be read.
    ///
    /// # Errors
    /// `DataLoss` if the record is cut off or damaged, and what the system says.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>> {
        self.start = self.end;
        let Some(length) = self.checked(LENGTH)? else {
            return Ok(None);
        };
        let length = u64::from_le_bytes(length.try_into().expect("as long as asked for"));
        let data = self.checked(length)?;
        let data = data.ok_or_else(|| self.data_loss("truncated"))?;
        self.end += LENGTH + length + 2 * CHECKSUM;
        Ok(Some(data))
    }

    /// The next `length` bytes if the checksum behind them is theirs; `None` if the file ends
    /// before the first of them.
    fn checked(&mut self, length: u64) -> Result<Option<Vec<u8>>> {
        let wanted = length.saturating_add(CHECKSUM);
        let mut bytes = Vec::new();
        // The memory grows with what is read, not with what a damaged length promises.
        let read = self.file.by_ref().take(wanted).read_to_end(&mut bytes);
        read.map_err(|error| Error::io("reading", &self.path, &error))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if (bytes.len() as u64) < wanted {
            return Err(self.data_loss("truncated"));
        }
        let checksum = bytes.split_off(length as usize);
        if masked_crc32c(&bytes).to_le_bytes() != checksum[..] {
            return Err(self.data_loss("corrupted"));
        }
        Ok(Some(bytes))
    }

    /// The failure of reading the last record that was asked for.
    pub(crate) fn data_loss(&self, what: &str) -> Error {
        let (path, start) = (self.path.display(), self.start);
        Error::data_loss(format!("reading {path}: {what} record at {start}"))
            .with_help("what stands before it is whole; the rest of the file cannot be read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(bytes: &[u8]) -> (Vec<Vec<u8>>, Option<Error>) {
        let mut reader = RecordReader::new(bytes, Path::new("records"));
        let mut records = Vec::new();
        loop {
            match reader.next() {
                Ok(Some(record)) => records.push(record),
                Ok(None) => return (records, None),
                Err(error) => return (records, Some(error)),
            }
        }
    }

    fn three() -> (Vec<Vec<u8>>, Vec<u8>, Vec<usize>) {
        let records = vec![b"first".to_vec(), Vec::new(), vec![7; 300]];
        let (mut file, mut ends) = (Vec::new(), vec![0]);
        for record in &records {
            append_record(&mut file, record);
            ends.push(file.len());
        }
        (records, file, ends)
    }

    /// The first record of every event file, as TensorFlow writes it (the time is 1500000000
    /// seconds).
    #[test]
    fn a_record_is_framed_as_tensorflow_does() {
        let data = b"\x09\x00\x00\x00\xc0\x0b\x5a\xd6\x41\x1a\x0dbrain.Event:2";
        let mut file = Vec::new();
        append_record(&mut file, data);
        let header = b"\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22";
        assert_eq!(file, [header, &data[..], b"\x4c\xa9\xa4\x64"].concat());
    }

    #[test]
    fn what_is_cut_off_gives_the_records_before_and_an_error() {
        let (records, file, ends) = three();
        for length in 0..=file.len() {
            let (read, error) = read_all(&file[..length]);
            let whole = ends.iter().filter(|end| **end <= length).count() - 1;
            assert_eq!(read, records[..whole], "{length} bytes");
            match error {
                None => assert!(ends.contains(&length), "{length} bytes"),
                Some(Error::DataLoss(report)) => {
                    let place = format!("truncated record at {}", ends[whole]);
                    assert!(report.to_string().contains(&place), "{report}");
                }
                Some(other) => panic!("{length} bytes: {other}"),
            }
        }
    }

    #[test]
    fn any_altered_byte_is_found() {
        let (records, file, ends) = three();
        for place in 0..file.len() {
            for mask in [1, 0x80, 0xff] {
                let mut altered = file.clone();
                altered[place] ^= mask;
                let (read, error) = read_all(&altered);
                let before = ends.iter().filter(|end| **end <= place).count() - 1;
                assert_eq!(read, records[..before], "byte {place}");
                assert!(matches!(error, Some(Error::DataLoss(_))), "byte {place}");
            }
        }
    }

    /// A length of 2^64 - 1 with the right checksum.
    #[test]
    fn a_length_beyond_all_memory_is_no_harm() {
        let mut file = vec![0xff; 8];
        file.extend_from_slice(&masked_crc32c(&[0xff; 8]).to_le_bytes());
        file.extend_from_slice(&[0; 100]);
        assert!(matches!(read_all(&file), (none, Some(Error::DataLoss(_))) if none.is_empty()));
    }
}
