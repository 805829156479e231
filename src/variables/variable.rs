//! [`Variable`]: a handle on a variable.

use std::fmt;
use std::ops::Deref;

use super::AnyVariable;
use crate::gradients::{CustomInputs, GradientSources, GradientTargets};
use crate::graph::{
    AnyTensor, ControlInput, Graph, InitialValue, IntoTensor, Operation, Tensor, TensorHandle,
};
use crate::ops::NumberOrTensor;
use crate::ops::array::identity;
use crate::ops::random::Keep;
use crate::ops::state::{self, Assignable};
use crate::types::{DType, Element, Error, Float, Numeric, Shape};

/// A variable of a graph whose elements have type `T`: a tensor whose value a session keeps from
/// run to run.
///
/// A variable is a tensor wherever one is wanted: it stands for its [value](Variable::value) as an
/// operand, as an argument of type `&Tensor<T>`, and where a method of [`Tensor`] is called on it.
/// It prints as TensorFlow prints it:
///
/// ```
/// let graph = tf1::Graph::new();
/// let w = graph.variable([[1.0f32, 2.0]]).named("w");
/// assert_eq!(w.to_string(), "<tf.Variable 'w:0' shape=(1, 2) dtype=float32_ref>");
///
/// fn norm(x: &tf1::Tensor) -> tf1::Tensor {
///     tf1::sqrt(tf1::reduce_sum(tf1::square(x), ..))
/// }
/// let session = tf1::Session::new(&graph)?;
/// session.run(graph.global_variables_initializer(), [])?;
/// assert_eq!(session.run(norm(&w).scalar(), [])?, 5f32.sqrt());
/// # Ok::<(), tf1::Error>(())
/// ```
///
/// Its name, its shape and its operation are the variable's own; other methods that tell of an
/// operation, such as [`op_type`](Operation::op_type), tell of the one that reads the value.
/// [`op`](Variable::op) gives the operation that holds it.
pub struct Variable<T = f32> {
    any: AnyVariable,
    value: Tensor<T>,
}

impl<T: Element> Variable<T> {
    /// The typed handle on a variable that is known to have this type.
    #[track_caller]
    pub(super) fn from_any(any: AnyVariable) -> Self {
        let value = any.read.assume();
        Variable { any, value }
    }

    /// A handle that stands for a mistake, on what was to be a variable called `name`.
    #[track_caller]
    pub(crate) fn failed(graph: &Graph, name: &str, error: Error) -> Self {
        let failed: Tensor<T> = graph.op_scope(name, |scope| scope.failed("VariableV2", error));
        let initializer = failed.op();
        let any = failed.any();
        Variable::from_any(AnyVariable {
            memory: any.clone(),
            read: any.clone(),
            initial_value: any,
            initializer,
        })
    }

    /// A handle on the same variable with its element type known only at run time.
    pub fn any(&self) -> AnyVariable {
        self.any.clone()
    }

    /// The graph that the variable belongs to.
    pub fn graph(&self) -> &Graph {
        self.any.graph()
    }

    /// The variable's name, such as `W1:0`.
    pub fn name(&self) -> String {
        self.any.name()
    }

    /// The operation that holds the variable.
    pub fn op(&self) -> Operation {
        self.any.op()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        T::DTYPE
    }

    /// The shape.
    #[doc(alias = "get_shape")]
    pub fn shape(&self) -> Shape {
        self.any.shape()
    }

    /// The operation that gives the variable its initial value.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.variable(1.0_f32);
    ///
    /// let session = tf::Session::new(&graph)?;
    /// session.run(w.initializer(), [])?;
    /// assert_eq!(session.run(w.scalar(), [])?, 1.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn initializer(&self) -> &Operation {
        self.any.initializer()
    }

    /// The variable's memory, as ops that update it take it.
    pub fn memory(&self) -> Tensor<T> {
        self.any.memory.assume()
    }

    /// The variable's value as a tensor. Within a run it is the value from before that run's
    /// updates; see [`read_value`](Variable::read_value) for the value after some.
    pub fn value(&self) -> Tensor<T> {
        self.value.clone()
    }

    /// The variable's value as it is when all control dependencies in force have run, as
    /// `Variable.read_value` gives it.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let v = graph.variable(1.0f32);
    /// let increment = v.assign_add(2.0);
    /// let after = graph.control_dependencies([&increment], || v.read_value());
    /// let session = tf1::Session::new(&graph)?;
    /// session.run(graph.global_variables_initializer(), [])?;
    /// let (before, after) = session.run((v.value().scalar(), after.scalar()), [])?;
    /// assert_eq!((before, after), (1.0, 3.0));
    /// # Ok::<(), tf1::Error>(())
    /// ```
    #[track_caller]
    pub fn read_value(&self) -> Tensor<T> {
        identity(self.memory()).named("read")
    }

    /// Sets the variable, as `Variable.assign` does; the result is the new value.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.variable(1.0_f32);
    /// let assign = w.assign(&w * 2.0);
    /// let init = graph.global_variables_initializer();
    ///
    /// let session = tf::Session::new(&graph)?;
    /// session.run(&init, [])?;
    /// session.run(&assign, [])?;
    /// assert_eq!(session.run(w.scalar(), [])?, 2.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`assign`](crate::assign).
    #[track_caller]
    pub fn assign(&self, value: impl IntoTensor<T>) -> Tensor<T> {
        // As TensorFlow's method, other than its function.
        state::assign_with(self, value, state::Assign::new().use_locking(false))
    }

    /// Names the variable; see [`Tensor::named`].
    ///
    /// # Errors
    /// As [`Tensor::named`].
    #[track_caller]
    pub fn named(self, name: impl AsRef<str>) -> Self {
        self.graph().forget_variable_name(&self.op().name());
        let _ = self.memory().named(name);
        self
    }
}

impl<T: Numeric> Variable<T> {
    /// Adds to the variable, as `Variable.assign_add` does; the result is the new value.
    ///
    /// # Errors
    /// As [`assign_add`](crate::assign_add).
    #[track_caller]
    pub fn assign_add(&self, delta: impl IntoTensor<T>) -> Tensor<T> {
        state::assign_add(self, delta)
    }

    /// Subtracts from the variable, as `Variable.assign_sub` does; the result is the new value.
    ///
    /// # Errors
    /// As [`assign_sub`](crate::assign_sub).
    #[track_caller]
    pub fn assign_sub(&self, delta: impl IntoTensor<T>) -> Tensor<T> {
        state::assign_sub(self, delta)
    }
}

impl<T> Clone for Variable<T> {
    fn clone(&self) -> Self {
        Variable {
            any: self.any.clone(),
            value: self.value.clone(),
        }
    }
}

impl<T: Element> fmt::Display for Variable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any.fmt(f)
    }
}

impl<T: Element> fmt::Debug for Variable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A variable stands where a tensor is wanted for its value.
impl<T> Deref for Variable<T> {
    type Target = Tensor<T>;

    fn deref(&self) -> &Tensor<T> {
        &self.value
    }
}

impl<T: Element> From<Variable<T>> for AnyTensor {
    fn from(variable: Variable<T>) -> Self {
        variable.value.any()
    }
}

impl<T: Element> From<&Variable<T>> for AnyTensor {
    fn from(variable: &Variable<T>) -> Self {
        variable.value.any()
    }
}

impl<T: Element> From<&&Variable<T>> for AnyTensor {
    fn from(variable: &&Variable<T>) -> Self {
        variable.value.any()
    }
}

impl<T: Element> TensorHandle for Variable<T> {
    fn any_tensor(&self) -> AnyTensor {
        self.value.any()
    }
}

impl<T: Element> GradientSources for Variable<T> {
    fn sources(&self) -> Vec<AnyTensor> {
        vec![self.value.any()]
    }
}

impl<T: Element> ControlInput for Variable<T> {
    fn operation(&self) -> Operation {
        self.op()
    }
}

impl<T: Element> IntoTensor<T> for Variable<T> {
    fn graph(&self) -> Option<Graph> {
        Some(Variable::graph(self).clone())
    }

    fn into_tensor(self, _: &Graph, _: &str) -> Tensor<T> {
        self.value()
    }
}

impl<T: Element> IntoTensor<T> for &Variable<T> {
    fn graph(&self) -> Option<Graph> {
        Some(Variable::graph(self).clone())
    }

    fn into_tensor(self, _: &Graph, _: &str) -> Tensor<T> {
        self.value()
    }
}

impl<T: Element> IntoTensor<T> for &&Variable<T> {
    fn graph(&self) -> Option<Graph> {
        Some(Variable::graph(self).clone())
    }

    fn into_tensor(self, _: &Graph, _: &str) -> Tensor<T> {
        self.value()
    }
}

impl<T: Element> From<Variable<T>> for NumberOrTensor<T> {
    fn from(variable: Variable<T>) -> Self {
        variable.value().into()
    }
}

impl<T: Float> From<Variable<T>> for Keep<T> {
    fn from(variable: Variable<T>) -> Self {
        variable.value().into()
    }
}

impl<T: Float> From<&Variable<T>> for Keep<T> {
    fn from(variable: &Variable<T>) -> Self {
        variable.value().into()
    }
}

impl<T: Element> From<&Variable<T>> for NumberOrTensor<T> {
    fn from(variable: &Variable<T>) -> Self {
        variable.value().into()
    }
}

impl<T: Element> InitialValue<T> for Variable<T> {}

impl<T: Element> InitialValue<T> for &Variable<T> {}

impl<T: Element> InitialValue<T> for &&Variable<T> {}

impl<T: Element> Assignable<T> for Variable<T> {
    fn reference(&self) -> Tensor<T> {
        self.memory()
    }
}

impl<T: Element> CustomInputs for Variable<T> {
    type Tensors = Tensor<T>;

    fn tensors(&self) -> Tensor<T> {
        self.value()
    }
}

impl<T: Element> GradientTargets for Variable<T> {
    type Output = Tensor<T>;

    fn targets(&self) -> Vec<AnyTensor> {
        vec![self.any.memory.clone()]
    }

    #[track_caller]
    fn collect(&self, gradients: Vec<AnyTensor>) -> Tensor<T> {
        gradients[0].assume()
    }
}
