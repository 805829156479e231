//! From a report to a finer search.

use super::record::Record;
use super::report::Report;
use super::search::Search;
use super::value::Value;
use crate::types::{Error, Result};

impl Report {
    /// A finer search in the region of the best trials: "coarse to fine".
    ///
    /// `fraction` of the trials that have a score are taken, the best ones, at least two. Each
    /// hyperparameter's new range is, on its own scale, the stretch in which those lie that have
    /// it, made longer on both sides by their average distance, but not beyond the old range. (If m
    /// values were drawn evenly from a stretch, the lowest and the highest would lie that far
    /// within it, on average.) A choice keeps the values that are among the best; a hyperparameter
    /// that fewer than two of them have keeps its range, and one whose condition nothing meets any
    /// more is gone.
    ///
    /// The finer search has the settings of this one and draws other numbers. It has no file and
    /// calls no function: give it its own [`log`](Search::log) and [`on_trial`](Search::on_trial).
    ///
    /// # Errors
    /// `InvalidArgument` if `fraction` is not above 0 and at most 1; `FailedPrecondition` if fewer
    /// than two trials have a score.
    pub fn refine(&self, fraction: f64) -> Result<Search> {
        refined(self, fraction)
    }
}

/// The search within the region of the best trials.
fn refined(report: &Report, fraction: f64) -> Result<Search> {
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
