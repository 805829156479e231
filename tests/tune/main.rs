//! The search for hyperparameters: draws, rounds, the file of a search that was killed, the panda, tables and plots.

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

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use tf1::Result;
use tf1::tune::{Report, Search, Space, Train, Trial, each_epoch};

/// A folder for one test's files, removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("tf1_tune_test_{}_{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // A process of the same number may have left its folder behind.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("the folder for temporary files can be written");
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

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

/// A model whose cost falls epoch by epoch, to less for some values than for others. A few diverge, fail or panic.
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
