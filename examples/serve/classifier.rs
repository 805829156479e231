//! The network of the SIGNS classifier, 12288-25-12-6, as the notebook builds it: a column is a
//! picture.

use ndarray::Array2;
use tf1 as tf;
use tf1::initializers::{xavier, zeros};
use tf1::prelude::*;

/// The handles that a server and a trainer need.
pub struct Classifier {
    pub picture: Tensor,
    pub label: Tensor<i64>,
    pub class: Tensor<i64>,
    pub probabilities: Tensor,
    pub train: Operation,
    pub saver: tf::train::Saver,
    pub init: Operation,
}

impl Classifier {
    pub fn new(graph: &Graph) -> Self {
        let picture = graph.placeholder::<f32>("picture", [12288, 1]);
        let label = graph.placeholder::<i64>("label", [1]);
        let (mut a, mut z) = (picture.clone(), picture.clone());
        for (layer, units, inputs) in [(1, 25, 12288), (2, 12, 25), (3, 6, 12)] {
            let w = graph.get_variable(format!("W{layer}"), [units, inputs], xavier().seed(1));
            let b = graph.get_variable(format!("b{layer}"), [units, 1], zeros());
            z = tf::matmul(&w, &a) + &b;
            a = tf::nn::relu(&z);
        }
        let class = tf::argmax(&z, 0);
        let logits = tf::transpose(&z);
        let probabilities = tf::nn::softmax(&logits);
        let loss = tf::losses::sparse_softmax_cross_entropy(&label, &logits);
        let train = tf::train::GradientDescentOptimizer::new(0.001).minimize(&loss);
        let saver = tf::train::Saver::new(graph);
        let init = graph.global_variables_initializer();
        Classifier {
            picture,
            label,
            class,
            probabilities,
            train,
            saver,
            init,
        }
    }
}

/// Pictures of nothing in particular.
pub fn pictures(from: usize, count: usize) -> Vec<Array2<f32>> {
    (from..from + count).map(picture).collect()
}

fn picture(number: usize) -> Array2<f32> {
    Array2::from_shape_fn((12288, 1), |(i, _)| {
        ((i * 31 + number * 17) % 256) as f32 / 255.0
    })
}
