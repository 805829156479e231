//! [`Panda`]: one model, watched and steered while it is trained.

mod course;
mod desk;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, Scope};

use super::caught::{caught, panicked};
use super::model::Steer;
use crate::types::{Error, Result};

use desk::Desk;

pub use course::{Checkpoint, Epoch};

/// One model that is trained on a thread of its own, watched and steered meanwhile: paused, given
/// another learning rate, taken back to a checkpoint, and sent on.
///
/// All that is asked of it is done between two epochs: the call waits until the epoch that is being
/// trained has ended. It begins paused, before the first epoch. When it is dropped, training ends
/// after the epoch that is being trained.
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

impl<M: Steer> Panda<M> {
    /// A panda on a new thread.
    ///
    /// # Errors
    /// What the system says if it gives no thread.
    pub fn start(model: M) -> Result<Self>
    where
        M: Send + 'static,
    {
        let panda = Panda::new(model);
        let desk = Arc::clone(&panda.desk);
        let started = thread::Builder::new().spawn(move || desk.work());
        started.map_err(|error| no_thread(&error))?;
        Ok(panda)
    }

    /// A panda on a thread of `scope`, whose model may borrow, such as its data. It must be stopped
    /// or dropped within the scope, which does not end before.
    ///
    /// # Errors
    /// As [`start`](Panda::start).
    pub fn start_in<'scope>(scope: &'scope Scope<'scope, '_>, model: M) -> Result<Self>
    where
        M: Send + 'scope,
    {
        let panda = Panda::new(model);
        let desk = Arc::clone(&panda.desk);
        let started = thread::Builder::new().spawn_scoped(scope, move || desk.work());
        started.map_err(|error| no_thread(&error))?;
        Ok(panda)
    }

    fn new(model: M) -> Self {
        Panda {
            desk: Arc::new(Desk::new(model)),
        }
    }

    /// Trains until `epochs` epochs are done, counted from the beginning. Does not wait for that.
    ///
    /// # Errors
    /// If an epoch has failed, its error: go back to a checkpoint first.
    pub fn train_until(&self, epochs: usize) -> Result<()> {
        self.desk.act(|_, course| {
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
        self.desk.act(|_, course| {
            course.paused = true;
            course.check()
        })
    }

    /// Goes on after a pause, up to where [`train_until`](Panda::train_until) said.
    ///
    /// # Errors
    /// As [`train_until`](Panda::train_until).
    pub fn resume(&self) -> Result<()> {
        self.desk.act(|_, course| {
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
        while !state.is_at_rest() {
            state = self.desk.wait(state);
        }
        state.course.check()?;
        Ok(state.course.curve.len())
    }

    /// The epochs that nobody has seen yet, each as soon as it is done, until training pauses, is
    /// where it was to go, or fails. Training goes on meanwhile: when a score is seen here, the
    /// next epoch has begun.
    pub fn watch(&self) -> impl Iterator<Item = Epoch> {
        std::iter::from_fn(|| {
            let mut state = self.desk.lock();
            loop {
                if let Some(epoch) = state.course.unseen.pop_front() {
                    return Some(epoch);
                }
                if state.is_at_rest() {
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
        self.desk.act(|model, course| {
            let set = catch_unwind(AssertUnwindSafe(|| model.set(name, value)));
            set.unwrap_or_else(|panic| {
                let failure = panicked(&*panic);
                course.fail(failure.clone());
                Err(failure)
            })
        })
    }

    /// Does something with the model between two epochs, such as trying it out.
    ///
    /// No other call of this panda goes through meanwhile, so `call` must make none: it would wait
    /// for itself.
    pub fn with<R>(&self, call: impl FnOnce(&mut M) -> R) -> R {
        self.desk.act(|model, _| call(model))
    }

    /// Keeps the model's state, by [`Steer::save`], so that [`undo`](Panda::undo) can come back to
    /// it. The panda keeps the last one; to come back to an earlier one, keep what this returns.
    ///
    /// # Errors
    /// Those of the model; after an epoch that failed, its error.
    pub fn checkpoint(&self) -> Result<Checkpoint<M::State>> {
        self.desk.act(|model, course| {
            course.check()?;
            Ok(course.keep(caught(|| model.save())?))
        })
    }

    /// Comes back to the checkpoint that was made or come back to last, by [`Steer::restore`], and
    /// forgets the epochs since then. If nothing is changed, they will be the same again, bit for
    /// bit. A hyperparameter that is part of the state, such as a learning rate that is a variable,
    /// is what it was then.
    ///
    /// A panda that was paused, or whose epoch has failed, is paused afterwards; one that had
    /// trained all that it was told to is at rest; else training goes on from there.
    ///
    /// # Errors
    /// `FailedPrecondition` if there is no checkpoint. Those of the model, which counts as an epoch
    /// that failed: nobody knows what state the model is in.
    pub fn undo(&self) -> Result<()> {
        self.desk.act(|model, course| match course.last() {
            Some(checkpoint) => course.back_to(model, &checkpoint),
            None => {
                let error = Error::failed_precondition("there is no checkpoint to come back to");
                Err(error.with_help("make one with `checkpoint` before trying something out"))
            }
        })
    }

    /// As [`undo`](Panda::undo), to any checkpoint of a model like this one.
    ///
    /// # Errors
    /// Those of the model, as of `undo`.
    pub fn undo_to(&self, checkpoint: &Checkpoint<M::State>) -> Result<()> {
        self.desk
            .act(|model, course| course.back_to(model, checkpoint))
    }

    /// Ends the training, and gives the model back.
    pub fn stop(self) -> M {
        self.desk.close()
    }
}

impl<M: Steer> Drop for Panda<M> {
    fn drop(&mut self) {
        self.desk.dismiss();
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

fn no_thread(error: &std::io::Error) -> Error {
    Error::resource_exhausted(format!("starting a thread: {error}"))
}
