//! A report as a table.

use std::fmt;

use super::record::{Outcome, Record};
use super::report::Report;
use super::text;

/// Texts longer than this are cut.
const WIDEST: usize = 32;

impl Report {
    /// The `count` best trials as a table with aligned columns.
    pub fn table(&self, count: usize) -> String {
        table(self, count)
    }
}

/// The ten best trials, and how many there are.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table(10))?;
        write!(f, "{} trials", self.records.len())?;
        let diverged = self.count(|outcome| *outcome == Outcome::Diverged);
        let failed = self.count(|outcome| matches!(outcome, Outcome::Failed(_)));
        for (count, what) in [(diverged, "diverged"), (failed, "failed")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

/// The best `count` trials, a line each, under the columns' names.
fn table(report: &Report, count: usize) -> String {
    let columns = report.search.space.parameters().iter();
    let names = columns.map(|parameter| &*parameter.name);
    let mut rows = vec![
        ["trial", &report.score, "epochs"]
            .into_iter()
            .chain(names)
            .map(cell)
            .collect(),
    ];
    rows.extend(
        report
            .records
            .iter()
            .take(count)
            .map(|record| row(report, record)),
    );
    aligned(&rows)
}

fn row(report: &Report, record: &Record) -> Vec<String> {
    let score = match record.score() {
        Some(score) => text::short(score, 5),
        None => record.outcome.name().into(),
    };
    let mut cells = vec![
        record.trial.number().to_string(),
        score,
        record.curve.len().to_string(),
    ];
    for parameter in report.search.space.parameters() {
        let value = record.trial.get(&parameter.name);
        let shown = value.map(|value| parameter.domain.show(value));
        cells.push(cell(&shown.unwrap_or("-".into())));
    }
    cells
}

/// A text for one line of the table.
fn cell(text: &str) -> String {
    let spaced = text.replace(char::is_control, " ");
    text::cut(&spaced, WIDEST)
}

/// Columns as wide as their widest cell, with two spaces in between; numbers stand at the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut table = String::new();
    for row in rows {
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let gap = if column == 0 { "" } else { "  " };
            table += &format!("{gap}{cell:>width$}");
        }
        table.push('\n');
    }
    table
}
