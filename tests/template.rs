//! `template/`, the package to begin with, is what the README and the front page show.

use std::fs;
use std::path::Path;

mod program {
    include!("../template/src/main.rs");

    pub fn run() -> tf::Result<()> {
        main()
    }
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The first block of `language` in a Markdown text.
fn block(text: &str, language: &str) -> String {
    let fence = format!("```{language}\n");
    let (_, behind) = text.split_once(&fence).expect("there is such a block");
    let (block, _) = behind.split_once("```").expect("the block ends");
    block.to_string()
}

#[test]
fn the_program_runs() -> tf1::Result<()> {
    program::run()
}

#[test]
fn the_program_is_the_readmes_first() {
    assert_eq!(
        read("template/src/main.rs"),
        block(&read("README.md"), "rust")
    );
}

#[test]
fn the_profile_is_that_of_the_readme_and_of_the_front_page() {
    let profile = block(&read("README.md"), "toml");
    assert!(profile.contains("[profile.dev.package.\"*\"]"), "{profile}");
    assert!(read("template/Cargo.toml").contains(&profile));
    let crate_docs: Vec<String> = read("src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line).to_string())
        .collect();
    assert_eq!(block(&crate_docs.join("\n"), "toml"), profile);
}
