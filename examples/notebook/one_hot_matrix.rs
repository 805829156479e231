//! 1.4 Using one-hot encodings: a row per class, a column per example.

use ndarray::ArrayD;
use tf1 as tf;

/// A matrix with a 1 in row `labels[j]` of column j, of `classes` rows.
pub fn one_hot_matrix(labels: &[i64], classes: i32) -> tf::Result<ArrayD<f32>> {
    let graph = tf::Graph::new();
    let depth = graph.constant(classes).named("C");
    let one_hot_matrix =
        tf::one_hot_with(graph.constant(labels), &depth, tf::OneHot::new().axis(0));
    tf::Session::new(&graph)?.run(&one_hot_matrix, [])
}

pub fn run() -> tf::Result<()> {
    println!("one_hot = {}", one_hot_matrix(&[1, 2, 3, 0, 2, 1], 4)?);
    Ok(())
}
