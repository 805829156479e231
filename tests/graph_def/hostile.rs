//! Whatever a file contains, the answer is an `Err` or a graph, never a panic.

use tf1::graph_def::GraphDef;
use tf1::{self as tf, Graph, Session, import_graph_def};

/// A graph with attributes of all kinds.
fn small() -> Vec<u8> {
    let graph = Graph::new();
    let x = graph.placeholder::<f32>("x", tf::shape![?, 4]);
    let weights = graph.constant([[1.0f32, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]);
    let y = tf::matmul(&x, &weights);
    let pieces = tf::split(&y, 2, 1);
    let joined = tf::concat((&pieces[1], &pieces[0]), 1);
    let turned = tf::transpose(&joined);
    let rows = tf::gather(&turned, [0i32, 1]);
    let sum = tf::reduce_sum(&rows, 0);
    tf::cast(tf::squeeze(tf::expand_dims(&sum, 0)), tf::int32).named("out");
    graph.as_graph_def().unwrap().to_bytes().unwrap()
}

/// Reads the bytes, and runs what they hold if they hold something.
fn read_and_run(bytes: &[u8]) {
    let Ok(def) = GraphDef::from_bytes(bytes) else {
        return;
    };
    let graph = Graph::new();
    if import_graph_def(&graph, &def, "").is_err() {
        return;
    }
    let Ok(session) = Session::new(&graph) else {
        return;
    };
    let tensors: Vec<_> = graph
        .operations()
        .iter()
        .flat_map(|o| o.outputs())
        .collect();
    let x = ndarray::Array2::<f32>::ones((3, 4));
    let fed = graph
        .get_tensor_by_name("x:0")
        .and_then(|x| x.typed::<f32>());
    for tensor in tensors {
        let feeds = fed.iter().map(|fed| fed.feed(&x)).collect::<Vec<_>>();
        let _ = session.run(&tensor, feeds);
    }
}

#[test]
fn every_byte_may_be_flipped() {
    let bytes = small();
    read_and_run(&bytes);
    for at in 0..bytes.len() {
        for flip in [0x01, 0x10, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            read_and_run(&damaged);
        }
    }
}

#[test]
fn files_may_end_anywhere() {
    let bytes = small();
    (0..bytes.len()).for_each(|end| read_and_run(&bytes[..end]));
}
