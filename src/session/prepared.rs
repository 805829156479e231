//! [`Prepared`]: a run whose fetches and fed tensors are fixed.

use std::sync::{Arc, Mutex, PoisonError};

use crate::graph::AnyTensor;
use crate::types::{Error, Result};

use super::fetch::Target;
use super::plan::{FeedSpec, Plan};
use super::{Feed, Fetch, PlanKey, Session};

/// A run whose fetches and fed tensors are fixed; made by [`Session::prepare`].
#[derive(Debug)]
pub struct Prepared<F> {
    session: Session,
    fetches: F,
    targets: Vec<Target>,
    feeds: Vec<AnyTensor>,
    /// The plan of the last run, for the shapes that were fed then.
    last: Mutex<Option<(Vec<FeedSpec>, Arc<Plan>)>>,
}

impl<F: Fetch> Prepared<F> {
    pub(super) fn new(session: Session, fetches: F, feeds: Vec<AnyTensor>) -> Result<Self> {
        session.check_usable()?;
        let targets = session.targets(&fetches)?;
        if let Some(stranger) = feeds.iter().find(|feed| feed.graph() != session.graph()) {
            let message = format!("Feed {stranger} is not an element of this session's graph.");
            return Err(Error::invalid_argument(message));
        }
        Ok(Prepared {
            session,
            fetches,
            targets,
            feeds,
            last: Mutex::default(),
        })
    }

    /// Runs with these values for the tensors given to [`Session::prepare`], in the same order.
    ///
    /// # Errors
    /// As [`Session::run`]; and `InvalidArgument` if the feeds are for other tensors.
    #[track_caller]
    pub fn run<'a>(&self, feeds: impl IntoIterator<Item = Feed<'a>>) -> Result<F::Output> {
        let location = std::panic::Location::caller();
        self.run_feeds(feeds.into_iter().collect())
            .map_err(|error| error.at_location(location))
    }

    fn run_feeds(&self, feeds: Vec<Feed<'_>>) -> Result<F::Output> {
        self.session.check_usable()?;
        self.check_targets(&feeds)?;
        let specs = self.session.feed_specs(&feeds)?;
        let plan = self.plan(specs)?;
        self.session.execute(&plan, &self.fetches, feeds)
    }

    fn check_targets(&self, feeds: &[Feed<'_>]) -> Result<()> {
        let same = feeds.len() == self.feeds.len()
            && feeds.iter().zip(&self.feeds).all(|(feed, tensor)| {
                feed.target().output() == tensor.output() && feed.target().graph() == tensor.graph()
            });
        if same {
            return Ok(());
        }
        let names = |tensors: Vec<String>| tensors.join(", ");
        Err(Error::invalid_argument(format!(
            "the run was prepared to be fed [{}], but was fed [{}]",
            names(self.feeds.iter().map(AnyTensor::name).collect()),
            names(feeds.iter().map(|feed| feed.target().name()).collect()),
        )))
    }

    fn plan(&self, specs: Vec<FeedSpec>) -> Result<Arc<Plan>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, plan)) = last
            .as_ref()
            .filter(|(planned_for, _)| *planned_for == specs)
        {
            return Ok(Arc::clone(plan));
        }
        let plan = self.session.plan(PlanKey {
            targets: self.targets.clone(),
            feeds: specs.clone(),
        })?;
        *last = Some((specs, Arc::clone(&plan)));
        Ok(plan)
    }
}
