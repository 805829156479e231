//! No rewrite and no number of threads changes a bit.

use std::ops::Range;

use ndarray::{Array2, ArrayD};
use tf1 as tf;
use tf1::train::Optimizer;
use tf1::{Graph, Rewrite, Session, SessionOptions};

use crate::program::Program;
use crate::runs::{Way, bits};

/// All rewrites.
pub fn all() -> SessionOptions {
    let all = Rewrite::ALL.into_iter();
    all.fold(plain(), SessionOptions::with)
}

/// No rewrites, and one thread.
fn plain() -> SessionOptions {
    SessionOptions::new().without_rewrites().threads(1)
}

/// Asserts that the programs of these numbers, over matrices of at most this shape, have the same
/// bits with all options.
fn assert_same(programs: Range<u64>, most: [usize; 2], options: &[SessionOptions]) {
    for seed in programs {
        let program = Program::random(seed, most);
        let expected = bits(&program, plain(), Way::Run);
        for &options in options {
            let found = bits(&program, options, Way::Run);
            assert_eq!(found, expected, "program {seed} with {options:?}");
        }
    }
}

#[test]
fn no_rewrite_and_no_number_of_threads_changes_a_bit() {
    let singles = Rewrite::ALL.map(|rewrite| plain().with(rewrite));
    let others = Rewrite::ALL.map(|rewrite| all().without(rewrite));
    let threads = [1, 2, 3].map(|threads| all().threads(threads));
    let options = [&singles[..], &others, &threads].concat();
    assert_same(0..110, [40, 70], &options);
}

/// Over matrices that are large enough for several threads to share the work.
#[test]
fn no_number_of_threads_changes_a_bit_of_a_large_program() {
    let options = [
        all(),
        all().threads(2),
        all().threads(3),
        plain().threads(3),
    ];
    assert_same(1000..1006, [220, 260], &options);
}

/// Large enough for several threads to share the work.
#[test]
fn work_that_threads_share_has_the_same_bits() {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [300, 700]);
    let chain = tf::nn::relu(2.0 * &x + 1.0) * tf::sigmoid(&x);
    let total = tf::reduce_sum(&chain, ..);
    let product = tf::nn::relu(tf::matmul(&x, tf::transpose(&x)) + 0.5);
    let dx = tf::gradients(&total, &x);
    let values = ArrayD::from_shape_fn(vec![300, 700], |i| {
        ((i[0] * 31 + i[1] * 17) % 101) as f32 / 50.0 - 1.0
    });
    let run = |options: SessionOptions| {
        let session = Session::with_options(&graph, options).expect("the graph is right");
        session
            .run((&total, &product, &dx), [x.feed(&values)])
            .expect("it can be computed")
    };
    let expected = run(SessionOptions::new().without_rewrites().threads(1));
    let all = Rewrite::ALL
        .into_iter()
        .fold(SessionOptions::new(), SessionOptions::with);
    for threads in 1..4 {
        assert_eq!(run(all.threads(threads)), expected, "{threads} threads");
    }
}

/// A view of what is left out, or of a number repeated, is one of what is read in its place.
#[test]
fn views_of_what_is_folded_see_the_same_elements() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [3, 4]);
    let flat = tf::reshape(&x * 1.0, [12]);
    let turned = tf::reshape(tf::transpose(&x) * 1.0, [12]);
    let repeated = tf::reshape(-graph.ones::<f32>([3, 4]), [12]) * &flat;
    let values = Array2::from_shape_fn((4, 3), |(i, j)| (3 * i + j) as f32);
    let fetch = (&flat, &turned, &repeated);
    let expected = Session::with_options(&graph, plain())?.run(fetch, [x.feed(values.t())])?;
    assert_eq!(expected.1, values.flatten().into_dyn());
    let others = Rewrite::ALL.map(|rewrite| all().without(rewrite));
    for options in others.into_iter().chain([all()]) {
        let session = Session::with_options(&graph, options)?;
        let found = session.run(fetch, [x.feed(values.t())])?;
        assert_eq!(found, expected, "{options:?}");
    }
    Ok(())
}

/// Constants with the same elements in other strides are not the same to who views them.
#[test]
fn views_of_constants_keep_their_strides() -> tf::Result<()> {
    let graph = Graph::new();
    let row_major = graph.constant([[1.0f32, 2.0], [3.0, 4.0]]);
    let turned = tf::transpose(graph.constant([[1.0f32, 3.0], [2.0, 4.0]]));
    let many = tf::broadcast_to(&turned, [3000, 2, 2]);
    let fetch = (tf::exp(&row_major), &many);
    let expected = Session::with_options(&graph, plain())?.run(&fetch, [])?;
    let found = Session::with_options(&graph, all())?.run(&fetch, [])?;
    assert_eq!(found.1, expected.1);
    Ok(())
}

/// Steps of every optimizer, of a matrix whose gradient is a product, a row whose gradient is a
/// sum, and some rows of a table.
#[test]
fn no_rewrite_changes_a_bit_of_an_optimizers_step() {
    use tf1::train;
    let optimizers: [fn() -> Box<dyn Optimizer>; 9] = [
        || Box::new(train::AdagradOptimizer::new(0.1)),
        || Box::new(train::AdadeltaOptimizer::new(1.0)),
        || Box::new(train::RMSPropOptimizer::new(0.01).momentum(0.5)),
        || Box::new(train::RMSPropOptimizer::new(0.01).centered()),
        || Box::new(train::FtrlOptimizer::new(0.1)),
        || Box::new(train::FtrlOptimizer::new(0.1).learning_rate_power(-0.7)),
        || Box::new(train::FtrlOptimizer::new(0.1).l2_shrinkage_regularization_strength(0.1)),
        || {
            Box::new(
                train::ProximalGradientDescentOptimizer::new(0.1).l1_regularization_strength(0.1),
            )
        },
        || Box::new(train::ProximalAdagradOptimizer::new(0.1).l2_regularization_strength(0.1)),
    ];
    for (i, optimizer) in optimizers.iter().enumerate() {
        let expected = trained(optimizer(), plain());
        let others = Rewrite::ALL.map(|rewrite| all().without(rewrite));
        for options in others.into_iter().chain([all(), all().threads(2)]) {
            let found = trained(optimizer(), options);
            assert_eq!(found, expected, "optimizer {i} with {options:?}");
        }
    }
}

/// The bits of all variables after three steps.
fn trained(optimizer: Box<dyn Optimizer>, options: SessionOptions) -> Vec<u32> {
    let graph = Graph::new();
    let values = |rows: usize, columns: usize| {
        Array2::from_shape_fn((rows, columns), |(i, j)| {
            ((i * 31 + j * 17) % 101) as f32 / 50.0 - 1.0
        })
    };
    let x = graph.constant(values(30, 40));
    let weights = graph.variable(values(40, 50));
    let bias = graph.variable(values(1, 50));
    let table = graph.variable(values(7, 50));
    let hidden = tf::tanh(tf::matmul(&x, &weights) + &bias);
    let rows = tf::gather(&table, [1, 4, 1]);
    let loss = tf::reduce_mean(tf::square(hidden), ..) + tf::reduce_sum(tf::square(rows), ..);
    let train = optimizer.minimize(loss);
    let session = Session::with_options(&graph, options).expect("the graph is right");
    let run = |operation: &tf::Operation| session.run(operation, []).expect("it can be run");
    run(&graph.global_variables_initializer());
    (0..3).for_each(|_| run(&train));
    let variables = graph.global_variables();
    let values = variables.iter().flat_map(|variable| {
        let value = variable.typed::<f32>().expect("all are floats");
        let value = session.run(value, []).expect("it has a value");
        value.into_iter().map(f32::to_bits)
    });
    values.collect()
}

/// Just large enough for two threads when Miri looks on, which watches what they touch.
#[test]
fn threads_share_the_tiles_of_a_chain_and_its_update() -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [2200]);
    let w = graph.variable(vec![0.5f32; 2200]);
    let chain = tf::nn::relu(&x * &w);
    let total = tf::reduce_sum(&chain, ..);
    let update = w.assign_add(&chain * 0.5);
    let values = vec![3.0f32; 2200];
    let session = Session::with_options(&graph, all().threads(2))?;
    session.run(w.initializer(), [])?;
    let mut factor = 0.5;
    for _ in 0..2 {
        let feed = x.feed(ndarray::aview1(&values));
        let (total, ()) = session.run((total.scalar(), &update.op()), [feed])?;
        assert_eq!(total, 2200.0 * 3.0 * factor);
        factor += 1.5 * factor;
    }
    Ok(())
}

/// Arrays longer than any stretch that is worked on at once: alone, beside each other, and beside
/// one number for all of their elements.
#[test]
fn long_arrays_and_single_numbers() -> tf::Result<()> {
    const LENGTH: usize = 3 * 4096 + 77;
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [LENGTH]);
    let y = graph.placeholder::<f32>("y", [LENGTH]);
    let n = graph.placeholder::<i64>("n", [LENGTH]);
    let (three, five) = (graph.variable(3.0f32), graph.variable(5i64));
    type Function = fn(f32, f32) -> f32;
    let reals: [(tf::Tensor<f32>, Function); 7] = [
        (tf::add(&x, &y), |x, y| x + y),
        (tf::multiply(&x, &three), |x, _| x * 3.0),
        (tf::subtract(&three, &x), |x, _| 3.0 - x),
        (tf::atan2(&x, &y), f32::atan2),
        (tf::atan2(&x, &three), |x, _| x.atan2(3.0)),
        (tf::atan2(&three, &x), |x, _| 3f32.atan2(x)),
        // Some quotients are too large for the function without branches.
        (tf::floormod(&y, &three), |_, y| {
            f64::from(y).rem_euclid(3.0) as f32
        }),
    ];
    let integers = [
        (tf::maximum(&n, &five), i64::max as fn(i64, i64) -> i64),
        (&n * &five, |n, five| n * five),
        (&five - &n, |n, five| five - n),
    ];
    let xs: Vec<f32> = (0..LENGTH).map(|i| (i % 23) as f32 - 9.0).collect();
    let ys: Vec<f32> = (0..LENGTH)
        .map(|i| (i % 1000) as f32 * if i % 7 == 0 { 1e12 } else { 0.37 })
        .collect();
    let ns: Vec<i64> = xs.iter().map(|x| *x as i64).collect();
    for options in [plain(), all().threads(1), all().threads(2)] {
        let session = Session::with_options(&graph, options)?;
        session.run(graph.global_variables_initializer(), [])?;
        let feeds = || {
            [
                x.feed(ndarray::aview1(&xs)),
                y.feed(ndarray::aview1(&ys)),
                n.feed(ndarray::aview1(&ns)),
            ]
        };
        for (number, (tensor, function)) in reals.iter().enumerate() {
            let found = session.run(tensor.array1(), feeds())?;
            for i in 0..LENGTH {
                let (found, expected) = (found[i], function(xs[i], ys[i]));
                let near = (found - expected).abs() <= 4e-7 * expected.abs();
                assert!(near, "function {number} in place {i}: {found}, {expected}");
            }
        }
        for (number, (tensor, function)) in integers.iter().enumerate() {
            let found = session.run(tensor.array1(), feeds())?;
            for i in 0..LENGTH {
                let expected = function(ns[i], 5);
                assert_eq!(found[i], expected, "integers {number} in place {i}");
            }
        }
    }
    Ok(())
}
