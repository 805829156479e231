//! The files that the flags want written: each another one, none of them a file that is read.

use std::fs;
use std::path::{Path, PathBuf};

use super::arguments::Arguments;
use super::common::atomic_file;
use super::course::Outcome;

/// Refuses, before any work is done, what could not be written at its end or would destroy
/// something. `inputs` are the files that are read.
pub fn check(arguments: &Arguments, inputs: &[PathBuf]) -> Outcome {
    let outputs = outputs(arguments);
    for (i, (flag, file)) in outputs.iter().enumerate() {
        let same = |other: &Path| place(other) == place(file);
        if let Some((other_flag, _)) = outputs[..i].iter().find(|(_, other)| same(other)) {
            return Err(format!(
                "{}: both {other_flag} and {flag} would write it; name a file of its own for each",
                file.display()
            )
            .into());
        }
        if inputs.iter().any(|input| same(input)) {
            return Err(format!(
                "{}: {flag} would write over a file that is read; name another file",
                file.display()
            )
            .into());
        }
        atomic_file::check_writable(file)?;
    }
    // The names of these files only begin so.
    arguments
        .save
        .iter()
        .try_for_each(|prefix| Ok(atomic_file::check_writable(prefix)?))
}

/// The files that are written, each with its flag.
fn outputs(arguments: &Arguments) -> Vec<(&'static str, &Path)> {
    let flags = [
        ("--plot", Some(&arguments.plot)),
        ("--costs", arguments.costs.as_ref()),
        ("--examples", arguments.examples.as_ref()),
    ];
    let given = flags.into_iter();
    given
        .filter_map(|(flag, file)| Some((flag, file?.as_path())))
        .collect()
}

/// What two names of the same file have in common: the file behind links, or, where there is none
/// yet, its folder with the name that it will have.
fn place(file: &Path) -> PathBuf {
    if let Ok(existing) = fs::canonicalize(file) {
        return existing;
    }
    let folder = match file.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    match (fs::canonicalize(folder), file.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => file.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::common::test_files::TestFolder;
    use super::*;

    /// What is said of these flags, in which `{}` stands for the folder.
    fn refusal(folder: &TestFolder, flags: &[&str], inputs: &[PathBuf]) -> Option<String> {
        let path = folder.path().display().to_string();
        let flags = flags.iter().map(|flag| flag.replace("{}", &path));
        let arguments = Arguments::parse_from(std::iter::once("signs".to_string()).chain(flags));
        check(&arguments, inputs).err().map(|e| e.to_string())
    }

    #[test]
    fn files_of_their_own_are_fine() {
        let folder = TestFolder::new();
        let flags = ["--plot", "{}/a", "--costs", "{}/b", "--examples", "{}/c"];
        let input = folder.write("d", b"");
        assert_eq!(refusal(&folder, &flags, &[input]), None);
    }

    #[test]
    fn one_file_for_two_flags_is_refused() {
        let folder = TestFolder::new();
        std::fs::create_dir(folder.file("sub")).unwrap();
        let twice = [
            ["--plot", "{}/a", "--costs", "{}/a"],
            ["--plot", "{}/a", "--costs", "{}/sub/../a"],
            ["--plot", "{}/a", "--examples", "{}/./a"],
        ];
        for flags in twice {
            let message = refusal(&folder, &flags, &[]).expect("refused");
            let expected = format!("both --plot and {} would write it", flags[2]);
            assert!(message.contains(&expected), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
    }

    #[test]
    fn a_file_that_is_read_is_not_written() {
        let folder = TestFolder::new();
        let input = folder.write("hand.jpg", b"");
        for flag in ["--plot", "--costs", "--examples"] {
            let flags = [flag, "{}/hand.jpg"];
            let message = refusal(&folder, &flags, std::slice::from_ref(&input)).expect("refused");
            let expected = format!("hand.jpg: {flag} would write over a file that is read");
            assert!(message.contains(&expected), "{message}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_seen_through() {
        let folder = TestFolder::new();
        let input = folder.write("hand.jpg", b"");
        std::os::unix::fs::symlink(&input, folder.file("link")).unwrap();
        assert!(refusal(&folder, &["--costs", "{}/link"], &[input]).is_some());
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let folder = TestFolder::new();
        for flag in ["--plot", "--costs", "--examples"] {
            let message = refusal(&folder, &[flag, "{}/no/such/folder"], &[]).expect("refused");
            assert!(message.contains("not written"), "{message}");
        }
    }
}
