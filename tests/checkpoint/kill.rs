//! A process that trains and saves is killed at random moments, again and again. Nothing is lost:
//! the last checkpoint that it had told of, or a later one, is there and loads, and holds one
//! moment.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use tf1 as tf;
use tf1::random::NumpyRandom;
use tf1::train::{CheckpointReader, Saver, get_checkpoint_state, latest_checkpoint};
use tf1::{Graph, Session, Tensor};

use super::TestFolder;

/// In a child process: the folder to save in.
const FOLDER: &str = "TF1_KILL_TEST_FOLDER";
/// In a child process: whether every checkpoint has a step in its name.
const WITH_STEPS: &str = "TF1_KILL_TEST_WITH_STEPS";
/// How often each kind of child is killed.
const KILLS: usize = 50;

/// Variables that all count the steps; of different lengths, so that they lie at different places
/// of the file.
struct Counters {
    graph: Graph,
    steps: Vec<Tensor>,
}

impl Counters {
    fn new() -> Self {
        let graph = Graph::new();
        let counter = |i: usize| {
            graph
                .variable(ndarray::Array1::<f32>::zeros(1 + 700 * i))
                .named(format!("counter{i}"))
        };
        let steps = (0..8)
            .map(|i| counter(i).assign_add(ndarray::Array1::<f32>::ones(1 + 700 * i)))
            .collect();
        Counters { graph, steps }
    }
}

/// What the child does: goes on from the last checkpoint, and saves after every step, until it is
/// killed. This is not a test of its own: the tests below start it.
#[test]
fn child() -> tf::Result<()> {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return Ok(());
    };
    let counters = Counters::new();
    let saver = Saver::new(&counters.graph).max_to_keep(3);
    let session = Session::new(&counters.graph)?;
    match latest_checkpoint(&folder)? {
        Some(last) => saver.restore(&session, last)?,
        None => drop(session.run(counters.graph.global_variables_initializer(), [])?),
    }
    if let Some(state) = get_checkpoint_state(&folder)? {
        saver.recover_last_checkpoints(state.all_model_checkpoint_paths);
    }
    loop {
        let values = session.run(&counters.steps, [])?;
        let step = values[0][[0]] as i64;
        let with_steps = std::env::var_os(WITH_STEPS).is_some();
        saver.save(
            &session,
            folder.join("model.ckpt"),
            with_steps.then_some(step),
        )?;
        println!("saved {step}");
    }
}

/// Runs the child for this long, kills it, and returns the last step that it told of.
fn run_and_kill(folder: &Path, with_steps: bool, after: Duration) -> i64 {
    let mut command = Command::new(std::env::current_exe().expect("the test's own program"));
    command
        .args(["kill::child", "--exact", "--nocapture"])
        .env(FOLDER, folder);
    if with_steps {
        command.env(WITH_STEPS, "1");
    }
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the child starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let told = |line: std::io::Result<String>| -> Option<i64> {
        let line = line.ok()?;
        line.split_once("saved ")?.1.trim().parse().ok()
    };
    // The child is up once it has told of its first save.
    let first = lines.by_ref().find_map(told).expect("the child saves");
    std::thread::sleep(after);
    child.kill().expect("the child can be killed");
    let last = lines.filter_map(told).last().unwrap_or(first);
    child.wait().expect("the child has ended");
    last
}

/// The step of the last checkpoint, all of whose variables must have been saved at that step.
fn step_of(folder: &Path) -> tf::Result<i64> {
    let last = latest_checkpoint(folder)?.expect("there is a checkpoint");
    let reader = CheckpointReader::new(last)?;
    let mut steps = Vec::new();
    for name in reader.names() {
        let value = reader
            .get_tensor(name)?
            .into_array::<f32>()
            .expect("of f32");
        steps.extend(value);
    }
    assert_eq!(steps.len(), 8 + 700 * 28);
    assert!(
        steps.iter().all(|step| *step == steps[0]),
        "the checkpoint holds two moments"
    );
    Ok(steps[0] as i64)
}

fn kill_again_and_again(with_steps: bool) -> tf::Result<()> {
    let folder = TestFolder::new();
    // Another order of moments in every run of the test would be no better: each moment is random
    // with respect to the child.
    let mut random = NumpyRandom::new(1);
    let mut last = 0;
    for kill in 0..KILLS {
        let after = Duration::from_micros((random.rand(())?[()] * 20_000.0) as u64);
        let told = run_and_kill(folder.path(), with_steps, after);
        let found = step_of(folder.path())?;
        assert!(
            told > last,
            "kill {kill}: the child went back from {last} to {told}"
        );
        assert!(
            found >= told,
            "kill {kill}: {told} was saved, but {found} is found"
        );
        last = found;
    }
    leaves_nothing_behind(&folder, with_steps)
}

/// One more save, and there is nothing in the folder but what its state names.
fn leaves_nothing_behind(folder: &TestFolder, with_steps: bool) -> tf::Result<()> {
    let counters = Counters::new();
    let saver = Saver::new(&counters.graph).max_to_keep(3);
    let session = Session::new(&counters.graph)?;
    let state = get_checkpoint_state(folder.path())?.expect("there is a state");
    saver.restore(&session, &state.model_checkpoint_path)?;
    saver.recover_last_checkpoints(state.all_model_checkpoint_paths);
    let values = session.run(&counters.steps, [])?;
    let step = values[0][[0]] as i64;
    saver.save(
        &session,
        folder.file("model.ckpt"),
        with_steps.then_some(step),
    )?;
    let mut expected = vec!["checkpoint".to_string()];
    for prefix in saver.last_checkpoints() {
        let prefix = prefix.file_name().expect("a name").display();
        expected.extend([".data-00000-of-00001", ".index"].map(|end| format!("{prefix}{end}")));
    }
    expected.sort();
    assert_eq!(expected.len(), if with_steps { 7 } else { 3 });
    assert_eq!(folder.names(), expected);
    Ok(())
}

#[test]
fn with_steps_nothing_is_lost() -> tf::Result<()> {
    kill_again_and_again(true)
}

#[test]
fn under_one_name_nothing_is_lost() -> tf::Result<()> {
    kill_again_and_again(false)
}
