//! What a run costs: the overhead of the smallest one, a training step of the SIGNS network, and
//! building the graph for it.
//!
//! `cargo bench -p tf1-benches`

#[path = "../examples/notebook/mod.rs"]
mod notebook;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use notebook::model::{Model, Settings};
use notebook::random_mini_batches::Examples;
use tf1 as tf;
use tf1::random::NumpyRandom;

/// Doubling one number.
fn scalar(criterion: &mut Criterion) {
    let graph = tf::Graph::new();
    let x = graph.placeholder::<f32>("x", []);
    let double = (2.0 * &x).scalar();
    let session = tf::Session::new(&graph).expect("the graph holds no mistake");
    criterion.bench_function("scalar, run", |bencher| {
        bencher.iter(|| {
            session
                .run(black_box(&double), [x.feed(1.5)])
                .expect("a run of plain arithmetic")
        });
    });
    let step = session
        .prepare(&double, [&x])
        .expect("the run can be prepared");
    criterion.bench_function("scalar, prepared", |bencher| {
        bencher.iter(|| {
            step.run([x.feed(black_box(1.5))])
                .expect("a run of plain arithmetic")
        });
    });
}

/// One epoch of one minibatch of 32 pictures of noise: forward, backward and Adam.
fn signs_step(criterion: &mut Criterion) {
    let mut random = NumpyRandom::new(1);
    let x = random.rand((32, 12288)).unwrap().mapv(|x| x as f32);
    let y = ndarray::Array2::from_shape_fn((32, 6), |(example, class)| {
        f32::from(u8::from(example % 6 == class))
    });
    let examples = Examples { x, y };
    let settings = Settings {
        epochs: 1,
        ..Settings::default()
    };
    let model = Model::new(12288, 6, &settings).expect("the network can be built");
    criterion.bench_function("signs, training step", |bencher| {
        bencher.iter(|| {
            model
                .train(&examples, &settings, |_, _| Ok::<_, tf::Error>(()))
                .expect("the network can be trained")
        });
    });
}

/// Building the network with its gradients and Adam, and initializing it.
fn signs_build(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("signs, build and initialize");
    group.sample_size(10);
    group.bench_function("network", |bencher| {
        bencher
            .iter(|| Model::new(12288, 6, &Settings::default()).expect("the network can be built"));
    });
    group.finish();
}

/// Planning a run of the cost's gradient for a chain of 1,000 additions, in a session of its own
/// each time.
fn plan(criterion: &mut Criterion) {
    let graph = tf::Graph::new();
    let x = graph.placeholder::<f32>("x", [32]);
    let sum = (0..1000).fold(x.clone(), |sum, _| sum + 1.0);
    let gradient = tf::gradients(tf::reduce_sum(&sum, ..), &x);
    let value = ndarray::Array1::<f32>::zeros(32);
    criterion.bench_function("plan and explain, 1000 additions", |bencher| {
        bencher.iter(|| {
            let session = tf::Session::new(&graph).expect("the graph is right");
            session
                .explain((&sum, &gradient), [x.feed(&value)])
                .expect("the run can be planned")
        });
    });
}

criterion_group!(benches, scalar, signs_step, signs_build, plan);
criterion_main!(benches);
