//! Random programs of all ops, legal and illegal, fed with whatever a run may be fed: whatever they
//! are, the answer is a value or an error. Nothing panics, nothing is an internal error, what a run
//! gives does not depend on rewrites, threads and the way to ask for it, and a run that fails, for
//! want of memory too, leaves all variables as they were.
//!
//! `cargo test --test fuzz` runs a few hundred. `TF1_FUZZ=1000000 cargo test --release --test
//! fuzz -- --nocapture` runs a million, `TF1_FUZZ_SEED` is the first one's number (by default 0),
//! and what it prints for one that fails is what the failure needs of the program.

mod bits;
mod feeds;
mod ops;
mod pick;
mod program;
mod runner;
mod runs;
mod shrink;
mod state;

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::time::Instant;

use program::Program;
use runs::{MEMORY, Seen};
use shrink::{Cut, Failure, shrunk};

/// How many programs without the environment variable.
const SHORT: u64 = 400;

thread_local! {
    static PANICKED: RefCell<String> = const { RefCell::new(String::new()) };
}

#[test]
fn whatever_a_program_is_the_answer_is_a_value_or_an_error() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let count = number("TF1_FUZZ").unwrap_or(SHORT);
    let first = number("TF1_FUZZ_SEED").unwrap_or(0);
    let most = number("TF1_FUZZ_FAILURES").unwrap_or(10);
    panic::set_hook(Box::new(|info| {
        PANICKED.with_borrow_mut(|told| *told = info.to_string());
    }));
    let start = Instant::now();
    let (mut failures, mut seen) = (0, Seen::default());
    for seed in first..first + count {
        if let Err(failure) = run(seed, &Cut::default(), &mut seen) {
            let again = |cut: &Cut| run(seed, cut, &mut Seen::default()).err();
            let small = shrunk(failure, again);
            let (what, program) = (small.what, small.program);
            println!("\n--- TF1_FUZZ=1 TF1_FUZZ_SEED={seed}\n{what}\n{program}");
            failures += 1;
            if failures == most {
                break;
            }
        }
        let done = seed + 1 - first;
        if done % 10_000 == 0 {
            let seconds = start.elapsed().as_secs();
            println!("{done} programs, {failures} failures, {seconds} s, {seen:?}");
        }
    }
    let _ = panic::take_hook();
    println!("{seen:?}");
    assert_eq!(failures, 0, "programs that failed");
    assert!(
        count < SHORT || seen.is_fair(),
        "too few of a kind: {seen:?}"
    );
}

/// Builds and runs program number `seed`, without what is cut out.
fn run(seed: u64, cut: &Cut, seen: &mut Seen) -> Result<(), Failure> {
    let is_whole = run_within(seed, cut, MEMORY, seen)?;
    // What one way of running had no memory for, another computed: with more memory both do.
    if !is_whole && !run_within(seed, cut, 4 * MEMORY, &mut Seen::default())? {
        seen.exhausted += 1;
    }
    Ok(())
}

/// The same with so much memory; whether everything could be compared.
fn run_within(seed: u64, cut: &Cut, memory: usize, seen: &mut Seen) -> Result<bool, Failure> {
    let mut program = None;
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        let program = program.insert(Program::new(seed, runs::options(seed, memory), cut));
        program.build();
        runs::check(program, seen)
    }));
    let what = match outcome {
        Ok(Ok(is_whole)) => return Ok(is_whole),
        Ok(Err(what)) => what,
        Err(_) => PANICKED.take(),
    };
    let feeds = |program: &Program| program.feeds.len();
    Err(Failure {
        what,
        parts: program.as_ref().map_or(0, |program| program.parts),
        feeds: program.as_ref().map_or(0, feeds),
        program: program.map_or_else(String::new, |program| program.told()),
    })
}
