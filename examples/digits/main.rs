//! A convolutional network that learns to read digits, and which of them it misreads.
//!
//! `cargo run --release --example digits` trains it on MNIST, or, without its files, on digits that
//! are drawn. The network, in `network.rs`, is the one of many TensorFlow tutorials, with fewer
//! channels. The program writes a sheet with a row for each digit: the first of the test set, and
//! then those that were misread, each in a red frame with what it was taken for.

#[path = "../common/mod.rs"]
mod common;

#[path = "../mnist/mod.rs"]
mod mnist;

mod network;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use ndarray::{ArrayView4, Axis};
use tf1::data::DataSet;

use common::atomic_file;
use common::plot::{Chart, Line};
use common::progress::Progress;
use common::sheet::{self, Row, Shown};
use mnist::{CLASSES, Outcome};
use network::Network;

/// How many pictures are learned from at a time.
const BATCH: usize = 100;
/// How often an epoch's cost is noted for the plot.
const NOTES: usize = 50;
/// How many pictures of a class the sheet shows, and at most how many later ones that were misread.
const FIRST: usize = 6;
const MISREAD: usize = 6;

/// Learns to read digits by a convolutional network.
#[derive(Debug, Parser)]
#[command(name = "digits")]
struct Arguments {
    /// A folder with MNIST's four files [default: datasets/ if they are there, else drawn digits]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// How often to go through all training pictures
    #[arg(long, default_value_t = 2)]
    epochs: usize,

    /// Adam's learning rate
    #[arg(long, default_value_t = 0.001)]
    learning_rate: f32,

    /// The seed of weights and shuffles
    #[arg(long, default_value_t = 1)]
    seed: u32,

    /// Writes test pictures, with those that were misread, as a sheet
    #[arg(long, value_name = "FILE.png", default_value = "digits.png")]
    sheet: PathBuf,

    /// Draws how the cost goes down
    #[arg(long, value_name = "FILE.svg", default_value = "digits_costs.svg")]
    plot: PathBuf,
}

fn main() -> ExitCode {
    mnist::end(run(&Arguments::parse(), &mut io::stdout()))
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    for file in [&arguments.sheet, &arguments.plot] {
        atomic_file::check_writable(file)?;
    }
    let mut digits = mnist::load(arguments.data.as_deref(), arguments.seed, out)?;
    let network = Network::new(arguments.learning_rate, i64::from(arguments.seed))?;
    let steps = (digits.train.num_examples() / BATCH).max(1);
    let progress = Progress::new("step", (arguments.epochs * steps) as u64);
    let mut costs = Vec::new();
    for epoch in 0..arguments.epochs {
        // The mean of the steps since the last note.
        let (mut sum, mut count) = (0.0, 0);
        for step in 1..=steps {
            let (images, labels) = digits.train.next_batch(BATCH)?;
            let cost = f64::from(network.step(images, labels)?);
            progress.step(cost);
            (sum, count) = (sum + cost, count + 1);
            if step % steps.div_ceil(NOTES) == 0 {
                costs.push(((epoch * steps + step) as f64, sum / f64::from(count)));
                (sum, count) = (0.0, 0);
            }
        }
        let answers = network.classify(mnist::pictures(&digits.validation)?)?;
        let share = accuracy(&answers, &classes(&digits.validation)?);
        let line = format!("after epoch {epoch}: validation accuracy {share:.4}");
        progress.print_line(&line)?;
    }
    progress.finish();

    let test = mnist::pictures(&digits.test)?;
    let (answers, labels) = (network.classify(test)?, classes(&digits.test)?);
    let wrong = wrong(&answers, &labels);
    writeln!(
        out,
        "Test Accuracy: {:.4} ({} of {} misread)",
        accuracy(&answers, &labels),
        wrong.len(),
        labels.len()
    )?;
    write_sheet(&arguments.sheet, test, &answers, &labels)?;
    writeln!(out, "sheet: {}", arguments.sheet.display())?;
    let title = format!("Learning rate = {}", arguments.learning_rate);
    Chart::new(&title, "step", "cost").write(&arguments.plot, &[Line::new("cost", costs)])?;
    writeln!(out, "plot: {}", arguments.plot.display())?;
    Ok(())
}

/// The class of each picture, from its one-hot label.
fn classes(set: &DataSet<f32, f32>) -> Outcome<Vec<usize>> {
    let class = |label: ndarray::ArrayView1<'_, f32>| label.iter().position(|hot| *hot == 1.0);
    let labels = set.labels().rows();
    let classes: Option<Vec<usize>> = labels.into_iter().map(class).collect();
    Ok(classes.ok_or("a label names no class")?)
}

/// The pictures that were misread.
fn wrong(answers: &[usize], labels: &[usize]) -> Vec<usize> {
    let misread = |at: &usize| answers[*at] != labels[*at];
    (0..labels.len()).filter(misread).collect()
}

fn accuracy(answers: &[usize], labels: &[usize]) -> f64 {
    1.0 - wrong(answers, labels).len() as f64 / labels.len().max(1) as f64
}

/// A row for each class: its first pictures, and then those that were misread.
fn write_sheet(
    path: &Path,
    test: ArrayView4<'_, f32>,
    answers: &[usize],
    labels: &[usize],
) -> Outcome {
    let pictures = mnist::bytes(test);
    let shown = |at: usize| Shown {
        pixels: pictures.index_axis(Axis(0), at),
        mark: (answers[at] != labels[at]).then_some(answers[at]),
    };
    let rows = (0..CLASSES).map(|class| {
        let of_class = |at: &usize| labels[*at] == class;
        let all = || (0..labels.len()).filter(of_class);
        let misread = all().skip(FIRST).filter(|at| answers[*at] != class);
        let chosen = all().take(FIRST).chain(misread.take(MISREAD));
        Row {
            number: Some(class),
            pictures: chosen.map(shown).collect(),
        }
    });
    sheet::write_rows(path, &rows.collect::<Vec<_>>(), 3)?;
    Ok(())
}
