//! [`Package`]: a package with a program for each line.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

const PROGRAM: &str = include_str!("program.rs.txt");

/// A package with a program for each of some lines.
pub struct Package {
    folder: PathBuf,
    names: BTreeSet<String>,
}

impl Package {
    /// A package for these lines with their names.
    pub fn new<'l>(lines: impl Iterator<Item = (&'l str, &'l str)>) -> Package {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lines");
        let programs = folder.join("src/bin");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&programs).expect("there is room for the programs");
        let manifest = format!(
            "[package]\nname = \"lines\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\nndarray = \"0.17\"\ntf1 = {{ path = {own:?}, features = [\"summary\"] }}\n\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).expect("the manifest can be written");
        fs::copy(own.join("Cargo.lock"), folder.join("Cargo.lock")).expect("there is a lock file");
        let mut names = BTreeSet::new();
        for (name, line) in lines {
            let program = PROGRAM.replace("LINE", line);
            fs::write(programs.join(format!("{name}.rs")), program)
                .expect("a program can be written");
            let is_new = names.insert(name.to_string());
            assert!(is_new, "two lines are called {name}");
        }
        Package { folder, names }
    }

    /// What the compiler says of each program that it refuses, by the program's name.
    pub fn check(&self) -> HashMap<String, String> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        // Next to this test's own, where the dependencies may have been compiled already.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()
            .expect("it is in the target folder");
        let output = Command::new(cargo)
            .args([
                "check",
                "--offline",
                "--bins",
                "--keep-going",
                "--message-format=json",
            ])
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", target)
            .stderr(Stdio::piped())
            .output()
            .expect("cargo can be run");
        let text = String::from_utf8_lossy(&output.stdout);
        let mut said: HashMap<String, String> = HashMap::new();
        let mut checked = BTreeSet::new();
        for line in text.lines() {
            let message: Value = serde_json::from_str(line).expect("cargo writes JSON");
            let name = message["target"]["name"].as_str().unwrap_or_default();
            let is_program = message["target"]["kind"][0] == "bin";
            if is_program {
                checked.insert(name.to_string());
            }
            if is_program && message["message"]["level"] == "error" {
                let rendered = message["message"]["rendered"].as_str().unwrap_or_default();
                *said.entry(name.to_string()).or_default() += rendered;
            }
        }
        // A line of which cargo says nothing would count as one that compiles.
        assert_eq!(
            checked,
            self.names,
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    }
}
