//! [`CheckpointReader`]: what is in a checkpoint, without a graph.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::files::bundle::{BundleReader, index_path, open_bundle};
use crate::types::{AnyArray, Error, Result};

/// Reads the tensors in a checkpoint by name, as `tf.train.NewCheckpointReader` does.
#[derive(Debug)]
pub struct CheckpointReader {
    prefix: PathBuf,
    bundle: BundleReader,
}

impl CheckpointReader {
    /// Opens the checkpoint with this prefix (`dir/model.ckpt-100`).
    ///
    /// # Errors
    /// `NotFound` if there is none, `InvalidArgument` if the path is something else, `DataLoss` if
    /// the index is damaged, and `Unimplemented` if its form is not supported.
    pub fn new(prefix: impl AsRef<Path>) -> Result<Self> {
        let prefix = prefix.as_ref();
        match open_bundle(prefix) {
            Ok(bundle) => Ok(CheckpointReader {
                prefix: prefix.to_path_buf(),
                bundle,
            }),
            Err(Error::NotFound(_)) => Err(no_checkpoint(prefix)),
            Err(other) => Err(other),
        }
    }

    /// The checkpoint's prefix.
    pub fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// The names of the tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.bundle.entries().keys().map(String::as_str)
    }

    /// Whether there is a tensor of this name.
    pub fn has_tensor(&self, name: &str) -> bool {
        self.bundle.entries().contains_key(name)
    }

    /// The shape of a tensor, if there is one of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.bundle
            .entries()
            .get(name)
            .map(|entry| &entry.shape[..])
    }

    /// TensorFlow's name for a tensor's type, if there is one of this name. It may be a type that
    /// this crate cannot read.
    pub fn dtype_name(&self, name: &str) -> Option<&'static str> {
        self.bundle.entries().get(name).map(|entry| entry.dtype)
    }

    /// Name and shape of every tensor.
    pub fn get_variable_to_shape_map(&self) -> BTreeMap<String, Vec<usize>> {
        let entries = self.bundle.entries().iter();
        entries
            .map(|(name, entry)| (name.clone(), entry.shape.clone()))
            .collect()
    }

    /// Name and type of every tensor; see [`dtype_name`](CheckpointReader::dtype_name).
    pub fn get_variable_to_dtype_map(&self) -> BTreeMap<String, &'static str> {
        let entries = self.bundle.entries().iter();
        entries
            .map(|(name, entry)| (name.clone(), entry.dtype))
            .collect()
    }

    /// The tensor of this name. It is read straight into its memory, which is all that is taken.
    ///
    /// # Errors
    /// `NotFound` if there is none, `Unimplemented` if this crate does not have its type,
    /// `DataLoss` if its bytes are not those that were written, `ResourceExhausted` if there is no
    /// memory for it, and `FailedPrecondition` if the checkpoint was written over since the reader
    /// was made.
    pub fn get_tensor(&self, name: &str) -> Result<AnyArray> {
        let mut tensors = self.get_tensors([name].into_iter())?;
        // One name, one tensor.
        Ok(tensors.swap_remove(0))
    }

    /// The tensors of these names, in the order of the names.
    pub(super) fn get_tensors<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<Vec<AnyArray>> {
        self.bundle.read(names)
    }
}

/// Name and shape of every tensor in a checkpoint, sorted by name, as `tf.train.list_variables`
/// gives them.
///
/// # Errors
/// As [`CheckpointReader::new`].
pub fn list_variables(prefix: impl AsRef<Path>) -> Result<Vec<(String, Vec<usize>)>> {
    let reader = CheckpointReader::new(prefix)?;
    Ok(reader.get_variable_to_shape_map().into_iter().collect())
}

/// One tensor in a checkpoint, as `tf.train.load_variable` gives it.
///
/// # Errors
/// As [`CheckpointReader::new`] and [`CheckpointReader::get_tensor`].
pub fn load_variable(prefix: impl AsRef<Path>, name: &str) -> Result<AnyArray> {
    CheckpointReader::new(prefix)?.get_tensor(name)
}

/// What to say if there is no index at `prefix`.
fn no_checkpoint(prefix: &Path) -> Error {
    let text = prefix.display().to_string();
    let suffix = text
        .rfind(".index")
        .or_else(|| text.rfind(".data-"))
        .or_else(|| text.rfind(".meta"));
    if let Some(end) = suffix.filter(|_| prefix.is_file()) {
        let message = format!("{text} is one file of a checkpoint");
        return Error::invalid_argument(message)
            .with_help(format!("give the prefix only: {}", &text[..end]));
    }
    if prefix.is_dir() {
        let message = format!("{text} is a directory, not the prefix of a checkpoint");
        return Error::invalid_argument(message)
            .with_help("ask latest_checkpoint(directory) for the prefix of the last one in it");
    }
    if prefix.is_file() {
        let message = format!(
            "{text} is not a checkpoint in TensorFlow's format V2: it has no {}",
            index_path(prefix).display()
        );
        return Error::unimplemented(message).with_help(
            "should it be one of format V1, write it anew in TensorFlow 1.15 with tf.train.Saver(write_version=tf.train.SaverDef.V2)",
        );
    }
    Error::not_found(format!(
        "The passed save_path is not a valid checkpoint: {text}"
    ))
    .with_help("the prefix of a checkpoint is its path without .index; latest_checkpoint(directory) finds the last one")
}
