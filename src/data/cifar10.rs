//! CIFAR-10: small photographs of ten kinds of things, read from its binary files.

use std::path::{Path, PathBuf};

use super::source::Source;
use super::split::Pictures;
use super::{DataSets, Label, Pixel, ReadDataSets};
use crate::types::{Error, Result, memory};

/// The names of the classes, in the order of their numbers.
pub const CLASSES: [&str; 10] = [
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

const SIDE: usize = 32;
const CHANNELS: usize = 3;
/// The bytes of a picture's channel, and of a picture.
const PLANE: usize = SIDE * SIDE;
const PICTURE: usize = PLANE * CHANNELS;

const TRAIN: [&str; 5] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
];
const TEST: [&str; 1] = ["test_batch.bin"];

/// CIFAR-10 from the binary files in a folder: `data_batch_1.bin` to `data_batch_5.bin` and
/// `test_batch.bin`, or the folder in which `cifar-10-batches-bin` with these stands.
///
/// The pictures are `[n, 32, 32, 3]` with elements `f32` from 0 to 1, the labels `[n]`, `i64` from
/// 0 to 9 ([`CLASSES`] has their names): 50,000 to train on, none for validation, 10,000 to test
/// with. (TensorFlow's tutorial reads the same files; it has no function for it.)
///
/// # Errors
/// `NotFound` if a file is not there; `DataLoss` if one is damaged; `InvalidArgument` if there are
/// fewer pictures than `validation_size`; `ResourceExhausted` if there is no memory for them.
///
/// # Options
/// `one_hot`, `dtype`, `reshape`, `validation_size`, `seed`: see [`read_data_sets_with`].
pub fn read_data_sets(dir: impl AsRef<Path>) -> Result<DataSets> {
    read_data_sets_with(dir, ReadDataSets::new())
}

/// [`read_data_sets`] with options, as for [`mnist`](super::mnist::read_data_sets_with).
///
/// # Errors
/// As [`read_data_sets`].
pub fn read_data_sets_with<T: Pixel, L: Label>(
    dir: impl AsRef<Path>,
    options: ReadDataSets<T, L>,
) -> Result<DataSets<T, L>> {
    let dir = folder(dir.as_ref());
    let train = read(&dir, &TRAIN)?;
    let test = read(&dir, &TEST)?;
    let options = options.or(false, 0);
    DataSets::new(train, test, CLASSES.len(), &options, false)
}

/// The folder of the files: this one, or the one in it that their archive makes.
fn folder(dir: &Path) -> PathBuf {
    let inner = dir.join("cifar-10-batches-bin");
    if inner.is_dir() { inner } else { dir.into() }
}

/// The pictures of some files. Each is a row of records: a class, and a picture of which all reds
/// come first.
fn read(dir: &Path, names: &[&str]) -> Result<Pictures> {
    let mut bytes = Vec::new();
    let mut labels = Vec::new();
    for name in names {
        let path = dir.join(name);
        let count = count(&path)?;
        let mut source = Source::open(&path)?;
        let records = source.take(count * (1 + PICTURE))?;
        source.expect_end()?;
        let (more, all) = (count * PICTURE, bytes.len() + count * PICTURE);
        memory::expect_room(all)?;
        bytes.try_reserve(more).map_err(|_| memory::refused(all))?;
        for record in records.chunks_exact(1 + PICTURE) {
            memory::push(&mut labels, record[0])?;
            let planes = &record[1..];
            bytes.extend((0..PICTURE).map(|at| planes[at % CHANNELS * PLANE + at / CHANNELS]));
        }
    }
    Ok(Pictures {
        shape: [labels.len(), SIDE, SIDE, CHANNELS],
        bytes,
        labels,
    })
}

/// How many records a file has, by its length.
fn count(path: &Path) -> Result<usize> {
    let length = match path.metadata() {
        Ok(metadata) => metadata.len(),
        Err(error) => {
            let error = Error::io("reading", path, &error);
            return Err(error.with_help("fetch CIFAR-10's binary version and unpack it"));
        }
    };
    let record = 1 + PICTURE as u64;
    let whole = length.is_multiple_of(record).then_some(length / record);
    let count = whole.and_then(|count| usize::try_from(count).ok());
    count.ok_or_else(|| {
        Error::data_loss(format!(
            "{} has {length} bytes, which are no whole pictures of {record}",
            path.display()
        ))
        .with_help("the file is damaged; fetch it again")
    })
}
