//! [`SessionOptions`]: how a session runs its graph.

use std::thread::available_parallelism;

use crate::types::WholeNumber;
use crate::types::memory::machine_limit;

use super::plan::{Rewrite, Rewrites};

/// The options of [`Session::with_options`](crate::Session::with_options).
///
/// ```
/// use tf1::{Graph, Rewrite, Session, SessionOptions};
///
/// let graph = Graph::new();
/// let options = SessionOptions::new().threads(1).without(Rewrite::FuseElementwise);
/// let session = Session::with_options(&graph, options)?;
/// # Ok::<(), tf1::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionOptions {
    threads: usize,
    rewrites: Rewrites,
    plan_cache: usize,
    memory_limit: Option<usize>,
    log_device_placement: bool,
}

/// How many bytes of plans a session keeps unless it is told otherwise.
const PLAN_CACHE: usize = 64 << 20;

/// As many threads as this can always be asked for.
const MANY_THREADS: usize = 64;

fn processors() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// The number of threads that is used where `count` are asked for.
fn admitted(count: usize) -> usize {
    match count {
        0 => 1,
        1..=MANY_THREADS => count,
        // How many processors there are is a question to the system.
        _ => count.min(processors().max(MANY_THREADS)),
    }
}

impl SessionOptions {
    /// As many [threads](SessionOptions::threads) as the environment variable `TF1_THREADS` says,
    /// by default as many as there are processors; and the rewrites that `TF1_REWRITES` names with
    /// commas in between (`none` for none), by default all.
    pub fn new() -> Self {
        let said = std::env::var("TF1_THREADS")
            .ok()
            .and_then(|count| count.parse().ok());
        let none = SessionOptions {
            threads: admitted(said.unwrap_or_else(processors)),
            rewrites: Rewrites::default(),
            plan_cache: PLAN_CACHE,
            memory_limit: None,
            log_device_placement: false,
        };
        let named = std::env::var("TF1_REWRITES").ok();
        let is_on = |rewrite: &Rewrite| match &named {
            None => true,
            Some(names) => names.split(',').any(|name| name.trim() == rewrite.name()),
        };
        Rewrite::ALL
            .into_iter()
            .filter(is_on)
            .fold(none, SessionOptions::with)
    }

    /// Runs on `count` threads, the caller's among them; at least one. Results have the same bits
    /// with any number.
    ///
    /// More threads than there are processors make nothing faster: at most 64 threads are used, or
    /// as many as there are processors, if that is more. Where the system gives fewer threads, a
    /// session makes do with those that it gets.
    pub fn threads(mut self, count: impl WholeNumber) -> Self {
        self.threads = admitted(usize::try_from(count.to_i64()).unwrap_or(0));
        self
    }

    /// Keeps plans, and what they are made of, in at most `bytes` bytes together, by default 64
    /// MiB, and the newest plan in any case.
    ///
    /// A run is planned once for what it fetches and the shapes that it is fed; the next run of the
    /// same kind finds the plan again. A plan of a small network takes some ten thousand bytes, one
    /// of 10,000 operations a few million. If there are too many, the least recently used are
    /// forgotten first, and made again if need be. A quarter is for what runs have selected of the
    /// graph, so that a run that is fed other shapes is planned faster. The memory in which runs
    /// compute does not belong to a plan: all runs of a session take turns in it.
    pub fn plan_cache_bytes(mut self, bytes: usize) -> Self {
        self.plan_cache = bytes;
        self
    }

    /// Uses at most `bytes` bytes of memory for arrays: a run that needs more is
    /// `ResourceExhausted`, changes nothing, and says at which node.
    ///
    /// What counts is what the run needs at once: everything in between, its results, the session's
    /// variables, and the memory that the session keeps for its next runs. What was handed out by
    /// earlier runs is not counted.
    ///
    /// By default it is the smaller of the machine's memory and the limits of the control groups
    /// that the process is in (Linux, as in a container). That keeps a run that can never succeed
    /// from ending the program, as systems promise more memory than they have; it does not know
    /// what other programs use. On other systems no limit is known, and only what the system itself
    /// refuses is an error.
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.memory_limit = Some(bytes);
        self
    }

    /// Says on standard error where each node is placed, once, before the first run that needs it,
    /// as TensorFlow does with `log_device_placement`:
    ///
    /// ```text
    /// w/read: (Identity): /job:localhost/replica:0/task:0/device:CPU:0
    /// ```
    ///
    /// There is one device, so this mostly shows which nodes a run needs. TensorFlow lists all
    /// nodes of the graph, and all of them again when some were added.
    pub fn log_device_placement(mut self) -> Self {
        self.log_device_placement = true;
        self
    }

    /// With a rewrite.
    pub fn with(mut self, rewrite: Rewrite) -> Self {
        self.rewrites = self.rewrites.with(rewrite);
        self
    }

    /// Without a rewrite.
    pub fn without(mut self, rewrite: Rewrite) -> Self {
        self.rewrites = self.rewrites.without(rewrite);
        self
    }

    /// Without any rewrite: every op is run by its own kernel, in order.
    pub fn without_rewrites(mut self) -> Self {
        self.rewrites = Rewrites::default();
        self
    }

    pub(super) fn memory(self) -> usize {
        self.memory_limit.unwrap_or_else(machine_limit)
    }

    /// How many bytes of plans to keep.
    pub(super) fn plan_cache_limit(self) -> usize {
        self.plan_cache - self.selections_limit()
    }

    /// How many bytes of selections to keep.
    pub(super) fn selections_limit(self) -> usize {
        self.plan_cache / 4
    }

    pub(super) fn logs_placement(self) -> bool {
        self.log_device_placement
    }

    pub(super) fn thread_count(self) -> usize {
        self.threads
    }

    /// The rewrites that are on.
    pub(super) fn rewrites(self) -> Rewrites {
        self.rewrites
    }
}

impl Default for SessionOptions {
    fn default() -> Self {
        SessionOptions::new()
    }
}
