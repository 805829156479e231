//! [`Session`]: runs a graph.
//!
//! A run is planned once per fetches, fed tensors and their shapes ([`plan`]), and then executed
//! step by step ([`execute`]); what lasts between runs, the variables above all, is kept in the
//! session's [`store`].

mod account;
mod cache;
mod devices;
mod execute;
mod feed;
mod fetch;
mod nested;
mod options;
mod plan;
mod prepared;
mod store;
mod trace;
mod values;
mod workspaces;

use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::graph::{AnyTensors, Graph, NodeId};
use crate::kernels::FlushDenormals;
use crate::kernels::pool::Pool;
use crate::types::memory::Allowance;
use crate::types::{Error, Result, Set, ValueMut};

pub use devices::DeviceAttributes;
pub use feed::{AnyFeedValue, Feed, FeedValue, Feeds, IntoFeed};
pub use fetch::{
    Fetch, GradientValue, IndexedSlicesValue, Places, Ranked, Request, Results, Scalar,
};
pub use options::SessionOptions;
pub use plan::Rewrite;
pub use prepared::Prepared;
pub use trace::{NodeExecStats, RunMetadata};

use account::Account;
use cache::{PlanCache, PlanKey};
use execute::Machine;
use fetch::{Asked, Asking, Nothing, Target, Targets, of_other_graph};
use nested::Nested;
use plan::{FeedSpec, Plan, Selections};
use prepared::LastPlan;
use store::Store;
use workspaces::Workspaces;

/// Runs a graph, and keeps the values of its variables from run to run.
///
/// `run` takes `&self`, and many threads may call it on one session at once. Clones are handles on
/// the same session.
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
    selections: Selections,
    plans: PlanCache,
    workspaces: Workspaces,
    account: Arc<Account>,
    /// The plans that prepared runs hold on to.
    prepared: Mutex<Vec<Weak<LastPlan>>>,
    options: SessionOptions,
    pool: Arc<Pool>,
    /// The nodes whose placement has been reported.
    placed: Mutex<Set<NodeId>>,
    /// How many of the graph's mistakes have been told.
    reported_mistakes: AtomicUsize,
}

impl Session {
    /// A session on `graph`.
    ///
    /// # Errors
    /// The first mistake made while the graph was built, if there is one.
    pub fn new(graph: &Graph) -> Result<Self> {
        Session::with_options(graph, SessionOptions::new())
    }

    /// A session on `graph` that runs as `options` say.
    ///
    /// # Errors
    /// As [`new`](Session::new).
    pub fn with_options(graph: &Graph, options: SessionOptions) -> Result<Self> {
        graph.check()?;
        Ok(Session(Arc::new(Inner {
            graph: graph.clone(),
            store: Store::default(),
            selections: Selections::default(),
            plans: PlanCache::new(options.plan_cache_limit()),
            workspaces: Workspaces::default(),
            account: Arc::new(Account::new(options.memory())),
            prepared: Mutex::default(),
            placed: Mutex::default(),
            options,
            pool: Pool::of(options.thread_count()),
            reported_mistakes: AtomicUsize::new(graph.error_count()),
        })))
    }

    /// The graph that the session runs.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let session = tf1::Session::new(&graph)?;
    /// assert!(session.graph() == &graph);
    /// # Ok::<(), tf1::Error>(())
    /// ```
    pub fn graph(&self) -> &Graph {
        &self.0.graph
    }

    /// Computes `fetches`: a tensor as an array, `loss.scalar()` as a number, several as a tuple,
    /// such as `(&train, loss.scalar())`.
    ///
    /// `feeds` are values in place of what the graph would compute: `[x.feed(&batch)]`, or `[]` to
    /// feed nothing.
    ///
    /// Within one run, every read of a variable sees the value from before the run's updates,
    /// unless a control dependency says otherwise. All variables are read as they were at one
    /// moment: other threads may update, load and restore variables meanwhile, and each of their
    /// runs and calls is seen whole or not at all.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.placeholder::<f32>("x", tf::shape![?]);
    /// let double = &x * 2.0;
    /// let sum = tf::reduce_sum(&double, ..);
    ///
    /// let session = tf::Session::new(&graph)?;
    /// let (all, total) = session.run((double.array1(), sum.scalar()), [x.feed([1.0, 2.0])])?;
    /// assert_eq!(all, arr1(&[2.0, 4.0]));
    /// assert_eq!(total, 6.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` for a placeholder that is not fed, a feed whose shape does not fit, a
    /// tensor of another graph, and what a kernel refuses; `FailedPrecondition` for an
    /// uninitialized variable or a closed session; and any mistake made in building the graph since
    /// it was last checked. A run that fails leaves every variable as it was.
    #[track_caller]
    #[doc(alias = "eval")]
    pub fn run<'a, F: Fetch>(&self, fetches: F, feeds: impl Feeds<'a>) -> Result<F::Output> {
        let location = Location::caller();
        feeds
            .with(&self.0.graph, |feeds| self.run_feeds(&fetches, feeds))
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
    /// As [`run`](Session::run), for mistakes that show before values are fed.
    #[track_caller]
    #[doc(alias = "make_callable")]
    pub fn prepare<F: Fetch>(&self, fetches: F, feeds: impl AnyTensors) -> Result<Prepared<F>> {
        let location = Location::caller();
        Prepared::new(self.clone(), fetches, feeds.any_tensors())
            .map_err(|error| error.at_location(location))
    }

    /// Ends the session and frees all memory that it holds, the variables' and that of runs, as
    /// soon as no run uses it any more. Every later run is an error.
    pub fn close(&self) {
        self.0.store.close();
        self.0.selections.clear();
        self.0.plans.close();
        self.0.workspaces.close();
        let prepared = std::mem::take(&mut *self.lock_prepared());
        prepared
            .iter()
            .filter_map(Weak::upgrade)
            .for_each(|last| last.clear());
    }

    /// What a run of `fetches` with these feeds would do, step by step: what was fused, where every
    /// array lies, and how much memory it takes. The text is for people to read; its form may
    /// change.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.placeholder::<f32>("x", tf::shape![?]);
    /// let y = tf::reduce_sum(tf::nn::relu(2.0 * &x + 1.0), ..);
    /// let session = tf::Session::new(&graph)?;
    /// let plan = session.explain(&y, [x.feed(&arr1(&[1.0, 2.0, 3.0]))])?;
    /// assert!(plan.contains("mul + add + Relu + Sum"), "{plan}");
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`run`](Session::run), for mistakes that show without running.
    #[track_caller]
    pub fn explain<'a, F: Fetch>(&self, fetches: F, feeds: impl Feeds<'a>) -> Result<String> {
        let plan = self.planned(&fetches, feeds)?;
        Ok(plan.explain(&self.0.graph))
    }

    /// How many bytes a run of `fetches` with these feeds needs for everything in between: what it
    /// is fed, what it hands out and the variables are not counted. A session keeps this memory for
    /// its next run, of any kind.
    ///
    /// # Errors
    /// As [`explain`](Session::explain).
    #[track_caller]
    pub fn peak_memory<'a, F: Fetch>(&self, fetches: F, feeds: impl Feeds<'a>) -> Result<usize> {
        Ok(self.planned(&fetches, feeds)?.bytes())
    }

    /// The plan of a run that is not to be run.
    #[track_caller]
    fn planned<'a>(&self, fetches: &impl Fetch, feeds: impl Feeds<'a>) -> Result<Arc<Plan>> {
        let location = Location::caller();
        let plan = self.check_usable().and_then(|()| {
            let targets = self.targets(&Asked::new(fetches))?;
            feeds.with(&self.0.graph, |feeds| self.plan(&targets, feeds))
        });
        plan.map_err(|error| error.at_location(location))
    }

    fn run_feeds<F: Fetch>(&self, fetches: &F, feeds: &[Feed<'_>]) -> Result<F::Output> {
        let mut asked = Asked::new(fetches);
        self.run_asked(&mut asked, feeds)?;
        Ok(asked.output())
    }

    // Not generic, so that programs link it and do not compile it.
    fn run_asked(&self, asked: &mut dyn Asking, feeds: &[Feed<'_>]) -> Result<()> {
        self.check_usable()?;
        let targets = self.targets(asked)?;
        let plan = self.plan(&targets, feeds)?;
        self.execute(&plan, asked, feeds)
    }

    /// What is asked for.
    fn targets(&self, asked: &dyn Asking) -> Result<Targets> {
        let mut request = Request::new(&self.0.graph);
        asked.request(&mut request);
        match request.mistake {
            None => Ok(request.targets),
            Some(mistake) => Err(mistake),
        }
    }

    fn feed_specs(&self, feeds: &[Feed<'_>]) -> Result<Vec<FeedSpec>> {
        let mut specs: Vec<FeedSpec> = Vec::with_capacity(feeds.len());
        let mut fed = Set::default();
        for feed in feeds {
            let target = feed.target();
            if target.graph() != &self.0.graph {
                let node = target.output().node;
                return Err(of_other_graph("Feed", target, target.graph(), node));
            }
            let at_node =
                |error: Error| error.at_node(|| self.0.graph.node_ref(target.output().node));
            if !fed.insert(target.output()) {
                return Err(at_node(Error::invalid_argument(format!(
                    "{target} was fed twice"
                ))));
            }
            feed.check().map_err(at_node)?;
            specs.push(feed.spec());
        }
        Ok(specs)
    }

    /// The plan for these fetches and feeds: the one made before, or a new one.
    fn plan(&self, targets: &[Target], feeds: &[Feed<'_>]) -> Result<Arc<Plan>> {
        self.check_permitted(targets, feeds)?;
        let number = PlanKey::number(targets, feeds);
        let is_ours = feeds
            .iter()
            .all(|feed| feed.target().graph() == &self.0.graph);
        if is_ours && let Some(plan) = self.0.plans.find(number, targets, feeds) {
            return Ok(plan);
        }
        let specs = self.feed_specs(feeds)?;
        let inner = &*self.0;
        if inner.options.logs_placement() {
            self.log_placement(targets, specs.iter().map(|spec| spec.output));
        }
        let planning = Nested::planning()?;
        // What is computed while planning takes no more memory than a run may.
        let allowance = Allowance::new(inner.account.left());
        // What is computed while planning has the bits that a run would give it.
        let _flush = FlushDenormals::enable();
        let plan = Plan::build(
            &inner.graph,
            targets,
            &specs,
            &inner.store,
            &inner.selections,
            inner.options,
        )?;
        drop((allowance, planning));
        let key = PlanKey {
            targets: targets.into(),
            feeds: specs,
        };
        Ok(inner.plans.add(number, key, plan))
    }

    /// Lets [`close`](Session::close) know of the plan that a prepared run holds on to.
    fn note_prepared(&self, last: &Arc<LastPlan>) {
        let mut prepared = self.lock_prepared();
        if prepared.len() == prepared.capacity() {
            // Before there is need for more room, those that are gone give theirs.
            prepared.retain(|last| last.strong_count() > 0);
            let room = prepared.len().max(4);
            prepared.reserve(room);
        }
        prepared.push(Arc::downgrade(last));
    }

    fn lock_prepared(&self) -> MutexGuard<'_, Vec<Weak<LastPlan>>> {
        self.0
            .prepared
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_placed(&self) -> MutexGuard<'_, Set<NodeId>> {
        self.0.placed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn execute(&self, plan: &Plan, asked: &mut dyn Asking, feeds: &[Feed<'_>]) -> Result<()> {
        execute::execute(plan, feeds, &self.machine(), &mut [], asked)
    }

    /// As [`execute`](Session::execute), with the results put into `places`.
    fn execute_into(
        &self,
        plan: &Plan,
        feeds: &[Feed<'_>],
        places: &mut [ValueMut<'_>],
    ) -> Result<()> {
        execute::execute(plan, feeds, &self.machine(), places, &mut Nothing)
    }

    fn machine(&self) -> Machine<'_> {
        let inner = &*self.0;
        Machine {
            graph: &inner.graph,
            store: &inner.store,
            pool: &inner.pool,
            workspaces: &inner.workspaces,
            account: &inner.account,
            stopwatch: None,
        }
    }

    /// Fails if something is fetched or fed that may not be.
    fn check_permitted(&self, targets: &[Target], feeds: &[Feed<'_>]) -> Result<()> {
        let fetched = targets.iter().map(|target| target.node());
        let own = feeds.iter().map(Feed::target);
        let own = own.filter(|target| target.graph() == &self.0.graph);
        let fed = own.map(|target| target.output());
        self.0.graph.expect_permitted(fetched, fed)
    }

    /// Fails if the session is closed, or if the graph has got a mistake that has not been
    /// reported.
    fn check_usable(&self) -> Result<()> {
        if self.0.store.is_closed() {
            return Err(
                Error::failed_precondition("Attempted to use a closed Session.")
                    .with_help("make a new session on the graph; this one's variables are gone"),
            );
        }
        let count = self.0.graph.error_count();
        if self.0.reported_mistakes.load(Ordering::Acquire) == count {
            return Ok(());
        }
        let told = self.0.reported_mistakes.swap(count, Ordering::AcqRel);
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
