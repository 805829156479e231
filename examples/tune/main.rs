//! The search for hyperparameters of the network that tells hand signs apart: learning rate,
//! minibatch size, layers, units, optimizer and β.
//!
//! `cargo run --release --example tune` first tries random values all over their ranges, then again
//! around the best of these, and ends in a table, a CSV and plots. What scales the values are drawn
//! on, and why, is explained in the documentation of `tf1::tune`.

#[path = "../common/mod.rs"]
mod common;

#[path = "../course/mod.rs"]
mod course;

#[path = "../notebook/mod.rs"]
mod notebook;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::Parser;
use ndarray::s;
use tf1::SessionOptions;
use tf1::tune::{Report, Search, Space, SuccessiveHalving, Train, Trial};

use common::dataset::DataSource;
use common::progress::Progress;
use course::network::{Design, Method, Network};
use course::{Outcome, share};
use notebook::random_mini_batches::{Examples, Minibatches};

/// How many of the training pictures are held back to judge by. (The test pictures are for the
/// end.)
const DEV_PICTURES: usize = 180;
/// How many trials the table tells.
const BEST: usize = 10;

/// Searches for a good learning rate, minibatch size, number of layers and units, optimizer and β.
#[derive(Debug, Parser)]
#[command(name = "tune")]
struct Arguments {
    /// A folder with train_signs.h5 and test_signs.h5 [default: datasets/ if they are there, else
    /// drawn hands]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// How many sets of values are tried at first, and again around the best
    #[arg(long, default_value_t = 40)]
    trials: usize,

    /// How often the best networks go through all training pictures; poor ones stop early
    #[arg(long, default_value_t = 36)]
    epochs: usize,

    /// How many networks are trained at once [default: as many as there are processors]
    #[arg(long)]
    threads: Option<usize>,

    /// The seed of the random values
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Tries a grid of so many values of each number instead of random ones
    #[arg(long, value_name = "POINTS")]
    grid: Option<usize>,

    /// Writes every trial down as it ends, in FILE and FILE.fine; killed, the search goes on from
    /// there
    #[arg(long, value_name = "FILE.jsonl")]
    log: Option<PathBuf>,

    /// The beginning of the names of the table and the plots
    #[arg(long, value_name = "PREFIX", default_value = "tune")]
    out: PathBuf,
}

fn main() -> ExitCode {
    course::end(run(&Arguments::parse(), &mut io::stdout()))
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    common::atomic_file::check_writable(&named(arguments, "_trials.csv"))?;
    let source = DataSource::choose(arguments.data.as_deref());
    let (all, test) = course::load_examples(&source, out)?;
    let (train, dev) = held_back(&all);

    let search = match arguments.grid {
        None => Search::random(space(), arguments.trials),
        Some(points) => Search::grid(space(), points),
    };
    let model = |trial: &Trial| Model::new(trial, &train, &dev);
    let coarse = shown(with_settings(search, arguments, ""), "coarse trial")
        .maximize("dev accuracy", model)?;
    writeln!(
        out,
        "\nThe best of {} trials:\n{}",
        coarse.records().len(),
        coarse.table(BEST)
    )?;
    let fine = shown(
        with_settings(coarse.refine(0.2)?, arguments, ".fine"),
        "fine trial",
    )
    .maximize("dev accuracy", model)?;
    writeln!(
        out,
        "\nThe best of {} around the best of these:\n{}",
        fine.records().len(),
        fine.table(BEST)
    )?;

    write_files(&coarse, arguments, out)?;
    report_best(&coarse, &fine, &train, &test, arguments, out)
}

/// The hyperparameters, each on the scale that suits it.
fn space() -> Space {
    Space::new()
        .log_uniform("learning_rate", 1e-4..=0.1)
        .power_of_two("minibatch_size", 16..=128)
        .integer("hidden_layers", 1..=3)
        .integer("units_1", 10..=60)
        .when("hidden_layers", 2.., |space| {
            space.integer("units_2", 5..=30)
        })
        .when("hidden_layers", 3, |space| space.integer("units_3", 5..=30))
        .choice("optimizer", ["gradient descent", "momentum", "adam"])
        .when("optimizer", "momentum", |space| {
            space.one_minus_log_uniform("beta", 0.5..=0.99)
        })
        .when("optimizer", "adam", |space| {
            space.one_minus_log_uniform("beta_1", 0.5..=0.99)
        })
}

/// The network that the values of a trial call for.
fn design(trial: &Trial) -> tf1::Result<Design> {
    let layers = trial.usize("hidden_layers")?;
    let units = (1..=layers).map(|layer| trial.usize(&format!("units_{layer}")));
    let method = match trial.text("optimizer")? {
        "momentum" => Method::Momentum {
            beta: trial.f64("beta")? as f32,
        },
        "adam" => Method::Adam {
            beta1: trial.f64("beta_1")? as f32,
        },
        _ => Method::GradientDescent,
    };
    Ok(Design {
        hidden: units.collect::<tf1::Result<_>>()?,
        method,
        learning_rate: trial.f64("learning_rate")? as f32,
        ..Design::default()
    })
}

/// A network that is being trained. All borrow the same pictures.
struct Model<'e> {
    network: Network,
    batches: Minibatches<'e>,
    dev: &'e Examples,
}

impl<'e> Model<'e> {
    fn new(trial: &Trial, train: &'e Examples, dev: &'e Examples) -> tf1::Result<Self> {
        Ok(Model {
            network: Network::new(&design(trial)?, trial.session_options())?,
            batches: Minibatches::new(train, trial.usize("minibatch_size")?),
            dev,
        })
    }
}

impl Train for Model<'_> {
    /// Trains for an epoch; the score is the share of the held-out pictures that are classified
    /// correctly.
    fn epoch(&mut self, epoch: usize) -> tf1::Result<f64> {
        self.network.epoch(&mut self.batches, epoch)?;
        self.network.accuracy(self.dev).map(f64::from)
    }
}

fn held_back(all: &Examples) -> (Examples, Examples) {
    let count = all.x.nrows() - DEV_PICTURES.min(all.x.nrows() / 2);
    let part = |rows: std::ops::Range<usize>| Examples {
        x: all.x.slice(s![rows.clone(), ..]).to_owned(),
        y: all.y.slice(s![rows, ..]).to_owned(),
    };
    (part(0..count), part(count..all.x.nrows()))
}

fn with_settings(search: Search, arguments: &Arguments, suffix: &str) -> Search {
    // Those that do badly after four epochs, and after twelve, are dropped.
    let first = arguments.epochs.div_ceil(9);
    let mut search = search
        .seed(arguments.seed)
        .epochs(arguments.epochs)
        .halving(SuccessiveHalving::new(first));
    if let Some(threads) = arguments.threads {
        search = search.threads(threads);
    }
    match &arguments.log {
        Some(log) => search.log(format!("{}{suffix}", log.display())),
        None => search,
    }
}

/// The search with a bar of its trials.
fn shown(search: Search, trial: &'static str) -> Search {
    let bar = OnceLock::new();
    search.on_trial(move |progress| {
        let bar = bar.get_or_init(|| Progress::new(trial, progress.total as u64));
        let (number, score) = (progress.record.trial().number(), progress.record.score());
        let score = score.unwrap_or(f64::NAN);
        bar.show(progress.done as u64, format!("trial {number}: {score:.3}"));
        if progress.done == progress.total {
            bar.finish();
        }
    })
}

fn named(arguments: &Arguments, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", arguments.out.display()))
}

fn write_files(coarse: &Report, arguments: &Arguments, out: &mut impl Write) -> Outcome {
    let table = named(arguments, "_trials.csv");
    coarse.write_csv(&table)?;
    writeln!(out, "\ntable: {}", table.display())?;
    let plots =
        ["_scores.svg", "_curves.svg", "_parallel.svg"].map(|ending| named(arguments, ending));
    let [scores, curves, parallel] = &plots;
    coarse.plot_scores(scores)?;
    coarse.plot_curves(curves)?;
    coarse.plot_parallel_coordinates(parallel)?;
    writeln!(
        out,
        "plots: {}",
        plots.map(|plot| plot.display().to_string()).join(", ")
    )?;
    Ok(())
}

/// Trains the best network of both searches once more, and judges it by the test pictures, which no
/// choice was made by.
fn report_best(
    coarse: &Report,
    fine: &Report,
    train: &Examples,
    test: &Examples,
    arguments: &Arguments,
    out: &mut impl Write,
) -> Outcome {
    let score = |report: &Report| report.best().and_then(|best| best.score());
    let best = if score(fine) >= score(coarse) {
        fine.best()
    } else {
        coarse.best()
    };
    let Some(best) = best else {
        writeln!(out, "no network was trained to the end")?;
        return Ok(());
    };
    let trial = best.trial();
    let network = Network::new(&design(trial)?, SessionOptions::new())?;
    let mut batches = Minibatches::new(train, trial.usize("minibatch_size")?);
    for epoch in 0..arguments.epochs {
        network.epoch(&mut batches, epoch)?;
    }
    let values = trial
        .values()
        .map(|(name, value)| format!("{name} {value}"));
    writeln!(out, "the best: {}", values.collect::<Vec<_>>().join(", "))?;
    writeln!(out, "Train Accuracy: {}", share(network.accuracy(train)?))?;
    writeln!(out, "Test Accuracy: {}", share(network.accuracy(test)?))?;
    Ok(())
}
