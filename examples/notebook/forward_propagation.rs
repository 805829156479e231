//! 2.3 Forward propagation: LINEAR → RELU → LINEAR → RELU → LINEAR, and softmax left to the cost.

use tf1 as tf;
use tf1::{Graph, Tensor};

use super::create_placeholders::create_placeholders;
use super::initialize_parameters::{Parameters, initialize_parameters};

/// The output of the last linear unit, Z3.
pub fn forward_propagation(x: &Tensor, parameters: &Parameters) -> Tensor {
    let Parameters {
        w1,
        b1,
        w2,
        b2,
        w3,
        b3,
    } = parameters;
    let z1 = tf::add(tf::matmul(w1, x), b1);
    let a1 = tf::nn::relu(z1);
    let z2 = tf::add(tf::matmul(w2, &a1), b2);
    let a2 = tf::nn::relu(z2);
    tf::add(tf::matmul(w3, &a2), b3)
}

pub fn run() -> tf::Result<()> {
    let graph = Graph::new();
    let (x, _) = create_placeholders(&graph, 12288, 6);
    let parameters = initialize_parameters(&graph);
    println!("Z3 = {}", forward_propagation(&x, &parameters));
    Ok(())
}
