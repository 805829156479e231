//! [`Entrant`]: a trial that is being trained.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::caught::caught;
use super::model::Train;
use super::record::{Outcome, Record};
use super::trial::Trial;
use crate::types::{Error, Result};

/// A trial that goes into a round: as far as it has come, and its model if that is at hand.
pub(super) struct Entrant<M> {
    pub(super) trial: Trial,
    pub(super) model: Option<M>,
    pub(super) curve: Vec<f64>,
    pub(super) seconds: f64,
}

/// Why a trial is not trained to the end of its round.
enum End {
    Diverged,
    Failed(Error),
    /// The search ends.
    Stopped,
}

impl<M: Train> Entrant<M> {
    /// A trial that nothing was done for yet.
    pub(super) fn new(trial: Trial) -> Self {
        Entrant {
            trial,
            model: None,
            curve: Vec::new(),
            seconds: 0.0,
        }
    }

    /// A trial that goes on.
    pub(super) fn going_on(record: Record, model: Option<M>) -> Self {
        Entrant {
            trial: record.trial,
            model,
            curve: record.curve,
            seconds: record.seconds,
        }
    }

    /// Trains until `until` epochs are done, and tells what became of it; `None` if the search was
    /// stopped.
    ///
    /// # Errors
    /// A mistake of the program in asking the trial for its values.
    pub(super) fn train(
        mut self,
        until: usize,
        build: &impl Fn(&Trial) -> Result<M>,
        stop: &AtomicBool,
    ) -> Result<Option<(Record, Option<M>)>> {
        let start = Instant::now();
        let end = self.advance(until, build, stop);
        let failure = match &end {
            Err(End::Failed(error)) => Some(error),
            _ => None,
        };
        if let Some(mistake) = self.trial.mistake(failure) {
            return Err(mistake.clone());
        }
        let outcome = match end {
            Ok(()) => Outcome::Trained,
            Err(End::Stopped) => return Ok(None),
            Err(End::Diverged) => Outcome::Diverged,
            Err(End::Failed(error)) => Outcome::Failed(error.to_string()),
        };
        let record = Record {
            trial: self.trial,
            until,
            curve: self.curve,
            outcome,
            seconds: self.seconds + start.elapsed().as_secs_f64(),
        };
        Ok(Some((record, self.model)))
    }

    fn advance(
        &mut self,
        until: usize,
        build: &impl Fn(&Trial) -> Result<M>,
        stop: &AtomicBool,
    ) -> Result<(), End> {
        // A model that is not at hand is trained again from the beginning.
        let first = if self.model.is_some() {
            self.curve.len()
        } else {
            0
        };
        let model = match &mut self.model {
            Some(model) => model,
            none => none.insert(caught(|| build(&self.trial)).map_err(End::Failed)?),
        };
        for epoch in first..until {
            if stop.load(Ordering::Relaxed) {
                return Err(End::Stopped);
            }
            let score = caught(|| model.epoch(epoch)).map_err(End::Failed)?;
            if epoch < self.curve.len() {
                continue;
            }
            self.curve.push(score);
            if !score.is_finite() {
                return Err(End::Diverged);
            }
        }
        Ok(())
    }
}
