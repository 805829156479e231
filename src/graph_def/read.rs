//! Reading graphs: what the nodes of a file become.
//!
//! All is made and checked before anything is added to the graph: ops, shapes, inputs. What a file claims, such as types and numbers of inputs, is held
//! against the registration before an op is made of it.

use std::collections::BTreeMap;
use std::panic::Location;

use prost::Message;
use smallvec::SmallVec;

use crate::files::messages::graph::NodeDef;
use crate::graph::{
    AnyTensor, Attribute, Graph, NewInput, NewNode, NewSource, NodeExtra, NodeSpec, OpDef,
    Signature, TensorInfo, caller, outputs_of,
};
use crate::ops;
use crate::types::{Error, Map, NodeRef, Result};

use super::attributes::{attribute, is_neutral};
use super::order::{InputText, in_order, numbers};
use super::{GraphDef, Import, Imported};

/// How many bytes constants may take beyond what the file holds of them, or [`ROOM_FOR_EACH`] times the file's size if that is more.
const ROOM: usize = 64 << 20;

/// See [`ROOM`].
const ROOM_FOR_EACH: usize = 8;

/// How many names of nodes a message lists.
const LISTED: usize = 3;

/// Adds the nodes of a file to a graph.
#[track_caller]
pub(super) fn read(graph: &Graph, def: &GraphDef, options: &Import) -> Result<Imported> {
    let location = caller().unwrap_or(Location::caller());
    let nodes = &def.message.node;
    let rows = Rows::find(nodes)?;
    let numbers = numbers(nodes)?;
    let order = in_order(nodes, &numbers)?;
    // Few: a node takes more room in the file.
    let mut places = vec![usize::MAX; nodes.len()];
    for (place, number) in order.iter().enumerate() {
        places[*number] = place;
    }
    let mut reader = Reader {
        rows,
        numbers,
        places,
        inputs: &options.input_map,
        room: ROOM.max(def.bytes.saturating_mul(ROOM_FOR_EACH)),
        // Few: as above.
        made: Vec::with_capacity(nodes.len()),
    };
    let prefix = prefix(graph, options);
    for number in order {
        let node = &nodes[number];
        let made = reader.node(node).map_err(|error| {
            error.at_node(|| NodeRef {
                name: format!("{prefix}{}", node.name),
                op: node.op.clone(),
                location,
            })
        })?;
        reader.made.push(made);
    }
    let mut made = reader.made;
    for node in &mut made {
        node.name = format!("{prefix}{}", node.name).into();
    }
    let operations = graph.add_nodes(made)?;
    if let Some(scope) = options.scope() {
        // Taken from now on.
        graph.unique_name(scope);
    }
    Ok(Imported::new(graph, prefix, operations))
}

/// What comes before all names.
fn prefix(graph: &Graph, options: &Import) -> String {
    match options.scope() {
        None => String::new(),
        Some(scope) => format!("{}/", graph.next_unique_name(scope)),
    }
}

/// The rows of the op types in a file.
struct Rows<'d>(Map<&'d str, (OpDef, Signature)>);

impl<'d> Rows<'d> {
    /// # Errors
    /// `Unimplemented` if there are op types that are not known, or that cannot be made from files.
    fn find(nodes: &'d [NodeDef]) -> Result<Self> {
        let mut rows = Map::default();
        let mut missing = BTreeMap::<&str, Vec<&str>>::new();
        for node in nodes {
            let op = node.op.as_str();
            if rows.contains_key(op) {
                continue;
            }
            match ops::row(op).filter(|row| row.make.is_some()) {
                Some(row) => drop(rows.insert(op, (row, row.signature()?))),
                None => missing.entry(op).or_default().push(&node.name),
            }
        }
        if missing.is_empty() {
            return Ok(Rows(rows));
        }
        let list = missing.iter().map(|(op, names)| counted(op, names));
        let list: Vec<String> = list.collect();
        Err(Error::unimplemented(format!(
            "the graph holds ops that do not exist here: {}",
            list.join(", ")
        )))
    }
}

/// An op type with its nodes: `Foo (3: a, b, c)`.
pub(super) fn counted(op: &str, names: &[&str]) -> String {
    let listed = names[..names.len().min(LISTED)].join(", ");
    let more = if names.len() > LISTED { ", ..." } else { "" };
    format!("{op} ({}: {listed}{more})", names.len())
}

/// A file that is being read.
struct Reader<'d> {
    rows: Rows<'d>,
    numbers: Map<&'d str, usize>,
    /// The place of each node of the file among those that are made.
    places: Vec<usize>,
    inputs: &'d BTreeMap<String, AnyTensor>,
    /// How many bytes constants may take beyond what the file holds of them.
    room: usize,
    made: Vec<NewNode>,
}

impl Reader<'_> {
    fn node(&mut self, node: &NodeDef) -> Result<NewNode> {
        let (row, signature) = &self.rows.0[node.op.as_str()];
        let mut inputs = SmallVec::new();
        let mut infos: SmallVec<[TensorInfo; 4]> = SmallVec::new();
        let mut control_inputs = Vec::new();
        for text in &node.input {
            let text = InputText::parse(text)?;
            let (source, index) = self.source(text)?;
            match text {
                InputText::Control(_) => control_inputs.push(source),
                InputText::Tensor(..) => {
                    infos.push(self.info(text, source, index)?);
                    inputs.push(NewInput { source, index });
                }
            }
        }
        control_inputs.sort_unstable();
        control_inputs.dedup();
        let (mut given, unread) = sort_attributes(node, signature, &mut self.room)?;
        signature.check(&mut given, &infos)?;
        let make = row.make.expect("looked at when the rows were found");
        let op = make(&NodeSpec::new(signature, &given, &infos))?;
        let outputs = outputs_of(op.as_ref(), &infos)?;
        let told = op.attributes().unwrap_or_default();
        let implied = signature.implied(&infos, &outputs, &told);
        let is_told = |name: &String| {
            let mut known = told.iter().chain(&implied);
            known.any(|(told, _)| told == name)
        };
        let kept = node.attr.iter().filter(|(name, _)| {
            unread.contains(&name.as_str()) || given.contains_key(*name) && !is_told(name)
        });
        let extra = NodeExtra {
            device: node.device.clone(),
            attributes: kept
                .map(|(name, value)| (name.clone(), value.encode_to_vec()))
                .collect(),
            debug_info: node.experimental_debug_info.clone(),
        };
        Ok(NewNode {
            name: node.name.as_str().into(),
            op,
            inputs,
            control_inputs,
            outputs,
            extra: (extra != NodeExtra::default()).then(|| Box::new(extra)),
        })
    }

    /// Where an input comes from: the node, and which of its outputs it is.
    fn source(&self, text: InputText<'_>) -> Result<(NewSource, usize)> {
        if let InputText::Tensor(name, index) = text {
            let mapped = match index {
                0 => self.inputs.get(name),
                _ => self.inputs.get(&format!("{name}:{index}")),
            };
            if let Some(tensor) = mapped {
                let output = tensor.output();
                return Ok((NewSource::Present(output.node), output.index));
            }
        }
        let number = self.numbers.get(text.name()).ok_or_else(|| {
            let name = text.name();
            Error::invalid_argument(format!("it reads '{name}', which is not in the graph"))
        })?;
        let index = match text {
            InputText::Control(_) => 0,
            InputText::Tensor(_, index) => index,
        };
        Ok((NewSource::Added(self.places[*number]), index))
    }

    /// What is known of a tensor that is read.
    fn info(&self, text: InputText<'_>, source: NewSource, index: usize) -> Result<TensorInfo> {
        match source {
            NewSource::Added(place) => {
                let outputs = &self.made[place].outputs;
                outputs.get(index).cloned().ok_or_else(|| {
                    let (name, count) = (text.name(), outputs.len());
                    Error::invalid_argument(format!(
                        "it reads output {index} of '{name}', which has {count}"
                    ))
                })
            }
            NewSource::Present(_) => {
                let mapped = self.inputs.values().find(|tensor| {
                    let output = tensor.output();
                    (NewSource::Present(output.node), output.index) == (source, index)
                });
                Ok(mapped.expect("found by `source`").info())
            }
        }
    }
}

/// The attributes that the registration has, and the names of those that only stay with the node.
fn sort_attributes<'d>(
    node: &'d NodeDef,
    signature: &Signature,
    room: &mut usize,
) -> Result<(BTreeMap<String, Attribute>, Vec<&'d str>)> {
    let mut given = BTreeMap::new();
    let mut unread = Vec::new();
    for (name, value) in &node.attr {
        if name.starts_with('_') {
            unread.push(name.as_str());
        } else if signature.knows(name) {
            let value = attribute(value, room).map_err(|error| {
                let help = format!("it is the attribute '{name}'");
                error.with_help(help)
            })?;
            given.insert(name.clone(), value);
        } else if is_neutral(value) {
            // Added by a newer TensorFlow, and at its default.
            unread.push(name.as_str());
        } else {
            let op = &node.op;
            return Err(Error::invalid_argument(format!(
                "NodeDef mentions attr '{name}' not in Op {op}"
            )));
        }
    }
    Ok((given, unread))
}
