//! A small generative adversarial network that learns to draw digits.
//!
//! `cargo run --release --example gan` trains it on MNIST, or, without its files, on digits that
//! are drawn. A generator makes pictures of noise; a discriminator learns to tell them from real
//! ones, and the generator learns what the discriminator takes for real (I. Goodfellow and others,
//! "Generative Adversarial Nets", 2014). Both are in `network.rs`. The program writes a sheet: a
//! row for each epoch, with what is made of the same noise every time, and real digits below.

#[path = "../common/mod.rs"]
mod common;

#[path = "../mnist/mod.rs"]
mod mnist;

mod network;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use ndarray::{Array2, Array4};
use tf1::random::NumpyRandom;

use common::atomic_file;
use common::plot::{Chart, Line};
use common::progress::Progress;
use common::sheet::{self, Row, Shown};
use mnist::Outcome;
use network::{BATCH, Gan, NOISE};

/// How many steps an epoch has: about 10,000 digits, so that the sheet shows how the first shapes
/// arise.
const STEPS: usize = 156;
/// How many digits a row of the sheet shows.
const COLUMNS: usize = 14;

/// Learns to draw digits.
#[derive(Debug, Parser)]
#[command(name = "gan")]
struct Arguments {
    /// A folder with MNIST's four files [default: datasets/ if they are there, else drawn digits]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// How often to learn from 10,000 digits
    #[arg(long, default_value_t = 8)]
    epochs: usize,

    /// Adam's learning rate, for both networks
    #[arg(long, default_value_t = 0.001)]
    learning_rate: f32,

    /// The seed of weights, noise and shuffles
    #[arg(long, default_value_t = 1)]
    seed: u32,

    /// Writes digits that were made, over the epochs, as a sheet
    #[arg(long, value_name = "FILE.png", default_value = "gan.png")]
    sheet: PathBuf,

    /// Draws the costs of both networks
    #[arg(long, value_name = "FILE.svg", default_value = "gan_costs.svg")]
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
    let gan = Gan::new(arguments.learning_rate, i64::from(arguments.seed))?;
    let noise = noise(arguments.seed)?;
    let progress = Progress::new("step", (arguments.epochs * STEPS) as u64);
    let mut costs = [Vec::new(), Vec::new()];
    let mut made = vec![make(&gan, &noise)?];
    for epoch in 1..=arguments.epochs {
        let mut sums = [0.0; 2];
        for _ in 0..STEPS {
            let (images, _) = digits.train.next_batch(BATCH)?;
            let [discriminator, generator] = gan.step(images)?.map(f64::from);
            progress.step(generator);
            sums = [sums[0] + discriminator, sums[1] + generator];
        }
        let [discriminator, generator] = sums.map(|sum| sum / STEPS as f64);
        progress.print_line(&format!(
            "Costs of epoch {epoch}: discriminator {discriminator:.4}, generator {generator:.4}"
        ))?;
        for (costs, cost) in costs.iter_mut().zip([discriminator, generator]) {
            costs.push(cost);
        }
        made.push(make(&gan, &noise)?);
    }
    progress.finish();

    let real = mnist::bytes(mnist::pictures(&digits.test)?);
    write_sheet(&arguments.sheet, &made, &real)?;
    writeln!(out, "sheet: {}", arguments.sheet.display())?;
    let [discriminator, generator] = costs;
    let lines = [
        Line::of_epochs("discriminator", 1, &discriminator),
        Line::of_epochs("generator", 1, &generator),
    ];
    Chart::new("Costs of both networks", "epoch", "cost").write(&arguments.plot, &lines)?;
    writeln!(out, "plot: {}", arguments.plot.display())?;
    Ok(())
}

/// The noise that the sheet's digits are made of.
fn noise(seed: u32) -> tf1::Result<Array2<f32>> {
    let noise = NumpyRandom::new(seed).standard_normal((BATCH, NOISE))?;
    Ok(noise.mapv(|number| number as f32))
}

fn make(gan: &Gan, noise: &Array2<f32>) -> Outcome<Array4<u8>> {
    let made: Array4<f32> = gan.make(noise)?.into_dimensionality()?;
    Ok(mnist::bytes(made.view()))
}

/// A row for each epoch, beginning before the first, and a row of real digits.
fn write_sheet(path: &Path, made: &[Array4<u8>], real: &Array4<u8>) -> Outcome {
    let numbered = made.iter().enumerate();
    let numbered = numbered.map(|(epoch, made)| (Some(epoch), made));
    let rows = numbered
        .chain([(None, real)])
        .map(|(number, pictures)| Row {
            number,
            pictures: pictures
                .outer_iter()
                .take(COLUMNS)
                .map(Shown::plain)
                .collect(),
        });
    sheet::write_rows(path, &rows.collect::<Vec<_>>(), 3)?;
    Ok(())
}
