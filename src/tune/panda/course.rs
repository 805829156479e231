//! [`Course`]: how far training has come, and where it can come back to.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use super::super::caught::caught;
use super::super::model::Steer;
use crate::types::{Error, Result};

/// An epoch that was trained.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// Its number, from 0.
    pub epoch: usize,
    /// The score after it.
    pub score: f64,
}

/// A state to which a [`Panda`](super::Panda) can come back.
pub struct Checkpoint<S>(Arc<Kept<S>>);

struct Kept<S> {
    state: S,
    curve: Vec<f64>,
}

impl<S> Checkpoint<S> {
    /// How many epochs were done when it was made.
    pub fn epochs(&self) -> usize {
        self.0.curve.len()
    }
}

impl<S> Clone for Checkpoint<S> {
    fn clone(&self) -> Self {
        Checkpoint(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for Checkpoint<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("epochs", &self.epochs())
            .finish_non_exhaustive()
    }
}

/// How far training has come, and whether it goes on.
pub(super) struct Course<S> {
    pub(super) curve: Vec<f64>,
    pub(super) until: usize,
    pub(super) paused: bool,
    pub(super) failure: Option<Error>,
    /// Epochs that no watcher has seen yet.
    pub(super) unseen: VecDeque<Epoch>,
    /// The checkpoint that was made or come back to last.
    last: Option<Checkpoint<S>>,
}

impl<S> Course<S> {
    pub(super) fn new() -> Self {
        Course {
            curve: Vec::new(),
            until: 0,
            paused: false,
            failure: None,
            unseen: VecDeque::new(),
            last: None,
        }
    }

    /// Whether there is an epoch to train now.
    pub(super) fn is_training(&self) -> bool {
        !self.paused && self.failure.is_none() && self.curve.len() < self.until
    }

    /// What has failed, if something has.
    pub(super) fn check(&self) -> Result<()> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    /// Notes what an epoch has brought.
    pub(super) fn enter(&mut self, epoch: usize, score: Result<f64>) {
        match score {
            Ok(score) => {
                self.curve.push(score);
                self.unseen.push_back(Epoch { epoch, score });
            }
            Err(failure) => self.fail(failure),
        }
    }

    pub(super) fn fail(&mut self, failure: Error) {
        self.failure = Some(failure);
        self.paused = true;
    }

    /// A checkpoint of the state that the model has now.
    pub(super) fn keep(&mut self, state: S) -> Checkpoint<S> {
        let curve = self.curve.clone();
        let checkpoint = Checkpoint(Arc::new(Kept { state, curve }));
        self.last = Some(checkpoint.clone());
        checkpoint
    }

    pub(super) fn last(&self) -> Option<Checkpoint<S>> {
        self.last.clone()
    }

    /// Gives model and course the checkpoint's state.
    pub(super) fn back_to<M>(&mut self, model: &mut M, checkpoint: &Checkpoint<S>) -> Result<()>
    where
        M: Steer<State = S>,
    {
        let was_training = self.is_training();
        if let Err(failure) = caught(|| model.restore(&checkpoint.0.state)) {
            self.fail(failure.clone());
            return Err(failure);
        }
        if !was_training && !self.paused {
            // What had come to its end does not begin anew by itself.
            self.until = checkpoint.epochs();
        }
        self.curve.clone_from(&checkpoint.0.curve);
        self.unseen.clear();
        self.failure = None;
        self.last = Some(checkpoint.clone());
        Ok(())
    }
}
