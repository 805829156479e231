//! The notebook's last exercise on real pictures: a three-layer softmax classifier learns to tell
//! hand signs apart.
//!
//! `cargo run --release --example signs` trains it for 1500 epochs, and with `-- --model cnn` the
//! convolutional network of the course's next notebook for 100; `-- --help` lists the flags. The
//! network itself is in `examples/notebook/`, a file per exercise; here are only the data, the
//! flags and what is printed.

#[path = "../common/mod.rs"]
pub(crate) mod common;

#[path = "../notebook/mod.rs"]
pub(crate) mod notebook;

#[path = "../course/mod.rs"]
pub(crate) mod course;

mod arguments;
mod logs;
mod outputs;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use ndarray::{Array2, ArrayView1, Axis};

use arguments::Arguments;
use common::dataset::DataSource;
use common::progress::Progress;
use common::split::{CHANNELS, FEATURES, SIDE, unit};
use common::{csv, picture, plot, sheet};
use course::{CLASSES, Outcome, examples, share};
use logs::Logs;
use notebook::model::{Kind, Model};
use notebook::random_mini_batches::Examples;

/// How many pictures of a class the sheet of examples shows.
const EXAMPLES_PER_CLASS: usize = 8;
/// Every how many epochs the network is saved.
const SAVE_EVERY: usize = 100;

fn main() -> ExitCode {
    course::end(run(&Arguments::parse(), &mut io::stdout()))
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    // Whatever can go wrong with files goes wrong before the training, not after it.
    let source = DataSource::choose(arguments.data.as_deref());
    outputs::check(
        arguments,
        &[source.files(), arguments.predict.clone()].concat(),
    )?;
    let photographs = load_photographs(&arguments.predict)?;
    let data = course::load(&source)?;
    writeln!(out, "data: {source}")?;
    if let Some(file) = &arguments.examples {
        sheet::write_sheet(file, &data.train, data.classes, EXAMPLES_PER_CLASS)?;
        writeln!(out, "examples: {}", file.display())?;
    }
    let (train, test) = (examples(&data.train), examples(&data.test));
    print_shapes(&train, &test, arguments.model.into(), out)?;

    let model = Model::new(FEATURES, CLASSES, &arguments.settings())?;
    if let Some(prefix) = &arguments.load {
        model.load(prefix)?;
        writeln!(
            out,
            "loaded: {} ({} epochs)",
            prefix.display(),
            model.epochs_done()?
        )?;
    }
    let first = model.epochs_done()?;
    let logs = match &arguments.logdir {
        Some(folder) => Some(Logs::new(folder, &model, &train, &test)?),
        None => None,
    };
    let costs = train_model(&model, &train, logs.as_ref(), arguments)?;
    if let (Some(logs), Some(folder)) = (logs, &arguments.logdir) {
        logs.finish(model.epochs_done()?)?;
        writeln!(out, "logs: {}", folder.display())?;
    }
    if costs.is_empty() {
        writeln!(out, "Nothing left to train")?;
    } else {
        writeln!(out, "Parameters have been trained!")?;
    }
    writeln!(out, "Train Accuracy: {}", share(model.accuracy(&train)?))?;
    writeln!(out, "Test Accuracy: {}", share(model.accuracy(&test)?))?;
    if let Some(prefix) = &arguments.save {
        writeln!(out, "saved: {}", model.save(prefix)?.display())?;
    }
    if !costs.is_empty() {
        write_costs(first, &costs, arguments, out)?;
    }
    print_predictions(&model, &arguments.predict, &photographs, out)
}

/// The pictures to predict, a row each.
fn load_photographs(files: &[PathBuf]) -> Outcome<Array2<f32>> {
    let mut rows = Array2::zeros((0, FEATURES));
    for file in files {
        let pixels = picture::load(file)?.mapv(unit);
        rows.push_row(pixels.flatten().view())?;
    }
    Ok(rows)
}

/// The counts and shapes that the notebook prints: a column is an example in the first, a row in
/// the next.
fn print_shapes(
    train: &Examples,
    test: &Examples,
    kind: Kind,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(out, "number of training examples = {}", train.x.nrows())?;
    writeln!(out, "number of test examples = {}", test.x.nrows())?;
    for (split, examples) in [("train", train), ("test", test)] {
        for (name, matrix) in [("X", &examples.x), ("Y", &examples.y)] {
            let (count, length) = matrix.dim();
            let shape = match (kind, name) {
                (Kind::Dense, _) => format!("({length}, {count})"),
                (Kind::Cnn, "X") => format!("({count}, {SIDE}, {SIDE}, {CHANNELS})"),
                (Kind::Cnn, _) => format!("({count}, {length})"),
            };
            writeln!(out, "{name}_{split} shape: {shape}")?;
        }
    }
    Ok(())
}

/// Trains, and returns the cost of each epoch.
fn train_model(
    model: &Model,
    train: &Examples,
    logs: Option<&Logs<'_>>,
    arguments: &Arguments,
) -> Outcome<Vec<f64>> {
    let settings = arguments.settings();
    // As the notebooks do.
    let report_every = match Kind::from(arguments.model) {
        Kind::Dense => 100,
        Kind::Cnn => 5,
    };
    let first = model.epochs_done()?;
    let mut costs = Vec::new();
    let progress = Progress::new("epoch", settings.epochs.saturating_sub(first) as u64);
    let trained = model.train(train, &settings, |epoch, cost| -> Outcome {
        costs.push(cost);
        if let Some(logs) = logs {
            logs.epoch(epoch, cost)?;
        }
        if (epoch + 1) % SAVE_EVERY == 0 {
            logs.map_or(Ok(()), Logs::checkpoint)?;
            arguments
                .save
                .iter()
                .try_for_each(|prefix| model.save(prefix).map(drop))?;
        }
        if epoch % report_every == 0 {
            progress.print_line(&format!("Cost after epoch {epoch}: {cost:.6}"))?;
        }
        progress.step(cost);
        Ok(())
    });
    progress.finish();
    trained.map(|()| costs)
}

fn write_costs(
    first: usize,
    costs: &[f64],
    arguments: &Arguments,
    out: &mut impl Write,
) -> Outcome {
    let title = format!("Learning rate = {}", arguments.settings().learning_rate);
    plot::cost_curve(&arguments.plot, first, costs, &title)?;
    writeln!(out, "plot: {}", arguments.plot.display())?;
    if let Some(file) = &arguments.costs {
        csv::write_costs(file, first, costs)?;
        writeln!(out, "costs: {}", file.display())?;
    }
    Ok(())
}

/// The class of each picture, and how probable it and the others are.
fn print_predictions(
    model: &Model,
    files: &[PathBuf],
    photographs: &Array2<f32>,
    out: &mut impl Write,
) -> Outcome {
    if files.is_empty() {
        return Ok(());
    }
    let probabilities = model.predict(photographs.view())?;
    for (file, row) in files.iter().zip(probabilities.axis_iter(Axis(0))) {
        let listed: Vec<String> = row
            .indexed_iter()
            .map(|(class, p)| format!("{class}: {p:.4}"))
            .collect();
        let (best, listed) = (most_probable(row), listed.join(", "));
        writeln!(out, "{}: {best} ({listed})", file.display())?;
    }
    Ok(())
}

fn most_probable(probabilities: ArrayView1<f32>) -> usize {
    let best = probabilities
        .indexed_iter()
        .max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(class, _)| class)
}
