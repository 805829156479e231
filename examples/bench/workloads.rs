//! The workloads.

use std::time::Instant;

use ndarray::{Array1, Array2, s};
use tf1 as tf;
use tf1::train::Optimizer;
use tf1::{Graph, Operation, Session, SessionOptions, Tensor};

use crate::checkpoint::checkpoint;
use crate::convolution::{cnn, conv, import, infer};
use crate::data;
use crate::planning::{new_batch, planning};
use crate::report::{Calls, Reporter, milliseconds};
use crate::tables::{convolutions, products};

/// The minibatches that the SIGNS workload goes round and round.
const BATCHES: usize = 33;

/// Runs the workload of this name.
pub fn run(workload: &str, reporter: &Reporter) -> tf::Result<()> {
    match workload {
        "signs" => signs(reporter),
        "scalar" => scalar(reporter),
        "mlp" => mlp(reporter),
        "chain" => chain(reporter),
        "matmul" => matmul(reporter),
        "deep" => deep(reporter),
        "conv" => conv(reporter),
        "cnn" => cnn(reporter),
        "infer" => infer(reporter),
        "import" => import(reporter),
        "products" => products(reporter),
        "convolutions" => convolutions(reporter),
        "cold" => cold(reporter),
        "planning" => planning(reporter),
        "new_batch" => new_batch(reporter),
        "checkpoint" => checkpoint(reporter, 200),
        "checkpoint-1000" => checkpoint(reporter, 1000),
        _ => Err(tf::Error::not_found(
            "there is no such workload; there are signs, scalar, mlp, chain, matmul, deep, conv, cnn, infer, import, products, convolutions, cold, planning, new_batch, checkpoint and checkpoint-1000",
        )),
    }
}

pub fn session(graph: &Graph, reporter: &Reporter) -> tf::Result<Session> {
    let session = Session::with_options(graph, SessionOptions::new().threads(reporter.threads))?;
    session.run(graph.global_variables_initializer(), [])?;
    Ok(session)
}

/// A network to train, and what to feed and fetch.
struct Training {
    x: Tensor,
    y: Tensor,
    cost: Tensor,
    train: Operation,
}

/// 12288-25-12-6 units with ReLU and softmax cross entropy, a column for each sample, trained by
/// Adam.
fn signs_network(graph: &Graph) -> Training {
    let x = graph.placeholder::<f32>("X", tf::shape![12288, ?]);
    let y = graph.placeholder::<f32>("Y", tf::shape![6, ?]);
    let mut a = x.clone();
    let mut z = x.clone();
    for (seed, [outputs, inputs]) in [(1, [25, 12288]), (2, [12, 25]), (3, [6, 12])] {
        let w = graph.variable(data::weights(seed, outputs, inputs));
        let b = graph.variable(Array2::<f32>::zeros((outputs, 1)));
        z = tf::matmul(&w, &a) + &b;
        a = tf::nn::relu(&z);
    }
    let losses = tf::nn::softmax_cross_entropy_with_logits(
        tf::nn::Labels(tf::transpose(&y)),
        tf::nn::Logits(tf::transpose(&z)),
    );
    let cost = tf::reduce_mean(losses, ..);
    let train = tf::train::AdamOptimizer::new(1e-4).minimize(&cost);
    Training { x, y, cost, train }
}

/// `count` minibatches of 32 samples side by side in one array of each kind, a column for each
/// sample.
fn signs_data(count: usize) -> (Array2<f32>, Array2<f32>) {
    let mut x = Array2::zeros((count * 12288, 32));
    let mut y = Array2::zeros((count * 6, 32));
    for batch in 0..count {
        let seed = batch as u32;
        x.slice_mut(s![batch * 12288..(batch + 1) * 12288, ..])
            .assign(&data::matrix(1000 + seed, 12288, 32));
        y.slice_mut(s![batch * 6..(batch + 1) * 6, ..])
            .assign(&data::one_hot(2000 + seed, 32, 6).t());
    }
    (x, y)
}

fn signs(reporter: &Reporter) -> tf::Result<()> {
    let graph = Graph::new();
    let Training { x, y, cost, train } = signs_network(&graph);
    let session = session(&graph, reporter)?;
    let (xs, ys) = signs_data(BATCHES);
    let step = session.prepare((&train, cost.scalar()), [&x, &y])?;
    let calls = Calls {
        warm_up: 66,
        measured: 396,
    };
    reporter.time("signs", "", calls, |i| {
        let batch = i % BATCHES;
        let xb = xs.slice(s![batch * 12288..(batch + 1) * 12288, ..]);
        let yb = ys.slice(s![batch * 6..(batch + 1) * 6, ..]);
        let ((), cost) = step.run([x.feed(xb), y.feed(yb)])?;
        Ok(f64::from(cost))
    })
}

fn cold(reporter: &Reporter) -> tf::Result<()> {
    let graph = Graph::new();
    let Training { x, y, cost, train } = signs_network(&graph);
    let session = session(&graph, reporter)?;
    let (xs, ys) = signs_data(1);
    let ((), cost) = session.run((&train, cost.scalar()), [x.feed(&xs), y.feed(&ys)])?;
    reporter.print_first("cold", f64::from(cost));
    Ok(())
}

fn scalar(reporter: &Reporter) -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", []);
    let y = 2.0 * &x;
    let session = session(&graph, reporter)?;
    let calls = Calls {
        warm_up: 20,
        measured: 200,
    };
    reporter.time_short("Session::run", calls, |value| {
        session.run(y.scalar(), [x.feed(value)])
    })?;
    let prepared = session.prepare(y.scalar(), [&x])?;
    reporter.time_short("prepared", calls, |value| prepared.run([x.feed(value)]))
}

fn mlp(reporter: &Reporter) -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("X", tf::shape![?, 784]);
    let y = graph.placeholder::<f32>("Y", tf::shape![?, 10]);
    let (mut a, mut z) = (x.clone(), x.clone());
    for (seed, inputs, outputs) in [(11, 784, 512), (12, 512, 512), (13, 512, 10)] {
        let w = graph.variable(data::weights(seed, inputs, outputs));
        let b = graph.variable(Array1::<f32>::zeros(outputs));
        z = tf::matmul(&a, &w) + &b;
        a = tf::nn::relu(&z);
    }
    let cost = tf::reduce_mean(
        tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(&y), tf::nn::Logits(&z)),
        ..,
    );
    let train = tf::train::AdamOptimizer::new(1e-4).minimize(&cost);
    let session = session(&graph, reporter)?;
    let batches: Vec<_> = (0..8)
        .map(|i| {
            (
                data::matrix(3000 + i, 128, 784),
                data::one_hot(4000 + i, 128, 10),
            )
        })
        .collect();
    let step = session.prepare((&train, cost.scalar()), [&x, &y])?;
    reporter.time(
        "mlp",
        "",
        Calls {
            warm_up: 16,
            measured: 80,
        },
        |i| {
            let (xb, yb) = &batches[i % 8];
            let ((), cost) = step.run([x.feed(xb), y.feed(yb)])?;
            Ok(f64::from(cost))
        },
    )
}

fn chain(reporter: &Reporter) -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [10_000_000]);
    let y = tf::reduce_sum(
        tf::nn::relu(2.0 * &x + 1.0) * tf::sigmoid(&x) - 0.5 * &x,
        ..,
    );
    let dx = tf::gradients(&y, &x);
    let session = session(&graph, reporter)?;
    let values = data::chain();
    let calls = Calls {
        warm_up: 2,
        measured: 9,
    };
    let value = session.prepare(y.scalar(), [&x])?;
    reporter.time("chain", "", calls, |_| {
        Ok(f64::from(value.run([x.feed(&values)])?))
    })?;
    let both = session.prepare((y.scalar(), &dx), [&x])?;
    let mut results = both.run([x.feed(&values)])?;
    reporter.time("chain_grad", "", calls, |_| {
        both.run_into([x.feed(&values)], &mut results)?;
        Ok(f64::from(results.0))
    })
}

fn matmul(reporter: &Reporter) -> tf::Result<()> {
    let graph = Graph::new();
    let a = graph.placeholder::<f32>("a", [1024, 1024]);
    let b = graph.placeholder::<f32>("b", [1024, 1024]);
    let c = tf::matmul(&a, &b);
    let session = session(&graph, reporter)?;
    let (av, bv) = (data::matrix(8, 1024, 1024), data::matrix(9, 1024, 1024));
    let product = session.prepare(&c, [&a, &b])?;
    let mut result = product.run([a.feed(&av), b.feed(&bv)])?;
    reporter.time(
        "matmul",
        "",
        Calls {
            warm_up: 5,
            measured: 30,
        },
        |_| {
            product.run_into([a.feed(&av), b.feed(&bv)], &mut result)?;
            Ok(f64::from(result[[0, 0]]))
        },
    )
}

fn deep(reporter: &Reporter) -> tf::Result<()> {
    let (zeros, ones) = (Array1::<f32>::zeros(32), Array1::<f32>::ones(32));
    let start = Instant::now();
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [32]);
    let a = graph.placeholder::<f32>("a", [32]);
    let mut y = x.clone();
    for _ in 0..10_000 {
        y = tf::add(&y, &a);
    }
    let build = milliseconds(start);
    let start = Instant::now();
    let session = Session::with_options(&graph, SessionOptions::new().threads(reporter.threads))?;
    let first = session.run(&y, [x.feed(&zeros), a.feed(&ones)])?;
    let first_run = milliseconds(start);
    reporter.print("deep_build", "", vec![build], 0.0);
    reporter.print("deep_first", "", vec![first_run], f64::from(first[[0]]));
    let step = session.prepare(&y, [&x, &a])?;
    reporter.time(
        "deep",
        "",
        Calls {
            warm_up: 3,
            measured: 30,
        },
        |_| Ok(f64::from(step.run([x.feed(&zeros), a.feed(&ones)])?[[0]])),
    )
}
