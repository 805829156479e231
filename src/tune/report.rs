//! [`Report`]: what a search has found.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::goal::Goal;
use super::record::{Outcome, Record};
use super::search::Search;
use super::{csv, plot, refine, table};
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

    /// Every trial: the best score first, then those that have diverged, then those that have failed; the first trial first among
    /// equals.
    ///
    /// With [successive halving](super::SuccessiveHalving), those that came further stand before those that were dropped earlier, whose scores tell of
    /// fewer epochs.
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

    /// The `count` best trials as a table with aligned columns.
    pub fn table(&self, count: usize) -> String {
        table::table(self, count)
    }

    /// All trials as comma-separated values (RFC 4180), the numbers exact, the best trial first.
    ///
    /// The columns are `trial`, `outcome`, the score by its name, `epochs`, `seconds`, `message`, and then the hyperparameters, which are
    /// empty where they do not exist.
    pub fn to_csv(&self) -> String {
        csv::csv(self)
    }

    /// Writes [`to_csv`](Report::to_csv) to a file.
    ///
    /// # Errors
    /// What the system says if the file cannot be written.
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &self.to_csv())
    }

    /// A finer search in the region of the best trials: "coarse to fine".
    ///
    /// `fraction` of the trials that have a score are taken, the best ones, at least two. Each hyperparameter's new range is, on
    /// its own scale, the stretch in which those lie that have it, made longer on both sides by their average distance, but not beyond
    /// the old range. (If m values were drawn evenly from a stretch, the lowest and the highest would lie that far within it, on average.)
    /// A choice keeps the values that are among the best; a hyperparameter that fewer than two of them have keeps its range, and one whose
    /// condition nothing meets any more is gone.
    ///
    /// The finer search has the settings of this one and draws other numbers. It has no file and calls no function: give it its own
    /// [`log`](Search::log) and [`on_trial`](Search::on_trial).
    ///
    /// # Errors
    /// `InvalidArgument` if `fraction` is not above 0 and at most 1; `FailedPrecondition` if fewer than two trials have a score.
    pub fn refine(&self, fraction: f64) -> Result<Search> {
        refine::refined(self, fraction)
    }

    /// Draws the score of every trial against each hyperparameter, each on its own scale, as an SVG.
    ///
    /// # Errors
    /// What the system says if the file cannot be written.
    pub fn plot_scores(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &plot::scores(self)?)
    }

    /// Draws the score of every trial epoch by epoch, the best trial's over the others, as an SVG.
    ///
    /// # Errors
    /// As [`plot_scores`](Report::plot_scores).
    pub fn plot_curves(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &plot::curves(self)?)
    }

    /// Draws every trial as a line through its values, each on an axis with its own scale, and its score, as an SVG ("parallel
    /// coordinates"). A line's colour is its score; the best trial's is drawn thick.
    ///
    /// # Errors
    /// As [`plot_scores`](Report::plot_scores).
    pub fn plot_parallel_coordinates(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), &plot::parallel_coordinates(self)?)
    }

    /// How many trials ended so.
    pub(super) fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        let outcomes = self.records.iter().map(Record::outcome);
        outcomes.filter(|outcome| is(outcome)).count()
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

fn write(path: &Path, text: &str) -> Result<()> {
    write_atomically(path, |file| file.write_all(text.as_bytes()))
}
