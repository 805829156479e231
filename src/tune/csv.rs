//! A report as comma-separated values.

use std::path::Path;

use super::record::Record;
use super::report::{Report, write};
use crate::types::Result;

impl Report {
    /// All trials as comma-separated values (RFC 4180), the numbers exact, the best trial first.
    ///
    /// The columns are `trial`, `outcome`, the score by its name, `epochs`, `seconds`, `message`,
    /// and then the hyperparameters, which are empty where they do not exist.
    pub fn to_csv(&self) -> String {
        csv(self)
    }

    /// Writes [`to_csv`](Report::to_csv) to a file.
    ///
    /// # Errors
    /// What the system says if the file cannot be written.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &self.to_csv())
    }
}

/// One line for the columns' names and one for each trial.
fn csv(report: &Report) -> String {
    let parameters = report.search.space.parameters().iter();
    let names = parameters.map(|parameter| parameter.name.to_string());
    let first = [
        "trial",
        "outcome",
        &report.score,
        "epochs",
        "seconds",
        "message",
    ];
    let header = first.into_iter().map(String::from).chain(names).collect();
    let rows = report.records.iter().map(|record| row(report, record));
    std::iter::once(header)
        .chain(rows)
        .map(|row| line(&row))
        .collect()
}

fn row(report: &Report, record: &Record) -> Vec<String> {
    let score = record.score().map(|score| score.to_string());
    let mut fields = vec![
        record.trial.number().to_string(),
        record.outcome.name().into(),
        score.unwrap_or_default(),
        record.curve.len().to_string(),
        format!("{:.3}", record.seconds),
        record.outcome.message().unwrap_or_default().into(),
    ];
    for parameter in report.search.space.parameters() {
        let value = record.trial.get(&parameter.name);
        fields.push(value.map(ToString::to_string).unwrap_or_default());
    }
    fields
}

fn line(fields: &[String]) -> String {
    let quoted: Vec<String> = fields.iter().map(|field| quoted(field)).collect();
    quoted.join(",") + "\n"
}

/// In quotes if it must be, with its own quotes doubled.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.into()
    }
}
