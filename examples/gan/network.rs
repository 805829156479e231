//! Two networks: the generator makes pictures of noise, and the discriminator tells them from real
//! ones.

use ndarray::{Array2, ArrayD, ArrayViewD};
use tf1 as tf;
use tf1::layers::{self, BatchNormalization, Conv2D, Conv2DTranspose, Dense};
use tf1::train::{AdamOptimizer, Minimize, Optimizer};
use tf1::{Graph, Session, Tensor, VariableScope};

use super::mnist::SIDE;

/// How many numbers of noise a picture is made of.
pub const NOISE: usize = 32;
/// How many pictures are made or learned from at a time.
pub const BATCH: usize = 64;

/// Both networks and their session.
pub struct Gan {
    real: Tensor,
    noise: Tensor,
    made: Tensor,
    discriminate: tf::Operation,
    generate: tf::Operation,
    costs: [Tensor; 2],
    session: Session,
}

impl Gan {
    /// Networks with their initial weights, which are the same for the same seed.
    pub fn new(learning_rate: f32, seed: i64) -> tf::Result<Self> {
        let graph = Graph::new();
        graph.set_random_seed(seed);
        let real = graph.placeholder::<f32>("real", tf::shape![?, SIDE, SIDE, 1]);
        // Drawn anew in every run that feeds none.
        let noise = graph.random_normal([BATCH, NOISE]);
        let made = graph.variable_scope("generator", || generator(&noise));
        let judged = |pictures: &Tensor| {
            let scope = VariableScope::new("discriminator").reuse(tf::AUTO_REUSE);
            graph.variable_scope(scope, || discriminator(pictures))
        };
        let (of_real, of_made) = (judged(&real), judged(&made));

        // The discriminator learns to say 1 of real pictures and 0 of made ones; the generator, to
        // have it say 1 of made ones.
        let says = |logits: &Tensor, answer: f32| {
            let answers = tf::fill(tf::shape(logits), answer);
            tf::losses::sigmoid_cross_entropy(answers, logits)
        };
        let costs = [
            // A little less than 1, so that it is never too sure.
            says(&of_real, 0.9) + says(&of_made, 0.0),
            says(&of_made, 1.0),
        ];
        let minimize = |cost: &Tensor, scope: &str| {
            let variables = graph.trainable_variables_in(scope);
            AdamOptimizer::new(learning_rate)
                .beta1(0.5)
                .minimize_with(cost, Minimize::new().var_list(variables))
        };
        let discriminate = minimize(&costs[0], "discriminator/");
        let generate = minimize(&costs[1], "generator/");
        let init = graph.global_variables_initializer();
        let session = Session::new(&graph)?;
        session.run(&init, [])?;
        Ok(Gan {
            real,
            noise,
            made,
            discriminate,
            generate,
            costs,
            session,
        })
    }

    /// Each network learns once; the costs are the discriminator's and the generator's.
    pub fn step(&self, images: ArrayViewD<'_, f32>) -> tf::Result<[f32; 2]> {
        let fetches = (&self.discriminate, self.costs[0].scalar());
        let ((), discriminator) = self.session.run(fetches, [self.real.feed(images)])?;
        let fetches = (&self.generate, self.costs[1].scalar());
        let ((), generator) = self.session.run(fetches, [])?;
        Ok([discriminator, generator])
    }

    /// The pictures, from 0 to 1, that are made of this noise.
    pub fn make(&self, noise: &Array2<f32>) -> tf::Result<ArrayD<f32>> {
        self.session.run(&self.made, [self.noise.feed(noise)])
    }
}

/// Noise → [7, 7, 32] → [14, 14, 16] → [28, 28, 1], from 0 to 1.
fn generator(noise: &Tensor) -> Tensor {
    // Normalized by the batch at hand, in use too: a batch of noise is like any other.
    let normalized = |x: Tensor| {
        let options = BatchNormalization::new().training(true);
        tf::nn::relu(layers::batch_normalization_with(x, options))
    };
    let twice = || Conv2DTranspose::new().strides(2).padding("same");
    let a = layers::dense_with(noise, 7 * 7 * 32, Dense::new().use_bias(false));
    let a = normalized(tf::reshape(a, [-1, 7, 7, 32]));
    let a = layers::conv2d_transpose_with(a, 16, 5, twice().use_bias(false));
    tf::sigmoid(layers::conv2d_transpose_with(normalized(a), 1, 5, twice()))
}

/// [28, 28, 1] → [14, 14, 24] → [7, 7, 48] → one number: large for what looks real.
fn discriminator(pictures: &Tensor) -> Tensor {
    let half = || {
        let conv = Conv2D::new().strides(2).padding("same");
        conv.activation(tf::nn::leaky_relu)
    };
    let a = layers::conv2d_with(pictures, 24, 5, half());
    let a = layers::conv2d_with(a, 48, 5, half());
    layers::dense(layers::flatten(a), 1)
}
