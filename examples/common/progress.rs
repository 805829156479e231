//! A progress bar for someone who watches; nothing at all for a file or another program.

use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows how far a training run is and how long it will still take.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar of `total` steps, each of which is called a `step`; shown only if both outputs go to a
    /// terminal.
    pub fn new(step: &'static str, total: u64) -> Self {
        let watched = io::stdout().is_terminal() && io::stderr().is_terminal();
        let target = if watched {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self::on(target, step, total)
    }

    fn on(target: ProgressDrawTarget, step: &'static str, total: u64) -> Self {
        let template = "{wide_bar} {prefix} {pos}/{len}, {msg}, {eta} left";
        let style = ProgressStyle::with_template(template).expect("the template above is valid");
        let bar = ProgressBar::with_draw_target(Some(total), target).with_style(style);
        Progress(bar.with_prefix(step))
    }

    /// One more step is done, at this cost.
    pub fn step(&self, cost: f64) {
        self.show(self.0.position() + 1, format!("cost {cost:.6}"));
    }

    /// So many steps are done, and that is what the last one has come to.
    pub fn show(&self, done: u64, message: String) {
        self.0.set_message(message);
        self.0.set_position(done);
    }

    /// Prints a line to the standard output, above the bar if there is one.
    pub fn print_line(&self, line: &str) -> io::Result<()> {
        self.write_line(&mut io::stdout(), line)
    }

    fn write_line(&self, output: &mut impl Write, line: &str) -> io::Result<()> {
        self.0.suspend(|| writeln!(output, "{line}"))
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_bar_counts_and_prints_all_the_same() {
        let progress = Progress::on(ProgressDrawTarget::hidden(), "epoch", 2);
        progress.step(1.5);
        progress.step(1.25);
        let mut printed = Vec::new();
        progress
            .write_line(&mut printed, "cost after epoch 1: 1.25")
            .unwrap();
        assert_eq!(printed, b"cost after epoch 1: 1.25\n");
        assert!(progress.0.is_hidden());
        assert_eq!(
            (progress.0.position(), progress.0.message()),
            (2, "cost 1.250000".into())
        );
        progress.finish();
    }
}
