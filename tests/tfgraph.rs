//! The command `tfgraph` over frozen graphs and what TensorFlow computed of them.

#[path = "../examples/common/test_files.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod test_files;

use std::process::Command;

use test_files::{TestFolder, shared_folder};

/// How many of the 380 samples are to be right: those that hold no op and no element type that is
/// missing here.
const RIGHT: usize = 267;

fn tfgraph(arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tfgraph"))
        .args(arguments)
        .output()
        .expect("the command is built with the tests");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints text");
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn samples_give_what_tensorflow_gave() {
    let Some(folder) = shared_folder("graphs/dl4j") else {
        return;
    };
    let (succeeded, lines, errors) = tfgraph(&["check", folder.to_str().unwrap()]);
    assert!(succeeded, "{errors}");
    let wrong: Vec<&str> = lines
        .lines()
        .filter(|line| line.contains("\twrong\t"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let right = lines.lines().filter(|line| line.contains("\tok\t")).count();
    let errors = lines.lines().filter(|line| line.contains("\terror\t"));
    let defects: Vec<&str> = errors.filter(|line| line.contains("panicked")).collect();
    assert!(defects.is_empty(), "{}", defects.join("\n"));
    assert!(right >= RIGHT, "only {right} are ok:\n{lines}");
}

#[test]
fn one_bad_graph_does_not_stop_the_rest() {
    let folder = TestFolder::new();
    std::fs::create_dir_all(folder.file("bad")).unwrap();
    folder.write("bad/frozen_model.pb", b"no graph");
    let (succeeded, lines, _) = tfgraph(&["check", folder.path().to_str().unwrap()]);
    assert!(succeeded);
    assert!(lines.starts_with("bad\terror\t"), "{lines}");
    assert!(lines.ends_with("0 ok, 0 wrong, 1 error\n"), "{lines}");
}

#[test]
fn a_graph_that_takes_too_much_stops_nothing() {
    let folder = TestFolder::new();
    let write = |name: &str, build: fn(&tf1::Graph)| {
        let graph = tf1::Graph::new();
        build(&graph);
        std::fs::create_dir_all(folder.file(name)).unwrap();
        let path = folder.file(&format!("{name}/frozen_model.pb"));
        graph.as_graph_def().unwrap().write(path).unwrap();
    };
    write("large", |graph| {
        let ones = tf1::fill(graph.constant([1 << 14, 1 << 14]), graph.constant(1.0f32));
        tf1::cumsum(&ones);
    });
    write("small", |graph| drop(graph.constant(1.0f32)));
    let folder = folder.path().to_str().unwrap();
    let (succeeded, lines, errors) = tfgraph(&["check", folder, "--megabytes", "256"]);
    assert!(succeeded, "{errors}");
    let lines: Vec<&str> = lines.lines().collect();
    assert!(lines[0].starts_with("large\terror\t"), "{}", lines[0]);
    assert!(lines[0].contains("memory"), "{}", lines[0]);
    assert!(lines[1].starts_with("small\tok\t"), "{}", lines[1]);
    assert_eq!(lines[2], "1 ok, 0 wrong, 1 error");

    let (succeeded, lines, errors) = tfgraph(&["check", folder, "--seconds", "0"]);
    assert!(succeeded, "{errors}");
    let late = lines.matches("\tit took longer than 0 seconds\n").count();
    assert_eq!(late, 2, "{lines}");
    assert!(errors.is_empty(), "progress is for terminals: {errors}");
}

#[test]
fn a_graph_is_shown_and_run() {
    let graph = tf1::Graph::new();
    let x = graph.placeholder::<f32>("x", [2]);
    tf1::square(&x).named("y");
    let folder = TestFolder::new();
    let file = folder.file("graph.pb");
    graph.as_graph_def().unwrap().write(&file).unwrap();
    let file = file.to_str().unwrap();

    let (succeeded, shown, errors) = tfgraph(&["show", file]);
    assert!(succeeded, "{errors}");
    assert!(
        shown.contains(r#"Tensor("x:0", shape=(2,), dtype=float32)"#),
        "{shown}"
    );
    assert!(shown.contains("1 Square"), "{shown}");

    let value = folder.file("x.npy");
    ndarray_npy::write_npy(&value, &ndarray::arr1(&[2.0f32, -3.0])).unwrap();
    let feed = format!("x={}", value.display());
    let (succeeded, printed, errors) = tfgraph(&["run", file, "--feed", &feed, "--fetch", "y"]);
    assert!(succeeded, "{errors}");
    assert!(printed.contains("[4, 9]"), "{printed}");

    let out = folder.file("out.npz");
    let fetch = [
        "run",
        file,
        "--feed",
        &feed,
        "--fetch",
        "y:0",
        "--output",
        out.to_str().unwrap(),
    ];
    let (succeeded, _, errors) = tfgraph(&fetch);
    assert!(succeeded, "{errors}");
    let mut arrays = ndarray_npy::NpzReader::new(std::fs::File::open(out).unwrap()).unwrap();
    let y: ndarray::Array1<f32> = arrays.by_name("y:0").unwrap();
    assert_eq!(y, ndarray::arr1(&[4.0, 9.0]));

    let (succeeded, _, errors) = tfgraph(&["run", file, "--fetch", "z"]);
    assert!(!succeeded && errors.lines().count() == 1, "{errors}");
}
