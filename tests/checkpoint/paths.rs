//! Paths that are not Unicode text, and places where no file can be written: what works, and that
//! what does not changes nothing.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use ndarray::arr1;
use tf1 as tf;
use tf1::train::{
    CheckpointReader, Saver, checkpoint_exists, get_checkpoint_state, latest_checkpoint,
    list_variables, load_variable, update_checkpoint_state,
};
use tf1::{AnyArray, Error, Graph, Session};

use super::TestFolder;

fn small() -> tf::Result<(Graph, Session)> {
    let graph = Graph::new();
    let _ = graph.variable([1.0f32, 2.0]).named("v");
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    Ok((graph, session))
}

/// A name that is not UTF-8 text.
fn name(bytes: &[u8]) -> &OsStr {
    OsStr::from_bytes(bytes)
}

/// All files in a folder with what is in them, and links with where they lead.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut files: Vec<_> = entries
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let bytes = fs::read(&path).unwrap_or_default();
            (path, bytes)
        })
        .collect();
    files.sort();
    files
}

/// The error of a save, which has changed nothing.
fn refusal(saver: &Saver, session: &Session, folder: &Path, prefix: &Path) -> Error {
    let (before, kept) = (files(folder), saver.last_checkpoints());
    let error = saver
        .save(session, prefix, None)
        .expect_err("it cannot be saved");
    assert_eq!(files(folder), before, "{error}");
    assert_eq!(saver.last_checkpoints(), kept);
    assert!(error.help().is_some(), "{error}");
    assert_eq!(error.location().map(|line| line.file()), Some(file!()));
    error
}

#[test]
fn a_name_that_the_state_file_cannot_hold_is_refused_before_anything_is_written() -> tf::Result<()>
{
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph).max_to_keep(1);
    let bad = folder.path().join(name(b"m\xff"));
    for _ in 0..2 {
        let error = refusal(&saver, &session, folder.path(), &bad);
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
        assert!(error.message().ends_with("is not Unicode text"), "{error}");
        // There is nothing yet the first time, and a checkpoint the second.
        saver.save(&session, folder.file("m"), 1)?;
    }
    let state = update_checkpoint_state(folder.path(), &bad, &[]);
    assert!(matches!(state, Err(Error::InvalidArgument(_))));

    // Nor does one do that is to be named beside the new one.
    let elsewhere = TestFolder::new();
    let silent = Saver::new(&graph).write_state(false);
    let old = silent.save(&session, elsewhere.path().join(name(b"old\xff")), None)?;
    let saver = Saver::new(&graph);
    saver.recover_last_checkpoints([&old]);
    let error = refusal(&saver, &session, folder.path(), &folder.file("new"));
    assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
    Ok(())
}

#[test]
fn without_the_state_file_any_name_works() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph).write_state(false);
    for step in [None, Some(7), None] {
        let prefix = saver.save(&session, folder.path().join(name(b"m\xff")), step)?;
        assert!(checkpoint_exists(&prefix));
        saver.restore(&session, &prefix)?;
        let value = AnyArray::from(arr1(&[1.0f32, 2.0]));
        assert_eq!(load_variable(&prefix, "v")?, value);
        assert_eq!(list_variables(&prefix)?, [("v".to_string(), vec![2])]);
        assert!(CheckpointReader::new(&prefix)?.has_tensor("v"));
    }
    assert_eq!(files(folder.path()).len(), 4);
    Ok(())
}

/// The state file names them relative to the folder.
#[test]
fn in_a_folder_of_any_name_checkpoints_come_and_go() -> tf::Result<()> {
    let above = TestFolder::new();
    let folder = above.path().join(name(b"logs\xfe"));
    fs::create_dir(&folder).expect("such a folder can be made");
    let (graph, session) = small()?;
    let saver = Saver::new(&graph).max_to_keep(2);
    for step in 1..=4 {
        let made = saver.save(&session, folder.join("m"), step)?;
        assert_eq!(latest_checkpoint(&folder)?, Some(made.clone()));
        saver.restore(&session, made)?;
    }
    let text = fs::read_to_string(folder.join("checkpoint")).expect("there is a state");
    let all = "all_model_checkpoint_paths";
    assert_eq!(
        text,
        format!("model_checkpoint_path: \"m-4\"\n{all}: \"m-3\"\n{all}: \"m-4\"\n")
    );
    let state = get_checkpoint_state(&folder)?.expect("there is a state");
    let next = Saver::new(&graph).max_to_keep(1);
    next.recover_last_checkpoints(state.all_model_checkpoint_paths);
    next.save(&session, folder.join("m"), 5)?;
    assert_eq!(files(&folder).len(), 3);
    update_checkpoint_state(&folder, folder.join("m-5"), &[])
}

#[test]
fn a_folder_where_a_file_is_to_be_changes_nothing() -> tf::Result<()> {
    let (graph, session) = small()?;
    for in_the_way in ["checkpoint", "m.index", "m.data-00000-of-00001"] {
        let folder = TestFolder::new();
        let saver = Saver::new(&graph);
        fs::create_dir(folder.file(in_the_way)).unwrap();
        let before = files(folder.path());
        let error = saver.save(&session, folder.file("m"), None).unwrap_err();
        assert!(
            matches!(error, Error::FailedPrecondition(_)),
            "{in_the_way}: {error:?}"
        );
        assert_eq!(files(folder.path()), before);
        assert!(saver.last_checkpoints().is_empty());
    }
    Ok(())
}

#[test]
fn a_path_that_ends_in_a_dot_is_a_folder() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph);
    for end in [".", "", ".."] {
        let prefix = folder.path().join(end);
        let error = refusal(&saver, &session, folder.path(), &prefix);
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
        assert!(saver.save(&session, &prefix, 5).is_err());
    }
    assert!(files(folder.path()).is_empty());
    Ok(())
}

/// What a killed process has left is found under any name.
#[cfg(target_os = "linux")]
#[test]
fn leftovers_of_any_name_are_removed() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph).write_state(false);
    let base = folder.path().join(name(b"m\xff"));
    saver.save(&session, &base, 1)?;
    let left: [&[u8]; 3] = [
        b".m\xff-1.obsolete",
        b".m\xff-2.index.9999999-0123456789abcdef-5.tmp",
        b"m\xff-2.data-00000-of-00001",
    ];
    for left in left {
        fs::write(folder.path().join(name(left)), b"").unwrap();
    }
    saver.save(&session, &base, 3)?;
    let names: Vec<_> = files(folder.path())
        .into_iter()
        .map(|(path, _)| path.file_name().expect("a name").as_bytes().to_vec())
        .collect();
    let expected: [&[u8]; 2] = [b"m\xff-3.data-00000-of-00001", b"m\xff-3.index"];
    assert_eq!(names, expected);
    Ok(())
}
