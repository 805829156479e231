//! A report as comma-separated values.

use super::record::Record;
use super::report::Report;

/// One line for the columns' names and one for each trial.
pub(super) fn csv(report: &Report) -> String {
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
