//! Which ops of the crate no case measures.

use std::collections::BTreeSet;

use tf1 as tf;
use tf1::Graph;

use super::run;

/// Ops that compute nothing, or what only the planner computes.
const NOTHING_TO_MEASURE: &[&str] = &[
    "Assert",
    "AssignFrom",
    "BroadcastGradientArgs",
    "ConcatOffset",
    "Const",
    "NoOp",
    "Placeholder",
    "PlaceholderWithDefault",
    "Rank",
    "Shape",
    "ShapeN",
    "Size",
    "SqueezeLast",
    "VariableV2",
];

pub fn print() -> tf::Result<()> {
    let mut measured = BTreeSet::new();
    for case in super::cases() {
        let case = case?;
        for way in case.ways() {
            let graph = Graph::new();
            match run::build(&graph, &case, way).and_then(|_| graph.check()) {
                Ok(()) => measured.extend(graph.operations().iter().map(|node| node.op_type())),
                Err(error) => println!("{} {}: {error}", way.name(), case.line),
            }
        }
    }
    for op in tf::op::table().filter(|op| op.newer.is_none()) {
        if !measured.contains(op.name()) && !NOTHING_TO_MEASURE.contains(&op.name()) {
            println!("not measured: {}", op.name());
        }
    }
    Ok(())
}
