//! The notebook's last exercise on real pictures: a three-layer softmax classifier learns to tell hand signs apart.
//!
//! `cargo run --release --example signs` trains it for 1500 epochs; `-- --help` lists the flags. The network itself is in
//! `examples/notebook/`, a file per exercise; here are only the data, the flags and what is printed.

#[path = "../common/mod.rs"]
mod common;

#[allow(
    dead_code,
    reason = "the exercises can also be run one by one, which this program does not do"
)]
#[path = "../notebook"]
mod notebook {
    pub mod compute_cost;
    pub mod create_placeholders;
    pub mod forward_propagation;
    pub mod initialize_parameters;
    pub mod model;
}

mod arguments;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use ndarray::{Array2, Axis};

use arguments::Arguments;
use common::dataset::SignsData;
use common::progress::Progress;
use common::split::{FEATURES, Split, unit};
use common::{atomic_file, csv, picture, plot, sheet};
use notebook::model::{Examples, Model};

/// The classes that the network tells apart.
const CLASSES: usize = 6;
/// How many pictures of a class the sheet of examples shows.
const EXAMPLES_PER_CLASS: usize = 8;
/// Every how many epochs the cost is printed.
const REPORT_EVERY: usize = 100;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Outcome {
    // Whatever can go wrong with files goes wrong before the training, not after it.
    let photographs = load_photographs(&arguments.predict)?;
    for file in [Some(&arguments.plot), arguments.costs.as_ref()]
        .into_iter()
        .flatten()
    {
        atomic_file::check_writable(file)?;
    }
    let data = SignsData::load(arguments.data.as_deref())?;
    if data.classes != CLASSES {
        return Err(format!(
            "the data have {} classes, but the network tells {CLASSES} apart",
            data.classes
        )
        .into());
    }
    println!("data: {}", data.source);
    if let Some(file) = &arguments.examples {
        sheet::write_sheet(file, &data.train, data.classes, EXAMPLES_PER_CLASS)?;
        println!("examples: {}", file.display());
    }
    let (train, test) = (examples(&data.train), examples(&data.test));
    drop(data);
    print_shapes(&train, &test);

    let model = Model::new(FEATURES, CLASSES, &arguments.settings())?;
    let costs = train_model(&model, &train, arguments)?;
    println!("Parameters have been trained!");
    println!("Train Accuracy: {}", share(model.accuracy(&train)?));
    println!("Test Accuracy: {}", share(model.accuracy(&test)?));

    plot::cost_curve(
        &arguments.plot,
        &costs,
        &format!("Learning rate = {}", arguments.learning_rate),
    )?;
    println!("plot: {}", arguments.plot.display());
    if let Some(file) = &arguments.costs {
        csv::write_costs(file, &costs)?;
        println!("costs: {}", file.display());
    }
    print_predictions(&model, arguments, &photographs)
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

fn examples(split: &Split) -> Examples {
    Examples {
        x: split.design_matrix(),
        y: split.one_hot(CLASSES),
    }
}

/// The counts and shapes that the notebook prints, where a column is an example.
fn print_shapes(train: &Examples, test: &Examples) {
    let shape = |matrix: &Array2<f32>| format!("({}, {})", matrix.ncols(), matrix.nrows());
    println!("number of training examples = {}", train.x.nrows());
    println!("number of test examples = {}", test.x.nrows());
    println!("X_train shape: {}", shape(&train.x));
    println!("Y_train shape: {}", shape(&train.y));
    println!("X_test shape: {}", shape(&test.x));
    println!("Y_test shape: {}", shape(&test.y));
}

/// Trains, and returns the cost of each epoch.
fn train_model(model: &Model, train: &Examples, arguments: &Arguments) -> Outcome<Vec<f64>> {
    let mut costs = Vec::new();
    let mut printed = Ok(());
    let progress = Progress::new(arguments.epochs as u64);
    model.train(train, &arguments.settings(), |epoch, cost| {
        costs.push(cost);
        if epoch % REPORT_EVERY == 0 && printed.is_ok() {
            printed = progress.print_line(&format!("Cost after epoch {epoch}: {cost:.6}"));
        }
        progress.step(cost);
    })?;
    progress.finish();
    printed?;
    Ok(costs)
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

fn print_predictions(model: &Model, arguments: &Arguments, photographs: &Array2<f32>) -> Outcome {
    if arguments.predict.is_empty() {
        return Ok(());
    }
    let probabilities = model.predict(photographs.view())?;
    for (file, row) in arguments
        .predict
        .iter()
        .zip(probabilities.axis_iter(Axis(0)))
    {
        let best = row
            .iter()
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(b.1))
            .map_or(0, |(class, _)| class);
        let listed: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(class, p)| format!("{class}: {p:.4}"))
            .collect();
        println!("{}: {best} ({})", file.display(), listed.join(", "));
    }
    Ok(())
}
