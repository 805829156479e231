//! Against overfitting: L2 regularization and dropout on the notebook's network, as its "Insights"
//! suggest, beside the network as it is.
//!
//! `cargo run --release --example regularization` trains each on the first 120 training pictures
//! only, so that there is something to overfit, and prints how many of these and of the test
//! pictures it tells rightly.

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
use ndarray::s;
use tf1::SessionOptions;

use common::dataset::DataSource;
use course::network::{Design, Network};
use course::{Outcome, share};
use notebook::random_mini_batches::{Examples, Minibatches};

/// Trains a three-layer network with L2 regularization, with dropout, with both and with neither.
#[derive(Debug, Parser)]
#[command(name = "regularization")]
struct Arguments {
    /// A folder with train_signs.h5 and test_signs.h5 [default: datasets/ if they are there, else
    /// drawn hands]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// How often each network goes through all training pictures
    #[arg(long, default_value_t = 300)]
    epochs: usize,

    /// How many of the training pictures are used
    #[arg(long, default_value_t = 120)]
    pictures: usize,

    /// λ of L2 regularization
    #[arg(long, default_value_t = 0.05)]
    l2: f64,

    /// The share of the activations that dropout leaves out
    #[arg(long, default_value_t = 0.1)]
    dropout: f32,
}

fn main() -> ExitCode {
    course::end(run(&Arguments::parse(), &mut io::stdout()))
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    let source = DataSource::choose(arguments.data.as_deref());
    let (all, test) = course::load_examples(&source, out)?;
    let count = arguments.pictures.min(all.x.nrows());
    let train = Examples {
        x: all.x.slice(s![..count, ..]).to_owned(),
        y: all.y.slice(s![..count, ..]).to_owned(),
    };
    let (l2, dropout) = (arguments.l2, arguments.dropout);
    let kinds = [
        ("plain".to_string(), 0.0, 0.0),
        (format!("L2, λ = {l2}"), l2, 0.0),
        (format!("dropout of {dropout}"), 0.0, dropout),
        ("both".to_string(), l2, dropout),
    ];
    writeln!(
        out,
        "{count} training pictures, {} epochs",
        arguments.epochs
    )?;
    writeln!(
        out,
        "{:<16}  {:<14}  {:<13}",
        "", "Train Accuracy", "Test Accuracy"
    )?;
    for (name, l2, dropout) in kinds {
        let design = Design {
            l2,
            dropout,
            ..Design::default()
        };
        let network = Network::new(&design, SessionOptions::new())?;
        let mut batches = Minibatches::new(&train, 32);
        for epoch in 0..arguments.epochs {
            network.epoch(&mut batches, epoch)?;
        }
        let [train, test] = [&train, &test].map(|examples| network.accuracy(examples));
        writeln!(
            out,
            "{name:<16}  {:<14}  {:<13}",
            share(train?),
            share(test?)
        )?;
    }
    Ok(())
}
