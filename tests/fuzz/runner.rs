//! [`Runner`]: the runs of a program in one session, and what they give.

use tf1::{AnyArray, AnyTensor, AnyVariable, Error, Feed, Operation, Prepared, Session};

use crate::bits::Bits;
use crate::feeds::AnyFed;
use crate::program::Program;

/// What a run gave: the elements' bits by tensor, or an error.
pub type Outcome = Result<Vec<Bits>, Error>;

/// How runs are asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    Run,
    /// Prepared once, and each run puts its results where the one before has put them.
    Prepared,
}

/// All that a program fetches and updates.
type All = (Vec<AnyTensor>, Vec<Operation>);

pub struct Runner<'p> {
    program: &'p Program,
    session: &'p Session,
    variables: Vec<AnyVariable>,
    /// The run of everything, unless each is asked for anew.
    prepared: Option<Prepared<All>>,
    /// What the last run of everything gave.
    last: Option<(Vec<AnyArray>, Vec<()>)>,
    /// Whether results had another shape than those whose places they were to take. The streams of
    /// random ops have gone on then, so that what comes after cannot be compared.
    pub misfits: bool,
    pub outcomes: Vec<Outcome>,
    /// Of each run of everything, whether it gave values.
    pub answers: Vec<bool>,
}

/// Initializes the variables and runs everything: several times, with other feeds in between, and
/// again from a snapshot that is loaded. Gives what the runs gave.
///
/// # Errors
/// What went wrong, if something did that must not.
pub fn all_runs<'p>(
    program: &'p Program,
    session: &'p Session,
    way: Way,
) -> Result<Runner<'p>, String> {
    // The first run tells of a mistake that was made in building.
    let nothing: [&AnyTensor; 0] = [];
    let _ = session.run(nothing, []);
    let feeds = program.feeds.iter().map(|feed| feed.tensor());
    let feeds: Vec<AnyTensor> = feeds.collect();
    let all = (program.fetches.clone(), program.updates.clone());
    let prepared = (way == Way::Prepared).then(|| session.prepare(all, feeds));
    let mut runner = Runner {
        program,
        session,
        variables: program.graph.global_variables(),
        prepared: prepared.transpose().map_err(|error| error.to_string())?,
        last: None,
        misfits: false,
        outcomes: Vec::new(),
        answers: Vec::new(),
    };
    runner.initialize()?;
    for feeds in [
        &program.feeds,
        &program.feeds,
        &program.other_feeds,
        &program.feeds,
    ] {
        runner.run(feeds)?;
    }
    runner.go_back()?;
    runner.run(&program.feeds)?;
    runner.fetch_alone()?;
    Ok(runner)
}

fn fed(feeds: &[Box<dyn AnyFed>]) -> Vec<Feed<'_>> {
    feeds.iter().map(|feed| feed.feed()).collect()
}

fn bits(arrays: &[AnyArray]) -> Vec<Bits> {
    arrays.iter().map(Bits::of).collect()
}

impl Runner<'_> {
    fn initialize(&mut self) -> Result<(), String> {
        for variable in self.variables.clone() {
            let outcome = self.session.run(variable.initializer(), []);
            self.note(outcome.map(|()| Vec::new()))?;
        }
        Ok(())
    }

    /// Runs everything, and reads the variables.
    fn run(&mut self, feeds: &[Box<dyn AnyFed>]) -> Result<(), String> {
        let before = self.values();
        let into = self.last.take();
        let given = match (&self.prepared, into) {
            (None, _) => {
                let all = (&self.program.fetches, &self.program.updates);
                self.session.run(all, fed(feeds))
            }
            (Some(prepared), None) => prepared.run(fed(feeds)),
            (Some(prepared), Some(mut into)) => {
                let outcome = prepared.run_into(fed(feeds), &mut into);
                outcome.map(|()| into)
            }
        };
        if given.is_err() && self.values() != before {
            let error = given.expect_err("it is one");
            return Err(format!("a run that fails changes a variable\n{error}"));
        }
        if let Err(error) = &given {
            self.misfits |= error.message().contains("was given for a result of");
        }
        self.answers.push(given.is_ok());
        let outcome = given.as_ref().map(|(arrays, _)| bits(arrays));
        self.note(outcome.map_err(Clone::clone))?;
        self.last = given.ok();
        let memories = self.variables.iter().map(|variable| variable.memory());
        let memories: Vec<AnyTensor> = memories.cloned().collect();
        let read = self.session.run(&memories, []);
        self.note(read.map(|arrays| bits(&arrays)))
    }

    /// Takes a snapshot, runs everything, and loads the snapshot.
    fn go_back(&mut self) -> Result<(), String> {
        let is_there = |variable: &&AnyVariable| self.session.snapshot([*variable]).is_ok();
        let there: Vec<AnyVariable> = self.variables.iter().filter(is_there).cloned().collect();
        let snapshot = self.session.snapshot(&there);
        let snapshot = snapshot.map_err(|error| error.to_string())?;
        let taken = self.values();
        self.run(&self.program.feeds)?;
        let before = self.values();
        let loaded = self.session.load(there.into_iter().zip(snapshot));
        let expected = if loaded.is_ok() { taken } else { before };
        // What had no value when the snapshot was taken may have got one since.
        let fits = |(found, expected): (Option<Bits>, &Option<Bits>)| {
            expected.is_none() || found == *expected
        };
        if !self.values().into_iter().zip(&expected).all(fits) {
            return Err("what was loaded is not what is there".to_string());
        }
        self.note(loaded.map(|()| Vec::new()))
    }

    fn fetch_alone(&mut self) -> Result<(), String> {
        for fetch in &self.program.fetches {
            let given = self.session.run([fetch], fed(&self.program.feeds));
            self.note(given.map(|arrays| bits(&arrays)))?;
        }
        Ok(())
    }

    /// The variables' values, `None` for those that have none. No memory is needed for that.
    fn values(&self) -> Vec<Option<Bits>> {
        let value = |variable: &AnyVariable| {
            let snapshot = self.session.snapshot([variable]).ok()?;
            snapshot.first().map(Bits::of)
        };
        self.variables.iter().map(value).collect()
    }

    fn note(&mut self, outcome: Outcome) -> Result<(), String> {
        if let Err(error) = &outcome {
            let text = error.to_string();
            // The latter is said of the crate's own ops here.
            if text.contains("internal error") || text.contains("fix the op") {
                return Err(text);
            }
        }
        if !self.misfits {
            self.outcomes.push(outcome);
        }
        Ok(())
    }
}
