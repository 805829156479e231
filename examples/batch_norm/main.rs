//! What batch normalization does: the notebook's network with and without it, over a range of
//! learning rates.
//!
//! `cargo run --release --example batch_norm` trains each for some epochs of gradient descent,
//! prints a table, and draws the cost that is reached against the learning rate, and the costs on
//! the way there. What the layer computes, and why, is explained by the documentation of
//! `tf1::layers::batch_normalization`.

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
use tf1::SessionOptions;

use common::atomic_file;
use common::dataset::DataSource;
use common::plot::{Chart, Line};
use common::progress::Progress;
use course::network::{Design, Method, Network};
use course::{Outcome, share};
use notebook::random_mini_batches::{Examples, Minibatches};

/// The learning rates: from small ones to those that are too large without normalization.
const RATES: [f32; 7] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0];

/// Trains a three-layer network with and without batch normalization at several learning rates.
#[derive(Debug, Parser)]
#[command(name = "batch_norm")]
struct Arguments {
    /// A folder with train_signs.h5 and test_signs.h5 [default: datasets/ if they are there, else
    /// drawn hands]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// How often each network goes through all training pictures
    #[arg(long, default_value_t = 30)]
    epochs: usize,

    /// Draws the cost that is reached at each learning rate
    #[arg(long, value_name = "FILE.svg", default_value = "batch_norm_rates.svg")]
    rates: PathBuf,

    /// Draws the cost of every epoch, at the best learning rate of each kind
    #[arg(long, value_name = "FILE.svg", default_value = "batch_norm_costs.svg")]
    costs: PathBuf,
}

fn main() -> ExitCode {
    course::end(run(&Arguments::parse(), &mut io::stdout()))
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    for file in [&arguments.rates, &arguments.costs] {
        atomic_file::check_writable(file)?;
    }
    let source = DataSource::choose(arguments.data.as_deref());
    let (train, test) = course::load_examples(&source, out)?;
    let progress = Progress::new("network", 2 * RATES.len() as u64);
    let mut trained = Vec::new();
    for batch_norm in [false, true] {
        for learning_rate in RATES {
            let one = train_one(batch_norm, learning_rate, arguments.epochs, &train, &test)?;
            progress.step(one.cost());
            trained.push(one);
        }
    }
    progress.finish();
    let (without, with) = trained.split_at(RATES.len());
    print_table(without, with, out)?;
    draw(without, with, arguments)?;
    writeln!(
        out,
        "plots: {}, {}",
        arguments.rates.display(),
        arguments.costs.display()
    )?;
    Ok(())
}

/// A network that was trained.
struct Trained {
    learning_rate: f32,
    /// Of every epoch.
    costs: Vec<f64>,
    train_accuracy: f32,
    test_accuracy: f32,
}

impl Trained {
    /// The cost of the last epoch.
    fn cost(&self) -> f64 {
        self.costs.last().copied().unwrap_or(f64::NAN)
    }
}

fn train_one(
    batch_norm: bool,
    learning_rate: f32,
    epochs: usize,
    train: &Examples,
    test: &Examples,
) -> Outcome<Trained> {
    let design = Design {
        batch_norm,
        method: Method::GradientDescent,
        learning_rate,
        ..Design::default()
    };
    let network = Network::new(&design, SessionOptions::new())?;
    let mut batches = Minibatches::new(train, 32);
    let costs = (0..epochs).map(|epoch| network.epoch(&mut batches, epoch));
    Ok(Trained {
        learning_rate,
        costs: costs.collect::<tf1::Result<_>>()?,
        train_accuracy: network.accuracy(train)?,
        test_accuracy: network.accuracy(test)?,
    })
}

fn print_table(without: &[Trained], with: &[Trained], out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "               without batch norm                with batch norm"
    )?;
    writeln!(
        out,
        "learning rate  cost      train     test          cost      train     test"
    )?;
    for (a, b) in without.iter().zip(with) {
        let columns = |one: &Trained| {
            let (train, test) = (share(one.train_accuracy), share(one.test_accuracy));
            format!("{:<8.6}  {train:<8}  {test:<8}", one.cost())
        };
        writeln!(
            out,
            "{:<13}  {}      {}",
            a.learning_rate,
            columns(a),
            columns(b)
        )?;
    }
    Ok(())
}

fn draw(without: &[Trained], with: &[Trained], arguments: &Arguments) -> Outcome {
    let rates = |name: &str, trained: &[Trained]| {
        let points = trained
            .iter()
            .map(|one| (f64::from(one.learning_rate), one.cost()));
        Line::new(name, points)
    };
    Chart::new("Cost after training", "learning rate", "cost")
        .log_x()
        .write(
            &arguments.rates,
            &[
                rates("without batch norm", without),
                rates("with batch norm", with),
            ],
        )?;
    let best = |name: &str, trained: &[Trained]| {
        let best = trained
            .iter()
            .min_by(|a, b| a.cost().total_cmp(&b.cost()))
            .expect("there are some");
        let name = format!("{name}, learning rate {}", best.learning_rate);
        Line::of_epochs(&name, 0, &best.costs)
    };
    Chart::new("At the best learning rate", "epoch", "cost").write(
        &arguments.costs,
        &[
            best("without batch norm", without),
            best("with batch norm", with),
        ],
    )?;
    Ok(())
}
