//! The documentation is found by TensorFlow's names: the page that lists them says the truth, and rustdoc's search answers them.

mod crate_docs;
mod page;
mod search;

use std::fs;
use std::path::Path;

use crate_docs::DOCS;

/// Set, it makes the test write the page instead of comparing it.
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
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/from_tensorflow.md");
    if std::env::var_os(WRITE).is_some() {
        fs::write(&file, made).expect("the page can be written");
        return;
    }
    let there = fs::read_to_string(&file).expect("the page is there");
    let differs = there
        .lines()
        .zip(made.lines())
        .find(|(there, made)| there != made);
    assert!(
        there == made,
        "src/from_tensorflow.md is not what the crate has now; {WRITE}=1 cargo test --test from_tensorflow writes it anew.\n\
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
