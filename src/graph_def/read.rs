//! Reading graphs: what the nodes of a file become.
//!
//! All is made and checked before anything is added to the graph: ops, shapes, inputs. What a file
//! claims, such as types and numbers of inputs, is held against the registration before an op is
//! made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::Location;

use prost::Message;
use smallvec::SmallVec;

use crate::files::messages::graph::{AttrValue, Kind};
use crate::graph::{
    AnyTensor, Attribute, Effect, Graph, NewInput, NewNode, NewSource, NodeExtra, NodeSpec, OpDef,
    Signature, TensorInfo, caller, outputs_of,
};
use crate::ops;
use crate::types::{DType, Error, Map, NodeRef, Result};

use super::attributes::{attribute, is_neutral};
use super::inline::{FlatNode, inlined};
use super::kept::ToKeep;
use super::library::Library;
use super::order::{InputText, in_order, numbers};
use super::{GraphDef, GraphElement, Import, Imported};

/// How many bytes constants may take beyond what the file holds of them, or [`ROOM_FOR_EACH`] times
/// the file's size if that is more.
const ROOM: usize = 64 << 20;

/// See [`ROOM`].
const ROOM_FOR_EACH: usize = 8;

/// The version of the format that is read here.
const VERSION: i32 = 134;

/// How many outputs the nodes of a file may claim to have beyond one for each byte of it.
const OUTPUTS: usize = 1 << 16;

/// Attributes that later TensorFlows have, with the only value that means what is done here, where
/// that is not false, 0 or empty.
const LATER: &[(&str, f32)] = &[("exponential_avg_factor", 1.0)];

/// How many names of nodes a message lists.
const LISTED: usize = 3;

/// Adds the nodes of a file to a graph.
#[track_caller]
pub(super) fn read(graph: &Graph, def: &GraphDef, options: &Import) -> Result<Imported> {
    let location = caller().unwrap_or(Location::caller());
    expect_version(def)?;
    let library = Library::decode(def.message.library.as_ref())?;
    let flat = inlined(&def.message.node, &library, &options.ops, def.bytes)?;
    let nodes = &flat.nodes;
    let rows = Rows::find(nodes, &options.ops)?;
    let numbers = numbers(nodes.iter().map(|node| &*node.name))?;
    let is_mapped = |text: InputText<'_>| options.mapped(text).is_some();
    let order = in_order(nodes, &numbers, is_mapped)?;
    // Few: a node takes more room in the file.
    let mut places = vec![usize::MAX; nodes.len()];
    for (place, number) in order.iter().enumerate() {
        places[*number] = place;
    }
    let mut reader = Reader {
        nodes,
        rows,
        numbers,
        places,
        options,
        producer: def
            .message
            .versions
            .as_ref()
            .map_or(0, |versions| versions.producer),
        room: ROOM.max(def.bytes.saturating_mul(ROOM_FOR_EACH)),
        outputs: OUTPUTS.saturating_add(def.bytes),
        used: BTreeSet::new(),
        // Few: as above.
        made: Vec::with_capacity(nodes.len()),
    };
    let prefix = prefix(graph, options);
    for number in order {
        let node = &nodes[number];
        let made = reader.node(node).map_err(|error| {
            error.at_node(|| NodeRef {
                name: format!("{prefix}{}", node.name),
                op: node.op.to_string(),
                location,
            })
        })?;
        reader.made.push(made);
    }
    let wanted = options.return_elements.iter();
    let wanted: Vec<Wanted> = wanted
        .map(|name| reader.wanted(name))
        .collect::<Result<_>>()?;
    expect_used(options, &reader.used)?;
    let mut made = reader.made;
    for node in &mut made {
        node.name = format!("{prefix}{}", node.name).into();
    }
    let message = def.message.library.as_ref();
    let message = message.filter(|_| flat.leaves_functions);
    let versions = def.message.versions.as_ref();
    let to_keep = ToKeep::find(graph, library.names(), message, versions)?;
    let operations = graph.add_nodes(made)?;
    to_keep.keep(graph);
    if let Some(scope) = options.scope().filter(|scope| !scope.ends_with('/')) {
        // Taken from now on.
        graph.unique_name(scope);
    }
    let elements = wanted.into_iter().map(|wanted| match wanted {
        Wanted::Operation(place) => GraphElement::Operation(operations[place].clone()),
        Wanted::Output(place, index, dtype) => {
            GraphElement::Tensor(operations[place].any_output(index, dtype))
        }
        Wanted::Present(tensor) => GraphElement::Tensor(tensor),
    });
    let elements = elements.collect();
    Ok(Imported::new(graph, prefix, operations, elements))
}

/// Fails if the file is for a later TensorFlow only.
fn expect_version(def: &GraphDef) -> Result<()> {
    let versions = def.message.versions.clone().unwrap_or_default();
    if versions.min_consumer > VERSION || versions.bad_consumers.contains(&VERSION) {
        let least = versions.min_consumer;
        return Err(Error::invalid_argument(format!(
            "GraphDef min consumer version {least} above current version {VERSION}"
        )));
    }
    Ok(())
}

/// Fails if a tensor was given for a name that no node reads.
fn expect_used(options: &Import, used: &BTreeSet<&str>) -> Result<()> {
    let names = options.input_map.keys().map(String::as_str);
    let unused: Vec<&str> = names.filter(|name| !used.contains(name)).collect();
    match unused.is_empty() {
        true => Ok(()),
        false => Err(Error::invalid_argument(format!(
            "Attempted to map inputs that were not found in graph_def: {}",
            unused.join(", ")
        ))),
    }
}

/// What comes before all names.
fn prefix(graph: &Graph, options: &Import) -> String {
    match options.scope() {
        None => String::new(),
        Some(scope) if scope.ends_with('/') => scope.to_string(),
        Some(scope) => format!("{}/", graph.next_unique_name(scope)),
    }
}

/// The rows of the op types in a file.
struct Rows<'d>(Map<&'d str, (OpDef, Signature)>);

impl<'d> Rows<'d> {
    /// # Errors
    /// `Unimplemented` if there are op types that are not known, or that cannot be made from files.
    fn find(nodes: &'d [FlatNode<'d>], own: &[OpDef]) -> Result<Self> {
        let mut rows = Map::default();
        let mut missing = BTreeMap::<&str, Vec<&str>>::new();
        for node in nodes {
            let op = node.op;
            if rows.contains_key(op) {
                continue;
            }
            match row_of(op, own).filter(|row| row.make.is_some()) {
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

/// The row of an op type, one of the user's if there is one.
pub(super) fn row_of(op: &str, own: &[OpDef]) -> Option<OpDef> {
    let own = own.iter().find(|row| row.name() == op).copied();
    own.or_else(|| ops::row(op))
}

/// An op type with its nodes: `Foo (3: a, b, c)`.
pub(super) fn counted(op: &str, names: &[&str]) -> String {
    let listed = names[..names.len().min(LISTED)].join(", ");
    let more = if names.len() > LISTED { ", ..." } else { "" };
    format!("{op} ({}: {listed}{more})", names.len())
}

/// An element that is to be returned.
enum Wanted {
    /// The node at this place.
    Operation(usize),
    /// An output of the node at this place, by its number, of this type.
    Output(usize, usize, DType),
    /// A tensor that the graph had before.
    Present(AnyTensor),
}

/// A file that is being read.
struct Reader<'d> {
    nodes: &'d [FlatNode<'d>],
    rows: Rows<'d>,
    numbers: Map<&'d str, usize>,
    /// The place of each node of the file among those that are made.
    places: Vec<usize>,
    options: &'d Import,
    /// The version of what wrote the file.
    producer: i32,
    /// How many bytes constants may take beyond what the file holds of them.
    room: usize,
    /// How many outputs nodes may still claim to have.
    outputs: usize,
    /// The names for which other tensors were given, and read.
    used: BTreeSet<&'d str>,
    made: Vec<NewNode>,
}

impl<'d> Reader<'d> {
    fn node(&mut self, node: &'d FlatNode<'d>) -> Result<NewNode> {
        let mut inputs = SmallVec::new();
        let mut infos: SmallVec<[TensorInfo; 4]> = SmallVec::new();
        let mut control_inputs = Vec::new();
        for text in node.input.iter() {
            let text = InputText::parse(text)?;
            match text {
                InputText::Control(_) => control_inputs.push(self.control_input(text)?),
                InputText::Tensor(..) => {
                    let (input, info) = self.input(text)?;
                    infos.push(info);
                    inputs.push(input);
                }
            }
        }
        let body = node.body.iter().flatten();
        let awaited = body.filter(|number| self.has_effect(**number));
        control_inputs.extend(awaited.map(|number| NewSource::Added(self.places[*number])));
        control_inputs.sort_unstable();
        control_inputs.dedup();
        let (row, signature) = &self.rows.0[node.op];
        let (mut given, unread) = sort_attributes(node, signature, &mut self.room)?;
        signature.check(&mut given, &infos)?;
        let claimed = signature.claimed_outputs(&given);
        self.outputs = self.outputs.checked_sub(claimed).ok_or_else(|| {
            Error::resource_exhausted(format!(
                "with {claimed} outputs more, the nodes have far more than the file has bytes"
            ))
        })?;
        let make = row.make.expect("looked at when the rows were found");
        let op = make(&NodeSpec::new(signature, &given, &infos).of_producer(self.producer))?;
        let outputs = outputs_of(op.as_ref(), &infos)?;
        let told = op.attributes().unwrap_or_default();
        let implied = signature.implied(&infos, &outputs, &told);
        let is_told = |name: &String| {
            let mut known = told.iter().chain(&implied);
            known.any(|(told, _)| told == name)
        };
        let kept = node.attr.iter().filter(|(name, _)| {
            unread.contains(name.as_str()) || given.contains_key(*name) && !is_told(name)
        });
        let extra = NodeExtra {
            device: node.device.to_string(),
            attributes: kept
                .map(|(name, value)| (name.clone(), value.encode_to_vec()))
                .collect(),
            debug_info: node.debug_info.cloned(),
        };
        Ok(NewNode {
            name: (&*node.name).into(),
            op,
            inputs,
            control_inputs,
            outputs,
            extra: (extra != NodeExtra::default()).then(|| Box::new(extra)),
        })
    }

    /// What an element that is to be returned is.
    fn wanted(&mut self, name: &'d str) -> Result<Wanted> {
        let missing = || {
            Error::not_found(format!(
                "Requested return_element '{name}' not found in graph_def."
            ))
            .with_help("it is the name of a node, or that and the number of an output: 'y:0'")
        };
        let text = InputText::parse(name).map_err(|_| missing())?;
        if let InputText::Control(_) = text {
            return Err(missing());
        }
        if !name.contains(':') {
            return Ok(Wanted::Operation(self.place(text).map_err(|_| missing())?));
        }
        if let Some((name, tensor)) = self.options.mapped(text) {
            self.used.insert(name);
            return Ok(Wanted::Present(tensor.clone()));
        }
        let place = self.place(text).map_err(|_| missing())?;
        let (outputs, index) = (&self.made[place].outputs, text.index());
        let output = outputs.get(index).ok_or_else(|| {
            let count = outputs.len();
            Error::not_found(format!(
                "Requested return_element '{name}' not found in graph_def: '{}' has {count} outputs.",
                text.name()
            ))
        })?;
        Ok(Wanted::Output(place, index, output.dtype))
    }

    /// The place of the node that an input names.
    fn place(&self, text: InputText<'_>) -> Result<usize> {
        let number = self.numbers.get(text.name()).ok_or_else(|| {
            let name = text.name();
            Error::invalid_argument(format!("it reads '{name}', which is not in the graph"))
        })?;
        Ok(self.places[*number])
    }

    fn control_input(&self, text: InputText<'_>) -> Result<NewSource> {
        Ok(NewSource::Added(self.place(text)?))
    }

    /// Where a tensor comes from, and what is known of it.
    fn input(&mut self, text: InputText<'d>) -> Result<(NewInput, TensorInfo)> {
        if let Some((name, tensor)) = self.options.mapped(text) {
            self.used.insert(name);
            let output = tensor.output();
            let input = NewInput {
                source: NewSource::Present(output.node),
                index: output.index,
            };
            return Ok((input, tensor.info()));
        }
        let (place, index) = (self.place(text)?, text.index());
        let outputs = &self.made[place].outputs;
        let info = outputs.get(index).cloned().ok_or_else(|| {
            let (name, count) = (text.name(), outputs.len());
            Error::invalid_argument(format!(
                "it reads output {index} of '{name}', which has {count}"
            ))
        })?;
        if let Some(behind) = self.behind_call(text) {
            return Ok(behind);
        }
        let source = NewSource::Added(place);
        Ok((NewInput { source, index }, info))
    }

    /// The tensor that a call passes on, and what is known of it, if there is nothing to wait for
    /// but that.
    fn behind_call(&self, text: InputText<'_>) -> Option<(NewInput, TensorInfo)> {
        let number = *self.numbers.get(text.name())?;
        self.nodes[number].body.as_ref()?;
        let call = &self.made[self.places[number]];
        let input = *call.inputs.get(text.index())?;
        let NewSource::Added(place) = input.source else {
            return None;
        };
        let info = self.made[place].outputs.get(input.index)?;
        (call.control_inputs.is_empty() && !info.is_ref).then(|| (input, info.clone()))
    }

    /// Whether a call of the function with this node must wait for it: it does more than compute.
    fn has_effect(&self, number: usize) -> bool {
        let made = &self.made[self.places[number]];
        match &self.nodes[number].body {
            Some(_) => !made.control_inputs.is_empty(),
            None => !matches!(made.op.effect(), Effect::Pure | Effect::Variable),
        }
    }
}

/// The attributes that the registration has, and the names of those that only stay with the node.
fn sort_attributes<'d>(
    node: &'d FlatNode<'_>,
    signature: &Signature,
    room: &mut usize,
) -> Result<(BTreeMap<String, Attribute>, BTreeSet<&'d str>)> {
    let mut given = BTreeMap::new();
    let mut unread = BTreeSet::new();
    for (name, value) in node.attr.iter() {
        if name.starts_with('_') {
            unread.insert(name.as_str());
        } else if signature.knows(name) {
            let value = attribute(value, room)
                .map_err(|error| error.prefixed(&format!("attr '{name}': ")))?;
            given.insert(name.clone(), value);
        } else if is_later_default(name, value) {
            unread.insert(name.as_str());
        } else {
            let op = node.op;
            return Err(Error::invalid_argument(format!(
                "NodeDef mentions attr '{name}' not in Op {op}"
            )));
        }
    }
    Ok((given, unread))
}

/// Whether an attribute that the registration does not have was added by a later TensorFlow, and is
/// at its default.
fn is_later_default(name: &str, value: &AttrValue) -> bool {
    match LATER.iter().find(|(later, _)| *later == name) {
        Some((_, default)) => value.value == Some(Kind::F(*default)),
        None => is_neutral(value),
    }
}
