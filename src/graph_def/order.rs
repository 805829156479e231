//! The nodes of a file in an order in which each comes after those that it reads.

use crate::types::{Error, Map, Result};

use super::inline::FlatNode;

/// An input of a node, as its text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InputText<'d> {
    /// `^name`: the node called so must run before.
    Control(&'d str),
    /// `name:index`, or `name` for index 0.
    Tensor(&'d str, usize),
}

impl<'d> InputText<'d> {
    pub(super) fn parse(text: &'d str) -> Result<Self> {
        if let Some(name) = text.strip_prefix('^') {
            return Ok(InputText::Control(name));
        }
        match text.rsplit_once(':') {
            None => Ok(InputText::Tensor(text, 0)),
            Some((name, index)) => match index.parse() {
                Ok(index) => Ok(InputText::Tensor(name, index)),
                Err(_) => Err(Error::invalid_argument(format!(
                    "'{text}' does not name an output of a node"
                ))),
            },
        }
    }

    /// Which output is read, of a tensor.
    pub(super) fn index(self) -> usize {
        match self {
            InputText::Control(_) => 0,
            InputText::Tensor(_, index) => index,
        }
    }

    pub(super) fn name(self) -> &'d str {
        match self {
            InputText::Control(name) | InputText::Tensor(name, _) => name,
        }
    }
}

/// The numbers of the nodes by their names.
///
/// # Errors
/// `InvalidArgument` if two have the same.
pub(super) fn numbers<'d>(names: impl Iterator<Item = &'d str>) -> Result<Map<&'d str, usize>> {
    let mut numbers = Map::default();
    for (number, name) in names.enumerate() {
        if numbers.insert(name, number).is_some() {
            let message = format!("Node '{name}' is not unique");
            return Err(Error::invalid_argument(message));
        }
    }
    Ok(numbers)
}

/// The nodes' numbers, those that a node reads before it, and a function's before its call,
/// otherwise in the file's order. What is not among the nodes, or comes from elsewhere, counts for
/// nothing here.
///
/// # Errors
/// `InvalidArgument` if nodes read each other in a circle.
pub(super) fn in_order(
    nodes: &[FlatNode<'_>],
    numbers: &Map<&str, usize>,
    comes_from_elsewhere: impl Fn(InputText<'_>) -> bool,
) -> Result<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    // Few: a node takes more room in the file; here and below.
    let mut states = vec![State::New; nodes.len()];
    let mut order = Vec::with_capacity(nodes.len());
    // Nodes that wait, with how many of their inputs have been looked at.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for first in 0..nodes.len() {
        if states[first] == State::New {
            states[first] = State::Open;
            open.push((first, 0));
        }
        while let Some((number, seen)) = open.last_mut() {
            let (number, place) = (*number, *seen);
            *seen += 1;
            let node = &nodes[number];
            let body = node.body.as_deref().unwrap_or_default();
            let read = match node.input.get(place) {
                Some(text) => {
                    let input = InputText::parse(text)?;
                    let read = numbers.get(input.name());
                    read.copied().filter(|_| !comes_from_elsewhere(input))
                }
                None => match body.get(place - node.input.len()) {
                    Some(read) => Some(*read),
                    None => {
                        states[number] = State::Done;
                        order.push(number);
                        open.pop();
                        continue;
                    }
                },
            };
            let Some(read) = read else {
                continue;
            };
            match states[read] {
                State::Done => {}
                State::New => {
                    states[read] = State::Open;
                    open.push((read, 0));
                }
                State::Open => {
                    let text = node
                        .input
                        .get(place)
                        .map_or(&*nodes[read].name, String::as_str);
                    return Err(Error::invalid_argument(format!(
                        "Node '{}' reads '{text}', which depends on it",
                        node.name
                    )));
                }
            }
        }
    }
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::messages::graph::NodeDef;

    fn node(name: &str, input: &[&str]) -> NodeDef {
        NodeDef {
            name: name.to_string(),
            input: input.iter().map(|text| text.to_string()).collect(),
            ..NodeDef::default()
        }
    }

    #[test]
    fn inputs_come_first() {
        let nodes = [
            node("c", &["b:1", "^a"]),
            node("b", &["a", "elsewhere"]),
            node("a", &[]),
        ];
        let nodes: Vec<FlatNode<'_>> = nodes.iter().map(FlatNode::from).collect();
        let numbers = numbers(nodes.iter().map(|node| &*node.name)).unwrap();
        assert_eq!(in_order(&nodes, &numbers, |_| false).unwrap(), [2, 1, 0]);
    }

    #[test]
    fn circles_are_refused() {
        let nodes = [node("a", &["b"]), node("b", &["c"]), node("c", &["^a"])];
        let nodes: Vec<FlatNode<'_>> = nodes.iter().map(FlatNode::from).collect();
        let numbers = numbers(nodes.iter().map(|node| &*node.name)).unwrap();
        let error = in_order(&nodes, &numbers, |_| false)
            .unwrap_err()
            .to_string();
        assert!(error.contains("Node 'c' reads '^a'"), "{error}");
        let cut = |input: InputText<'_>| input == InputText::Tensor("b", 0);
        assert_eq!(in_order(&nodes, &numbers, cut).unwrap(), [0, 2, 1]);
    }
}
