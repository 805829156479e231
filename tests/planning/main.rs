//! Building, differentiating, planning, running, printing and dropping graphs of every shape take time in proportion to their nodes, and no
//! deeper stack than small graphs do.

#[path = "../../examples/bench/shapes.rs"]
mod shapes;

#[path = "../../examples/common/test_files.rs"]
#[allow(dead_code)]
mod test_files;

mod first_values;
mod late_reads;
mod many_operands;

use std::time::{Duration, Instant};

use shapes::{Case, Make, SHAPES};
use tf1::summary::FileWriter;
use tf1::{Feed, Session, SessionOptions};

/// What is built small and large.
const SIZES: [usize; 2] = [500, 8_000];

/// By how much a node of the large graph may take longer than one of the small: cache and allocator take a part of it; what is
/// quadratic takes 16 times as long.
const LIMIT: f64 = 5.0;

/// Too short to be measured.
const SHORT: Duration = Duration::from_millis(30);

/// How exactly the system tells the time that a thread computes.
const TICK: Duration = Duration::from_millis(4);

/// Enough for any graph, and too little for anything that goes down a chain of 8,000 nodes by calling itself.
const STACK: usize = 1 << 19;

const STAGES: [&str; 6] = ["build", "gradients", "plan", "run", "print", "drop"];

#[test]
fn time_is_in_proportion_to_the_number_of_nodes() {
    let wanted = std::env::var("TF1_SHAPE").unwrap_or_default();
    let mut mistakes = Vec::new();
    for &(name, make) in SHAPES.iter().filter(|(name, _)| name.contains(&wanted)) {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let measured = thread
            .spawn(move || superlinear(make))
            .map(|thread| thread.join());
        match measured {
            Ok(Ok(stages)) => {
                let tell = |stage: String| format!("{name}: {stage}");
                mistakes.extend(stages.into_iter().map(tell));
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

/// The stages that take too long, each with its times; once more to be sure if there are any, as other programs may disturb.
fn superlinear(make: Make) -> Vec<String> {
    let mut best: Option<Vec<String>> = None;
    for _ in 0..3 {
        let [(few, small), (many, large)] = SIZES.map(|size| measure(make, size));
        let growth = many as f64 / few as f64;
        let stages = STAGES.iter().zip(small.iter().zip(&large));
        let slow = stages.filter(|(_, (small, large))| {
            **large > SHORT && large.as_secs_f64() > LIMIT * growth * (**small + TICK).as_secs_f64()
        });
        let slow: Vec<String> = slow
            .map(|(stage, (small, large))| {
                format!("{stage}: {small:?} for {few} nodes, {large:?} for {many}")
            })
            .collect();
        if slow.is_empty() {
            return slow;
        }
        best = Some(match best {
            Some(best) if best.len() <= slow.len() => best,
            _ => slow,
        });
    }
    best.unwrap_or_default()
}

/// The number of nodes, and how long each stage takes.
fn measure(make: Make, size: usize) -> (usize, [Duration; 6]) {
    let (mut case, build) = timed(|| make(size));
    let (_, gradients) = timed(|| case.differentiate());
    let session = Session::with_options(&case.graph, SessionOptions::new().threads(1));
    let session = session.expect("the graph has no mistake");
    let run = |case: &Case, what: fn(&Session, &Case, Vec<Feed<'_>>)| {
        let values = case.values();
        let feeds = case.fed.iter().zip(&values);
        let feeds = feeds.map(|(tensor, value)| tensor.feed(value)).collect();
        what(&session, case, feeds);
    };
    session
        .run(case.graph.global_variables_initializer(), [])
        .expect("variables can be initialized");
    let (_, plan) = timed(|| run(&case, plan));
    let (_, ran) = timed(|| run(&case, run_once));
    let (_, print) = timed(|| run(&case, print));
    let nodes = case.graph.len();
    let (_, dropped) = timed(|| drop((case, session)));
    (nodes, [build, gradients, plan, ran, print, dropped])
}

fn plan(session: &Session, case: &Case, feeds: Vec<Feed<'_>>) {
    let planned = session.peak_memory((&case.tensors, &case.operations), feeds);
    planned.expect("the run can be planned");
}

fn run_once(session: &Session, case: &Case, feeds: Vec<Feed<'_>>) {
    let (results, _) = session
        .run((&case.tensors, &case.operations), feeds)
        .expect("the run succeeds");
    assert_eq!(results.len(), case.tensors.len());
}

fn print(session: &Session, case: &Case, feeds: Vec<Feed<'_>>) {
    let explained = session.explain((&case.tensors, &case.operations), feeds);
    assert!(!explained.expect("the run can be planned").is_empty());
    assert!(case.graph.to_dot().len() > case.graph.len());
    let folder = test_files::TestFolder::new();
    let writer = FileWriter::new(folder.path()).expect("a folder for the graph");
    writer
        .add_graph(&case.graph)
        .expect("the graph can be written");
}

/// What `call` gives, and the time that this thread has been computing for it.
fn timed<R>(call: impl FnOnce() -> R) -> (R, Duration) {
    let (wall, before) = (Instant::now(), on_processor());
    let result = call();
    let time = match (before, on_processor()) {
        (Some(before), Some(after)) => after - before,
        _ => wall.elapsed(),
    };
    (result, time)
}

/// How long this thread has been on a processor, where the system tells.
fn on_processor() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}
