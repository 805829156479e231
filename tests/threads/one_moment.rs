//! A run reads its variables as they were at one moment between updates, whatever other threads do
//! meanwhile.
//!
//! Each test takes a fraction of a second; `TF1_STRESS_SECONDS=120 cargo test --release --test
//! threads -- one_moment --nocapture` takes two minutes each.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use ndarray::{Array1, Array2, ArrayD, arr0};
use tf1 as tf;
use tf1::{Graph, Operation, Rewrite, Session, SessionOptions, Tensor, Variable};

use crate::test_files::TestFolder;

/// How long each test runs.
fn duration() -> Duration {
    let seconds = std::env::var("TF1_STRESS_SECONDS").ok();
    let seconds = seconds.and_then(|seconds| seconds.parse().ok());
    Duration::from_secs_f64(seconds.unwrap_or(0.15))
}

fn options() -> [SessionOptions; 2] {
    let plain = SessionOptions::new().without_rewrites();
    let all = Rewrite::ALL.into_iter().fold(plain, SessionOptions::with);
    [plain.threads(1), all.threads(2)]
}

/// Runs `write` in one thread and each of `readers` in one of its own, over and over.
fn beside(name: &str, write: impl Fn(usize) + Sync, readers: &[&(dyn Fn() + Sync)]) {
    let (done, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
    let mut writes = 0;
    thread::scope(|scope| {
        let (done, reads) = (&done, &reads);
        for reader in readers {
            scope.spawn(move || {
                // Also when it panics, so that the writer ends.
                let _end = SetWhenDropped(done);
                while !done.load(Relaxed) {
                    reader();
                    reads.fetch_add(1, Relaxed);
                }
            });
        }
        let _end = SetWhenDropped(done);
        let start = Instant::now();
        while start.elapsed() < duration() && !done.load(Relaxed) {
            write(writes);
            writes += 1;
        }
        // A busy machine may have kept the readers waiting.
        while reads.load(Relaxed) == 0 && !done.load(Relaxed) {
            thread::yield_now();
        }
    });
    println!("{name}: {writes} writes, {} reads", reads.load(Relaxed));
    assert!(writes > 0);
}

struct SetWhenDropped<'a>(&'a AtomicBool);

impl Drop for SetWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// Two variables that are the same after every update.
struct Pair {
    graph: Graph,
    a: Variable<f64>,
    b: Variable<f64>,
    /// The first element of the one, the last of the other.
    first: Tensor<f64>,
    last: Tensor<f64>,
}

fn pair() -> Pair {
    let graph = Graph::new();
    let [a, b] = [0, 1].map(|_| graph.variable(graph.zeros::<f64>([1000])));
    let (first, last) = (a.index(0), b.index(999));
    Pair {
        graph,
        a,
        b,
        first,
        last,
    }
}

impl Pair {
    fn step(&self) -> Operation {
        let ones = self.graph.ones::<f64>([1000]);
        tf::group([&self.a.assign_add(&ones), &self.b.assign_add(&ones)])
    }

    /// A step that writes to copies, as an op after the updates may fail; it does so if the divisor
    /// is 0.
    fn step_that_may_fail(&self, divisor: &Tensor<i32>) -> Tensor<i32> {
        let step = self.step();
        self.graph
            .control_dependencies([&step], || tf::floordiv(1, divisor))
    }

    fn session(&self, options: SessionOptions) -> Session {
        let session = Session::with_options(&self.graph, options).expect("the graph is right");
        let initialize = self.graph.global_variables_initializer();
        session.run(&initialize, []).expect("it is initialized");
        session
    }
}

fn expect_same(x: f64, y: f64) {
    assert_eq!(x, y, "a run has read its variables at two moments");
}

#[test]
fn readers_beside_an_updating_thread() {
    let pair = pair();
    let step = pair.step();
    for options in options() {
        let session = pair.session(options);
        let prepared = session
            .prepare((pair.first.scalar(), pair.last.scalar()), ())
            .expect("it can be prepared");
        beside(
            "updates",
            |_| session.run(&step, []).expect("it is updated"),
            &[
                &|| {
                    let fetches = (pair.first.scalar(), pair.last.scalar());
                    let (x, y) = session.run(fetches, []).expect("it is read");
                    expect_same(x, y);
                },
                &|| {
                    let mut results = prepared.run([]).expect("it is read");
                    expect_same(results.0, results.1);
                    prepared.run_into([], &mut results).expect("it is read");
                    expect_same(results.0, results.1);
                    let whole = (&pair.a, &pair.b);
                    let ((a, b), _) = session.run_traced(whole, []).expect("it is read");
                    assert_eq!(a, b);
                    let both = [pair.a.any(), pair.b.any()];
                    let both = session.snapshot(&both).expect("they have values");
                    assert_eq!(both[0], both[1]);
                },
            ],
        );
        let (a, b) = session.run((&pair.a, &pair.b), []).expect("it is read");
        assert_eq!(a, b);
    }
}

#[test]
fn readers_beside_updates_in_copies_some_of_which_fail() {
    let pair = pair();
    let divisor = pair.graph.placeholder::<i32>("divisor", []);
    let step = pair.step_that_may_fail(&divisor);
    for options in options() {
        let session = pair.session(options);
        let read = || {
            let fetches = (pair.first.scalar(), pair.last.scalar());
            let (x, y) = session.run(fetches, []).expect("it is read");
            expect_same(x, y);
        };
        let done = AtomicUsize::new(0);
        let update = |number: usize| {
            let outcome = session.run(step.scalar(), [divisor.feed((number % 3) as i32)]);
            assert_eq!(outcome.is_ok(), !number.is_multiple_of(3));
            done.fetch_add(usize::from(outcome.is_ok()), Relaxed);
        };
        beside("updates in copies", update, &[&read, &read]);
        let sum = session.run(pair.first.scalar(), []).expect("it is read");
        assert_eq!(
            sum,
            done.load(Relaxed) as f64,
            "what failed changed nothing"
        );
    }
}

/// What such a run reads before its updates and after them is of one moment, too.
#[test]
fn runs_that_read_and_update_beside_an_updating_thread() {
    let pair = pair();
    let step = pair.step();
    // It changes `a` by nothing, and what waits for that reads `a` after it, and `b` as it was.
    let nothing = pair.a.assign_add(pair.graph.zeros::<f64>([1000]));
    let sums = pair.graph.control_dependencies([&nothing], || {
        [
            tf::reduce_max(pair.a.read_value(), ..),
            tf::reduce_min(pair.b.read_value(), ..),
        ]
    });
    // The old value of `a` is read where it lies, element by element, as it is changed.
    let doubled = pair.a.assign(&pair.a * 2.0 - &pair.b);
    for options in options() {
        let session = pair.session(options);
        beside(
            "updates beside reads and updates",
            |_| session.run(&step, []).expect("it is updated"),
            &[
                &|| {
                    let fetches = (sums[0].scalar(), sums[1].scalar());
                    let (x, y) = session.run(fetches, []).expect("it is read");
                    expect_same(x, y);
                },
                &|| {
                    let fetches = (pair.b.index(5), &doubled);
                    let (b, a) = session.run(fetches, []).expect("it is read");
                    assert!(a.iter().all(|a| *a == b[[]]), "{a} is not {b}");
                },
            ],
        );
    }
}

#[test]
fn readers_beside_an_initializer() {
    let pair = pair();
    let session = Session::new(&pair.graph).expect("the graph is right");
    let initialize = pair.graph.global_variables_initializer();
    let read = || {
        let fetches = (pair.first.scalar(), pair.last.scalar());
        match session.run(fetches, []) {
            Ok(numbers) => assert_eq!(numbers, (0.0, 0.0)),
            Err(error) => assert!(error.message().contains("uninitialized"), "{error}"),
        }
        let initialized = [&pair.a, &pair.b].map(|variable| {
            session
                .is_initialized(variable)
                .expect("it is of the graph")
        });
        // Asked one after the other, the second may have got its value meanwhile.
        assert!(initialized[1] || !initialized[0]);
    };
    let write = |_| session.run(&initialize, []).expect("it is initialized");
    beside("initializations", write, &[&read, &read]);
}

/// A dense network 8-16-3 whose weights are a function of a version, which is a variable like them.
struct Network {
    graph: Graph,
    x: Tensor,
    version: Variable<f32>,
    weights: [Variable<f32>; 2],
    probabilities: Tensor,
}

/// How many versions there are.
const VERSIONS: usize = 8;

fn network() -> Network {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", [1, 8]);
    let version = graph.variable(0.0f32);
    let weights = [
        graph.variable(graph.zeros::<f32>([8, 16])),
        graph.variable(graph.zeros::<f32>([16, 3])),
    ];
    let hidden = tf::nn::relu(tf::matmul(&x, &weights[0]));
    let probabilities = tf::nn::softmax(tf::matmul(&hidden, &weights[1]));
    Network {
        graph,
        x,
        version,
        weights,
        probabilities,
    }
}

/// The weights of a version.
fn weights(version: usize) -> [Array2<f32>; 2] {
    let number = |i: usize, j: usize| (((i * 7 + j * 3 + version * 5) % 11) as f32 - 5.0) / 4.0;
    [
        Array2::from_shape_fn((8, 16), |(i, j)| number(i, j)),
        Array2::from_shape_fn((16, 3), |(i, j)| number(j, i)),
    ]
}

fn input() -> Array2<f32> {
    Array2::from_shape_fn((1, 8), |(_, j)| (j as f32 - 3.0) / 4.0)
}

/// The probabilities of a version, by the formula.
fn expected(version: usize) -> Array1<f32> {
    let [first, second] = weights(version);
    let hidden = input().dot(&first).mapv(|x| x.max(0.0));
    let powers = hidden.dot(&second).row(0).mapv(f32::exp);
    &powers / powers.sum()
}

impl Network {
    fn values(&self, version: usize) -> Vec<(tf::AnyVariable, ArrayD<f32>)> {
        let [first, second] = weights(version);
        vec![
            (self.weights[0].any(), first.into_dyn()),
            (self.version.any(), arr0(version as f32).into_dyn()),
            (self.weights[1].any(), second.into_dyn()),
        ]
    }

    /// Reads version and probabilities in one run, while `write` gives the network versions.
    fn check(&self, name: &str, session: &Session, write: impl Fn(usize) + Sync) {
        let answers: Vec<Array1<f32>> = (0..VERSIONS).map(expected).collect();
        let x = input();
        let read = || {
            let fetches = (self.version.value().scalar(), &self.probabilities);
            let read = session.run(fetches, [self.x.feed(&x)]);
            let (version, found) = read.expect("it is read");
            let answer = answers[version as usize].iter();
            let far = answer.zip(&found).any(|(a, b)| (a - b).abs() > 1e-4);
            assert!(!far, "{found} is not what version {version} gives");
        };
        write(0);
        beside(name, |number| write(number % VERSIONS), &[&read, &read]);
    }
}

#[test]
fn readers_beside_a_thread_that_loads() {
    let network = network();
    for options in options() {
        let session = Session::with_options(&network.graph, options).expect("the graph is right");
        network.check("loads", &session, |version| {
            session.load(network.values(version)).expect("they fit");
        });
    }
}

#[test]
fn readers_beside_a_thread_that_restores() {
    let network = network();
    let folder = TestFolder::new();
    let saver = tf::train::Saver::new(&network.graph).max_to_keep(VERSIONS);
    let session = Session::new(&network.graph).expect("the graph is right");
    let saved: Vec<_> = (0..VERSIONS)
        .map(|version| {
            session.load(network.values(version)).expect("they fit");
            let file = folder.file(&format!("model-{version}"));
            saver.save(&session, file, None).expect("it is saved")
        })
        .collect();
    network.check("restores", &session, |version| {
        saver
            .restore(&session, &saved[version])
            .expect("it is restored");
    });
}

/// Threads that update the same variables lose no update, and readers are not kept waiting for
/// ever.
#[test]
fn many_updating_threads_and_many_readers() {
    let pair = pair();
    let step = pair.step();
    let session = pair.session(SessionOptions::new().threads(1));
    let updates = AtomicUsize::new(0);
    let update = || {
        session.run(&step, []).expect("it is updated");
        updates.fetch_add(1, Relaxed);
    };
    let read = || {
        let fetches = (pair.first.scalar(), pair.last.scalar());
        let (x, y) = session.run(fetches, []).expect("it is read");
        expect_same(x, y);
    };
    beside("many", |_| update(), &[&read, &update, &read, &read]);
    let sum = session.run(pair.last.scalar(), []).expect("it is read");
    assert_eq!(sum, updates.load(Relaxed) as f64, "no update is lost");
}
