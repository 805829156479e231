//! Checkpoints: TensorFlow 1.15's read here, those written here the same as TensorFlow's, damaged ones refused, and none lost
//! whenever the program that saves is killed.

mod damaged;
mod forms;
mod golden;
mod interrupted;
mod kill;
mod saver;
mod with_tensorflow;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder that is taken away at the end of a test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tf1-checkpoint-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of all files, sorted.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder can be read");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The folder with what TensorFlow wrote; `None` if it is missing, which only `CI` forbids.
fn golden_graphs() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("TF1_SHARED").map_or_else(default, PathBuf::from);
    let folder = shared.join("golden/graphs");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "CI is set, but {} does not exist",
        folder.display()
    );
    println!(
        "not tested: {} does not exist (set TF1_SHARED)",
        folder.display()
    );
    None
}
