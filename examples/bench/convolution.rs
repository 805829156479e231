//! Workloads of convolutional networks: `conv`, `cnn`, `infer` and `import`.

use ndarray::{Array, Array1, Array4, Dimension, ShapeBuilder};
use tf1 as tf;
use tf1::nn::Padding::Same;
use tf1::train::Optimizer;
use tf1::{Graph, Tensor, Variable};

use crate::data;
use crate::report::{Calls, Reporter};
use crate::workloads::session;

const CALLS: Calls = Calls {
    warm_up: 4,
    measured: 16,
};

/// How many minibatches are gone through, round and round.
const BATCHES: u32 = 4;

/// Weights as Glorot and Bengio start them, for so many inputs and outputs.
fn weights<D: Dimension>(
    graph: &Graph,
    seed: u32,
    shape: impl ShapeBuilder<Dim = D>,
    [fan_in, fan_out]: [usize; 2],
) -> Variable {
    let limit = (6.0 / (fan_in + fan_out) as f64).sqrt() as f32;
    let shape = shape.into_shape_with_order();
    let numbers = data::unit(seed, shape.size());
    let numbers = numbers.into_iter().map(|u| (2.0 * u - 1.0) * limit);
    let array = Array::from_shape_vec(shape, numbers.collect());
    graph.variable(array.expect("as many as the shape holds").into_dyn())
}

fn zeros(graph: &Graph, length: usize) -> Variable {
    graph.variable(Array1::<f32>::zeros(length))
}

/// A classifier to train: pictures and labels as they are fed, and the scores.
struct Classifier {
    x: Tensor,
    y: Tensor,
    scores: Tensor,
}

/// Steps of Adam on minibatches of pictures, whose seeds begin at `seed` and those of their labels
/// 1000 later.
fn train(
    reporter: &Reporter,
    workload: &str,
    graph: &Graph,
    (classifier, rate): (Classifier, f64),
    (seed, [batch, height, width, channels], classes): (u32, [usize; 4], usize),
) -> tf::Result<()> {
    let Classifier { x, y, scores } = classifier;
    let losses =
        tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(&y), tf::nn::Logits(&scores));
    let cost = tf::reduce_mean(losses, ..);
    let train = tf::train::AdamOptimizer::new(rate).minimize(&cost);
    let session = session(graph, reporter)?;
    let shape = (batch, height, width, channels);
    let batches: Vec<_> = (0..BATCHES)
        .map(|i| {
            let pixels = data::unit(seed + i, batch * height * width * channels);
            let pictures = Array4::from_shape_vec(shape, pixels);
            let labels = data::one_hot(seed + 1000 + i, batch, classes);
            (pictures.expect("as many as the shape holds"), labels)
        })
        .collect();
    let step = session.prepare((&train, cost.scalar()), [&x, &y])?;
    reporter.time(workload, "", CALLS, |i| {
        let (xb, yb) = &batches[i % batches.len()];
        let ((), cost) = step.run([x.feed(xb), y.feed(yb)])?;
        Ok(f64::from(cost))
    })?;
    let (xb, yb) = &batches[0];
    let feeds = [x.feed(xb), y.feed(yb)];
    let bytes = session.peak_memory((&train, &cost), feeds)?;
    eprintln!("{workload}: {:.1} MB in between", bytes as f64 / 1e6);
    if std::env::var_os("STEPS").is_some() {
        let runs = (0..CALLS.measured).map(|_| {
            let feeds = [x.feed(xb), y.feed(yb)];
            Ok(session.run_traced((&train, &cost), feeds)?.1)
        });
        print_steps(&runs.collect::<tf::Result<Vec<_>>>()?);
    }
    Ok(())
}

/// The steps of a run, and the fastest time of each.
fn print_steps(runs: &[tf::RunMetadata]) {
    let steps = runs.first().map_or(&[][..], |run| run.step_stats());
    for (i, step) in steps.iter().enumerate() {
        let times = runs.iter().map(|run| run.step_stats()[i].duration);
        let fastest = times.min().unwrap_or_default();
        eprintln!(
            "{:9.1} us  {}",
            fastest.as_secs_f64() * 1e6,
            step.timeline_label
        );
    }
}

/// The course's network for photographs of hand signs, on 64 at a time.
pub fn conv(reporter: &Reporter) -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("X", tf::shape![?, 64, 64, 3]);
    let y = graph.placeholder::<f32>("Y", tf::shape![?, 6]);
    let first = weights(&graph, 4, (4, 4, 3, 8), [48, 128]);
    let second = weights(&graph, 5, (2, 2, 8, 16), [32, 64]);
    let dense = weights(&graph, 6, (64, 6), [64, 6]);
    let bias = zeros(&graph, 6);
    let a = tf::nn::relu(tf::nn::conv2d(&x, &first, 1, Same));
    let a = tf::nn::max_pool(a, 8, 8, Same);
    let a = tf::nn::relu(tf::nn::conv2d(a, &second, 1, Same));
    let a = tf::nn::max_pool(a, 4, 4, Same);
    let scores = tf::matmul(tf::reshape(a, [-1, 64]), &dense) + &bias;
    let classifier = Classifier { x, y, scores };
    let data = (5000, [64, 64, 64, 3], 6);
    train(reporter, "conv", &graph, (classifier, 1e-4), data)
}

/// The tutorials' network for handwritten digits, on 128 at a time.
pub fn cnn(reporter: &Reporter) -> tf::Result<()> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("X", tf::shape![?, 28, 28, 1]);
    let y = graph.placeholder::<f32>("Y", tf::shape![?, 10]);
    let mut a = x.clone();
    let layers = [
        (31, (5, 5, 1, 32), [25, 800], 32),
        (32, (5, 5, 32, 64), [800, 1600], 64),
    ];
    for (seed, shape, fans, outputs) in layers {
        let filter = weights(&graph, seed, shape, fans);
        let bias = zeros(&graph, outputs);
        let sums = tf::nn::bias_add(tf::nn::conv2d(&a, &filter, 1, Same), &bias);
        a = tf::nn::max_pool(tf::nn::relu(sums), 2, 2, Same);
    }
    let dense = weights(&graph, 33, (3136, 1024), [3136, 1024]);
    let dense_bias = zeros(&graph, 1024);
    let last = weights(&graph, 34, (1024, 10), [1024, 10]);
    let last_bias = zeros(&graph, 10);
    let a = tf::nn::relu(tf::matmul(tf::reshape(a, [-1, 3136]), &dense) + &dense_bias);
    let scores = tf::matmul(a, &last) + &last_bias;
    let classifier = Classifier { x, y, scores };
    let data = (9000, [128, 28, 28, 1], 10);
    train(reporter, "cnn", &graph, (classifier, 1e-3), data)
}

#[cfg(feature = "graph_def")]
pub use frozen::{import, infer};

#[cfg(not(feature = "graph_def"))]
pub use missing::{import, infer};

#[cfg(not(feature = "graph_def"))]
mod missing {
    //! What stands in for workloads that read graphs.

    use crate::report::Reporter;

    pub fn infer(_: &Reporter) -> tf1::Result<()> {
        let message = "this workload reads a graph: build the example with the feature graph_def";
        Err(tf1::Error::invalid_argument(message))
    }

    pub use infer as import;
}

#[cfg(feature = "graph_def")]
mod frozen {
    //! Predictions of a frozen MobileNet.

    use std::path::PathBuf;

    use ndarray::Array4;
    use tf1 as tf;
    use tf1::graph_def::GraphDef;
    use tf1::{Graph, Session, SessionOptions, Tensor};

    use crate::data;
    use crate::report::{Calls, Reporter};

    /// The folder of the graphs, and what stands there if the variable is not set.
    const FOLDER: (&str, &str) = ("GRAPHS", "../shared/graphs/made/mobilenet");

    /// A graph that was read, what it is fed and what it gives.
    struct Network {
        input: Tensor,
        output: Tensor,
        session: Session,
    }

    impl Network {
        fn open(file: &str, reporter: &Reporter) -> tf::Result<Network> {
            let folder = std::env::var(FOLDER.0).unwrap_or_else(|_| FOLDER.1.to_string());
            let graph = Graph::new();
            let path = PathBuf::from(folder).join(file);
            let imported = tf::import_graph_def(&graph, &GraphDef::read(path)?, "")?;
            let options = SessionOptions::new().threads(reporter.threads);
            Ok(Network {
                input: imported.tensor("input:0")?,
                output: imported.tensor("MobilenetV1/Predictions/Reshape_1:0")?,
                session: Session::with_options(&graph, options)?,
            })
        }
    }

    /// A picture of 128 × 128 pixels.
    fn picture() -> Array4<f32> {
        let pixels = data::unit(41, 128 * 128 * 3)
            .into_iter()
            .map(|u| 2.0 * u - 1.0);
        Array4::from_shape_vec((1, 128, 128, 3), pixels.collect()).expect("as many pixels")
    }

    /// The mean of the class number under the predicted probabilities.
    fn mean_class(probabilities: &ndarray::ArrayD<f32>) -> f64 {
        let weighted = probabilities.iter().enumerate();
        weighted
            .map(|(class, p)| f64::from(*p) * class as f64)
            .sum()
    }

    /// One prediction after the other.
    pub fn infer(reporter: &Reporter) -> tf::Result<()> {
        let picture = picture();
        for (workload, file) in [
            ("infer", "frozen_model.pb"),
            ("infer_folded", "folded_model.pb"),
        ] {
            let Network {
                input,
                output,
                session,
            } = Network::open(file, reporter)?;
            let step = session.prepare(&output, [&input])?;
            let calls = Calls {
                warm_up: 20,
                measured: 200,
            };
            reporter.time(workload, "", calls, |_| {
                Ok(mean_class(&step.run([input.feed(&picture)])?))
            })?;
        }
        Ok(())
    }

    /// From the start of the process to the first prediction.
    pub fn import(reporter: &Reporter) -> tf::Result<()> {
        let network = Network::open("frozen_model.pb", reporter)?;
        let picture = picture();
        let feeds = [network.input.feed(&picture)];
        let probabilities = network.session.run(&network.output, feeds)?;
        reporter.print_first("import", mean_class(&probabilities));
        Ok(())
    }
}
