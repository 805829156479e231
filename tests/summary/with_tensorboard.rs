//! The half that `with_tensorboard.py` runs in a Python that has TensorBoard: writes the training
//! of a small network, and what it wrote as JSON.

use std::f64::consts::TAU;
use std::fs;
use std::path::PathBuf;

use ndarray::{Array1, Array2, Axis, array, concatenate};
use serde_json::{Value as Json, json};
use tf1 as tf;
use tf1::random::NumpyRandom;
use tf1::summary::{self, Data, FileWriter, Summary, SummaryOp};
use tf1::train::{AdamOptimizer, Optimizer};
use tf1::{Graph, Operation, Session, Tensor};

/// How many points along each side of the picture.
const SIDE: usize = 48;

/// A network that tells the three arms of a spiral apart, and draws where it thinks that each of
/// them is.
struct Network {
    graph: Graph,
    points: Tensor,
    arms: Tensor<i64>,
    train: Operation,
    /// What is told of the training.
    progress: SummaryOp,
    /// The picture, which is fed with other points.
    map: SummaryOp,
}

impl Network {
    fn new() -> Self {
        let graph = Graph::new();
        graph.set_random_seed(1);
        let points = graph.placeholder::<f32>("points", tf::shape![?, 2]);
        let arms = graph.placeholder::<i64>("arms", tf::shape![?]);
        let hidden = tf::nn::relu(layer("layer1", &points, [2, 24]));
        let hidden = tf::nn::relu(layer("layer2", &hidden, [24, 24]));
        let logits = layer("layer3", &hidden, [24, 3]);
        let loss = graph.name_scope("loss", || {
            let losses = tf::nn::sparse_softmax_cross_entropy_with_logits(&arms, &logits);
            let loss = tf::reduce_mean(losses, ..);
            summary::scalar("cross_entropy", &loss);
            loss
        });
        graph.name_scope("accuracy", || {
            let right = tf::equal(tf::argmax(&logits, 1), &arms);
            let share = tf::reduce_mean(tf::cast(right, tf::float32), ..);
            summary::scalar("accuracy", share);
        });
        let progress = summary::merge_all(&graph);
        let map = graph.name_scope("map", || {
            let side = SIDE as i32;
            let colors = tf::reshape(tf::nn::softmax(&logits), [1, side, side, 3]);
            summary::image("plane", colors)
        });
        let train = AdamOptimizer::new(0.01).minimize(&loss);
        Network {
            graph,
            points,
            arms,
            train,
            progress,
            map,
        }
    }
}

/// A fully connected layer in a name scope of its own.
fn layer(name: &str, x: &Tensor, [inputs, outputs]: [usize; 2]) -> Tensor {
    let graph = x.graph();
    graph.name_scope(name, || {
        let normal = tf::TruncatedNormal::new().stddev((2.0 / inputs as f32).sqrt());
        let weights = graph.truncated_normal_with([inputs, outputs], normal);
        let weights = graph.variable(weights).named("w");
        let biases = graph.variable(graph.zeros::<f32>([outputs]));
        let biases = biases.named("b");
        summary::histogram("weights", &weights);
        summary::histogram("biases", &biases);
        tf::matmul(x, &weights) + &biases
    })
}

/// Points on the three arms, and on which arm each of them is.
fn spiral() -> (Array2<f32>, Array1<i64>) {
    let mut random = NumpyRandom::new(1);
    let point = |i: usize, noise: f64| {
        let (arm, radius) = (i % 3, (i / 3) as f64 / 100.0);
        let angle = TAU * arm as f64 / 3.0 + 4.0 * radius + noise;
        [radius * angle.cos(), radius * angle.sin()]
    };
    let noise = random.randn(300).expect("300 numbers fit") * 0.15;
    let mut points = Array2::zeros([300, 2]);
    for (i, mut row) in points.axis_iter_mut(Axis(0)).enumerate() {
        let [x, y] = point(i, noise[i]).map(|coordinate| coordinate as f32);
        row.assign(&array![x, y]);
    }
    (points, (0..300).map(|i| i % 3).collect())
}

/// The points of the picture, row by row from the top.
fn plane() -> Array2<f32> {
    let coordinate = Array1::linspace(-1.0, 1.0, SIDE);
    let rows = coordinate.iter().rev().map(|y| {
        let x = coordinate.view().insert_axis(Axis(1)).to_owned();
        concatenate![Axis(1), x, Array2::from_elem([SIDE, 1], *y)]
    });
    let rows: Vec<_> = rows.collect();
    let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
    concatenate(Axis(0), &views).expect("all rows have two columns")
}

/// Trains in `$TF1_LOGDIR`, and writes there as `expected.json` what TensorBoard is to show.
#[test]
fn trains_for_tensorboard() -> tf::Result<()> {
    let Some(logdir) = std::env::var_os("TF1_LOGDIR").map(PathBuf::from) else {
        println!("not tested: with_tensorboard.py runs this");
        return Ok(());
    };
    let network = Network::new();
    let (points, arms) = spiral();
    let feeds = || [network.points.feed(&points), network.arms.feed(&arms)];
    let plane = plane();
    let session = Session::new(&network.graph)?;
    session.run(network.graph.global_variables_initializer(), [])?;
    let writer = FileWriter::new(&logdir)?;
    writer.add_graph(&network.graph)?;
    let mut told = Vec::new();
    for step in 0..=300 {
        if step % 10 == 0 {
            let summary = session.run(&network.progress, feeds())?;
            writer.add_summary(&summary, step)?;
            told.extend(values(&summary, step));
        }
        if step % 100 == 0 {
            let summary = session.run(&network.map, [network.points.feed(&plane)])?;
            writer.add_summary(&summary, step)?;
            told.extend(values(&summary, step));
        }
        session.run(&network.train, feeds())?;
    }
    writer.close()?;
    let nodes: Vec<Json> = network.graph.operations().iter().map(node).collect();
    let expected = json!({ "values": told, "nodes": nodes }).to_string();
    fs::write(logdir.join("expected.json"), expected).expect("the folder can be written");
    Ok(())
}

fn node(op: &Operation) -> Json {
    let inputs: Vec<String> = op.inputs().iter().map(|input| input.name()).collect();
    json!([op.name(), op.op_type(), inputs])
}

/// What TensorBoard is to show of a summary.
fn values(summary: &Summary, step: i64) -> Vec<Json> {
    let values = summary.value.iter().map(|value| {
        let data = value.data.as_ref().expect("the crate knows what it made");
        let shown = match data {
            Data::Scalar(number) => json!({ "kind": "scalar", "number": number }),
            Data::Histogram(counted) => json!({
                "kind": "histogram", "min": counted.min, "max": counted.max, "num": counted.num, "sum": counted.sum,
                "sum_squares": counted.sum_squares, "limits": counted.bucket_limit, "counts": counted.bucket,
            }),
            Data::Image(picture) => json!({
                "kind": "image", "height": picture.height, "width": picture.width,
                "pixels": super::pixels(&picture.encoded_image_string),
            }),
            other => panic!("the network makes no {other:?}"),
        };
        json!({ "tag": value.tag, "step": step, "shown": shown })
    });
    values.collect()
}
