//! Checkpoints: TensorFlow 1.15's read here, those written here the same as TensorFlow's, damaged
//! ones refused, and none lost whenever the program that saves is killed.

mod damaged;
mod forms;
mod golden;
mod interrupted;
mod kill;
mod large;
mod paths;
mod saver;
#[allow(dead_code, reason = "some tests need some of it only")]
#[path = "../../examples/common/test_files.rs"]
mod test_files;
mod with_tensorflow;

use std::path::PathBuf;

use test_files::{TestFolder, shared_folder};

/// The folder with what TensorFlow wrote.
fn golden_graphs() -> Option<PathBuf> {
    shared_folder("golden/graphs")
}
