//! [`ShapeArg`] and [`Param`]: what says how much to draw, and from which distribution.

use ndarray::Array;

use crate::graph::{AnyTensor, Graph, IntoTensor, Tensor};
use crate::types::{Element, Error, Integer, Shape};

/// The shape that a random tensor shall have: lengths such as `[2, 3]`, or an integer vector computed in the graph.
#[derive(Clone, Debug)]
pub struct ShapeArg(Source);

#[derive(Clone, Debug)]
enum Source {
    Lengths(Shape),
    Tensor(AnyTensor),
}

impl ShapeArg {
    /// The shape as an integer vector; lengths become a constant called `shape`.
    ///
    /// # Errors
    /// Lengths that are not all known are recorded as a mistake of the graph.
    #[track_caller]
    pub(super) fn into_tensor(self, graph: &Graph) -> AnyTensor {
        match self.0 {
            Source::Tensor(tensor) => tensor,
            Source::Lengths(shape) => match shape.to_known() {
                Some(lengths) => shape_constant(graph, &lengths),
                None => graph.failed::<i32>("shape", partially_known(&shape)).any(),
            },
        }
    }

    /// The lengths as far as they are known, unless the shape is a tensor.
    pub(super) fn lengths(&self) -> Option<&Shape> {
        match &self.0 {
            Source::Lengths(shape) => Some(shape),
            Source::Tensor(_) => None,
        }
    }
}

#[track_caller]
fn shape_constant(graph: &Graph, lengths: &[usize]) -> AnyTensor {
    // Few: one length for each axis.
    let narrow: Result<Vec<i32>, _> = lengths
        .iter()
        .map(|&length| i32::try_from(length))
        .collect();
    match narrow {
        Ok(lengths) => graph
            .constant_named("shape", Array::from(lengths).into_dyn())
            .any(),
        Err(_) => {
            let lengths = lengths
                .iter()
                .map(|&length| i64::try_from(length).unwrap_or(i64::MAX));
            graph
                .constant_named("shape", Array::from_iter(lengths).into_dyn())
                .any()
        }
    }
}

fn partially_known(shape: &Shape) -> Error {
    Error::invalid_argument(format!(
        "Cannot convert a partially known TensorShape to a Tensor: {shape}"
    ))
    .with_help("give all lengths, or a tensor that a run computes them into, such as tf::shape(&x)")
}

impl<I: Integer> From<Tensor<I>> for ShapeArg {
    fn from(shape: Tensor<I>) -> Self {
        ShapeArg(Source::Tensor(shape.any()))
    }
}

impl<I: Integer> From<&Tensor<I>> for ShapeArg {
    fn from(shape: &Tensor<I>) -> Self {
        ShapeArg(Source::Tensor(shape.any()))
    }
}

impl From<Shape> for ShapeArg {
    fn from(shape: Shape) -> Self {
        ShapeArg(Source::Lengths(shape))
    }
}

impl From<&Shape> for ShapeArg {
    fn from(shape: &Shape) -> Self {
        ShapeArg::from(shape.clone())
    }
}

impl From<&[usize]> for ShapeArg {
    fn from(lengths: &[usize]) -> Self {
        ShapeArg::from(Shape::from(lengths))
    }
}

impl From<Vec<usize>> for ShapeArg {
    fn from(lengths: Vec<usize>) -> Self {
        ShapeArg::from(Shape::from(lengths))
    }
}

impl<const N: usize> From<[usize; N]> for ShapeArg {
    fn from(lengths: [usize; N]) -> Self {
        ShapeArg::from(Shape::from(lengths))
    }
}

impl<const N: usize> From<&[usize; N]> for ShapeArg {
    fn from(lengths: &[usize; N]) -> Self {
        ShapeArg::from(Shape::from(lengths))
    }
}

/// A parameter of a distribution: a number, or a tensor computed in the graph.
#[derive(Clone, Debug)]
pub struct Param<T: Element>(Parameter<T>);

#[derive(Clone, Debug)]
enum Parameter<T: Element> {
    Number(T),
    Tensor(Tensor<T>),
}

impl<T: Element> Param<T> {
    /// The parameter as a tensor; a number becomes a constant called `name`.
    pub(super) fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<T> {
        match self.0 {
            Parameter::Number(number) => number.into_tensor(graph, name),
            Parameter::Tensor(tensor) => tensor,
        }
    }
}

impl<T: Element> From<T> for Param<T> {
    fn from(number: T) -> Self {
        Param(Parameter::Number(number))
    }
}

impl<T: Element> From<Tensor<T>> for Param<T> {
    fn from(tensor: Tensor<T>) -> Self {
        Param(Parameter::Tensor(tensor))
    }
}

impl<T: Element> From<&Tensor<T>> for Param<T> {
    fn from(tensor: &Tensor<T>) -> Self {
        Param(Parameter::Tensor(tensor.clone()))
    }
}
