//! What must hold of a program's runs.

use std::mem::discriminant;

use tf1::{Error, Rewrite, SessionOptions};

use crate::program::Program;
use crate::runner::{Outcome, Way, all_runs};

/// So little memory that nothing absurd is tried.
pub const MEMORY: usize = 1 << 28;

/// The session that has very little memory.
const TIGHT: &str = "little memory";

fn none(memory: usize) -> SessionOptions {
    let base = SessionOptions::new().threads(1).memory_limit(memory);
    base.without_rewrites()
}

fn all(memory: usize) -> SessionOptions {
    let rewrites = Rewrite::ALL.into_iter();
    rewrites.fold(none(memory), SessionOptions::with)
}

/// The sessions that a program is run in: as it is written, with all rewrites, with hardly any memory, and now and then with one rewrite missing
/// or with two threads.
pub fn options(seed: u64, memory: usize) -> Vec<(&'static str, SessionOptions)> {
    let missing = Rewrite::ALL[(seed / 8) as usize % Rewrite::ALL.len()];
    let mut options = vec![("no rewrites", none(memory)), ("all rewrites", all(memory))];
    match seed % 8 {
        0 => options.push(("two threads", all(memory).threads(2))),
        4 => options.push((missing.name(), all(memory).without(missing))),
        _ => {}
    }
    let little = 1 << (8 + seed / 2 % 10);
    options.push((
        TIGHT,
        if seed % 2 == 0 {
            all(little)
        } else {
            none(little)
        },
    ));
    options
}

/// What became of the programs' runs.
#[derive(Debug, Default)]
pub struct Seen {
    programs: u64,
    /// Programs of which a run of everything gives values, and of which one is an error.
    values: u64,
    errors: u64,
    /// Programs that have too little memory in some run, and in some but not all.
    without_memory: u64,
    with_some_memory: u64,
    /// Programs whose results change their shapes.
    misfits: u64,
    /// Programs of which something could not be compared, however much memory there was.
    pub exhausted: u64,
}

impl Seen {
    /// Fails if the programs are so that little is tried: too few with values, with errors, and too little that is compared.
    pub fn expect_fair_shares(&self) {
        let percent = |count: u64| count * 100 / self.programs.max(1);
        assert!(percent(self.values) >= 50, "{self:?}");
        assert!(percent(self.errors) >= 10, "{self:?}");
        assert!(percent(self.with_some_memory) >= 10, "{self:?}");
        assert!(percent(self.misfits) <= 10, "{self:?}");
        assert!(percent(self.exhausted) < 1, "{self:?}");
    }
}

/// Runs the program in all its sessions, which must give the same. Whether everything could be compared.
pub fn check(program: &Program, seen: &mut Seen) -> Result<bool, String> {
    let mut plain: Option<Vec<Outcome>> = None;
    let mut is_whole = true;
    for (number, (name, session)) in program.sessions.iter().enumerate() {
        let way = match number {
            0 => Way::Run,
            _ if *name == TIGHT && program.seed.is_multiple_of(3) => Way::Run,
            _ => Way::Prepared,
        };
        let found = all_runs(program, session, way)?;
        let Some(plain) = &plain else {
            seen.programs += 1;
            seen.values += u64::from(found.answers.contains(&true));
            seen.errors += u64::from(found.answers.contains(&false));
            plain = Some(found.outcomes);
            continue;
        };
        seen.misfits += u64::from(found.misfits);
        if *name == TIGHT {
            let compared = same_until_exhausted(plain, &found.outcomes, name)?;
            let exhausted = compared < found.outcomes.len();
            seen.without_memory += u64::from(exhausted);
            let given = found.outcomes.iter().filter(|outcome| outcome.is_ok());
            seen.with_some_memory += u64::from(exhausted && given.count() > 0);
        } else {
            is_whole &= same(plain, &found.outcomes, name)?;
        }
    }
    Ok(is_whole)
}

fn is_exhausted(outcome: &Outcome) -> bool {
    matches!(outcome, Err(Error::ResourceExhausted(_)))
}

/// Compares all runs; false if one of them had enough memory in one session only, as rewrites change how much is needed. What follows then may
/// differ, too.
fn same(plain: &[Outcome], found: &[Outcome], how: &str) -> Result<bool, String> {
    for (number, (plain, found)) in plain.iter().zip(found).enumerate() {
        if is_exhausted(plain) != is_exhausted(found) {
            return Ok(false);
        }
        same_outcome(number, plain, found, how)?;
    }
    Ok(true)
}

/// Compares the runs before the first that has too little memory. How many these are.
fn same_until_exhausted(plain: &[Outcome], found: &[Outcome], how: &str) -> Result<usize, String> {
    for (number, (plain, found)) in plain.iter().zip(found).enumerate() {
        if is_exhausted(found) || is_exhausted(plain) {
            return Ok(number);
        }
        same_outcome(number, plain, found, how)?;
    }
    Ok(found.len())
}

fn same_outcome(number: usize, plain: &Outcome, found: &Outcome, how: &str) -> Result<(), String> {
    match (plain, found) {
        (Ok(plain), Ok(found)) if plain == found => Ok(()),
        (Err(plain), Err(found)) if discriminant(plain) == discriminant(found) => Ok(()),
        _ => Err(format!(
            "run {number} with {how}\n plain: {plain:?}\n found: {found:?}"
        )),
    }
}
