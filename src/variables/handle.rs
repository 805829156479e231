//! [`Variable`]: a handle on a variable, and `tf.Variable`, which makes one from its initial value.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;

use crate::gradients::GradientTargets;
use crate::graph::{
    AnyTensor, ControlInput, Graph, GraphKeys, IntoTensor, OpScope, Operation, Tensor,
};
use crate::ops::array::identity;
use crate::ops::control::group_in;
use crate::ops::state::{self, Assignable};
use crate::types::{DType, Element, Error, NodeRef, Numeric, Result, Shape};

/// A variable of a graph whose elements have type `T`: a tensor whose value a session keeps from run to run.
///
/// Where an op wants a tensor, the variable or `&variable` stands for its value. It prints as TensorFlow prints it:
///
/// ```
/// let graph = tf1::Graph::new();
/// let w = graph.variable([[1.0f32, 2.0]]).named("w");
/// assert_eq!(w.to_string(), "<tf.Variable 'w:0' shape=(1, 2) dtype=float32_ref>");
/// ```
pub struct Variable<T = f32> {
    any: AnyVariable,
    element: PhantomData<fn() -> T>,
}

/// A handle on a variable whose element type is known only at run time.
#[derive(Clone)]
pub struct AnyVariable {
    /// The variable's memory.
    memory: AnyTensor,
    /// Its value, as read at the start of a run.
    read: AnyTensor,
    initial_value: AnyTensor,
    initializer: Operation,
}

/// How to make a variable, besides its value: see [`Graph::variable_with`] and [`Graph::get_variable_with`].
#[derive(Clone, Debug)]
pub struct VariableOptions {
    trainable: bool,
    collections: Vec<String>,
}

impl VariableOptions {
    /// A trainable variable in the collection of global variables.
    pub fn new() -> Self {
        VariableOptions {
            trainable: true,
            collections: vec![GraphKeys::GLOBAL_VARIABLES.to_string()],
        }
    }

    /// Whether optimizers train the variable unless told which to train.
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = trainable;
        self
    }

    /// Adds the variable to another collection too.
    pub fn collection(mut self, key: &str) -> Self {
        self.collections.push(key.to_string());
        self
    }
}

impl Default for VariableOptions {
    fn default() -> Self {
        VariableOptions::new()
    }
}

/// What a graph knows of its variables, in the order of making.
#[derive(Default)]
pub(super) struct Registry {
    variables: Vec<AnyVariable>,
}

impl Graph {
    /// A variable with this initial value, as `tf.Variable` makes it; called `Variable` unless
    /// [`named`](Variable::named). The value is set by running the variable's initializer, or
    /// [`global_variables_initializer`](Graph::global_variables_initializer).
    ///
    /// # Errors
    /// `InvalidArgument` if the value's shape is not fully known.
    #[track_caller]
    pub fn variable<T: Element>(&self, initial_value: impl IntoTensor<T>) -> Variable<T> {
        self.variable_with(initial_value, VariableOptions::new())
    }

    /// As [`variable`](Graph::variable), with options.
    #[track_caller]
    pub fn variable_with<T: Element>(
        &self,
        initial_value: impl IntoTensor<T>,
        options: VariableOptions,
    ) -> Variable<T> {
        self.op_scope("Variable", |scope| {
            self.clear_control_dependencies(|| {
                let initial_value = initial_value.into_tensor(self, "initial_value");
                self.make_variable(scope, initial_value, &options)
            })
        })
    }

    /// Makes the nodes of a variable in `scope`, and puts it into its collections.
    #[track_caller]
    pub(super) fn make_variable<T: Element>(
        &self,
        scope: &OpScope,
        initial_value: Tensor<T>,
        options: &VariableOptions,
    ) -> Variable<T> {
        let shape = initial_value.shape();
        let memory = state::variable::<T>(scope, &shape);
        if !shape.is_known() && !self.is_failed(initial_value.output()) {
            let message = format!("initial_value must have a shape specified: {initial_value}");
            let error =
                Error::invalid_argument(message).with_help("tell it by set_shape, or reshape");
            self.record_error(error.at_node(|| memory.any().node_ref()));
        }
        let initializer = state::assign(&memory, &initial_value).op();
        let read = self.op_scope("read", |scope| {
            crate::ops::array::identity_any(scope, &memory.any())
        });
        let any = AnyVariable {
            memory: memory.any(),
            read,
            initial_value: initial_value.any(),
            initializer,
        };
        self.with_extension(|registry: &mut Registry| registry.variables.push(any.clone()));
        let trainable = options.trainable.then_some(GraphKeys::TRAINABLE_VARIABLES);
        for key in options
            .collections
            .iter()
            .map(String::as_str)
            .chain(trainable)
        {
            self.add_to_collection(key, any.memory.clone());
        }
        Variable::from_any(any)
    }

    /// All variables, in the order of making, as `tf.global_variables` lists them.
    pub fn global_variables(&self) -> Vec<AnyVariable> {
        self.variables_of(GraphKeys::GLOBAL_VARIABLES)
    }

    /// The variables that optimizers train, in the order of making, as `tf.trainable_variables` lists them.
    pub fn trainable_variables(&self) -> Vec<AnyVariable> {
        self.variables_of(GraphKeys::TRAINABLE_VARIABLES)
    }

    /// The variables of a collection.
    pub fn variables_of(&self, key: &str) -> Vec<AnyVariable> {
        let members = self.get_collection(key);
        let variables = self.with_extension(|registry: &mut Registry| registry.variables.clone());
        let find = |member: &AnyTensor| {
            variables
                .iter()
                .find(|variable| {
                    let memory = &variable.memory;
                    memory.graph() == member.graph() && memory.output() == member.output()
                })
                .cloned()
        };
        members.iter().filter_map(find).collect()
    }

    /// An operation that gives every variable made so far its initial value, as `tf.global_variables_initializer`
    /// makes it.
    #[track_caller]
    pub fn global_variables_initializer(&self) -> Operation {
        self.variables_initializer(&self.global_variables())
    }

    /// An operation that gives each of `variables` its initial value, as `tf.variables_initializer` makes it.
    #[track_caller]
    pub fn variables_initializer(&self, variables: &[AnyVariable]) -> Operation {
        let initializers: Vec<&dyn ControlInput> = variables
            .iter()
            .map(|variable| &variable.initializer as &dyn ControlInput)
            .collect();
        if initializers.is_empty() {
            self.no_op().named("init")
        } else {
            group_in(self, &initializers).named("init")
        }
    }
}

impl AnyVariable {
    /// The graph that the variable belongs to.
    pub fn graph(&self) -> &Graph {
        self.memory.graph()
    }

    /// The variable's name, such as `W1:0`.
    pub fn name(&self) -> String {
        self.memory.name()
    }

    /// The operation that holds the variable.
    pub fn op(&self) -> Operation {
        self.memory.op()
    }

    /// The variable's node, for a message.
    pub(super) fn node_ref(&self) -> NodeRef {
        self.memory.node_ref()
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.memory.dtype()
    }

    /// The shape.
    pub fn shape(&self) -> Shape {
        self.memory.shape()
    }

    /// The variable's memory, as ops that update it take it.
    pub fn memory(&self) -> &AnyTensor {
        &self.memory
    }

    /// The variable's value as a tensor.
    pub fn value(&self) -> &AnyTensor {
        &self.read
    }

    /// The operation that gives the variable its initial value.
    pub fn initializer(&self) -> &Operation {
        &self.initializer
    }

    /// The tensor that the variable is initialized with.
    pub fn initial_value(&self) -> &AnyTensor {
        &self.initial_value
    }

    /// The typed handle.
    ///
    /// # Errors
    /// `InvalidArgument` if the elements are not of type `T`.
    #[track_caller]
    pub fn typed<T: Element>(&self) -> Result<Variable<T>> {
        if T::DTYPE == self.dtype() {
            return Ok(Variable::from_any(self.clone()));
        }
        let message = format!(
            "{self} has elements of type {}, not {}",
            self.dtype(),
            T::DTYPE
        );
        let location = Location::caller();
        Err(Error::invalid_argument(message)
            .at_node(|| self.node_ref())
            .at_location(location))
    }
}

impl fmt::Display for AnyVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<tf.Variable '{}' shape={} dtype={}_ref>",
            self.name(),
            self.shape(),
            self.dtype()
        )
    }
}

impl fmt::Debug for AnyVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<&AnyVariable> for AnyVariable {
    fn from(variable: &AnyVariable) -> Self {
        variable.clone()
    }
}

impl<T: Element> From<&Variable<T>> for AnyVariable {
    fn from(variable: &Variable<T>) -> Self {
        variable.any()
    }
}

impl<T: Element> From<Variable<T>> for AnyVariable {
    fn from(variable: Variable<T>) -> Self {
        variable.any()
    }
}

impl ControlInput for AnyVariable {
    fn operation(&self) -> Operation {
        self.op()
    }
}

impl<T: Element> Variable<T> {
    /// The typed handle on a variable that is known to have this type.
    pub(super) fn from_any(any: AnyVariable) -> Self {
        Variable {
            any,
            element: PhantomData,
        }
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
    pub fn shape(&self) -> Shape {
        self.any.shape()
    }

    /// The operation that gives the variable its initial value.
    pub fn initializer(&self) -> &Operation {
        self.any.initializer()
    }

    /// The variable's memory, as ops that update it take it.
    pub fn memory(&self) -> Tensor<T> {
        self.any.memory.assume()
    }

    /// The variable's value as a tensor. Within a run it is the value from before that run's updates; see
    /// [`read_value`](Variable::read_value) for the value after some.
    pub fn value(&self) -> Tensor<T> {
        self.any.read.assume()
    }

    /// The variable's value as it is when all control dependencies in force have run, as `Variable.read_value` gives it.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let v = graph.variable(1.0f32);
    /// let increment = v.assign_add(2.0);
    /// let after = graph.control_dependencies(&[&increment], || v.read_value());
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
    #[track_caller]
    pub fn assign(&self, value: impl IntoTensor<T>) -> Tensor<T> {
        state::assign(self, value)
    }

    /// Names the variable; see [`Tensor::named`].
    #[track_caller]
    pub fn named(self, name: &str) -> Self {
        let _ = self.memory().named(name);
        self
    }
}

impl<T: Numeric> Variable<T> {
    /// Adds to the variable, as `Variable.assign_add` does; the result is the new value.
    #[track_caller]
    pub fn assign_add(&self, delta: impl IntoTensor<T>) -> Tensor<T> {
        state::assign_add(self, delta)
    }

    /// Subtracts from the variable, as `Variable.assign_sub` does; the result is the new value.
    #[track_caller]
    pub fn assign_sub(&self, delta: impl IntoTensor<T>) -> Tensor<T> {
        state::assign_sub(self, delta)
    }
}

impl<T> Clone for Variable<T> {
    fn clone(&self) -> Self {
        Variable {
            any: self.any.clone(),
            element: PhantomData,
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

impl<T: Element> Assignable<T> for Variable<T> {
    fn reference(&self) -> Tensor<T> {
        self.memory()
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
