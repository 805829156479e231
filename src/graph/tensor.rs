//! Handles on tensors: [`Tensor`], and [`AnyTensor`] where the element type is not known.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

use crate::types::{DType, Element, Error, IntoShape, NodeRef, Result, Shape};

use super::{ControlInput, Graph, NodeId, Operation, Output, TensorInfo};

/// A handle on a tensor whose elements have type `T`: one output of an operation, computed when a
/// session runs it.
///
/// Cheap to clone, `Send + Sync`, without a lifetime. It prints as TensorFlow prints it:
///
/// ```
/// let graph = tf1::Graph::new();
/// let x = graph.placeholder::<f32>("X", tf1::shape![12288, ?]);
/// assert_eq!(x.to_string(), r#"Tensor("X:0", shape=(12288, ?), dtype=float32)"#);
/// ```
///
/// Tensors of different element types do not mix; [`cast`](crate::cast) converts:
///
/// ```compile_fail,E0277
/// let graph = tf1::Graph::new();
/// let x = graph.placeholder::<f32>("x", [2]);
/// let n = graph.placeholder::<i64>("n", [2]);
/// let sum = &x + &n;
/// ```
pub struct Tensor<T = f32> {
    operation: Operation,
    index: usize,
    element: PhantomData<fn() -> T>,
}

impl<T: Element> Tensor<T> {
    /// Output `index` of `operation`, which is known to have this type, or to stand for a mistake.
    pub(super) fn of(operation: Operation, index: usize) -> Self {
        Tensor {
            operation,
            index,
            element: PhantomData,
        }
    }

    /// The graph that the tensor belongs to.
    pub fn graph(&self) -> &Graph {
        self.operation.graph()
    }

    /// The node and output index that the handle stands for.
    pub fn output(&self) -> Output {
        Output {
            node: self.operation.node(),
            index: self.index,
        }
    }

    /// The operation that computes the tensor.
    pub fn op(&self) -> Operation {
        self.operation.clone()
    }

    /// The node of that operation.
    pub(crate) fn node(&self) -> NodeId {
        self.operation.node()
    }

    /// The tensor's name, such as `Add_2:0`.
    pub fn name(&self) -> String {
        self.any().name()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        T::DTYPE
    }

    /// What is known of the shape before a run.
    ///
    /// [`tf1::shape`](crate::shape()) gives the shape as a tensor, known when a run computes it.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.placeholder::<f32>("x", tf::shape![?, 3]);
    /// assert_eq!(x.shape(), tf::shape![?, 3]);
    /// assert_eq!(x.shape().dims(), Some(&[None, Some(3)][..]));
    /// ```
    #[doc(alias = "get_shape")]
    pub fn shape(&self) -> Shape {
        self.info().shape
    }

    /// Adds to what is known of the tensor's shape, as `Tensor.set_shape` does.
    ///
    /// # Errors
    /// A shape that contradicts the known one is recorded as a mistake of the graph.
    #[track_caller]
    pub fn set_shape(&self, shape: impl IntoShape) {
        let location = Location::caller();
        let tensor = self.any();
        let shape = shape.into_shape();
        if let Err(error) = shape.and_then(|shape| tensor.merge_shape(&shape)) {
            let error = error.at_node(|| tensor.node_ref());
            self.graph().record_error(error.at_location(location));
        }
    }

    /// The operations that read the tensor, in the order of making and as often as they read it, as
    /// `Tensor.consumers` lists them. The whole graph is searched.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let x = graph.constant(1.0f32);
    /// let (sum, same) = (&x + &x, tf1::identity(&x));
    /// assert_eq!(x.consumers(), [sum.op(), sum.op(), same.op()]);
    /// ```
    pub fn consumers(&self) -> Vec<Operation> {
        self.any().consumers()
    }

    /// A handle on the same tensor with its element type known only at run time.
    pub fn any(&self) -> AnyTensor {
        AnyTensor::of(self.operation.clone(), self.index, T::DTYPE)
    }

    /// The same as a handle of a type that is not an element type, with which nothing can be done.
    pub(crate) fn of_no_type<U>(self) -> Tensor<U> {
        Tensor {
            operation: self.operation,
            index: self.index,
            element: PhantomData,
        }
    }

    /// Gives the function call that made this tensor a name, as the argument `name=` of
    /// TensorFlow's functions does: `tf::add(&a, &b).named("sum")` is `tf.add(a, b, name='sum')`.
    ///
    /// A function that makes several nodes has them all renamed to stand below that name, as in
    /// TensorFlow. A name with a slash at its end, such as [`name_scope`](Graph::name_scope) gives,
    /// is taken as it is, from the root.
    ///
    /// # Errors
    /// A name that TensorFlow would refuse is recorded as a mistake of the graph.
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.graph().rename(self.node(), name.as_ref());
        self
    }

    pub(crate) fn info(&self) -> TensorInfo {
        self.graph().info(self.output(), T::DTYPE)
    }

    /// Whether the tensor's node, or one that it depends on, holds a mistake.
    pub(crate) fn is_failed(&self) -> bool {
        self.operation.is_failed()
    }
}

impl<T> Clone for Tensor<T> {
    fn clone(&self) -> Self {
        Tensor {
            operation: self.operation.clone(),
            index: self.index,
            element: PhantomData,
        }
    }
}

impl<T: Element> fmt::Display for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any().fmt(f)
    }
}

impl<T: Element> fmt::Debug for Tensor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<T: Element> ControlInput for Tensor<T> {
    fn operation(&self) -> Operation {
        self.op()
    }
}

/// A handle on a tensor whose element type is known only at run time.
#[derive(Clone)]
pub struct AnyTensor {
    operation: Operation,
    index: usize,
    dtype: DType,
}

impl AnyTensor {
    /// Output `index` of `operation`, which is known to have this type, or to stand for a mistake.
    pub(super) fn of(operation: Operation, index: usize, dtype: DType) -> Self {
        AnyTensor {
            operation,
            index,
            dtype,
        }
    }

    /// The graph that the tensor belongs to.
    pub fn graph(&self) -> &Graph {
        self.operation.graph()
    }

    /// The node and output index that the handle stands for.
    pub fn output(&self) -> Output {
        Output {
            node: self.operation.node(),
            index: self.index,
        }
    }

    /// The operation that computes the tensor.
    pub fn op(&self) -> Operation {
        self.operation.clone()
    }

    /// The node of that operation.
    pub(crate) fn node(&self) -> NodeId {
        self.operation.node()
    }

    /// The tensor's name, such as `Add_2:0`.
    pub fn name(&self) -> String {
        format!("{}:{}", self.operation.name(), self.index)
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// What is known of the shape before a run.
    pub fn shape(&self) -> Shape {
        self.info().shape
    }

    /// The typed handle.
    ///
    /// # Errors
    /// `InvalidArgument` if the elements are not of type `T`.
    #[track_caller]
    pub fn typed<T: Element>(&self) -> Result<Tensor<T>> {
        if T::DTYPE == self.dtype {
            return Ok(Tensor::of(self.operation.clone(), self.index));
        }
        Err(self.is_not_of(T::DTYPE, Location::caller()))
    }

    fn is_not_of(&self, dtype: DType, location: &'static Location<'static>) -> Error {
        let message = format!("{self} has elements of type {}, not {dtype}", self.dtype);
        Error::invalid_argument(message)
            .at_node(|| self.node_ref())
            .at_location(location)
    }

    /// The typed handle, of a tensor whose type the caller knows; a tensor that stands for a
    /// mistake otherwise.
    #[track_caller]
    pub(crate) fn assume<T: Element>(&self) -> Tensor<T> {
        match self.typed() {
            Ok(tensor) => tensor,
            Err(error) => self.graph().failed("typed", error),
        }
    }

    /// The operations that read the tensor; see [`Tensor::consumers`].
    pub fn consumers(&self) -> Vec<Operation> {
        let own = self.output();
        let mut readers = Vec::new();
        self.graph().with_nodes(|nodes| {
            // Those that read a tensor are made after it.
            for (index, node) in nodes.iter().enumerate().skip(own.node.index()) {
                let times = node.inputs.iter().filter(|input| **input == own).count();
                readers.extend(std::iter::repeat_n(NodeId::from_index(index), times));
            }
        });
        let operation = |node| self.graph().operation_at(node);
        readers.into_iter().map(operation).collect()
    }

    pub(crate) fn info(&self) -> TensorInfo {
        self.graph().info(self.output(), self.dtype)
    }

    /// Adds to what is known of the tensor's shape.
    ///
    /// # Errors
    /// `InvalidArgument` if that contradicts what is known already.
    pub(crate) fn merge_shape(&self, shape: &Shape) -> Result<()> {
        self.graph().merge_shape(self.output(), shape)
    }

    /// The node that computes the tensor, for a message.
    pub(crate) fn node_ref(&self) -> NodeRef {
        self.graph().node_ref(self.node())
    }

    /// Whether the tensor's node, or one that it depends on, holds a mistake.
    pub(crate) fn is_failed(&self) -> bool {
        self.operation.is_failed()
    }
}

impl fmt::Display for AnyTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = self.info();
        write!(f, "Tensor(\"{}\", ", self.name())?;
        if info.shape.rank().is_some() {
            write!(f, "shape={}, ", info.shape)?;
        }
        write!(f, "dtype={})", info.dtype_name())
    }
}

impl fmt::Debug for AnyTensor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ControlInput for AnyTensor {
    fn operation(&self) -> Operation {
        self.op()
    }
}

impl<T: Element> From<Tensor<T>> for AnyTensor {
    fn from(tensor: Tensor<T>) -> Self {
        tensor.any()
    }
}

impl<T: Element> From<&Tensor<T>> for AnyTensor {
    fn from(tensor: &Tensor<T>) -> Self {
        tensor.any()
    }
}

impl<T: Element> From<&&Tensor<T>> for AnyTensor {
    fn from(tensor: &&Tensor<T>) -> Self {
        tensor.any()
    }
}

impl From<&AnyTensor> for AnyTensor {
    fn from(tensor: &AnyTensor) -> Self {
        tensor.clone()
    }
}

impl From<&&AnyTensor> for AnyTensor {
    fn from(tensor: &&AnyTensor) -> Self {
        (*tensor).clone()
    }
}
