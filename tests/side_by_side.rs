//! The tables of Python beside Rust in the examples' READMEs: what stands there is the example's
//! own code, and not longer than the Python.

use std::fs;
use std::path::Path;

/// Each example with the file that its table shows.
const SHOWN: [(&str, &str); 3] = [
    ("regression", "main.rs"),
    ("topics", "main.rs"),
    ("serve", "classifier.rs"),
];

#[test]
fn the_tables_show_the_code_and_it_is_no_longer_than_the_python() {
    for (example, file) in SHOWN {
        let [readme, code] = readme_and_code(example, file);
        let rows = rows(&readme);
        let python = rows.iter().filter(|[python, _]| !python.is_empty()).count();
        let rust: Vec<&str> = rows
            .iter()
            .map(|[_, rust]| *rust)
            .filter(|rust| !rust.is_empty())
            .collect();
        assert!(rust.len() >= 15, "{example}: {} rows", rust.len());
        assert!(
            rust.len() <= python,
            "{example}: {} lines for {python}",
            rust.len()
        );
        let mut lines = code.lines().map(str::trim);
        for row in rust {
            assert!(
                lines.any(|line| line == row),
                "{example}: not in {file}, or not in this order: {row}"
            );
        }
    }
}

/// The graph is shown without a gap: no line of it is left out of the table.
#[test]
fn no_line_of_a_graph_is_left_out() {
    for (example, file) in SHOWN {
        let [readme, code] = readme_and_code(example, file);
        let shown: Vec<&str> = rows(&readme).iter().map(|[_, rust]| *rust).collect();
        let first = shown.iter().find(|row| !row.is_empty()).unwrap();
        let graph = code.lines().map(str::trim).skip_while(|line| line != first);
        for line in graph.take_while(|line| !line.starts_with("let init =")) {
            assert!(shown.contains(&line), "{example}: not in the table: {line}");
        }
    }
}

fn readme_and_code(example: &str, file: &str) -> [String; 2] {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(example);
    ["README.md", file].map(|name| fs::read_to_string(folder.join(name)).unwrap())
}

/// The rows of the tables below "The graph", Python and Rust, without the marks of code.
fn rows(readme: &str) -> Vec<[&str; 2]> {
    let (_, tables) = readme.split_once("## The graph").unwrap();
    let mut rows = Vec::new();
    for line in tables.lines() {
        let row = line
            .strip_prefix('|')
            .and_then(|line| line.strip_suffix('|'));
        let Some((python, rust)) = row.and_then(|row| row.split_once('|')) else {
            continue;
        };
        if !python.starts_with(" ---") && !python.starts_with(" Python") {
            rows.push([python, rust].map(|cell| cell.trim().trim_matches('`').trim()));
        }
    }
    rows
}
