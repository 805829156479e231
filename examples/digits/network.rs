//! The network: two convolutions, each with pooling, and two fully connected layers.

use ndarray::{ArrayView4, ArrayViewD, Axis};
use tf1 as tf;
use tf1::layers::{self, Conv2D, Dropout};
use tf1::train::{AdamOptimizer, Optimizer};
use tf1::{Graph, Session, Tensor};

use super::mnist::{CLASSES, SIDE};

/// How many pictures are classified at a time: what a run keeps of each takes memory.
const AT_ONCE: usize = 1000;

/// A network and its session.
pub struct Network {
    x: Tensor,
    y: Tensor,
    /// Whether activations are left out.
    training: Tensor<bool>,
    train: tf::Operation,
    cost: Tensor,
    class: Tensor<i64>,
    session: Session,
}

impl Network {
    /// A network with its initial weights, which are the same for the same seed.
    pub fn new(learning_rate: f32, seed: i64) -> tf::Result<Self> {
        let graph = Graph::new();
        graph.set_random_seed(seed);
        let x = graph.placeholder::<f32>("x", tf::shape![?, SIDE, SIDE, 1]);
        let y = graph.placeholder::<f32>("y", tf::shape![?, CLASSES]);
        let training = graph.placeholder::<bool>("training", []);
        let logits = logits(&x, &training);
        let cost = tf::losses::softmax_cross_entropy(&y, &logits);
        let train = AdamOptimizer::new(learning_rate).minimize(&cost);
        let class = tf::argmax(&logits, 1);
        let init = graph.global_variables_initializer();
        let session = Session::new(&graph)?;
        session.run(&init, [])?;
        Ok(Network {
            x,
            y,
            training,
            train,
            cost,
            class,
            session,
        })
    }

    /// Learns from a batch, and tells its cost.
    pub fn step(
        &self,
        images: ArrayViewD<'_, f32>,
        labels: ArrayViewD<'_, f32>,
    ) -> tf::Result<f32> {
        let feeds = [
            self.x.feed(images),
            self.y.feed(labels),
            self.training.feed(true),
        ];
        let ((), cost) = self.session.run((&self.train, self.cost.scalar()), feeds)?;
        Ok(cost)
    }

    /// What each picture shows.
    pub fn classify(&self, images: ArrayView4<'_, f32>) -> tf::Result<Vec<usize>> {
        let mut classes = Vec::new();
        for images in images.axis_chunks_iter(Axis(0), AT_ONCE) {
            let feeds = [self.x.feed(images), self.training.feed(false)];
            let found = self.session.run(&self.class, feeds)?;
            classes.extend(found.iter().map(|class| *class as usize));
        }
        Ok(classes)
    }
}

/// A score for each class: the largest is the network's answer.
fn logits(x: &Tensor, training: &Tensor<bool>) -> Tensor {
    // [28, 28, 1] → [28, 28, 16] → [14, 14, 16]: strokes.
    let same = || Conv2D::new().padding("same").activation(tf::nn::relu);
    let strokes = layers::conv2d_with(x, 16, 3, same());
    let strokes = layers::max_pooling2d(strokes, 2, 2);
    // → [14, 14, 32] → [7, 7, 32]: what strokes make, such as corners and loops.
    let parts = layers::conv2d_with(strokes, 32, 3, same());
    let parts = layers::max_pooling2d(parts, 2, 2);
    let hidden = layers::dense_with(layers::flatten(parts), 64, tf::nn::relu);
    let dropout = Dropout::new().rate(0.4).training(training);
    layers::dense(layers::dropout_with(hidden, dropout), CLASSES)
}
