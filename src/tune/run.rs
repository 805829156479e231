//! [`Run`]: the trials of a search, round after round, on its threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::caught::caught;
use super::draws::Draws;
use super::entrant::Entrant;
use super::goal::Goal;
use super::halving::best;
use super::log::{Log, bad_line};
use super::model::Train;
use super::record::Record;
use super::report::Report;
use super::search::{Progress, Search};
use super::trial::Trial;
use crate::types::memory::has_room_for_thread;
use crate::types::{Error, Result};

impl Search {
    /// Runs the search for the lowest score, which is called `score` in tables and plots.
    ///
    /// `build` makes the model of a trial: its graph and its session (see
    /// [`Trial::session_options`]). It is called by many threads at once and may borrow the data,
    /// which all trials then share.
    ///
    /// A trial whose function returns an error or panics has failed; one whose score becomes NaN or
    /// infinite has diverged and is trained no further. Both rank last, and the search goes on.
    ///
    /// # Errors
    /// The space's first mistake, and `InvalidArgument` for settings that make no search, before
    /// anything is trained; the error of [`Trial::f64`] and the like when what does not exist is
    /// asked for; `FailedPrecondition` if the file of [`log`](Search::log) belongs to another
    /// search, or if another one is writing to it; `DataLoss` if a line of it was altered; and what
    /// the system says if it cannot be written.
    pub fn minimize<M: Train + Send>(
        &self,
        score: &str,
        build: impl Fn(&Trial) -> Result<M> + Sync,
    ) -> Result<Report> {
        self.run(Goal::Minimize, score, build)
    }

    /// As [`minimize`](Search::minimize), for the highest score.
    ///
    /// # Errors
    /// As [`minimize`](Search::minimize).
    pub fn maximize<M: Train + Send>(
        &self,
        score: &str,
        build: impl Fn(&Trial) -> Result<M> + Sync,
    ) -> Result<Report> {
        self.run(Goal::Maximize, score, build)
    }

    fn run<M: Train + Send>(
        &self,
        goal: Goal,
        score: &str,
        build: impl Fn(&Trial) -> Result<M> + Sync,
    ) -> Result<Report> {
        self.space.check()?;
        let draws = self.draws()?;
        let rounds = self.rounds(draws.count())?;
        let header = self.header(goal, score);
        let run = Run::new(self, goal, &draws, &rounds, &header)?;
        let records = run.records(&build)?;
        Ok(Report::new(self.clone(), goal, score, records))
    }
}

/// A search that runs.
pub(super) struct Run<'a> {
    search: &'a Search,
    goal: Goal,
    draws: &'a Draws,
    rounds: &'a [(usize, usize)],
    /// Set when no further trial is to be trained.
    stop: AtomicBool,
    books: Mutex<Books>,
}

/// What all threads write to.
#[derive(Default)]
struct Books {
    log: Option<Log>,
    /// What the file held, by a trial's number and the epochs that it was to be trained for.
    known: BTreeMap<(usize, usize), Record>,
    done: usize,
    /// Why the search ends.
    error: Option<Error>,
}

/// What a round has brought so far.
struct Round<M> {
    until: usize,
    /// How many trials go on.
    keep: usize,
    records: Vec<Record>,
    /// The models of those that may go on still, and no others: a round may have very many trials.
    models: Vec<(Record, M)>,
}

impl<'a> Run<'a> {
    /// A run of the search, with what its file says was done.
    fn new(
        search: &'a Search,
        goal: Goal,
        draws: &'a Draws,
        rounds: &'a [(usize, usize)],
        header: &str,
    ) -> Result<Self> {
        let mut books = Books::default();
        if let Some(path) = &search.log {
            let trial = |number| (number < draws.count()).then(|| search.trial(number, draws));
            let is_round = |epochs| rounds.iter().any(|&(_, until)| until == epochs);
            let known = &mut books.known;
            let log = Log::open(path, header, |number, line| {
                let record = Record::from_line(line, trial, is_round)
                    .map_err(|why| bad_line(path, number, &why))?;
                let key = (record.trial.number(), record.until);
                match known.insert(key, record) {
                    None => Ok(()),
                    Some(_) => {
                        let why = format!("trial {} has a line already", key.0);
                        Err(bad_line(path, number, &why))
                    }
                }
            });
            books.log = Some(log?);
        }
        Ok(Run {
            search,
            goal,
            draws,
            rounds,
            stop: AtomicBool::new(false),
            books: Mutex::new(books),
        })
    }

    /// Trains what is to be trained, and gives the last record of every trial.
    fn records<M: Train + Send>(
        &self,
        build: &(impl Fn(&Trial) -> Result<M> + Sync),
    ) -> Result<Vec<Record>> {
        let mut last = BTreeMap::new();
        let all = (0..self.draws.count()).map(|number| self.search.trial(number, self.draws));
        let mut entrants: Box<dyn Iterator<Item = Entrant<M>> + Send + '_> =
            Box::new(all.map(Entrant::new));
        for (index, &(count, until)) in self.rounds.iter().enumerate() {
            let keep = self.rounds.get(index + 1).map_or(0, |&(next, _)| next);
            let round = self.round(entrants, count, Round::new(until, keep), build)?;
            let going_on = best(&round.records, keep, self.goal);
            for record in round.records {
                last.insert(record.trial.number(), record);
            }
            let mut models: BTreeMap<usize, M> = round
                .models
                .into_iter()
                .map(|(record, model)| (record.trial.number(), model))
                .collect();
            let next: Vec<_> = going_on
                .iter()
                .filter_map(|number| {
                    let record = last.get(number)?.clone();
                    Some(Entrant::going_on(record, models.remove(number)))
                })
                .collect();
            entrants = Box::new(next.into_iter());
        }
        Ok(last.into_values().collect())
    }

    /// Trains the entrants on the search's threads, of which the caller's is one.
    fn round<M: Train + Send>(
        &self,
        entrants: impl Iterator<Item = Entrant<M>> + Send,
        count: usize,
        round: Round<M>,
        build: &(impl Fn(&Trial) -> Result<M> + Sync),
    ) -> Result<Round<M>> {
        let (entrants, round) = (Mutex::new(entrants), Mutex::new(round));
        let work = || self.work(&entrants, &round, build);
        thread::scope(|scope| {
            for _ in 1..self.search.threads.min(count) {
                // Where the system gives no more threads, the others do the work.
                let builder = thread::Builder::new();
                if !has_room_for_thread() || builder.spawn_scoped(scope, work).is_err() {
                    break;
                }
            }
            work();
        });
        match locked(&self.books).error.take() {
            Some(error) => Err(error),
            None => Ok(round.into_inner().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// One thread's part: trains one entrant after the other until none is left.
    fn work<M: Train>(
        &self,
        entrants: &Mutex<impl Iterator<Item = Entrant<M>>>,
        round: &Mutex<Round<M>>,
        build: &impl Fn(&Trial) -> Result<M>,
    ) {
        let until = locked(round).until;
        while !self.stop.load(Ordering::Relaxed) {
            let Some(entrant) = locked(entrants).next() else {
                return;
            };
            let ended = match self.known(entrant.trial.number(), until) {
                Some(record) => Ok(Some((record, None))),
                None => self.train(entrant, until, build),
            };
            match ended {
                // The models that are dropped here are so without a lock.
                Ok(Some((record, model))) => {
                    let dropped = locked(round).enter(record, model, self.goal);
                    drop(dropped);
                }
                Ok(None) => return,
                Err(error) => return self.end(error),
            }
        }
    }

    /// What the file says of a trial.
    fn known(&self, trial: usize, until: usize) -> Option<Record> {
        let mut books = locked(&self.books);
        let record = books.known.remove(&(trial, until))?;
        books.done += 1;
        Some(record)
    }

    /// Trains an entrant and enters it in the books.
    fn train<M: Train>(
        &self,
        entrant: Entrant<M>,
        until: usize,
        build: &impl Fn(&Trial) -> Result<M>,
    ) -> Result<Option<(Record, Option<M>)>> {
        let ended = entrant.train(until, build, &self.stop)?;
        if let Some((record, _)) = &ended {
            let mut books = locked(&self.books);
            // After a write that failed, nothing may follow in the file.
            if books.error.is_some() {
                return Ok(None);
            }
            if let Err(error) = self.enter(&mut books, record) {
                self.stop.store(true, Ordering::Relaxed);
                books.error = Some(error);
                return Ok(None);
            }
        }
        Ok(ended)
    }

    fn enter(&self, books: &mut Books, record: &Record) -> Result<()> {
        if let Some(log) = &mut books.log {
            log.append(&record.to_line())?;
        }
        books.done += 1;
        let Some(call) = &self.search.on_trial else {
            return Ok(());
        };
        let progress = Progress {
            record,
            done: books.done,
            total: self.rounds.iter().map(|(count, _)| count).sum(),
        };
        let called = caught(|| {
            call(&progress);
            Ok(())
        });
        called.map_err(|error| Error::unknown(format!("on_trial {}", error.message())))
    }

    /// Ends the search: for the first reason that there is.
    fn end(&self, error: Error) {
        self.stop.store(true, Ordering::Relaxed);
        locked(&self.books).error.get_or_insert(error);
    }
}

impl<M> Round<M> {
    fn new(until: usize, keep: usize) -> Self {
        Round {
            until,
            keep,
            records: Vec::new(),
            models: Vec::new(),
        }
    }

    /// Notes what became of a trial, and keeps its model if it may go on. Gives back a model that
    /// is not needed.
    fn enter(&mut self, record: Record, model: Option<M>, goal: Goal) -> Option<M> {
        self.records.push(record.clone());
        if self.keep == 0 || record.score().is_none() {
            return model;
        }
        self.models.push((record, model?));
        if self.models.len() <= self.keep {
            return None;
        }
        // One that is behind `keep` others now will be at the end, too.
        let models = self.models.iter().enumerate();
        let (worst, _) = models.max_by(|(_, (left, _)), (_, (right, _))| left.rank(right, goal))?;
        Some(self.models.swap_remove(worst).1)
    }
}

/// Locks in spite of a thread that panicked: everything is written in one piece.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
