//! 2.4 Compute cost: the mean softmax cross entropy over the examples.

use tf1 as tf;
use tf1::{Graph, Tensor};

use super::create_placeholders::create_placeholders;
use super::forward_propagation::forward_propagation;
use super::initialize_parameters::initialize_parameters;

/// The mean cross entropy of the labels Y and the softmax of Z3, both [classes, examples].
pub fn compute_cost(z3: &Tensor, y: &Tensor) -> Tensor {
    // The cross entropy wants a row per example.
    let logits = tf::transpose(z3);
    let labels = tf::transpose(y);
    tf::reduce_mean(
        tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(&labels), tf::nn::Logits(&logits)),
        ..,
    )
}

pub fn run() -> tf::Result<()> {
    let graph = Graph::new();
    let (x, y) = create_placeholders(&graph, 12288, 6);
    let z3 = forward_propagation(&x, &initialize_parameters(&graph));
    println!("cost = {}", compute_cost(&z3, &y));
    Ok(())
}
