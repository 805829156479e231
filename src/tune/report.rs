//! [`Report`]: what a search has found.

use std::path::Path;
use std::sync::Arc;

use super::goal::Goal;
use super::record::{Outcome, Record};
use super::search::Search;
use crate::files::write_atomically;
use crate::types::Result;

/// What a search has found: every trial, the best one first.
///
/// It prints itself as a table of the ten best.
#[derive(Clone, Debug)]
pub struct Report {
    pub(super) search: Search,
    pub(super) goal: Goal,
    pub(super) score: Arc<str>,
    pub(super) records: Vec<Record>,
}

impl Report {
    pub(super) fn new(search: Search, goal: Goal, score: &str, records: Vec<Record>) -> Self {
        let alone = |record: Record| Record {
            trial: record.trial.alone(),
            ..record
        };
        let mut records: Vec<Record> = records.into_iter().map(alone).collect();
        records.sort_by(|left, right| left.rank(right, goal));
        Report {
            search,
            goal,
            score: score.into(),
            records,
        }
    }

    /// Every trial: the best score first, then those that have diverged, then those that have
    /// failed; the first trial first among equals.
    ///
    /// With [successive halving](super::SuccessiveHalving), those that came further stand before
    /// those that were dropped earlier, whose scores tell of fewer epochs.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The best trial; `None` if all have diverged or failed.
    pub fn best(&self) -> Option<&Record> {
        self.records.first().filter(|best| best.score().is_some())
    }

    /// Whether low or high scores are better.
    pub fn goal(&self) -> Goal {
        self.goal
    }

    /// How many trials ended so.
    pub(super) fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        let outcomes = self.records.iter().map(Record::outcome);
        outcomes.filter(|outcome| is(outcome)).count()
    }
}

pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    write_atomically(path, |file| file.write_all(text.as_bytes()))
}
