//! The steps of a program: calls of functions, methods and objects, one after another.

use serde_json::Value as Json;
use tf1::{ControlInput, Graph, Operation};

use crate::bindings;
use crate::call::Call;
use crate::json;
use crate::names::Names;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// Makes calls one after another, and keeps what each returns under its name.
pub fn run_steps(steps: &[Json], names: &mut Names) -> Outcome {
    steps.iter().try_for_each(|step| run_step(step, names))
}

fn run_step(step: &Json, names: &mut Names) -> Outcome {
    if let Some(function) = json::given(step, "with").and_then(Json::as_str) {
        return run_with(function, step, names).map_err(|trouble| trouble.at(function));
    }
    match json::member(step, "id")? {
        Json::Array(ids) => {
            let value = value_of(step, names)?;
            let items = value.items().filter(|items| items.len() == ids.len());
            let items = items.ok_or_else(|| {
                Trouble::fails(format!(
                    "{value:?} does not unpack into {} names",
                    ids.len()
                ))
            })?;
            for (id, item) in ids.iter().filter_map(Json::as_str).zip(items) {
                names.insert(id, item.clone());
            }
        }
        id => {
            let id = id.as_str().unwrap_or_default();
            let value = value_of(step, names).map_err(|trouble| trouble.at(id))?;
            names.insert(id, value);
        }
    }
    Ok(())
}

/// The name of a step, or the first of its names.
pub fn id_of<'j>(step: &'j Json, key: &str) -> Option<&'j str> {
    let id = step.get(key)?;
    id.as_str().or_else(|| id.get(0)?.as_str())
}

/// Makes one call.
pub fn value_of(step: &Json, names: &Names) -> Outcome<Value> {
    let (positional, keywords) = arguments(step, names)?;
    let controls = json::list(step, "control_inputs")
        .iter()
        .map(|control| Ok(Value::read(control, names)?.as_operation()));
    let controls: Vec<Operation> = controls
        .collect::<Outcome<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect();
    let graph = names.graph();
    let build = || match step.get("op") {
        Some(Json::String(function)) => call(function, names, positional, keywords),
        Some(function) => Value::read(function, names)?.call(graph, positional),
        None => Err(Trouble::fails("a step without an op")),
    };
    waiting_for(graph, &controls, build)
}

/// Builds what runs after some operations.
pub fn waiting_for<R>(graph: &Graph, controls: &[Operation], build: impl FnOnce() -> R) -> R {
    if controls.is_empty() {
        return build();
    }
    let controls: Vec<&dyn ControlInput> = controls
        .iter()
        .map(|control| control as &dyn ControlInput)
        .collect();
    graph.control_dependencies(&controls, build)
}

type Arguments = (Vec<Value>, Vec<(String, Value)>);

/// The positional and the named arguments of a call.
fn arguments(step: &Json, names: &Names) -> Outcome<Arguments> {
    let mut positional = Vec::new();
    let mut keywords = Vec::new();
    for (key, argument) in json::object(step, "args") {
        match (key.as_str(), Value::read(argument, names)?) {
            ("*", Value::List(items)) => positional = items,
            (_, value) => keywords.push((key.clone(), value)),
        }
    }
    Ok((positional, keywords))
}

/// Calls a function of TensorFlow's, an object, or the method of one.
fn call(
    function: &str,
    names: &Names,
    mut positional: Vec<Value>,
    keywords: Vec<(String, Value)>,
) -> Outcome<Value> {
    let graph = names.graph();
    if function == "python" {
        let value = keywords.into_iter().next().map(|(_, value)| value);
        return value.ok_or_else(|| Trouble::fails("a value without a value"));
    }
    let Some(reference) = function.strip_prefix('$') else {
        return Call::make(graph, function, positional, keywords);
    };
    if let Some((object, method)) = reference.rsplit_once('.') {
        let object = names.look_up(object)?;
        let method = format!("{}.{method}", object.kind());
        positional.insert(0, object);
        return Call::make(graph, &method, positional, keywords);
    }
    match names.look_up(reference)? {
        object @ (Value::Function(_) | Value::Symbol(_)) => object.call(graph, positional),
        object => {
            let method = format!("{}.__call__", object.kind());
            positional.insert(0, object);
            Call::make(graph, &method, positional, keywords)
        }
    }
}

/// `with function(...) as name:` around steps.
fn run_with(function: &str, step: &Json, names: &mut Names) -> Outcome {
    let graph = names.graph().clone();
    let (positional, keywords) = arguments(step, names)?;
    let mut positional = positional;
    let mut function = function.to_string();
    if let Some((object, method)) = function
        .clone()
        .strip_prefix('$')
        .and_then(|f| f.rsplit_once('.'))
    {
        let object = names.look_up(object)?;
        function = format!("{}.{method}", object.kind());
        positional.insert(0, object);
    }
    let binding = bindings::find(&function).ok_or_else(|| Trouble::lacks(function))?;
    let body = |value: Value| {
        if let Some(name) = json::given(step, "as").and_then(Json::as_str) {
            names.insert(name, value);
        }
        run_steps(json::list(step, "steps"), names)
    };
    let call = Call::of(binding, &graph, positional, keywords)?.around(Box::new(body));
    call.run(binding).map(drop)
}
