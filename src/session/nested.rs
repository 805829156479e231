//! What a thread may do with sessions while it runs an op's code, so that an op that calls back
//! never waits for itself.
//!
//! A run holds locks while it runs ops: the turn to update variables from its first update on, the
//! variables' values while it changes them in place, an op's state while the op computes. An op
//! that asks for one of these again gets an error at once. The order in which locks are taken keeps
//! threads from waiting for each other in a circle: a thread that holds any of them changes no
//! variables of any session, and one that holds more than the turn uses no session at all.

use std::cell::Cell;

use crate::types::{Error, Result};

/// What the thread holds, the most exclusive last.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Holds {
    /// Nothing: ops may do as they like.
    Nothing,
    /// The turn to update variables: ops may read, in this session and others.
    Turn,
    /// The values of variables, the state of an op, or the means of planning: ops may use no
    /// session.
    Values,
    State,
    Planning,
}

/// How deep runs may be within runs.
const DEEPEST: u8 = 32;

thread_local! {
    static HOLDS: Cell<(Holds, u8)> = const { Cell::new((Holds::Nothing, 0)) };
}

/// Ends what was begun when it is dropped.
#[derive(Debug)]
pub(super) struct Nested {
    before: (Holds, u8),
}

impl Drop for Nested {
    fn drop(&mut self) {
        // `HOLDS.set` would pass the value through an `Option` in memory, which stalls each run.
        HOLDS.with(|holds| holds.set(self.before));
    }
}

impl Nested {
    /// Begins a run.
    ///
    /// # Errors
    /// `FailedPrecondition` if this thread is in an op that may use no session.
    #[inline]
    pub(super) fn run() -> Result<Nested> {
        expect_to_read()?;
        let before = HOLDS.get();
        if before.1 == DEEPEST {
            return Err(too_deep());
        }
        Ok(Nested::begin((before.0, before.1 + 1)))
    }

    /// Begins to change variables.
    ///
    /// # Errors
    /// `FailedPrecondition` if this thread is in an op that may change none.
    #[inline]
    pub(super) fn turn() -> Result<Nested> {
        match HOLDS.get() {
            (Holds::Nothing, depth) => Ok(Nested::begin((Holds::Turn, depth))),
            (holds, _) => Err(refused(holds)),
        }
    }

    /// Begins to hold the values of variables.
    #[inline]
    pub(super) fn values() -> Nested {
        Nested::begin((Holds::Values, HOLDS.get().1))
    }

    /// Begins to hold an op's state.
    #[inline]
    pub(super) fn state() -> Nested {
        Nested::begin((Holds::State, HOLDS.get().1))
    }

    /// Begins to plan a run.
    ///
    /// # Errors
    /// As [`run`](Nested::run).
    pub(super) fn planning() -> Result<Nested> {
        expect_to_read()?;
        Ok(Nested::begin((Holds::Planning, HOLDS.get().1)))
    }

    #[inline]
    fn begin(now: (Holds, u8)) -> Nested {
        Nested {
            before: HOLDS.replace(now),
        }
    }
}

/// Fails if this thread is in an op that may use no session.
///
/// # Errors
/// `FailedPrecondition`.
#[inline]
pub(super) fn expect_to_read() -> Result<()> {
    match HOLDS.get().0 {
        Holds::Nothing | Holds::Turn => Ok(()),
        holds => Err(refused(holds)),
    }
}

#[cold]
fn refused(holds: Holds) -> Error {
    let (what, when) = match holds {
        Holds::Nothing | Holds::Turn => (
            "changes variables",
            "its run is updating variables, and only one run can do that at a time",
        ),
        Holds::Values => ("uses a session", "its run is changing variables in place"),
        Holds::State => ("uses a session", "it computes with its own state"),
        Holds::Planning => ("uses a session", "a run of it is being planned"),
    };
    Error::failed_precondition(format!("an op {what} while {when}")).with_help(
        "call the session outside of the op; tf1::op::Op tells what an op may call where",
    )
}

#[cold]
fn too_deep() -> Error {
    Error::failed_precondition(format!(
        "an op runs a session that runs the op again, {DEEPEST} runs deep"
    ))
    .with_help("let the op run other fetches than those that need it")
}
