//! Random programs of all ops, legal and illegal, fed with whatever a run may be fed: whatever they are, the answer is a value or
//! an error. Nothing panics, nothing is an internal error, and what a run gives does not depend on rewrites and threads.
//!
//! `cargo test --test fuzz` runs a few hundred. `TF1_FUZZ=1000000 cargo test --release --test fuzz -- --nocapture` runs a million,
//! `TF1_FUZZ_SEED` is the first one's number (by default 0), and what it prints for one that fails is all that the program was.

mod feeds;
mod ops;
mod pick;
mod program;
mod runs;
mod state;

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::time::Instant;

use program::Program;

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
        if let Err(failure) = run(seed, &mut seen) {
            println!("\n--- TF1_FUZZ=1 TF1_FUZZ_SEED={seed}\n{failure}");
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
}

/// What became of the programs' runs.
#[derive(Debug, Default)]
pub struct Seen {
    pub values: u64,
    pub errors: u64,
}

/// Builds and runs program number `seed`.
fn run(seed: u64, seen: &mut Seen) -> Result<(), String> {
    let mut program = None;
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        let program = program.insert(Program::new(seed));
        program.build();
        runs::check(program, seen)
    }));
    let told = |what: String| match &program {
        Some(program) => format!("{what}\n{}", program.told()),
        None => what,
    };
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failure)) => Err(told(failure)),
        Err(_) => Err(told(PANICKED.take())),
    }
}
