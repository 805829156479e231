//! Naming a call after it was made, as if TensorFlow's argument `name=` had been given.

use std::panic::Location;

use crate::graph::names::{is_node_name, not_a_node_name};
use crate::graph::{Graph, NodeId, State};

impl Graph {
    /// Gives the function call that made `node` another name, as if TensorFlow's `name=` argument
    /// had been given.
    #[track_caller]
    pub(in crate::graph) fn rename(&self, node: NodeId, wanted: &str) {
        let location = Location::caller();
        if !is_node_name(wanted) {
            let error = not_a_node_name(wanted);
            self.state().record(error.at_location(location), Some(node));
            return;
        }
        self.state().rename(node, wanted);
    }
}

impl State {
    fn rename(&mut self, node: NodeId, wanted: &str) {
        let own_name = self.nodes[node.index()].name.to_string();
        let call = self
            .last_call
            .take()
            .filter(|call| call.nodes.contains(&node.index()));
        let (prefix, nodes) = match call {
            Some(call) => {
                let prefix = call.prefix.map_or(own_name, |prefix| prefix.to_string());
                self.names.rewind(call.names, &prefix);
                (prefix, call.nodes)
            }
            None => (own_name, node.index()..node.index() + 1),
        };
        let new_prefix = match wanted.strip_suffix('/') {
            Some(absolute) => absolute.into(),
            None => {
                let parent = prefix.rfind('/').map_or("", |slash| &prefix[..=slash]);
                self.names.unique(&format!("{parent}{wanted}"))
            }
        };
        let echo = format!("/{}", own_part(&prefix));
        for index in nodes {
            self.rename_node(NodeId::from_index(index), |state, name| {
                let renamed = match name.strip_prefix(&prefix) {
                    Some("") => new_prefix.to_string(),
                    // An op below the scope that is called the same is one that TensorFlow passes
                    // its `name=` on to.
                    Some(rest) if rest == echo => format!("{new_prefix}/{wanted}"),
                    Some(rest) if rest.starts_with('/') => format!("{new_prefix}{rest}"),
                    _ => name.to_string(),
                };
                state.exact_name(&renamed)
            });
        }
    }
}

/// What an op function calls itself, given the name that was made of it: `Add` of `layer1/Add_2`.
fn own_part(name: &str) -> &str {
    let own = name.rsplit('/').next().unwrap_or(name);
    match own.rsplit_once('_') {
        Some((stem, number))
            if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            stem
        }
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use crate::Graph;

    #[test]
    fn calls_within_a_call_can_be_named() {
        let graph = Graph::new();
        let sum = graph.op_call(|| {
            let variable = graph.variable(1.0f32).named("power");
            assert_eq!(
                variable.any().initial_value().name(),
                "power/initial_value:0"
            );
            variable.value() + 1.0
        });
        assert_eq!(sum.named("total").op().inputs()[1].name(), "total/y:0");
        assert_eq!(graph.variable(1.0f32).name(), "Variable:0");
    }

    #[test]
    fn a_name_with_a_slash_at_its_end_is_taken_as_it_is() {
        let graph = Graph::new();
        let names = graph.name_scope("train", || {
            graph.name_scope_as("Adam", |scope| {
                let one = graph.constant(1.0f32).named("y");
                (one.name(), (one + 2.0).named(scope).op())
            })
        });
        assert_eq!(
            (names.0.as_str(), names.1.name().as_str()),
            ("train/Adam/y:0", "train/Adam")
        );
        assert_eq!(names.1.inputs()[1].name(), "train/Adam/y_1:0");
    }
}
