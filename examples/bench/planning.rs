//! How long it takes to build, differentiate, plan, run and print graphs of many shapes and sizes.

use std::time::Instant;

use ndarray::{ArrayD, IxDyn};
use tf1 as tf;
use tf1::train::Optimizer;
use tf1::{Feed, Graph, Operation, Session, SessionOptions, Tensor};

use crate::report::{Reporter, milliseconds};
use crate::shapes::{Case, MANY_VARIABLES, SHAPES};

/// The environment variables by which to choose what is measured.
const SHAPE: &str = "SHAPE";
const SIZE: &str = "SIZE";

/// Prints microseconds a node, for each shape at each size.
pub fn planning(reporter: &Reporter) -> tf::Result<()> {
    let wanted = std::env::var(SHAPE).unwrap_or_default();
    let size = std::env::var(SIZE).ok().and_then(|size| size.parse().ok());
    let sizes = size.map_or(vec![1_000, 10_000, 100_000], |size: usize| vec![size]);
    println!(
        "{:30} {:>8} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "us/node",
        "asked",
        "nodes",
        "build",
        "gradient",
        "init",
        "first",
        "steady",
        "print",
        "drop"
    );
    let shapes = SHAPES.iter().chain(MANY_VARIABLES);
    for (name, make) in shapes.filter(|(name, _)| name.contains(&wanted)) {
        for size in &sizes {
            let (case, build) = timed(|| make(*size));
            measure(reporter, name, *size, case, build)?;
        }
    }
    Ok(())
}

fn measure(
    reporter: &Reporter,
    name: &str,
    size: usize,
    mut case: Case,
    build: f64,
) -> tf::Result<()> {
    let before = case.graph.len();
    let (differentiated, gradient) = timed(|| case.differentiate());
    let options = SessionOptions::new().threads(reporter.threads);
    let session = Session::with_options(&case.graph, options)?;
    let init = case.graph.global_variables_initializer();
    let (outcome, initialize) = timed(|| session.run(&init, []));
    outcome?;
    let (outcome, load) = timed(|| case.load(&session));
    outcome?;
    let values = case.values();
    let fetches = (&case.tensors, &case.operations);
    let run = || session.run(fetches, feeds(&case, &values));
    let (outcome, first) = timed(run);
    outcome?;
    let (outcome, steady) = timed(run);
    outcome?;
    let text = || Ok(case.graph.to_dot() + &session.explain(fetches, feeds(&case, &values))?);
    let (printed, print): (tf::Result<String>, f64) = timed(text);
    assert!(printed?.len() > before);
    let nodes = case.graph.len();
    let ((), dropped) = timed(|| drop((session, case)));
    let each = |seconds: f64| seconds * 1e6 / nodes as f64;
    println!(
        "{name:30} {size:8} {nodes:8} {:9.3} {:>9} {:9.3} {:9.3} {:9.3} {:9.3} {:9.3}",
        build * 1e6 / before as f64,
        match differentiated {
            true => format!("{:.3}", each(gradient)),
            false => "-".to_string(),
        },
        each(initialize + load),
        each(first),
        each(steady),
        each(print),
        each(dropped),
    );
    Ok(())
}

fn feeds<'v>(case: &Case, values: &'v [ArrayD<f32>]) -> Vec<Feed<'v>> {
    let each = case.fed.iter().zip(values);
    each.map(|(tensor, value)| tensor.feed(value)).collect()
}

/// What `call` gives, and for how many seconds this thread has been computing it, if the system
/// tells, else how long it took.
fn timed<R>(call: impl FnOnce() -> R) -> (R, f64) {
    let (start, before) = (Instant::now(), on_processor());
    let result = call();
    let seconds = match (before, on_processor()) {
        (Some(before), Some(after)) => after - before,
        _ => start.elapsed().as_secs_f64(),
    };
    (result, seconds)
}

/// How many seconds this thread has been on a processor.
fn on_processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds * 1e-9)
}

/// How many batch sizes are run.
const BATCHES: usize = 40;

/// Times runs with ever new batch sizes: the first of all, the planning of another batch size, and
/// the second run of each.
pub fn new_batch(reporter: &Reporter) -> tf::Result<()> {
    type Build = fn(&Graph) -> Network;
    for (name, build) in [("mlp", mlp as Build), ("lstm", lstm)] {
        let graph = Graph::new();
        let network = build(&graph);
        let options = SessionOptions::new().threads(reporter.threads);
        let session = Session::with_options(&graph, options)?;
        session.run(graph.global_variables_initializer(), [])?;
        let fetches = (&network.train, network.cost.scalar());
        let mut times: [Vec<f64>; 4] = Default::default();
        for batch in (1..=BATCHES).rev() {
            let [x, y] = [&network.x, &network.y].map(|tensor| {
                let lengths = tensor.shape().dims().unwrap_or_default().to_vec();
                let lengths: Vec<usize> = lengths.iter().map(|dim| dim.unwrap_or(batch)).collect();
                ArrayD::<f32>::from_elem(IxDyn(&lengths), 0.1)
            });
            let feeds = || [network.x.feed(&x), network.y.feed(&y)];
            let start = Instant::now();
            session.peak_memory(fetches.clone(), feeds())?;
            let planned = milliseconds(start);
            times[usize::from(batch < BATCHES)].push(planned);
            for run in [2, 3] {
                let start = Instant::now();
                session.run(fetches.clone(), feeds())?;
                times[run].push(milliseconds(start));
            }
        }
        let variants = ["first plan", "new batch", "first run", "second run"];
        for (variant, times) in variants.into_iter().zip(times) {
            reporter.print(name, variant, times, graph.len() as f64);
        }
    }
    Ok(())
}

/// A network to train.
struct Network {
    x: Tensor,
    y: Tensor,
    cost: Tensor,
    train: Operation,
}

fn trained(x: Tensor, y: Tensor, logits: &Tensor) -> Network {
    let cost = tf::reduce_mean(
        tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(&y), tf::nn::Logits(logits)),
        ..,
    );
    let train = tf::train::AdamOptimizer::new(1e-4).minimize(&cost);
    Network { x, y, cost, train }
}

fn mlp(graph: &Graph) -> Network {
    let x = graph.placeholder::<f32>("X", tf::shape![?, 784]);
    let y = graph.placeholder::<f32>("Y", tf::shape![?, 10]);
    let (mut a, mut z) = (x.clone(), x.clone());
    for (inputs, outputs) in [(784, 512), (512, 512), (512, 10)] {
        let w = graph.variable(graph.zeros::<f32>([inputs, outputs]));
        z = tf::matmul(&a, &w) + graph.variable(graph.zeros::<f32>([outputs]));
        a = tf::nn::relu(&z);
    }
    trained(x, y, &z)
}

/// An LSTM of 16 units, unrolled over 50 steps.
fn lstm(graph: &Graph) -> Network {
    let units = 16;
    let x = graph.placeholder::<f32>("X", tf::shape![?, 50, 8]);
    let y = graph.placeholder::<f32>("Y", tf::shape![?, 10]);
    let kernel = graph.variable(graph.zeros::<f32>([8 + units, 4 * units]));
    let bias = graph.variable(graph.zeros::<f32>([4 * units]));
    let inputs = tf::unstack_with(&x, tf::Unstack::new().axis(1));
    let zeros = tf::zeros_like(tf::matmul(&inputs[0], graph.zeros::<f32>([8, units])));
    let (mut h, mut c) = (zeros.clone(), zeros);
    for x in &inputs {
        let both = tf::matmul(tf::concat(&[x.clone(), h], 1), &kernel) + &bias;
        let gates = tf::split(&both, 4, 1);
        let keep = &c * tf::sigmoid(&gates[2] + 1.0);
        c = keep + tf::sigmoid(&gates[0]) * tf::tanh(&gates[1]);
        h = tf::tanh(&c) * tf::sigmoid(&gates[3]);
    }
    let out = graph.variable(graph.zeros::<f32>([units, 10]));
    trained(x, y, &tf::matmul(&h, &out))
}
