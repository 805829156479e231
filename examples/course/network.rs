//! Networks of fully connected layers for the pictures, built with `tf1::layers` as a [`Design`]
//! says.

use ndarray::ArrayView2;
use tf1 as tf;
use tf1::layers::{self, BatchNormalization, Dense, Dropout};
use tf1::losses;
use tf1::train::{
    AdamOptimizer, GradientDescentOptimizer, MomentumOptimizer, Optimizer, RMSPropOptimizer,
};
use tf1::{Graph, Session, SessionOptions, Tensor};

use super::super::common::split::FEATURES;
use super::super::notebook::random_mini_batches::{Examples, Minibatches};
use super::CLASSES;

/// What a network is built of, and how it learns.
#[derive(Clone, Debug)]
pub struct Design {
    /// The units of the hidden layers.
    pub hidden: Vec<usize>,
    /// Whether each hidden layer is normalized by batches, before its activation.
    pub batch_norm: bool,
    /// The share of a hidden layer's activations that a training step leaves out.
    pub dropout: f32,
    /// λ: what is added to the cost is λ · Σ w² / 2, over all weights but no biases.
    pub l2: f64,
    pub method: Method,
    pub learning_rate: f32,
}

/// An optimizer, with its β.
#[derive(Clone, Copy, Debug)]
pub enum Method {
    GradientDescent,
    Momentum { beta: f32 },
    RmsProp { beta: f32 },
    Adam { beta1: f32 },
}

impl Method {
    fn optimizer(self, learning_rate: f32) -> Box<dyn Optimizer> {
        match self {
            Method::GradientDescent => Box::new(GradientDescentOptimizer::new(learning_rate)),
            Method::Momentum { beta } => Box::new(MomentumOptimizer::new(learning_rate, beta)),
            Method::RmsProp { beta } => Box::new(RMSPropOptimizer::new(learning_rate).decay(beta)),
            Method::Adam { beta1 } => Box::new(AdamOptimizer::new(learning_rate).beta1(beta1)),
        }
    }
}

impl Default for Design {
    /// The notebook's: 25 and 12 hidden units, and Adam.
    fn default() -> Self {
        Design {
            hidden: vec![25, 12],
            batch_norm: false,
            dropout: 0.0,
            l2: 0.0,
            method: Method::Adam { beta1: 0.9 },
            learning_rate: 1e-4,
        }
    }
}

/// A network and its session. A row is a picture.
pub struct Network {
    x: Tensor,
    y: Tensor,
    /// Whether batches are normalized by themselves, and activations are left out.
    training: Tensor<bool>,
    train: tf::Operation,
    cost: Tensor,
    accuracy: Tensor,
    session: Session,
}

impl Network {
    /// A network with its initial weights, which are the same for the same design.
    pub fn new(design: &Design, options: SessionOptions) -> tf::Result<Self> {
        let graph = Graph::new();
        graph.set_random_seed(1);
        let x = graph.placeholder::<f32>("x", tf::shape![?, FEATURES]);
        let y = graph.placeholder::<f32>("y", tf::shape![?, CLASSES]);
        let training = graph.placeholder::<bool>("training", []);
        let logits = logits(&x, &training, design);
        // What the weights cost is added by `get_total_loss`.
        losses::softmax_cross_entropy(&y, &logits);
        let cost = losses::get_total_loss(&graph);
        // The moving averages of batch normalization are kept by the same step.
        let train = design
            .method
            .optimizer(design.learning_rate)
            .minimize(&cost);
        let correct = tf::equal(tf::argmax(&logits, 1), tf::argmax(&y, 1));
        let accuracy = tf::reduce_mean(tf::cast(&correct, tf::float32), ..);
        let init = graph.global_variables_initializer();
        let session = Session::with_options(&graph, options)?;
        session.run(&init, [])?;
        Ok(Network {
            x,
            y,
            training,
            train,
            cost,
            accuracy,
            session,
        })
    }

    /// Learns from all examples once, and returns the mean cost of the minibatches.
    pub fn epoch(&self, batches: &mut Minibatches<'_>, epoch: usize) -> tf::Result<f64> {
        let fetches = (&self.train, self.cost.scalar());
        let step = self
            .session
            .prepare(fetches, [self.x.any(), self.y.any(), self.training.any()])?;
        batches.epoch(epoch, |x, y| {
            let ((), cost) = step.run(self.feeds(x, y, true))?;
            Ok(cost)
        })
    }

    /// The share of the examples that are classified correctly.
    pub fn accuracy(&self, examples: &Examples) -> tf::Result<f32> {
        let feeds = self.feeds(examples.x.view(), examples.y.view(), false);
        self.session.run(self.accuracy.scalar(), feeds)
    }

    fn feeds<'a>(
        &self,
        x: ArrayView2<'a, f32>,
        y: ArrayView2<'a, f32>,
        training: bool,
    ) -> [tf::Feed<'a>; 3] {
        [self.x.feed(x), self.y.feed(y), self.training.feed(training)]
    }
}

/// The layers: each hidden one z = a W + b, normalized if wanted, ReLU, and some of it left out if
/// wanted.
fn logits(x: &Tensor, training: &Tensor<bool>, design: &Design) -> Tensor {
    // The same weights at first, whatever the rest of the design.
    let dense = |layer: usize| {
        let seed = 1 + layer as i64;
        Dense::new()
            .kernel_initializer(tf::initializers::xavier().seed(seed))
            .kernel_regularizer(layers::l2_regularizer(design.l2))
    };
    // Numbers around 0: from those between 0 and 1, which all push a unit the same way, units soon
    // give 0 for every picture.
    let mut a = x - 0.5;
    for (layer, &units) in design.hidden.iter().enumerate() {
        // β takes the place of the bias.
        let mut z = layers::dense_with(&a, units, dense(layer).use_bias(!design.batch_norm));
        if design.batch_norm {
            z = layers::batch_normalization_with(
                &z,
                BatchNormalization::new().momentum(0.9).training(training),
            );
        }
        a = tf::nn::relu(&z);
        if design.dropout > 0.0 {
            let options = Dropout::new()
                .rate(design.dropout)
                .seed(1)
                .training(training);
            a = layers::dropout_with(&a, options);
        }
    }
    layers::dense_with(&a, CLASSES, dense(design.hidden.len()))
}
