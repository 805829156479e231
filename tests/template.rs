//! `template/`, the package to begin with, is what the README and the front page show.

use std::fs;
use std::path::Path;
use std::process::Command;

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

/// What the command prints.
fn output_of(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mistakes = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {mistakes}");
    String::from_utf8(output.stdout).expect("names are UTF-8")
}

#[test]
#[ignore = "builds the crate with --release, which takes minutes; .ci/run asks for it"]
fn the_programs_object_holds_no_kernel() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let object = folder.join("first_program.o");
    let target = folder
        .parent()
        .expect("the folder lies in the target directory");
    output_of(
        Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args([
                "rustc",
                "--locked",
                "--release",
                "--example",
                "first_program",
            ])
            .arg("--target-dir")
            .arg(target)
            .args(["--", "-C", "codegen-units=1"])
            .arg(format!("--emit=link,obj={}", object.display())),
    );
    let names = output_of(
        Command::new("nm")
            .args(["--demangle", "--defined-only"])
            .arg(&object),
    );
    let functions = || names.lines().filter_map(|line| line.get(19..));
    assert!(
        functions().any(|name| name == "first_program::main"),
        "{names}"
    );
    let kernels = functions().map(|name| name.trim_start_matches(['<', '&']));
    let kernels: Vec<&str> = kernels
        .filter(|name| name.starts_with("tf1::kernels"))
        .collect();
    assert!(kernels.is_empty(), "{kernels:#?}");
}
