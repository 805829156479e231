//! What TensorFlow 1.15 saved, read and written again, and trained on.

use std::fs;
use std::path::Path;

use ndarray::{Array2, ArrayD, IxDyn};
use serde_json::Value as Json;
use tf1 as tf;
use tf1::train::{Minimize, Optimizer, Saver};
use tf1::{AnyArray, DType, Graph, Session};

use super::{TestFolder, golden_graphs};

fn json(path: &Path) -> Json {
    let text = fs::read_to_string(path).expect("the golden file can be read");
    serde_json::from_str(&text).expect("the golden file is JSON")
}

fn lengths(tensor: &Json) -> Vec<usize> {
    let lengths = tensor["shape"].as_array().expect("a shape");
    lengths
        .iter()
        .map(|length| length.as_u64().expect("a length") as usize)
        .collect()
}

/// A golden tensor of one of the two types in these files.
fn array(tensor: &Json) -> AnyArray {
    fn of<T: tf::Element>(tensor: &Json, read: impl Fn(&Json) -> Option<T>) -> AnyArray {
        let data = tensor["data"].as_array().expect("the data");
        let data = data
            .iter()
            .map(|item| read(item).expect("an element"))
            .collect();
        let array = ArrayD::from_shape_vec(IxDyn(&lengths(tensor)), data);
        array.expect("as many elements as the shape says").into()
    }
    match tensor["dtype"].as_str() {
        Some("int64") => of(tensor, Json::as_i64),
        _ => of(tensor, |item| Some(item.as_f64()? as f32)),
    }
}

/// The network that TensorFlow trained for these files, node by node.
struct Network {
    x: tf::Tensor,
    y: tf::Tensor,
    cost: tf::Tensor,
    train: tf::Operation,
    graph: Graph,
}

impl Network {
    fn new() -> Self {
        let graph = Graph::new();
        graph.set_random_seed(1);
        let x = graph.placeholder::<f32>("X", tf::shape![12, ?]);
        let y = graph.placeholder::<f32>("Y", tf::shape![3, ?]);
        let mut a = x.clone();
        let mut z = x.clone();
        for (layer, [outputs, inputs]) in [(1, [7, 12]), (2, [5, 7]), (3, [3, 5])] {
            let xavier = tf::initializers::xavier().seed(1);
            let w = graph.get_variable(format!("W{layer}"), [outputs, inputs], xavier);
            let b =
                graph.get_variable(format!("b{layer}"), [outputs, 1], tf::initializers::zeros());
            z = tf::matmul(&w, &a) + &b;
            a = tf::nn::relu(&z);
        }
        let losses = tf::nn::softmax_cross_entropy_with_logits(
            tf::nn::Labels(tf::transpose(&y)),
            tf::nn::Logits(tf::transpose(&z)),
        );
        let cost = tf::reduce_mean(losses, ..);
        let step = tf::train::get_or_create_global_step(&graph);
        let options = Minimize::new().global_step(&step);
        let train = tf::train::AdamOptimizer::new(0.05).minimize_with(&cost, options);
        Network {
            x,
            y,
            cost,
            train,
            graph,
        }
    }
}

fn matrix(tensor: &Json) -> Array2<f32> {
    let array = array(tensor).into_array::<f32>().expect("of f32");
    array.into_dimensionality().expect("a matrix")
}

/// TensorFlow's checkpoint is restored, trained on for the five steps that TensorFlow made, and its
/// next checkpoint comes out.
#[test]
fn training_goes_on_from_tensorflows_checkpoint() -> tf::Result<()> {
    let Some(folder) = golden_graphs() else {
        return Ok(());
    };
    let golden = json(&folder.join("training.json"));
    let network = Network::new();
    let saver = Saver::new(&network.graph);
    let session = Session::new(&network.graph)?;
    saver.restore(&session, folder.join("training/model.ckpt-0"))?;
    let compare = |when: &str, tolerance: f64| -> tf::Result<()> {
        let tensors = golden[when].as_object().expect("variables by name");
        assert_eq!(tensors.len(), network.graph.global_variables().len());
        for variable in network.graph.global_variables() {
            let found = session.run(&variable, [])?;
            let expected = array(&tensors[&variable.op().name()]);
            if tolerance == 0.0 || found.dtype() != DType::Float32 {
                assert_eq!(found, expected, "{variable}");
                continue;
            }
            let (found, expected) = (found.view::<f32>(), expected.view::<f32>());
            for (a, b) in found.iter().flatten().zip(expected.iter().flatten()) {
                let off = f64::from((a - b).abs());
                assert!(
                    off <= tolerance * (1.0 + f64::from(b.abs())),
                    "{variable}: {a}, not {b}"
                );
            }
        }
        Ok(())
    };
    compare("variables_before", 0.0)?;
    for step in golden["steps"].as_array().expect("a list of steps") {
        let (x, y) = (matrix(&step["X"]), matrix(&step["Y"]));
        let feeds = [network.x.feed(&x), network.y.feed(&y)];
        let ((), cost) = session.run((&network.train, network.cost.scalar()), feeds)?;
        let expected = step["cost_before"]["data"][0].as_f64().expect("a number");
        assert!(
            (f64::from(cost) - expected).abs() < 1e-6 * expected,
            "{cost}, not {expected}"
        );
    }
    compare("variables_after", 1e-6)?;
    saver.restore(&session, folder.join("training/model.ckpt-5"))?;
    compare("variables_after", 0.0)
}

/// The files are TensorFlow's to the last byte.
#[test]
fn what_tensorflow_wrote_is_written_again_byte_for_byte() -> tf::Result<()> {
    let Some(golden) = golden_graphs() else {
        return Ok(());
    };
    let folder = TestFolder::new();
    let network = Network::new();
    let saver = Saver::new(&network.graph);
    let session = Session::new(&network.graph)?;
    for step in [0, 5] {
        let theirs = golden.join(format!("training/model.ckpt-{step}"));
        saver.restore(&session, &theirs)?;
        let ours = saver.save(&session, folder.file("model.ckpt"), step)?;
        for suffix in [".index", ".data-00000-of-00001"] {
            let bytes =
                |prefix: &Path| fs::read(format!("{}{suffix}", prefix.display())).expect("a file");
            assert_eq!(bytes(&ours), bytes(&theirs), "{suffix} of step {step}");
        }
    }
    Ok(())
}
