//! [`CheckpointCount`]: how many checkpoints are kept.

use crate::types::{Result, WholeNumber};

/// What [`Saver::max_to_keep`](super::Saver::max_to_keep) can take: an integer of any type, or
/// `None` for all checkpoints.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell how many checkpoints to keep",
    label = "neither an integer nor `None`",
    note = "write `3`, or `None` to keep them all"
)]
pub trait CheckpointCount {
    /// The number; 0 for all.
    ///
    /// # Errors
    /// `InvalidArgument` if it is negative.
    fn checkpoint_count(self) -> Result<usize>;
}

impl<N: WholeNumber> CheckpointCount for N {
    fn checkpoint_count(self) -> Result<usize> {
        self.to_count("max_to_keep")
    }
}

impl CheckpointCount for Option<i64> {
    fn checkpoint_count(self) -> Result<usize> {
        self.map_or(Ok(0), CheckpointCount::checkpoint_count)
    }
}
