//! What becomes of single lines that a user of TensorFlow 1 types first: those that should compile
//! do, and what the compiler says of the others names what to write instead.
//!
//! All lines are checked at once, each as a program of a package that is made for it. Besides the
//! lines of this test, these are the lines of `cases/lines.tsv` in `$TF1_SHARED`.

mod expected;
mod handles;
mod package;

use std::collections::HashMap;
use std::path::PathBuf;

use expected::{Fate, IN_THE_CASES, OWN};
use package::Package;

/// The lines of `cases/lines.tsv`, by name; `None` without the reference data.
fn lines_of_the_cases() -> Option<HashMap<String, String>> {
    let shared =
        std::env::var_os("TF1_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let path = shared.join("cases/lines.tsv");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if std::env::var_os("CI").is_some() => panic!("{}: {error}", path.display()),
        Err(_) => return None,
    };
    let rows = text.lines().filter(|row| !row.starts_with('#'));
    let fields = rows.map(|row| row.split('\t').collect::<Vec<_>>());
    let lines = fields.filter(|fields| fields.len() == 4);
    Some(
        lines
            .map(|fields| (fields[0].to_string(), fields[2].to_string()))
            .collect(),
    )
}

/// Why a line did not become what it should, if so.
fn wrong(name: &str, fate: &Fate, said: Option<&String>) -> Option<String> {
    let found = said.map_or("compiles", String::as_str);
    match (fate, said) {
        (Fate::Compiles, None) => None,
        (Fate::Refused(sentences), Some(said)) => {
            // The compiler breaks long lines of a note.
            let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
            let missing = sentences
                .iter()
                .find(|sentence| !said.contains(**sentence))?;
            Some(format!("{name}: \"{missing}\" is not said:\n{found}"))
        }
        _ => Some(format!("{name}: should be {fate:?}, but {found}")),
    }
}

#[test]
fn lines_compile_or_are_refused_with_what_to_write() {
    let mut rows: Vec<(String, String, &Fate)> = Vec::new();
    for (name, line, fate) in OWN.iter().chain(handles::OWN) {
        rows.push((format!("own_{name}"), line.to_string(), fate));
    }
    match lines_of_the_cases() {
        None => println!("there is no lines.tsv; only this test's own lines are checked"),
        Some(mut lines) => {
            for (name, written, fate) in IN_THE_CASES {
                let typed = lines
                    .remove(*name)
                    .unwrap_or_else(|| panic!("there is no line {name}"));
                let line = written.map_or(typed, str::to_string);
                rows.push((format!("case_{name}"), line, fate));
            }
            assert!(
                lines.is_empty(),
                "nothing is expected of {:?}",
                lines.keys()
            );
        }
    }
    let package = Package::new(
        rows.iter()
            .map(|(name, line, _)| (name.as_str(), line.as_str())),
    );
    let said = package.check();
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(name, _, fate)| wrong(name, fate, said.get(name)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} lines:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n\n")
    );
    println!("lines: {} were checked", rows.len());
}

/// Where rustc can say only that the number of arguments or a type is wrong, the first line of the
/// function's documentation tells the rest.
#[test]
fn the_first_lines_of_the_documentation_tell_what_to_write() {
    let first_line = |file: &str, function: &str| -> String {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(&path).expect("the source is there");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let place = lines.iter().position(|line| line.starts_with(function));
        let place = place.unwrap_or_else(|| panic!("{function} is not in {file}"));
        let docs = lines[..place]
            .iter()
            .rev()
            .take_while(|line| line.starts_with("///") || line.starts_with("#["));
        let docs: Vec<&str> = docs.copied().collect();
        let docs = docs
            .iter()
            .rev()
            .filter_map(|line| line.strip_prefix("///"));
        docs.map(str::trim)
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (file, function, words) in expected::DOCUMENTED {
        let line = first_line(file, function);
        for word in *words {
            assert!(line.contains(word), "{function}: {word} is not in: {line}");
        }
    }
}
