//! [`Search`]: what to try, how often and how long.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::available_parallelism;

use serde_json::json;

use super::draws::{Draws, Plan};
use super::goal::Goal;
use super::halving::SuccessiveHalving;
use super::record::Record;
use super::space::Space;
use super::trial::Trial;
use crate::types::{Error, Result};

/// A search for the best hyperparameters: many models trained side by side, the "caviar" way.
///
/// Build it from a space, say how, and end with [`minimize`](Search::minimize) or
/// [`maximize`](Search::maximize), which run it.
///
/// **The same every time.** What trial number i tries depends on the seed, the hyperparameter's
/// name, its values and i, and on nothing else: not on the number of threads, not on the order in
/// which trials end, and not on which other hyperparameters there are.
///
/// ```
/// use tf1::tune::{Search, Space, each_epoch};
///
/// let space = Space::new().log_uniform("learning_rate", 1e-3..=10.0);
/// let search = Search::random(space, 20).seed(1).epochs(10);
/// let report = search.minimize("cost", |trial| {
///     let learning_rate = trial.f64("learning_rate")?;
///     let mut w = 1.0;
///     Ok(each_epoch(move |_| {
///         w -= learning_rate * 2.0 * w;
///         Ok(w * w)
///     }))
/// })?;
/// let best = report.best().expect("some learning rates are small enough").trial();
/// assert!((0.2..0.8).contains(&best.f64("learning_rate")?));
/// # Ok::<(), tf1::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "`minimize` or `maximize` runs it"]
pub struct Search {
    pub(super) space: Arc<Space>,
    plan: Plan,
    seed: u64,
    /// How many searches were refined to get to this one.
    generation: u64,
    pub(super) epochs: usize,
    halving: Option<SuccessiveHalving>,
    pub(super) threads: usize,
    pub(super) log: Option<PathBuf>,
    pub(super) on_trial: Option<OnTrial>,
}

/// More models than this are not trained at once: where a thread can no longer get the memory that
/// it starts with, the program ends.
const MOST_THREADS: usize = 256;

pub(super) type OnTrial = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// How far a search has come; see [`Search::on_trial`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// What has just ended: a trial, or its part in a round of [successive
    /// halving](SuccessiveHalving).
    pub record: &'a Record,
    /// How many have ended, those of the search's file among them.
    pub done: usize,
    /// How many there will be, at most.
    pub total: usize,
}

impl Search {
    /// A random search: `trials` sets of values, drawn independently.
    ///
    /// Where only one or two hyperparameters matter, and nobody knows which, this tries as many
    /// values of those as there are trials; a grid of as many trials tries a handful.
    pub fn random(space: Space, trials: usize) -> Self {
        Search::new(space, Plan::Random { trials })
    }

    /// A grid, for comparison: all combinations of `points` values of each hyperparameter, at even
    /// steps of its scale from end to end.
    ///
    /// A choice gives all its values, integers no more than there are, and a hyperparameter that
    /// does not exist in a trial gives no further ones.
    pub fn grid(space: Space, points: usize) -> Self {
        Search::new(space, Plan::Grid { points })
    }

    fn new(space: Space, plan: Plan) -> Self {
        Search {
            space: Arc::new(space),
            plan,
            seed: 0,
            generation: 0,
            epochs: 1,
            halving: None,
            threads: available_parallelism().map_or(1, usize::from),
            log: None,
            on_trial: None,
        }
    }

    /// The seed of the draws; by default 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Trains every trial for so many epochs; by default for 1, which is whatever the model makes
    /// of it.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.epochs = epochs;
        self
    }

    /// Drops poor trials early.
    pub fn halving(mut self, halving: SuccessiveHalving) -> Self {
        self.halving = Some(halving);
        self
    }

    /// Trains so many trials at once, at least one and at most 256; by default as many as there are
    /// processors.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.clamp(1, MOST_THREADS);
        self
    }

    /// Adds every trial that ends to this file at once, one line of JSON each, and begins with what
    /// the file holds already: a search that was killed goes on where it was, and one that has
    /// ended gives its report without training.
    ///
    /// A trial that was being trained when the search was killed is trained again from its
    /// beginning. With [successive halving](Search::halving), a trial that goes on is first trained
    /// again up to where it was, as a file holds no models.
    pub fn log(mut self, path: impl Into<PathBuf>) -> Self {
        self.log = Some(path.into());
        self
    }

    /// Calls a function for every trial that ends, one at a time, on the thread that trained it:
    /// for a progress bar.
    pub fn on_trial(mut self, call: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.on_trial = Some(Arc::new(call));
        self
    }

    /// What its trials try.
    pub(super) fn draws(&self) -> Result<Draws> {
        Draws::new(&self.space, self.plan, self.seed, self.generation)
    }

    /// How many trials to train until which epoch, one after the other.
    pub(super) fn rounds(&self, trials: usize) -> Result<Vec<(usize, usize)>> {
        match self.halving {
            Some(halving) => halving.rounds(trials, self.epochs),
            None if self.epochs == 0 => {
                let error = Error::invalid_argument("a search that trains for 0 epochs");
                Err(error.with_help("train for 1 at least"))
            }
            None => Ok(vec![(trials, self.epochs)]),
        }
    }

    /// The first line of the search's file: everything that its results depend on.
    pub(super) fn header(&self, goal: Goal, score: &str) -> String {
        let halving = self
            .halving
            .map(|halving| json!({ "min_epochs": halving.min_epochs, "eta": halving.eta }));
        let header = json!({
            "tune": 1,
            "space": self.space.to_json(),
            "trials": self.plan.to_json(),
            "seed": self.seed,
            "generation": self.generation,
            "epochs": self.epochs,
            "halving": halving,
            "goal": goal.name(),
            "score": score,
        });
        format!("{header}\n")
    }

    /// The same search in a part of the space, with other draws.
    pub(super) fn finer(&self, space: Space) -> Search {
        Search {
            space: Arc::new(space),
            generation: self.generation + 1,
            log: None,
            on_trial: None,
            ..self.clone()
        }
    }

    /// The trial of this number.
    pub(super) fn trial(&self, number: usize, draws: &Draws) -> Trial {
        let has_neighbours = self.threads > 1 && draws.count() > 1;
        Trial::new(number, draws.values(number), &self.space, has_neighbours)
    }
}

impl fmt::Debug for Search {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search")
            .field("space", &self.space)
            .field("plan", &self.plan)
            .field("seed", &self.seed)
            .field("epochs", &self.epochs)
            .field("halving", &self.halving)
            .field("threads", &self.threads)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}
