//! [`Integers`]: axes, shapes, counts: the whole numbers that an op takes besides what it computes
//! with.

use ndarray::{ArrayBase, ArrayD, Data, Dimension, IxDyn};

use crate::graph::{AnyTensor, Graph, IntoTensor, Tensor};
use crate::ops::NumberOrTensor;
use crate::ops::array::packed;
use crate::ops::math::cast_to;
use crate::types::{
    DType, Error, Integer, IntoShape, Result, Shape, WholeNumber, for_lengths, for_tuples, memory,
    partially_known,
};

/// Whole numbers for an op: given in the program, computed in the graph, or some of each; see
/// [`IntoIntegers`].
#[derive(Clone, Debug)]
pub struct Integers(Source);

#[derive(Clone, Debug)]
enum Source {
    /// A number, a vector, or a matrix; as `int64` in the graph if they are `long` or too large for
    /// an `int32`.
    Numbers {
        numbers: ArrayD<i64>,
        long: bool,
    },
    /// A vector some of whose elements are computed in the graph.
    Mixed(Vec<Whole>),
    Tensor(AnyTensor),
    /// Lengths some of which are not known; only functions that can complete them take these.
    Partial(Shape),
    /// What should have been whole numbers, and why it is not.
    Mistake(Error),
}

/// One whole number: given in the program, or computed in the graph.
#[derive(Clone, Debug)]
pub(in crate::ops) enum Whole {
    Number(i64),
    Int32(Tensor<i32>),
    Int64(Tensor<i64>),
}

/// What can stand where an op wants whole numbers, such as an axis, a shape or a count.
///
/// - an integer of any type;
/// - an array, slice, vector or `ndarray` array of these, also nested as in `[[1, 1], [0, 2]]`;
/// - a tensor of `i32` or `i64`, or a variable, or a list of scalar ones, such as `[&n, &m]`;
/// - a tuple in which numbers of several of these types and scalar tensors are mixed, such as `(-1,
///   n * n)` or `(tf::shape(&x).index(0), 3)`;
/// - a [`Shape`] whose lengths are all known.
///
/// Numbers become a constant of type int32, as in TensorFlow, or int64 if they are of type `i64` or
/// an int32 does not hold them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand for whole numbers, such as an axis, a shape or a count",
    label = "neither whole numbers nor a tensor of them",
    note = "write numbers without a decimal point: `1`, `[2, -1]`, or a tensor of `i32` or `i64`; numbers of different types and tensors mix in a tuple: `(-1, n * n)`, `(tf::shape(&x).index(0), 3)`"
)]
pub trait IntoIntegers {
    /// The numbers.
    fn into_integers(self) -> Integers;
}

impl Integers {
    fn of<N: WholeNumber>(shape: &[usize], numbers: impl Iterator<Item = N>) -> Integers {
        let numbers = memory::collected(numbers.map(N::to_i64)).and_then(|numbers| {
            let numbers = ArrayD::from_shape_vec(IxDyn(shape), numbers);
            numbers.map_err(|_| Error::internal("an array has another size than it says"))
        });
        Integers(match numbers {
            Ok(numbers) => Source::Numbers {
                numbers,
                long: N::IS_LONG,
            },
            Err(error) => Source::Mistake(error),
        })
    }

    /// The graph that they belong to, if any of them is computed in one.
    pub(crate) fn graph(&self) -> Option<Graph> {
        match &self.0 {
            Source::Tensor(tensor) => Some(tensor.graph().clone()),
            Source::Mixed(numbers) => numbers.iter().find_map(Whole::graph),
            Source::Numbers { .. } | Source::Partial(_) | Source::Mistake(_) => None,
        }
    }

    /// The lengths that they are, as far as these are known; `None` if they are not lengths, or are
    /// computed in the graph.
    pub(crate) fn lengths(&self) -> Option<Shape> {
        match &self.0 {
            Source::Partial(shape) => Some(shape.clone()),
            Source::Numbers { numbers, .. } if numbers.ndim() == 1 => {
                let lengths = numbers.iter().map(|&length| usize::try_from(length).ok());
                Some(Shape::from(lengths.collect::<Option<Vec<usize>>>()?))
            }
            _ => None,
        }
    }

    /// The shape that they are, a number for itself that of a vector; `None` if it is computed in
    /// the graph.
    ///
    /// # Errors
    /// `InvalidArgument` if they are not lengths.
    pub(crate) fn given_shape(&self) -> Option<Result<Vec<usize>>> {
        Some(match &self.0 {
            Source::Numbers { numbers, .. } if numbers.ndim() <= 1 => {
                let lengths = memory::collected(numbers.iter().copied());
                let shape = lengths.and_then(IntoShape::into_shape);
                shape.and_then(|shape| shape.expect_known())
            }
            Source::Numbers { numbers, .. } => Err(Error::invalid_argument(format!(
                "a shape is a vector of lengths, but this is a list of shape {}",
                Shape::from(numbers.shape())
            ))),
            Source::Partial(shape) => shape.expect_known(),
            Source::Mistake(error) => Err(error.clone()),
            Source::Tensor(_) | Source::Mixed(_) => return None,
        })
    }

    /// Whether it is one number for itself, given in the program.
    pub(crate) fn is_number(&self) -> bool {
        self.known().is_some_and(|numbers| numbers.ndim() == 0)
    }

    /// The numbers one by one, if some are given in the program and some are computed in the graph.
    pub(in crate::ops) fn mixed(&self) -> Option<&[Whole]> {
        match &self.0 {
            Source::Mixed(numbers) => Some(numbers),
            _ => None,
        }
    }

    /// The numbers, if all are given in the program.
    pub(crate) fn known(&self) -> Option<&ArrayD<i64>> {
        match &self.0 {
            Source::Numbers { numbers, .. } => Some(numbers),
            _ => None,
        }
    }

    /// Several of these as tensors of the same type, `i64` if one of them has it.
    #[track_caller]
    pub(crate) fn of_one_type<const N: usize>(
        all: [Integers; N],
        graph: &Graph,
        names: [&str; N],
    ) -> [AnyTensor; N] {
        let is_long = all.iter().any(Integers::is_long);
        let mut names = names.into_iter();
        all.map(|numbers| {
            let name = names.next().unwrap_or_default();
            numbers.into_int32_or_int64(is_long, graph, name)
        })
    }

    /// Whether they must be int64 in the graph.
    fn is_long(&self) -> bool {
        match &self.0 {
            Source::Numbers { numbers, long } => *long || numbers.iter().any(is_long),
            Source::Mixed(numbers) => numbers.iter().any(Whole::is_long),
            Source::Tensor(tensor) => tensor.dtype() == DType::Int64,
            Source::Partial(_) | Source::Mistake(_) => false,
        }
    }

    /// The numbers as a tensor of `i32` or `i64`; those of the program become a constant called
    /// `name`.
    #[track_caller]
    pub(crate) fn into_any(self, graph: &Graph, name: &str) -> AnyTensor {
        let is_long = self.is_long();
        self.into_int32_or_int64(is_long, graph, name)
    }

    #[track_caller]
    fn into_int32_or_int64(self, is_long: bool, graph: &Graph, name: &str) -> AnyTensor {
        match is_long {
            true => self.into_tensor::<i64>(graph, name).any(),
            false => self.into_tensor::<i32>(graph, name).any(),
        }
    }

    /// The numbers as a tensor of `I`; those of the program become a constant called `name`.
    ///
    /// # Errors
    /// A number of the program that `I` does not hold is recorded as a mistake.
    #[track_caller]
    pub(crate) fn into_tensor<I: Integer>(self, graph: &Graph, name: &str) -> Tensor<I> {
        let made = match self.0 {
            Source::Numbers { numbers, .. } => {
                constant(&numbers).map(|numbers| graph.constant_named(name, numbers))
            }
            Source::Mixed(numbers) => Ok(packed::<I>(graph, name, numbers)),
            Source::Tensor(tensor) => integers(&tensor),
            Source::Partial(shape) => Err(partially_known(&shape)),
            Source::Mistake(error) => Err(error),
        };
        made.unwrap_or_else(|error| graph.op_scope(name, |scope| scope.failed("Const", error)))
    }
}

fn is_long(number: &i64) -> bool {
    i32::try_from(*number).is_err()
}

/// # Errors
/// `InvalidArgument` if `I` does not hold one of the numbers.
fn constant<I: Integer>(numbers: &ArrayD<i64>) -> Result<ArrayD<I>> {
    let holds = |number: &i64| I::from_i64(*number).to_i64() == *number;
    if let Some(number) = numbers.iter().find(|number| !holds(number)) {
        return Err(Error::invalid_argument(format!(
            "{number} is out of range of {}",
            I::DTYPE
        )));
    }
    memory::mapped(numbers, I::from_i64)
}

/// A tensor as one of `I`.
///
/// # Errors
/// `InvalidArgument` if it is not a tensor of whole numbers.
#[track_caller]
fn integers<I: Integer>(tensor: &AnyTensor) -> Result<Tensor<I>> {
    match tensor.dtype() {
        dtype if dtype == I::DTYPE => Ok(tensor.assume()),
        DType::Int32 => Ok(cast_to(tensor.assume::<i32>())),
        DType::Int64 => Ok(cast_to(tensor.assume::<i64>())),
        other => Err(Error::invalid_argument(format!(
            "{tensor} has elements of type {other}, where whole numbers are wanted"
        ))
        .with_help("cast it to int32 or int64")),
    }
}

impl Whole {
    fn graph(&self) -> Option<Graph> {
        match self {
            Whole::Number(_) => None,
            Whole::Int32(tensor) => Some(tensor.graph().clone()),
            Whole::Int64(tensor) => Some(tensor.graph().clone()),
        }
    }

    /// The number, if it is given in the program.
    fn number(&self) -> Option<i64> {
        match self {
            Whole::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether it must be an int64 in the graph.
    fn is_long(&self) -> bool {
        match self {
            Whole::Number(number) => is_long(number),
            Whole::Int32(_) => false,
            Whole::Int64(_) => true,
        }
    }

    /// The number after this one.
    #[track_caller]
    pub(in crate::ops) fn next(&self) -> Whole {
        match self {
            Whole::Number(number) => Whole::Number(number.saturating_add(1)),
            Whole::Int32(number) => Whole::Int32(number + 1),
            Whole::Int64(number) => Whole::Int64(number + 1),
        }
    }
}

impl<I: Integer> IntoTensor<I> for Whole {
    fn graph(&self) -> Option<Graph> {
        Whole::graph(self)
    }

    fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<I> {
        let tensor = match self {
            Whole::Number(number) => return I::from_i64(number).into_tensor(graph, name),
            Whole::Int32(tensor) => tensor.any(),
            Whole::Int64(tensor) => tensor.any(),
        };
        integers(&tensor).unwrap_or_else(|error| graph.failed("Cast", error))
    }
}

impl Integers {
    /// A vector of single numbers.
    #[track_caller]
    pub(in crate::ops) fn vector(numbers: Vec<Integers>) -> Integers {
        let long = numbers.iter().any(|number| match &number.0 {
            Source::Numbers { long, .. } => *long,
            _ => false,
        });
        // Few: the elements of a tuple.
        let wholes: Result<Vec<Whole>> = numbers.into_iter().map(Integers::single).collect();
        Integers(match wholes {
            Ok(wholes) => Source::of(wholes, long),
            Err(error) => Source::Mistake(error),
        })
    }

    /// These as a single number.
    ///
    /// # Errors
    /// `InvalidArgument` if they are several, or not whole numbers.
    fn single(self) -> Result<Whole> {
        match self.0 {
            Source::Numbers { numbers, .. } if numbers.ndim() == 0 => Ok(Whole::Number(
                numbers.into_iter().next().unwrap_or_default(),
            )),
            Source::Tensor(tensor) if tensor.dtype() == DType::Int64 => {
                Ok(Whole::Int64(tensor.assume()))
            }
            Source::Tensor(tensor) => Ok(Whole::Int32(integers(&tensor)?)),
            Source::Mistake(error) => Err(error),
            Source::Numbers { .. } | Source::Mixed(_) | Source::Partial(_) => {
                Err(Error::invalid_argument(
                    "a tuple of whole numbers has an element that is not a single number",
                ))
            }
        }
    }
}

impl Source {
    /// A vector of these, as `int64` if it is `long`.
    fn of(wholes: Vec<Whole>, long: bool) -> Source {
        // Few: the elements of a tuple, or the axes of a tensor.
        let numbers: Option<Vec<i64>> = wholes.iter().map(Whole::number).collect();
        match numbers {
            Some(numbers) => Source::Numbers {
                numbers: ndarray::Array1::from(numbers).into_dyn(),
                long,
            },
            None => Source::Mixed(wholes),
        }
    }
}

/// The numbers as one vector called `name`: a constant if all are given in the program.
#[track_caller]
pub(in crate::ops) fn vector_of(graph: &Graph, name: &str, numbers: &[Whole]) -> AnyTensor {
    // Few: one for each axis.
    let numbers = numbers.to_vec();
    Integers(Source::of(numbers, false)).into_any(graph, name)
}

impl IntoIntegers for Integers {
    fn into_integers(self) -> Integers {
        self
    }
}

impl<N: WholeNumber> IntoIntegers for N {
    fn into_integers(self) -> Integers {
        Integers::of(&[], std::iter::once(self))
    }
}

impl<N: WholeNumber> IntoIntegers for &[N] {
    fn into_integers(self) -> Integers {
        Integers::of(&[self.len()], self.iter().copied())
    }
}

impl<N: WholeNumber> IntoIntegers for Vec<N> {
    fn into_integers(self) -> Integers {
        self.as_slice().into_integers()
    }
}

impl<N: WholeNumber> IntoIntegers for &Vec<N> {
    fn into_integers(self) -> Integers {
        self.as_slice().into_integers()
    }
}

impl IntoIntegers for [i32; 0] {
    fn into_integers(self) -> Integers {
        self.as_slice().into_integers()
    }
}

impl IntoIntegers for &[i32; 0] {
    fn into_integers(self) -> Integers {
        self.as_slice().into_integers()
    }
}

/// Numbers and scalar tensors, one by one.
impl IntoIntegers for Vec<NumberOrTensor<i32>> {
    fn into_integers(self) -> Integers {
        let known = self.iter().map(|it| match it {
            NumberOrTensor::Number(number) => Some(*number),
            NumberOrTensor::Tensor(_) => None,
        });
        // Few: written out in the program, one by one.
        if let Some(known) = known.collect::<Option<Vec<i32>>>() {
            return known.into_integers();
        }
        let one = |it| match it {
            NumberOrTensor::Number(number) => Whole::Number(i64::from(number)),
            NumberOrTensor::Tensor(tensor) => Whole::Int32(tensor),
        };
        // Few: one for each axis.
        Integers(Source::Mixed(self.into_iter().map(one).collect()))
    }
}

impl<I: Integer> IntoIntegers for &[Tensor<I>] {
    fn into_integers(self) -> Integers {
        // Few: one for each axis.
        Integers::vector(self.iter().map(IntoIntegers::into_integers).collect())
    }
}

impl<I: Integer> IntoIntegers for Vec<Tensor<I>> {
    fn into_integers(self) -> Integers {
        self.as_slice().into_integers()
    }
}

impl<I: Integer> IntoIntegers for &Vec<Tensor<I>> {
    fn into_integers(self) -> Integers {
        self.as_slice().into_integers()
    }
}

/// Lets lists of Rust's own indices stand where an op wants a tensor: as `int32`, which TensorFlow
/// makes of Python's numbers. A list of literals takes its type from elsewhere, as before.
macro_rules! indices {
    ($([$($parameters:tt)*] $list:ty;)*) => {$(
        impl<$($parameters)*> IntoTensor<i32> for $list {
            fn graph(&self) -> Option<Graph> {
                None
            }

            fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<i32> {
                let numbers: &[usize] = self.as_ref();
                numbers.into_integers().into_tensor::<i32>(graph, name)
            }
        }
    )*};
}

indices! {
    [] Vec<usize>;
    [] &Vec<usize>;
    [] &[usize];
    [const N: usize] [usize; N];
}

macro_rules! array {
    ($($length:literal)*) => {$(
        impl<N: WholeNumber> IntoIntegers for [N; $length] {
            fn into_integers(self) -> Integers {
                self.as_slice().into_integers()
            }
        }

        impl<N: WholeNumber> IntoIntegers for &[N; $length] {
            fn into_integers(self) -> Integers {
                self.as_slice().into_integers()
            }
        }

        impl<I: Integer> IntoIntegers for [Tensor<I>; $length] {
            fn into_integers(self) -> Integers {
                self.as_slice().into_integers()
            }
        }

        impl<I: Integer> IntoIntegers for [&Tensor<I>; $length] {
            fn into_integers(self) -> Integers {
                self.map(Tensor::clone).into_integers()
            }
        }

        impl<N: WholeNumber, const M: usize> IntoIntegers for [[N; M]; $length] {
            fn into_integers(self) -> Integers {
                Integers::of(&[$length, M], self.as_flattened().iter().copied())
            }
        }
    )*};
}

for_lengths!(array);

impl<N: WholeNumber, const M: usize> IntoIntegers for Vec<[N; M]> {
    fn into_integers(self) -> Integers {
        Integers::of(&[self.len(), M], self.as_flattened().iter().copied())
    }
}

impl<N: WholeNumber, S: Data<Elem = N>, D: Dimension> IntoIntegers for &ArrayBase<S, D> {
    fn into_integers(self) -> Integers {
        Integers::of(self.shape(), self.iter().copied())
    }
}

impl<N: WholeNumber, S: Data<Elem = N>, D: Dimension> IntoIntegers for ArrayBase<S, D> {
    fn into_integers(self) -> Integers {
        (&self).into_integers()
    }
}

impl IntoIntegers for &Shape {
    fn into_integers(self) -> Integers {
        match self.to_known() {
            Some(lengths) => lengths.into_integers(),
            None => Integers(Source::Partial(self.clone())),
        }
    }
}

impl IntoIntegers for Shape {
    fn into_integers(self) -> Integers {
        (&self).into_integers()
    }
}

impl<I: Integer> IntoIntegers for Tensor<I> {
    fn into_integers(self) -> Integers {
        Integers(Source::Tensor(self.any()))
    }
}

impl<I: Integer> IntoIntegers for &Tensor<I> {
    fn into_integers(self) -> Integers {
        Integers(Source::Tensor(self.any()))
    }
}

impl<I: Integer> IntoIntegers for &&Tensor<I> {
    fn into_integers(self) -> Integers {
        Integers(Source::Tensor(self.any()))
    }
}

impl IntoIntegers for AnyTensor {
    fn into_integers(self) -> Integers {
        Integers(Source::Tensor(self))
    }
}

impl IntoIntegers for &AnyTensor {
    fn into_integers(self) -> Integers {
        Integers(Source::Tensor(self.clone()))
    }
}

/// Implements [`IntoIntegers`] for tuples of single numbers and scalar tensors.
macro_rules! tuple {
    ($($number:ident $place:tt),*) => {
        impl<$($number: IntoIntegers),*> IntoIntegers for ($($number,)*) {
            fn into_integers(self) -> Integers {
                Integers::vector(vec![$(self.$place.into_integers()),*])
            }
        }
    };
}

tuple!();
for_tuples!(tuple);
