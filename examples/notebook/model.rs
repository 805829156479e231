//! 2.6 Building the model: minibatches, Adam, and the accuracies at the end. The network is this
//! notebook's or the next one's.

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2, arr0, s};
use tf1 as tf;
use tf1::random::NumpyRandom;
use tf1::train::{Optimizer, Saver};
use tf1::{Graph, RunMetadata, Session, Tensor, Variable, VariableOptions};

use super::cnn;
use super::compute_cost::compute_cost;
use super::create_placeholders::create_placeholders;
use super::forward_propagation::forward_propagation;
use super::initialize_parameters::initialize_parameters;
use super::random_mini_batches::{Examples, Minibatches};

/// Which network a model has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Three fully connected layers.
    #[default]
    Dense,
    /// Two convolutions with pooling and a fully connected layer, the course's next notebook.
    Cnn,
}

/// The notebook's hyperparameters.
#[derive(Clone, Debug)]
pub struct Settings {
    pub kind: Kind,
    pub learning_rate: f32,
    pub epochs: usize,
    pub minibatch_size: usize,
    /// The graph's seed; the initializers' seed is 1 whatever it is.
    pub seed: i64,
}

impl Settings {
    /// Those of the notebook that has this network.
    pub fn of(kind: Kind) -> Self {
        let (learning_rate, epochs, minibatch_size) = match kind {
            Kind::Dense => (1e-4, 1500, 32),
            Kind::Cnn => (0.009, 100, 64),
        };
        Settings {
            kind,
            learning_rate,
            epochs,
            minibatch_size,
            seed: 1,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings::of(Kind::default())
    }
}

/// The network and its session.
pub struct Model {
    kind: Kind,
    x: Tensor,
    y: Tensor,
    train: tf::Operation,
    cost: Tensor,
    accuracy: Tensor,
    probabilities: Tensor,
    /// How many epochs the network has been trained for.
    epoch: Variable<i64>,
    saver: Saver,
    session: Session,
}

impl Model {
    /// A network for pictures of `n_x` numbers in `n_y` classes, with its initial parameters. For
    /// convolutions, pictures are square and have three colours.
    pub fn new(n_x: usize, n_y: usize, settings: &Settings) -> tf::Result<Self> {
        let graph = Graph::new();
        graph.set_random_seed(settings.seed);
        let kind = settings.kind;
        let (x, y, z3, cost) = match kind {
            Kind::Dense => {
                let (x, y) = create_placeholders(&graph, n_x, n_y);
                let z3 = forward_propagation(&x, &initialize_parameters(&graph));
                let cost = compute_cost(&z3, &y);
                (x, y, z3, cost)
            }
            Kind::Cnn => {
                let (x, y) = cnn::create_placeholders(&graph, (n_x / 3).isqrt(), n_y);
                let z3 = cnn::forward_propagation(&x, &cnn::initialize_parameters(&graph), n_y);
                let cost = cnn::compute_cost(&z3, &y);
                (x, y, z3, cost)
            }
        };
        let train = tf::train::AdamOptimizer::new(settings.learning_rate).minimize(&cost);

        let (classes, logits) = match kind {
            Kind::Dense => (0, tf::transpose(&z3)),
            Kind::Cnn => (1, z3.clone()),
        };
        let correct = tf::equal(tf::argmax(&z3, classes), tf::argmax(&y, classes));
        let accuracy = tf::reduce_mean(tf::cast(&correct, tf::float32), ..);
        let probabilities = tf::nn::softmax(logits);

        let counts = VariableOptions::new().trainable(false);
        let epoch = graph.variable_with(0i64, counts).named("epoch");
        let init = graph.global_variables_initializer();
        let saver = Saver::new(&graph);
        let session = Session::new(&graph)?;
        session.run(&init, [])?;
        Ok(Model {
            kind,
            x,
            y,
            train,
            cost,
            accuracy,
            probabilities,
            epoch,
            saver,
            session,
        })
    }

    /// Pictures as the network takes them: a column each, or height, width and colours.
    fn pictures<'a>(&self, x: ArrayView2<'a, f32>) -> tf::Feed<'a> {
        match self.kind {
            Kind::Dense => self.x.feed(x.reversed_axes()),
            Kind::Cnn => {
                let (count, side) = (x.nrows(), (x.ncols() / 3).isqrt());
                let x = x.into_shape_with_order((count, side, side, 3));
                self.x
                    .feed(x.expect("the rows are whole pictures, one after the other"))
            }
        }
    }

    /// Pictures and labels as the network takes them.
    fn feeds<'a>(&self, x: ArrayView2<'a, f32>, y: ArrayView2<'a, f32>) -> [tf::Feed<'a>; 2] {
        let y = match self.kind {
            Kind::Dense => y.reversed_axes(),
            Kind::Cnn => y,
        };
        [self.pictures(x), self.y.feed(y)]
    }

    /// Trains until `settings.epochs` are done, those that a loaded network has been trained for
    /// included, and calls `report` with each epoch and its cost; an error that it returns ends the
    /// training.
    pub fn train<E: From<tf::Error>>(
        &self,
        examples: &Examples,
        settings: &Settings,
        mut report: impl FnMut(usize, f64) -> Result<(), E>,
    ) -> Result<(), E> {
        let step = self
            .session
            .prepare((&self.train, self.cost.scalar()), [&self.x, &self.y])?;
        let mut batches = Minibatches::new(examples, settings.minibatch_size);
        for epoch in self.epochs_done()?..settings.epochs {
            let cost = batches.epoch(epoch, |x, y| {
                let ((), cost) = step.run(self.feeds(x, y))?;
                Ok(cost)
            })?;
            self.session.load([(&self.epoch, arr0(epoch as i64 + 1))])?;
            report(epoch, cost)?;
        }
        Ok(())
    }

    /// How many epochs the network has been trained for.
    pub fn epochs_done(&self) -> tf::Result<usize> {
        let epochs = self.session.run(self.epoch.value().scalar(), [])?;
        Ok(usize::try_from(epochs).unwrap_or(0))
    }

    /// Saves the network, and all that the optimizer knows, as a checkpoint in TensorFlow's format.
    pub fn save(&self, prefix: &Path) -> tf::Result<PathBuf> {
        self.saver
            .save(&self.session, prefix, self.epochs_done()? as i64)
    }

    /// Goes back to what was saved: training then goes on as if it had never stopped.
    pub fn load(&self, prefix: &Path) -> tf::Result<()> {
        self.saver.restore(&self.session, prefix)
    }

    /// The session, and by it the graph.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// How long the steps of one training step on the first examples take. The training is then as
    /// it was.
    pub fn trace_step(&self, examples: &Examples) -> tf::Result<RunMetadata> {
        let count = examples.x.nrows().min(Settings::default().minibatch_size);
        let (x, y) = (
            examples.x.slice(s![..count, ..]),
            examples.y.slice(s![..count, ..]),
        );
        let variables = self.session.graph().global_variables();
        let before = self.session.snapshot(&variables)?;
        // The first run is planned; what is of interest is how the later ones go.
        let traced = || {
            self.session
                .run_traced((&self.train, &self.cost), self.feeds(x, y))
        };
        let metadata = traced().and_then(|_| traced());
        self.session.load(variables.into_iter().zip(before))?;
        Ok(metadata?.1)
    }

    /// The share of the examples that the network classifies rightly.
    pub fn accuracy(&self, examples: &Examples) -> tf::Result<f32> {
        let feeds = self.feeds(examples.x.view(), examples.y.view());
        self.session.run(self.accuracy.scalar(), feeds)
    }

    /// The probability of each class for each picture (a row each).
    pub fn predict(&self, x: ArrayView2<'_, f32>) -> tf::Result<Array2<f32>> {
        let probabilities = self.session.run(&self.probabilities, [self.pictures(x)])?;
        Ok(probabilities
            .into_dimensionality()
            .expect("the network gives a row per picture"))
    }
}

/// Eight pictures of noise, to see the network learn them by heart.
pub fn noise() -> tf::Result<Examples> {
    let mut random = NumpyRandom::new(2);
    let x = random
        .rand((12288, 8))?
        .mapv(|x| x as f32)
        .reversed_axes()
        .as_standard_layout()
        .into_owned();
    let y = Array2::from_shape_fn((8, 6), |(example, class)| f32::from(example % 6 == class));
    Ok(Examples { x, y })
}

pub fn run() -> tf::Result<()> {
    let settings = Settings {
        epochs: 60,
        minibatch_size: 8,
        ..Settings::default()
    };
    let examples = noise()?;
    let model = Model::new(12288, 6, &settings)?;
    model.train(&examples, &settings, |epoch, cost| -> tf::Result<()> {
        if epoch % 10 == 0 {
            println!("Cost after epoch {epoch}: {cost:.6}");
        }
        Ok(())
    })?;
    println!("Train Accuracy: {}", model.accuracy(&examples)?);
    let first = model.predict(examples.x.slice(s![..1, ..]))?;
    println!("Probabilities of the first picture: {first:.4}");
    Ok(())
}
