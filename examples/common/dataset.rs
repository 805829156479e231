//! Which pictures an example uses, and where they come from.

use std::fmt;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::hands;
use super::hdf5::{self, Half};
use super::split::Split;

/// Training and test pictures of hand signs.
#[derive(Debug)]
pub struct SignsData {
    /// What the network learns from.
    pub train: Split,
    /// What it is judged by.
    pub test: Split,
    /// How many classes there are; every label is less.
    pub classes: usize,
    /// Where the pictures come from.
    pub source: DataSource,
}

/// Where the pictures come from; prints as the end of the sentence "The data: ...".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataSource {
    /// The two HDF5 files in this folder.
    Folder(PathBuf),
    /// Pictures that the example draws itself.
    DrawnHands,
}

impl DataSource {
    /// A folder that the user named must hold both files. Without one, the folder `datasets` is
    /// used if it holds either file, and the drawn hands if it does not.
    pub fn choose(folder: Option<&Path>) -> Self {
        match folder.map(Path::to_path_buf).or_else(datasets_folder) {
            Some(folder) => DataSource::Folder(folder),
            None => DataSource::DrawnHands,
        }
    }

    /// The files that are read.
    pub fn files(&self) -> Vec<PathBuf> {
        match self {
            DataSource::Folder(folder) => files_in(folder).into(),
            DataSource::DrawnHands => Vec::new(),
        }
    }
}

impl fmt::Display for DataSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataSource::Folder(folder) => {
                write!(
                    f,
                    "train_signs.h5 and test_signs.h5 in {}",
                    folder.display()
                )
            }
            DataSource::DrawnHands => write!(
                f,
                "hands drawn by this program (not photographs), as datasets/ holds no train_signs.h5 \
                 and no --data DIR was given"
            ),
        }
    }
}

impl SignsData {
    /// Loads the pictures from where [`DataSource::choose`] says.
    pub fn load(source: &DataSource) -> Result<Self, Error> {
        match source {
            DataSource::Folder(folder) => Self::from_folder(folder),
            DataSource::DrawnHands => Ok(Self::drawn()),
        }
    }

    /// Reads `train_signs.h5` and `test_signs.h5` from a folder.
    pub fn from_folder(folder: &Path) -> Result<Self, Error> {
        let [train_path, test_path] = files_in(folder);
        let (train, classes) = hdf5::read_split(&train_path, Half::Train)?;
        let (test, test_classes) = hdf5::read_split(&test_path, Half::Test)?;
        if test_classes != classes {
            return Err(Error::bad_file(
                &test_path,
                format!("{test_classes} classes"),
                format!("{classes}, as in {}", Half::Train.file_name()),
                "use two files of the same data",
            ));
        }
        let source = DataSource::Folder(folder.to_path_buf());
        Ok(SignsData {
            train,
            test,
            classes,
            source,
        })
    }

    /// The pictures that need no file: 1080 for training and 120 for testing, the same on every
    /// machine.
    pub fn drawn() -> Self {
        SignsData {
            train: hands::draw_split(hands::TRAIN_SEED, 1080),
            test: hands::draw_split(hands::TEST_SEED, 120),
            classes: hands::CLASSES,
            source: DataSource::DrawnHands,
        }
    }
}

/// The folder `datasets` where the user works or in the crate, if a SIGNS file was put there.
fn datasets_folder() -> Option<PathBuf> {
    let in_crate = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
    [PathBuf::from("datasets"), in_crate]
        .into_iter()
        .find(|folder| holds_signs(folder))
}

fn holds_signs(folder: &Path) -> bool {
    files_in(folder).iter().any(|file| file.exists())
}

fn files_in(folder: &Path) -> [PathBuf; 2] {
    [Half::Train, Half::Test].map(|half| folder.join(half.file_name()))
}

#[cfg(test)]
mod tests {
    use super::super::test_files::TestFolder;
    use super::*;

    #[test]
    fn a_named_folder_has_to_hold_the_files() {
        let folder = TestFolder::new();
        let source = DataSource::choose(Some(folder.path()));
        let error = SignsData::load(&source).unwrap_err().to_string();
        assert!(
            error.contains("train_signs.h5: found no such file"),
            "{error}"
        );
    }

    #[test]
    fn either_file_makes_a_folder_count() {
        let folder = TestFolder::new();
        assert!(!holds_signs(folder.path()));
        folder.write("test_signs.h5", b"");
        assert!(holds_signs(folder.path()));
    }

    #[test]
    fn the_source_says_that_drawings_are_no_photographs() {
        let folder = DataSource::Folder("mine".into());
        assert_eq!(
            folder.to_string(),
            "train_signs.h5 and test_signs.h5 in mine"
        );
        assert!(
            DataSource::DrawnHands
                .to_string()
                .contains("not photographs")
        );
    }
}
