//! [`TensorList`]: what can stand where an op wants several tensors of one type; and tuples as
//! packed tensors.

use crate::graph::{Graph, InitialValue, IntoTensor, Tensor};
use crate::types::{Element, for_tuples};

/// What can stand where an op such as [`concat`](crate::concat()) wants several tensors: an array,
/// vector or slice of tensors, variables or numbers, or a tuple in which these are mixed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of tensors of `{T}`",
    label = "not an array, a slice, a vector or a tuple of tensors of one type",
    note = "write `[&x, &y]`, or `(&x, tf::exp(&y))` where some are lent and some are not; `tf::cast` makes the types of their elements one",
    note = "`AnyTensor`s have types that only the run knows: take `graph.get_collection_of::<f32>(key)` in place of `get_collection`"
)]
pub trait TensorList<T: Element> {
    /// The graph that the first of them to belong to one belongs to.
    fn graph(&self) -> Option<Graph>;

    /// The tensors; number `i`, if it has to become a constant, is called `name(i)` under the
    /// current scope.
    fn into_tensors(self, graph: &Graph, name: &dyn Fn(usize) -> String) -> Vec<Tensor<T>>;
}

impl<T: Element, A: IntoTensor<T>> TensorList<T> for Vec<A> {
    fn graph(&self) -> Option<Graph> {
        self.iter().find_map(IntoTensor::graph)
    }

    fn into_tensors(self, graph: &Graph, name: &dyn Fn(usize) -> String) -> Vec<Tensor<T>> {
        self.into_iter()
            .enumerate()
            .map(|(i, value)| value.into_tensor(graph, &name(i)))
            .collect()
    }
}

impl<T: Element, A: IntoTensor<T>, const N: usize> TensorList<T> for [A; N] {
    fn graph(&self) -> Option<Graph> {
        self.iter().find_map(IntoTensor::graph)
    }

    fn into_tensors(self, graph: &Graph, name: &dyn Fn(usize) -> String) -> Vec<Tensor<T>> {
        Vec::from(self).into_tensors(graph, name)
    }
}

impl<'a, T: Element, A> TensorList<T> for &'a [A]
where
    &'a A: IntoTensor<T>,
{
    fn graph(&self) -> Option<Graph> {
        self.iter().find_map(|value| value.graph())
    }

    fn into_tensors(self, graph: &Graph, name: &dyn Fn(usize) -> String) -> Vec<Tensor<T>> {
        self.iter()
            .collect::<Vec<&'a A>>()
            .into_tensors(graph, name)
    }
}

impl<'a, T: Element, A> TensorList<T> for &'a Vec<A>
where
    &'a A: IntoTensor<T>,
{
    fn graph(&self) -> Option<Graph> {
        TensorList::graph(&self.as_slice())
    }

    fn into_tensors(self, graph: &Graph, name: &dyn Fn(usize) -> String) -> Vec<Tensor<T>> {
        self.as_slice().into_tensors(graph, name)
    }
}

impl<'a, T: Element, A, const N: usize> TensorList<T> for &'a [A; N]
where
    &'a A: IntoTensor<T>,
{
    fn graph(&self) -> Option<Graph> {
        TensorList::graph(&self.as_slice())
    }

    fn into_tensors(self, graph: &Graph, name: &dyn Fn(usize) -> String) -> Vec<Tensor<T>> {
        self.as_slice().into_tensors(graph, name)
    }
}

/// Implements [`TensorList`] for tuples, and [`IntoTensor`], as which a tuple stands for its
/// elements [stacked](crate::stack()), as a Python list in which tensors and numbers are mixed
/// does.
macro_rules! tuple {
    ($($operand:ident $index:tt),+) => {
        impl<T: Element, $($operand: IntoTensor<T>),+> TensorList<T> for ($($operand,)+) {
            fn graph(&self) -> Option<Graph> {
                None$(.or_else(|| self.$index.graph()))+
            }

            fn into_tensors(self, graph: &Graph, name: &dyn Fn(usize) -> String) -> Vec<Tensor<T>> {
                vec![$(self.$index.into_tensor(graph, &name($index))),+]
            }
        }

        impl<T: Element, $($operand: IntoTensor<T>),+> IntoTensor<T> for ($($operand,)+) {
            fn graph(&self) -> Option<Graph> {
                TensorList::<T>::graph(self)
            }

            fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T> {
                super::super::stack::packed(graph, name, self)
            }
        }

        impl<T: Element, $($operand: IntoTensor<T>),+> InitialValue<T> for ($($operand,)+) {}
    };
}

for_tuples!(tuple);
