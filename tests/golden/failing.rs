//! Cases that must fail: while the graph is built, or when it is run.

use serde_json::Value as Json;

use crate::counterparts::compare_error;
use crate::program::Program;
use crate::steps::{id_of, run_steps};
use crate::trouble::{Outcome, Trouble, no_differences};
use crate::{json, runs};

/// Runs a case that must raise `error`.
pub fn run(program: &mut Program, case: &Json, error: &Json) -> Outcome {
    let raised = match json::text(error, "when")? {
        "build" => raised_by_step(program, case, id_of(error, "step").unwrap_or_default()),
        _ => raised_by_run(program, case),
    };
    match raised {
        Ok(()) if json::text(error, "message")?.starts_with("No OpKernel was registered") => {
            Err(Trouble::lacks("kernels that TensorFlow does not have"))
        }
        Ok(()) if is_computed_here(json::text(error, "message")?) => Err(Trouble::lacks(
            "layouts and dilations that TensorFlow computes on GPUs only",
        )),
        Ok(()) => Err(Trouble::fails(format!(
            "no error where TensorFlow raises {}",
            json::text(error, "class")?
        ))),
        Err(Trouble::Raised(ours)) => no_differences(compare_error(&ours, error, &[])),
        // What TensorFlow refuses when it is run, Rust's compiler refuses before.
        Err(Trouble::Refused(kind, _)) => Err(Trouble::lacks(kind)),
        Err(other) => Err(other),
    }
}

/// The steps one after another, up to the one that must fail.
fn raised_by_step(program: &mut Program, case: &Json, failing: &str) -> Outcome {
    for step in json::list(case, "steps") {
        let is_it = holds(step, failing);
        let made = run_steps(std::slice::from_ref(step), &mut program.names)
            .and_then(|()| Ok(program.graph.check()?));
        match made {
            Ok(()) if is_it => return Ok(()),
            Err(trouble) if is_it => return Err(trouble),
            Ok(()) => {}
            Err(Trouble::Raised(error)) => {
                let id = id_of(step, "id").unwrap_or("with");
                return Err(Trouble::fails(format!("{id}, not {failing}: {error}")));
            }
            Err(Trouble::Refused(_, what)) => return Err(Trouble::lacks(what)),
            Err(trouble) => return Err(trouble),
        }
    }
    Err(Trouble::fails(format!("there is no step {failing}")))
}

/// Whether the step is, or has below it, the one of this name.
fn holds(step: &Json, id: &str) -> bool {
    let below = json::list(step, "steps");
    id_of(step, "id") == Some(id)
        || below.iter().any(|step| holds(step, id))
        || in_arguments(step, id)
}

/// Whether a function among the arguments has a step of this name.
fn in_arguments(json: &Json, id: &str) -> bool {
    match json {
        Json::Object(members) => members.iter().any(|(key, value)| {
            key == "steps"
                && value
                    .as_array()
                    .is_some_and(|s| s.iter().any(|s| holds(s, id)))
                || in_arguments(value, id)
        }),
        Json::Array(items) => items.iter().any(|item| in_arguments(item, id)),
        _ => false,
    }
}

/// The whole program and a run of what it fetches.
fn raised_by_run(program: &mut Program, case: &Json) -> Outcome {
    program.build(case)?;
    program.graph.check()?;
    let session = program.start(case)?;
    let fetched = program.fetched(json::list(case, "fetch"))?;
    runs::fetch(program, &session, &fetched, &Json::Null).map(drop)
}

/// Whether TensorFlow only refuses to compute it on a CPU.
fn is_computed_here(message: &str) -> bool {
    let refusals = [
        "only supports the NHWC tensor format on the CPU",
        "do not yet support dilation rates larger than 1",
    ];
    refusals.iter().any(|refusal| message.contains(refusal))
}
