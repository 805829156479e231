//! Runs one workload and prints what it took as a line of JSON for each variant: median, fastest
//! and slowest call in milliseconds.
//!
//! ```text
//! cargo run --release --example bench -- WORKLOAD [THREADS]
//! ```
//!
//! `ops` is not a workload but all ops one by one: see `ops/mod.rs` and `ops.py`.
//!
//! The workloads, their data and their warm-up are those of `docs/performance.md`, so that other
//! libraries' programs, which print the same lines, can be compared with this one side by side.

mod checkpoint;
mod convolution;
mod data;
mod ops;
mod planning;
mod report;
mod shapes;
mod tables;
mod workloads;

use std::process::ExitCode;

use report::Reporter;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let workload = arguments.next().unwrap_or_else(|| "signs".to_string());
    let threads = arguments.next().map_or(Ok(2), |text| text.parse());
    let Ok(threads) = threads else {
        eprintln!("the number of threads must be a number");
        return ExitCode::FAILURE;
    };
    let result = match workload.as_str() {
        "ops" => ops::ops(threads, arguments.next().as_deref()),
        _ => workloads::run(&workload, &Reporter::new(threads)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{workload}: {error}");
            ExitCode::FAILURE
        }
    }
}
