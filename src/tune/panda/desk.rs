//! [`Desk`]: where a panda's thread and its watchers meet.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::super::caught::caught;
use super::super::model::Steer;
use super::course::Course;

/// What the panda's thread and its watchers share.
pub(super) struct Desk<M: Steer> {
    state: Mutex<State<M>>,
    changed: Condvar,
}

pub(super) struct State<M: Steer> {
    /// Not here while an epoch is being trained.
    model: Option<M>,
    pub(super) course: Course<M::State>,
    /// How many calls wait for the model; they go before the next epoch.
    waiting: usize,
    closed: bool,
}

impl<M: Steer> State<M> {
    /// Whether no epoch is being trained, nor will be until somebody says so.
    pub(super) fn is_at_rest(&self) -> bool {
        self.model.is_some() && !self.course.is_training()
    }
}

impl<M: Steer> Desk<M> {
    pub(super) fn new(model: M) -> Self {
        let state = State {
            model: Some(model),
            course: Course::new(),
            waiting: 0,
            closed: false,
        };
        Desk {
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Calls `act` when no epoch is being trained, before the next one begins.
    pub(super) fn act<R>(&self, act: impl FnOnce(&mut M, &mut Course<M::State>) -> R) -> R {
        let mut guard = self.lock();
        guard.waiting += 1;
        loop {
            let state = &mut *guard;
            if let Some(model) = &mut state.model {
                state.waiting -= 1;
                // Whoever wakes now waits for the lock, and sees what `act` did.
                self.changed.notify_all();
                return act(model, &mut state.course);
            }
            guard = self.wait(guard);
        }
    }

    /// Lets the thread end after the epoch that is being trained.
    pub(super) fn dismiss(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// The model, after the epoch that is being trained; no other follows.
    pub(super) fn close(&self) -> M {
        self.dismiss();
        let mut state = self.lock();
        loop {
            if let Some(model) = state.model.take() {
                return model;
            }
            state = self.wait(state);
        }
    }

    /// The thread's work: one epoch after the other, as long as there are some to train.
    pub(super) fn work(&self) {
        while let Some((mut model, epoch)) = self.next_epoch() {
            let score = caught(|| model.epoch(epoch));
            let mut state = self.lock();
            state.model = Some(model);
            state.course.enter(epoch, score);
            self.changed.notify_all();
        }
    }

    /// The model and the number of its next epoch, as soon as there is one to train; `None` at the
    /// end.
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

    pub(super) fn lock(&self) -> MutexGuard<'_, State<M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn wait<'a>(&self, state: MutexGuard<'a, State<M>>) -> MutexGuard<'a, State<M>> {
        let woken = self.changed.wait(state);
        woken.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, OnceLock, Weak};
    use std::thread;

    use super::super::super::model::Train;
    use super::*;
    use crate::types::Result;

    /// Its epochs end when somebody waits for the model.
    struct Patient(Arc<OnceLock<Weak<Desk<Patient>>>>);

    impl Train for Patient {
        fn epoch(&mut self, _: usize) -> Result<f64> {
            let desk = self.0.get().and_then(Weak::upgrade).unwrap();
            while desk.lock().waiting == 0 {
                thread::yield_now();
            }
            Ok(0.0)
        }
    }

    impl Steer for Patient {
        type State = ();

        fn save(&self) -> Result<()> {
            Ok(())
        }

        fn restore(&mut self, (): &()) -> Result<()> {
            Ok(())
        }

        fn set(&mut self, _: &str, _: f64) -> Result<()> {
            Ok(())
        }
    }

    #[test]
    fn who_waits_goes_before_the_next_epoch() {
        let own = Arc::new(OnceLock::new());
        let desk = Arc::new(Desk::new(Patient(Arc::clone(&own))));
        own.set(Arc::downgrade(&desk)).unwrap();
        let worker = Arc::clone(&desk);
        let worker = thread::spawn(move || worker.work());
        desk.act(|_, course| course.until = 1000);
        let mut before = 0;
        while before < 1000 {
            let now = desk.act(|_, course| course.curve.len());
            assert!(now <= before + 1, "{} epochs were waited for", now - before);
            before = now;
        }
        desk.dismiss();
        worker.join().unwrap();
    }
}
