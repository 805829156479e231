//! Small files made by the crate's own writer: what `cargo fuzz` begins with (`fuzz/`), and what
//! the tests of hostile files damage. `TF1_WRITE_CORPUS=1` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use tf1::graph_def::GraphDef;
use tf1::train::Optimizer;
use tf1::{self as tf, Graph, import_graph_def};

/// Attributes of all kinds.
fn arrays(graph: &Graph) {
    let x = graph.placeholder::<f32>("x", tf::shape![?, 4]);
    let weights = graph.constant([[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]);
    let y = tf::matmul(&x, &weights);
    let pieces = tf::split(&y, 2, 1);
    let joined = tf::concat((&pieces[1], &pieces[0]), 1);
    let turned = tf::transpose(&joined);
    let rows = tf::gather(&turned, [0i32, 1]);
    let sum = tf::reduce_sum(&rows, 0);
    tf::cast(tf::squeeze(tf::expand_dims(&sum, 0)), tf::int32).named("out");
}

/// A variable, and an optimizer's step.
fn training(graph: &Graph) {
    let x = graph.placeholder::<f32>("x", tf::shape![?, 4]);
    let w = graph.get_variable("w", [4], tf::initializers::constant(0.5f32));
    let cost = tf::reduce_mean(tf::square(&x * &w), ..);
    tf::train::GradientDescentOptimizer::new(0.1).minimize(&cost);
}

/// Integers, truth values, random numbers, and nodes that wait for others.
fn choices(graph: &Graph) {
    let x = graph.placeholder::<f32>("x", tf::shape![?, 4]);
    let noise = graph.random_uniform::<f32>([4]);
    let chosen = tf::where_v2(tf::greater(&x, &noise), &x, -&x);
    let shape = tf::shape(&chosen);
    let flat = graph.control_dependencies([&noise], || tf::reshape(&chosen, [-1]));
    tf::tile(&flat, shape.index(..1));
    tf::one_hot(graph.constant([0, 2]), 3);
}

type Build = fn(&Graph);

const FILES: &[(&str, Build)] = &[
    ("arrays", arrays),
    ("choices", choices),
    ("training", training),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/graph_def")
}

/// The bytes of the files.
pub fn files() -> Vec<Vec<u8>> {
    let read = |(name, _): &(&str, Build)| {
        let path = folder().join(format!("{name}.pb"));
        fs::read(path).expect("the repository holds it")
    };
    FILES.iter().map(read).collect()
}

#[test]
fn the_corpus_is_what_the_crate_writes() {
    for (name, build) in FILES {
        let graph = Graph::new();
        graph.set_random_seed(7);
        build(&graph);
        let written = graph.as_graph_def().unwrap();
        let path = folder().join(format!("{name}.pb"));
        if std::env::var_os("TF1_WRITE_CORPUS").is_some() {
            written.write(&path).unwrap();
        }
        let kept = GraphDef::read(&path).unwrap();
        assert!(kept == written, "{name}: write the corpus anew");
        let again = Graph::new();
        import_graph_def(&again, &kept, "").unwrap();
        assert!(again.as_graph_def().unwrap() == kept, "{name}");
    }
}
