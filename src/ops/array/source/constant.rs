//! `Const`: a value that is part of the graph.

use ndarray::{Array, ArrayBase, ArrayD, ArrayViewD, Data, Dimension, IxDyn};

use crate::graph::{
    Attribute, AttributeList, FromNode, GradientContext, Graph, InferContext, InitialValue,
    IntoTensor, Kernel, NodeSpec, Op, OpScope, Tensor, TensorInfo,
};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::support::check_size;
use crate::types::{
    Bytes, Element, Error, IntoShape, Result, Shape, Texts, Value, for_texts, memory, rows,
};

pub(in crate::ops) const OPS: &[OpDef] = &[op!(
    flat "Const() -> (output: dtype); value: tensor",
    |node| node.op::<Const>()?
)];

/// The op of a constant.
#[derive(Debug)]
pub(in crate::ops::array) struct Const(Value<'static>);

impl Const {
    pub(in crate::ops::array) fn new<T: Element>(array: ArrayD<T>) -> Self {
        Const(T::wrap(array.into()))
    }

    /// The constant, if there is one, as the node that `scope` is named after.
    #[track_caller]
    pub(in crate::ops::array) fn build<T: Element>(
        scope: &OpScope,
        value: Result<ArrayD<T>>,
    ) -> Tensor<T> {
        match value {
            Ok(array) => scope.tensor(Const::new(array), &[]),
            Err(error) => scope.failed("Const", error),
        }
    }
}

impl FromNode for Const {
    fn from_node(node: &NodeSpec<'_>) -> Result<Self> {
        let (dtype, value) = (
            node.dtype("dtype")?,
            node.attribute::<Value<'static>>("value")?,
        );
        if value.dtype() != dtype {
            let (found, wanted) = (value.dtype().cpp_name(), dtype.cpp_name());
            return Err(Error::invalid_argument(format!(
                "Type mismatch between value ({found}) and dtype ({wanted})"
            )));
        }
        Ok(Const(value))
    }
}

impl Op for Const {
    fn op_type(&self) -> &'static str {
        "Const"
    }

    fn infer(&self, _: &InferContext<'_>) -> Result<Vec<TensorInfo>> {
        Ok(vec![
            TensorInfo::new(self.0.dtype(), self.0.shape()).with_constant(self.0.clone()),
        ])
    }

    fn compute(&self, cx: &mut Kernel<'_, '_>) -> Result<()> {
        cx.outputs.forward(0, self.0.clone().reborrow());
        Ok(())
    }

    fn gradient(&self, _: &mut GradientContext<'_>) -> Result<()> {
        Ok(())
    }

    fn can_fail(&self) -> bool {
        false
    }

    fn attributes(&self) -> Option<AttributeList> {
        Some(vec![("value", Attribute::Tensor(self.0.clone()))])
    }
}

/// The options of [`Graph::constant_with`].
#[derive(Clone, Debug, Default)]
pub struct Constant {
    shape: Option<Result<Shape>>,
}

/// Of this shape, as [`Constant::shape`].
impl<S: IntoShape> From<S> for Constant {
    fn from(shape: S) -> Self {
        Constant::new().shape(shape)
    }
}

impl Constant {
    /// The value as it is.
    pub fn new() -> Self {
        Constant::default()
    }

    /// The value's elements in row-major order under this shape, the last one repeated until it is
    /// full.
    pub fn shape(mut self, shape: impl IntoShape) -> Self {
        self.shape = Some(shape.into_shape());
        self
    }

    fn apply<T: Element>(self, value: ArrayD<T>) -> Result<ArrayD<T>> {
        let Some(shape) = self.shape else {
            return Ok(value);
        };
        let shape = shape?.expect_known()?;
        check_size(&shape)?;
        let (wanted, given) = (shape.iter().product::<usize>(), value.len());
        if given > wanted {
            return Err(Error::invalid_argument(format!(
                "Too many elements provided. Needed at most {wanted}, but received {given}"
            )));
        }
        let mut elements = memory::reserved(wanted)?;
        // Few: there is room for as many as are wanted, and who gives them has them.
        elements.extend(value);
        match elements.last() {
            // Few: there is room for as many.
            Some(last) => elements.resize(wanted, last.clone()),
            None if wanted == 0 => {}
            None => {
                return Err(Error::invalid_argument(
                    "a constant needs at least one element to fill its shape with",
                ));
            }
        }
        Ok(ArrayD::from_shape_vec(IxDyn(&shape), elements)
            .expect("resized to the number that the shape holds"))
    }
}

/// What can become a constant: a number, an array of any dimension, a nested Rust array, a vector
/// or slice; a text, or a list of texts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot become a constant of `{T}`",
    label = "not a number or an array of `{T}`",
    note = "write `graph.constant(2.0f32)`, `graph.constant([[1.0f32, 2.0], [3.0, 4.0]])` or give an array of ndarray"
)]
pub trait IntoConstant<T: Element> {
    /// The value.
    ///
    /// # Errors
    /// `ResourceExhausted` if there is no memory for a copy.
    fn into_constant_array(self) -> Result<ArrayD<T>>;
}

impl Graph {
    /// A constant of the type of `value`, as `tf.constant` makes it; called `Const` unless
    /// [`named`](Tensor::named).
    ///
    /// The type is Rust's: a literal such as `1.0` is an `f64` if nothing else says what it is,
    /// where TensorFlow takes `float32`. Write `1.0f32`, or use it where an `f32` is wanted.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let y_hat = graph.constant(36).named("y_hat");
    /// let matrix = graph.constant([[1.0f32, 2.0], [3.0, 4.0]]);
    /// assert_eq!(y_hat.to_string(), r#"Tensor("y_hat:0", shape=(), dtype=int32)"#);
    /// assert_eq!(matrix.to_string(), r#"Tensor("Const:0", shape=(2, 2), dtype=float32)"#);
    /// let words = graph.constant(["to", "be"]);
    /// assert_eq!(words.to_string(), r#"Tensor("Const_1:0", shape=(2,), dtype=string)"#);
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if the rows of a nested vector have different lengths.
    ///
    /// # Options
    /// `shape`: see [`constant_with`](Graph::constant_with).
    #[track_caller]
    pub fn constant<T: Element>(&self, value: impl IntoConstant<T>) -> Tensor<T> {
        self.constant_or_mistake("Const", value.into_constant_array())
    }

    /// As [`constant`](Graph::constant), with the shape that `options` says, such as `[2, 3]`.
    ///
    /// ```
    /// use tf1::{Graph, Session};
    ///
    /// let graph = Graph::new();
    /// let c = graph.constant_with([1, 2, 3], [2, 2]);
    /// let value = Session::new(&graph)?.run(&c, [])?;
    /// assert_eq!(value, ndarray::arr2(&[[1, 2], [3, 3]]).into_dyn());
    /// # Ok::<(), tf1::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidArgument` if there are more elements than the shape holds, or none although it holds
    /// some.
    #[track_caller]
    pub fn constant_with<T: Element>(
        &self,
        value: impl IntoConstant<T>,
        options: impl Into<Constant>,
    ) -> Tensor<T> {
        let options = options.into();
        let value = value.into_constant_array();
        self.constant_or_mistake("Const", value.and_then(|value| options.apply(value)))
    }

    /// A constant, if there is one.
    #[track_caller]
    pub(crate) fn constant_or_mistake<T: Element>(
        &self,
        name: &str,
        value: Result<ArrayD<T>>,
    ) -> Tensor<T> {
        self.op_scope(name, |scope| Const::build(scope, value))
    }

    /// A constant with a name of its own under the current scope.
    #[track_caller]
    pub(crate) fn constant_named<T: Element>(&self, name: &str, value: ArrayD<T>) -> Tensor<T> {
        self.op_scope(name, |scope| scope.tensor(Const::new(value), &[]))
    }
}

impl<T: Element> IntoConstant<T> for T {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        Ok(ndarray::arr0(self).into_dyn())
    }
}

impl<T: Element> IntoConstant<T> for Vec<T> {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        Ok(Array::from(self).into_dyn())
    }
}

impl<T: Element> IntoConstant<T> for Vec<Vec<T>> {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        Ok(rows::matrix(&self)?.into_dyn())
    }
}

impl<T: Element> IntoConstant<T> for &Vec<T> {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        self.as_slice().into_constant_array()
    }
}

impl<T: Element> IntoConstant<T> for &Vec<Vec<T>> {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        Ok(rows::matrix(self)?.into_dyn())
    }
}

impl<T: Element, const N: usize> IntoConstant<T> for &[T; N] {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        self.as_slice().into_constant_array()
    }
}

impl<T: Element> IntoConstant<T> for &[T] {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        Ok(memory::copied(&ndarray::aview1(self))?.into_dyn())
    }
}

impl<T: Element, const N: usize> IntoConstant<T> for [T; N] {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        nested(&[N], &self)
    }
}

impl<T: Element, const N: usize, const M: usize> IntoConstant<T> for [[T; M]; N] {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        nested(&[N, M], self.as_flattened())
    }
}

impl<T: Element, const N: usize, const M: usize, const K: usize> IntoConstant<T>
    for [[[T; K]; M]; N]
{
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        nested(&[N, M, K], self.as_flattened().as_flattened())
    }
}

impl<T: Element, const N: usize, const M: usize, const K: usize, const L: usize> IntoConstant<T>
    for [[[[T; L]; K]; M]; N]
{
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        let elements = self.as_flattened().as_flattened().as_flattened();
        nested(&[N, M, K, L], elements)
    }
}

impl<T: Element, S: Data<Elem = T>, D: Dimension> IntoConstant<T> for &ArrayBase<S, D> {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        Ok(memory::copied(self)?.into_dyn())
    }
}

impl<T: Element, S: Data<Elem = T>, D: Dimension> IntoConstant<T> for ArrayBase<S, D> {
    fn into_constant_array(self) -> Result<ArrayD<T>> {
        match self.try_into_owned_nocopy() {
            Ok(array) => Ok(array.into_dyn()),
            Err(lent) => Ok(memory::copied(&lent)?.into_dyn()),
        }
    }
}

/// A text, or a list of texts, makes a constant of type `string`.
macro_rules! texts {
    ([$($parameters:tt)*] $texts:ty) => {
        impl<$($parameters)*> IntoConstant<Bytes> for $texts {
            fn into_constant_array(self) -> Result<ArrayD<Bytes>> {
                Texts::into_array(self)
            }
        }

        operand!(Bytes, [$($parameters)*] $texts);
    };
}

fn nested<T: Element>(shape: &[usize], elements: &[T]) -> Result<ArrayD<T>> {
    let view = ArrayViewD::from_shape(IxDyn(shape), elements);
    memory::copied(&view.expect("a nested array has as many elements as its type says"))
}

/// Lets what can become a constant stand where an op wants a tensor. Not for all of them at once:
/// that could not be told from the implementation for tensors.
macro_rules! operand {
    ([$($parameters:tt)*] $constant:ty) => {
        operand!(T, [T: Element, $($parameters)*] $constant);
    };
    ($T:ty, [$($parameters:tt)*] $constant:ty) => {
        impl<$($parameters)*> IntoTensor<$T> for $constant {
            fn graph(&self) -> Option<Graph> {
                None
            }

            fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<$T> {
                graph.constant_or_mistake(name, self.into_constant_array())
            }
        }

        impl<$($parameters)*> InitialValue<$T> for $constant {}
    };
}

operand!([] T);
operand!([] Vec<T>);
operand!([] Vec<Vec<T>>);
operand!([] & [T]);
operand!([const N: usize] [T; N]);
operand!([const N: usize, const M: usize] [[T; M]; N]);
operand!([const N: usize, const M: usize, const K: usize] [[[T; K]; M]; N]);
operand!([const N: usize, const M: usize, const K: usize, const L: usize] [[[[T; L]; K]; M]; N]);
operand!([] &Vec<T>);
operand!([] &Vec<Vec<T>>);
operand!([const N: usize] &[T; N]);
operand!([S: Data<Elem = T>, D: Dimension] &ArrayBase<S, D>);
operand!([S: Data<Elem = T>, D: Dimension] ArrayBase<S, D>);
for_texts!(texts);

use undecided::Undecided;

/// A module of its own, as the names of this file's public items are the crate's.
mod undecided {
    /// The element type of no tensor.
    ///
    /// Rust takes `1.0` for an `f64` if nothing says what it is. If that were an operand of
    /// tensors of its own type only, such a literal would decide the type of a tensor that is left
    /// open. As it could stand for a tensor of this type too, it decides nothing, and the compiler
    /// asks.
    #[derive(Debug)]
    pub enum Undecided {}
}

macro_rules! undecided {
    ($($number:ty)*) => {$(
        undecided!(@for $number, [] $number);
        undecided!(@for $number, [] Vec<$number>);
        undecided!(@for $number, [] Vec<Vec<$number>>);
        undecided!(@for $number, [] &[$number]);
        undecided!(@for $number, [const N: usize] [$number; N]);
        undecided!(@for $number, [const N: usize, const M: usize] [[$number; M]; N]);
        undecided!(@for $number, [const N: usize, const M: usize, const K: usize] [[[$number; K]; M]; N]);
        undecided!(@for $number, [const N: usize, const M: usize, const K: usize, const L: usize] [[[[$number; L]; K]; M]; N]);
        undecided!(@for $number, [] &Vec<$number>);
        undecided!(@for $number, [] &Vec<Vec<$number>>);
        undecided!(@for $number, [const N: usize] &[$number; N]);
        undecided!(@for $number, [S: Data<Elem = $number>, D: Dimension] &ArrayBase<S, D>);
        undecided!(@for $number, [S: Data<Elem = $number>, D: Dimension] ArrayBase<S, D>);
    )*};
    (@for $number:ty, [$($parameters:tt)*] $constant:ty) => {
        impl<$($parameters)*> IntoTensor<Undecided> for $constant {
            fn graph(&self) -> Option<Graph> {
                None
            }

            fn into_tensor(self, graph: &Graph, name: &str) -> Tensor<Undecided> {
                // No function asks for this: all of them want a tensor of an element type.
                let tensor: Tensor<$number> = IntoTensor::<$number>::into_tensor(self, graph, name);
                tensor.of_no_type()
            }
        }
    };
}

undecided!(f64);
