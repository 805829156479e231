//! [`GradientContext`]: what a gradient rule works with.

use crate::graph::{AnyTensor, Gradient, Graph, IndexedSlices, NodeId, Tensor};
use crate::types::{DType, Element, Error, Shape};

/// What a gradient rule works with: the node's inputs, outputs and the gradients with respect to
/// its outputs.
#[derive(Debug)]
pub struct GradientContext<'a> {
    graph: &'a Graph,
    node: NodeId,
    inputs: Vec<AnyTensor>,
    grads: &'a [Option<Gradient>],
    results: Vec<Option<Gradient>>,
    /// Makes a dense tensor of some rows, with ops that this layer does not know.
    densify: fn(&IndexedSlices) -> AnyTensor,
}

impl<'a> GradientContext<'a> {
    /// A context for `node`, with the gradients with respect to each of its outputs.
    pub(crate) fn new(
        graph: &'a Graph,
        node: NodeId,
        grads: &'a [Option<Gradient>],
        densify: fn(&IndexedSlices) -> AnyTensor,
    ) -> Self {
        let inputs = graph.node_inputs(node);
        let results = vec![None; inputs.len()];
        GradientContext {
            graph,
            node,
            inputs,
            grads,
            results,
            densify,
        }
    }

    /// The graph, to which the rule adds nodes.
    pub fn graph(&self) -> &Graph {
        self.graph
    }

    /// How many inputs the node has.
    pub fn num_inputs(&self) -> usize {
        self.inputs.len()
    }

    /// How many outputs the node has.
    pub fn num_outputs(&self) -> usize {
        self.grads.len()
    }

    /// Input `i` of the node.
    pub fn input<T: Element>(&self, i: usize) -> Tensor<T> {
        self.inputs[i].assume()
    }

    /// Input `i` of the node, whatever its type.
    pub fn any_input(&self, i: usize) -> &AnyTensor {
        &self.inputs[i]
    }

    /// The static shape of input `i`.
    pub fn input_shape(&self, i: usize) -> Shape {
        self.inputs[i].shape()
    }

    /// Output `i` of the node.
    pub fn output<T: Element>(&self, i: usize) -> Tensor<T> {
        self.graph.operation_at(self.node).output(i)
    }

    /// Output `i` of the node, whatever its type.
    pub fn any_output(&self, i: usize) -> AnyTensor {
        let dtype = self
            .graph
            .with_node(self.node, |node| node.outputs.get(i).map(|info| info.dtype));
        self.graph
            .operation_at(self.node)
            .any_output(i, dtype.unwrap_or(DType::Float32))
    }

    /// The gradient with respect to output `i`, if there is one.
    #[track_caller]
    pub fn grad_if_any<T: Element>(&self, i: usize) -> Option<Tensor<T>> {
        match self.grads[i].as_ref()? {
            Gradient::Dense(tensor) => Some(tensor.assume()),
            Gradient::Sparse(slices) => Some((self.densify)(slices).assume()),
        }
    }

    /// The gradient with respect to output `i`. `gradients` fills in zeros for the outputs that
    /// have none, so this always exists for the outputs of floating type.
    pub fn grad<T: Element>(&self, i: usize) -> Tensor<T> {
        self.grad_if_any(i).unwrap_or_else(|| {
            let message =
                format!("no gradient reached output {i}, whose type is not differentiable");
            self.graph.failed("grad", Error::of_op(message))
        })
    }

    /// The gradient with respect to output `i`, whatever its type; see
    /// [`grad`](GradientContext::grad).
    #[track_caller]
    pub fn any_grad(&self, i: usize) -> AnyTensor {
        match self.grads[i].as_ref() {
            Some(Gradient::Dense(tensor)) => tensor.clone(),
            Some(Gradient::Sparse(slices)) => (self.densify)(slices),
            None => self.grad::<f32>(i).any(),
        }
    }

    /// The gradient with respect to output `i` as it arrived, dense or as rows.
    pub fn gradient(&self, i: usize) -> Option<&Gradient> {
        self.grads[i].as_ref()
    }

    /// Sets the gradient with respect to input `i`.
    pub fn set<T: Element>(&mut self, i: usize, gradient: Tensor<T>) {
        self.results[i] = Some(Gradient::Dense(gradient.any()));
    }

    /// Passes the gradient with respect to output `output` on as that with respect to input `i`.
    pub fn pass_through(&mut self, i: usize, output: usize) {
        self.results[i] = self.grads[output].clone();
    }

    /// Sets the gradient with respect to input `i`, of any type and dense or sparse.
    pub fn set_gradient(&mut self, i: usize, gradient: Gradient) {
        self.results[i] = Some(gradient);
    }

    pub(crate) fn into_results(self) -> Vec<Option<Gradient>> {
        self.results
    }
}
