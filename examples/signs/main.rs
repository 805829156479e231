//! The notebook's last exercise on real pictures: a three-layer softmax classifier learns to tell hand signs apart.
//!
//! `cargo run --release --example signs` trains it for 1500 epochs; `-- --help` lists the flags. The network itself is in
//! `examples/notebook/`, a file per exercise; here are only the data, the flags and what is printed.

#[path = "../common/mod.rs"]
pub(crate) mod common;

#[path = "../notebook/mod.rs"]
pub(crate) mod notebook;

mod arguments;
mod outputs;

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use ndarray::{Array2, ArrayView1, Axis};

use arguments::Arguments;
use common::dataset::{DataSource, SignsData};
use common::progress::Progress;
use common::split::{FEATURES, Split, unit};
use common::{csv, picture, plot, sheet};
use notebook::model::{Examples, Model};

/// The classes that the network tells apart.
const CLASSES: usize = 6;
/// How many pictures of a class the sheet of examples shows.
const EXAMPLES_PER_CLASS: usize = 8;
/// Every how many epochs the cost is printed.
const REPORT_EVERY: usize = 100;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run(&Arguments::parse(), &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nobody reads the output any more, as when `head` has seen enough: no reason to complain, nor to go on.
fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    // Whatever can go wrong with files goes wrong before the training, not after it.
    let source = DataSource::choose(arguments.data.as_deref());
    outputs::check(
        arguments,
        &[source.files(), arguments.predict.clone()].concat(),
    )?;
    let photographs = load_photographs(&arguments.predict)?;
    let (train, test) = load_examples(&source, arguments, out)?;
    print_shapes(&train, &test, out)?;

    let model = Model::new(FEATURES, CLASSES, &arguments.settings())?;
    let costs = train_model(&model, &train, arguments)?;
    writeln!(out, "Parameters have been trained!")?;
    writeln!(out, "Train Accuracy: {}", share(model.accuracy(&train)?))?;
    writeln!(out, "Test Accuracy: {}", share(model.accuracy(&test)?))?;
    write_costs(&costs, arguments, out)?;
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

/// The training and the test pictures; says where they come from, and shows some of them if the user wants to see them.
fn load_examples(
    source: &DataSource,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Outcome<(Examples, Examples)> {
    let data = SignsData::load(source)?;
    if data.classes != CLASSES {
        return Err(format!(
            "the data have {} classes, but the network tells {CLASSES} apart; use data of {CLASSES} classes",
            data.classes
        )
        .into());
    }
    writeln!(out, "data: {source}")?;
    if let Some(file) = &arguments.examples {
        sheet::write_sheet(file, &data.train, data.classes, EXAMPLES_PER_CLASS)?;
        writeln!(out, "examples: {}", file.display())?;
    }
    Ok((examples(&data.train), examples(&data.test)))
}

fn examples(split: &Split) -> Examples {
    Examples {
        x: split.design_matrix(),
        y: split.one_hot(CLASSES),
    }
}

/// The counts and shapes that the notebook prints, where a column is an example.
fn print_shapes(train: &Examples, test: &Examples, out: &mut impl Write) -> io::Result<()> {
    let shape = |matrix: &Array2<f32>| format!("({}, {})", matrix.ncols(), matrix.nrows());
    writeln!(out, "number of training examples = {}", train.x.nrows())?;
    writeln!(out, "number of test examples = {}", test.x.nrows())?;
    writeln!(out, "X_train shape: {}", shape(&train.x))?;
    writeln!(out, "Y_train shape: {}", shape(&train.y))?;
    writeln!(out, "X_test shape: {}", shape(&test.x))?;
    writeln!(out, "Y_test shape: {}", shape(&test.y))
}

/// Trains, and returns the cost of each epoch.
fn train_model(model: &Model, train: &Examples, arguments: &Arguments) -> Outcome<Vec<f64>> {
    let mut costs = Vec::new();
    let progress = Progress::new(arguments.epochs as u64);
    let trained = model.train(train, &arguments.settings(), |epoch, cost| -> Outcome {
        costs.push(cost);
        if epoch % REPORT_EVERY == 0 {
            progress.print_line(&format!("Cost after epoch {epoch}: {cost:.6}"))?;
        }
        progress.step(cost);
        Ok(())
    });
    progress.finish();
    trained.map(|()| costs)
}

/// A share with six digits behind the point, but no needless zeros: `1.0`, `0.891667`.
fn share(share: f32) -> String {
    let digits = format!("{share:.6}");
    let short = digits.trim_end_matches('0');
    if short.ends_with('.') {
        format!("{short}0")
    } else {
        short.to_string()
    }
}

fn write_costs(costs: &[f64], arguments: &Arguments, out: &mut impl Write) -> Outcome {
    let title = format!("Learning rate = {}", arguments.learning_rate);
    plot::cost_curve(&arguments.plot, costs, &title)?;
    writeln!(out, "plot: {}", arguments.plot.display())?;
    if let Some(file) = &arguments.costs {
        csv::write_costs(file, costs)?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_short_but_have_a_point() {
        let shares = [1.0, 0.0, 0.5, 0.891_666_65].map(share);
        assert_eq!(shares, ["1.0", "0.0", "0.5", "0.891667"]);
    }

    #[test]
    fn only_a_closed_pipe_is_quiet() {
        let closed = |kind: io::ErrorKind| {
            let error: Box<dyn Error> = io::Error::from(kind).into();
            is_closed_pipe(&*error)
        };
        assert!(closed(io::ErrorKind::BrokenPipe));
        assert!(!closed(io::ErrorKind::StorageFull));
        assert!(!is_closed_pipe(&*Box::<dyn Error>::from("something else")));
    }
}
