//! What rustdoc's search answers.

use std::path::Path;
use std::process::Command;

use super::crate_docs::DOCS;
use super::page;

const QUESTIONS: &str = include_str!("questions.txt");
const SCRIPT: &str = "tests/from_tensorflow/ask.js";

/// Names of what stands elsewhere that several items here have too, so that others come first.
const SHARED: &[&str] = &[
    "collections",
    "values",
    "mod",
    "shuffle",
    "op_scope",
    "global_step",
];

/// What is typed, and the items of which one must be among the first.
type Question = (&'static str, Vec<&'static str>);

/// The questions of the list, and the last parts of the names of all that stands elsewhere than in TensorFlow.
fn questions() -> Vec<Question> {
    let lines = QUESTIONS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let listed = lines.map(|line| {
        let (question, answer) = line.split_once(" | ").expect("a question and its answer");
        (question, vec![answer])
    });
    let elsewhere = page::elsewhere().filter(|(name, _)| !SHARED.contains(name));
    listed.chain(elsewhere).collect()
}

/// The first results for each question; or why the search cannot be asked.
fn ask(questions: &[Question]) -> Result<Vec<Vec<String>>, String> {
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT))
        .arg(&DOCS.folder)
        .arg("tf1")
        .args(questions.iter().map(|(question, _)| question))
        .output()
        .map_err(|error| format!("node cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{SCRIPT} failed:\n{said}{error}"));
    }
    let answers = said
        .lines()
        .map(|line| serde_json::from_str(line).expect("the script writes lists"));
    Ok(answers.collect())
}

/// Rustdoc's own search is asked, by node. It can be asked only where there is node and the search is of the form that the script knows; elsewhere
/// the test says that it asked nothing, and fails if `CI` is set.
#[test]
fn the_search_answers_tensorflows_names() {
    let questions = questions();
    let answers = match ask(&questions) {
        Ok(answers) => answers,
        Err(error) if std::env::var_os("CI").is_some() => panic!("{error}"),
        Err(error) => {
            println!("the search was not asked: {error}");
            return;
        }
    };
    assert_eq!(answers.len(), questions.len());
    let mut wrong = Vec::new();
    for ((question, right), found) in questions.iter().zip(&answers) {
        let is_right = |found: &String| {
            let path = found.strip_prefix("tf1::").unwrap_or(found);
            // A macro's path has no mark in the search.
            right
                .iter()
                .any(|right| right.trim_end_matches('!') == path)
        };
        if !found.iter().any(is_right) {
            wrong.push(format!(
                "{question}: the first are {found:?}, not {right:?}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} questions; #[doc(alias = \"...\")] makes an item be found by another name:\n{}",
        wrong.len(),
        questions.len(),
        wrong.join("\n")
    );
    println!("{} questions were asked", questions.len());
}
