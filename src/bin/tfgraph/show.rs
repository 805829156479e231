//! `tfgraph show`: what a graph reads, computes and holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tf1::graph_def::GraphDef;
use tf1::{Graph, Result, import_graph_def};

/// Prints inputs, outputs and ops of the graph in `file`, or the graph for Graphviz.
pub fn show(file: &Path, dot: bool) -> Result<()> {
    let def = GraphDef::read(file)?;
    let graph = Graph::new();
    let imported = import_graph_def(&graph, &def, "")?;
    if dot {
        println!("{}", graph.to_dot());
        return Ok(());
    }
    let operations = imported.operations();
    let read: BTreeSet<String> = operations
        .iter()
        .flat_map(|operation| operation.inputs())
        .map(|tensor| tensor.op().name())
        .collect();
    println!("inputs:");
    for operation in operations.iter().filter(|o| o.op_type() == "Placeholder") {
        operation
            .outputs()
            .iter()
            .for_each(|output| println!("  {output}"));
    }
    println!("outputs:");
    for operation in operations.iter().filter(|o| !read.contains(&o.name())) {
        operation
            .outputs()
            .iter()
            .for_each(|output| println!("  {output}"));
    }
    let mut ops = BTreeMap::<&str, usize>::new();
    for operation in operations {
        *ops.entry(operation.op_type()).or_default() += 1;
    }
    println!("ops ({} nodes):", operations.len());
    for (op, count) in ops {
        println!("  {count:6} {op}");
    }
    Ok(())
}
