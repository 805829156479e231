//! What must hold of a program's runs.

use std::mem::discriminant;

use tf1::{AnyArray, AnyTensor, Error, Feed, Graph, Rewrite, Session, SessionOptions};

use crate::Seen;
use crate::program::Program;

/// What a run gave: the elements' bits by tensor, or an error.
type Outcome = Result<Vec<Bits>, Error>;

/// An array as bits.
#[derive(Clone, Debug, PartialEq)]
struct Bits {
    shape: Vec<usize>,
    bits: Vec<u64>,
}

impl Bits {
    fn of(array: &AnyArray) -> Bits {
        let shape = array.shape().to_vec();
        macro_rules! bits {
            ($($kind:ty, $bits:expr;)*) => {
                $(if let Some(view) = array.view::<$kind>() {
                    let bits: fn($kind) -> u64 = $bits;
                    return Bits { shape, bits: view.iter().map(|x| bits(*x)).collect() };
                })*
            };
        }
        bits! {
            f32, |x| if x.is_nan() { u64::MAX } else { x.to_bits().into() };
            f64, |x| if x.is_nan() { u64::MAX } else { x.to_bits() };
            i32, |x| x as u64;
            i64, |x| x as u64;
            u8, u64::from;
            bool, u64::from;
        }
        Bits {
            shape,
            bits: Vec::new(),
        }
    }
}

/// One thread, and so little memory that nothing absurd is tried.
fn base() -> SessionOptions {
    SessionOptions::new().threads(1).memory_limit(1 << 28)
}

fn plain() -> SessionOptions {
    Rewrite::ALL
        .iter()
        .fold(base(), |options, rewrite| options.without(*rewrite))
}

fn all() -> SessionOptions {
    Rewrite::ALL
        .iter()
        .fold(base(), |options, rewrite| options.with(*rewrite))
}

/// The sessions that a program is run in: as it is written, with all rewrites, and now and then with one of them missing or with two
/// threads.
pub fn sessions(graph: &Graph, seed: u64) -> Vec<(&'static str, Session)> {
    let missing = Rewrite::ALL[(seed / 8) as usize % Rewrite::ALL.len()];
    let mut options = vec![("no rewrites", plain()), ("all rewrites", all())];
    match seed % 8 {
        0 => options.push(("two threads", all().threads(2))),
        4 => options.push((missing.name(), all().without(missing))),
        _ => {}
    }
    let session = |options| Session::with_options(graph, options).expect("the graph is empty");
    options
        .into_iter()
        .map(|(name, options)| (name, session(options)))
        .collect()
}

/// Runs the program in all its sessions, which must give the same.
pub fn check(program: &Program, seen: &mut Seen) -> Result<(), String> {
    let mut expected: Option<Vec<Outcome>> = None;
    for (name, session) in &program.sessions {
        let found = outcomes(program, session)?;
        match &expected {
            Some(expected) => same(expected, &found, name)?,
            None => {
                for outcome in &found {
                    *(if outcome.is_ok() {
                        &mut seen.values
                    } else {
                        &mut seen.errors
                    }) += 1;
                }
                expected = Some(found);
            }
        }
    }
    Ok(())
}

/// What the program's runs give: all it fetches and updates at once, twice, and each fetch for itself.
fn outcomes(program: &Program, session: &Session) -> Result<Vec<Outcome>, String> {
    // The first run tells of a mistake that was made in building.
    let nothing: [&AnyTensor; 0] = [];
    let _ = session.run(nothing, []);
    let initializers = program.graph.global_variables();
    for variable in &initializers {
        let _ = session.run(variable.initializer(), []);
    }
    let feeds = || {
        program
            .feeds
            .iter()
            .map(|fed| fed.feed())
            .collect::<Vec<Feed<'_>>>()
    };
    let mut outcomes = Vec::new();
    let variables: Vec<AnyTensor> = initializers
        .iter()
        .map(|variable| variable.memory().clone())
        .collect();
    for _ in 0..2 {
        let run = session.run((&program.fetches, &program.updates), feeds());
        outcomes.push(run.map(|(arrays, _)| arrays));
        outcomes.push(session.run(&variables, []));
    }
    for fetch in &program.fetches {
        outcomes.push(session.run([fetch], feeds()).map(Vec::from));
    }
    let defect = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    for error in defect {
        let text = error.to_string();
        // The latter is said of the crate's own ops here.
        if text.contains("internal error") || text.contains("mend the op") {
            return Err(text);
        }
    }
    let bits = |arrays: Vec<AnyArray>| arrays.iter().map(Bits::of).collect();
    Ok(outcomes
        .into_iter()
        .map(|outcome| outcome.map(bits))
        .collect())
}

fn same(expected: &[Outcome], found: &[Outcome], how: &str) -> Result<(), String> {
    for (number, pair) in expected.iter().zip(found).enumerate() {
        match pair {
            (Ok(expected), Ok(found)) if expected == found => {}
            (Err(expected), Err(found)) if discriminant(expected) == discriminant(found) => {}
            // How much memory a run needs depends on the rewrites.
            (Err(Error::ResourceExhausted(_)), _) | (_, Err(Error::ResourceExhausted(_))) => {}
            (expected, found) => {
                return Err(format!(
                    "run {number} with {how}\n plain: {expected:?}\n found: {found:?}"
                ));
            }
        }
    }
    Ok(())
}
