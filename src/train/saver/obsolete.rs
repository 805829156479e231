//! Deleting old checkpoints so that, whenever that is stopped, none is named that has gone, and
//! none stays for ever.
//!
//! A checkpoint that is to go is marked first, by a hidden file, which is empty, or says which
//! state file the saver writes if that is not `checkpoint`; then the state file is written without
//! it; then it is deleted, and its mark last of all. What a killed process has marked, the next
//! save deletes, unless the state file still names it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::checkpoint_state::{STATE_FILE, expect_file_name, get_checkpoint_state_with};
use crate::files::bundle::remove_bundle;
use crate::files::{between, folder_of, remove_if_there, write_atomically};
use crate::types::{Error, Result};

const SUFFIX: &str = ".obsolete";

fn mark_of(checkpoint: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(checkpoint.file_name().unwrap_or_default());
    name.push(SUFFIX);
    checkpoint.with_file_name(name)
}

/// Says that a checkpoint is about to be deleted, once the state file of this name does not name it
/// any more.
pub(super) fn mark(checkpoint: &Path, state_file: &str) -> Result<()> {
    let mark = mark_of(checkpoint);
    if state_file != STATE_FILE && folder_of(checkpoint).exists() {
        return write_atomically(&mark, |file| file.write_all(state_file.as_bytes()));
    }
    match File::create(&mark) {
        // Somebody has removed the checkpoint together with its folder.
        Err(_) if !folder_of(checkpoint).exists() => Ok(()),
        marked => marked
            .map(drop)
            .map_err(|error| Error::io("writing", &mark, &error)),
    }
}

/// Says that a checkpoint is to stay.
pub(super) fn unmark(checkpoint: &Path) -> Result<()> {
    let mark = mark_of(checkpoint);
    remove_if_there(&mark).map_err(|error| Error::io("deleting", &mark, &error))
}

/// Deletes a marked checkpoint, unless the state file beside it names it.
pub(super) fn delete(checkpoint: &Path) -> Result<()> {
    let deleted = if is_named(checkpoint) {
        Ok(())
    } else {
        remove_bundle(checkpoint)
    };
    deleted.map_err(|error| Error::io("deleting", checkpoint, &error))?;
    unmark(checkpoint)
}

/// Deletes the checkpoints in a folder that killed processes have marked.
pub(super) fn delete_marked(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let checkpoint = between(".", &entry.file_name(), SUFFIX);
        if let Some(checkpoint) = checkpoint.filter(|name| !name.is_empty()) {
            // What will not go is tried again by the next save.
            let _ = delete(&folder.join(checkpoint));
        }
    }
}

/// Whether the state file in the checkpoint's folder names it; taken to do so if it cannot be read.
fn is_named(checkpoint: &Path) -> bool {
    let folder = folder_of(checkpoint);
    let said = fs::read_to_string(mark_of(checkpoint)).unwrap_or_default();
    let state_file = match expect_file_name(&said) {
        Ok(()) => said.as_str(),
        Err(_) => STATE_FILE,
    };
    let Ok(state) = get_checkpoint_state_with(folder, state_file) else {
        return true;
    };
    let place = |path: &Path| -> (Option<PathBuf>, Option<OsString>) {
        let folder = folder_of(path);
        (
            fs::canonicalize(folder).ok(),
            path.file_name().map(OsStr::to_os_string),
        )
    };
    let named = state.into_iter().flat_map(|state| {
        let mut paths = state.all_model_checkpoint_paths;
        paths.push(state.model_checkpoint_path);
        paths
    });
    let here = place(checkpoint);
    named.into_iter().any(|path| place(&path) == here)
}
