//! [`Stopwatch`]: how long the steps of a run take.

use std::cell::{Ref, RefCell};
use std::time::Instant;

/// Writes down when each step began and ended.
#[derive(Debug, Default)]
pub(in crate::session) struct Stopwatch(RefCell<Vec<(Instant, Instant)>>);

/// A step that is being timed: from its making to its end.
pub(super) struct Lap<'w> {
    stopwatch: &'w Stopwatch,
    began: Instant,
}

impl Stopwatch {
    /// When each step began and ended.
    pub(in crate::session) fn laps(&self) -> Ref<'_, Vec<(Instant, Instant)>> {
        self.0.borrow()
    }

    pub(super) fn start(&self) -> Lap<'_> {
        Lap {
            stopwatch: self,
            began: Instant::now(),
        }
    }
}

impl Drop for Lap<'_> {
    fn drop(&mut self) {
        let lap = (self.began, Instant::now());
        self.stopwatch.0.borrow_mut().push(lap);
    }
}
