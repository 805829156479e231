//! The search for hyperparameters: draws, rounds, the file of a search that was killed, the panda,
//! tables and plots.

mod draws;
mod file;
mod kill;
mod panda;
mod plots;
mod refine;
mod report;
mod rounds;
mod search;
mod space;
#[allow(dead_code, reason = "some tests need some of it only")]
#[path = "../../examples/common/test_files.rs"]
mod test_files;

use std::path::Path;

use test_files::TestFolder;
use tf1::Result;
use tf1::tune::{Report, Search, Space, Train, Trial, each_epoch};

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("the file can be read")
}

/// Hyperparameters of every kind.
fn space() -> Space {
    Space::new()
        .log_uniform("learning_rate", 1e-4..=1.0)
        .one_minus_log_uniform("beta1", 0.9..=0.999)
        .uniform("keep", 0.5..=1.0)
        .integer("layers", 2..=4)
        .when("layers", 3.., |space| {
            let space = space.integer("units2", 5..=25);
            space.when("layers", 4, |space| space.integer("units3", 2..=12))
        })
        .power_of_two("minibatch", 16..=256)
        .choice("optimizer", ["adam", "momentum"])
}

/// A model whose cost falls epoch by epoch, to less for some values than for others. A few diverge,
/// fail or panic.
fn model(trial: &Trial) -> Result<impl Train + use<>> {
    let learning_rate = trial.f64("learning_rate")?;
    let worst = trial.f64("layers")? + trial.f64("keep")?;
    let number = trial.number();
    if number == 5 {
        return Err(tf1::Error::resource_exhausted("no memory, \"none\" at all"));
    }
    Ok(each_epoch(move |epoch| {
        match (number, epoch) {
            (7, 2) => panic!("out of luck"),
            (11, 1) => return Ok(f64::NAN),
            (13, 0) => return Ok(f64::NEG_INFINITY),
            _ => {}
        }
        let distance = (learning_rate.log10() + 2.0).abs();
        Ok(worst / (epoch as f64 + 1.0) + distance)
    }))
}

fn report(search: &Search) -> Report {
    search.minimize("cost", model).expect("the search runs")
}

/// All that a report says but for the seconds.
fn summary(report: &Report) -> Vec<String> {
    let records = report.records().iter();
    records
        .map(|record| {
            let values: Vec<_> = record.trial().values().collect();
            let number = record.trial().number();
            let (curve, outcome) = (record.curve(), record.outcome());
            format!("{number} {values:?} {curve:?} {outcome:?}")
        })
        .collect()
}

/// The lines of a search's file, in order, without the seconds.
fn lines(text: &str) -> Vec<String> {
    let without_seconds = |line: &str| {
        let mut line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
        line["seconds"].take();
        line.to_string()
    };
    let mut lines: Vec<String> = text.lines().map(without_seconds).collect();
    lines.sort();
    lines
}
