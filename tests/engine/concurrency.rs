//! Runs of one session in several threads: who reads a variable sees it between updates, never in
//! the middle of one.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use ndarray::Array2;
use tf1 as tf;
use tf1::train::{GradientDescentOptimizer, Optimizer};
use tf1::{Graph, Operation, Rewrite, Session, SessionOptions, Tensor, Variable};

/// Large enough for an update to be shared by threads, and for readers to come in its middle.
const SHAPE: [usize; 2] = [200, 500];

/// How often the variable is updated.
const UPDATES: usize = 60;

/// Fetches and updates a variable whose elements are all the same, at the start 0, and after `n`
/// updates `n`.
struct Counter {
    graph: Graph,
    w: Variable<f32>,
    /// What is the same for all elements, if they are: the least, the largest, and a product of
    /// ones with the whole matrix.
    prediction: [Tensor; 3],
    update: Operation,
}

fn counter(update: impl FnOnce(&Graph, &Variable<f32>) -> Operation) -> Counter {
    let graph = Graph::new();
    let w = graph.variable(Array2::<f32>::zeros(SHAPE));
    let ones = graph.ones::<f32>([1, SHAPE[0]]);
    let prediction = [
        tf::reduce_min(&w, ..),
        tf::reduce_max(&w, ..),
        tf::matmul(ones, &w),
    ];
    Counter {
        update: update(&graph, &w),
        graph,
        w,
        prediction,
    }
}

/// Many threads read while one writes.
fn check(counter: &Counter, options: SessionOptions) {
    let Counter {
        graph,
        w,
        prediction: [least, largest, product],
        update,
    } = counter;
    let session = Session::with_options(graph, options).expect("the graph is right");
    let run = || -> tf::Result<()> {
        session.run(graph.global_variables_initializer(), [])?;
        Ok(())
    };
    run().expect("the variable is initialized");
    let done = AtomicBool::new(false);
    let reader = || {
        let (mut last, mut reads) = (0.0, 0);
        while reads == 0 || !done.load(Relaxed) {
            let fetches = (least.scalar(), largest.scalar(), product, w);
            let (low, high, sums, all) = session.run(fetches, []).expect("it is read");
            assert_eq!(low, high, "a reader saw part of an update");
            assert!(low >= last && low.fract() == 0.0, "{low} after {last}");
            assert!(
                sums.iter().all(|sum| *sum == low * SHAPE[0] as f32),
                "{low}: {sums}"
            );
            assert!(all.iter().all(|x| *x == low));
            (last, reads) = (low, reads + 1);
        }
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(reader);
        }
        for _ in 0..UPDATES {
            session.run(update, []).expect("it is updated");
        }
        done.store(true, Relaxed);
    });
    let end = session.run(w, []).expect("it is read");
    assert!(
        end.iter().all(|x| *x == UPDATES as f32),
        "no update is lost"
    );
}

fn options() -> [SessionOptions; 2] {
    let plain = SessionOptions::new().without_rewrites();
    let all = Rewrite::ALL.into_iter().fold(plain, SessionOptions::with);
    [plain.threads(1), all.threads(2)]
}

#[test]
fn an_assigned_sum_is_seen_whole() {
    let counter = counter(|graph, w| w.assign_add(graph.ones::<f32>(SHAPE)).op());
    options()
        .into_iter()
        .for_each(|options| check(&counter, options));
}

/// A chain of ops ends in the update, which the engine does tile by tile in the variable's own
/// memory.
#[test]
fn an_update_that_a_chain_ends_in_is_seen_whole() {
    let counter = counter(|_, w| {
        // The slope is -1 everywhere.
        let loss = tf::reduce_sum(tf::nn::relu(5.0 - w * 0.0) - w, ..);
        GradientDescentOptimizer::new(1.0).minimize(loss)
    });
    options()
        .into_iter()
        .for_each(|options| check(&counter, options));
}

/// The update works on the parts of a matrix product as they are finished.
#[test]
fn an_update_by_a_product_is_seen_whole() {
    let counter = counter(|graph, w| {
        let left = graph.ones::<f32>([SHAPE[0], 4]) * 0.25;
        w.assign_add(tf::matmul(left, graph.ones::<f32>([4, SHAPE[1]])))
            .op()
    });
    options()
        .into_iter()
        .for_each(|options| check(&counter, options));
}

/// Writers in several threads, too: none of their updates is lost.
#[test]
fn updates_of_many_threads_follow_each_other() {
    let counter = counter(|graph, w| w.assign_add(graph.ones::<f32>(SHAPE)).op());
    for options in options() {
        let session = Session::with_options(&counter.graph, options).expect("the graph is right");
        let initialize = counter.graph.global_variables_initializer();
        session.run(&initialize, []).expect("it is initialized");
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for _ in 0..40 {
                        session.run(&counter.update, []).expect("it is updated");
                    }
                });
            }
        });
        let end = session.run(&counter.w, []).expect("it is read");
        assert!(end.iter().all(|x| *x == 120.0));
    }
}
