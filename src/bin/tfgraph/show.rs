//! `tfgraph show`: what a graph reads, computes and holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tf1::graph_def::GraphDef;
use tf1::{AnyTensor, Graph, Operation, Result, import_graph_def};

/// Prints inputs, outputs and ops of the graph in `file`, or the graph for Graphviz. Of a graph
/// with ops that do not exist here, the ops.
pub fn show(file: &Path, dot: bool) -> Result<()> {
    let def = GraphDef::read(file)?;
    let graph = Graph::new();
    let imported = import_graph_def(&graph, &def, "");
    if dot {
        imported?;
        println!("{}", graph.to_dot());
        return Ok(());
    }
    let mut ops = BTreeMap::<&str, usize>::new();
    for (_, op) in def.nodes() {
        *ops.entry(op).or_default() += 1;
    }
    println!("ops ({} nodes):", def.nodes().len());
    for (op, count) in ops {
        println!("  {count:6} {op}");
    }
    let operations = imported?.operations().to_vec();
    println!("inputs:");
    let is_input = |operation: &&Operation| operation.op_type().starts_with("Placeholder");
    for operation in operations.iter().filter(is_input) {
        print_all(operation.outputs());
    }
    println!("outputs:");
    let read: BTreeSet<String> = operations
        .iter()
        .flat_map(|operation| operation.inputs())
        .map(|tensor| tensor.name())
        .collect();
    for operation in &operations {
        let outputs = operation.outputs().into_iter();
        print_all(outputs.filter(|output| !read.contains(&output.name())));
    }
    Ok(())
}

fn print_all(tensors: impl IntoIterator<Item = AnyTensor>) {
    for tensor in tensors {
        println!("  {tensor}");
    }
}
