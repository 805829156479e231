//! [`Names`]: what the names of a program stand for.

use std::collections::HashMap;

use tf1::Graph;

use crate::call::Call;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

/// The names of a program, or of a function in it, which sees those around it as they are when it
/// is called.
#[derive(Clone, Debug)]
pub struct Names {
    graph: Graph,
    values: HashMap<String, Value>,
}

impl Names {
    /// No names, of a program that builds in `graph`.
    pub fn new(graph: &Graph) -> Self {
        Names {
            graph: graph.clone(),
            values: HashMap::new(),
        }
    }

    /// Names that were kept, for a call that builds in `graph`.
    pub fn of(graph: &Graph, values: HashMap<String, Value>) -> Self {
        Names {
            graph: graph.clone(),
            values,
        }
    }

    /// Where the program builds.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// All names.
    pub fn values(&self) -> &HashMap<String, Value> {
        &self.values
    }

    /// What is called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Calls a value `name`.
    pub fn insert(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_string(), value);
    }

    /// What a reference stands for: `x`, or with what follows, `x[1]`, `x[-1]['key'].attribute`.
    pub fn look_up(&self, reference: &str) -> Outcome<Value> {
        let (name, mut rest) =
            reference.split_at(reference.find(['[', '.']).unwrap_or(reference.len()));
        let unknown = || Trouble::fails(format!("${reference} refers to nothing"));
        let mut value = self.values.get(name).ok_or_else(unknown)?.clone();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('[') {
                let (index, after) = after.split_once(']').ok_or_else(unknown)?;
                value = self.element(value, index).ok_or_else(unknown)??;
                rest = after;
            } else {
                let after = rest.strip_prefix('.').ok_or_else(unknown)?;
                let (attribute, after) =
                    after.split_at(after.find(['[', '.']).unwrap_or(after.len()));
                value = self.attribute(value, attribute)?;
                rest = after;
            }
        }
        Ok(value)
    }

    /// The element of a value at an index as Python writes it; of a tensor a strided slice.
    fn element(&self, value: Value, index: &str) -> Option<Outcome<Value>> {
        if let Value::Dict(members) = value {
            let key = index.trim_matches(['\'', '"']);
            let (_, found) = members.into_iter().find(|(name, _)| name == key)?;
            return Some(Ok(found));
        }
        let place: i64 = index.parse().ok()?;
        let Some(items) = value.items() else {
            let arguments = vec![value, Value::Int(place)];
            return Some(Call::make(
                &self.graph,
                "operator.getitem",
                arguments,
                Vec::new(),
            ));
        };
        let from_end = if place < 0 { items.len() as i64 } else { 0 };
        let place = usize::try_from(place + from_end).ok()?;
        items.get(place).cloned().map(Ok)
    }

    fn attribute(&self, value: Value, attribute: &str) -> Outcome<Value> {
        let name = format!("{}.{attribute}", value.kind());
        Call::make(&self.graph, &name, vec![value], Vec::new())
    }
}
