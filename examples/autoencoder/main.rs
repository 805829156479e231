//! An autoencoder: what is left of a digit when a network has to tell it by a few numbers.
//!
//! `cargo run --release --example autoencoder` trains it on MNIST, or, without its files, on digits
//! that are drawn. Convolutions make 16 numbers of the 784 of a picture, and transposed
//! convolutions make a picture of these again; the network is in `network.rs`. The program writes a
//! sheet of test pictures, each with its reconstruction below.

#[path = "../common/mod.rs"]
mod common;

#[path = "../mnist/mod.rs"]
mod mnist;

mod network;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use ndarray::{ArrayView4, Axis, s};

use common::progress::Progress;
use common::sheet::{self, Row, Shown};
use common::{atomic_file, plot};
use mnist::Outcome;
use network::Network;

/// How many pictures are learned from at a time.
const BATCH: usize = 100;
/// How many pictures stand beside each other, and how many pairs of rows there are.
const COLUMNS: usize = 14;
const PAIRS: usize = 3;

/// Learns to tell a picture of a digit by a few numbers.
#[derive(Debug, Parser)]
#[command(name = "autoencoder")]
struct Arguments {
    /// A folder with MNIST's four files [default: datasets/ if they are there, else drawn digits]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// How often to go through all training pictures
    #[arg(long, default_value_t = 6)]
    epochs: usize,

    /// How many numbers are left of a picture
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..))]
    code: u16,

    /// Adam's learning rate
    #[arg(long, default_value_t = 0.002)]
    learning_rate: f32,

    /// The seed of weights and shuffles
    #[arg(long, default_value_t = 1)]
    seed: u32,

    /// Writes test pictures with their reconstructions as a sheet
    #[arg(long, value_name = "FILE.png", default_value = "autoencoder.png")]
    sheet: PathBuf,

    /// Draws the cost of every epoch
    #[arg(long, value_name = "FILE.svg", default_value = "autoencoder_costs.svg")]
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
    let code = usize::from(arguments.code);
    let network = Network::new(code, arguments.learning_rate, i64::from(arguments.seed))?;
    let steps = (digits.train.num_examples() / BATCH).max(1);
    let progress = Progress::new("step", (arguments.epochs * steps) as u64);
    let mut costs = Vec::new();
    for epoch in 0..arguments.epochs {
        let mut sum = 0.0;
        for _ in 0..steps {
            let (images, _) = digits.train.next_batch(BATCH)?;
            let cost = f64::from(network.step(images)?);
            progress.step(cost);
            sum += cost;
        }
        let cost = sum / steps as f64;
        progress.print_line(&format!("Cost after epoch {epoch}: {cost:.6}"))?;
        costs.push(cost);
    }
    progress.finish();

    let test = mnist::pictures(&digits.test)?;
    let made = network.reconstruct(test)?;
    let off = (&made - &test).mapv(f32::abs).mean().unwrap_or(0.0);
    writeln!(
        out,
        "Test: {code} numbers a picture, a pixel is off by {off:.4} on average"
    )?;
    write_sheet(&arguments.sheet, test, made.view())?;
    writeln!(out, "sheet: {}", arguments.sheet.display())?;
    let title = format!("{code} numbers for a picture");
    plot::cost_curve(&arguments.plot, 0, &costs, &title)?;
    writeln!(out, "plot: {}", arguments.plot.display())?;
    Ok(())
}

/// The first pictures, each above its reconstruction.
fn write_sheet(path: &Path, test: ArrayView4<'_, f32>, made: ArrayView4<'_, f32>) -> Outcome {
    let first = |pictures: ArrayView4<'_, f32>| {
        let count = pictures.len_of(Axis(0)).min(COLUMNS * PAIRS);
        mnist::bytes(pictures.slice(s![..count, .., .., ..]))
    };
    let pair = [first(test), first(made)];
    let rows = (0..PAIRS).flat_map(|at| {
        pair.each_ref().map(|pictures| Row {
            number: None,
            pictures: pictures
                .outer_iter()
                .skip(at * COLUMNS)
                .take(COLUMNS)
                .map(Shown::plain)
                .collect(),
        })
    });
    sheet::write_rows(path, &rows.collect::<Vec<_>>(), 3)?;
    Ok(())
}
