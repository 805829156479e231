//! The user's line on whose behalf a thread builds.

use std::cell::Cell;
use std::panic::Location;

thread_local! {
    // Not kept with the graph: a function whose operands are of two graphs builds in both, for one
    // line.
    static CALLER: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

/// The line of the call under way on this thread, if it is in one of the functions that build.
pub(crate) fn caller() -> Option<&'static Location<'static>> {
    CALLER.get()
}

/// Notes a call from `location`, unless it is part of one that is under way; ends when it is
/// dropped.
#[derive(Debug)]
pub(super) struct CallFrom {
    before: Option<&'static Location<'static>>,
}

impl CallFrom {
    pub(super) fn begin(location: &'static Location<'static>) -> Self {
        let before = CALLER.get();
        CALLER.set(before.or(Some(location)));
        CallFrom { before }
    }

    /// Whether this call is part of no other.
    pub(super) fn is_outermost(&self) -> bool {
        self.before.is_none()
    }
}

impl Drop for CallFrom {
    fn drop(&mut self) {
        CALLER.set(self.before);
    }
}
