//! What a program added to its graph: variables, collections, nodes, seeds.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use tf1::{Graph, Operation};

use crate::compare::compare_text;
use crate::json;
use crate::trouble::Outcome;

/// Compares all that a case recorded of its graph.
pub fn compare(graph: &Graph, case: &Json) -> Outcome<Vec<String>> {
    let mut differences = compare_seeds(graph, json::list(case, "node_seeds"))?;
    let outputs = json::list(case, "outputs");
    let has_rows = outputs.iter().any(|output| {
        output
            .get("kind")
            .is_some_and(|kind| kind == "indexed_slices")
    });
    let nodes = json::list(case, "nodes");
    if !has_control_flow(nodes) {
        differences.extend(compare_nodes(graph, nodes, has_rows));
    }
    if json::given(case, "collections").is_some() {
        differences.extend(compare_collections(graph, case));
    }
    let variables = json::list(case, "variables");
    if variables
        .iter()
        .any(|variable| variable.get("op_type").is_some())
    {
        differences.extend(compare_variables(graph, variables));
    }
    Ok(differences)
}

/// Whether the random nodes are called as the golden ones are, and seeded like them.
pub fn compare_seeds(graph: &Graph, nodes: &[Json]) -> Outcome<Vec<String>> {
    let mut differences = Vec::new();
    for node in nodes {
        let name = json::text(node, "node")?;
        let Ok(operation) = graph.get_operation_by_name(name) else {
            differences.push(format!("there is no node {name}"));
            continue;
        };
        let golden = json::text(node, "op")?;
        differences.extend(compare_text(name, operation.op_type(), golden));
        let golden = ["seed", "seed2"].map(|key| json::given(node, key).and_then(Json::as_i64));
        let ours = operation.seeds();
        let ours = [ours.map(|seeds| seeds.seed), ours.map(|seeds| seeds.seed2)];
        if golden[0].is_some() && ours != golden {
            differences.push(format!("{name}: the seeds are {ours:?}, not {golden:?}"));
        }
    }
    Ok(differences)
}

/// The nodes, one a line: name, op type, inputs.
fn compare_nodes(graph: &Graph, golden: &[Json], is_dense_beside_rows: bool) -> Vec<String> {
    if golden.is_empty() {
        return Vec::new();
    }
    let ours: Vec<String> = graph.operations().iter().map(node_line).collect();
    let golden: Vec<String> = golden.iter().map(golden_line).collect();
    // To compare rows of a gradient as a whole tensor, some nodes were made after the program's.
    let made_after = |line: &String| {
        ["Const", "StridedSlice", "UnsortedSegmentSum"]
            .contains(&line.split(' ').nth(1).unwrap_or_default())
    };
    if is_dense_beside_rows
        && golden.starts_with(&ours)
        && golden[ours.len()..].iter().all(made_after)
    {
        return Vec::new();
    }
    let place = ours
        .iter()
        .zip(&golden)
        .position(|(ours, golden)| ours != golden);
    let place = place.unwrap_or(ours.len().min(golden.len()));
    let told = |lines: &[String]| lines.get(place).cloned().unwrap_or_default();
    if ours == golden {
        return Vec::new();
    }
    vec![format!(
        "node {place} is {:?}, not {:?} (of {} and {})",
        told(&ours),
        told(&golden),
        ours.len(),
        golden.len()
    )]
}

/// Whether there are nodes of control flow among those that TensorFlow made.
pub fn has_control_flow(nodes: &[Json]) -> bool {
    let is_merge = |node: &Json| node.get(1).is_some_and(|op| op == "Merge");
    nodes.iter().any(is_merge)
}

fn node_line(operation: &Operation) -> String {
    let inputs = operation.inputs();
    let inputs = inputs.iter().map(|input| {
        let name = input.name();
        name.strip_suffix(":0").map(str::to_string).unwrap_or(name)
    });
    let controls = operation.control_inputs();
    let mut controls: Vec<String> = controls
        .iter()
        .map(|control| format!("^{}", control.name()))
        .collect();
    controls.sort();
    let words = [operation.name(), operation.op_type().to_string()];
    let words = words.into_iter().chain(inputs).chain(controls);
    words.collect::<Vec<_>>().join(" ")
}

fn golden_line(node: &Json) -> String {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_string();
    let part = |place: usize| node.get(place).map(text).unwrap_or_default();
    let inputs: Vec<String> = node
        .get(2)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    let (mut controls, inputs): (Vec<String>, Vec<String>) =
        inputs.into_iter().partition(|input| input.starts_with('^'));
    controls.sort();
    let words = [part(0), part(1)].into_iter().chain(inputs).chain(controls);
    words.collect::<Vec<_>>().join(" ")
}

/// The collections, tensors and operations of one in the order of adding.
fn compare_collections(graph: &Graph, case: &Json) -> Vec<String> {
    let golden: Vec<(&String, &Json)> = json::object(case, "collections").collect();
    let mut keys: BTreeSet<String> = graph.get_all_collection_keys().into_iter().collect();
    keys.extend(golden.iter().map(|(key, _)| (*key).clone()));
    let mut differences = Vec::new();
    for key in keys {
        let golden = golden.iter().find(|(name, _)| **name == key);
        let golden: Vec<&str> = golden
            .and_then(|(_, members)| members.as_array())
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let operations = graph.collected_operations(&key);
        let tensors = graph.get_collection(&key);
        let name = |operation: &Operation| {
            let tensor = tensors.iter().find(|tensor| tensor.op() == *operation);
            tensor.map_or_else(|| operation.name(), |tensor| tensor.name())
        };
        let ours: Vec<String> = operations.iter().map(name).collect();
        if ours != golden {
            differences.push(format!("collection {key} is {ours:?}, not {golden:?}"));
        }
    }
    differences
}

/// The variables: name, element type, shape, op type.
fn compare_variables(graph: &Graph, golden: &[Json]) -> Vec<String> {
    let mut ours = graph.variables_of("variables");
    ours.extend(graph.variables_of("local_variables"));
    let ours = ours.iter().map(|variable| {
        let shape = variable.shape().to_known();
        format!(
            "{} {} {shape:?} {}",
            variable.name(),
            variable.dtype(),
            variable.op().op_type()
        )
    });
    let golden = golden.iter().map(|variable| {
        let text = |key| json::text(variable, key).unwrap_or_default();
        let shape = json::member(variable, "shape").and_then(json::lengths).ok();
        let (name, dtype) = (text("name"), text("dtype"));
        format!(
            "{name} {} {shape:?} {}",
            dtype.trim_end_matches("_ref"),
            text("op_type")
        )
    });
    let (ours, golden): (Vec<String>, Vec<String>) = (ours.collect(), golden.collect());
    if ours == golden {
        Vec::new()
    } else {
        vec![format!("the variables are {ours:?}, not {golden:?}")]
    }
}
