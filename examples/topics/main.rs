//! Text classification: a network learns to tell what a sentence is about from the mean of its
//! words' embeddings.
//!
//! `cargo run --release --example topics` draws the sentences itself and trains in a few seconds.
//! The README beside this file shows the same program in Python, line by line.

#[path = "../outcome/mod.rs"]
mod outcome;

mod sentences;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use ndarray::ArrayView1;
use tf1 as tf;
use tf1::initializers::{glorot_uniform, zeros};
use tf1::prelude::*;
use tf1::random::NumpyRandom;

use outcome::Outcome;
use sentences::{LONGEST, NO_WORD, TOPICS, Vocabulary};

/// Learns to tell the topics of sentences apart.
#[derive(Debug, Parser)]
#[command(name = "topics")]
struct Arguments {
    /// How often to go through all training sentences
    #[arg(long, default_value_t = 12)]
    epochs: usize,

    /// How many sentences to learn from
    #[arg(long, default_value_t = 1000)]
    sentences: usize,

    /// Sentences whose topics are to be told
    #[arg(value_name = "SENTENCE")]
    ask: Vec<String>,
}

fn main() -> ExitCode {
    outcome::end(run(&Arguments::parse(), &mut io::stdout()))
}

fn run(arguments: &Arguments, out: &mut impl Write) -> Outcome {
    let vocabulary = Vocabulary::new();
    let known = sentences::draw(arguments.sentences, &vocabulary, 1)?;
    let test = sentences::draw(1000, &vocabulary, 2)?;
    known.show(out)?;

    let graph = Graph::new();
    graph.set_random_seed(1);
    let words = graph.placeholder::<i32>("words", tf::shape![?, LONGEST]);
    let topic = graph.placeholder::<i32>("topic", tf::shape![?]);
    let training = graph.placeholder_with_default(false, []);
    let embeddings = graph.get_variable("embeddings", [vocabulary.len(), 16], glorot_uniform());
    let w = graph.get_variable("w", [16, TOPICS.len()], glorot_uniform());
    let b = graph.get_variable("b", [TOPICS.len()], zeros());
    let is_word = tf::cast(tf::not_equal(&words, NO_WORD), tf::float32);
    let is_word = tf::expand_dims(is_word, -1);
    let sum = tf::reduce_sum(tf::nn::embedding_lookup(&embeddings, &words) * &is_word, 1);
    let mean = sum / tf::maximum(tf::reduce_sum(&is_word, 1), 1.0);
    let logits = tf::matmul(tf::layers::dropout_with(mean, &training), &w) + &b;
    let loss = tf::losses::sparse_softmax_cross_entropy(&topic, &logits);
    let cost = loss + 1e-3 * (tf::nn::l2_loss(&embeddings) + tf::nn::l2_loss(&w));
    let step = tf::train::get_or_create_global_step(&graph);
    let rate = tf::train::exponential_decay(0.02, &step, 100, 0.8);
    let minimize = tf::train::AdamOptimizer::new(&rate).minimize_with(&cost, &step);
    let correct = tf::nn::in_top_k(&logits, &topic, 1);
    let accuracy = tf::reduce_mean(tf::cast(&correct, tf::float32), ..);
    let probabilities = tf::nn::softmax(&logits);
    let init = graph.global_variables_initializer();

    let session = Session::new(&graph)?;
    session.run(&init, [])?;
    writeln!(out, "epoch      rate  training  test")?;
    let mut random = NumpyRandom::new(1);
    for epoch in 1..=arguments.epochs {
        for (rows, topics) in known.batches(50, &mut random)? {
            let feeds = [words.feed(rows), topic.feed(topics), training.feed(true)];
            session.run(&minimize, feeds)?;
        }
        let feeds = [words.feed(&known.words), topic.feed(&known.topics)];
        let (share, rate) = session.run((accuracy.scalar(), rate.scalar()), feeds)?;
        let feeds = [words.feed(&test.words), topic.feed(&test.topics)];
        let test = session.run(accuracy.scalar(), feeds)?;
        writeln!(out, "{epoch:>5} {rate:>9.4} {share:>9.3} {test:>5.3}")?;
    }
    for sentence in &arguments.ask {
        let feeds = [words.feed([vocabulary.numbers(sentence)])];
        let shares = session.run(probabilities.array2(), feeds)?;
        answer(sentence, shares.row(0), out)?;
    }
    Ok(())
}

/// Prints how likely each topic is, the likeliest first.
fn answer(sentence: &str, shares: ArrayView1<f32>, out: &mut impl Write) -> io::Result<()> {
    let mut order = [0, 1, 2, 3, 4];
    order.sort_by(|&one, &other| shares[other].total_cmp(&shares[one]));
    write!(out, "\"{sentence}\":")?;
    for topic in order {
        write!(out, " {} {:.0} %", TOPICS[topic].0, shares[topic] * 100.0)?;
    }
    writeln!(out)
}
