//! [`Request`]: the list of what a run shall do.

use std::fmt::Display;

use smallvec::SmallVec;

use crate::graph::{AnyTensor, Graph, NodeId, Operation, Output};
use crate::types::Error;

/// One thing that a run shall do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::session) enum Target {
    /// Compute a tensor and give it back as an array.
    Output(Output),
    /// Compute a tensor of so many axes and give it back as an array.
    Ranked(Output, usize),
    /// Compute a tensor of one element and give it back as a number.
    Scalar(Output),
    /// Run an operation.
    Node(NodeId),
}

impl Target {
    /// The tensor that is given back, if one is.
    pub(in crate::session) fn output(self) -> Option<Output> {
        match self {
            Target::Output(output) | Target::Ranked(output, _) | Target::Scalar(output) => {
                Some(output)
            }
            Target::Node(_) => None,
        }
    }

    /// The node that must be run.
    pub(in crate::session) fn node(self) -> NodeId {
        match self {
            Target::Output(output) | Target::Ranked(output, _) | Target::Scalar(output) => {
                output.node
            }
            Target::Node(node) => node,
        }
    }

    /// Whether what is given back is an array; `None` if nothing is.
    pub(in crate::session) fn is_array(self) -> Option<bool> {
        match self {
            Target::Output(_) | Target::Ranked(..) => Some(true),
            Target::Scalar(_) => Some(false),
            Target::Node(_) => None,
        }
    }
}

/// What a run shall do, in order; short lists need no allocation.
pub(in crate::session) type Targets = SmallVec<[Target; 8]>;

/// The list of what a run shall do.
#[derive(Debug, Default)]
pub struct Request {
    pub(in crate::session) targets: Targets,
    /// Why the first thing that cannot be fetched cannot: it belongs to another graph, or nothing
    /// has its name.
    pub(in crate::session) mistake: Option<Error>,
    graph: Option<Graph>,
}

impl Request {
    pub(in crate::session) fn new(graph: &Graph) -> Self {
        Request {
            graph: Some(graph.clone()),
            ..Default::default()
        }
    }

    /// Asks for a tensor's value.
    pub fn tensor(&mut self, tensor: &AnyTensor) {
        self.note_graph(tensor.graph(), tensor.output().node, tensor);
        self.targets.push(Target::Output(tensor.output()));
    }

    /// Asks for a tensor's value, which must have `rank` axes.
    pub fn ranked(&mut self, tensor: &AnyTensor, rank: usize) {
        self.note_graph(tensor.graph(), tensor.output().node, tensor);
        self.targets.push(Target::Ranked(tensor.output(), rank));
    }

    /// Asks for a tensor's value, which must have exactly one element.
    pub fn scalar(&mut self, tensor: &AnyTensor) {
        self.note_graph(tensor.graph(), tensor.output().node, tensor);
        self.targets.push(Target::Scalar(tensor.output()));
    }

    /// Asks for an operation to be run.
    pub fn operation(&mut self, operation: &Operation) {
        self.note_graph(operation.graph(), operation.node(), operation);
        self.targets.push(Target::Node(operation.node()));
    }

    /// Asks for the value of the tensor with this name.
    pub fn named(&mut self, name: &str) {
        let graph = self.graph.as_ref();
        match graph.map(|graph| graph.get_tensor_by_name(name)) {
            Some(Ok(tensor)) => self.targets.push(Target::Output(tensor.output())),
            Some(Err(error)) => {
                let is_operation =
                    graph.is_some_and(|graph| graph.get_operation_by_name(name).is_ok());
                self.mistake
                    .get_or_insert_with(|| not_a_tensor(name, &error, is_operation));
            }
            None => {}
        }
    }

    fn note_graph(&mut self, graph: &Graph, node: NodeId, asked_for: &dyn Display) {
        if self.graph.as_ref() != Some(graph) && self.mistake.is_none() {
            self.mistake = Some(of_other_graph("Fetch argument", asked_for, graph, node));
        }
    }
}

/// The mistake of fetching a name that no tensor has, though an operation may have it.
fn not_a_tensor(name: &str, error: &Error, is_operation: bool) -> Error {
    let message = format!(
        "Fetch argument '{name}' cannot be interpreted as a Tensor. ({})",
        error.message()
    );
    let mistake = retold(error, message);
    match mistake.help().filter(|_| is_operation) {
        Some(help) => {
            let help =
                format!("{help}, or graph.get_operation_by_name(\"{name}\")? to run an operation");
            mistake.with_help(help)
        }
        None => mistake,
    }
}

/// The mistake of a name that no tensor has, in the words of who was given it, with the same help.
pub(in crate::session) fn retold(error: &Error, message: String) -> Error {
    let mistake = match error {
        Error::NotFound(_) => Error::not_found(message),
        _ => Error::invalid_argument(message),
    };
    match error.help() {
        Some(help) => mistake.with_help(help),
        None => mistake,
    }
}

/// The mistake of fetching or feeding what belongs to another graph than the session's.
pub(in crate::session) fn of_other_graph(
    what: &str,
    stranger: &dyn Display,
    graph: &Graph,
    node: NodeId,
) -> Error {
    let error = graph.held_mistake().unwrap_or_else(|| {
        Error::invalid_argument(format!(
            "{what} {stranger} is not an element of this session's graph."
        ))
        .with_help("use a session on the graph that it was built in")
    });
    error.at_node(|| graph.node_ref(node))
}
