//! Graphs for TensorFlow 1.15 to read: `with_tensorflow.py` asks for them.

use std::fs;
use std::path::PathBuf;

use ndarray::{Array2, ArrayD};
use tf1::graph_def::GraphDef;
use tf1::train::Optimizer;
use tf1::{self as tf, AnyTensor, Graph, Session, Tensor, import_graph_def};

use crate::functions::samples;

/// The folder to write to.
const WRITE: &str = "TF1_GRAPHS_WRITE";

/// Without the environment variable, all is done but the writing.
#[test]
fn passes_graphs_on() {
    let folder = std::env::var_os(WRITE).map(PathBuf::from);
    for (name, build) in GRAPHS {
        let graph = Graph::new();
        graph.set_random_seed(7);
        let x = graph.placeholder::<f32>("x", tf::shape![?, 4]);
        let results = build(&graph, &x);
        graph.global_variables_initializer().named("start");
        let def = graph.as_graph_def().unwrap();
        let session = Session::new(&graph).unwrap();
        let start = graph.get_operation_by_name("start").unwrap();
        session.run(&start, []).unwrap();
        let batch =
            Array2::from_shape_fn((3, 4), |(i, j)| (i as f32 - 1.0) * 0.5 + j as f32 * 0.25);
        let mut lines = String::new();
        for result in &results {
            let value = session.run(result, [x.feed(&batch)]).unwrap();
            let value: ArrayD<f32> = value.into_array().unwrap();
            let numbers = value.iter().map(|x| format!("{x:e}"));
            lines += &format!(
                "{} {}\n",
                result.name(),
                numbers.collect::<Vec<_>>().join(" ")
            );
        }
        if let Some(folder) = &folder {
            def.write(folder.join(format!("{name}.pb"))).unwrap();
            fs::write(folder.join(format!("{name}.txt")), lines).unwrap();
        }
    }
}

/// Calls of functions, written out: TensorFlow computes the same as of the calls.
#[test]
fn passes_graphs_on_whose_calls_were_written_out() {
    for sample in samples() {
        let graph = Graph::new();
        import_graph_def(&graph, &GraphDef::read(&sample).unwrap(), "").unwrap();
        graph.no_op().named("start");
        let written = graph.as_graph_def().unwrap();
        if let Some(folder) = std::env::var_os(WRITE).map(PathBuf::from) {
            let path = folder.join(sample.file_name().unwrap());
            written.write(&path).unwrap();
            fs::copy(sample.with_extension("txt"), path.with_extension("txt")).unwrap();
        }
    }
}

type Build = fn(&Graph, &Tensor) -> Vec<AnyTensor>;

/// A graph of each family, and what is fetched of it, one after the other.
const GRAPHS: &[(&str, Build)] = &[
    ("arrays", arrays),
    ("math", math),
    ("nn", nn),
    ("random", random),
    ("reductions", reductions),
    ("training", training),
];

fn arrays(_: &Graph, x: &Tensor) -> Vec<AnyTensor> {
    let pieces = tf::split(x, 2, 1);
    let joined = tf::concat((&pieces[1], &pieces[0], tf::zeros_like(&pieces[0])), 1);
    let cut = joined.index((1.., ..3));
    let padded = tf::pad(&cut, [[1, 0], [0, 2]]);
    let gathered = tf::gather_with(&padded, [2, 0], tf::Gather::new().axis(1));
    let stacked = tf::stack(
        (
            tf::transpose(&gathered),
            tf::ones_like(tf::transpose(&gathered)),
        ),
        0,
    );
    let tiled = tf::tile(tf::squeeze(tf::expand_dims(&stacked, 1)), [1, 2, 1]);
    let hot = tf::one_hot(x.graph().constant([0, 2]), 3);
    vec![
        tf::reverse(&tiled, [1]).any(),
        hot.any(),
        tf::matrix_diag(x).any(),
    ]
}

fn math(_: &Graph, x: &Tensor) -> Vec<AnyTensor> {
    let y = tf::exp(x) / (tf::square(x) + 1.0) - tf::maximum(x, 0.25);
    let product = tf::matmul_with(&y, x, tf::MatMul::new().transpose_b());
    let whole = tf::cast(tf::floor(&y * 4.0), tf::int32);
    let chosen = tf::where_v2(tf::less(x, 0.1), tf::sin(x), tf::pow(tf::abs(x), 1.5));
    let counted = tf::cast(tf::floormod(&whole, 3), tf::float32);
    vec![product.any(), chosen.any(), counted.any()]
}

fn nn(_: &Graph, x: &Tensor) -> Vec<AnyTensor> {
    let probabilities = tf::nn::softmax(x);
    let loss = tf::nn::sparse_softmax_cross_entropy_with_logits([0, 3, 1], x);
    let (values, _) = tf::nn::top_k(x, 2);
    let activated = tf::nn::leaky_relu(tf::nn::bias_add(x, [0.1, -0.2, 0.3, -4.0]));
    vec![
        probabilities.any(),
        loss.any(),
        values.any(),
        activated.any(),
    ]
}

fn random(graph: &Graph, x: &Tensor) -> Vec<AnyTensor> {
    let noise = graph.random_normal::<f32>([3, 4]);
    let uniform = graph.random_uniform::<f32>([2, 2]);
    vec![(x + noise).any(), uniform.any()]
}

fn reductions(_: &Graph, x: &Tensor) -> Vec<AnyTensor> {
    let sums = tf::reduce_sum(x, tf::keepdims(1)) + tf::reduce_mean(x, 0);
    let largest = tf::reduce_max(x, ..) * tf::reduce_prod(x, 1);
    let places = tf::cast(tf::argmax(x, 1), tf::float32);
    let running = tf::cumsum_with(x, tf::Cumsum::new().axis(1).exclusive());
    vec![sums.any(), largest.any(), places.any(), running.any()]
}

/// The classifier of the notebook, small: three layers, a cost, and Adam; two steps are taken.
fn training(graph: &Graph, x: &Tensor) -> Vec<AnyTensor> {
    let mut hidden = tf::transpose(x);
    for (layer, (rows, columns)) in [(5, 4), (4, 5), (3, 4)].into_iter().enumerate() {
        let weights = tf::initializers::xavier().seed(1);
        let w = graph.get_variable(format!("W{layer}"), [rows, columns], weights);
        let b = graph.get_variable(format!("b{layer}"), [rows, 1], tf::initializers::zeros());
        hidden = tf::nn::relu(tf::matmul(&w, &hidden) + &b);
    }
    let labels = graph.constant([[1.0f32, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
    let logits = tf::transpose(&hidden);
    let losses =
        tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(&labels), tf::nn::Logits(&logits));
    let cost = tf::reduce_mean(&losses, ..);
    let step = tf::train::AdamOptimizer::new(0.01).minimize(&cost);
    let after_step =
        || graph.control_dependencies([&step], || tf::identity(graph.zeros::<f32>([])));
    vec![
        cost.any(),
        after_step().any(),
        cost.any(),
        after_step().any(),
        cost.any(),
    ]
}
