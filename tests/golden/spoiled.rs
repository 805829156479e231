//! Cases from which something is missing: each must fail, since what is not told is not compared.

use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::cases::Case;
use crate::runner::run_catching;

/// Something to take out of a case: its name, and how; false if the case has nothing of the kind.
type Spoil = (&'static str, fn(&mut Json) -> bool);

const SPOILS: &[Spoil] = &[
    ("the value of an output", |case| {
        let value = |output: &Json| output.get("value").is_some_and(|value| !value.is_null());
        let output = members(case, "outputs").into_iter().find(|o| value(o));
        output.is_some_and(|output| remove(output, "value"))
    }),
    ("the last run of an output", |case| {
        let mut outputs = members(case, "outputs").into_iter();
        outputs.any(|output| pop(output, "runs"))
    }),
    ("an output", |case| {
        members(case, "outputs").len() > 1 && pop(case, "outputs")
    }),
    ("the last run of a sequence", |case| {
        pop(case, "sequence_results")
    }),
    ("a value of a sequence", |case| {
        let runs = members(case, "sequence_results");
        runs.into_iter().any(remove_any)
    }),
    ("the last run of a session", |case| {
        pop(case, "session_results")
    }),
    ("a value of a session's run", |case| {
        let runs = members(case, "session_results").into_iter();
        let mut values = runs.filter_map(|run| run.get_mut("values"));
        values.any(remove_any)
    }),
    ("the last element of an array", |case| {
        let mut outputs = members(case, "outputs").into_iter();
        outputs.any(|output| {
            output
                .get_mut("value")
                .is_some_and(|array| pop(array, "data"))
        })
    }),
    ("the last draw", |case| {
        case.get("calls").is_some() && pop(case, "results")
    }),
    ("the last initial value", |case| {
        case.get("steps").is_none() && pop(case, "values")
    }),
    ("the last training step", |case| pop(case, "trajectory")),
    ("what a large array begins with", |case| {
        let mut outputs = members(case, "values").into_iter();
        outputs.any(|output| {
            output
                .get_mut("value")
                .is_some_and(|array| remove(array, "first"))
        })
    }),
    ("a variable of a training step", |case| {
        let mut steps = members(case, "trajectory").into_iter();
        steps.any(|step| step.get_mut("variables").is_some_and(remove_any))
    }),
];

fn members<'j>(json: &'j mut Json, key: &str) -> Vec<&'j mut Json> {
    let list = json.get_mut(key).and_then(Json::as_array_mut);
    list.into_iter().flatten().collect()
}

fn pop(json: &mut Json, key: &str) -> bool {
    let list = json.get_mut(key).and_then(Json::as_array_mut);
    list.is_some_and(|list| list.pop().is_some())
}

fn remove(json: &mut Json, key: &str) -> bool {
    let object = json.as_object_mut();
    object.is_some_and(|members| members.remove(key).is_some())
}

/// Removes the first member that is not null.
fn remove_any(json: &mut Json) -> bool {
    let told = |(key, value): (&String, &Json)| (!value.is_null()).then(|| key.clone());
    let key = json
        .as_object()
        .and_then(|members| members.iter().find_map(told));
    key.is_some_and(|key| remove(json, &key))
}

/// How many cases of each kind are spoiled.
const COUNT: usize = 5;

/// How long to look for them.
const PATIENCE: Duration = Duration::from_secs(60);

/// What passes although something is missing: a line for each.
///
/// Of cases in which nothing can be taken out there are none to tell of, unless these are all
/// cases.
pub fn failures(cases: &[&Case], complete: bool) -> Vec<String> {
    let mut failures = Vec::new();
    for (what, spoil) in SPOILS {
        let begin = Instant::now();
        let spoiled = cases
            .iter()
            .filter_map(|case| Some((case, case.spoiled(*spoil)?)));
        let right = spoiled.filter(|(case, _)| run_catching(case).is_ok());
        let found: Vec<_> = right
            .take_while(|_| begin.elapsed() < PATIENCE)
            .take(COUNT)
            .collect();
        if found.is_empty() && complete {
            failures.push(format!("there is no case without {what}"));
        }
        let passing = found
            .iter()
            .filter(|(_, spoiled)| run_catching(spoiled).is_ok());
        failures.extend(passing.map(|(case, _)| format!("{} passes without {what}", case.path)));
    }
    failures
}
