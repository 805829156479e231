//! What the programs that learn from pictures of digits share: where the digits come from, and how
//! they get onto a sheet.

#![allow(
    dead_code,
    unused_imports,
    reason = "each program that takes these pieces uses some of them only"
)]

#[path = "../outcome/mod.rs"]
mod outcome;

use std::io::Write;
use std::path::{Path, PathBuf};

use ndarray::{ArrayView, ArrayView4, Dimension};
use tf1::data::{DataSet, DataSets, ReadDataSets, mnist};

use super::common::error::Error;
pub use outcome::{Outcome, end};

/// Height and width of a picture.
pub const SIDE: usize = 28;
/// 0 to 9.
pub const CLASSES: usize = 10;
/// What is looked for in a folder; beside it are the other three files.
const FILE: &str = "train-images-idx3-ubyte";
/// Where MNIST is looked for if the user names no folder.
const FOLDER: &str = "datasets";

/// The digits as pictures `[n, 28, 28, 1]` of numbers from 0 (paper) to 1 (ink), and one-hot
/// labels.
pub type Digits = DataSets<f32, f32>;

/// Loads MNIST's files from a folder that the user named, or from `datasets`. If the user named
/// none and they are not there, the digits are drawn. Says which.
pub fn load(folder: Option<&Path>, seed: u32, out: &mut impl Write) -> Outcome<Digits> {
    if let Some(folder) = folder {
        expect_files(folder)?;
    }
    let folder = folder.map_or_else(|| PathBuf::from(FOLDER), Path::to_path_buf);
    let options = ReadDataSets::new()
        .one_hot()
        .reshape(false)
        .seed(seed.into());
    let digits = mnist::read_data_sets_with(&folder, options)?;
    match digits.drawn {
        true => writeln!(out, "data: digits drawn by this program (not handwritten)")?,
        false => writeln!(out, "data: MNIST in {}", folder.display())?,
    }
    Ok(digits)
}

/// Whether a folder that the user named holds MNIST: nobody who has named one wants drawings.
fn expect_files(folder: &Path) -> Result<(), Error> {
    let file = folder.join(FILE);
    if file.exists() || folder.join(format!("{FILE}.gz")).exists() {
        return Ok(());
    }
    Err(Error::bad_file(
        &file,
        "no such file",
        "MNIST's four files, packed (.gz) or not",
        "name the folder that they are in, or no folder to have digits drawn",
    ))
}

/// The pictures of a set.
pub fn pictures(set: &DataSet<f32, f32>) -> Outcome<ArrayView4<'_, f32>> {
    Ok(set.images().view().into_dimensionality()?)
}

/// Numbers from 0 to 1 as bytes; what is beyond them stays at the end.
pub fn bytes<D: Dimension>(pictures: ArrayView<'_, f32, D>) -> ndarray::Array<u8, D> {
    pictures.mapv(|number| (number * 255.0).round() as u8)
}

/// Drawn digits, few enough for a test.
#[cfg(test)]
pub fn few(count: usize) -> (ndarray::Array4<f32>, Vec<usize>) {
    let (pictures, labels) = mnist::digits(count, 1).expect("there is memory for a few");
    (
        pictures.mapv(super::common::split::unit),
        labels.iter().map(|label| usize::from(*label)).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::common::test_files::TestFolder;
    use super::*;

    #[test]
    fn a_named_folder_has_to_hold_mnist() {
        let folder = TestFolder::new();
        let error = load(Some(folder.path()), 1, &mut Vec::new())
            .err()
            .map(|error| error.to_string());
        let error = error.expect("an empty folder is refused");
        assert!(error.contains("found no such file"), "{error}");
        assert_eq!(error.lines().count(), 1);
        folder.write("train-images-idx3-ubyte.gz", b"");
        assert!(expect_files(folder.path()).is_ok());
    }

    #[test]
    fn bytes_go_from_black_to_white() {
        let numbers = ndarray::arr1(&[-0.5, 0.0, 0.5, 1.0, 1.5]);
        assert_eq!(bytes(numbers.view()).to_vec(), [0, 0, 128, 255, 255]);
    }
}
