//! Files for tests: a folder that each test has for itself, and the files that are not part of the
//! repository.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder for one test's files, below the system's folder for temporary files, removed when the
/// test ends.
pub struct TestFolder(PathBuf);

impl TestFolder {
    /// A new, empty folder, of no other test and no other process.
    pub fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = env::temp_dir().join(format!("tf1_test_{process}_{number}"));
        // A process of the same number may have left its folder behind.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("the system's folder for temporary files can be written");
        TestFolder(path)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file into the folder and gives its path.
    pub fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.file(name);
        fs::write(&path, bytes).expect("a new folder can be written");
        path
    }

    /// The names of all that is in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("the folder can be read");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A folder of `$TF1_SHARED` (by default `../shared`), where the test files are that are not part
/// of the repository. A test says so and skips without it, but not where tests run automatically.
pub fn shared_folder(name: &str) -> Option<PathBuf> {
    let shared = env::var_os("TF1_SHARED").unwrap_or("../shared".into());
    let folder = Path::new(&shared).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        env::var_os("CI").is_none(),
        "{} is missing",
        folder.display()
    );
    println!(
        "not tested: {} does not exist (set TF1_SHARED)",
        folder.display()
    );
    None
}
