//! What the documentation shows. It is found by TensorFlow's names: the page that lists them says
//! the truth, and rustdoc's search answers them. And it shows the public names that were reviewed.

mod crate_docs;
mod page;
mod search;

use std::fs;
use std::path::Path;

use crate_docs::DOCS;

/// Set, it makes the tests write the files instead of comparing them.
const WRITE: &str = "TF1_WRITE_FROM_TENSORFLOW";

#[test]
fn the_page_of_tensorflows_names_is_what_the_crate_has() {
    let made = match page::page(&DOCS) {
        Ok(made) => made,
        Err(mistakes) => panic!(
            "the tables of tests/from_tensorflow do not fit the crate:\n{}",
            mistakes.join("\n")
        ),
    };
    is_written("src/from_tensorflow.md", &made);
}

/// No public name comes or goes unseen: `public_names.txt` is reviewed with the change that does
/// it.
#[test]
fn the_public_names_are_those_of_the_list() {
    is_written(
        "tests/from_tensorflow/public_names.txt",
        &DOCS.public_names(),
    );
}

/// The file has this text; or it is given it, if the environment says so.
fn is_written(path: &str, made: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os(WRITE).is_some() {
        fs::write(&file, made).expect("the file can be written");
        return;
    }
    let there = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut pairs = there.lines().zip(made.lines());
    let differs = pairs.find(|(there, made)| there != made);
    assert!(
        there == made,
        "{path} is not what the crate has now; {WRITE}=1 cargo test --test from_tensorflow writes it anew.\n\
         The first line that differs, there and made anew: {differs:#?}"
    );
}

#[test]
fn functions_that_most_programs_use_have_examples() {
    let listed = include_str!("examples.txt").lines();
    let functions = listed.filter(|line| !line.starts_with('#'));
    let without: Vec<&str> = functions
        .filter(|function| DOCS.has_example(function) != Some(true))
        .collect();
    assert!(
        without.is_empty(),
        "no example, or no such item: {without:?}"
    );
}
