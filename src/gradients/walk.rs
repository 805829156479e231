//! The walk from the `ys` backwards, node by node.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::graph::{AnyTensor, Conditions, Gradient, GradientContext, Graph, NodeId, Output};
use crate::ops::array::{densify, zeros_like_at_run};
use crate::types::{DType, Error, Map, Result, Set};

use super::accumulate::add_gradients;
use super::branch::only_where_taken;
use super::gate::tuple_of;
use super::reach::pending_counts;
use super::{AggregationMethod, Gradients};

/// What the walk needs of a node.
struct Visited {
    name: Arc<str>,
    inputs: Vec<Output>,
    dtypes: Vec<DType>,
    conditions: Option<Arc<Conditions>>,
}

/// The state of the walk backwards.
pub(super) struct Walk<'g> {
    graph: &'g Graph,
    gated: bool,
    aggregation_method: AggregationMethod,
    /// The operations of the `ys`.
    roots: Vec<NodeId>,
    /// The nodes that lie on paths from `xs` to `ys` or before, with how many of their consumers
    /// have not been visited.
    pending: Map<NodeId, usize>,
    /// Nodes whose inputs are not differentiated any further.
    stops: Set<NodeId>,
    /// The gradients that have arrived with respect to each output.
    arrived: Map<Output, Vec<Gradient>>,
}

impl<'g> Walk<'g> {
    pub(super) fn new(
        graph: &'g Graph,
        ys: &[AnyTensor],
        xs: &[AnyTensor],
        options: &Gradients,
    ) -> Self {
        let (roots, leaves) = (nodes_of(ys), nodes_of(xs));
        let pending = pending_counts(graph, &roots, &leaves);
        let mut stops: Set<NodeId> = nodes_of(&options.stop_gradients).into_iter().collect();
        stops.extend(innermost(graph, &leaves, &pending));
        Walk {
            graph,
            gated: options.gated,
            aggregation_method: options.aggregation_method,
            roots,
            pending,
            stops,
            arrived: Map::default(),
        }
    }

    pub(super) fn add(&mut self, output: Output, gradient: Gradient) {
        self.arrived.entry(output).or_default().push(gradient);
    }

    pub(super) fn run(&mut self) -> Result<()> {
        // A root that is not pending does not depend on any leaf.
        let is_ready = |node: &NodeId| self.pending.get(node) == Some(&0);
        let mut queue: VecDeque<NodeId> = self.roots.iter().copied().filter(is_ready).collect();
        while let Some(id) = queue.pop_front() {
            let node = self.graph.with_node(id, |node| Visited {
                name: Arc::clone(&node.name),
                inputs: node.inputs.to_vec(),
                dtypes: node.outputs.iter().map(|info| info.dtype).collect(),
                conditions: node.conditions.clone(),
            });
            self.visit(id, &node)?;
            for input in &node.inputs {
                if let Some(count) = self.pending.get_mut(&input.node) {
                    *count = count.saturating_sub(1);
                    if *count == 0 {
                        queue.push_back(input.node);
                    }
                }
            }
        }
        Ok(())
    }

    /// Sums what arrived for a node's outputs and hands the gradients with respect to its inputs
    /// on.
    fn visit(&mut self, id: NodeId, node: &Visited) -> Result<()> {
        let mut gradients: Vec<Option<Gradient>> = Vec::new();
        for index in 0..node.dtypes.len() {
            gradients.push(self.total(Output { node: id, index })?);
        }
        let nothing = gradients.iter().all(Option::is_none);
        if nothing || self.stops.contains(&id) {
            return Ok(());
        }
        self.fill_in_zeros(id, node, &mut gradients);
        let scope = format!("{}_grad", node.name);
        let found = self
            .graph
            .name_scope(&scope, || self.conditional_rule(id, node, &gradients))?;
        for (index, (input, gradient)) in node.inputs.iter().zip(found).enumerate() {
            if let Some(gradient) = gradient {
                self.expect_own(id, &gradient)?;
                self.check_shape(node, index, &gradient)
                    .map_err(|error| error.with_related(self.graph.node_ref(id)))?;
                self.add(*input, gradient);
            }
        }
        Ok(())
    }

    /// Zeros for the outputs that nothing depended on, so that rules need not care.
    fn fill_in_zeros(&self, id: NodeId, node: &Visited, gradients: &mut [Option<Gradient>]) {
        for (index, gradient) in gradients.iter_mut().enumerate() {
            let dtype = node.dtypes[index];
            if gradient.is_none() && dtype.is_trainable() {
                let output = self.graph.operation_at(id).any_output(index, dtype);
                *gradient = Some(Gradient::Dense(zeros_like_at_run(&output)));
            }
        }
    }

    /// The gradients with respect to a node's inputs. What was required of the node's shapes is
    /// required of them too.
    fn conditional_rule(
        &self,
        id: NodeId,
        node: &Visited,
        gradients: &[Option<Gradient>],
    ) -> Result<Vec<Option<Gradient>>> {
        let Some(conditions) = &node.conditions else {
            return self.apply_rule(id, gradients);
        };
        let rule = || self.apply_rule(id, gradients);
        let found = self.graph.under(Some(Arc::clone(conditions)), rule)?;
        Ok(match &conditions.branch {
            Some(branch) => only_where_taken(self.graph, branch, &node.inputs, found),
            None => found,
        })
    }

    fn apply_rule(
        &self,
        id: NodeId,
        gradients: &[Option<Gradient>],
    ) -> Result<Vec<Option<Gradient>>> {
        let op = self.graph.with_node(id, |node| Arc::clone(&node.op));
        let mut context = GradientContext::new(self.graph, id, gradients, densify);
        op.gradient(&mut context)
            .map_err(|error| error.at_node(|| self.graph.node_ref(id)))?;
        let found = context.into_results();
        let count = found.iter().flatten().count();
        Ok(if self.gated && count > 1 {
            tuple_of(self.graph, found)
        } else {
            found
        })
    }

    /// A rule, which may be a user's, must not answer with tensors of another graph.
    fn expect_own(&self, id: NodeId, gradient: &Gradient) -> Result<()> {
        let dtype = DType::Float32;
        let native = self.graph.operation_at(id).any_output(0, dtype);
        self.graph.expect_own(gradient.tensors(), &native)
    }

    /// A gradient has its tensor's shape, whether its rule could tell or not.
    fn check_shape(&self, node: &Visited, index: usize, gradient: &Gradient) -> Result<()> {
        let Gradient::Dense(tensor) = gradient else {
            return Ok(());
        };
        let input = node.inputs[index];
        let input = self
            .graph
            .operation_at(input.node)
            .any_output(input.index, tensor.dtype());
        let shape = input.shape();
        tensor.merge_shape(&shape).map_err(|_| {
            Error::invalid_argument(format!(
                "Incompatible shapes between op input and calculated input gradient. Forward operation: {}. Input \
                 index: {index}. Original input shape: {shape}. Calculated input gradient shape: {}",
                node.name,
                tensor.shape()
            ))
        })
    }

    /// The sum of what arrived for an output, which takes its place.
    pub(super) fn total(&mut self, output: Output) -> Result<Option<Gradient>> {
        let Some(arrived) = self.arrived.get_mut(&output) else {
            return Ok(None);
        };
        if arrived.len() > 1 {
            let method = self.aggregation_method;
            *arrived = vec![add_gradients(self.graph, output.node, arrived, method)?];
        }
        Ok(arrived.first().cloned())
    }
}

/// The nodes that compute `tensors`, each once.
fn nodes_of(tensors: &[AnyTensor]) -> Vec<NodeId> {
    let mut seen = Set::default();
    let nodes = tensors.iter().map(|tensor| tensor.output().node);
    nodes.filter(|node| seen.insert(*node)).collect()
}

/// Those of the `leaves` before which no other leaf stands: the walk ends there.
fn innermost(graph: &Graph, leaves: &[NodeId], pending: &Map<NodeId, usize>) -> Vec<NodeId> {
    let count = |node: &NodeId| pending.get(node).copied().unwrap_or(0);
    let is_innermost = |leaf: &NodeId| {
        graph.with_node(*leaf, |node| {
            node.inputs.iter().all(|input| count(&input.node) == 0)
        })
    };
    leaves.iter().copied().filter(is_innermost).collect()
}
