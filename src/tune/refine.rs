//! From a report to a finer search.

use super::record::Record;
use super::report::Report;
use super::search::Search;
use super::value::Value;
use crate::types::{Error, Result};

/// The search within the region of the best trials.
pub(super) fn refined(report: &Report, fraction: f64) -> Result<Search> {
    let best = best(report, fraction)?;
    let space = report.search.space.with_domains(|parameter| {
        let values = best.iter().map(|record| record.trial.get(&parameter.name));
        let values: Vec<&Value> = values.flatten().collect();
        parameter.domain.narrowed(&values)
    });
    Ok(report.search.finer(space))
}

fn best(report: &Report, fraction: f64) -> Result<&[Record]> {
    if !(fraction > 0.0 && fraction <= 1.0) {
        let message = format!("a search cannot be refined around {fraction} of its trials");
        return Err(Error::invalid_argument(message).with_help("take a part of 1, such as 0.2"));
    }
    let records = &report.records;
    let scored = records.partition_point(|record| record.score().is_some());
    if scored < 2 {
        let message = format!("{scored} of {} trials have a score", records.len());
        let help = "two at least tell of a region: try more, or other ranges";
        return Err(Error::failed_precondition(message).with_help(help));
    }
    let count = (fraction * scored as f64).ceil() as usize;
    Ok(&records[..count.clamp(2, scored)])
}
