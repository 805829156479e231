//! Runs the cases on all cores and tells how they went.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::cases::Case;
use crate::exceptions::Exception;
use crate::trouble::{Outcome, Trouble};
use crate::{compare, spoiled, written};

thread_local! {
    /// What the last panic of this thread said.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What became of a case.
enum Verdict {
    /// With so many comparisons.
    Passed(usize),
    Failed(Vec<String>),
    /// Excepted because of this, and the exceptions without which it would fail.
    Excepted(String, Vec<String>),
}

/// Runs the cases and prints what differed and the summary; whether all went well.
///
/// `complete` says whether these are all cases, so that every exception must be needed.
pub fn run(cases: &[&Case], exceptions: &[Exception], complete: bool, tell_excepted: bool) -> bool {
    let (verdicts, spoiled) = run_in_parallel(cases, exceptions, complete);
    let mut compared = 0;
    let mut excepted: BTreeMap<&str, usize> = BTreeMap::new();
    let mut needed: HashSet<&str> = HashSet::new();
    let (mut passed, mut failed) = (0, 0);
    for (case, verdict) in cases.iter().zip(&verdicts) {
        match verdict {
            Verdict::Passed(count) => {
                passed += 1;
                compared += count;
            }
            Verdict::Excepted(reason, features) => {
                if tell_excepted {
                    println!("EXCEPTED {}: {reason}", case.path);
                }
                *excepted.entry(reason).or_default() += 1;
                needed.extend(features.iter().map(String::as_str));
            }
            Verdict::Failed(differences) => {
                failed += 1;
                println!("FAILED {}", case.path);
                differences
                    .iter()
                    .for_each(|difference| println!("    {}", difference.replace('\n', "\n    ")));
            }
        }
    }
    for (reason, count) in &excepted {
        println!("excepted {count}: {reason}");
    }
    let is_needless =
        |exception: &&Exception| complete && !needed.contains(exception.feature.as_str());
    let needless: Vec<&Exception> = exceptions.iter().filter(is_needless).collect();
    for exception in &needless {
        println!("NEEDLESS exception, to be removed from exceptions.txt: {exception}");
    }
    for failure in &spoiled {
        println!("COMPARES NOTHING: {failure}");
    }
    println!("golden: {compared} values, texts and errors were compared");
    let written = written::COMPARED.load(Ordering::Relaxed);
    println!("golden: {written} graphs were written, read again and run");
    println!(
        "golden: {passed} passed, {failed} failed, {} excepted",
        excepted.values().sum::<usize>()
    );
    failed == 0 && needless.is_empty() && spoiled.is_empty()
}

/// What became of the cases, and which of them pass although something is missing.
fn run_in_parallel(
    cases: &[&Case],
    exceptions: &[Exception],
    complete: bool,
) -> (Vec<Verdict>, Vec<String>) {
    std::panic::set_hook(Box::new(|panic| PANIC.set(panic.to_string())));
    let next = AtomicUsize::new(0);
    let verdicts = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            scope.spawn(|| {
                while let Some((i, case)) = take(&next, cases) {
                    let verdict = judge(case, exceptions);
                    verdicts
                        .lock()
                        .expect("no thread panics here")
                        .push((i, verdict));
                }
            });
        }
    });
    let spoiled = spoiled::failures(cases, complete);
    let _ = std::panic::take_hook();
    let mut verdicts = verdicts.into_inner().expect("no thread panics here");
    verdicts.sort_by_key(|(i, _)| *i);
    let verdicts = verdicts.into_iter().map(|(_, verdict)| verdict).collect();
    (verdicts, spoiled)
}

fn take<'c>(next: &AtomicUsize, cases: &[&'c Case]) -> Option<(usize, &'c Case)> {
    let i = next.fetch_add(1, Ordering::Relaxed);
    cases.get(i).map(|case| (i, *case))
}

fn judge(case: &Case, exceptions: &[Exception]) -> Verdict {
    if let Some(note) = case.note() {
        return Verdict::Excepted(format!("not required: {note}"), Vec::new());
    }
    compare::begin_count();
    let outcome = run_catching(case);
    let met = match (outcome, compare::count()) {
        (Ok(()), 0) => return Verdict::Failed(vec!["nothing was compared".to_string()]),
        (Ok(()), count) => return Verdict::Passed(count),
        (Err(trouble), _) => trouble,
    };
    let met = match met {
        Trouble::Lacks(feature) => feature,
        Trouble::Refused(_, what) => what,
        Trouble::Raised(error) => return Verdict::Failed(vec![error.to_string()]),
        Trouble::Fails(differences) => return Verdict::Failed(differences),
    };
    let find = |feature: &str| exceptions.iter().find(|known| known.feature == feature);
    let mut lacked = case.functions_without_binding();
    lacked.insert(0, met);
    let unknown = lacked.iter().filter(|feature| find(feature).is_none());
    let unknown: Vec<String> = unknown
        .map(|feature| format!("the crate, or this harness, has no {feature}"))
        .collect();
    match find(&lacked[0]) {
        Some(exception) if unknown.is_empty() => Verdict::Excepted(exception.to_string(), lacked),
        _ => Verdict::Failed(unknown),
    }
}

/// Runs a case; a panic is a failure.
pub fn run_catching(case: &Case) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| case.run()))
        .unwrap_or_else(|_| Err(Trouble::fails(PANIC.take())))
}
