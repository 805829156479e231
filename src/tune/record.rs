//! [`Record`]: what became of a trial.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json, json};

use super::goal::Goal;
use super::json;
use super::trial::Trial;

/// What became of a trial.
#[derive(Clone, Debug)]
pub struct Record {
    pub(super) trial: Trial,
    /// How many epochs it was to be trained for.
    pub(super) until: usize,
    pub(super) curve: Vec<f64>,
    pub(super) outcome: Outcome,
    pub(super) seconds: f64,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was trained as long as it was to be.
    Trained,
    /// An epoch's score was NaN or infinite, and it was trained no further.
    Diverged,
    /// Its function returned an error or panicked, with this message.
    Failed(String),
}

impl Outcome {
    /// Its name in files.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Outcome::Trained => "trained",
            Outcome::Diverged => "diverged",
            Outcome::Failed(_) => "failed",
        }
    }

    /// Why a trial failed.
    pub(super) fn message(&self) -> Option<&str> {
        match self {
            Outcome::Failed(message) => Some(message),
            _ => None,
        }
    }
}

impl Record {
    /// The trial, with its number and its values.
    pub fn trial(&self) -> &Trial {
        &self.trial
    }

    /// The score of the last epoch; `None` if the trial has diverged or failed.
    pub fn score(&self) -> Option<f64> {
        let last = self.curve.last().copied();
        last.filter(|_| self.outcome == Outcome::Trained)
    }

    /// The score after every epoch.
    pub fn curve(&self) -> &[f64] {
        &self.curve
    }

    /// How it ended.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// How many seconds its training took.
    pub fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Those that were trained for longer first, and among these the better one; then those that
    /// have diverged, then those that have failed; the first trial first among equals.
    pub(super) fn rank(&self, other: &Record, goal: Goal) -> Ordering {
        let has_failed = |record: &Record| matches!(record.outcome, Outcome::Failed(_));
        let has_none = |record: &Record| record.score().is_none();
        has_none(self)
            .cmp(&has_none(other))
            .then(other.until.cmp(&self.until))
            .then(goal.compare(self.score(), other.score()))
            .then(has_failed(self).cmp(&has_failed(other)))
            .then(self.trial.number().cmp(&other.trial.number()))
    }

    /// As a line of the search's file, which it ends.
    pub(super) fn to_line(&self) -> String {
        let curve: Vec<Json> = self.curve.iter().copied().map(json::number).collect();
        let mut line = json!({
            "trial": self.trial.number(),
            "values": values_to_json(&self.trial),
            "until": self.until,
            "curve": curve,
            "outcome": self.outcome.name(),
            "seconds": json::number(self.seconds),
        });
        if let Some(message) = self.outcome.message() {
            line["message"] = message.into();
        }
        format!("{line}\n")
    }

    /// What a line says; `trial` gives the trial of a number, `is_round` tells whether trials are
    /// trained for so many epochs.
    pub(super) fn from_line(
        line: &str,
        trial: impl Fn(usize) -> Option<Trial>,
        is_round: impl Fn(usize) -> bool,
    ) -> Result<Record, String> {
        let line: Json =
            serde_json::from_str(line).map_err(|error| format!("not JSON: {error}"))?;
        let whole = |key: &str| line[key].as_u64().and_then(|n| usize::try_from(n).ok());
        let number = whole("trial").ok_or("it has no trial number")?;
        let trial = trial(number).ok_or_else(|| format!("the search has no trial {number}"))?;
        if line["values"] != values_to_json(&trial) {
            return Err(format!("trial {number} of this search has other values"));
        }
        let until = whole("until").filter(|until| is_round(*until));
        let until = until.ok_or("\"until\" is not a number of epochs of this search")?;
        let curve = line["curve"].as_array();
        let curve = curve.and_then(|curve| curve.iter().map(json::read).collect());
        let record = Record {
            trial,
            until,
            curve: curve.ok_or("\"curve\" is not a list of numbers")?,
            outcome: read_outcome(&line).ok_or("\"outcome\" is not an outcome")?,
            seconds: json::read(&line["seconds"]).ok_or("\"seconds\" is not a number")?,
        };
        if record.is_whole() {
            Ok(record)
        } else {
            Err("curve and outcome do not fit".into())
        }
    }

    /// Whether the curve is as long as it should be, and finite as far as it should be.
    fn is_whole(&self) -> bool {
        let finite = self.curve.iter().filter(|score| score.is_finite()).count();
        let (length, until) = (self.curve.len(), self.until);
        match self.outcome {
            Outcome::Trained => length == until && finite == length,
            Outcome::Diverged => (1..=until).contains(&length) && finite + 1 == length,
            Outcome::Failed(_) => length <= until && finite == length,
        }
    }
}

fn values_to_json(trial: &Trial) -> Json {
    let pairs = trial
        .values()
        .map(|(name, value)| (name.to_string(), value.to_json()));
    Json::Object(pairs.collect::<Map<_, _>>())
}

fn read_outcome(line: &Json) -> Option<Outcome> {
    Some(match line["outcome"].as_str()? {
        "trained" => Outcome::Trained,
        "diverged" => Outcome::Diverged,
        "failed" => Outcome::Failed(line["message"].as_str()?.into()),
        _ => return None,
    })
}
