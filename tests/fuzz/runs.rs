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

/// The sessions that a program is run in: as it is written, with all rewrites, with hardly any
/// memory, and now and then with one rewrite missing or with two threads.
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
        if seed.is_multiple_of(2) {
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
    /// Programs that have too little memory for some of their runs.
    without_memory: u64,
    /// Programs whose results change their shapes.
    misfits: u64,
    /// Programs of which something could not be compared, however much memory there was.
    pub exhausted: u64,
}

impl Seen {
    /// Whether enough of the programs give values, are errors, and run out of memory, and whether
    /// nearly all could be compared.
    pub fn is_fair(&self) -> bool {
        let percent = |count: u64| count * 100 / self.programs.max(1);
        percent(self.values) >= 50
            && percent(self.errors) >= 10
            && percent(self.without_memory) >= 10
            && percent(self.misfits) <= 10
            && percent(self.exhausted) < 1
    }
}

/// Runs the program in all its sessions, which must give the same. Whether everything could be
/// compared.
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
            seen.without_memory += u64::from(compared < found.outcomes.len());
        } else {
            is_whole &= same(plain, &found.outcomes, name)?;
        }
    }
    Ok(is_whole)
}

fn is_exhausted(outcome: &Outcome) -> bool {
    matches!(outcome, Err(Error::ResourceExhausted(_)))
}

/// Compares all runs; false if one of them had enough memory in one session only, as rewrites
/// change how much is needed. What follows then may differ, too.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn exhausted() -> Outcome {
        Err(Error::resource_exhausted("no memory"))
    }

    fn value() -> Outcome {
        Ok(Vec::new())
    }

    #[test]
    fn what_one_session_had_no_memory_for_is_not_taken_for_the_same() {
        let wrong = || Err(Error::unknown("wrong"));
        assert_eq!(same(&[exhausted()], &[value()], "").ok(), Some(false));
        assert_eq!(same(&[value()], &[exhausted()], "").ok(), Some(false));
        assert_eq!(same(&[exhausted()], &[exhausted()], "").ok(), Some(true));
        assert!(same(&[value(), exhausted()], &[wrong(), value()], "").is_err());
        let found = same_until_exhausted(&[value(), value()], &[value(), exhausted()], "");
        assert_eq!(found.ok(), Some(1));
        assert!(same_until_exhausted(&[value()], &[wrong()], "").is_err());
    }

    #[test]
    fn programs_of_one_kind_are_not_enough() {
        let fair = || Seen {
            programs: 100,
            values: 80,
            errors: 20,
            without_memory: 40,
            ..Seen::default()
        };
        assert!(fair().is_fair());
        let unfair: [fn(&mut Seen); 5] = [
            |seen| seen.values = 10,
            |seen| seen.errors = 0,
            |seen| seen.without_memory = 0,
            |seen| seen.misfits = 50,
            |seen| seen.exhausted = 50,
        ];
        for make in unfair {
            let mut seen = fair();
            make(&mut seen);
            assert!(!seen.is_fair(), "{seen:?}");
        }
    }
}
