//! A prediction server's loop: several threads answer requests with one session, and the latencies are printed.
//!
//! ```text
//! cargo run --release --example serve -- [THREADS] [REQUESTS]
//! ```
//!
//! The network is that of the SIGNS classifier, 12288-25-12-6, with the weights that it starts from; a request is one picture. While a
//! request is small, it is best answered by one thread alone, so the session runs on its caller's thread.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use ndarray::Array2;
use tf1 as tf;
use tf1::{Graph, Session, SessionOptions, Tensor};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let (threads, requests) = (
        arguments.next().unwrap_or(Ok(4)),
        arguments.next().unwrap_or(Ok(20_000)),
    );
    let (Ok(threads @ 1..=64), Ok(requests @ 1..)) = (threads, requests) else {
        eprintln!("usage: serve [THREADS, from 1 to 64] [REQUESTS]");
        return ExitCode::FAILURE;
    };
    match serve(threads, requests) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What a request asks, and the answer.
struct Classifier {
    picture: Tensor,
    class: Tensor<i64>,
}

fn classifier(graph: &Graph) -> Classifier {
    let picture = graph.placeholder::<f32>("picture", [12288, 1]);
    let (mut a, mut z) = (picture.clone(), picture.clone());
    for (layer, [units, inputs]) in [(1, [25, 12288]), (2, [12, 25]), (3, [6, 12])] {
        let w = graph.get_variable(
            &format!("W{layer}"),
            [units, inputs],
            tf::initializers::xavier().seed(1),
        );
        let b = graph.get_variable(&format!("b{layer}"), [units, 1], tf::initializers::zeros());
        z = tf::matmul(&w, &a) + &b;
        a = tf::nn::relu(&z);
    }
    let class = tf::argmax(&z, 0);
    Classifier { picture, class }
}

fn serve(threads: usize, requests: usize) -> tf::Result<()> {
    let graph = Graph::new();
    let classifier = classifier(&graph);
    let session = Session::with_options(&graph, SessionOptions::new().threads(1))?;
    session.run(graph.global_variables_initializer(), [])?;
    println!("{requests} requests to the SIGNS network, one picture each, on one session");
    let mut alone = None;
    for count in [1, threads] {
        let start = Instant::now();
        let latencies = answer(&session, &classifier, count, requests)?;
        let took = start.elapsed();
        let alone = *alone.get_or_insert(took);
        report(count, took, alone, latencies);
    }
    Ok(())
}

/// Has `threads` threads answer `requests` requests; returns how long each took.
fn answer(
    session: &Session,
    classifier: &Classifier,
    threads: usize,
    requests: usize,
) -> tf::Result<Vec<Duration>> {
    let work = &|thread: usize| -> tf::Result<Vec<Duration>> {
        let pictures: Vec<Array2<f32>> = (0..8).map(|i| picture(thread * 8 + i)).collect();
        let step = session.prepare(&classifier.class, [&classifier.picture])?;
        (0..requests / threads + usize::from(thread < requests % threads))
            .map(|request| {
                let start = Instant::now();
                step.run([classifier.picture.feed(&pictures[request % pictures.len()])])?;
                Ok(start.elapsed())
            })
            .collect()
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
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

/// A picture of nothing in particular.
fn picture(number: usize) -> Array2<f32> {
    Array2::from_shape_fn((12288, 1), |(i, _)| {
        ((i * 31 + number * 17) % 256) as f32 / 255.0
    })
}

fn report(threads: usize, took: Duration, alone: Duration, mut latencies: Vec<Duration>) {
    latencies.sort_unstable();
    let percentile = |p: usize| latencies[(latencies.len() - 1) * p / 1000].as_secs_f64() * 1e6;
    println!(
        "{threads} threads: {:.0} requests/s ({:.2} × one thread); latency p50 {:.0} µs, p90 {:.0} µs, p99 {:.0} µs, p99.9 {:.0} µs",
        latencies.len() as f64 / took.as_secs_f64(),
        alone.as_secs_f64() / took.as_secs_f64(),
        percentile(500),
        percentile(900),
        percentile(990),
        percentile(999),
    );
}
