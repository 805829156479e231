//! Cases that hold Python code (`notebook/`, `errors/`), or tell of it in words (`signs/`): the
//! same done in Rust.
//!
//! For the pieces of code, one table a file, with a row for each case: its name and a function that
//! does what the Python code does. The function prints to a [`Stage`], leaves the values that the
//! case compares there, and returns the error that is raised, if one is. What Rust's compiler does
//! not let one write, and what the crate does not have, is told by [`lacks`] instead.

mod errors;
mod graphs;
mod notebook;
mod prints;
mod python;
mod signs;

use std::fmt::Display;

use serde_json::Value as Json;
use tf1::{AnyArray, Error};

use crate::array::Golden;
use crate::compare::{Disputes, Tolerance, compare, compare_text, compared};
use crate::trouble::{Outcome, Trouble, no_differences};
use crate::{json, words};

/// The version of TensorFlow that the crate follows.
const VERSION: &str = "1.15.5";

/// A case's name and its counterpart in Rust.
pub struct Row {
    name: &'static str,
    counterpart: Counterpart,
}

enum Counterpart {
    /// Does the same; where an error is raised, our message must hold these key words of
    /// TensorFlow's.
    Does(Act, &'static [&'static str]),
    /// Cannot be done for want of this.
    Lacks(&'static str),
}

/// The Python code in Rust.
pub type Act = fn(&mut Stage) -> tf1::Result<()>;

/// A row for a case that Rust can do. If an error is raised, our message must hold the first
/// sentence of TensorFlow's.
const fn does(name: &'static str, act: Act) -> Row {
    says(name, &[], act)
}

/// As [`does`], with the key words of TensorFlow's message that ours must hold.
const fn says(name: &'static str, key_words: &'static [&'static str], act: Act) -> Row {
    Row {
        name,
        counterpart: Counterpart::Does(act, key_words),
    }
}

/// A row for a case that needs a feature that the crate does not have; `exceptions.txt` says why.
const fn lacks(name: &'static str, feature: &'static str) -> Row {
    Row {
        name,
        counterpart: Counterpart::Lacks(feature),
    }
}

/// Where a counterpart prints and leaves values.
#[derive(Debug, Default)]
pub struct Stage {
    /// What was printed, by cell of a notebook.
    cells: Vec<String>,
    values: Vec<(String, AnyArray)>,
}

impl Stage {
    /// Prints a line.
    pub fn print(&mut self, line: impl Display) {
        if self.cells.is_empty() {
            self.next_cell();
        }
        let cell = self
            .cells
            .last_mut()
            .expect("there is a cell since the line above");
        *cell += &format!("{line}\n");
    }

    /// Begins a cell of a notebook.
    pub fn next_cell(&mut self) {
        self.cells.push(String::new());
    }

    /// Leaves a value for comparison.
    pub fn value(&mut self, name: &str, value: impl Into<AnyArray>) {
        self.values.push((name.to_string(), value.into()));
    }

    fn printed(&self, cell: usize) -> &str {
        self.cells.get(cell).map_or("", String::as_str)
    }
}

/// Runs a case that holds Python code.
pub fn run(path: &str, case: &Json) -> Outcome {
    let (file, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (rows, name, cell) = match file {
        "errors/errors" => (errors::ROWS, name, 0),
        "errors/prints" => (prints::ROWS, name, 0),
        "notebook/exercises" => (notebook::ROWS, name, 0),
        "notebook/transcript" => (notebook::ROWS, "transcript", name.parse().unwrap_or(1) - 1),
        _ => (&[][..], name, 0),
    };
    let row = rows.iter().find(|row| row.name == name);
    let row = row.ok_or_else(|| {
        Trouble::fails("there is no counterpart in Rust for this piece of Python")
    })?;
    let (act, key_words) = match row.counterpart {
        Counterpart::Lacks(feature) => return Err(Trouble::lacks(feature)),
        Counterpart::Does(act, key_words) => (act, key_words),
    };
    let mut stage = Stage::default();
    let result = act(&mut stage);
    match json::given(case, "result").and_then(|results| results.get(VERSION)) {
        Some(golden) => compare_result(&stage, result, golden, key_words),
        None => compare_stage(&stage, cell, result, case),
    }
}

/// Cases of other forms than those that the harness runs.
pub fn run_other(path: &str, case: &Json) -> Outcome {
    match path.split('/').next() {
        Some("graphs") => graphs::run(path, case),
        Some("signs") => signs::run(case),
        _ => Err(Trouble::fails(
            "the harness does not know this form of case",
        )),
    }
}

/// Compares with what a case of `errors/` was found to do.
fn compare_result(
    stage: &Stage,
    result: tf1::Result<()>,
    golden: &Json,
    key_words: &[&str],
) -> Outcome {
    match (json::given(golden, "class").and_then(Json::as_str), result) {
        (None, Ok(())) => {
            let stdout = json::given(golden, "stdout")
                .and_then(Json::as_str)
                .unwrap_or("");
            no_differences(compare_text("stdout", stage.printed(0), stdout))
        }
        (None, Err(error)) => Err(Trouble::fails(format!(
            "an error where TensorFlow raises none: {error}"
        ))),
        (Some(class), Ok(())) => Err(Trouble::fails(format!(
            "no error where TensorFlow raises {class}"
        ))),
        (Some(_), Err(error)) => no_differences(compare_error(&error, golden, key_words)),
    }
}

/// Compares the error's class, node and message.
pub fn compare_error(error: &Error, golden: &Json, key_words: &[&str]) -> Vec<String> {
    compared();
    let mut differences = Vec::new();
    let class = json::given(golden, "class")
        .and_then(Json::as_str)
        .unwrap_or_default();
    if !classes(class).contains(&class_of(error)) {
        differences.push(format!(
            "the error is {}, not {class}: {error}",
            class_of(error)
        ));
    }
    // Python prints the message of a KeyError in quotes.
    let message = json::given(golden, "message")
        .and_then(Json::as_str)
        .unwrap_or("")
        .trim_matches('"');
    let (head, built) = split_message(message);
    let node = error
        .node()
        .map(|node| (node.name.as_str(), node.op.as_str()));
    let run_node = json::given(golden, "op_name").and_then(Json::as_str);
    // Of a variable without a value TensorFlow names the op that reads it, the crate the variable.
    // Of a check beside an op it names the check, the crate the op.
    let is_read = |name: &str| {
        node.is_some_and(|(ours, _)| {
            name.strip_suffix("/read") == Some(ours)
                || name.strip_suffix("/Assert/Assert") == Some(ours)
        })
    };
    if let Some(name) =
        run_node.filter(|name| node.map(|(ours, _)| ours) != Some(name) && !is_read(name))
    {
        differences.push(format!("the error belongs to {node:?}, not to {name}"));
    }
    if built.is_some() && built != node {
        differences.push(format!("the error belongs to {node:?}, not to {built:?}"));
    }
    for words in key_words.iter().filter(|words| !message.contains(**words)) {
        differences.push(format!(
            "{words:?} are not in TensorFlow's message {message:?}"
        ));
    }
    let wanted = match (key_words, words::of(message)) {
        ([], []) => &[head][..],
        ([], ours) => ours,
        (given, _) => given,
    };
    for words in wanted
        .iter()
        .filter(|words| !error.message().contains(**words))
    {
        differences.push(format!(
            "the message does not say {words:?}: {:?}",
            error.message()
        ));
    }
    differences
}

/// A message in two parts: of `Shape must be rank 2. for 'MatMul' (op: 'MatMul') with ...` the
/// first sentence, and the node's name and op type.
fn split_message(message: &str) -> (&str, Option<(&str, &str)>) {
    let split = || {
        let (head, rest) = message.split_once(" for '")?;
        let (name, rest) = rest.split_once("' (op: '")?;
        let (op_type, _) = rest.split_once("')")?;
        Some((head, (name, op_type)))
    };
    let (head, node) = split().map_or((message, None), |(head, node)| (head, Some(node)));
    (
        head.lines().next().unwrap_or(head).trim_end_matches('.'),
        node,
    )
}

/// The crate's classes that stand for a class of Python's or TensorFlow's.
fn classes(python: &str) -> &'static [&'static str] {
    match python {
        "InvalidArgumentError" => &["InvalidArgument"],
        "FailedPreconditionError" => &["FailedPrecondition"],
        "NotFoundError" | "KeyError" => &["NotFound"],
        "ValueError" | "TypeError" => &["InvalidArgument", "NotFound", "AlreadyExists"],
        "UnimplementedError" => &["Unimplemented"],
        "OutOfRangeError" => &["OutOfRange"],
        "RuntimeError" => &["FailedPrecondition"],
        "LookupError" => &["Unimplemented"],
        _ => &[],
    }
}

fn class_of(error: &Error) -> &'static str {
    match error {
        Error::InvalidArgument(_) => "InvalidArgument",
        Error::FailedPrecondition(_) => "FailedPrecondition",
        Error::NotFound(_) => "NotFound",
        Error::AlreadyExists(_) => "AlreadyExists",
        Error::OutOfRange(_) => "OutOfRange",
        Error::Unimplemented(_) => "Unimplemented",
        Error::ResourceExhausted(_) => "ResourceExhausted",
        Error::DataLoss(_) => "DataLoss",
        _ => "another class",
    }
}

/// Compares with what a piece of the notebook printed and the values that it left.
fn compare_stage(stage: &Stage, cell: usize, result: tf1::Result<()>, case: &Json) -> Outcome {
    result?;
    let stdout = json::member(case, "stdout")?
        .get(VERSION)
        .and_then(Json::as_str)
        .unwrap_or("");
    let mut differences = compare_text("stdout", stage.printed(cell), stdout);
    for (name, golden) in json::object(case, "values") {
        match stage.values.iter().find(|(ours, _)| ours == name) {
            None => differences.push(format!("there is no value {name}")),
            Some((_, ours)) => {
                let golden = Golden::read(golden)?;
                differences.extend(compare(
                    name,
                    ours,
                    &golden,
                    Tolerance::Trajectory,
                    &Disputes::default(),
                ));
            }
        }
    }
    no_differences(differences)
}
