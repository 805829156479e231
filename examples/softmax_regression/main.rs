//! Softmax regression on the pictures of hand signs: a network without a hidden layer, and what its
//! weights look like.
//!
//! `cargo run --release --example softmax_regression` trains it in a few seconds. The course's
//! formulas stand beside the code. As there is one weight for every number of a picture and every
//! class, the weights of a class are a picture too: bright where the class is likely to be bright
//! and dark where it is not. The program writes them, each beside the mean of its class.

#[path = "../common/mod.rs"]
mod common;

#[path = "../course/mod.rs"]
mod course;

#[path = "../notebook/mod.rs"]
mod notebook;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use ndarray::{Array1, Array2, Array4, ArrayView1, Axis};
use tf1 as tf;
use tf1::train::Optimizer;
use tf1::{Graph, Session, Tensor, Variable};

use common::dataset::DataSource;
use common::split::{CHANNELS, FEATURES, SIDE, Split};
use common::{plot, sheet};
use course::{CLASSES, Outcome, share};
use notebook::create_placeholders::create_placeholders;
use notebook::random_mini_batches::{Examples, Minibatches};

/// Learns to tell hand signs apart by one weight for each number of a picture, and shows the
/// weights as pictures.
#[derive(Debug, Parser)]
#[command(name = "softmax_regression")]
struct Arguments {
    /// A folder with train_signs.h5 and test_signs.h5 [default: datasets/ if they are there, else
    /// drawn hands]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// How often to go through all training pictures
    #[arg(long, default_value_t = 200)]
    epochs: usize,

    /// The learning rate
    #[arg(long, default_value_t = 0.001)]
    learning_rate: f32,

    /// Writes the weights of each class as a picture
    #[arg(
        long,
        value_name = "FILE.png",
        default_value = "softmax_regression_weights.png"
    )]
    weights: PathBuf,

    /// Writes the cost of every epoch as a picture
    #[arg(
        long,
        value_name = "FILE.svg",
        default_value = "softmax_regression_costs.svg"
    )]
    plot: PathBuf,
}

fn main() -> ExitCode {
    course::end(run(&Arguments::parse(), &mut io::stdout()))
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    for file in [&arguments.weights, &arguments.plot] {
        common::atomic_file::check_writable(file)?;
    }
    let source = DataSource::choose(arguments.data.as_deref());
    let data = course::load(&source)?;
    writeln!(out, "data: {source}")?;
    let (train, test) = (course::examples(&data.train), course::examples(&data.test));

    let model = SoftmaxRegression::new(arguments.learning_rate)?;
    let mut costs = Vec::new();
    let mut batches = Minibatches::new(&train, 32);
    for epoch in 0..arguments.epochs {
        let cost = batches.epoch(epoch, |x, y| model.step(x.t(), y.t()))?;
        if epoch % 20 == 0 {
            writeln!(out, "Cost after epoch {epoch}: {cost:.6}")?;
        }
        costs.push(cost);
    }
    writeln!(out, "Train Accuracy: {}", share(model.accuracy(&train)?))?;
    writeln!(out, "Test Accuracy: {}", share(model.accuracy(&test)?))?;

    let title = format!(
        "Softmax regression, learning rate = {}",
        arguments.learning_rate
    );
    plot::cost_curve(&arguments.plot, 0, &costs, &title)?;
    writeln!(out, "plot: {}", arguments.plot.display())?;
    let pictures = means_and_weights(&data.train, &model.weights()?);
    sheet::write_sheet(&arguments.weights, &pictures, CLASSES, 2)?;
    writeln!(out, "weights: {}", arguments.weights.display())?;
    Ok(())
}

/// z = W x + b, and the class is the one of the largest z.
struct SoftmaxRegression {
    x: Tensor,
    y: Tensor,
    w: Variable,
    cost: Tensor,
    accuracy: Tensor,
    train: tf::Operation,
    session: Session,
}

impl SoftmaxRegression {
    fn new(learning_rate: f32) -> tf::Result<Self> {
        let graph = Graph::new();
        let (x, y) = create_placeholders(&graph, FEATURES, CLASSES);
        // Zeros will do: the cost is convex, so there is no symmetry to break.
        let w = graph.get_variable("W", [CLASSES, FEATURES], tf::initializers::zeros());
        let b = graph.get_variable("b", [CLASSES, 1], tf::initializers::zeros());

        // z⁽ⁱ⁾ = W x⁽ⁱ⁾ + b, a column for each picture.
        let z = tf::matmul(&w, &x) + &b;
        // a = softmax(z): aₖ = exp(zₖ) / Σⱼ exp(zⱼ). The loss of a picture is L(a, y) = −Σₖ yₖ log
        // aₖ, that of its true class only, as y is 0 for all others. Both in one op, which never
        // takes the logarithm of a number that was rounded to 0.
        let losses = tf::nn::softmax_cross_entropy_with_logits(
            tf::nn::Labels(tf::transpose(&y)),
            tf::nn::Logits(tf::transpose(&z)),
        );
        // J(W, b) = 1/m Σᵢ L(a⁽ⁱ⁾, y⁽ⁱ⁾)
        let cost = tf::reduce_mean(losses, ..);
        // Its slopes are dJ/dz = (a − y) / m, dJ/dW = (a − y) xᵀ / m and dJ/db = Σ (a − y) / m;
        // `minimize` derives them, and steps against them: W := W − α dJ/dW.
        let train = tf::train::GradientDescentOptimizer::new(learning_rate).minimize(&cost);

        let correct = tf::equal(tf::argmax(&z, 0), tf::argmax(&y, 0));
        let accuracy = tf::reduce_mean(tf::cast(&correct, tf::float32), ..);
        let init = graph.global_variables_initializer();
        let session = Session::new(&graph)?;
        session.run(&init, [])?;
        Ok(SoftmaxRegression {
            x,
            y,
            w,
            cost,
            accuracy,
            train,
            session,
        })
    }

    /// Learns from one minibatch, a column a picture, and tells its cost.
    fn step(&self, x: ndarray::ArrayView2<f32>, y: ndarray::ArrayView2<f32>) -> tf::Result<f32> {
        let feeds = [self.x.feed(x), self.y.feed(y)];
        let ((), cost) = self.session.run((&self.train, self.cost.scalar()), feeds)?;
        Ok(cost)
    }

    /// The share of the pictures that are classified correctly.
    fn accuracy(&self, examples: &Examples) -> tf::Result<f32> {
        let feeds = [self.x.feed(examples.x.t()), self.y.feed(examples.y.t())];
        self.session.run(self.accuracy.scalar(), feeds)
    }

    /// W, a row for each class.
    fn weights(&self) -> Outcome<Array2<f32>> {
        Ok(self.session.run(&self.w, [])?.into_dimensionality()?)
    }
}

/// Two pictures for each class: the mean of its pictures, and its weights.
fn means_and_weights(train: &Split, weights: &Array2<f32>) -> Split {
    let mut rows = Vec::new();
    let mut labels = Vec::new();
    for (class, weights) in weights.outer_iter().enumerate() {
        let members = (0..train.len()).filter(|&i| train.labels[i] == class as i64);
        let members: Vec<usize> = members.collect();
        let pictures = train.images.select(Axis(0), &members).mapv(f32::from);
        let mean = pictures.mean_axis(Axis(0));
        let mean =
            mean.unwrap_or_else(|| ndarray::Array3::from_elem((SIDE, SIDE, CHANNELS), 128.0));
        rows.extend(mean.iter().map(|&level| level.round() as u8));
        rows.extend(as_levels(weights));
        labels.extend([class as i64; 2]);
    }
    let shape = (labels.len(), SIDE, SIDE, CHANNELS);
    Split {
        images: Array4::from_shape_vec(shape, rows).expect("64 * 64 * 3 levels for every picture"),
        labels: Array1::from(labels),
    }
}

/// Weights as levels of a picture: 0 is grey, and the weight farthest from 0 is black or white.
fn as_levels(weights: ArrayView1<f32>) -> Vec<u8> {
    let largest = weights
        .iter()
        .fold(f32::MIN_POSITIVE, |largest, w| largest.max(w.abs()));
    let level = |w: &f32| (127.5 + 127.5 * w / largest).round() as u8;
    weights.iter().map(level).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_weight_is_grey_and_the_largest_is_white() {
        let levels = as_levels(ndarray::arr1(&[0.0, 0.5, -0.5, 0.25]).view());
        assert_eq!(levels, [128, 255, 0, 191]);
        assert_eq!(as_levels(ndarray::arr1(&[0.0, 0.0]).view()), [128, 128]);
    }
}
