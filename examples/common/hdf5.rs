//! The course's SIGNS files in HDF5, and the only place that knows the crate `hdf5-pure`.
//!
//! A file holds three data sets, named after its half (`train` or `test`):
//!
//! | name | type | shape |
//! | --- | --- | --- |
//! | `train_set_x` | uint8 | `[m, 64, 64, 3]` |
//! | `train_set_y` | int64 | `[m]` |
//! | `list_classes` | int64 | `[classes]`, holding 0, 1, 2, ... |
//!
//! A file may come from anywhere, so nothing in it is believed before it is checked: type and shape
//! are compared first, sizes are bounded by the file's own length, and only then are the numbers
//! read.

use std::fmt::{self, Display};
use std::path::Path;

use hdf5_pure::{DType, Dataset, File, FormatError};
use ndarray::{Array1, Array4};

use super::error::Error;
use super::input::{one_line, read_bounded};
use super::split::{CHANNELS, FEATURES, SIDE, Split};

/// Far above any SIGNS file (13 MB), far below what would exhaust a machine's memory.
const MAX_FILE_BYTES: u64 = 1 << 30;
/// More pictures than this are a damaged file's wrong number, not data.
const MAX_PICTURES: u64 = 100_000;
/// More classes than this likewise.
const MAX_CLASSES: u64 = 1_000;
/// A data set may be compressed, but not beyond this.
const MAX_COMPRESSION: u64 = 64;

/// What to do about a file that is not whole.
const COPY_AGAIN: &str = "copy or download the file again";

/// Which half of the data a file holds; it decides the names of the file and of its data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// What the network learns from.
    Train,
    /// What it is judged by.
    Test,
}

impl Half {
    fn prefix(self) -> &'static str {
        match self {
            Half::Train => "train",
            Half::Test => "test",
        }
    }

    /// `train_signs.h5` or `test_signs.h5`.
    pub fn file_name(self) -> String {
        format!("{}_signs.h5", self.prefix())
    }
}

/// Reads one SIGNS file: its labelled pictures and the number of classes.
pub fn read_split(path: &Path, half: Half) -> Result<(Split, usize), Error> {
    let contents = read_bounded(path, MAX_FILE_BYTES).map_err(|found| {
        let advice = "name a folder that holds both train_signs.h5 and test_signs.h5";
        Error::bad_file(path, found, "a SIGNS file in HDF5", advice)
    })?;
    parse_split(path, contents, half)
}

/// The same for a file's contents; `path` is for the error messages.
fn parse_split(path: &Path, contents: Vec<u8>, half: Half) -> Result<(Split, usize), Error> {
    let file = SignsFile::parse(path, contents)?;
    let classes = file.read_classes()?;
    let images = file.read_pictures(&format!("{}_set_x", half.prefix()))?;
    let labels = file.read_labels(&format!("{}_set_y", half.prefix()), images.dim().0, classes)?;
    Ok((Split { images, labels }, classes))
}

/// A file's contents, with what its error messages and its bounds need.
struct SignsFile<'a> {
    path: &'a Path,
    bytes: u64,
    file: File,
}

impl<'a> SignsFile<'a> {
    fn parse(path: &'a Path, contents: Vec<u8>) -> Result<Self, Error> {
        let bytes = contents.len() as u64;
        if !hdf5_pure::is_hdf5_bytes(&contents) {
            let (found, expected) = ("a file that is not HDF5", "a whole HDF5 file");
            return Err(Error::bad_file(path, found, expected, COPY_AGAIN));
        }
        let file = File::from_bytes(contents).map_err(|error| damaged(path, bytes, error))?;
        Ok(SignsFile { path, bytes, file })
    }

    /// The number of classes: the list has to be 0, 1, 2, ..., so that labels can be used as
    /// positions.
    fn read_classes(&self) -> Result<usize, Error> {
        let wanted = Wanted {
            name: "list_classes",
            element: DType::I64,
            shape: &[None],
            max_rows: MAX_CLASSES,
            advice: "list the classes as 0, 1, 2 and so on",
        };
        let classes = self.read_integers(&wanted)?;
        if !classes.iter().copied().eq(0..classes.len() as i64) {
            let first = &classes[..classes.len().min(8)];
            return Err(self.blame(&wanted, format!("{first:?}"), "0, 1, 2, ... in this order"));
        }
        Ok(classes.len())
    }

    fn read_pictures(&self, name: &str) -> Result<Array4<u8>, Error> {
        let wanted = Wanted {
            name,
            element: DType::U8,
            shape: &[None, Some(SIDE), Some(SIDE), Some(CHANNELS)],
            max_rows: MAX_PICTURES,
            advice: "store the pictures as 64 by 64 pixels, red-green-blue, one byte each, unscaled",
        };
        let dataset = self.find(&wanted)?;
        let bytes = dataset.read_raw().map_err(|e| self.damaged(e))?;
        let (length, pictures) = (bytes.len(), bytes.len() / FEATURES);
        Array4::from_shape_vec((pictures, SIDE, SIDE, CHANNELS), bytes).map_err(|_| {
            let found = format!("{length} bytes, which is not a whole number of pictures");
            self.blame(&wanted, found, &wanted.to_string())
        })
    }

    fn read_labels(
        &self,
        name: &str,
        pictures: usize,
        classes: usize,
    ) -> Result<Array1<i64>, Error> {
        let wanted = Wanted {
            name,
            element: DType::I64,
            shape: &[Some(pictures)],
            max_rows: MAX_PICTURES,
            advice: "store one label for each picture, counted from 0",
        };
        let labels = self.read_integers(&wanted)?;
        let in_range = 0..classes as i64;
        match labels.iter().position(|label| !in_range.contains(label)) {
            None => Ok(Array1::from_vec(labels)),
            Some(at) => Err(self.blame(
                &wanted,
                format!("the label {} for picture {at}", labels[at]),
                &format!("labels from 0 to {}", classes - 1),
            )),
        }
    }

    /// The data set under the wanted name, once its type, shape and sizes are known to be what is
    /// wanted.
    fn find(&self, wanted: &Wanted) -> Result<Dataset, Error> {
        let dataset = self
            .file
            .dataset(wanted.name)
            .map_err(|error| match error {
                hdf5_pure::Error::Format(FormatError::PathNotFound(_)) => self.missing(wanted),
                error => self.damaged(error),
            })?;
        let element = dataset.dtype().map_err(|e| self.damaged(e))?;
        let shape = dataset.shape().map_err(|e| self.damaged(e))?;
        if element != wanted.element || !wanted.fits(&shape) {
            let found = format!("{} {shape:?}", numpy_name(&element));
            return Err(self.blame(wanted, found, &wanted.to_string()));
        }
        self.check_size(wanted, &dataset, &shape)?;
        Ok(dataset)
    }

    /// Refuses sizes that the file cannot hold, before anything is allocated for them.
    fn check_size(&self, wanted: &Wanted, dataset: &Dataset, shape: &[u64]) -> Result<(), Error> {
        let chunk = dataset.chunk_shape().map_err(|e| self.damaged(e))?;
        let element_bytes: u64 = if wanted.element == DType::U8 { 1 } else { 8 };
        let limit = self.bytes.saturating_mul(MAX_COMPRESSION);
        for (what, sizes) in [("", Some(shape)), (" in one chunk", chunk.as_deref())] {
            let sizes = sizes.unwrap_or_default();
            let bytes = sizes
                .iter()
                .fold(element_bytes, |a, &b| a.saturating_mul(b));
            if sizes.first() > Some(&wanted.max_rows) || bytes > limit {
                let found = format!("{} {sizes:?}{what}", numpy_name(&wanted.element));
                let expected = format!(
                    "at most {} rows, and no more than {limit} bytes in a file of {}",
                    wanted.max_rows, self.bytes
                );
                return Err(self.blame(wanted, found, &expected));
            }
        }
        Ok(())
    }

    fn read_integers(&self, wanted: &Wanted) -> Result<Vec<i64>, Error> {
        self.find(wanted)?.read_i64().map_err(|e| self.damaged(e))
    }

    fn missing(&self, wanted: &Wanted) -> Error {
        let wanted = Wanted {
            advice: "use the course's names, and look whether training and test file are swapped",
            ..wanted.clone()
        };
        let found = format!("no data set of that name, only {}", self.names());
        self.blame(&wanted, found, &wanted.to_string())
    }

    /// The names of the data sets that are there, for the message about one that is not.
    fn names(&self) -> String {
        match self.file.root().datasets() {
            Ok(names) if !names.is_empty() => {
                let shown: Vec<_> = names.iter().take(8).map(|n| format!("{n:.40?}")).collect();
                shown.join(", ")
            }
            _ => "others".into(),
        }
    }

    fn blame(&self, wanted: &Wanted, found: String, expected: &str) -> Error {
        Error::BadFile {
            file: self.path.to_path_buf(),
            part: Some(wanted.name.to_string()),
            found,
            expected: expected.to_string(),
            advice: wanted.advice,
        }
    }

    fn damaged(&self, error: hdf5_pure::Error) -> Error {
        damaged(self.path, self.bytes, error)
    }
}

/// A file of this many bytes that HDF5's rules do not let one read.
fn damaged(path: &Path, bytes: u64, error: hdf5_pure::Error) -> Error {
    let found = match error {
        hdf5_pure::Error::Format(FormatError::UnexpectedEof { .. }) => {
            format!("a file cut off after {bytes} bytes, or damaged")
        }
        error => format!("a damaged file ({})", one_line(error)),
    };
    Error::bad_file(path, found, "a whole HDF5 file", COPY_AGAIN)
}

/// What a data set has to be.
#[derive(Clone)]
struct Wanted<'a> {
    name: &'a str,
    element: DType,
    /// The shape; `None` stands for any length but 0.
    shape: &'a [Option<usize>],
    max_rows: u64,
    /// What to do when it is something else.
    advice: &'static str,
}

impl Wanted<'_> {
    fn fits(&self, shape: &[u64]) -> bool {
        shape.len() == self.shape.len()
            && shape
                .iter()
                .zip(self.shape)
                .all(|(&found, wanted)| match wanted {
                    Some(wanted) => found == *wanted as u64,
                    None => found > 0,
                })
    }
}

impl Display for Wanted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths: Vec<_> = self
            .shape
            .iter()
            .map(|length| length.map_or("m".to_string(), |length| length.to_string()))
            .collect();
        write!(f, "{} [{}]", numpy_name(&self.element), lengths.join(", "))
    }
}

/// An element type as NumPy and h5py call it.
fn numpy_name(element: &DType) -> &'static str {
    match element {
        DType::F32 => "float32",
        DType::F64 => "float64",
        DType::I8 => "int8",
        DType::I16 => "int16",
        DType::I32 => "int32",
        DType::I64 => "int64",
        DType::U8 => "uint8",
        DType::U16 => "uint16",
        DType::U32 => "uint32",
        DType::U64 => "uint64",
        DType::String | DType::VariableLengthString => "text",
        _ => "another type",
    }
}

#[cfg(test)]
mod tests;
