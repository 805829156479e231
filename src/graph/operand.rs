//! [`IntoTensor`]: what can stand where an op wants a tensor.

use crate::types::{Element, Error};

use super::{AnyTensor, Graph, Tensor};

/// What can stand where an op wants a tensor of `T`: a tensor or variable, by value or reference, a number, an array.
///
/// Numbers and arrays become constants of the graph that the op's other operands belong to. Their elements must be of type `T`; a
/// literal takes that type by itself. It never decides the type of a tensor that is left open: that would make everything `f64`, as this is
/// what Rust takes `1.0` for if nothing else is said.
///
/// ```compile_fail,E0283
/// let graph = tf1::Graph::new();
/// let w = graph.get_variable("w", [2], tf1::initializers::zeros()); // of which type?
/// let y = w * 2.0;
/// ```
pub trait IntoTensor<T> {
    /// The graph that this operand belongs to; `None` of a number or array.
    fn graph(&self) -> Option<Graph>;

    /// The tensor; a number or array becomes a constant of `graph` called `name` under the current scope.
    fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T>;
}

impl<T: Element> IntoTensor<T> for Tensor<T> {
    fn graph(&self) -> Option<Graph> {
        Some(Tensor::graph(self).clone())
    }

    fn into_tensor(self, _: &Graph, _: &str) -> Tensor<T> {
        self
    }
}

impl<T: Element> IntoTensor<T> for &Tensor<T> {
    fn graph(&self) -> Option<Graph> {
        Some(Tensor::graph(self).clone())
    }

    fn into_tensor(self, _: &Graph, _: &str) -> Tensor<T> {
        self.clone()
    }
}

impl<T: Element> IntoTensor<T> for &&Tensor<T> {
    fn graph(&self) -> Option<Graph> {
        Some(Tensor::graph(self).clone())
    }

    fn into_tensor(self, _: &Graph, _: &str) -> Tensor<T> {
        (*self).clone()
    }
}

/// What a variable can start with: all that can stand for a tensor of `T`. If nothing else says what `T` is, it is the type of a number or an array.
pub trait InitialValue<T>: IntoTensor<T> {}

impl<T: Element> InitialValue<T> for Tensor<T> {}

impl<T: Element> InitialValue<T> for &Tensor<T> {}

impl<T: Element> InitialValue<T> for &&Tensor<T> {}

/// What can stand in a list some of whose tensors may be missing: a tensor of any type, an [`Option`] of one, or a reference
/// to one of these.
pub trait OptionalTensor {
    /// The tensor, if there is one.
    fn tensor(&self) -> Option<AnyTensor>;
}

impl<T: Element> OptionalTensor for Tensor<T> {
    fn tensor(&self) -> Option<AnyTensor> {
        Some(self.any())
    }
}

impl OptionalTensor for AnyTensor {
    fn tensor(&self) -> Option<AnyTensor> {
        Some(self.clone())
    }
}

impl<X: OptionalTensor> OptionalTensor for Option<X> {
    fn tensor(&self) -> Option<AnyTensor> {
        self.as_ref()?.tensor()
    }
}

impl<X: OptionalTensor + ?Sized> OptionalTensor for &X {
    fn tensor(&self) -> Option<AnyTensor> {
        (**self).tensor()
    }
}

/// The graph that an op with these operands belongs to: the first that one of them names.
///
/// If none does, as in `tf::add(1.0, 2.0)`, a new graph that holds this mistake.
#[track_caller]
pub fn graph_of(operands: &[Option<Graph>]) -> Graph {
    if let Some(graph) = operands.iter().flatten().next() {
        return graph.clone();
    }
    let graph = Graph::new();
    let error = Error::invalid_argument("none of the operands belongs to a graph");
    let help = "make at least one of them a tensor, for example with graph.constant(..)";
    graph.record_error_of_call(error.with_help(help));
    graph
}
