//! [`Session`]: runs a graph.
//!
//! A run is planned once per fetches, fed tensors and their shapes ([`plan`]), and then executed step by step
//! ([`execute`]); what lasts between runs, the variables above all, is kept in the session's [`store`].

mod execute;
mod feed;
mod fetch;
mod plan;
mod prepared;
mod store;

use std::collections::HashMap;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::graph::{AnyTensor, Graph};
use crate::types::{Error, Result};

pub use feed::{Feed, FeedValue};
pub use fetch::{Fetch, Request, Results, Scalar};
pub use prepared::Prepared;

use fetch::Target;
use plan::{FeedSpec, Plan};
use store::Store;

/// How many plans a session keeps before it forgets them all and plans anew.
const PLAN_LIMIT: usize = 256;

/// Runs a graph, and keeps the values of its variables from run to run.
///
/// `run` takes `&self`, and many threads may call it on one session at once. Clones are handles on the same session.
///
/// ```
/// use ndarray::arr2;
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 2]);
/// let w = graph.variable(arr2(&[[1.0f32], [2.0]]));
/// let y = tf::matmul(&x, &w);
///
/// let session = tf::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// let batch = arr2(&[[3.0f32, 4.0], [5.0, 6.0]]);
/// let (out, last) = session.run((&y, &w), [x.feed(&batch)])?;
/// assert_eq!(out, arr2(&[[11.0], [17.0]]).into_dyn());
/// assert_eq!(last.shape(), [2, 1]);
/// # Ok::<(), tf::Error>(())
/// ```
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    graph: Graph,
    store: Store,
    plans: Mutex<HashMap<PlanKey, Arc<Plan>>>,
    /// How many of the graph's mistakes have been told.
    mistakes_told: AtomicUsize,
    closed: AtomicBool,
}

/// What a plan depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct PlanKey {
    targets: Vec<Target>,
    feeds: Vec<FeedSpec>,
}

impl Session {
    /// A session on `graph`.
    ///
    /// # Errors
    /// The first mistake made while the graph was built, if there is one.
    pub fn new(graph: &Graph) -> Result<Self> {
        graph.check()?;
        Ok(Session(Arc::new(Inner {
            graph: graph.clone(),
            store: Store::default(),
            plans: Mutex::default(),
            mistakes_told: AtomicUsize::new(graph.error_count()),
            closed: AtomicBool::new(false),
        })))
    }

    /// The graph that the session runs.
    pub fn graph(&self) -> &Graph {
        &self.0.graph
    }

    /// Computes `fetches` with the values of `feeds` in place of what the graph would compute.
    ///
    /// Within one run, every read of a variable sees the value from before the run's updates, unless a control
    /// dependency says otherwise.
    ///
    /// # Errors
    /// `InvalidArgument` for a placeholder that is not fed, a feed whose shape does not fit, a tensor of another graph,
    /// and what a kernel refuses; `FailedPrecondition` for an uninitialized variable or a closed session; and any
    /// mistake made in building the graph since it was last checked. A run that fails leaves every variable as it was.
    #[track_caller]
    pub fn run<'a, F: Fetch>(
        &self,
        fetches: F,
        feeds: impl IntoIterator<Item = Feed<'a>>,
    ) -> Result<F::Output> {
        let location = Location::caller();
        self.run_feeds(&fetches, feeds.into_iter().collect())
            .map_err(|error| error.at_location(location))
    }

    /// Fixes what to fetch and which tensors to feed, for a loop that does the same many times.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.placeholder::<f32>("x", []);
    /// let session = tf::Session::new(&graph)?;
    /// let double = session.prepare((2.0 * &x).scalar(), [&x])?;
    /// assert_eq!(double.run([x.feed(4.0)])?, 8.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Session::run), as far as can be told before values are fed.
    #[track_caller]
    pub fn prepare<F: Fetch, T: Into<AnyTensor>>(
        &self,
        fetches: F,
        feeds: impl IntoIterator<Item = T>,
    ) -> Result<Prepared<F>> {
        let location = Location::caller();
        let feeds = feeds.into_iter().map(Into::into).collect();
        Prepared::new(self.clone(), fetches, feeds).map_err(|error| error.at_location(location))
    }

    /// Ends the session and frees its variables; every later run is an error.
    pub fn close(&self) {
        self.0.closed.store(true, Ordering::Release);
        self.0.store.clear();
    }

    fn run_feeds<F: Fetch>(&self, fetches: &F, feeds: Vec<Feed<'_>>) -> Result<F::Output> {
        self.check_usable()?;
        let targets = self.targets(fetches)?;
        let specs = self.feed_specs(&feeds)?;
        let plan = self.plan(PlanKey {
            targets,
            feeds: specs,
        })?;
        self.execute(&plan, fetches, feeds)
    }

    /// What `fetches` asks for.
    fn targets(&self, fetches: &impl Fetch) -> Result<Vec<Target>> {
        let mut request = Request::new(&self.0.graph);
        fetches.request(&mut request);
        match request.stranger {
            None => Ok(request.targets),
            Some(stranger) => Err(Error::invalid_argument(format!(
                "Fetch argument {stranger} is not an element of this session's graph."
            ))),
        }
    }

    fn feed_specs(&self, feeds: &[Feed<'_>]) -> Result<Vec<FeedSpec>> {
        let mut specs: Vec<FeedSpec> = Vec::with_capacity(feeds.len());
        for feed in feeds {
            let target = feed.target();
            if target.graph() != &self.0.graph {
                let message = format!("Feed {target} is not an element of this session's graph.");
                return Err(Error::invalid_argument(message));
            }
            let at_node =
                |error: Error| error.at_node(|| self.0.graph.node_ref(target.output().node));
            if specs.iter().any(|spec| spec.output == target.output()) {
                return Err(at_node(Error::invalid_argument(format!(
                    "{target} was fed twice"
                ))));
            }
            feed.check().map_err(at_node)?;
            specs.push(FeedSpec {
                output: target.output(),
                dtype: target.dtype(),
                shape: feed.shape().to_vec(),
            });
        }
        Ok(specs)
    }

    fn plan(&self, key: PlanKey) -> Result<Arc<Plan>> {
        let mut plans = self.0.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) = plans.get(&key) {
            return Ok(Arc::clone(plan));
        }
        let plan = Arc::new(Plan::build(
            &self.0.graph,
            &key.targets,
            &key.feeds,
            &self.0.store,
        )?);
        if plans.len() >= PLAN_LIMIT {
            plans.clear();
        }
        plans.insert(key, Arc::clone(&plan));
        Ok(plan)
    }

    fn execute<F: Fetch>(
        &self,
        plan: &Plan,
        fetches: &F,
        feeds: Vec<Feed<'_>>,
    ) -> Result<F::Output> {
        let values = feeds.into_iter().map(Feed::into_value).collect();
        let fetched = execute::execute(plan, values, &self.0.graph, &self.0.store)?;
        fetches.collect(&mut Results::new(fetched))
    }

    /// Fails if the session is closed, or if the graph has got a mistake that nobody was told of.
    fn check_usable(&self) -> Result<()> {
        if self.0.closed.load(Ordering::Acquire) {
            return Err(Error::failed_precondition(
                "Attempted to use a closed Session.",
            ));
        }
        let count = self.0.graph.error_count();
        let told = self.0.mistakes_told.swap(count, Ordering::AcqRel);
        match (told < count).then(|| self.0.graph.error(told)).flatten() {
            Some(mistake) => Err(mistake),
            None => Ok(()),
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("graph", &self.0.graph)
            .finish()
    }
}
