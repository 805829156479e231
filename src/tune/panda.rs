//! [`Panda`]: one model, watched and steered while it is trained.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};

use super::caught::caught;
use super::model::Steer;
use crate::types::{Error, Result};

/// One model that is trained on a thread of its own, watched and steered meanwhile: paused, given another learning rate, taken back to a
/// checkpoint, and sent on.
///
/// All that is asked of it is done between two epochs: the call waits until the epoch that is being trained has ended. It begins
/// paused, before the first epoch.
///
/// ```
/// use tf1 as tf;
/// use tf1::tune::{Panda, Steer, Train};
///
/// /// Goes down the slope of w².
/// struct Model {
///     w: f64,
///     learning_rate: f64,
/// }
///
/// impl Train for Model {
///     fn epoch(&mut self, _: usize) -> tf::Result<f64> {
///         self.w -= self.learning_rate * 2.0 * self.w;
///         Ok(self.w * self.w)
///     }
/// }
///
/// impl Steer for Model {
///     type State = f64;
///     fn save(&self) -> tf::Result<f64> {
///         Ok(self.w)
///     }
///     fn restore(&mut self, w: &f64) -> tf::Result<()> {
///         self.w = *w;
///         Ok(())
///     }
///     fn set(&mut self, _: &str, value: f64) -> tf::Result<()> {
///         self.learning_rate = value;
///         Ok(())
///     }
/// }
///
/// let panda = Panda::start(Model { w: 1.0, learning_rate: 0.25 })?;
/// panda.train_until(3)?;
/// panda.wait()?;
/// panda.checkpoint()?;
///
/// panda.set("learning_rate", 2.0)?;
/// panda.train_until(8)?;
/// for epoch in panda.watch() {
///     if epoch.score > 1.0 {
///         panda.pause()?; // too bold
///     }
/// }
/// panda.undo()?;
/// panda.set("learning_rate", 0.4)?;
/// panda.train_until(8)?;
/// assert_eq!(panda.wait()?, 8);
/// assert!(panda.curve()[7] < 1e-6);
/// let model = panda.stop();
/// # let _ = model;
/// # Ok::<(), tf::Error>(())
/// ```
pub struct Panda<M: Steer> {
    desk: Arc<Desk<M>>,
}

/// What the panda's thread and its watchers share.
struct Desk<M: Steer> {
    state: Mutex<State<M>>,
    changed: Condvar,
}

struct State<M: Steer> {
    /// Not here while an epoch is being trained.
    model: Option<M>,
    course: Course<M::State>,
    /// How many calls wait for the model; they go before the next epoch.
    waiting: usize,
    closed: bool,
}

/// How far training has come, and whether it goes on.
struct Course<S> {
    curve: Vec<f64>,
    until: usize,
    paused: bool,
    failure: Option<Error>,
    /// Epochs that no watcher has seen yet.
    unseen: VecDeque<Epoch>,
    checkpoints: Vec<Kept<S>>,
    /// The checkpoint that was made or come back to last.
    last: Option<usize>,
}

struct Kept<S> {
    state: S,
    curve: Vec<f64>,
}

/// An epoch that was trained.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// Its number, from 0.
    pub epoch: usize,
    /// The score after it.
    pub score: f64,
}

/// A state to which a [`Panda`] can come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    index: usize,
    epochs: usize,
}

impl Checkpoint {
    /// How many epochs were done when it was made.
    pub fn epochs(&self) -> usize {
        self.epochs
    }
}

impl<M: Steer> Panda<M> {
    /// A panda on a new thread.
    ///
    /// # Errors
    /// What the system says if it gives no thread.
    pub fn start(model: M) -> Result<Self>
    where
        M: Send + 'static,
        M::State: Send + 'static,
    {
        let panda = Panda::new(model);
        let desk = Arc::clone(&panda.desk);
        let started = thread::Builder::new().spawn(move || desk.work());
        started.map_err(|error| no_thread(&error))?;
        Ok(panda)
    }

    /// A panda on a thread of `scope`, whose model may borrow, such as its data. It must be stopped or dropped within the scope, which does
    /// not end before.
    ///
    /// # Errors
    /// As [`start`](Panda::start).
    pub fn start_in<'scope>(scope: &'scope Scope<'scope, '_>, model: M) -> Result<Self>
    where
        M: Send + 'scope,
        M::State: Send + 'scope,
    {
        let panda = Panda::new(model);
        let desk = Arc::clone(&panda.desk);
        let started = thread::Builder::new().spawn_scoped(scope, move || desk.work());
        started.map_err(|error| no_thread(&error))?;
        Ok(panda)
    }

    fn new(model: M) -> Self {
        let course = Course {
            curve: Vec::new(),
            until: 0,
            paused: false,
            failure: None,
            unseen: VecDeque::new(),
            checkpoints: Vec::new(),
            last: None,
        };
        let state = State {
            model: Some(model),
            course,
            waiting: 0,
            closed: false,
        };
        let desk = Desk {
            state: Mutex::new(state),
            changed: Condvar::new(),
        };
        Panda {
            desk: Arc::new(desk),
        }
    }

    /// Trains until `epochs` epochs are done, counted from the beginning. Does not wait for that.
    ///
    /// # Errors
    /// If an epoch has failed, its error: go back to a checkpoint first.
    pub fn train_until(&self, epochs: usize) -> Result<()> {
        self.with_course(|_, course| {
            course.check()?;
            course.until = epochs;
            course.paused = false;
            Ok(())
        })
    }

    /// Trains no further for now.
    ///
    /// # Errors
    /// As [`train_until`](Panda::train_until).
    pub fn pause(&self) -> Result<()> {
        self.with_course(|_, course| {
            course.paused = true;
            course.check()
        })
    }

    /// Goes on after a pause, up to where [`train_until`](Panda::train_until) said.
    ///
    /// # Errors
    /// As [`train_until`](Panda::train_until).
    pub fn resume(&self) -> Result<()> {
        self.with_course(|_, course| {
            course.check()?;
            course.paused = false;
            Ok(())
        })
    }

    /// Waits until training pauses or is where it was to go, and tells how many epochs are done.
    ///
    /// # Errors
    /// What the model returned if an epoch failed; `Unknown` with the message if it panicked.
    pub fn wait(&self) -> Result<usize> {
        let mut state = self.desk.lock();
        while state.course.is_training() || state.model.is_none() {
            state = self.desk.wait(state);
        }
        state.course.check()?;
        Ok(state.course.curve.len())
    }

    /// The epochs that nobody has seen yet, each as soon as it is done, until training pauses, is where it was to go, or fails. Training
    /// goes on meanwhile: when a score is seen here, the next epoch has begun.
    pub fn watch(&self) -> impl Iterator<Item = Epoch> {
        std::iter::from_fn(|| {
            let mut state = self.desk.lock();
            loop {
                if let Some(epoch) = state.course.unseen.pop_front() {
                    return Some(epoch);
                }
                if !state.course.is_training() && state.model.is_some() {
                    return None;
                }
                state = self.desk.wait(state);
            }
        })
    }

    /// The scores so far, of the epochs that were not undone.
    pub fn curve(&self) -> Vec<f64> {
        self.desk.lock().course.curve.clone()
    }

    /// Changes a hyperparameter of the model, by [`Steer::set`].
    ///
    /// # Errors
    /// Those of the model.
    pub fn set(&self, name: &str, value: f64) -> Result<()> {
        self.with_course(|model, _| model.set(name, value))
    }

    /// Does something with the model between two epochs, such as trying it out.
    pub fn with<R>(&self, call: impl FnOnce(&mut M) -> R) -> R {
        self.with_course(|model, _| call(model))
    }

    /// Keeps the model's state, by [`Steer::save`], so that [`undo`](Panda::undo) can come back to it.
    ///
    /// # Errors
    /// Those of the model; after an epoch that failed, its error.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        self.with_course(|model, course| {
            course.check()?;
            let kept = Kept {
                state: model.save()?,
                curve: course.curve.clone(),
            };
            let checkpoint = Checkpoint {
                index: course.checkpoints.len(),
                epochs: kept.curve.len(),
            };
            course.checkpoints.push(kept);
            course.last = Some(checkpoint.index);
            Ok(checkpoint)
        })
    }

    /// Comes back to the checkpoint that was made or come back to last, by [`Steer::restore`], and forgets the epochs since then. If
    /// nothing is changed, they will be the same again, bit for bit.
    ///
    /// What was paused stays so, and so does what has failed; else training goes on from there.
    ///
    /// # Errors
    /// `FailedPrecondition` if there is no checkpoint; those of the model.
    pub fn undo(&self) -> Result<()> {
        self.with_course(|model, course| match course.last {
            Some(index) => course.back_to(model, index),
            None => {
                let error = Error::failed_precondition("there is no checkpoint to come back to");
                Err(error.with_help("make one with `checkpoint` before trying something out"))
            }
        })
    }

    /// As [`undo`](Panda::undo), to any of this panda's checkpoints.
    ///
    /// # Errors
    /// `NotFound` if the checkpoint is another panda's; those of the model.
    pub fn undo_to(&self, checkpoint: Checkpoint) -> Result<()> {
        self.with_course(|model, course| {
            let kept = course.checkpoints.get(checkpoint.index);
            match kept.filter(|kept| kept.curve.len() == checkpoint.epochs) {
                Some(_) => course.back_to(model, checkpoint.index),
                None => Err(Error::not_found("the checkpoint is another panda's")),
            }
        })
    }

    /// Ends the training, and gives the model back.
    pub fn stop(self) -> M {
        let mut state = self.desk.lock();
        state.closed = true;
        loop {
            if let Some(model) = state.model.take() {
                return model;
            }
            state = self.desk.wait(state);
        }
    }

    /// Calls `act` when no epoch is being trained, before the next one begins.
    fn with_course<R>(&self, act: impl FnOnce(&mut M, &mut Course<M::State>) -> R) -> R {
        let mut guard = self.desk.lock();
        guard.waiting += 1;
        loop {
            let state = &mut *guard;
            if let Some(model) = &mut state.model {
                state.waiting -= 1;
                // Whoever wakes now waits for the lock, and sees what `act` did.
                self.desk.changed.notify_all();
                return act(model, &mut state.course);
            }
            guard = self.desk.wait(guard);
        }
    }
}

impl<M: Steer> Drop for Panda<M> {
    fn drop(&mut self) {
        self.desk.lock().closed = true;
        self.desk.changed.notify_all();
    }
}

impl<M: Steer> fmt::Debug for Panda<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.desk.lock();
        f.debug_struct("Panda")
            .field("curve", &state.course.curve)
            .field("until", &state.course.until)
            .field("paused", &state.course.paused)
            .field("failure", &state.course.failure)
            .finish_non_exhaustive()
    }
}

impl<M: Steer> Desk<M> {
    /// The thread's work: one epoch after the other, as long as there are some to train.
    fn work(&self) {
        while let Some((mut model, epoch)) = self.next_epoch() {
            let score = caught(|| model.epoch(epoch));
            let mut state = self.lock();
            state.model = Some(model);
            state.course.enter(epoch, score);
            self.changed.notify_all();
        }
    }

    /// The model and the number of its next epoch, as soon as there is one to train; `None` at the end.
    fn next_epoch(&self) -> Option<(M, usize)> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if state.waiting == 0 && state.course.is_training() {
                let epoch = state.course.curve.len();
                return Some((state.model.take()?, epoch));
            }
            state = self.wait(state);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<M>>) -> MutexGuard<'a, State<M>> {
        let woken = self.changed.wait(state);
        woken.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Course<S> {
    fn is_training(&self) -> bool {
        !self.paused && self.failure.is_none() && self.curve.len() < self.until
    }

    fn check(&self) -> Result<()> {
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    fn enter(&mut self, epoch: usize, score: Result<f64>) {
        match score {
            Ok(score) => {
                self.curve.push(score);
                self.unseen.push_back(Epoch { epoch, score });
            }
            Err(failure) => {
                self.failure = Some(failure);
                self.paused = true;
            }
        }
    }

    fn back_to<M: Steer<State = S>>(&mut self, model: &mut M, index: usize) -> Result<()> {
        let kept = &self.checkpoints[index];
        model.restore(&kept.state)?;
        self.curve.clone_from(&kept.curve);
        self.unseen.clear();
        self.failure = None;
        self.last = Some(index);
        Ok(())
    }
}

fn no_thread(error: &std::io::Error) -> Error {
    Error::resource_exhausted(format!("starting a thread: {error}"))
}
