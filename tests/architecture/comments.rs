//! Comments are no wider than code.

use std::fs;
use std::path::Path;

use super::collect;

/// How many columns a line of a comment has at most, as many as rustfmt gives to code.
const WIDTH: usize = 100;

/// Tables and examples are left as they are; so is a single word that is longer, such as an
/// address.
#[test]
fn comments_are_no_wider_than_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "examples", "benches"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() > 500, "the files were not found");
    let mut wide = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let mut is_example = false;
        for (number, line) in (1..).zip(text.lines()) {
            let Some(comment) = line.trim_start().strip_prefix("//") else {
                is_example = false;
                continue;
            };
            let comment = comment.trim_start_matches(['/', '!']).trim_start();
            if comment.starts_with("```") {
                is_example = !is_example;
            }
            let is_prose = !is_example && !comment.starts_with("| ") && comment.contains(' ');
            if is_prose && line.chars().count() > WIDTH {
                wide.push(format!("{}:{number}", file.display()));
            }
        }
    }
    assert!(
        wide.is_empty(),
        "these comments are wider than {WIDTH} columns:\n{}",
        wide.join("\n")
    );
}
