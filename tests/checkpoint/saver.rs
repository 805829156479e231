//! What a saver promises.

use std::fs;
use std::path::Path;

use ndarray::arr1;
use tf1 as tf;
use tf1::train::{
    CheckpointReader, Saver, checkpoint_exists, get_checkpoint_state, get_checkpoint_state_with,
    latest_checkpoint, latest_checkpoint_with, list_variables, load_variable,
};
use tf1::{AnyArray, Error, Graph, Session};

use super::TestFolder;

/// A graph with a vector `v` and a counter `n`, and a session in which they have values.
fn small() -> tf::Result<(Graph, Session)> {
    let graph = Graph::new();
    let _ = graph.variable([1.0f32, 2.0]).named("v");
    let _ = graph.variable(7i64).named("scope/n");
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    Ok((graph, session))
}

/// Texts come back, and lie in the file as TensorFlow 1.15.5 writes them; `with_tensorflow.py`
/// compares longer ones.
#[test]
fn texts_are_saved_and_restored() -> tf::Result<()> {
    let folder = TestFolder::new();
    let graph = Graph::new();
    let v = graph
        .variable(["text", "", "\0\u{ff}", "xxxxxx"])
        .named("texts");
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let saved = session.run(&v, [])?;
    let saver = Saver::new(&graph);
    let prefix = saver.save(&session, folder.file("m"), None)?;
    session.load([(&v, AnyArray::from(saved.mapv(|_| tf::Bytes::default())))])?;
    saver.restore(&session, &prefix)?;
    assert_eq!(session.run(&v, [])?, saved);
    let data = folder.file("m.data-00000-of-00001");
    let mut bytes = fs::read(&data).unwrap();
    let written = b"\x04\x00\x03\x06\xc3!\xb8\xe8text\x00\xc3\xbfxxxxxx";
    assert_eq!(bytes, written);
    bytes[12] ^= 1;
    fs::write(&data, bytes).unwrap();
    let error = saver.restore(&session, &prefix).unwrap_err();
    assert!(matches!(error, Error::DataLoss(_)), "{error}");
    Ok(())
}

#[test]
fn the_oldest_checkpoint_goes_and_the_state_names_the_others() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph).max_to_keep(2);
    for step in [10, 20, 30] {
        let made = saver.save(&session, folder.file("model.ckpt"), step)?;
        assert_eq!(made, folder.file(&format!("model.ckpt-{step}")));
        assert_eq!(latest_checkpoint(folder.path())?, Some(made));
    }
    let kept = [20, 30].map(|step| folder.file(&format!("model.ckpt-{step}")));
    assert_eq!(saver.last_checkpoints(), kept);
    let state = get_checkpoint_state(folder.path())?.expect("there is a state");
    assert_eq!(state.all_model_checkpoint_paths, kept);
    let files = ["model.ckpt-20", "model.ckpt-30"].map(|prefix| {
        [
            format!("{prefix}.data-00000-of-00001"),
            format!("{prefix}.index"),
        ]
    });
    assert_eq!(
        folder.names(),
        [&["checkpoint".to_string()], files.as_flattened()].concat()
    );

    // A saver after a restart goes on where this one stopped.
    let next = Saver::new(&graph).max_to_keep(2);
    next.recover_last_checkpoints([folder.file("gone"), kept[0].clone(), kept[1].clone()]);
    next.save(&session, folder.file("model.ckpt"), 40)?;
    assert!(!checkpoint_exists(&kept[0]) && checkpoint_exists(&kept[1]));
    Ok(())
}

#[test]
fn saving_under_one_name_leaves_one_checkpoint() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph);
    for value in [1.0f32, 2.0, 3.0] {
        let v = graph.global_variables()[0].clone();
        session.load([(v, AnyArray::from(arr1(&[value, -value])))])?;
        let made = saver.save(&session, folder.file("model.ckpt"), None)?;
        assert_eq!(
            load_variable(&made, "v")?,
            AnyArray::from(arr1(&[value, -value]))
        );
    }
    assert_eq!(
        folder.names(),
        [
            "checkpoint",
            "model.ckpt.data-00000-of-00001",
            "model.ckpt.index"
        ]
    );
    let names = list_variables(folder.file("model.ckpt"))?;
    assert_eq!(
        names,
        [("scope/n".to_string(), vec![]), ("v".to_string(), vec![2])]
    );
    Ok(())
}

/// Killed between the two renames, new data lie beside the old index: the old pair is found under
/// its second name.
#[test]
fn a_replacement_that_was_stopped_halfway_leaves_the_old_checkpoint() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph);
    let prefix = saver.save(&session, folder.file("m"), None)?;
    let [index, data] = ["m.index", "m.data-00000-of-00001"].map(|name| folder.file(name));
    let [old_index, old_data] =
        [".m.old.index", ".m.old.data-00000-of-00001"].map(|name| folder.file(name));
    fs::hard_link(&data, &old_data).unwrap();
    fs::hard_link(&index, &old_index).unwrap();
    let mut halves = fs::read(&data).unwrap();
    halves[3] ^= 1;
    fs::remove_file(&data).unwrap();
    fs::write(&data, halves).unwrap();

    saver.restore(&session, &prefix)?;
    assert_eq!(
        load_variable(&prefix, "v")?,
        AnyArray::from(arr1(&[1.0f32, 2.0]))
    );
    // The next save keeps the old pair until its own is there, and then cleans up.
    saver.save(&session, folder.file("m"), None)?;
    assert_eq!(
        folder.names(),
        ["checkpoint", "m.data-00000-of-00001", "m.index"]
    );
    saver.restore(&session, &prefix)
}

#[test]
fn some_variables_under_other_names() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let v = graph.global_variables()[0].clone();
    let prefix = Saver::new(&graph).named_variables([("average", &v)]).save(
        &session,
        folder.file("m"),
        None,
    )?;
    assert!(CheckpointReader::new(&prefix)?.names().eq(["average"]));
    session.load([(&v, AnyArray::from(arr1(&[0.0f32, 0.0])))])?;
    Saver::new(&graph)
        .named_variables([("average", &v)])
        .restore(&session, &prefix)?;
    assert_eq!(session.run(&v, [])?, AnyArray::from(arr1(&[1.0f32, 2.0])));
    let twice = Saver::new(&graph).named_variables([("a", &v), ("a", &v)]);
    assert!(matches!(
        twice.restore(&session, &prefix),
        Err(Error::InvalidArgument(_))
    ));
    // The format keeps these names for itself.
    for name in ["", "\0part"] {
        let kept = Saver::new(&graph).named_variables([(name, &v)]);
        let refused = kept.save(&session, folder.file("m"), None);
        assert!(matches!(refused, Err(Error::InvalidArgument(_))));
    }
    assert!(CheckpointReader::new(&prefix)?.names().eq(["average"]));
    Ok(())
}

/// The message of the error, which changed nothing.
fn refusal(saver: &Saver, session: &Session, prefix: &Path) -> Error {
    let all = || {
        session
            .snapshot(session.graph().global_variables())
            .expect("there are values")
    };
    let before = all();
    let error = saver
        .restore(session, prefix)
        .expect_err("it cannot be restored");
    assert_eq!(all(), before);
    assert_eq!(
        error.location().map(|line| line.file()),
        Some(file!()),
        "{error}"
    );
    assert!(error.help().is_some(), "{error}");
    error
}

#[test]
fn what_does_not_fit_is_named_and_nothing_is_changed() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let prefix = Saver::new(&graph).save(&session, folder.file("m"), None)?;

    let other = Graph::new();
    let _ = other.variable([5.0f32, 6.0]).named("v");
    let session = Session::new(&other)?;
    session.run(other.global_variables_initializer(), [])?;
    let _ = other.variable(1i64).named("first");
    let _ = other.variable(1i64).named("second");
    session.run(other.global_variables_initializer(), [])?;
    let error = refusal(&Saver::new(&other), &session, &prefix);
    assert!(matches!(error, Error::NotFound(_)));
    assert!(
        error
            .message()
            .contains("Key first not found in checkpoint, Key second not found in checkpoint"),
        "{error}"
    );
    assert!(error.to_string().contains("scope/n, v"), "{error}");

    let shapes = Graph::new();
    let _ = shapes.variable([1i64, 2]).named("scope/n");
    let _ = shapes.variable([1.0f32, 2.0]).named("v");
    let session = Session::new(&shapes)?;
    session.run(shapes.global_variables_initializer(), [])?;
    let error = refusal(&Saver::new(&shapes), &session, &prefix);
    let words =
        "<tf.Variable 'scope/n:0' shape=(2,) dtype=int64_ref> does not fit 'scope/n' in checkpoint";
    assert!(
        error.message().contains(words) && error.message().contains("int64 of shape ()"),
        "{error}"
    );
    Ok(())
}

#[test]
fn what_is_no_checkpoint_is_told() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph);
    let prefix = saver.save(&session, folder.file("m"), None)?;
    fs::write(folder.file("v1"), b"format V1").unwrap();
    let help = |prefix: &Path| refusal(&saver, &session, prefix).to_string();
    assert!(
        help(&folder.file("m.index"))
            .contains(&format!("give the prefix only: {}", prefix.display()))
    );
    assert!(help(&folder.file("m.data-00000-of-00001")).contains("give the prefix only"));
    assert!(help(folder.path()).contains("latest_checkpoint(directory)"));
    assert!(help(&folder.file("v1")).contains("format V1"));
    assert!(
        help(&folder.file("nothing")).contains("The passed save_path is not a valid checkpoint:")
    );
    fs::remove_file(folder.file("m.data-00000-of-00001")).unwrap();
    assert!(matches!(
        saver.restore(&session, &prefix),
        Err(Error::NotFound(_))
    ));
    Ok(())
}

#[test]
fn what_cannot_be_saved_leaves_everything_as_it_was() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph);
    let missing = saver.save(&session, folder.file("no/m"), None);
    assert!(
        matches!(&missing, Err(Error::NotFound(report)) if report.to_string().contains("Parent directory"))
    );
    let collides = saver.save(&session, folder.file("checkpoint"), None);
    assert!(
        matches!(&collides, Err(Error::InvalidArgument(report)) if report.to_string().contains("collides"))
    );
    for nameless in [folder.path().join(""), "/".into(), "..".into()] {
        assert!(matches!(
            saver.save(&session, &nameless, 1),
            Err(Error::InvalidArgument(_))
        ));
    }
    assert!(folder.names().is_empty());
    let _ = graph.variable(0.0f32).named("late");
    let uninitialized = Saver::new(&graph).save(&session, folder.file("m"), None);
    assert!(matches!(uninitialized, Err(Error::FailedPrecondition(_))));
    let none = Saver::new(&Graph::new()).save(&session, folder.file("m"), None);
    assert!(matches!(&none, Err(error) if error.message() == "No variables to save"));
    assert!(folder.names().is_empty());
    Ok(())
}

#[test]
fn a_state_file_that_makes_no_sense_is_told() -> tf::Result<()> {
    let folder = TestFolder::new();
    assert_eq!(latest_checkpoint(folder.path())?, None);
    for (text, line) in [
        ("nonsense", "line 1"),
        (
            "model_checkpoint_path: \"a\"\nall_model_checkpoint_paths: a",
            "line 2",
        ),
    ] {
        fs::write(folder.file("checkpoint"), text).unwrap();
        let error = latest_checkpoint(folder.path()).unwrap_err();
        assert!(
            matches!(error, Error::DataLoss(_)) && error.message().contains(line),
            "{error}"
        );
    }
    // What later versions of TensorFlow write besides.
    let text = "model_checkpoint_path: \"m-1\"\nall_model_checkpoint_paths: \"m-1\"\n\
                all_model_checkpoint_timestamps: 1571234567.5\nlast_preserved_timestamp: 1571234560.25\n";
    fs::write(folder.file("checkpoint"), text).unwrap();
    let state = get_checkpoint_state(folder.path())?.expect("there is a state");
    assert_eq!(state.model_checkpoint_path, folder.file("m-1"));
    assert_eq!(latest_checkpoint(folder.path())?, None);
    // Format V1: a single file.
    fs::write(folder.file("m-1"), b"V1").unwrap();
    assert_eq!(latest_checkpoint(folder.path())?, Some(folder.file("m-1")));
    Ok(())
}

#[test]
fn a_saver_may_leave_the_state_alone_and_write_relative_paths() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let best = Saver::new(&graph).write_state(false).max_to_keep(1);
    for step in 1..=2 {
        best.save(&session, folder.file("best"), step)?;
    }
    assert!(best.last_checkpoints().is_empty());
    assert_eq!(folder.names().len(), 4);
    assert_eq!(latest_checkpoint(folder.path())?, None);

    let state = || fs::read_to_string(folder.file("checkpoint")).unwrap();
    let lines = |a: &Path, b: &Path| {
        format!(
            "model_checkpoint_path: \"{}\"\nall_model_checkpoint_paths: \"{}\"\n",
            a.display(),
            b.display()
        )
    };
    // `max_to_keep` of 0: all are kept, and the last is named.
    let saver = Saver::new(&graph).max_to_keep(0);
    saver.save(&session, folder.file("m"), 1)?;
    let last = saver.save(&session, folder.file("m"), 2)?;
    assert_eq!(state(), lines(&last, &last));
    assert!(saver.last_checkpoints().is_empty() && checkpoint_exists(folder.file("m-1")));

    let saver = Saver::new(&graph).save_relative_paths();
    saver.save(&session, folder.file("m"), 3)?;
    assert_eq!(state(), lines(Path::new("m-3"), Path::new("m-3")));
    assert_eq!(latest_checkpoint(folder.path())?, Some(folder.file("m-3")));
    Ok(())
}

/// Other threads train while one saves: a checkpoint never holds some variables from before a step
/// and some from after it.
#[test]
fn a_checkpoint_is_one_moment() -> tf::Result<()> {
    let folder = TestFolder::new();
    let graph = Graph::new();
    let variables: Vec<tf::Variable> = (0..20)
        .map(|i| graph.variable(0.0f32).named(format!("v{i}")))
        .collect();
    let steps: Vec<tf::Tensor> = variables.iter().map(|v| v.assign_add(1.0)).collect();
    let session = Session::new(&graph)?;
    session.run(graph.global_variables_initializer(), [])?;
    let saver = Saver::new(&graph);
    std::thread::scope(|scope| {
        let trainer = scope.spawn(|| (0..2000).try_for_each(|_| session.run(&steps, []).map(drop)));
        for _ in 0..20 {
            let prefix = saver.save(&session, folder.file("m"), None)?;
            let reader = CheckpointReader::new(prefix)?;
            let values = reader
                .names()
                .map(|name| reader.get_tensor(name))
                .collect::<tf::Result<Vec<_>>>()?;
            assert!(values.iter().all(|value| *value == values[0]), "{values:?}");
        }
        trainer.join().expect("no panic")
    })
}

/// The names are those that TensorFlow 1.15.5 gives the files with `pad_step_number=True`.
#[test]
fn steps_are_integers_of_any_type_or_what_counts_them() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let step = tf::train::get_or_create_global_step(&graph);
    session.run(step.initializer(), [])?;
    session.run(step.assign(12).op(), [])?;
    let saver = Saver::new(&graph).max_to_keep(0);
    let name = |prefix: std::path::PathBuf| {
        let name = prefix.file_name().and_then(|name| name.to_str());
        name.unwrap_or_default().to_string()
    };
    let path = folder.file("m");
    assert_eq!(name(saver.save(&session, &path, 7u8)?), "m-7");
    assert_eq!(name(saver.save(&session, &path, 8usize)?), "m-8");
    assert_eq!(name(saver.save(&session, &path, &step)?), "m-12");
    assert_eq!(name(saver.save(&session, &path, &step.any())?), "m-12");
    assert_eq!(name(saver.save(&session, &path, &(&step + 3))?), "m-15");
    let error = saver
        .save(&session, &path, &graph.constant([1i64, 2]))
        .unwrap_err();
    assert!(error.message().contains("is not one integer"), "{error}");

    let saver = Saver::new(&graph).pad_step_number();
    assert_eq!(name(saver.save(&session, &path, 7)?), "m-00000007");
    assert_eq!(
        name(saver.save(&session, &path, 123_456_789)?),
        "m-123456789"
    );
    assert_eq!(name(saver.save(&session, &path, -7)?), "m--0000007");
    Ok(())
}

/// What TensorFlow 1.15.5 reads and says with `latest_filename="other"`.
#[test]
fn the_state_may_have_another_name() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let other = Saver::new(&graph).latest_filename("other").max_to_keep(1);
    let first = other.save(&session, folder.file("m"), 7)?;
    assert_eq!(latest_checkpoint(folder.path())?, None);
    assert_eq!(get_checkpoint_state(folder.path())?, None);
    assert_eq!(
        latest_checkpoint_with(folder.path(), "other")?,
        Some(first.clone())
    );
    let state = get_checkpoint_state_with(folder.path(), "other")?.expect("there is a state");
    assert_eq!(
        state.all_model_checkpoint_paths,
        std::slice::from_ref(&first)
    );
    let second = other.save(&session, folder.file("m"), 8)?;
    assert!(!checkpoint_exists(&first) && checkpoint_exists(&second));

    let mistake = |name: &str, prefix: &str| {
        let saver = Saver::new(&graph).latest_filename(name);
        let error = saver.save(&session, folder.file(prefix), None).unwrap_err();
        error.message().to_string()
    };
    let message = "'latest_filename' must not contain path components";
    for name in ["a/other", "", "..", "other/"] {
        assert!(mistake(name, "m").starts_with(message), "{name}");
    }
    assert!(
        mistake("m", "m").starts_with("'latest_filename' collides with 'save_path': 'm' and '")
    );
    // TensorFlow writes over these; nothing is written here.
    let best = Saver::new(&graph).save(&session, folder.file("best"), None)?;
    let names = folder.names();
    let message = "'latest_filename' collides with the files of checkpoints: '";
    for end in [
        "index",
        "data-00000-of-00001",
        "data-00002-of-00003",
        "meta",
    ] {
        let name = format!("best.{end}");
        assert!(mistake(&name, "m").starts_with(message), "{name}");
        assert!(mistake(&name, "best").starts_with(message), "{name}");
    }
    for name in [".m-8.obsolete", ".state"] {
        assert!(mistake(name, "m").starts_with("'latest_filename' must not begin with a dot"));
    }
    for name in ["\0", "a\0b"] {
        assert!(mistake(name, "m").starts_with("'latest_filename' must not contain NUL"));
    }
    assert_eq!(folder.names(), names);
    let restored = Saver::new(&graph).restore(&session, &best);
    assert!(restored.is_ok() && checkpoint_exists(&second));
    for name in [
        "index",
        "m.data",
        "m.data-1",
        "m.data-a-of-b",
        "m.index.txt",
    ] {
        let saver = Saver::new(&graph).latest_filename(name);
        saver.save(&session, folder.file("n"), 1)?;
    }
    Ok(())
}

/// What a killed saver has marked stays as long as its own state file names it, whatever that is
/// called.
#[test]
fn a_marked_checkpoint_stays_while_a_state_of_another_name_names_it() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let other = Saver::new(&graph).latest_filename("other");
    let first = other.save(&session, folder.file("m"), 7)?;
    fs::write(folder.file(".m-7.obsolete"), "other")?;
    Saver::new(&graph).save(&session, folder.file("n"), 1)?;
    assert!(checkpoint_exists(&first));
    fs::write(folder.file(".m-7.obsolete"), "")?;
    Saver::new(&graph).save(&session, folder.file("n"), 2)?;
    assert!(!checkpoint_exists(&first));
    Ok(())
}

#[test]
fn a_saver_of_nothing_may_be_right() -> tf::Result<()> {
    let folder = TestFolder::new();
    let graph = Graph::new();
    let session = Session::new(&graph)?;
    let error = Saver::new(&graph).save(&session, folder.file("m"), 1);
    assert_eq!(error.unwrap_err().message(), "No variables to save");
    let saver = Saver::new(&graph).allow_empty();
    let prefix = saver.save(&session, folder.file("m"), 1)?;
    assert!(folder.names().is_empty());
    saver.restore(&session, prefix)
}

/// As TensorFlow 1.15.5 restores `w` of shape [2] and `b` of shape [] with `reshape=True`.
#[test]
fn values_are_reshaped_if_asked_for() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let prefix = Saver::new(&graph).save(&session, folder.file("m"), None)?;
    let graph = Graph::new();
    let v = graph.variable([[0.0f32], [0.0]]).named("v");
    let n = graph.variable([0i64]).named("scope/n");
    let session = Session::new(&graph)?;
    assert!(Saver::new(&graph).restore(&session, &prefix).is_err());
    Saver::new(&graph).reshape().restore(&session, &prefix)?;
    let (v, n) = session.run((v.array2(), n.array1()), [])?;
    assert_eq!(v, ndarray::arr2(&[[1.0], [2.0]]));
    assert_eq!(n, arr1(&[7]));
    let longer = graph.variable([0.0f32; 3]);
    let error = Saver::new(&graph)
        .named_variables([("v", &longer)])
        .reshape()
        .restore(&session, &prefix)
        .unwrap_err();
    assert!(error.help().unwrap().contains("can be reshaped"), "{error}");
    Ok(())
}

/// On one device TensorFlow 1.15.5 writes the same names with `sharded=True`; the bytes are
/// compared with its unsharded ones elsewhere.
#[test]
fn one_device_writes_one_shard() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph).sharded().restore_sequentially();
    let prefix = saver.save(&session, folder.file("m.ckpt"), 7)?;
    let names = [
        "checkpoint",
        "m.ckpt-7.data-00000-of-00001",
        "m.ckpt-7.index",
    ];
    assert_eq!(folder.names(), names);
    saver.restore(&session, prefix)
}

/// TensorFlow 1.15.5 says this of `saver.restore(sess, None)`; with `allow_empty=True` and no
/// variables it says nothing.
#[test]
fn the_latest_checkpoint_is_restored_as_it_is_found() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let saver = Saver::new(&graph);
    let error = saver
        .restore(&session, latest_checkpoint(folder.path())?)
        .unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
    assert_eq!(error.message(), "Can't load save_path when it is None.");
    assert_eq!(error.location().map(|line| line.file()), Some(file!()));
    let empty = Saver::new(&Graph::new()).allow_empty();
    empty.restore(&session, None::<&str>)?;

    let prefix = saver.save(&session, folder.file("m"), 1)?;
    let v = graph.global_variables()[0].clone();
    let saved = session.run(&v, [])?;
    let text = prefix.to_str().expect("it is text");
    let forms: [&dyn tf::train::CheckpointPath; 6] = [
        &latest_checkpoint(folder.path())?,
        &Some(&prefix),
        &prefix,
        &prefix.as_path(),
        &text,
        &text.to_string(),
    ];
    for form in forms {
        session.load([(&v, AnyArray::from(arr1(&[0.0f32, 0.0])))])?;
        saver.restore(&session, form)?;
        assert_eq!(session.run(&v, [])?, saved);
    }
    Ok(())
}

#[test]
fn numbers_that_make_no_sense_are_told() -> tf::Result<()> {
    let folder = TestFolder::new();
    let (graph, session) = small()?;
    let mistake = |saver: Saver| {
        let all = Saver::variables(saver, graph.global_variables());
        let error = all.save(&session, folder.file("m"), 1).unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error}");
        error.message().to_string()
    };
    let message = "keep_checkpoint_every_n_hours must be a number, but is NaN";
    let saver = || Saver::new(&graph);
    assert_eq!(
        mistake(saver().keep_checkpoint_every_n_hours(f64::NAN)),
        message
    );
    assert_eq!(
        mistake(saver().keep_checkpoint_every_n_hours(f32::NAN)),
        message
    );
    let message = "max_to_keep must not be negative, but is -1";
    assert_eq!(mistake(saver().max_to_keep(-1)), message);
    for step in [1 << 63, u64::MAX] {
        let error = saver().save(&session, folder.file("m"), step).unwrap_err();
        let message = format!("global_step must be at most 9223372036854775807, but is {step}");
        assert_eq!(error.message(), message);
        assert_eq!(error.location().map(|line| line.file()), Some(file!()));
    }
    assert!(folder.names().is_empty());
    // What is said last holds.
    let saver = saver().max_to_keep(-1).max_to_keep(1u8);
    let saver = saver
        .keep_checkpoint_every_n_hours(f64::NAN)
        .keep_checkpoint_every_n_hours(2);
    saver.save(&session, folder.file("m"), i64::MAX)?;
    assert_eq!(
        latest_checkpoint(folder.path())?,
        Some(folder.file("m-9223372036854775807"))
    );
    Ok(())
}

/// `max_to_keep=None` and 0 mean the same in TensorFlow 1.15.5.
#[test]
fn all_checkpoints_are_kept_if_asked_for() -> tf::Result<()> {
    let (graph, session) = small()?;
    for saver in [
        Saver::new(&graph).max_to_keep(None),
        Saver::new(&graph).max_to_keep(0usize),
    ] {
        let folder = TestFolder::new();
        for step in 0..7 {
            saver.save(&session, folder.file("m"), step)?;
        }
        assert_eq!(folder.names().len(), 2 * 7 + 1);
        let state = get_checkpoint_state(folder.path())?.expect("there is a state");
        assert_eq!(state.all_model_checkpoint_paths, [folder.file("m-6")]);
    }
    Ok(())
}
