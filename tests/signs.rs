//! The SIGNS training on photographs, epoch by epoch, against the costs that TensorFlow 1.15 got (`golden/signs`).
//!
//! In a release build it trains as far as TensorFlow's own versions agree with each other to 1e-6 (200 epochs); in a debug build,
//! where that would take very long, for three epochs.
//!
//! The whole program is taken in, so that the tests that stand in its own files, and in those that the examples share, are run
//! here too.

#[allow(dead_code, reason = "the program's main is not called")]
#[path = "../examples/signs/main.rs"]
mod program;

use std::path::{Path, PathBuf};

use program::common::dataset::SignsData;
use program::common::split::FEATURES;
use program::notebook::model::{Examples, Model, Settings};
use serde_json::Value;

/// How far a cost may be off, relative to TensorFlow 1.15's.
const TOLERANCE: f64 = 1e-5;

fn shared() -> Option<PathBuf> {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("TF1_SHARED").map_or_else(default, PathBuf::from);
    if folder.join("signs/train_signs.h5").is_file() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "CI is set, but {} holds no signs",
        folder.display()
    );
    println!(
        "not tested: {} holds no photographs (set TF1_SHARED)",
        folder.display()
    );
    None
}

fn golden(file: &str, shared: &Path) -> Value {
    let text = std::fs::read_to_string(shared.join("golden/signs").join(file))
        .expect("the golden file can be read");
    serde_json::from_str(&text).expect("the golden file is JSON")
}

#[test]
fn epoch_costs_are_tensorflows() {
    let Some(shared) = shared() else { return };
    let run = golden("full_run.json", &shared);
    let numbers = |value: &Value| -> Vec<f64> {
        value
            .as_array()
            .expect("a list")
            .iter()
            .map(|x| x.as_f64().expect("a number"))
            .collect()
    };
    let epochs = numbers(&run["epochs"]);
    let expected = numbers(&run["results"]["1.15.5"]["epoch_costs"]);
    let settings = Settings {
        epochs: if cfg!(debug_assertions) { 3 } else { 201 },
        ..Settings::default()
    };

    let data = SignsData::from_folder(&shared.join("signs")).expect("the photographs can be read");
    let train = Examples {
        x: data.train.design_matrix(),
        y: data.train.one_hot(data.classes),
    };
    let model = Model::new(FEATURES, data.classes, &settings).expect("the network can be built");
    let mut costs = Vec::new();
    model
        .train(&train, &settings, |_, cost| -> tf1::Result<()> {
            costs.push(cost);
            Ok(())
        })
        .expect("the network can be trained");

    let mut compared = 0;
    for (epoch, expected) in epochs.iter().zip(expected) {
        let Some(cost) = costs.get(*epoch as usize) else {
            break;
        };
        let off = (cost - expected).abs() / expected;
        assert!(
            off < TOLERANCE,
            "epoch {epoch}: {cost} instead of {expected}, off by {off:e}"
        );
        compared += 1;
    }
    let at_least = if cfg!(debug_assertions) { 1 } else { 21 };
    assert!(compared >= at_least, "only {compared} epochs were compared");
    println!(
        "{compared} epochs of {} agree with TensorFlow 1.15 to {TOLERANCE:e}",
        costs.len()
    );
}
