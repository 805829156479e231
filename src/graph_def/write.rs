//! Writing graphs.

use std::collections::BTreeMap;
use std::sync::Arc;

#[cfg(feature = "graph_def")]
use prost::Message;

use crate::files::messages::graph::{AttrValue, GraphDef, NodeDef};
#[cfg(feature = "summary")]
use crate::files::messages::tensor::VersionDef;
use crate::graph::{Attribute, AttributeList, Graph, Node, NodeId, Output, Signature, TensorInfo};
use crate::ops;
use crate::types::Map;
#[cfg(feature = "graph_def")]
use crate::types::{Error, Result};

use super::attributes::attr_value;
#[cfg(feature = "summary")]
use super::attributes::shapes;
#[cfg(feature = "graph_def")]
use super::tensor::bytes_in_file;

/// The version of the format that TensorFlow 1.15 writes.
pub(super) const PRODUCER: i32 = 134;

/// TensorBoard does not show more bytes of an attribute that is an array.
#[cfg(feature = "summary")]
const SHOWN_BYTES: usize = 1024;

/// `graph` to be looked at: with the shapes of outputs, without large arrays.
#[cfg(feature = "summary")]
pub(crate) fn shown(graph: &Graph) -> GraphDef {
    graph.with_nodes(|nodes| {
        let mut registrations = Registrations::default();
        let shown = |node: &Arc<Node>| {
            let own = node.op.attributes().unwrap_or_default();
            let mut attr = node_attributes(nodes, node, &own, &mut registrations, SHOWN_BYTES);
            if !node.outputs.is_empty() {
                let known = node.outputs.iter().map(|info| &info.shape);
                attr.entry("_output_shapes".to_string())
                    .or_insert_with(|| shapes(known));
            }
            node_def(nodes, node, attr)
        };
        GraphDef {
            node: nodes.iter().map(shown).collect(),
            library: None,
            versions: Some(VersionDef {
                producer: PRODUCER,
                ..VersionDef::default()
            }),
        }
    })
}

/// `graph` to be run elsewhere.
///
/// # Errors
/// `Unimplemented` if an op does not tell its attributes; the first mistake that the graph holds.
#[cfg(feature = "graph_def")]
pub(super) fn whole(graph: &Graph) -> Result<GraphDef> {
    graph.check()?;
    expect_size(graph)?;
    let written = graph.with_nodes(|nodes| {
        let mut silent = BTreeMap::<&str, Vec<&str>>::new();
        let mut written = Vec::with_capacity(nodes.len());
        let mut registrations = Registrations::default();
        for node in nodes {
            let Some(own) = node.op.attributes() else {
                let names = silent.entry(node.op.op_type()).or_default();
                names.push(&node.name);
                continue;
            };
            let mut attr = node_attributes(nodes, node, &own, &mut registrations, usize::MAX);
            if let Some(extra) = &node.extra {
                let kept = extra.attributes.iter().filter_map(|(name, bytes)| {
                    Some((name.clone(), AttrValue::decode(bytes.as_slice()).ok()?))
                });
                attr.extend(kept);
            }
            written.push(node_def(nodes, node, attr));
        }
        if silent.is_empty() {
            return Ok(written);
        }
        let list = silent
            .iter()
            .map(|(op, names)| super::read::counted(op, names));
        let list: Vec<String> = list.collect();
        Err(Error::unimplemented(format!(
            "the graph holds ops that do not tell their attributes: {}",
            list.join(", ")
        ))
        .with_help("an op of your own tells them by `Op::attributes`"))
    })?;
    let (library, versions) = super::kept::written(graph);
    Ok(GraphDef {
        node: written,
        library,
        versions,
    })
}

/// Fails if the arrays alone take more than a file can.
#[cfg(feature = "graph_def")]
fn expect_size(graph: &Graph) -> Result<()> {
    let bytes = graph.with_nodes(|nodes| {
        let attributes = nodes.iter().filter_map(|node| node.op.attributes());
        let arrays = attributes.flatten().map(|(_, attribute)| match attribute {
            Attribute::Tensor(value) => bytes_in_file(&value),
            _ => 0,
        });
        arrays.fold(0, usize::saturating_add)
    });
    super::definition::fits(bytes)
}

fn node_def(nodes: &[Arc<Node>], node: &Node, attr: BTreeMap<String, AttrValue>) -> NodeDef {
    let name_of = |id: NodeId| &nodes[id.index()].name;
    let data = node.inputs.iter().map(|input| match input.index {
        0 => name_of(input.node).to_string(),
        index => format!("{}:{index}", name_of(input.node)),
    });
    let control = node.control_inputs.iter();
    let control = control.map(|input| format!("^{}", name_of(*input)));
    let mut control: Vec<String> = control.collect();
    control.sort_unstable();
    let extra = node.extra.as_deref();
    NodeDef {
        name: node.name.to_string(),
        op: node.op.op_type().to_string(),
        input: data.chain(control).collect(),
        device: extra.map_or_else(String::new, |extra| extra.device.clone()),
        attr,
        experimental_debug_info: extra.and_then(|extra| extra.debug_info.clone()),
    }
}

/// The registrations of the ops so far, each taken apart once.
#[derive(Default)]
struct Registrations(Map<&'static str, Option<Signature>>);

impl Registrations {
    /// That of a node's op, if it has one.
    fn of(&mut self, node: &Node) -> Option<&Signature> {
        let definition = node.op.definition();
        let row = definition.or_else(|| ops::row(node.op.op_type()))?;
        let parsed = self.0.entry(row.signature);
        parsed.or_insert_with(|| row.signature().ok()).as_ref()
    }
}

/// The attributes: those that follow from inputs and outputs, those that the op tells, and the
/// defaults of the others. None of a node that holds a mistake or depends on one, of which nothing
/// is known.
fn node_attributes(
    nodes: &[Arc<Node>],
    node: &Node,
    own: &AttributeList,
    registrations: &mut Registrations,
    most_bytes: usize,
) -> BTreeMap<String, AttrValue> {
    let info = |input: &Output| nodes[input.node.index()].outputs.get(input.index).cloned();
    let inputs: Option<Vec<TensorInfo>> = node.inputs.iter().map(info).collect();
    let Some(inputs) = inputs.filter(|_| node.failure.is_none()) else {
        return BTreeMap::new();
    };
    let mut all = BTreeMap::<&str, Attribute>::new();
    if let Some(signature) = registrations.of(node) {
        let defaults = signature.attributes.iter();
        all.extend(defaults.filter_map(|def| Some((def.name, def.default.clone()?))));
        all.extend(signature.implied(&inputs, &node.outputs, own));
    }
    // What the op says itself is right.
    all.extend(own.iter().cloned());
    let all = all.into_iter().filter_map(|(name, attribute)| {
        let value = attr_value(attribute, most_bytes)?;
        Some((name.to_string(), value))
    });
    all.collect()
}
