//! [`Prepared`]: a run whose fetches and fed tensors are fixed.

use std::sync::{Arc, PoisonError, RwLock};

use crate::graph::AnyTensor;
use crate::types::{Error, Result};

use super::feed::fit;
use super::fetch::{Asked, Places, Targets, of_other_graph};
use super::plan::{FeedSpec, Plan};
use super::{Feed, Feeds, Fetch, Session};

/// A run whose fetches and fed tensors are fixed; made by [`Session::prepare`].
#[derive(Debug)]
pub struct Prepared<F> {
    session: Session,
    fetches: F,
    targets: Targets,
    feeds: Vec<AnyTensor>,
    last: Arc<LastPlan>,
}

/// The plan of the last run, for the layouts that were fed then.
#[derive(Debug, Default)]
pub(super) struct LastPlan(RwLock<Option<(Vec<FeedSpec>, Arc<Plan>)>>);

impl LastPlan {
    fn find(&self, feeds: &[Feed<'_>]) -> Option<Arc<Plan>> {
        let last = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (specs, plan) = last.as_ref()?;
        fit(feeds, specs).then(|| Arc::clone(plan))
    }

    fn set(&self, specs: Vec<FeedSpec>, plan: &Arc<Plan>) {
        self.replace(Some((specs, Arc::clone(plan))));
    }

    /// Lets go of the plan.
    pub(super) fn clear(&self) {
        self.replace(None);
    }

    fn replace(&self, new: Option<(Vec<FeedSpec>, Arc<Plan>)>) {
        let mut last = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *last, new);
        drop(last);
        // Not while it is locked: what ops do when they are dropped is their own business.
        drop(old);
    }
}

impl<F: Fetch> Prepared<F> {
    pub(super) fn new(session: Session, fetches: F, feeds: Vec<AnyTensor>) -> Result<Self> {
        session.check_usable()?;
        let targets = session.targets(&Asked::new(&fetches))?;
        if let Some(stranger) = feeds.iter().find(|feed| feed.graph() != session.graph()) {
            let node = stranger.output().node;
            return Err(of_other_graph("Feed", stranger, stranger.graph(), node));
        }
        let last = Arc::default();
        session.note_prepared(&last);
        Ok(Prepared {
            session,
            fetches,
            targets,
            feeds,
            last,
        })
    }

    /// Runs with these values for the tensors given to [`Session::prepare`], in the same order.
    ///
    /// # Errors
    /// As [`Session::run`]; and `InvalidArgument` if the feeds are for other tensors.
    #[track_caller]
    pub fn run<'a>(&self, feeds: impl Feeds<'a>) -> Result<F::Output> {
        let location = std::panic::Location::caller();
        feeds
            .with(self.session.graph(), |feeds| self.run_feeds(feeds))
            .map_err(|error| error.at_location(location))
    }

    /// As [`run`](Prepared::run), with the results put into `into`, the results of an earlier run:
    /// such a run allocates nothing.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.placeholder::<f32>("x", [2]);
    /// let session = tf::Session::new(&graph)?;
    /// let step = session.prepare((tf::square(&x), tf::reduce_sum(&x, ..).scalar()), [&x])?;
    /// let mut results = step.run([x.feed(&arr1(&[1.0, 2.0]))])?;
    /// step.run_into([x.feed(&arr1(&[3.0, 4.0]))], &mut results)?;
    /// assert_eq!(results, (arr1(&[9.0, 16.0]).into_dyn(), 7.0));
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Prepared::run); and `InvalidArgument` if an array in `into` has another shape
    /// than the result that it is for, or if a vector is not as long as that of the fetches, in
    /// which case nothing is run or written. What is in `into` after any other error is of no use.
    #[track_caller]
    pub fn run_into<'a>(&self, feeds: impl Feeds<'a>, into: &mut F::Output) -> Result<()> {
        let location = std::panic::Location::caller();
        let run = |feeds: &[Feed<'a>]| {
            self.session.check_usable()?;
            self.check_targets(feeds)?;
            let plan = self.plan(feeds)?;
            let mut places = Places::default();
            self.fetches.offer(into, &mut places);
            let mut places = places.all(plan.fetches.len())?;
            self.session.execute_into(&plan, feeds, &mut places)
        };
        feeds
            .with(self.session.graph(), run)
            .map_err(|error| error.at_location(location))
    }

    fn run_feeds(&self, feeds: &[Feed<'_>]) -> Result<F::Output> {
        self.session.check_usable()?;
        self.check_targets(feeds)?;
        let plan = self.plan(feeds)?;
        let mut asked = Asked::new(&self.fetches);
        self.session.execute(&plan, &mut asked, feeds)?;
        Ok(asked.output())
    }

    fn check_targets(&self, feeds: &[Feed<'_>]) -> Result<()> {
        let same = feeds.len() == self.feeds.len()
            && feeds.iter().zip(&self.feeds).all(|(feed, tensor)| {
                feed.target().output() == tensor.output() && feed.target().graph() == tensor.graph()
            });
        if same {
            return self.session.check_permitted(&self.targets, feeds);
        }
        let names = |tensors: Vec<String>| tensors.join(", ");
        Err(Error::invalid_argument(format!(
            "the run was prepared to be fed [{}], but was fed [{}]",
            names(self.feeds.iter().map(AnyTensor::name).collect()),
            names(feeds.iter().map(|feed| feed.target().name()).collect()),
        )))
    }

    fn plan(&self, feeds: &[Feed<'_>]) -> Result<Arc<Plan>> {
        if let Some(plan) = self.last.find(feeds) {
            return Ok(plan);
        }
        let plan = self.session.plan(&self.targets, feeds)?;
        self.last.set(feeds.iter().map(Feed::spec).collect(), &plan);
        Ok(plan)
    }
}
