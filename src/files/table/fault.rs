//! [`Fault`]: why a table is not read.

use std::path::Path;

use crate::types::Error;

/// Why a table is not read, in words that go on after `FILE is damaged: ` or `FILE cannot be read:
/// `.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It is not as it was written.
    Damaged(String),
    /// It is as it was written, in a way that is not known here.
    Unsupported(String),
}

impl Fault {
    /// The error, which names the file.
    pub(crate) fn of(self, file: &Path) -> Error {
        let file = file.display();
        match self {
            Fault::Damaged(what) => Error::data_loss(format!("{file} is damaged: {what}"))
                .with_help("restore an earlier checkpoint, or a copy of this one"),
            Fault::Unsupported(what) => {
                Error::unimplemented(format!("{file} cannot be read: {what}"))
                    .with_help("restore it in TensorFlow 1.15 and save it anew with tf.train.Saver")
            }
        }
    }
}

impl From<&str> for Fault {
    fn from(what: &str) -> Self {
        Fault::Damaged(what.to_string())
    }
}

impl From<String> for Fault {
    fn from(what: String) -> Self {
        Fault::Damaged(what)
    }
}
