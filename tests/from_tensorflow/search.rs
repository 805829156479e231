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
    "variables",
];

/// What is typed, and the items of which one must be among the first.
type Question = (&'static str, Vec<&'static str>);

/// The questions of the list, and the last parts of the names of all that stands elsewhere than in
/// TensorFlow.
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

/// The first results for each question; `None` if there is no node, or the script does not know
/// this rustdoc's search.
fn ask(questions: &[Question]) -> Option<Vec<Vec<String>>> {
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT))
        .arg(&DOCS.folder)
        .arg("tf1")
        .args(questions.iter().map(|(question, _)| question))
        .output();
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            println!("the search was not asked: node cannot be run: {error}");
            return None;
        }
    };
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        let failed = format!("{SCRIPT} failed:\n{said}{error}");
        assert!(std::env::var_os("CI").is_none(), "{failed}");
        println!("the search was not asked: {failed}");
        return None;
    }
    let answers = said
        .lines()
        .map(|line| serde_json::from_str(line).expect("the script writes lists"));
    Some(answers.collect())
}

/// Rustdoc's own search is asked, by node. Where there is no node the test says that it asked
/// nothing; so it does of a rustdoc whose search has another form than the script knows, unless
/// `CI` is set: then that is a failure.
#[test]
fn the_search_answers_tensorflows_names() {
    let questions = questions();
    let Some(answers) = ask(&questions) else {
        return;
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
