//! 1.3 Computing the cost: the cross entropy of a sigmoid, in one function.

use ndarray::{ArrayD, arr1};
use tf1 as tf;

use super::sigmoid::sigmoid;

/// The cross entropy of `labels` and the sigmoid of `logits`, for each example.
pub fn cost(logits: &ArrayD<f32>, labels: &ArrayD<f32>) -> tf::Result<ArrayD<f32>> {
    let graph = tf::Graph::new();
    let z = graph.placeholder::<f32>("z", ..);
    let y = graph.placeholder::<f32>("y", ..);
    let cost = tf::nn::sigmoid_cross_entropy_with_logits(tf::nn::Labels(&y), tf::nn::Logits(&z));
    tf::Session::new(&graph)?.run(&cost, [z.feed(logits), y.feed(labels)])
}

/// The notebook's cell, which applies the sigmoid once by hand before.
pub fn notebook_cost() -> tf::Result<ArrayD<f32>> {
    let logits = sigmoid(&arr1(&[0.2, 0.4, 0.7, 0.9]).into_dyn())?;
    cost(&logits, &arr1(&[0.0, 0.0, 1.0, 1.0]).into_dyn())
}

pub fn run() -> tf::Result<()> {
    println!("cost = {}", notebook_cost()?);
    Ok(())
}
