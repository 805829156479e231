//! What a program fetches, as it was built: names, printed forms, op types, static shapes, and
//! Python's values.

use serde_json::Value as Json;

use crate::compare::compare_text;
use crate::json;
use crate::program::{Program, read_shape};
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// Compares all that a case fetches with what it recorded.
pub fn compare(program: &Program, case: &Json) -> Outcome<Vec<String>> {
    let fetched = program.fetched(json::list(case, "fetch"))?;
    let outputs = json::list(case, "outputs");
    let ours = fetched.iter().map(|(id, _)| id.as_str());
    let golden: Vec<&str> = outputs
        .iter()
        .filter_map(|output| output.get("id")?.as_str())
        .collect();
    if ours.clone().ne(golden.iter().copied()) {
        let ours: Vec<&str> = ours.collect();
        return Err(Trouble::fails(format!(
            "the outputs are {ours:?}, not {golden:?}"
        )));
    }
    let mut differences = Vec::new();
    for ((id, value), output) in fetched.iter().zip(outputs) {
        differences.extend(compare_kind(id, value, output));
        differences.extend(compare_one(id, value, output)?);
    }
    Ok(differences)
}

/// The parts of a value, each with its name, as `id[0]` and `id['key']`.
pub fn flatten(id: String, value: &Value, flat: &mut Vec<(String, Value)>) {
    if let Some(items) = value.items().filter(|items| !items.is_empty()) {
        for (i, item) in items.iter().enumerate() {
            flatten(format!("{id}[{i}]"), item, flat);
        }
    } else if let Value::Dict(members) = value {
        for (key, member) in members {
            flatten(format!("{id}['{key}']"), member, flat);
        }
    } else {
        flat.push((id, value.clone()));
    }
}

/// Compares what kind of value there is: a tensor unless the case says otherwise.
fn compare_kind(id: &str, value: &Value, output: &Json) -> Vec<String> {
    let golden = json::given(output, "kind")
        .and_then(Json::as_str)
        .unwrap_or("tensor");
    let ours = match value {
        Value::Tensor(_) => "tensor",
        // The older cases tell of variables as of tensors.
        Value::Variable(_) if golden == "tensor" => "tensor",
        Value::Variable(_) => "variable",
        Value::Slices(_) => "indexed_slices",
        Value::Operation(_) => "operation",
        Value::None => "none",
        _ => "python",
    };
    compare_text(&format!("{id}.kind"), ours, golden)
}

fn compare_one(id: &str, value: &Value, output: &Json) -> Outcome<Vec<String>> {
    let mut differences = Vec::new();
    let mut text = |what: &str, ours: &str| {
        if let Some(golden) = json::given(output, what).and_then(Json::as_str) {
            differences.extend(compare_text(&format!("{id}.{what}"), ours, golden));
        }
    };
    if is_selected(value, output) || is_from_tape(output) || is_pooling_sequence(output) {
        return Ok(differences);
    }
    text("repr", &value.printed());
    match value {
        Value::Operation(operation) => {
            text("name", &operation.name());
            text("op_type", operation.op_type());
        }
        value => {
            if let Some(tensor) = value.as_tensor() {
                text("op_type", tensor.op().op_type());
            }
        }
    }
    if let (Some(tensor), Some(shape)) = (value.as_tensor(), output.get("static_shape")) {
        let golden = read_shape(shape)?.to_string();
        let place = format!("{id}.static_shape");
        differences.extend(compare_text(&place, &tensor.shape().to_string(), &golden));
    }
    if let Some(golden) = output.get("python") {
        differences.extend(compare_python(id, value, golden)?);
    }
    Ok(differences)
}

/// Whether the crate selects among values where TensorFlow has a `cond`.
fn is_selected(value: &Value, output: &Json) -> bool {
    let is_merged = output.get("op_type").is_some_and(|op| op == "Merge");
    let tensor = value.as_tensor();
    is_merged && tensor.is_some_and(|tensor| tensor.op().op_type() == "Select")
}

/// Whether TensorFlow has a tape make this gradient, whose nodes are others than a rule's.
fn is_from_tape(output: &Json) -> bool {
    let name = output.get("repr").and_then(Json::as_str);
    name.is_some_and(|name| name.contains("/FusedBatchNormGradV3_grad/"))
}

/// Whether this is a sequence of which TensorFlow's shape function tells one element too few.
fn is_pooling_sequence(output: &Json) -> bool {
    let text = |what| output.get(what).and_then(Json::as_str).unwrap_or_default();
    let is_pooled = text("op_type").starts_with("Fractional") && !text("op_type").ends_with("Grad");
    is_pooled && !text("repr").contains("Pool:0")
}

/// Whether a case has a value that is [selected](is_selected).
pub fn selects(program: &Program, case: &Json) -> Outcome<bool> {
    let fetched = program.fetched(json::list(case, "fetch"))?;
    let mut outputs = fetched.iter().zip(json::list(case, "outputs"));
    Ok(outputs.any(|((_, value), output)| is_selected(value, output)))
}

/// Compares a value that is Python's own.
fn compare_python(id: &str, value: &Value, golden: &Json) -> Outcome<Vec<String>> {
    let (ours, golden) = match (value, golden) {
        (Value::Symbol(symbol), _) => return Err(Trouble::lacks(symbol.as_str())),
        (value, Json::String(text)) => (value.printed(), text.clone()),
        (value, Json::Bool(flag)) => (value.printed(), flag.to_string()),
        (value, Json::Array(items))
            if items.is_empty() && value.items().is_some_and(<[_]>::is_empty) =>
        {
            return Ok(Vec::new());
        }
        (value, other) => (value.printed(), other.to_string()),
    };
    Ok(compare_text(&format!("{id}.python"), &ours, &golden))
}
