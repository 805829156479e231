//! Building, differentiating, planning, running, printing and dropping graphs of every shape take
//! time in proportion to their nodes, and no deeper stack than small graphs do.

#[path = "../../examples/bench/shapes.rs"]
mod shapes;

#[path = "../../examples/common/test_files.rs"]
#[allow(dead_code)]
mod test_files;

mod first_values;
mod late_reads;
mod many_operands;

use std::time::{Duration, Instant};

use ndarray::ArrayD;
use shapes::{Case, MANY_VARIABLES, Make, SHAPES};
use tf1::summary::FileWriter;
use tf1::{Feed, Session, SessionOptions};

/// What is built small and large.
const SIZES: [usize; 2] = [500, 8_000];

/// The same where there are many variables, layers or scopes: a graph has fewer of these than
/// nodes.
const SIZES_OF_MANY: [usize; 2] = [2_000, 32_000];

/// What is printed small and large, which takes longest.
const PRINTED: [usize; 2] = [125, 2_000];

/// By how much a node of the large graph may take longer than one of the small: cache and allocator
/// take a part of it; what is quadratic takes 16 times as long.
const LIMIT: f64 = 3.0;

/// Too short to be measured.
const SHORT: Duration = Duration::from_millis(20);

/// How exactly the system tells the time that a thread computes.
const TICK: Duration = Duration::from_millis(4);

/// Enough for any graph, and too little for anything that goes down a chain of 8,000 nodes by
/// calling itself.
const STACK: usize = 1 << 19;

const STAGES: [&str; 7] = [
    "build",
    "gradients",
    "initialize",
    "load",
    "plan",
    "run",
    "drop",
];

/// How often the small graph is made, for its times to be long enough to be measured.
const TIMES: u32 = 4;

/// The number of nodes, and how long each stage takes.
type Measured = (usize, Vec<Duration>);

#[test]
fn time_is_in_proportion_to_the_number_of_nodes() {
    expect_proportion(SHAPES, &STAGES, SIZES, measure);
}

#[test]
fn time_is_in_proportion_to_the_number_of_variables() {
    expect_proportion(MANY_VARIABLES, &STAGES, SIZES_OF_MANY, measure);
}

#[test]
fn printing_takes_time_in_proportion_to_the_number_of_nodes() {
    const STAGES: [&str; 3] = ["explain", "dot", "event"];
    expect_proportion(SHAPES, &STAGES, PRINTED, print);
    expect_proportion(MANY_VARIABLES, &STAGES, PRINTED, print);
}

/// Fails if a stage takes too long for a large graph of one of these shapes.
fn expect_proportion(
    shapes: &'static [(&str, Make)],
    stages: &'static [&str],
    sizes: [usize; 2],
    measure: fn(Make, usize) -> Measured,
) {
    let wanted = std::env::var("TF1_SHAPE").unwrap_or_default();
    let mut mistakes = Vec::new();
    for &(name, make) in shapes.iter().filter(|(name, _)| name.contains(&wanted)) {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let measured = thread
            .spawn(move || superlinear(stages, sizes, |size| measure(make, size)))
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

/// The stages that take too long, with the times: each time that it is tried, as other programs may
/// disturb.
fn superlinear(
    stages: &[&str],
    [small_size, large_size]: [usize; 2],
    measure: impl Fn(usize) -> Measured,
) -> Vec<String> {
    let mut slow: Vec<Option<String>> = vec![Some(String::new()); stages.len()];
    for _ in 0..3 {
        let (mut few, mut small) = (0, vec![Duration::ZERO; stages.len()]);
        for _ in 0..TIMES {
            let (nodes, times) = measure(small_size);
            few = nodes;
            small
                .iter_mut()
                .zip(times)
                .for_each(|(sum, time)| *sum += time);
        }
        let (many, large) = measure(large_size);
        let growth = many as f64 / few as f64;
        let times = small.iter().zip(&large).zip(stages);
        for (slow, ((small, large), stage)) in slow.iter_mut().zip(times) {
            let small = (*small + TICK) / TIMES;
            let most = LIMIT * growth * small.as_secs_f64();
            let is_slow = *large > SHORT && large.as_secs_f64() > most;
            let tell = || format!("{stage}: {small:?} for {few} nodes, {large:?} for {many}");
            *slow = slow.take().filter(|_| is_slow).map(|_| tell());
        }
        if slow.iter().all(Option::is_none) {
            break;
        }
    }
    slow.into_iter().flatten().collect()
}

fn session(case: &Case) -> Session {
    let session = Session::with_options(&case.graph, SessionOptions::new().threads(1));
    session.expect("the graph has no mistake")
}

/// What is to be fed.
fn feeds<'v>(case: &Case, values: &'v [ArrayD<f32>]) -> Vec<Feed<'v>> {
    let each = case.fed.iter().zip(values);
    each.map(|(tensor, value)| tensor.feed(value)).collect()
}

/// How long it takes to build and run a graph.
fn measure(make: Make, size: usize) -> Measured {
    let (mut case, build) = timed(|| make(size));
    let (_, gradients) = timed(|| case.differentiate());
    let session = session(&case);
    let init = case.graph.global_variables_initializer();
    let (outcome, initialize) = timed(|| session.run(&init, []));
    outcome.expect("variables can be initialized");
    let (outcome, load) = timed(|| case.load(&session));
    outcome.expect("variables can be given values");
    let values = case.values();
    let fetches = (&case.tensors, &case.operations);
    let (planned, plan) = timed(|| session.peak_memory(fetches, feeds(&case, &values)));
    planned.expect("the run can be planned");
    let (results, run) = timed(|| session.run(fetches, feeds(&case, &values)));
    let (results, _) = results.expect("the run succeeds");
    assert_eq!(results.len(), case.tensors.len());
    let nodes = case.graph.len();
    let (_, dropped) = timed(|| drop((case, session)));
    (
        nodes,
        vec![build, gradients, initialize, load, plan, run, dropped],
    )
}

/// How long it takes to print a graph and the plan of a run.
fn print(make: Make, size: usize) -> Measured {
    let mut case = make(size);
    case.differentiate();
    let session = session(&case);
    let values = case.values();
    let fetches = (&case.tensors, &case.operations);
    let (explained, explain) = timed(|| session.explain(fetches, feeds(&case, &values)));
    assert!(!explained.expect("the run can be planned").is_empty());
    let (text, dot) = timed(|| case.graph.to_dot());
    assert!(text.len() > case.graph.len());
    let folder = test_files::TestFolder::new();
    let writer = FileWriter::new(folder.path()).expect("a folder for the graph");
    let (written, event) = timed(|| writer.add_graph(&case.graph));
    written.expect("the graph can be written");
    (case.graph.len(), vec![explain, dot, event])
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
