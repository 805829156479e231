//! [`Asking`]: what a run is asked for, without the types of what it gives back.

use crate::types::Result;

use super::{Fetch, Request, Results};

/// What a run is asked for. The engine is compiled once for all of it, and not for each type of
/// [`Fetch`].
pub(in crate::session) trait Asking {
    /// Tells the run what to compute.
    fn request(&self, request: &mut Request);

    /// Takes the results.
    ///
    /// # Errors
    /// As [`Fetch::collect`].
    fn collect(&mut self, results: &mut Results<'_>) -> Result<()>;
}

/// Fetches, and what a run gave back for them.
pub(in crate::session) struct Asked<'f, F: Fetch> {
    fetches: &'f F,
    output: Option<F::Output>,
}

impl<'f, F: Fetch> Asked<'f, F> {
    pub(in crate::session) fn new(fetches: &'f F) -> Self {
        Asked {
            fetches,
            output: None,
        }
    }

    /// What the run gave back.
    ///
    /// # Panics
    /// If it has not run to its end.
    pub(in crate::session) fn output(self) -> F::Output {
        self.output
            .expect("a run that succeeds has collected its results")
    }
}

impl<F: Fetch> Asking for Asked<'_, F> {
    fn request(&self, request: &mut Request) {
        self.fetches.request(request);
    }

    fn collect(&mut self, results: &mut Results<'_>) -> Result<()> {
        self.output = Some(self.fetches.collect(results)?);
        Ok(())
    }
}

/// The results are not handed out: they stand where they are wanted already.
pub(in crate::session) struct Nothing;

impl Asking for Nothing {
    fn request(&self, _: &mut Request) {}

    fn collect(&mut self, _: &mut Results<'_>) -> Result<()> {
        Ok(())
    }
}
