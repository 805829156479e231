//! The exercises of the TensorFlow tutorial notebook of Andrew Ng's course, each in a file of its own to be read beside
//! the notebook.
//!
//! `cargo run --example notebook` runs them all and prints what the notebook prints;
//! `cargo run --example notebook -- sigmoid cost` runs those two. The last exercise, `model`, is trained here on a handful
//! of random pictures; `cargo run --release --example signs` trains it on hand signs.

mod compute_cost;
mod cost;
mod create_placeholders;
mod forward_propagation;
mod initialize_parameters;
mod linear_function;
mod loss;
mod model;
mod multiply;
mod one_hot_matrix;
mod ones;
mod placeholder;
mod sigmoid;

use std::process::ExitCode;

/// An exercise: its name and what runs it.
type Exercise = (&'static str, fn() -> tf1::Result<()>);

const EXERCISES: &[Exercise] = &[
    ("loss", loss::run),
    ("multiply", multiply::run),
    ("placeholder", placeholder::run),
    ("linear_function", linear_function::run),
    ("sigmoid", sigmoid::run),
    ("cost", cost::run),
    ("one_hot_matrix", one_hot_matrix::run),
    ("ones", ones::run),
    ("create_placeholders", create_placeholders::run),
    ("initialize_parameters", initialize_parameters::run),
    ("forward_propagation", forward_propagation::run),
    ("compute_cost", compute_cost::run),
    ("model", model::run),
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
