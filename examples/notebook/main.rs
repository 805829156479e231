//! The exercises of the TensorFlow tutorial notebook of Andrew Ng's course, each in a file of its
//! own to be read beside the notebook.
//!
//! `cargo run --example notebook` runs them all and prints what the notebook prints; `cargo
//! run --example notebook -- sigmoid cost` runs those two. The exercise `model` is trained here on
//! a handful of random pictures; `cargo run --release --example signs` trains it on hand signs, and
//! with `-- --model cnn` the last one, the network of the course's next notebook.

#[path = "mod.rs"]
mod exercises;

use std::process::ExitCode;

/// An exercise: its name and what runs it.
type Exercise = (&'static str, fn() -> tf1::Result<()>);

const EXERCISES: &[Exercise] = &[
    ("loss", exercises::loss::run),
    ("multiply", exercises::multiply::run),
    ("placeholder", exercises::placeholder::run),
    ("linear_function", exercises::linear_function::run),
    ("sigmoid", exercises::sigmoid::run),
    ("cost", exercises::cost::run),
    ("one_hot_matrix", exercises::one_hot_matrix::run),
    ("ones", exercises::ones::run),
    ("create_placeholders", exercises::create_placeholders::run),
    (
        "initialize_parameters",
        exercises::initialize_parameters::run,
    ),
    ("forward_propagation", exercises::forward_propagation::run),
    ("compute_cost", exercises::compute_cost::run),
    ("model", exercises::model::run),
    ("cnn", exercises::cnn::run),
];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted
        .iter()
        .find(|name| EXERCISES.iter().all(|(exercise, _)| exercise != name))
    {
        let names: Vec<&str> = EXERCISES.iter().map(|(name, _)| *name).collect();
        eprintln!(
            "there is no exercise '{unknown}'; there are: {}",
            names.join(", ")
        );
        return ExitCode::FAILURE;
    }
    for (name, run) in EXERCISES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            println!("== {name}");
            if let Err(error) = run() {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
