//! What is left where a save was stopped, or goes on while somebody reads.

use std::fs;
use std::path::Path;

use ndarray::Array1;
use tf1 as tf;
use tf1::train::{Saver, checkpoint_exists, update_checkpoint_state};
use tf1::{AnyArray, Graph, Session};

use super::TestFolder;

/// A process that runs no more: Linux counts up to 4194304.
const DEAD: &str = "9999999-0123456789abcdef-5";

fn small() -> tf::Result<(Graph, Session)> {
    let graph = Graph::new();
    let _ = graph.variable([1.0f32, 2.0]).named("v");
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    Ok((graph, session))
}

fn files_of(prefixes: &[&str]) -> Vec<String> {
    let files = prefixes.iter().flat_map(|prefix| {
        [".data-00000-of-00001", ".index"].map(|suffix| format!("{prefix}{suffix}"))
    });
    ["checkpoint".to_string()]
        .into_iter()
        .chain(files)
        .collect()
}

/// Writes files with nothing in them.
fn leave(folder: &TestFolder, names: &[String]) {
    for name in names {
        fs::write(folder.file(name), b"").unwrap();
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_next_save_cleans_up_after_the_dead() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let dead = |name: &str| format!(".{name}.{DEAD}.tmp");
    // Killed while writing; and after the data of step 7 had their name, before the index had.
    let left = [
        dead("checkpoint"),
        dead("m.index"),
        dead("m-5.data-00000-of-00001"),
        dead("m-7.index"),
        "m-7.data-00000-of-00001".into(),
    ];
    // Not of this saver's, or of a process that lives.
    let parent = std::os::unix::process::parent_id();
    let others = [
        dead("m2.index"),
        dead("other-7.index"),
        format!(".m-9.index.{parent}-0123456789abcdef-5.tmp"),
        "m-8.data-00000-of-00001".into(),
        "other-7.data-00000-of-00001".into(),
    ];
    leave(&folder, &left);
    leave(&folder, &others);
    Saver::new(&graph).save(&session, folder.file("m"), 1)?;
    let mut expected = files_of(&["m-1"]);
    expected.extend(others);
    expected.sort();
    assert_eq!(folder.names(), expected);
    Ok(())
}

/// Killed between the new state and the old checkpoint's end, or in the midst of that.
#[test]
fn a_deletion_that_was_stopped_is_finished_by_the_next_save() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph);
    for step in 1..=4 {
        saver.save(&session, folder.file("m"), step)?;
    }
    let path = |step: i32| folder.file(&format!("m-{step}"));
    leave(
        &folder,
        &[1, 2, 3].map(|step| format!(".m-{step}.obsolete")),
    );
    fs::remove_file(folder.file("m-2.index")).unwrap();
    // The state was not yet written without the third.
    update_checkpoint_state(folder.path(), path(4), &[path(3), path(4)])?;
    let next = Saver::new(&graph);
    next.recover_last_checkpoints([path(3), path(4)]);
    next.save(&session, folder.file("m"), 5)?;
    assert_eq!(folder.names(), files_of(&["m-3", "m-4", "m-5"]));
    Ok(())
}

/// Marked first, or nobody would know after a kill.
#[cfg(unix)]
#[test]
fn what_is_to_be_deleted_is_marked_before_the_state_forgets_it() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph).max_to_keep(1);
    saver.save(&session, folder.file("m"), 1)?;
    // A state file that cannot be written stands for a kill.
    fs::remove_file(folder.file("checkpoint")).unwrap();
    std::os::unix::fs::symlink("no/such/folder", folder.file("checkpoint")).unwrap();
    assert!(saver.save(&session, folder.file("m"), 2).is_err());
    let mut expected = files_of(&["m-1", "m-2"]);
    expected.insert(0, ".m-1.obsolete".into());
    assert_eq!(folder.names(), expected);
    assert_eq!(saver.last_checkpoints(), [folder.file("m-1")]);

    fs::remove_file(folder.file("checkpoint")).unwrap();
    saver.save(&session, folder.file("m"), 2)?;
    assert_eq!(folder.names(), files_of(&["m-2"]));
    Ok(())
}

/// Stopped twice in the midst of writing over the same checkpoint.
#[test]
fn the_old_checkpoint_is_kept_until_another_one_is_whole() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph);
    let prefix = saver.save(&session, folder.file("m"), None)?;
    for name in ["m.index", "m.data-00000-of-00001"] {
        fs::copy(
            folder.file(name),
            folder.file(&name.replacen('m', ".m.old", 1)),
        )
        .unwrap();
    }
    // Data that cannot be replaced stand for a kill.
    let data = folder.file("m.data-00000-of-00001");
    fs::remove_file(&data).unwrap();
    fs::create_dir(&data).unwrap();
    assert!(saver.save(&session, folder.file("m"), None).is_err());
    saver.restore(&session, &prefix)?;

    fs::remove_dir(&data).unwrap();
    saver.save(&session, folder.file("m"), None)?;
    assert_eq!(folder.names(), files_of(&["m"]));
    saver.restore(&session, &prefix)
}

/// After a kill, training may begin anew and come to the same step.
#[test]
fn a_mark_is_of_the_old_checkpoint_and_not_of_the_next_of_its_name() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    leave(&folder, &[1, 2].map(|step| format!(".m-{step}.obsolete")));
    let silent = Saver::new(&graph).write_state(false);
    silent.save(&session, folder.file("m"), 1)?;
    let saver = Saver::new(&graph);
    for step in 2..=3 {
        saver.save(&session, folder.file("m"), step)?;
    }
    assert_eq!(folder.names(), files_of(&["m-1", "m-2", "m-3"]));
    Ok(())
}

/// The state file of another folder is none of this saver's business, but what it names is not
/// deleted.
#[test]
fn what_a_state_file_names_stays() -> tf::Result<()> {
    let (first, second) = (TestFolder::new(), TestFolder::new());
    let (graph, session) = small()?;
    let saver = Saver::new(&graph).max_to_keep(1);
    let made = saver.save(&session, first.file("m"), 1)?;
    saver.save(&session, second.file("m"), 2)?;
    assert_eq!(saver.last_checkpoints(), [second.file("m-2")]);
    assert!(checkpoint_exists(&made));
    assert_eq!(first.names(), files_of(&["m-1"]));
    Ok(())
}

/// One process trains and saves under one name, another one looks in now and then.
#[test]
fn restoring_what_is_being_written_over_gives_one_save_or_another() -> tf::Result<()> {
    let folder = TestFolder::new();
    let graph = Graph::new();
    let all: Vec<_> = (0..6)
        .map(|i| {
            let zeros = Array1::<f32>::zeros(1 + 300 * i);
            graph.variable(zeros).named(format!("v{i}")).any()
        })
        .collect();
    let (writer, reader) = (Session::new(&graph)?, Session::new(&graph)?);
    let saver = Saver::new(&graph);
    let values = |number: f32| {
        all.iter().enumerate().map(move |(i, variable)| {
            (
                variable,
                AnyArray::from(Array1::from_elem(1 + 300 * i, number)),
            )
        })
    };
    let save = |number: f32| {
        writer.load(values(number))?;
        saver.save(&writer, folder.file("m"), None).map(drop)
    };
    save(0.0)?;
    let prefix: &Path = &folder.file("m");
    std::thread::scope(|scope| {
        let saving = scope.spawn(|| (1..150).try_for_each(|number| save(number as f32)));
        let (mut last, mut different) = (0.0, 0);
        while !saving.is_finished() {
            saver.restore(&reader, prefix)?;
            let found = reader.snapshot(&all)?;
            let number = found[0].view::<f32>().expect("of f32")[[0]];
            let expected: Vec<_> = values(number).map(|(_, value)| value).collect();
            assert_eq!(found, expected);
            assert!(number >= last, "{number} after {last}");
            different += usize::from(number > last);
            last = number;
        }
        assert!(different > 1, "only {different} saves were seen");
        saving.join().expect("no panic")
    })
}
