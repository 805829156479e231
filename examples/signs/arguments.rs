//! The flags of the program.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::notebook::model::{Kind, Settings};

/// A network, as it is called here.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Network {
    /// Three fully connected layers
    #[default]
    Dense,
    /// Two convolutions with pooling and a fully connected layer, the course's next notebook
    Cnn,
}

impl From<Network> for Kind {
    fn from(network: Network) -> Self {
        match network {
            Network::Dense => Kind::Dense,
            Network::Cnn => Kind::Cnn,
        }
    }
}

/// Trains a classifier on pictures of hand signs, as the course's TensorFlow notebooks do.
#[derive(Debug, Parser)]
#[command(name = "signs")]
pub struct Arguments {
    /// A folder with train_signs.h5 and test_signs.h5 [default: datasets/ if they are there, else
    /// drawn hands]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// The network that is trained
    #[arg(long, value_enum, default_value_t)]
    pub model: Network,

    /// How often to go through all training pictures [default: 1500, of a cnn 100; with --load: no
    /// more]
    #[arg(long, value_parser = positive)]
    pub epochs: Option<usize>,

    /// Adam's learning rate [default: 0.0001, of a cnn 0.009]
    #[arg(long, value_parser = learning_rate)]
    pub learning_rate: Option<f32>,

    /// How many pictures to learn from at a time [default: 32, of a cnn 64]
    #[arg(long, value_parser = positive)]
    pub minibatch_size: Option<usize>,

    /// The graph's random seed
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    pub seed: i64,

    /// Saves the trained network as PREFIX-1500.index and PREFIX-1500.data-00000-of-00001, and
    /// after every 100 epochs before
    #[arg(long, value_name = "PREFIX")]
    pub save: Option<PathBuf>,

    /// Begins with a network that was saved, such as PREFIX-1500, instead of a new one
    #[arg(long, value_name = "PREFIX")]
    pub load: Option<PathBuf>,

    /// Writes what TensorBoard shows, a drawing of the graph, a trace of a training step, and
    /// checkpoints to a folder
    #[arg(long, value_name = "DIR")]
    pub logdir: Option<PathBuf>,

    /// Writes the cost of every epoch as a table
    #[arg(long, value_name = "FILE.csv")]
    pub costs: Option<PathBuf>,

    /// Writes the cost of every epoch as a picture
    #[arg(long, value_name = "FILE.svg", default_value = "signs_costs.svg")]
    pub plot: PathBuf,

    /// Writes a labelled sheet of pictures from the data
    #[arg(long, value_name = "FILE.png")]
    pub examples: Option<PathBuf>,

    /// After training, tells what these JPEG or PNG pictures show
    #[arg(long, value_name = "IMAGE", num_args = 1..)]
    pub predict: Vec<PathBuf>,
}

impl Arguments {
    /// The flags that the model is trained with.
    pub fn settings(&self) -> Settings {
        let kind = Kind::from(self.model);
        let notebook = Settings::of(kind);
        Settings {
            kind,
            learning_rate: self.learning_rate.unwrap_or(notebook.learning_rate),
            epochs: match (self.epochs, &self.load) {
                (Some(epochs), _) => epochs,
                (None, None) => notebook.epochs,
                (None, Some(_)) => 0,
            },
            minibatch_size: self.minibatch_size.unwrap_or(notebook.minibatch_size),
            seed: self.seed,
        }
    }
}

fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("must be at least 1".into()),
        Ok(number) => Ok(number),
        Err(_) => Err("must be a whole number from 1 on".into()),
    }
}

fn learning_rate(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(rate),
        _ => Err("must be a positive number".into()),
    }
}
