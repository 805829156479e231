//! [`CheckpointPath`]: where the checkpoint to be restored lies.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// What [`Saver::restore`](super::Saver::restore) can take as the prefix of a checkpoint: a path, a
/// text, or an `Option` of one, as [`latest_checkpoint`](super::latest_checkpoint) gives it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the path of a checkpoint",
    label = "neither a path nor an `Option` of one",
    note = "write `\"dir/model.ckpt-7\"`, `&path`, or `tf::train::latest_checkpoint(dir)?`"
)]
pub trait CheckpointPath {
    /// The path, if there is one.
    fn checkpoint_path(&self) -> Option<&Path>;
}

macro_rules! paths {
    ($($path:ty),*) => {$(
        impl CheckpointPath for $path {
            fn checkpoint_path(&self) -> Option<&Path> {
                Some(self.as_ref())
            }
        }
    )*};
}

paths!(
    Path,
    PathBuf,
    Box<Path>,
    Cow<'_, Path>,
    str,
    String,
    OsStr,
    OsString
);

impl<P: CheckpointPath> CheckpointPath for Option<P> {
    fn checkpoint_path(&self) -> Option<&Path> {
        self.as_ref()?.checkpoint_path()
    }
}

impl<P: CheckpointPath + ?Sized> CheckpointPath for &P {
    fn checkpoint_path(&self) -> Option<&Path> {
        P::checkpoint_path(self)
    }
}
