//! The command line: `cargo test --test golden -- [--list] [--excepted] [--skip TEXT] [TEXT...]`.

/// What to run.
#[derive(Debug, Default)]
pub struct Options {
    /// Only list the cases.
    pub list: bool,
    /// Tell which cases are excepted, and why.
    pub excepted: bool,
    filters: Vec<String>,
    skips: Vec<String>,
}

/// Flags of Rust's own test harness that take a value, which must not be taken for a filter.
const FLAGS_WITH_VALUE: &[&str] = &[
    "--test-threads",
    "--format",
    "--color",
    "--logfile",
    "--shuffle-seed",
    "-Z",
];

impl Options {
    /// Reads the command line. Flags of Rust's own test harness that mean nothing here are ignored,
    /// since `cargo test` hands the same arguments to all tests.
    pub fn read(arguments: impl Iterator<Item = String>) -> Self {
        let mut options = Options::default();
        let mut arguments = arguments.peekable();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => options.list = true,
                "--excepted" => options.excepted = true,
                "--skip" => options.skips.extend(arguments.next()),
                flag if FLAGS_WITH_VALUE.contains(&flag) => drop(arguments.next()),
                flag if flag.starts_with('-') => options
                    .skips
                    .extend(flag.strip_prefix("--skip=").map(str::to_string)),
                filter => options.filters.push(filter.to_string()),
            }
        }
        options
    }

    /// Whether the case is wanted: one of the filters is part of its path.
    pub fn wants(&self, path: &str) -> bool {
        let wanted = self.filters.is_empty()
            || self
                .filters
                .iter()
                .any(|filter| path.contains(filter.as_str()));
        wanted && !self.skips.iter().any(|skip| path.contains(skip.as_str()))
    }

    /// Whether all cases are wanted.
    pub fn wants_all(&self) -> bool {
        self.filters.is_empty() && self.skips.is_empty()
    }
}
