//! Initial values without randomness, and TensorFlow's default.

use ndarray::{ArrayD, IxDyn};

use super::glorot_uniform;
use crate::graph::{AnyTensor, Graph, Tensor, checked_lengths};
use crate::ops::array::IntoConstant;
use crate::types::{
    DType, Element, Error, Numeric, Plain, Result, memory, with_any_dtype, with_class, with_dtype,
};
use crate::variables::{FloatInitializer, Initializer, ScopeInitializer};

/// Zeros (`false` for `bool`), as `tf.zeros_initializer`.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let w = graph.get_variable::<f32>("w", [2, 3], tf::initializers::zeros());
/// let session = tf::Session::new(&graph)?;
/// session.run(w.initializer(), [])?;
/// assert_eq!(session.run(&w, [])?.sum(), 0.0);
/// # Ok::<(), tf::Error>(())
/// ```
pub fn zeros() -> ZerosInitializer {
    ZerosInitializer
}

/// Ones (`true` for `bool`), as `tf.ones_initializer`.
pub fn ones() -> OnesInitializer {
    OnesInitializer
}

/// Every element `value`, as `tf.constant_initializer`; or the elements of an array in row-major
/// order, with the last one repeated if there are too few.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let w = graph.get_variable::<f32>("w", [2, 3], tf::initializers::constant(0.1));
/// let session = tf::Session::new(&graph)?;
/// session.run(w.initializer(), [])?;
/// assert!(session.run(&w, [])?.iter().all(|value| *value == 0.1));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the array has more elements than the variable, or none where the variable
/// has some.
pub fn constant<T: Element>(value: impl IntoConstant<T>) -> ConstantInitializer<T> {
    ConstantInitializer {
        elements: value.into_constant_array().and_then(memory::collected),
    }
}

/// What TensorFlow takes where no initializer is given: the [variable
/// scope's](crate::VariableScope::initializer), if it has one, else [`glorot_uniform`] for floats
/// and [`zeros`] for all other types.
pub fn default() -> DefaultInitializer {
    DefaultInitializer
}

/// See [`zeros`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ZerosInitializer;

impl<T: Element> Initializer<T> for ZerosInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        graph.zeros(shape)
    }

    fn build_as(&self, graph: &Graph, shape: &[usize], dtype: DType) -> Option<AnyTensor> {
        Some(with_any_dtype!(dtype, D => graph.zeros::<D>(shape).any()))
    }
}

/// See [`ones`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnesInitializer;

impl<T: Plain> Initializer<T> for OnesInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        graph.ones(shape)
    }

    fn build_as(&self, graph: &Graph, shape: &[usize], dtype: DType) -> Option<AnyTensor> {
        with_dtype!(dtype, D => Some(graph.ones::<D>(shape).any()), None)
    }
}

/// See [`constant`].
#[derive(Clone, Debug)]
pub struct ConstantInitializer<T> {
    elements: Result<Vec<T>>,
}

impl<T: PartialEq> PartialEq for ConstantInitializer<T> {
    fn eq(&self, other: &Self) -> bool {
        matches!((&self.elements, &other.elements), (Ok(own), Ok(others)) if own == others)
    }
}

impl<T: Element> ConstantInitializer<T> {
    fn value(&self, shape: &[usize]) -> Result<ArrayD<T>> {
        let lengths = shape
            .iter()
            .map(|&length| i64::try_from(length).unwrap_or(i64::MAX));
        let size = checked_lengths(&lengths.collect::<Vec<_>>())?
            .iter()
            .product();
        let given = self.elements.as_ref().map_err(Clone::clone)?;
        if given.len() > size {
            let found = given.len();
            let message =
                format!("Too many elements provided. Needed at most {size}, but received {found}");
            return Err(Error::invalid_argument(message));
        }
        let mut elements = memory::reserved(size)?;
        elements.extend_from_slice(given);
        match given.last() {
            Some(last) => elements.resize(size, last.clone()),
            None if size > 0 => {
                return Err(Error::invalid_argument(
                    "an array without elements cannot fill a variable",
                ));
            }
            None => {}
        }
        Ok(ArrayD::from_shape_vec(IxDyn(shape), elements)
            .expect("resized to as many elements as the shape has"))
    }
}

impl<T: Numeric> ConstantInitializer<T> {
    /// The same elements in another type.
    fn converted<U: Element>(&self, convert: impl Fn(T) -> U) -> ConstantInitializer<U> {
        let converted =
            |elements: &Vec<T>| memory::collected(elements.iter().map(|&element| convert(element)));
        ConstantInitializer {
            elements: self
                .elements
                .as_ref()
                .map_err(Clone::clone)
                .and_then(converted),
        }
    }
}

/// A scope's constant is written once for variables of both types.
impl FloatInitializer for ConstantInitializer<f64> {
    fn for_scope(self) -> ScopeInitializer {
        ScopeInitializer::new(self.converted(|x| x as f32), self)
    }
}

/// A whole number in a scope is for variables of all number types.
impl FloatInitializer for ConstantInitializer<i32> {
    fn for_scope(self) -> ScopeInitializer {
        ScopeInitializer::new(WholeConstant(self.clone()), WholeConstant(self))
    }
}

/// Whole numbers for variables of any number type.
struct WholeConstant(ConstantInitializer<i32>);

impl<T: Numeric> Initializer<T> for WholeConstant {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        let elements = self.0.converted(|x| T::from_i64(x.into()));
        elements.build(graph, shape)
    }

    fn build_as(&self, graph: &Graph, shape: &[usize], dtype: DType) -> Option<AnyTensor> {
        with_class!(numeric, dtype, D => Some(Initializer::<D>::build(self, graph, shape).any()), None)
    }
}

impl<T: Element> Initializer<T> for ConstantInitializer<T> {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        match self.value(shape) {
            Ok(value) => graph.constant_named("Const", value),
            Err(error) => graph.failed("Const", error),
        }
    }
}

/// See [`default`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DefaultInitializer;

impl<T: Element> Initializer<T> for DefaultInitializer {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        if let Some(value) = graph.scope_initial_value(shape) {
            return value;
        }
        with_class!(floating, T::DTYPE,
            F => Initializer::<F>::build(&glorot_uniform(), graph, shape).any().assume(),
            zeros().build(graph, shape)
        )
    }
}
