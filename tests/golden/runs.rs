//! What a program computes: its runs in one session, and the values that come of them.

use std::collections::HashSet;

use serde_json::Value as Json;
use tf1::{AnyArray, AnyTensor, Feed, GraphKeys, Operation, Session};

use crate::array::{Golden, read_array};
use crate::compare::{Disputes, Tolerance, compare as compare_arrays, compare_text, largest_of};
use crate::counterparts::compare_error;
use crate::json;
use crate::program::Program;
use crate::sparse;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// Does the runs of a case and compares their values.
pub fn compare(program: &Program, case: &Json, session: &Session) -> Outcome<Vec<String>> {
    let mut differences = compare_outputs(program, case, session)?;
    differences.extend(compare_sequence(program, case, session)?);
    differences.extend(compare_session(program, case, session)?);
    Ok(differences)
}

/// Runs the fetches, once or as often as the case says.
fn compare_outputs(program: &Program, case: &Json, session: &Session) -> Outcome<Vec<String>> {
    let outputs = json::list(case, "outputs");
    let runs = json::given(case, "runs").and_then(Json::as_u64);
    let has_values = outputs
        .iter()
        .any(|output| output.get("value").is_some() || output.get("runs").is_some());
    let is_run = has_values
        || json::given(case, "session").is_none()
            && json::given(case, "sequence").is_none()
            && !outputs.is_empty();
    if !is_run {
        return Ok(Vec::new());
    }
    let fetched = program.fetched(json::list(case, "fetch"))?;
    let disputes = Disputes::read(case);
    let values = outputs
        .iter()
        .filter_map(|output| Some((output.get("id")?.as_str()?, output.get("value")?)));
    let beside = |id: &str| largest_beside(id, values.clone());
    let mut differences = Vec::new();
    for run in 0..runs.unwrap_or(1) {
        let results = fetch(program, session, &fetched, &Json::Null)?;
        if fetched.len() != outputs.len() {
            let (ours, golden) = (fetched.len(), outputs.len());
            return Err(Trouble::fails(format!(
                "{ours} values are fetched, but the case tells of {golden}"
            )));
        }
        for (i, ((id, value), output)) in fetched.iter().zip(outputs).enumerate() {
            let (place, golden) = match runs {
                None => (format!("outputs[{i}].value"), json::given(output, "value")),
                Some(_) => (
                    format!("outputs[{i}].runs[{run}]"),
                    json::list(output, "runs").get(run as usize),
                ),
            };
            let compared = compare_value(
                program,
                &place,
                value,
                &results[i],
                (output, golden),
                (beside(id), &disputes),
            );
            differences.extend(compared.map_err(|trouble| trouble.at(id))?);
        }
    }
    Ok(differences)
}

/// Runs the fetches of a `sequence` one after another.
fn compare_sequence(program: &Program, case: &Json, session: &Session) -> Outcome<Vec<String>> {
    let mut differences = Vec::new();
    let runs = json::pairs(case, "sequence", "sequence_results")?;
    for (i, (fetch, golden)) in runs.enumerate() {
        let place = format!("sequence_results[{i}]");
        let ids = fetch.as_array().map_or(&[][..], Vec::as_slice);
        differences.extend(compare_run(
            program,
            session,
            &place,
            (ids, &Json::Null),
            golden,
        )?);
    }
    Ok(differences)
}

/// Does the runs of a `session` one after another.
fn compare_session(program: &Program, case: &Json, session: &Session) -> Outcome<Vec<String>> {
    let mut differences = Vec::new();
    let runs = json::pairs(case, "session", "session_results")?;
    for (i, (run, golden)) in runs.enumerate() {
        let place = format!("session_results[{i}]");
        let ids = json::list(run, "fetch");
        let feed = run.get("feed").unwrap_or(&Json::Null);
        if let Some(error) = json::given(golden, "error") {
            let fetched = program.fetched(ids)?;
            differences.extend(match fetch(program, session, &fetched, feed) {
                Err(Trouble::Raised(ours)) => compare_error(&ours, error, &[]),
                Err(trouble) => return Err(trouble),
                Ok(_) => vec![format!("{place}: no error where TensorFlow raises one")],
            });
        } else {
            let golden = json::member(golden, "values")?;
            differences.extend(compare_run(program, session, &place, (ids, feed), golden)?);
        }
    }
    Ok(differences)
}

/// One run and its values by id.
fn compare_run(
    program: &Program,
    session: &Session,
    place: &str,
    (ids, feed): (&[Json], &Json),
    golden: &Json,
) -> Outcome<Vec<String>> {
    let fetched = program.fetched(ids)?;
    let results = fetch(program, session, &fetched, feed)?;
    let values = golden.as_object();
    let values = values
        .ok_or_else(|| Trouble::fails(format!("{place} does not tell of values by their ids")))?;
    let unasked = values.keys().find(|id| {
        let mut fetched = fetched.iter();
        !fetched.any(|(ours, _)| ours == *id)
    });
    if let Some(id) = unasked {
        return Err(Trouble::fails(format!("{place}: {id} is not fetched")));
    }
    let values = values.into_iter().map(|(id, golden)| (id.as_str(), golden));
    let beside = |id: &str| largest_beside(id, values.clone());
    let mut differences = Vec::new();
    for ((id, value), ours) in fetched.iter().zip(&results) {
        let golden = golden.get(id);
        let golden = golden.filter(|golden| !golden.is_null());
        let parts = golden.unwrap_or(&Json::Null);
        let compared = compare_value(
            program,
            &format!("{place}.{id}"),
            value,
            ours,
            (parts, golden),
            (beside(id), &Disputes::default()),
        )?;
        if !compared.is_empty() && shares_memory(value, &fetched) {
            return Err(Trouble::lacks(
                "reads that share memory with an update of the same run",
            ));
        }
        differences.extend(compared);
    }
    Ok(differences)
}

/// The largest magnitude in the list that `id` is an element of: gradients that cancel out are as
/// exact as those beside them, which are sums of the same numbers.
fn largest_beside<'j>(id: &str, golden: impl Iterator<Item = (&'j str, &'j Json)>) -> f64 {
    let list = |id: &str| id.split('[').next().unwrap_or_default().to_string();
    let beside = golden.filter(|(other, _)| id.contains('[') && list(other) == list(id));
    let arrays = beside.filter_map(|(_, golden)| Golden::read(golden).ok());
    arrays.map(|golden| largest_of(&golden)).fold(0.0, f64::max)
}

fn compare_value(
    program: &Program,
    place: &str,
    value: &Value,
    results: &[AnyArray],
    (parts, golden): (&Json, Option<&Json>),
    (beside, disputes): (f64, &Disputes),
) -> Outcome<Vec<String>> {
    let Some(golden) = golden else {
        // An operation gives nothing, and what is Python's own is compared when it is built.
        return match results {
            [] => Ok(Vec::new()),
            _ => Err(Trouble::fails(format!(
                "{place}: the case does not tell the value"
            ))),
        };
    };
    let keys = program.graph.get_all_collection_keys();
    let trains = keys.iter().any(|key| key == GraphKeys::TRAIN_OP);
    let tolerance = |tensor: &AnyTensor| match Tolerance::for_tensor(tensor, program.is_gradient) {
        _ if trains && tensor.dtype().is_floating() => Tolerance::Trajectory,
        Tolerance::Accumulated if program.is_gradient => Tolerance::Beside(beside),
        other => other,
    };
    match (value, results) {
        (Value::Slices(slices), [values, indices]) => {
            let tolerance = tolerance(&slices.values);
            let mut differences = Vec::new();
            for (part, ours) in [("values", values), ("indices", indices)] {
                let golden = Golden::read(json::member(parts, part)?)?;
                let place = format!("{place}.{part}");
                differences.extend(compare_arrays(&place, ours, &golden, tolerance, disputes));
            }
            if golden.get("dtype").is_some() {
                let golden = Golden::read(golden)?;
                let dense = sparse::to_dense(values, indices, &golden.shape)?;
                differences.extend(compare_arrays(place, &dense, &golden, tolerance, disputes));
            }
            Ok(differences)
        }
        (value, [ours]) => {
            let tolerance = value
                .as_tensor()
                .map_or(Tolerance::Exact, |t| tolerance(&t));
            let golden = Golden::read(golden)?;
            Ok(compare_arrays(place, ours, &golden, tolerance, disputes))
        }
        (value, _) => Ok(compare_text(place, &value.printed(), &golden.to_string())),
    }
}

/// Runs the values in one session call; of each, the arrays that it consists of.
pub fn fetch(
    program: &Program,
    session: &Session,
    values: &[(String, Value)],
    feed: &Json,
) -> Outcome<Vec<Vec<AnyArray>>> {
    let tensors: Vec<Vec<AnyTensor>> = values.iter().map(|(_, value)| tensors_of(value)).collect();
    let operations: Vec<Operation> = values
        .iter()
        .filter_map(|(_, value)| match value {
            Value::Operation(operation) => Some(operation.clone()),
            _ => None,
        })
        .collect();
    let fed = fed(program, feed)?;
    let feeds = fed
        .iter()
        .map(|(tensor, array)| tensor.feed(array))
        .collect::<Result<Vec<Feed<'_>>, _>>();
    let feeds = feeds
        .map_err(|error| Trouble::refused("compile-time: element types", error.to_string()))?;
    let (arrays, _) = session.run((tensors, operations), feeds)?;
    Ok(arrays)
}

/// What a run is fed: the inputs, with what the run changes.
fn fed(program: &Program, feed: &Json) -> Outcome<Vec<(AnyTensor, AnyArray)>> {
    let replaced = |name: &str| feed.get(name).is_some();
    let mut fed: Vec<(AnyTensor, AnyArray)> = program
        .inputs
        .iter()
        .filter(|input| !replaced(&input.name))
        .map(|input| (input.tensor.clone(), input.value.clone()))
        .collect();
    for (id, value) in feed.as_object().into_iter().flatten() {
        if value.get("sparse").is_some() {
            return Err(Trouble::lacks("feeding a sparse tensor"));
        }
        if value.get("run").is_some() {
            return Err(Trouble::lacks("feeding an iterator's handle"));
        }
        if !value.is_null() {
            let target = program.names.look_up(id)?.as_tensor();
            let target = target.ok_or_else(|| Trouble::fails(format!("{id} is not a tensor")))?;
            fed.push((target, read_array(value)?));
        }
    }
    Ok(fed)
}

/// Whether the value is read from a variable that the same run updates: TensorFlow's Identity hands
/// on the memory of a reference variable, so that what it read changes afterwards.
fn shares_memory(value: &Value, fetched: &[(String, Value)]) -> bool {
    let memory = |tensor: AnyTensor| {
        let mut operation = tensor.op();
        while operation.op_type() == "Identity" {
            operation = operation.inputs().first()?.op();
        }
        (operation.op_type() == "VariableV2").then_some(operation)
    };
    let Some(variable) = value.as_tensor().and_then(memory) else {
        return false;
    };
    let mut open: Vec<Operation> = fetched
        .iter()
        .filter_map(|(_, v)| v.as_operation())
        .collect();
    let mut seen = HashSet::new();
    while let Some(operation) = open.pop() {
        if !seen.insert(operation.node()) {
            continue;
        }
        let inputs = operation.inputs();
        let is_of_variable = inputs.first().is_some_and(|input| input.op() == variable);
        if is_of_variable && operation.op_type().starts_with("Assign") {
            return true;
        }
        open.extend(inputs.iter().map(AnyTensor::op));
        open.extend(operation.control_inputs());
    }
    false
}

/// The tensors to run for a value.
fn tensors_of(value: &Value) -> Vec<AnyTensor> {
    match value {
        Value::Slices(slices) => vec![slices.values.clone(), slices.indices.clone()],
        value => value.as_tensor().into_iter().collect(),
    }
}
