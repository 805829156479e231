//! Which variables the results of a function depend on other than by its inputs.

use crate::graph::{AnyTensor, Graph, GraphKeys, NodeId, Output};
use crate::ops;
use crate::types::{Error, Map, Result, Set};

/// What is known of a graph's nodes, so that each is looked at once and not for every function
/// whose results depend on it.
#[derive(Default)]
struct Known {
    /// How many results the `IdentityN` of each function has, which stand before its inputs.
    results: Map<NodeId, usize>,
    /// Whether a node depends on a variable that is trained.
    trained: Map<NodeId, bool>,
    /// How often a node was looked at.
    #[cfg(test)]
    looks: usize,
}

/// Notes that these are the outputs of the `IdentityN` of a function with so many results.
pub(super) fn remember(graph: &Graph, outputs: &[AnyTensor], results: usize) {
    if let Some(output) = outputs.first() {
        let node = output.output().node;
        graph.with_extension(|known: &mut Known| known.results.insert(node, results));
    }
}

/// Fails if results depend on a variable that is trained other than by the inputs.
///
/// # Errors
/// `InvalidArgument`.
pub(super) fn expect_none(graph: &Graph, xs: &[AnyTensor], ys: &[AnyTensor]) -> Result<()> {
    let inputs: Set<_> = xs.iter().map(AnyTensor::output).collect();
    let own = |y: &&AnyTensor| y.graph() == graph;
    let mut open: Vec<_> = ys.iter().filter(own).map(AnyTensor::output).collect();
    let mut seen = Set::default();
    while let Some(output) = open.pop() {
        let node = output.node;
        if inputs.contains(&output) || !seen.insert(node) || !is_trained(graph, node) {
            continue;
        }
        if is_variable(graph, node) {
            return Err(Error::invalid_argument(format!(
                "If using custom_gradient with a function that uses variables, then they must be among its inputs; '{}' is not.",
                graph.operation_at(node).name()
            ))
            .with_help("make the variable before, and pass it as an input: custom_gradient((&x, &w), |(x, w)| ...)")
            .with_related(graph.node_ref(node)));
        }
        open.extend(smooth_inputs(graph, node));
    }
    Ok(())
}

/// Whether the node depends on a variable that is trained, by inputs of a function or not.
fn is_trained(graph: &Graph, node: NodeId) -> bool {
    let known = |id| graph.with_extension(|known: &mut Known| known.trained.get(&id).copied());
    let (mut unknown, mut open) = (Set::default(), vec![node]);
    while let Some(id) = open.pop() {
        if known(id).is_none() && unknown.insert(id) {
            open.extend(smooth_inputs(graph, id).iter().map(|input| input.node));
        }
    }
    let mut unknown: Vec<NodeId> = unknown.into_iter().collect();
    // Nodes come after their inputs.
    unknown.sort_unstable();
    for id in unknown {
        let inputs = smooth_inputs(graph, id);
        let is_one =
            is_variable(graph, id) || inputs.iter().any(|input| known(input.node) == Some(true));
        graph.with_extension(|known: &mut Known| known.trained.insert(id, is_one));
    }
    known(node) == Some(true)
}

fn is_variable(graph: &Graph, node: NodeId) -> bool {
    graph.is_collected(GraphKeys::TRAINABLE_VARIABLES, &graph.operation_at(node))
}

/// The inputs to which gradients of the node may flow.
fn smooth_inputs(graph: &Graph, node: NodeId) -> Vec<Output> {
    let results = graph.with_extension(|known: &mut Known| {
        #[cfg(test)]
        {
            known.looks += 1;
        }
        known.results.get(&node).copied()
    });
    graph.with_node(node, |node| {
        // What a function made of its inputs was looked at when it was called.
        let first = results.unwrap_or(0);
        match ops::may_be_differentiated(node.op.op_type()) {
            true => node.inputs[first..].to_vec(),
            false => Vec::new(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gradients::custom_gradient;
    use crate::{Tensor, initializers, ops::math::square};

    /// How many looks at nodes a chain of so many functions takes, each of which also uses the one
    /// before in another way.
    fn looks(calls: usize, is_trained: bool) -> usize {
        let graph = Graph::new();
        let w = graph.get_variable::<f32>("w", [], initializers::zeros());
        let x = match is_trained {
            true => square(&w),
            false => graph.constant(1.0),
        };
        let mut y = x.clone();
        for _ in 0..calls {
            let before = match is_trained {
                true => y.clone(),
                false => square(&y),
            };
            y = custom_gradient(&x, |x: Tensor| (x * &before, (), |dy: Tensor, ()| dy));
        }
        graph.check().unwrap();
        graph.with_extension(|known: &mut Known| known.looks)
    }

    #[test]
    fn each_function_costs_as_much_as_the_one_before() {
        for is_trained in [true, false] {
            let (few, many) = (looks(50, is_trained), looks(500, is_trained));
            assert!(many <= 11 * few, "{few} and {many}");
        }
    }

    #[test]
    fn what_is_behind_a_function_is_found() {
        let graph = Graph::new();
        let w = graph.get_variable::<f32>("w", [], initializers::zeros());
        let x = graph.constant(1.0f32);
        let y: Tensor = custom_gradient(&w, |w: Tensor| (w * 2.0, (), |dy: Tensor, ()| dy));
        custom_gradient((&x, &y), |(x, y): (Tensor, Tensor)| {
            (x * y, (), |dy: Tensor, ()| (dy.clone(), dy))
        });
        graph.check().unwrap();
        custom_gradient(&x, |x: Tensor| (x * &y, (), |dy: Tensor, ()| dy));
        assert!(graph.check().unwrap_err().message().contains("'w'"));
    }
}
