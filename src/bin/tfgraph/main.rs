//! `tfgraph`: looks at TensorFlow's graphs, runs them, and checks many of them.

mod arrays;
mod check;
mod limits;
mod run;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use limits::Limits;

/// Looks at TensorFlow's graphs and runs them.
#[derive(Parser)]
#[command(name = "tfgraph", version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Prints what a graph reads, computes and holds.
    Show {
        /// A frozen graph, such as frozen_model.pb.
        file: PathBuf,
        /// Print the graph for Graphviz instead.
        #[arg(long)]
        dot: bool,
    },
    /// Runs a graph once and prints, or writes, what it fetches.
    Run {
        /// A frozen graph.
        file: PathBuf,
        /// A placeholder and the file with its value: input=picture.npy.
        #[arg(long, value_name = "NAME=VALUE.npy")]
        feed: Vec<String>,
        /// A tensor to fetch: softmax or softmax:0.
        #[arg(long, value_name = "NAME", required = true)]
        fetch: Vec<String>,
        /// Where to write what was fetched, instead of printing it.
        #[arg(long, value_name = "OUT.npz")]
        output: Option<PathBuf>,
    },
    /// Runs every graph below a folder that lies beside its inputs and outputs, and compares.
    Check {
        /// The folder; graphs are called frozen_model.pb.
        folder: PathBuf,
        #[command(flatten)]
        limits: Limits,
    },
    /// What `check` runs for each graph.
    #[command(hide = true)]
    Compare {
        /// The folder that the graph lies in.
        folder: PathBuf,
        #[command(flatten)]
        limits: Limits,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().verb {
        Verb::Show { file, dot } => show::show(&file, dot),
        Verb::Run {
            file,
            feed,
            fetch,
            output,
        } => run::run(&file, &feed, &fetch, output.as_deref()),
        Verb::Check { folder, limits } => check::check(&folder, limits),
        Verb::Compare { folder, limits } => check::compare(&folder, limits),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tfgraph: {}", one_line(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}

/// A message in one line.
fn one_line(message: &str) -> String {
    // Few: the words of a message.
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
