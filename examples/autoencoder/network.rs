//! The network: convolutions make a picture smaller and smaller until few numbers are left, and
//! transposed ones make a picture of these numbers again.

use ndarray::{Array4, ArrayView4, ArrayViewD, Axis};
use tf1 as tf;
use tf1::layers::{self, Conv2D, Conv2DTranspose};
use tf1::train::{AdamOptimizer, Optimizer};
use tf1::{Graph, Session, Tensor};

use super::mnist::SIDE;

/// How many pictures are reconstructed at a time: what a run keeps of each takes memory.
const AT_ONCE: usize = 1000;

/// A network and its session.
pub struct Network {
    x: Tensor,
    reconstruction: Tensor,
    train: tf::Operation,
    cost: Tensor,
    session: Session,
}

impl Network {
    /// A network that makes `code` numbers of a picture, with its initial weights, which are the
    /// same for the same seed.
    pub fn new(code: usize, learning_rate: f32, seed: i64) -> tf::Result<Self> {
        let graph = Graph::new();
        graph.set_random_seed(seed);
        let x = graph.placeholder::<f32>("x", tf::shape![?, SIDE, SIDE, 1]);
        let logits = decoded(&encoded(&x, code));
        // Every pixel is a question of its own: ink or paper?
        let cost = tf::losses::sigmoid_cross_entropy(&x, &logits);
        let train = AdamOptimizer::new(learning_rate).minimize(&cost);
        let reconstruction = tf::sigmoid(&logits);
        let init = graph.global_variables_initializer();
        let session = Session::new(&graph)?;
        session.run(&init, [])?;
        Ok(Network {
            x,
            reconstruction,
            train,
            cost,
            session,
        })
    }

    /// Learns from a batch, and tells its cost.
    pub fn step(&self, images: ArrayViewD<'_, f32>) -> tf::Result<f32> {
        let fetches = (&self.train, self.cost.scalar());
        let ((), cost) = self.session.run(fetches, [self.x.feed(images)])?;
        Ok(cost)
    }

    /// What becomes of pictures.
    pub fn reconstruct(&self, images: ArrayView4<'_, f32>) -> tf::Result<Array4<f32>> {
        let mut made = Array4::zeros(images.dim());
        let chunks = images.axis_chunks_iter(Axis(0), AT_ONCE);
        for (images, mut place) in chunks.zip(made.axis_chunks_iter_mut(Axis(0), AT_ONCE)) {
            let feeds = [self.x.feed(images)];
            place.assign(&self.session.run(&self.reconstruction, feeds)?);
        }
        Ok(made)
    }
}

/// [28, 28, 1] → [14, 14, 16] → [7, 7, 32] → `code` numbers.
fn encoded(x: &Tensor, code: usize) -> Tensor {
    let half = || {
        Conv2D::new()
            .strides(2)
            .padding("same")
            .activation(tf::nn::relu)
    };
    let a = layers::conv2d_with(x, 16, 3, half());
    let a = layers::conv2d_with(a, 32, 3, half());
    layers::dense(layers::flatten(a), code)
}

/// `code` numbers → [7, 7, 32] → [14, 14, 16] → [28, 28, 1].
fn decoded(code: &Tensor) -> Tensor {
    let twice = || Conv2DTranspose::new().strides(2).padding("same");
    let a = layers::dense_with(code, 7 * 7 * 32, tf::nn::relu);
    let a = tf::reshape(a, [-1, 7, 7, 32]);
    let a = layers::conv2d_transpose_with(a, 16, 3, twice().activation(tf::nn::relu));
    layers::conv2d_transpose_with(a, 1, 3, twice())
}
