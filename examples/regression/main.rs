//! Regression on a table: a small network learns to tell the prices of houses from a CSV file.
//!
//! `cargo run --release --example regression` draws the table itself if it is missing, and trains
//! in a few seconds. The README beside this file shows the same program in Python, line by line.

#[path = "../common/mod.rs"]
mod common;

#[path = "../outcome/mod.rs"]
mod outcome;

mod draw;
mod houses;
mod stopping;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tf1 as tf;
use tf1::prelude::*;
use tf1::random::NumpyRandom;
use tf1::summary::FileWriter;

use houses::{FEATURES, Houses};
use outcome::Outcome;
use stopping::EarlyStopping;

/// Learns the prices of houses from a CSV file.
#[derive(Debug, Parser)]
#[command(name = "regression")]
struct Arguments {
    /// The table of houses, which is drawn and written if it is missing
    #[arg(long, value_name = "FILE.csv", default_value = "houses.csv")]
    data: PathBuf,

    /// How often to go through all training rows at most
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(i32).range(1..))]
    epochs: i32,

    /// For how many epochs to wait for a lower loss on the held-out rows
    #[arg(long, default_value_t = 20)]
    patience: i32,

    /// Where the best weights are kept
    #[arg(long, value_name = "PREFIX", default_value = "houses_model")]
    save: PathBuf,

    /// Writes losses and weights for TensorBoard into this folder
    #[arg(long, value_name = "DIR")]
    logdir: Option<PathBuf>,
}

fn main() -> ExitCode {
    outcome::end(run(&Arguments::parse(), &mut io::stdout()))
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    let houses = Houses::load(&arguments.data, out)?;
    let (train, held_out, test) = (&houses.train, &houses.held_out, &houses.test);

    let graph = Graph::new();
    graph.set_random_seed(1);
    let x = graph.placeholder::<f32>("x", tf::shape![?, FEATURES]);
    let y = graph.placeholder::<f32>("y", tf::shape![?, 1]);
    let hidden = tf::layers::dense_with(&x, 16, tf::nn::relu);
    let predicted = tf::layers::dense(&hidden, 1);
    let loss = tf::losses::mean_squared_error(&y, &predicted);
    let error = tf::reduce_mean(tf::abs(&predicted - &y), ..);
    let step = tf::train::get_or_create_global_step(&graph);
    let minimize = tf::train::AdamOptimizer::new(0.003).minimize_with(&loss, &step);
    tf::summary::scalar("loss", &loss);
    tf::summary::histogram("predicted", &predicted);
    let summaries = tf::summary::merge_all(&graph);
    let saver = tf::train::Saver::new(&graph).write_state(false);
    let init = graph.global_variables_initializer();

    let session = Session::new(&graph)?;
    session.run(&init, [])?;
    let writer = arguments.logdir.as_ref().map(FileWriter::new).transpose()?;
    if let Some(writer) = &writer {
        writer.add_graph(&graph)?;
    }
    let mut stopping = EarlyStopping::new(arguments.patience);
    let mut random = NumpyRandom::new(1);
    for epoch in 1..=arguments.epochs {
        for (rows, prices) in train.batches(32, &mut random)? {
            session.run(&minimize, [x.feed(rows), y.feed(prices)])?;
        }
        let feeds = [x.feed(&held_out.x), y.feed(&held_out.y)];
        let (now, summary) = session.run((loss.scalar(), &summaries), feeds)?;
        if let Some(writer) = &writer {
            writer.add_summary(&summary, epoch)?;
        }
        if stopping.is_best(epoch, now) {
            saver.save(&session, &arguments.save, None)?;
        }
        if epoch % 10 == 0 {
            writeln!(out, "epoch {epoch:>3}: held-out loss {now:.4}")?;
        }
        if stopping.is_over(epoch) {
            break;
        }
    }
    saver.restore(&session, &arguments.save)?;
    let feeds = [x.feed(&test.x), y.feed(&test.y)];
    let (error, steps) = session.run((error.scalar(), step.scalar()), feeds)?;
    let epoch = stopping.best_epoch;
    writeln!(
        out,
        "back to the weights of epoch {epoch}, after {steps} steps"
    )?;
    houses.report(error, out)
}
