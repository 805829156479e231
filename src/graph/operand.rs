//! [`IntoTensor`]: what can stand where an op wants a tensor.

use crate::types::{Element, Error, for_lengths, for_tuples};

use super::{AnyTensor, Graph, Tensor};

/// What can stand where an op wants a tensor of `T`: a tensor or variable, by value or reference, a
/// number, an array.
///
/// Numbers and arrays become constants of the graph that the op's other operands belong to. Their
/// elements must be of type `T`; a literal takes that type by itself. It never decides the type of
/// a tensor that is left open: that would make everything `f64`, since that is what Rust takes
/// `1.0` for by default.
///
/// ```compile_fail,E0283
/// let graph = tf1::Graph::new();
/// let w = graph.get_variable("w", [2], tf1::initializers::zeros()); // of which type?
/// let y = w * 2.0;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand for a tensor whose elements are of type `{T}`",
    label = "not a tensor, a number or an array of `{T}`",
    note = "a number for a tensor of floats needs a decimal point: `2.0` instead of `2`",
    note = "a Rust number `k` of another type is converted by `k as f32`, a tensor or a tf1 variable by `tf::cast(&x, tf::float32)` or `x.cast::<f32>()`",
    note = "an `AnyVariable` or `AnyTensor` is given a type by `x.typed::<f32>()?`; `graph.trainable_variables_of::<f32>()` and \
            `graph.get_collection_of::<f32>(key)` give typed ones"
)]
pub trait IntoTensor<T> {
    /// The graph that this operand belongs to; `None` of a number or array.
    fn graph(&self) -> Option<Graph>;

    /// The tensor; a number or array becomes a constant of `graph` called `name` under the current
    /// scope.
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

/// What a variable can start with: anything that can stand for a tensor of `T`. If nothing else
/// says what `T` is, it is the type of the number or array.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the initial value of a variable of `{T}`",
    label = "not a tensor, a number or an array of `{T}`",
    note = "write `graph.variable(0.5f32)`, `graph.variable(graph.zeros::<f32>([2, 3]))` or give an array"
)]
pub trait InitialValue<T>: IntoTensor<T> {}

impl<T: Element> InitialValue<T> for Tensor<T> {}

impl<T: Element> InitialValue<T> for &Tensor<T> {}

impl<T: Element> InitialValue<T> for &&Tensor<T> {}

/// A handle on a tensor of any type: a [`Tensor`], a variable, which stands for its value, an
/// [`AnyTensor`], or a reference to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handle on a tensor",
    label = "not a tensor or a variable",
    note = "a number or an array becomes a tensor with `graph.constant(..)`"
)]
pub trait TensorHandle {
    /// The tensor.
    fn any_tensor(&self) -> AnyTensor;
}

impl<T: Element> TensorHandle for Tensor<T> {
    fn any_tensor(&self) -> AnyTensor {
        self.any()
    }
}

impl TensorHandle for AnyTensor {
    fn any_tensor(&self) -> AnyTensor {
        self.clone()
    }
}

impl<X: TensorHandle + ?Sized> TensorHandle for &X {
    fn any_tensor(&self) -> AnyTensor {
        (**self).any_tensor()
    }
}

/// What can stand in a list some of whose tensors may be missing: a [`TensorHandle`], or an
/// [`Option`] of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a tensor nor an `Option` of one",
    label = "not a handle on a tensor",
    note = "write `&x`, or `Some(&x)` and `None` where some are missing"
)]
pub trait OptionalTensor {
    /// The tensor, if there is one.
    fn tensor(&self) -> Option<AnyTensor>;
}

impl<X: TensorHandle> OptionalTensor for X {
    fn tensor(&self) -> Option<AnyTensor> {
        Some(self.any_tensor())
    }
}

impl<X: TensorHandle> OptionalTensor for Option<X> {
    fn tensor(&self) -> Option<AnyTensor> {
        Some(self.as_ref()?.any_tensor())
    }
}

impl<X: TensorHandle> OptionalTensor for &Option<X> {
    fn tensor(&self) -> Option<AnyTensor> {
        (*self).tensor()
    }
}

/// Tensors of any types, some of which may be missing: one, or an array, slice, vector or tuple of
/// several, or a reference to one of these.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of tensors, or of `Option`s of tensors",
    label = "not a tensor, nor an array, slice, vector or tuple of tensors",
    note = "write `&dy` or `[&dy, &dz]`, or `[Some(&dy), None]` where some are missing"
)]
pub trait OptionalTensors {
    /// The tensors, in order.
    fn optional_tensors(&self) -> Vec<Option<AnyTensor>>;
}

impl<X: OptionalTensor> OptionalTensors for X {
    fn optional_tensors(&self) -> Vec<Option<AnyTensor>> {
        vec![self.tensor()]
    }
}

impl<X: OptionalTensor> OptionalTensors for &[X] {
    fn optional_tensors(&self) -> Vec<Option<AnyTensor>> {
        self.iter().map(X::tensor).collect()
    }
}

impl<X: OptionalTensor> OptionalTensors for Vec<X> {
    fn optional_tensors(&self) -> Vec<Option<AnyTensor>> {
        self.as_slice().optional_tensors()
    }
}

impl<X: OptionalTensor> OptionalTensors for &Vec<X> {
    fn optional_tensors(&self) -> Vec<Option<AnyTensor>> {
        self.as_slice().optional_tensors()
    }
}

impl<X: OptionalTensor, const N: usize> OptionalTensors for [X; N] {
    fn optional_tensors(&self) -> Vec<Option<AnyTensor>> {
        self.as_slice().optional_tensors()
    }
}

impl<X: OptionalTensor, const N: usize> OptionalTensors for &[X; N] {
    fn optional_tensors(&self) -> Vec<Option<AnyTensor>> {
        self.as_slice().optional_tensors()
    }
}

/// Tensors of any types: one, or an array, slice, vector or tuple of several, or a reference to one
/// of these; `[]` or `()` for none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of tensors",
    label = "not a tensor, nor an array, slice, vector or tuple of tensors",
    note = "write `[&x, &y]`, or `(&x, &y)` if the types of their elements differ"
)]
pub trait AnyTensors {
    /// The tensors, in order.
    fn any_tensors(&self) -> Vec<AnyTensor>;
}

impl<X: TensorHandle> AnyTensors for X {
    fn any_tensors(&self) -> Vec<AnyTensor> {
        vec![self.any_tensor()]
    }
}

impl<X: TensorHandle> AnyTensors for [X] {
    fn any_tensors(&self) -> Vec<AnyTensor> {
        self.iter().map(X::any_tensor).collect()
    }
}

impl<X: TensorHandle> AnyTensors for &[X] {
    fn any_tensors(&self) -> Vec<AnyTensor> {
        (**self).any_tensors()
    }
}

impl<X: TensorHandle> AnyTensors for Vec<X> {
    fn any_tensors(&self) -> Vec<AnyTensor> {
        self.as_slice().any_tensors()
    }
}

impl<X: TensorHandle> AnyTensors for &Vec<X> {
    fn any_tensors(&self) -> Vec<AnyTensor> {
        self.as_slice().any_tensors()
    }
}

impl AnyTensors for [AnyTensor; 0] {
    fn any_tensors(&self) -> Vec<AnyTensor> {
        Vec::new()
    }
}

macro_rules! array {
    ($($length:literal)*) => {$(
        impl<X: TensorHandle> AnyTensors for [X; $length] {
            fn any_tensors(&self) -> Vec<AnyTensor> {
                self.as_slice().any_tensors()
            }
        }

        impl<X: TensorHandle> AnyTensors for &[X; $length] {
            fn any_tensors(&self) -> Vec<AnyTensor> {
                self.as_slice().any_tensors()
            }
        }
    )*};
}

for_lengths!(array);

macro_rules! tuple {
    ($($tensor:ident $index:tt),*) => {
        impl<$($tensor: TensorHandle),*> AnyTensors for ($($tensor,)*) {
            fn any_tensors(&self) -> Vec<AnyTensor> {
                vec![$(self.$index.any_tensor()),*]
            }
        }

        impl<$($tensor: OptionalTensor),*> OptionalTensors for ($($tensor,)*) {
            fn optional_tensors(&self) -> Vec<Option<AnyTensor>> {
                vec![$(self.$index.tensor()),*]
            }
        }
    };
}

tuple!();
for_tuples!(tuple);

/// The graph that an op with these operands belongs to: the first that one of them names.
///
/// If none does, as in `tf::add(1.0, 2.0)`, a new graph that holds this mistake.
#[track_caller]
pub fn graph_of(operands: &[Option<Graph>]) -> Graph {
    let help = "make at least one of them a tensor, for example with graph.constant(..)";
    graph_of_or(operands, help)
}

/// As [`graph_of`], with other advice where no operand belongs to a graph.
#[track_caller]
pub(crate) fn graph_of_or(operands: &[Option<Graph>], help: &str) -> Graph {
    if let Some(graph) = operands.iter().flatten().next() {
        return graph.clone();
    }
    let error = Error::invalid_argument("none of the operands belongs to a graph");
    Graph::of_mistake(error.with_help(help))
}
