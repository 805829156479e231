//! Arrays and tensors as initial values.

use ndarray::{Array, ArrayBase, ArrayD, Data, Dimension};

use crate::graph::{Graph, Tensor};
use crate::ops::array::IntoConstant;
use crate::types::{Element, Error, Result, Shape, memory};
use crate::variables::Initializer;

/// The tensor itself: the variable's shape must be its own.
impl<T: Element> Initializer<T> for Tensor<T> {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        if self.shape().admits(shape) {
            return self.clone();
        }
        graph.failed("initial_value", other_shape(&self.shape(), shape))
    }

    fn value(&self, _: &Graph) -> Option<Tensor<T>> {
        Some(self.clone())
    }
}

/// The tensor itself: the variable's shape must be its own.
impl<T: Element> Initializer<T> for &Tensor<T> {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        (*self).build(graph, shape)
    }

    fn value(&self, _: &Graph) -> Option<Tensor<T>> {
        Some((*self).clone())
    }
}

/// The array as a constant of the graph: the variable's shape must be its own.
impl<T: Element, D: Dimension> Initializer<T> for Array<T, D> {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        (&self).build(graph, shape)
    }

    fn value(&self, graph: &Graph) -> Option<Tensor<T>> {
        (&self).value(graph)
    }
}

/// The array as a constant of the graph: the variable's shape must be its own.
impl<T: Element, S: Data<Elem = T>, D: Dimension> Initializer<T> for &ArrayBase<S, D> {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        let found = Shape::from(self.shape());
        if !found.admits(shape) {
            return graph.failed("initial_value", other_shape(&found, shape));
        }
        initial_value(graph, memory::copied(self).map(Array::into_dyn))
    }

    fn value(&self, graph: &Graph) -> Option<Tensor<T>> {
        Some(self.build(graph, self.shape()))
    }
}

/// Makes initializers of Rust's own arrays and vectors.
macro_rules! arrays {
    ($([$($parameters:tt)*] $array:ty;)*) => {$(
        /// The array as a constant of the graph: the variable's shape must be its own.
        impl<T: Element, $($parameters)*> Initializer<T> for $array {
            fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
                match self.clone().into_constant_array() {
                    Ok(array) => (&array).build(graph, shape),
                    Err(error) => graph.failed("initial_value", error),
                }
            }

            fn value(&self, graph: &Graph) -> Option<Tensor<T>> {
                Some(match self.clone().into_constant_array() {
                    Ok(array) => (&array).build(graph, array.shape()),
                    Err(error) => graph.failed("initial_value", error),
                })
            }
        }
    )*};
}

arrays! {
    [const N: usize] [T; N];
    [const N: usize, const M: usize] [[T; M]; N];
    [const N: usize, const M: usize, const K: usize] [[[T; K]; M]; N];
    [const N: usize, const M: usize, const K: usize, const L: usize] [[[[T; L]; K]; M]; N];
    [] Vec<T>;
    [] Vec<Vec<T>>;
    [] &Vec<T>;
    [] &[T];
}

/// A constant beside the variable's scope `Initializer`, where TensorFlow puts it.
fn initial_value<T: Element>(graph: &Graph, value: Result<ArrayD<T>>) -> Tensor<T> {
    let scope = graph.current_scope();
    let parent = scope.rfind('/').map_or("", |slash| &scope[..=slash]);
    graph.name_scope(parent, || graph.constant_or_mistake("initial_value", value))
}

fn other_shape(found: &Shape, wanted: &[usize]) -> Error {
    let wanted = Shape::from(wanted);
    Error::invalid_argument(format!(
        "the initial value has shape {found}, but the variable has shape {wanted}"
    ))
}
