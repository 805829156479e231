//! Graphs as TensorFlow serializes them (`GraphDef`).
//!
//! Written are names, ops, edges, `_output_shapes`, and the attributes that the ops tell ([`Op::attributes`]) or that can be told of them with
//! certainty. That is what TensorBoard shows; to run such a graph, TensorFlow would need the attributes of the other ops too.

mod attributes;
mod tensor;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::files::messages::graph::{AttrValue, GraphDef, NodeDef};
use crate::files::messages::tensor::VersionDef;
use crate::graph::{Graph, InferContext, Node, NodeId, Output, TensorInfo};

use attributes::{attr_value, has_type_of_first_input};

/// The version of the format that TensorFlow 1.15 writes.
const PRODUCER: i32 = 134;

/// `graph` as TensorFlow serializes it.
pub(crate) fn graph_def(graph: &Graph) -> GraphDef {
    graph.with_nodes(|nodes| GraphDef {
        node: nodes.iter().map(|node| node_def(nodes, node)).collect(),
        versions: Some(VersionDef {
            producer: PRODUCER,
            ..VersionDef::default()
        }),
    })
}

fn node_def(nodes: &[Arc<Node>], node: &Node) -> NodeDef {
    let name_of = |id: NodeId| &nodes[id.index()].name;
    let data = node.inputs.iter().map(|input| match input.index {
        0 => name_of(input.node).to_string(),
        index => format!("{}:{index}", name_of(input.node)),
    });
    let control = node.control_inputs.iter();
    let control = control.map(|input| format!("^{}", name_of(*input)));
    let mut control: Vec<String> = control.collect();
    control.sort_unstable();
    NodeDef {
        name: node.name.to_string(),
        op: node.op.op_type().to_string(),
        input: data.chain(control).collect(),
        device: String::new(),
        attr: attributes(nodes, node),
    }
}

/// The attributes; none of a node that holds a mistake or depends on one, of which nothing is known.
fn attributes(nodes: &[Arc<Node>], node: &Node) -> BTreeMap<String, AttrValue> {
    let info = |input: &Output| nodes[input.node.index()].outputs.get(input.index).cloned();
    let inputs: Option<Vec<TensorInfo>> = node.inputs.iter().map(info).collect();
    let Some(inputs) = inputs.filter(|_| node.failure.is_none()) else {
        return BTreeMap::new();
    };
    let mut attr = BTreeMap::new();
    if !node.outputs.is_empty() {
        let shapes = node.outputs.iter().map(|info| &info.shape);
        attr.insert("_output_shapes".to_string(), attributes::shapes(shapes));
    }
    if let Some(first) = inputs.first()
        && has_type_of_first_input(node.op.op_type())
    {
        attr.insert("T".to_string(), attributes::dtype(first.dtype));
    }
    // What the op says itself is right.
    let own = node.op.attributes(&InferContext::new(&inputs));
    let own = own.into_iter().filter_map(|(name, attribute)| {
        let value = attr_value(attribute)?;
        Some((name.to_string(), value))
    });
    attr.extend(own);
    attr
}
