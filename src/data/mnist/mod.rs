//! MNIST: pictures of handwritten digits, read from its files
//! (`tensorflow.examples.tutorials.mnist.input_data`).

mod draw;
mod glyphs;
mod idx;

use std::path::{Path, PathBuf};

use super::split::Pictures;
use super::{DataSets, Label, Pixel, ReadDataSets};
use crate::types::{Error, Result};
pub use draw::digits;
use idx::{read_images, read_labels};

/// 0 to 9.
const CLASSES: usize = 10;
/// TensorFlow's default for `validation_size`.
const VALIDATION_SIZE: usize = 5000;

/// The files, training pictures first.
const FILES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// MNIST from the files in a folder: `input_data.read_data_sets(dir)`.
///
/// The pictures are `[n, 784]` with elements `f32` from 0 to 1, the labels `[n]`, `i64` from 0 to
/// 9: 55,000 to train on, the first 5000 for validation, and 10,000 to test with. See
/// [`read_data_sets_with`] for other options.
///
/// The folder holds `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`
/// and `t10k-labels-idx1-ubyte`, each as it is or, with the feature `gzip`, packed (`.gz`).
/// TensorFlow downloads what is missing, this does not. **Where none of the four is there, the
/// digits are [drawn](digits)**, as many as there are in MNIST; then [`drawn`](DataSets::drawn) is
/// true, and a line on the standard error stream says so.
///
/// # Errors
/// `NotFound` if some of the files are there and others are not; `DataLoss` if one is damaged;
/// `Unimplemented` for a packed one without the feature `gzip`; `InvalidArgument` if pictures and
/// labels are not as many, or fewer than `validation_size`; `ResourceExhausted` if there is no
/// memory for them.
#[doc(alias = "input_data")]
pub fn read_data_sets(dir: impl AsRef<Path>) -> Result<DataSets> {
    read_data_sets_with(dir, ReadDataSets::new())
}

/// [`read_data_sets`] with options:
/// `read_data_sets_with("MNIST_data", ReadDataSets::new().one_hot())`.
///
/// ```
/// use tf1 as tf;
/// use tf::data::{ReadDataSets, mnist};
///
/// # let empty = std::env::temp_dir().join(format!("tf1-mnist-{}", std::process::id()));
/// # std::fs::create_dir_all(&empty).unwrap();
/// let options = ReadDataSets::new().one_hot().seed(1);
/// let mut data = mnist::read_data_sets_with(&empty, options)?;
/// assert!(data.drawn); // the folder is empty
/// let (images, labels) = data.train.next_batch(50)?;
/// assert_eq!((images.shape(), labels.shape()), (&[50, 784][..], &[50, 10][..]));
/// # std::fs::remove_dir_all(&empty).unwrap();
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// As [`read_data_sets`].
pub fn read_data_sets_with<T: Pixel, L: Label>(
    dir: impl AsRef<Path>,
    options: ReadDataSets<T, L>,
) -> Result<DataSets<T, L>> {
    let dir = dir.as_ref();
    let (train, test, drawn) = match find(dir)? {
        Some([train_images, train_labels, test_images, test_labels]) => (
            read(&train_images, &train_labels)?,
            read(&test_images, &test_labels)?,
            false,
        ),
        None => {
            eprintln!(
                "MNIST's files are not in {}: the digits are drawn by this program",
                dir.display()
            );
            (draw::pictures(60_000, 1)?, draw::pictures(10_000, 2)?, true)
        }
    };
    let options = options.or(true, VALIDATION_SIZE);
    DataSets::new(train, test, CLASSES, &options, drawn)
}

/// The paths of the four files; `None` if none is there.
fn find(dir: &Path) -> Result<Option<[PathBuf; 4]>> {
    let mut found = [const { None }; 4];
    for (found, name) in found.iter_mut().zip(FILES) {
        for ending in ["", ".gz"] {
            let path = dir.join(format!("{name}{ending}"));
            let is_there = path.try_exists();
            if is_there.map_err(|error| Error::io("looking for", &path, &error))? {
                *found = Some(path);
                break;
            }
        }
    }
    if found.iter().all(Option::is_none) {
        return Ok(None);
    }
    if let Some(missing) = found.iter().position(Option::is_none) {
        return Err(Error::not_found(format!(
            "{} is not there, neither as it is nor packed (.gz)",
            dir.join(FILES[missing]).display()
        ))
        .with_help("fetch all four files of MNIST, or none to have digits drawn"));
    }
    Ok(Some(found.map(Option::unwrap_or_default)))
}

/// The pictures and labels of two files.
fn read(images: &Path, labels: &Path) -> Result<Pictures> {
    let (shape, bytes) = read_images(images)?;
    let classes = read_labels(labels)?;
    if shape[0] != classes.len() {
        return Err(Error::invalid_argument(format!(
            "{} has {} pictures, and {} has {} labels",
            images.display(),
            shape[0],
            labels.display(),
            classes.len()
        )));
    }
    Ok(Pictures {
        shape,
        bytes,
        labels: classes,
    })
}
