//! A prediction server's loop: several threads answer requests with one session, the latencies are
//! printed, and a newer model is restored while they answer.
//!
//! ```text
//! cargo run --release --example serve -- [THREADS] [REQUESTS]
//! ```
//!
//! The network is that of the SIGNS classifier, 12288-25-12-6, with the weights that it starts
//! from; a request is one picture. While a request is small, it is best answered by one thread
//! alone, so the session runs on its caller's thread. The README beside this file shows the same
//! network in Python, line by line.

#[path = "../outcome/mod.rs"]
mod outcome;

mod classifier;
mod reload;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use clap::Parser;
use tf1 as tf;
use tf1::SessionOptions;
use tf1::prelude::*;

use classifier::{Classifier, pictures};
use outcome::Outcome;

/// Answers requests with one session, by one thread and by several, and restores a newer model
/// meanwhile.
#[derive(Debug, Parser)]
#[command(name = "serve")]
struct Arguments {
    /// How many threads answer
    #[arg(default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    threads: u8,

    /// How many requests they answer
    #[arg(default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,
}

fn main() -> ExitCode {
    outcome::end(serve(&Arguments::parse(), &mut io::stdout()))
}

fn serve(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    let (threads, requests) = (arguments.threads.into(), arguments.requests as usize);
    let graph = Graph::new();
    let classifier = Classifier::new(&graph);
    let session = Session::with_options(&graph, SessionOptions::new().threads(1))?;
    session.run(&classifier.init, [])?;
    writeln!(
        out,
        "{requests} requests to the SIGNS network, one picture each, on one session"
    )?;
    let mut alone = None;
    for count in [1, threads] {
        let start = Instant::now();
        let latencies = answer(&session, &classifier, count, requests)?;
        let took = start.elapsed();
        let alone = *alone.get_or_insert(took);
        report(count, took, alone, latencies, out)?;
    }
    let folder = env::temp_dir().join(format!("tf1-serve-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let outcome = reload::reload(&session, &classifier, (threads, requests), &folder, out);
    let removed = fs::remove_dir_all(&folder);
    outcome?;
    Ok(removed?)
}

/// Has `threads` threads answer `requests` requests; returns how long each took.
fn answer(
    session: &Session,
    classifier: &Classifier,
    threads: usize,
    requests: usize,
) -> tf::Result<Vec<Duration>> {
    thread::scope(|scope| {
        let work = |thread| {
            let share = requests / threads + usize::from(thread < requests % threads);
            scope.spawn(move || work(session, classifier, thread, share))
        };
        let workers = (0..threads).map(work).collect::<Vec<_>>();
        let mut all = Vec::with_capacity(requests);
        for worker in workers {
            all.extend(
                worker
                    .join()
                    .expect("a thread that answers does not panic")?,
            );
        }
        Ok(all)
    })
}

/// What one of the threads does.
fn work(
    session: &Session,
    classifier: &Classifier,
    thread: usize,
    requests: usize,
) -> tf::Result<Vec<Duration>> {
    let pictures = pictures(thread * 8, 8);
    let step = session.prepare(&classifier.class, &classifier.picture)?;
    let answer = |request| {
        let start = Instant::now();
        step.run([classifier.picture.feed(&pictures[request % 8])])?;
        Ok(start.elapsed())
    };
    (0..requests).map(answer).collect()
}

fn report(
    threads: usize,
    took: Duration,
    alone: Duration,
    mut latencies: Vec<Duration>,
    out: &mut impl Write,
) -> io::Result<()> {
    latencies.sort_unstable();
    let percentile = |p: usize| latencies[(latencies.len() - 1) * p / 1000].as_secs_f64() * 1e6;
    writeln!(
        out,
        "{threads} threads: {:.0} requests/s ({:.2} × one thread); latency p50 {:.0} µs, p90 {:.0} µs, p99 {:.0} µs, p99.9 {:.0} µs",
        latencies.len() as f64 / took.as_secs_f64(),
        alone.as_secs_f64() / took.as_secs_f64(),
        percentile(500),
        percentile(900),
        percentile(990),
        percentile(999),
    )
}
