//! Numbers that a user, a feed or a file may give as counts, lengths, axes and indices, from the
//! smallest to the largest: each gives a result or an error that names the node, before anything is
//! allocated.
//!
//! What could be held by some machine but not by this one is not a matter of counts.

#[path = "../common/allocator.rs"]
#[allow(dead_code, reason = "nothing is counted here")]
mod allocator;
mod ops;
mod random;
#[cfg(feature = "tune")]
mod settings;

use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use tf1::{AnyTensor, Graph, Session, SessionOptions};

/// The numbers to try; those that do not fit into a type wrap around.
const COUNTS: [i64; 17] = [
    0,
    1,
    2,
    3,
    -1,
    -2,
    5,
    1 << 21,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64,
    1 << 32,
    1 << 41,
    i64::MAX / 8 + 1,
    i64::MAX,
    i64::MIN,
    i64::MIN + 1,
];

/// How long one number may take, on a slow machine with much to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is tried with all numbers.
pub struct Row {
    pub name: &'static str,
    /// Tries one.
    pub attempt: Box<dyn Fn(i64) -> tf1::Result<()>>,
    /// Whether to leave out a number: results of a few gigabytes are a matter of memory.
    pub skips: fn(i64) -> bool,
    /// Whether an error is of a node.
    pub has_node: bool,
}

/// Tries all rows with all numbers, and says what went wrong.
pub fn check(rows: Vec<Row>) {
    let mut failures = Vec::new();
    for row in rows {
        for count in COUNTS.into_iter().filter(|count| !(row.skips)(*count)) {
            let begin = Instant::now();
            let outcome = panic::catch_unwind(AssertUnwindSafe(|| (row.attempt)(count)));
            let what = match outcome {
                Err(_) => "panics".to_string(),
                Ok(Err(error)) if error.to_string().contains("defect of tf1") => error.to_string(),
                Ok(Err(error)) if row.has_node && error.node().is_none() => {
                    format!("names no node: {error}")
                }
                Ok(_) if begin.elapsed() > PATIENCE => format!("takes {:?}", begin.elapsed()),
                Ok(_) => continue,
            };
            failures.push(format!("{} of {count}: {what}", row.name));
        }
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Runs all that a function adds to a graph, with and without rewrites of the plan.
pub fn run(build: impl Fn(&Graph) -> Vec<AnyTensor>) -> tf1::Result<()> {
    let graph = Graph::new();
    let tensors = build(&graph);
    // What is built must print, too.
    let _ = format!("{tensors:?}");
    graph.check()?;
    for options in [
        SessionOptions::new(),
        SessionOptions::new().without_rewrites(),
    ] {
        let session = Session::with_options(&graph, options)?;
        session.run(graph.global_variables_initializer(), [])?;
        session.run(tensors.clone(), [])?;
    }
    Ok(())
}
