//! Event files: what is written is read back, whole or as far as it goes.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use tf1 as tf;
use tf1::summary::{
    Data, Event, FileWriter, FileWriterOptions, HistogramProto, Merge, MergeAll, Picture, Summary,
    Value, What,
};
use tf1::train::summary_iterator;

use crate::test_files::TestFolder;

fn events() -> Vec<Event> {
    let histogram = HistogramProto {
        min: -1.0,
        max: 2.0,
        num: 3.0,
        sum: 0.5,
        sum_squares: 5.25,
        bucket_limit: vec![0.0, 1.0, f64::MAX],
        bucket: vec![1.0, 1.0, 1.0],
    };
    let picture = Picture {
        height: 1,
        width: 2,
        colorspace: 3,
        encoded_image_string: vec![1, 2, 3],
    };
    let mut all = Summary::scalar("loss", 0.0);
    all.value
        .push(Value::new("weights", Data::Histogram(histogram)));
    all.value.push(Value::new("picture", Data::Image(picture)));
    let event = |step: i64, what| Event {
        wall_time: 1.5e9 + step as f64,
        step,
        what,
    };
    vec![
        event(0, What::FileVersion("brain.Event:2".to_string())),
        event(1, What::GraphDef(vec![10, 0])),
        event(2, What::Summary(all)),
        event(-3, What::MetaGraphDef(Vec::new())),
        event(4, What::Summary(Summary::scalar("loss", -1.5))),
    ]
}

/// The bytes of a file with these events, and where each of them ends.
fn written(folder: &TestFolder, events: &[Event]) -> (Vec<u8>, Vec<usize>) {
    // The writer makes the directories.
    let writer = FileWriter::new(folder.file("not/there/yet")).unwrap();
    let length = || fs::metadata(writer.path()).unwrap().len() as usize;
    // What the writer begins the file with is told in the events too.
    let begin = length();
    let mut ends = vec![0];
    for event in events {
        writer.add_event(event.clone()).unwrap();
        writer.flush().unwrap();
        ends.push(length() - begin);
    }
    (fs::read(writer.path()).unwrap().split_off(begin), ends)
}

fn read(path: &Path) -> (Vec<Event>, Option<tf::Error>) {
    let mut events = Vec::new();
    let mut iterator = summary_iterator(path).unwrap();
    for event in iterator.by_ref() {
        match event {
            Ok(event) => events.push(event),
            Err(error) => {
                assert!(iterator.next().is_none(), "there is more after an error");
                return (events, Some(error));
            }
        }
    }
    (events, None)
}

#[test]
fn what_is_written_is_read_back() {
    let folder = TestFolder::new();
    let (bytes, _) = written(&folder, &events());
    let path = folder.path().join("copy");
    fs::write(&path, bytes).unwrap();
    let (found, error) = read(&path);
    assert!(error.is_none());
    assert_eq!(found, events());
}

#[test]
fn a_file_cut_off_anywhere_gives_the_events_before() {
    let folder = TestFolder::new();
    let (bytes, ends) = written(&folder, &events());
    let path = folder.path().join("cut");
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let (found, error) = read(&path);
        let whole = ends.iter().filter(|end| **end <= length).count() - 1;
        assert_eq!(found, events()[..whole], "{length} bytes");
        match error {
            None => assert!(ends.contains(&length), "{length} bytes"),
            Some(error) => {
                assert!(matches!(error, tf::Error::DataLoss(_)), "{error}");
                let words = format!("truncated record at {}", ends[whole]);
                assert!(error.message().ends_with(&words), "{error}");
            }
        }
    }
}

#[test]
fn an_altered_byte_anywhere_gives_the_events_before() {
    let folder = TestFolder::new();
    let (bytes, ends) = written(&folder, &events());
    let path = folder.path().join("altered");
    for place in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[place] ^= 1 << (place % 8);
        fs::write(&path, altered).unwrap();
        let (found, error) = read(&path);
        let before = ends.iter().filter(|end| **end <= place).count() - 1;
        assert_eq!(found, events()[..before], "byte {place}");
        assert!(
            matches!(error, Some(tf::Error::DataLoss(_))),
            "byte {place}"
        );
    }
}

/// Records that are whole but hold anything else than an event.
#[test]
fn records_of_something_else_are_no_events() {
    let folder = TestFolder::new();
    fs::create_dir_all(folder.path()).unwrap();
    let path = folder.path().join("records");
    let crc = |bytes: &[u8]| (crc32c::crc32c(bytes).rotate_right(15)).wrapping_add(0xa282_ead8);
    for data in [
        &b"\xff"[..],
        b"\x1a\xff\xff\xff\xff\x0f",
        b"\x2a\x03\x0a\x09\x0a",
        b"\x0a",
    ] {
        let length = (data.len() as u64).to_le_bytes();
        let sums = [crc(&length).to_le_bytes(), crc(data).to_le_bytes()];
        fs::write(&path, [&length[..], &sums[0], data, &sums[1]].concat()).unwrap();
        let (found, error) = read(&path);
        assert!(found.is_empty());
        let error = error.expect("it is not an event");
        assert!(matches!(error, tf::Error::DataLoss(_)), "{error}");
        assert!(error.message().contains("record at 0"), "{error}");
    }
}

#[test]
fn files_are_named_as_tensorboard_expects_and_never_overwritten() {
    let folder = TestFolder::new();
    let logdir = folder.path().join("a/b");
    let options = FileWriterOptions::new().filename_suffix(".eval");
    let writers: Vec<_> = (0..3)
        .map(|_| FileWriter::with_options(&logdir, options.clone()).unwrap())
        .collect();
    let mut names: Vec<String> = writers
        .iter()
        .map(|writer| {
            writer
                .path()
                .file_name()
                .unwrap()
                .to_str()
                .unwrap()
                .to_string()
        })
        .collect();
    for name in &names {
        let rest = name.strip_prefix("events.out.tfevents.").expect(name);
        assert!(rest[..10].bytes().all(|b| b.is_ascii_digit()), "{name}");
        assert!(
            rest[10..].starts_with('.') && rest.ends_with(".eval"),
            "{name}"
        );
    }
    names.dedup();
    assert_eq!(names.len(), 3);
    assert_eq!(writers[0].get_logdir(), logdir);
}

#[test]
fn a_closed_writer_says_so_and_can_be_reopened() {
    let folder = TestFolder::new();
    let writer = FileWriter::new(folder.path()).unwrap();
    let first = writer.path();
    writer.add_summary(&Summary::scalar("x", 1.0), 1).unwrap();
    writer.reopen().unwrap();
    assert_eq!(writer.path(), first, "an open writer goes on");
    writer.close().unwrap();
    writer.close().unwrap();
    let error = writer
        .add_summary(&Summary::scalar("x", 2.0), 2)
        .unwrap_err();
    assert!(matches!(error, tf::Error::FailedPrecondition(_)), "{error}");
    assert!(error.help().unwrap().contains("reopen"), "{error}");
    writer.reopen().unwrap();
    writer.add_summary(&Summary::scalar("x", 3.0), 3).unwrap();
    writer.close().unwrap();
    for (path, step) in [(first, 1), (writer.path(), 3)] {
        let (events, error) = read(&path);
        assert!(error.is_none());
        assert_eq!(
            events.iter().map(|event| event.step).collect::<Vec<_>>(),
            [0, step]
        );
    }
}

#[test]
fn events_are_kept_until_they_are_many_or_old_or_the_writer_goes() {
    let folder = TestFolder::new();
    let count = |writer: &FileWriter| read(&writer.path()).0.len();
    let writer = FileWriter::new(folder.path()).unwrap();
    assert_eq!(count(&writer), 1, "the first event is written at once");
    writer.add_summary(&Summary::scalar("x", 1.0), 1).unwrap();
    assert_eq!(count(&writer), 1);
    writer.flush().unwrap();
    assert_eq!(count(&writer), 2);
    writer
        .add_summary(&Summary::scalar("x".repeat(100_000), 1.0), 2)
        .unwrap();
    assert_eq!(count(&writer), 3, "much is not kept");
    writer.add_summary(&Summary::scalar("x", 1.0), 3).unwrap();
    let path = writer.path();
    drop(writer);
    assert_eq!(read(&path).0.len(), 4);
    let hasty = FileWriterOptions::new().flush_secs(0);
    let writer = FileWriter::with_options(folder.path(), hasty).unwrap();
    writer.add_summary(&Summary::scalar("x", 1.0), 1).unwrap();
    assert_eq!(count(&writer), 2);
}

#[test]
fn a_queue_of_events_is_written_when_it_is_full() {
    let folder = TestFolder::new();
    let options = FileWriterOptions::new().max_queue(2);
    let writer = FileWriter::with_options(folder.path(), options).unwrap();
    let count = || read(&writer.path()).0.len();
    for step in 0..2 {
        writer
            .add_summary(&Summary::scalar("x", 1.0), step)
            .unwrap();
        assert_eq!(count(), 1);
    }
    writer.add_summary(&Summary::scalar("x", 1.0), 2).unwrap();
    assert_eq!(count(), 4);
    writer.add_summary(&Summary::scalar("x", 1.0), 3).unwrap();
    assert_eq!(count(), 4);
}

#[test]
fn a_graph_and_runs_are_written() {
    let folder = TestFolder::new();
    let graph = tf1::Graph::new();
    let x = graph.placeholder::<f32>("x", [2]);
    let y = tf1::square(&x);
    let session = tf1::Session::new(&graph).unwrap();
    let options = FileWriterOptions::new().graph(session.graph());
    let writer = FileWriter::with_options(folder.path(), options).unwrap();
    let (_, metadata) = session.run_traced(&y, [x.feed([1.0, 2.0])]).unwrap();
    writer.add_run_metadata(&metadata, "first", 7).unwrap();
    let error = writer.add_run_metadata(&metadata, "first", 8).unwrap_err();
    assert!(matches!(error, tf1::Error::AlreadyExists { .. }), "{error}");
    writer.close().unwrap();
    let (events, _) = read(&writer.path());
    assert_eq!(events.len(), 3);
    assert!(matches!(events[1].what, What::GraphDef(_)));
    assert_eq!(events[2].step, 7);
    match &events[2].what {
        What::TaggedRunMetadata { tag, run_metadata } => {
            assert_eq!(tag, "first");
            let text = String::from_utf8_lossy(run_metadata);
            assert!(
                text.contains("device:CPU:0") && text.contains("Square"),
                "{text}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn summaries_of_a_scope_and_in_a_collection() {
    let graph = tf1::Graph::new();
    let scalar = |name: &str| tf1::summary::scalar(name, graph.constant(1.0f32));
    let a = scalar("a");
    let b = graph.name_scope("inner", || scalar("b"));
    let both = tf1::summary::merge_with([&a, &b], ["mine"]);
    let again = Merge::new().collections(["again"]);
    tf1::summary::merge_with([&a, &b], again);
    let inner = MergeAll::new().scope("inner/");
    let inner = tf1::summary::merge_all_with(&graph, inner);
    let mine = tf1::summary::merge_all_with(&graph, MergeAll::new().key("mine"));
    for key in ["mine", "again"] {
        let texts: [MergeAll; 2] = [key.into(), key.to_string().into()];
        assert_eq!(texts, [MergeAll::new().key(key), MergeAll::new().key(key)]);
        assert_eq!(graph.get_collection(key).len(), 1);
    }
    let session = tf1::Session::new(&graph).unwrap();
    let (both, inner, mine) = session.run((&both, &inner, &mine), []).unwrap();
    let tags = |summary: &Summary| -> Vec<String> {
        summary
            .value
            .iter()
            .map(|value| value.tag.clone())
            .collect()
    };
    assert_eq!(tags(&both), ["a", "inner/b"]);
    assert_eq!(tags(&inner), ["inner/b"]);
    assert_eq!(tags(&mine), ["a", "inner/b"]);
}

#[test]
fn threads_share_a_writer() {
    let folder = TestFolder::new();
    let writer = FileWriter::new(folder.path()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let writer = &writer;
            scope.spawn(move || {
                for step in 0..500 {
                    let summary = Summary::scalar(format!("thread{thread}"), step as f32);
                    writer.add_summary(&summary, step).unwrap();
                }
            });
        }
    });
    writer.close().unwrap();
    let (events, error) = read(&writer.path());
    assert!(error.is_none());
    assert_eq!(events.len(), 1 + 4 * 500);
    for thread in 0..4 {
        let tag = format!("thread{thread}");
        let of_thread = events.iter().filter_map(|event| match &event.what {
            What::Summary(summary) if summary.value[0].tag == tag => Some(event.step),
            _ => None,
        });
        assert!(of_thread.eq(0..500), "{tag}");
    }
}

/// The other half of the next test, which runs it in a process of its own.
#[test]
fn is_stopped_after_a_flush() {
    let Some(logdir) = std::env::var_os("TF1_STOPPED_IN") else {
        return;
    };
    let writer = FileWriter::new(logdir).unwrap();
    writer.add_summary(&Summary::scalar("x", 1.0), 1).unwrap();
    writer.flush().unwrap();
    writer.add_summary(&Summary::scalar("x", 2.0), 2).unwrap();
    std::process::abort();
}

#[test]
fn a_process_that_is_stopped_leaves_what_it_has_flushed() {
    let folder = TestFolder::new();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "files::is_stopped_after_a_flush"])
        .env("TF1_STOPPED_IN", folder.path())
        .output()
        .unwrap()
        .status;
    assert!(!status.success());
    let mut files = fs::read_dir(folder.path()).unwrap();
    let (events, error) = read(&files.next().unwrap().unwrap().path());
    assert!(error.is_none());
    let steps: Vec<i64> = events.iter().map(|event| event.step).collect();
    assert_eq!(steps, [0, 1]);
}

/// A program may be killed while it writes.
#[test]
fn a_torn_record_at_the_end_leaves_what_was_before() {
    let folder = TestFolder::new();
    let writer = FileWriter::new(folder.path()).unwrap();
    writer.add_summary(&Summary::scalar("x", 1.0), 1).unwrap();
    writer.close().unwrap();
    let mut file = OpenOptions::new().append(true).open(writer.path()).unwrap();
    file.write_all(&24u64.to_le_bytes()).unwrap();
    let (events, error) = read(&writer.path());
    assert_eq!(events.len(), 2);
    assert!(matches!(error, Some(tf::Error::DataLoss(_))));
}

#[test]
fn what_the_system_refuses_is_an_error() {
    let folder = TestFolder::new();
    fs::create_dir_all(folder.path()).unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = FileWriter::new(file.join("logs")).unwrap_err();
    assert!(error.message().contains("file/logs"), "{error}");
    let error = summary_iterator(folder.path().join("nothing")).unwrap_err();
    assert!(matches!(error, tf::Error::NotFound(_)), "{error}");
    let error = summary_iterator(folder.path()).unwrap().next().unwrap();
    assert!(error.is_err(), "a folder is not an event file");
}

/// A folder's name may be anything that the system allows.
#[cfg(unix)]
#[test]
fn a_folder_whose_name_is_no_text_will_do() {
    use std::os::unix::ffi::OsStrExt;
    let folder = TestFolder::new();
    let name = std::ffi::OsStr::from_bytes(b"logs\xff");
    let logs = folder.path().join(name).join(name);
    let writer = FileWriter::new(&logs).unwrap();
    writer
        .add_summary(&Summary::scalar("loss", 0.5), 1)
        .unwrap();
    writer.close().unwrap();
    assert_eq!(writer.get_logdir(), logs);
    assert_eq!(writer.path().parent(), Some(&*logs));
    let (events, error) = read(&writer.path());
    assert!(events.len() == 2 && error.is_none(), "{error:?}");
}

/// Refused before the folder is made.
#[test]
fn a_suffix_that_leads_elsewhere_is_refused() {
    let folder = TestFolder::new();
    for suffix in ["/x", "../x", "a\0b"] {
        let options = FileWriterOptions::new().filename_suffix(suffix);
        let error = FileWriter::with_options(folder.file("logs"), options).unwrap_err();
        assert!(matches!(error, tf::Error::InvalidArgument(_)), "{error:?}");
        assert!(error.help().is_some());
    }
    assert!(folder.names().is_empty());
}

/// As `tf.summary.FileWriter(logdir, sess.graph)` of TensorFlow 1.15.5, which writes the
/// collections beside the graph (`meta_graph_def`).
#[test]
fn a_writer_takes_the_graph_alone() {
    let graph = tf1::Graph::new();
    let _ = graph.constant(1.0f32).named("one");
    let session = tf1::Session::new(&graph).unwrap();
    let events = |options: FileWriterOptions| {
        let folder = TestFolder::new();
        let writer = FileWriter::with_options(folder.path(), options).unwrap();
        writer.close().unwrap();
        let events = summary_iterator(writer.path()).unwrap();
        let events = events.map(|event| event.unwrap().what);
        events.collect::<Vec<_>>()
    };
    let short = events(session.graph().into());
    assert_eq!(short, events(FileWriterOptions::new().graph(&graph)));
    assert!(matches!(
        &short[..],
        [What::FileVersion(_), What::GraphDef(_)]
    ));
}
