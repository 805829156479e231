//! A graph as a drawing, in the language of Graphviz.

use std::fmt::{self, Write};
use std::sync::Arc;

use super::{Graph, Node, TensorInfo};

impl Graph {
    /// The graph in Graphviz's DOT language: `dot -Tsvg` makes a picture of it. A box for each node
    /// with its name and op, one around each name scope, an arrow with type and shape for each
    /// tensor that is read, and a dashed one for each control dependency. A node that holds a
    /// mistake is red.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let x = graph.placeholder::<f32>("x", tf1::shape![?, 3]);
    /// graph.name_scope("layer", || tf1::nn::relu(2.0 * &x));
    /// let dot = graph.to_dot();
    /// assert!(dot.contains("subgraph \"cluster_0\" {"));
    /// assert!(dot.contains("label=\"layer\""));
    /// assert!(dot.contains("n0 -> n2 [label=\"float32 (?, 3)\"];"));
    /// ```
    pub fn to_dot(&self) -> String {
        self.with_nodes(|nodes| {
            let mut dot = Dot {
                text: String::new(),
                nodes,
                clusters: 0,
            };
            // Writing to a string cannot fail.
            let _ = dot.write();
            dot.text
        })
    }
}

struct Dot<'g> {
    text: String,
    nodes: &'g [Arc<Node>],
    /// How many boxes around scopes there are so far.
    clusters: usize,
}

impl Dot<'_> {
    fn write(&mut self) -> fmt::Result {
        writeln!(self.text, "digraph {{")?;
        writeln!(
            self.text,
            "  rankdir=BT; fontname=\"sans-serif\"; color=gray; labeljust=l;"
        )?;
        writeln!(
            self.text,
            "  node [shape=box, style=rounded, fontname=\"sans-serif\"];"
        )?;
        writeln!(self.text, "  edge [fontname=\"sans-serif\", fontsize=10];")?;
        self.write_nodes()?;
        self.write_edges()?;
        writeln!(self.text, "}}")
    }

    /// The nodes scope by scope: sorted by scope, those in a box come one after the other, with the
    /// boxes in it.
    fn write_nodes(&mut self) -> fmt::Result {
        let nodes = self.nodes;
        let scopes = scopes(nodes);
        let mut order: Vec<usize> = (0..scopes.len()).collect();
        order.sort_by(|&a, &b| parts(scopes[a]).cmp(parts(scopes[b])));
        let mut open: Vec<&str> = Vec::new();
        for node in order {
            let common = parts(scopes[node])
                .zip(&open)
                .take_while(|(part, open)| part == *open)
                .count();
            for _ in open.drain(common..) {
                writeln!(self.text, "  }}")?;
            }
            for part in parts(scopes[node]).skip(common) {
                self.open_cluster(part)?;
                open.push(part);
            }
            self.write_node(node)?;
        }
        open.iter().try_for_each(|_| writeln!(self.text, "  }}"))
    }

    fn open_cluster(&mut self, name: &str) -> fmt::Result {
        let number = self.clusters;
        self.clusters += 1;
        writeln!(
            self.text,
            "  subgraph \"cluster_{number}\" {{ label={};",
            quoted(name)
        )
    }

    fn write_node(&mut self, number: usize) -> fmt::Result {
        let node = &self.nodes[number];
        let name = node.name.rsplit('/').next().unwrap_or_default();
        let op = node.op.op_type();
        let label = if name == op {
            op.to_string()
        } else {
            format!("{name}\n{op}")
        };
        let color = if node.failure.is_some() {
            ", color=red"
        } else {
            ""
        };
        writeln!(self.text, "  n{number} [label={}{color}];", quoted(&label))
    }

    fn write_edges(&mut self) -> fmt::Result {
        for (number, node) in self.nodes.iter().enumerate() {
            for input in &node.inputs {
                let from = input.node.index();
                let info = self.nodes[from].outputs.get(input.index);
                let label = info.map_or(String::new(), tensor_label);
                writeln!(self.text, "  n{from} -> n{number}{label};")?;
            }
            for waits_for in &node.control_inputs {
                writeln!(
                    self.text,
                    "  n{} -> n{number} [style=dashed];",
                    waits_for.index()
                )?;
            }
        }
        Ok(())
    }
}

/// The scope of each node. A node that a scope is named after stands in it, as the variable `W`
/// does beside `W/read`.
fn scopes(nodes: &[Arc<Node>]) -> Vec<&str> {
    let parents = nodes.iter().map(|node| parent(&node.name));
    let mut sorted: Vec<&str> = parents.clone().collect();
    sorted.sort_unstable_by(|a, b| parts(a).cmp(parts(b)));
    let is_scope = |name: &str| {
        let first = sorted.partition_point(|scope| parts(scope).lt(parts(name)));
        let inner = sorted.get(first).map(|scope| scope.strip_prefix(name));
        inner.is_some_and(|rest| rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    };
    let nodes = nodes.iter().zip(parents);
    nodes
        .map(|(node, parent)| {
            if is_scope(&node.name) {
                &*node.name
            } else {
                parent
            }
        })
        .collect()
}

fn tensor_label(info: &TensorInfo) -> String {
    format!(
        " [label={}]",
        quoted(&format!("{} {}", info.dtype_name(), info.shape))
    )
}

/// The scope that a node of this name stands in; empty at the root.
fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(scope, _)| scope)
}

/// The scopes in a path, outermost first.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty())
}

/// A string of the language, in quotes.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", escaped.replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backslash_and_a_quote_cannot_end_a_string() {
        assert_eq!(quoted("a\\\"b\nc"), "\"a\\\\\\\"b\\nc\"");
    }

    /// Each box is opened once, and holds the nodes of its scope, however they were made.
    #[test]
    fn scopes_are_boxes() {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [2]);
        let a = graph.name_scope("a", || graph.name_scope("b", || &x + 1.0));
        let inner = graph.name_scope("c", || &a * 2.0);
        let again = graph.name_scope("a/", || &inner - 1.0);
        let dot = graph.to_dot();
        assert_eq!(again.name(), "a/sub:0");
        for name in ["a", "b", "c"] {
            assert_eq!(
                dot.matches(&format!("label=\"{name}\";")).count(),
                1,
                "{dot}"
            );
        }
        // Each operator has a scope of its own too, for its constant.
        let opened = dot.matches("subgraph").count();
        assert_eq!((opened, dot.matches('}').count()), (6, 7));
    }
}
