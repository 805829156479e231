//! Calls of functions become the nodes of these: what a file's library holds is written out where
//! it is called.
//!
//! A call `f` of a function with the nodes `a` and `b` becomes the nodes `f/a`, `f/b` and, under
//! the call's own name, a node that passes the results on. That is what TensorFlow does before it
//! runs a graph. Who reads the call reads the node behind it, unless the call has effects, or waits
//! for something: then there is more to wait for than the value.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use prost::Message;

use crate::files::messages::graph::{ArgDef, AttrValue, FunctionDef, Kind, ListValue, NodeDef};
use crate::graph::{OpDef, Signature};
use crate::ops;
use crate::types::{Error, Map, Result, Set};

use super::library::{Function, Library, count, decode_reference, substitute};
use super::order::InputText;
use super::read::row_of;

/// The op types of calls that name the function by their attribute `f`.
const CALLS: &[&str] = &["PartitionedCall", "StatefulPartitionedCall"];

/// Their output, which stands for all results.
const CALL_OUTPUT: (&str, &str) = ("output", "Tout");

/// How many bytes the nodes of called functions may take, or [`BYTES_FOR_EACH`] times the file's
/// size if that is more.
const BYTES: usize = 64 << 20;

/// See [`BYTES`].
const BYTES_FOR_EACH: usize = 64;

/// What a node takes at the least, besides its texts.
const NODE: usize = 512;

/// How deep functions may call each other.
const DEPTH: usize = 64;

/// The attribute that names the nodes with which one shares its device, each behind this prefix.
const COLOCATED: (&str, &str) = ("_class", "loc:@");

pub(super) type Attributes = BTreeMap<String, AttrValue>;

/// A node of the file, or of a function that is called in it.
#[derive(Clone, Debug)]
pub(super) struct FlatNode<'d> {
    pub(super) name: Cow<'d, str>,
    pub(super) op: &'d str,
    pub(super) input: Cow<'d, [String]>,
    pub(super) device: &'d str,
    pub(super) attr: Cow<'d, Attributes>,
    pub(super) debug_info: Option<&'d Vec<u8>>,
    /// Of a call, the numbers of the function's own nodes.
    pub(super) body: Option<Vec<usize>>,
}

impl<'d> From<&'d NodeDef> for FlatNode<'d> {
    fn from(node: &'d NodeDef) -> Self {
        FlatNode {
            name: Cow::Borrowed(&node.name),
            op: &node.op,
            input: Cow::Borrowed(&node.input),
            device: &node.device,
            attr: Cow::Borrowed(&node.attr),
            debug_info: node.experimental_debug_info.as_ref(),
            body: None,
        }
    }
}

/// What the nodes of called functions may still take.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    fn of_file(bytes: usize) -> Self {
        Budget(BYTES.max(bytes.saturating_mul(BYTES_FOR_EACH)))
    }

    /// # Errors
    /// `ResourceExhausted` if there is less.
    pub(super) fn spend(&mut self, bytes: usize) -> Result<()> {
        self.0 = self.0.checked_sub(bytes).ok_or_else(|| {
            Error::resource_exhausted(
                "the functions that the graph calls have far more nodes than the file is worth",
            )
        })?;
        Ok(())
    }
}

/// The nodes of a file with those of the functions that it calls.
pub(super) struct Flat<'d> {
    pub(super) nodes: Vec<FlatNode<'d>>,
    /// Whether there are functions that nothing calls.
    pub(super) leaves_functions: bool,
}

/// Writes out the calls among `nodes`, which are of a file of `bytes` bytes.
///
/// # Errors
/// `InvalidArgument` if a function does not fit its call, or calls itself; `ResourceExhausted` if
/// there are far more nodes than the file is worth.
pub(super) fn inlined<'d>(
    nodes: &'d [NodeDef],
    library: &'d Library,
    own: &'d [OpDef],
    bytes: usize,
) -> Result<Flat<'d>> {
    let mut inliner = Inliner {
        library,
        own,
        signatures: Map::default(),
        // Few: a node takes more room in the file.
        nodes: Vec::with_capacity(nodes.len()),
        names: Set::default(),
        budget: Budget::of_file(bytes),
        called: Set::default(),
        open: Vec::new(),
    };
    for node in nodes {
        let node = FlatNode::from(node);
        if !inliner.is_call(node.op) {
            inliner.nodes.push(node);
            continue;
        }
        if inliner.names.is_empty() {
            let names = nodes.iter().map(|node| Cow::Borrowed(node.name.as_str()));
            inliner.names.extend(names);
        }
        let (name, op) = (node.name.to_string(), node.op);
        inliner
            .call(node)
            .map_err(|error| error.prefixed(&format!("'{name}', a call ({op}): ")))?;
    }
    Ok(Flat {
        leaves_functions: inliner.called.len() < library.names().len(),
        nodes: inliner.nodes,
    })
}

struct Inliner<'d> {
    library: &'d Library,
    /// Rows of the user's.
    own: &'d [OpDef],
    /// The registrations of op types that were looked at; `None` of those that are not known.
    signatures: Map<&'d str, Option<Signature>>,
    nodes: Vec<FlatNode<'d>>,
    /// All names, once there is a call.
    names: Set<Cow<'d, str>>,
    budget: Budget,
    called: Set<&'d str>,
    /// The functions that are being written out, each called by the one before.
    open: Vec<&'d str>,
}

/// A function that is being written out.
struct Body<'d> {
    function: &'d FunctionDef,
    /// What stands for the arguments.
    arguments: Map<&'d str, Vec<String>>,
    /// The numbers of its nodes by their names there.
    numbers: Map<&'d str, usize>,
    /// The names that they get, by number.
    names: Vec<String>,
    attributes: Vec<Cow<'d, Attributes>>,
}

impl<'d> Inliner<'d> {
    fn is_call(&self, op: &str) -> bool {
        self.library.find(op).is_some() || CALLS.contains(&op)
    }

    /// Adds the nodes of the function that `call` calls, and one that passes the results on.
    fn call(&mut self, call: FlatNode<'d>) -> Result<()> {
        let (name, function, given) = self.callee(&call)?;
        if self.open.contains(&name) {
            let open = self.open.join("' calls '");
            let message = format!(
                "functions that call themselves are not supported: '{open}' calls '{name}'"
            );
            return Err(Error::invalid_argument(message));
        }
        if self.open.len() == DEPTH {
            let message = format!("functions call each other more than {DEPTH} deep");
            return Err(Error::invalid_argument(message));
        }
        self.called.insert(name);
        self.open.push(name);
        let added = self
            .write_out(&call, function, &given)
            .map_err(|error| error.prefixed(&format!("function '{name}': ")));
        self.open.pop();
        self.nodes.push(added?);
        Ok(())
    }

    /// The function that is called, its name, and its attributes.
    fn callee(&mut self, call: &FlatNode<'d>) -> Result<(&'d str, &'d Function, Attributes)> {
        let (name, mut given) = if self.library.find(call.op).is_some() {
            (call.op.to_string(), call.attr.clone().into_owned())
        } else {
            let Some(Kind::Func(bytes)) = call.attr.get("f").and_then(|f| f.value.as_ref()) else {
                let message = "attr 'f' must be the function that is called";
                return Err(Error::invalid_argument(message));
            };
            let reference = decode_reference(bytes)?;
            (reference.name, reference.attr)
        };
        let (name, function) = self.library.find_named(&name).ok_or_else(|| {
            Error::not_found(format!("function '{name}' is not in the file's library"))
        })?;
        for (name, default) in &function.defaults {
            if !given.contains_key(name) {
                self.budget.spend(default.encoded_len())?;
                given.insert(name.clone(), default.clone());
            }
        }
        Ok((name, function, given))
    }

    /// Adds the nodes of a function, and returns the one that passes the results on.
    fn write_out(
        &mut self,
        call: &FlatNode<'d>,
        function: &'d Function,
        given: &Attributes,
    ) -> Result<FlatNode<'d>> {
        let nodes = &function.def.node_def;
        let texts: usize = call.input.iter().map(|text| taken_by(text)).sum();
        self.budget.spend(function.bytes.saturating_add(texts))?;
        self.budget.spend((nodes.len() + 1) * NODE)?;
        let (data, control): (Vec<&String>, Vec<&String>) =
            call.input.iter().partition(|text| !text.starts_with('^'));
        let body = Body {
            function: &function.def,
            arguments: arguments(function.inputs(), &data, given)?,
            numbers: numbers(nodes)?,
            names: self.take_names(&call.name, nodes)?,
            attributes: self.attributes(nodes, given)?,
        };
        let mut own = Vec::with_capacity(nodes.len());
        for (number, node) in nodes.iter().enumerate() {
            let flat = self
                .node(&body, number, node, &control)
                .map_err(|error| error.prefixed(&format!("'{}': ", node.name)))?;
            match self.is_call(flat.op) {
                true => self.call(flat)?,
                false => self.nodes.push(flat),
            }
            own.push(self.nodes.len() - 1);
        }
        let mut input = self.results(&body, function.outputs(), given)?;
        let outputs = input.len();
        for name in body.function.control_ret.values() {
            self.resolve(&body, &format!("^{name}"), &mut input)?;
        }
        input.extend(control.into_iter().cloned());
        Ok(FlatNode {
            name: call.name.clone(),
            op: ops::passing_on(outputs),
            input: Cow::Owned(input),
            device: call.device,
            attr: Cow::Owned(Attributes::new()),
            debug_info: call.debug_info,
            body: Some(own),
        })
    }

    /// Names for a function's nodes below `prefix`, which no other node has.
    fn take_names(&mut self, prefix: &str, nodes: &'d [NodeDef]) -> Result<Vec<String>> {
        let mut names = Vec::with_capacity(nodes.len());
        for node in nodes {
            self.budget.spend(2 * prefix.len())?;
            let wanted = format!("{prefix}/{}", node.name);
            let mut name = wanted.clone();
            let mut number = 0;
            while !self.names.insert(Cow::Owned(name.clone())) {
                number += 1;
                name = format!("{wanted}_{number}");
            }
            names.push(name);
        }
        Ok(names)
    }

    /// The attributes of a function's nodes, with what the call gives.
    fn attributes(
        &mut self,
        nodes: &'d [NodeDef],
        given: &Attributes,
    ) -> Result<Vec<Cow<'d, Attributes>>> {
        let of_node = |node: &'d NodeDef| {
            let mut attributes = Cow::Borrowed(&node.attr);
            for (name, value) in &node.attr {
                let new = substitute(value, given, &mut self.budget).map_err(|error| {
                    error.prefixed(&format!("'{}', attr '{name}': ", node.name))
                })?;
                if let Some(new) = new {
                    attributes.to_mut().insert(name.clone(), new);
                }
            }
            Ok(attributes)
        };
        nodes.iter().map(of_node).collect()
    }

    /// A node of a function as one of the graph.
    fn node(
        &mut self,
        body: &Body<'d>,
        number: usize,
        node: &'d NodeDef,
        control: &[&String],
    ) -> Result<FlatNode<'d>> {
        let mut input = Vec::with_capacity(node.input.len());
        let mut is_first = true;
        for text in &node.input {
            is_first &= !self.resolve(body, text, &mut input)?;
        }
        if is_first {
            // The others wait for one that does.
            for text in control {
                self.push(text.to_string(), &mut input)?;
            }
        }
        let mut attr = body.attributes[number].clone();
        if let Some(value) = attr.get(COLOCATED.0) {
            let value = body.colocated(value);
            attr.to_mut().insert(COLOCATED.0.to_string(), value);
        }
        Ok(FlatNode {
            name: Cow::Owned(body.names[number].clone()),
            input: Cow::Owned(input),
            attr,
            ..FlatNode::from(node)
        })
    }

    /// What the outputs are.
    fn results(
        &mut self,
        body: &Body<'d>,
        outputs: &[ArgDef],
        given: &Attributes,
    ) -> Result<Vec<String>> {
        let mut results = Vec::new();
        for output in outputs {
            let name = &output.name;
            let text = body.function.ret.get(name).ok_or_else(|| {
                let message = format!("it does not say what its output '{name}' is");
                Error::invalid_argument(message)
            })?;
            let before = results.len();
            self.resolve(body, text, &mut results)?;
            let (found, expected) = (
                results.len() - before,
                counted(output, |name| given.get(name))?,
            );
            if found != expected || text.starts_with('^') {
                return Err(Error::invalid_argument(format!(
                    "its output '{name}' stands for {expected} tensors, and is '{text}', which is {found}"
                )));
            }
        }
        Ok(results)
    }

    /// Adds what `text` means in a function; says whether it is one of the function's nodes.
    fn resolve(&mut self, body: &Body<'d>, text: &str, into: &mut Vec<String>) -> Result<bool> {
        let missing = || {
            let message = format!("it reads '{text}', which is not in the function");
            Error::invalid_argument(message)
        };
        if let Some(name) = text.strip_prefix('^') {
            let number = body.numbers.get(name).ok_or_else(missing)?;
            self.push(format!("^{}", body.names[*number]), into)?;
            return Ok(true);
        }
        let mut parts = text.splitn(3, ':');
        let (name, second, third) = (parts.next().unwrap_or(""), parts.next(), parts.next());
        let index = |text: &str| text.parse::<usize>().map_err(|_| missing());
        if let Some(texts) = body.arguments.get(name) {
            let texts = match (second, third) {
                (None, None) => texts.as_slice(),
                (Some(text), None) => {
                    let text = texts.get(index(text)?);
                    std::slice::from_ref(text.ok_or_else(missing)?)
                }
                _ => return Err(missing()),
            };
            for text in texts {
                self.push(text.clone(), into)?;
            }
            return Ok(false);
        }
        let number = *body.numbers.get(name).ok_or_else(missing)?;
        let output = second.ok_or_else(missing)?;
        let range = self.outputs(body, number, output)?;
        let range = match third {
            None => range,
            Some(text) => {
                let index = index(text)?;
                let start = range.start.saturating_add(index);
                if start >= range.end {
                    return Err(missing());
                }
                start..start + 1
            }
        };
        for index in range {
            let name = &body.names[number];
            let text = match index {
                0 => name.clone(),
                _ => format!("{name}:{index}"),
            };
            self.push(text, into)?;
        }
        Ok(true)
    }

    fn push(&mut self, text: String, into: &mut Vec<String>) -> Result<()> {
        self.budget.spend(taken_by(&text))?;
        into.push(text);
        Ok(())
    }

    /// Which outputs of a function's node belong to the one that is called `output`. Of an op that
    /// is not known, the first: that it is missing is told when all nodes are there.
    fn outputs(&mut self, body: &Body<'d>, number: usize, output: &str) -> Result<Range<usize>> {
        let op = body.function.node_def[number].op.as_str();
        let attributes = &body.attributes[number];
        let missing = || Error::invalid_argument(format!("{op} has no output '{output}'"));
        if let Some(function) = self.library.find(op) {
            // What the search takes.
            self.budget.spend(function.outputs().len())?;
            let given = |name: &str| attributes.get(name).or_else(|| function.defaults.get(name));
            let outputs = function.outputs().iter();
            let counts = outputs.map(|output| Ok((output.name.as_str(), counted(output, given)?)));
            return range_of(counts, output)?.ok_or_else(missing);
        }
        if CALLS.contains(&op) {
            let (name, types) = CALL_OUTPUT;
            let count = attributes.get(types).and_then(count).unwrap_or(0);
            return range_of([Ok((name, count))].into_iter(), output)?.ok_or_else(missing);
        }
        let own = self.own;
        let signature = match self.signatures.get(op) {
            Some(signature) => signature,
            None => {
                let row = row_of(op, own);
                let signature = row.map(|row| row.signature()).transpose()?;
                self.signatures.entry(op).or_insert(signature)
            }
        };
        let Some(signature) = signature else {
            return Ok(0..1);
        };
        let counts = signature.outputs.iter().map(|output| {
            let count = match output.counter() {
                None => Some(1),
                Some(name) => attributes.get(name).and_then(count),
            };
            let untold = || {
                let name = output.name;
                Error::invalid_argument(format!("it does not say how many outputs '{name}' is"))
            };
            Ok((output.name, count.ok_or_else(untold)?))
        });
        range_of(counts, output)?.ok_or_else(missing)
    }
}

impl Body<'_> {
    /// With the nodes' names as they are now; what is not among them is left out.
    fn colocated(&self, value: &AttrValue) -> AttrValue {
        let Some(Kind::List(list)) = &value.value else {
            return value.clone();
        };
        let renamed = list.s.iter().filter_map(|text| {
            let name = std::str::from_utf8(text).ok()?.strip_prefix(COLOCATED.1)?;
            let number = self.numbers.get(name)?;
            Some(format!("{}{}", COLOCATED.1, self.names[*number]).into_bytes())
        });
        AttrValue {
            value: Some(Kind::List(ListValue {
                s: renamed.collect(),
                ..ListValue::default()
            })),
        }
    }
}

/// How many bytes a text takes.
fn taken_by(text: &str) -> usize {
    size_of::<String>() + text.len()
}

/// Which of the outputs with these names and counts belong to `output`.
fn range_of<'n>(
    counts: impl Iterator<Item = Result<(&'n str, usize)>>,
    output: &str,
) -> Result<Option<Range<usize>>> {
    let mut start = 0usize;
    for named in counts {
        let (name, count) = named?;
        let end = start.saturating_add(count);
        if name == output {
            return Ok(Some(start..end));
        }
        start = end;
    }
    Ok(None)
}

/// For how many tensors an argument or an output stands.
fn counted<'g>(argument: &ArgDef, given: impl Fn(&str) -> Option<&'g AttrValue>) -> Result<usize> {
    let Some(name) = argument.counter() else {
        return Ok(1);
    };
    given(name).and_then(count).ok_or_else(|| {
        let argument = &argument.name;
        Error::invalid_argument(format!(
            "the call does not say by attr '{name}' how many tensors '{argument}' is"
        ))
    })
}

/// The inputs of a call by the names of the arguments.
fn arguments<'d>(
    names: &'d [ArgDef],
    data: &[&String],
    given: &Attributes,
) -> Result<Map<&'d str, Vec<String>>> {
    let mut arguments = Map::default();
    let mut start = 0usize;
    for argument in names {
        let end = start.saturating_add(counted(argument, |name| given.get(name))?);
        let own = data.get(start..end).unwrap_or_default();
        let own = own.iter().map(|text| text.to_string()).collect();
        arguments.insert(argument.name.as_str(), own);
        start = end;
    }
    if start != data.len() {
        let count = data.len();
        let message = format!("it takes {start} tensors, and is given {count}");
        return Err(Error::invalid_argument(message));
    }
    // That they are inputs is found out here, as an argument need not be read.
    data.iter()
        .try_for_each(|text| InputText::parse(text).map(drop))?;
    Ok(arguments)
}

/// The numbers of a function's nodes by their names.
fn numbers(nodes: &[NodeDef]) -> Result<Map<&str, usize>> {
    super::order::numbers(nodes.iter().map(|node| node.name.as_str()))
}
