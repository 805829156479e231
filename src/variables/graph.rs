//! What a graph does with variables: `tf.Variable`, which makes one from its initial value, lists
//! and initializers of them.

use std::sync::Arc;

use super::constraint::Constraint;
use super::variable_ref::VariableRef;
use super::{AnyVariable, Regularizer, Variable};
use crate::graph::{
    AnyTensor, Graph, GraphKeys, InitialValue, NameFilter, NodeId, OpScope, Tensor,
};
use crate::ops::state;
use crate::types::{Element, Error, Map, Result, Shape};

/// How to make a variable, besides its value: see [`Graph::variable_with`] and
/// [`Graph::get_variable_with`].
#[derive(Clone, Debug)]
pub struct VariableOptions {
    trainable: bool,
    collections: Vec<String>,
    pub(super) regularizer: Option<Arc<dyn Regularizer>>,
    pub(super) constraint: Option<Constraint>,
    validate_shape: bool,
    /// The variable whose value this one starts with, if it has one by then.
    starts_as: Option<AnyVariable>,
}

/// With a penalty on the variable's values, as [`VariableOptions::regularizer`].
impl<R: Regularizer> From<R> for VariableOptions {
    fn from(regularizer: R) -> Self {
        VariableOptions::new().regularizer(regularizer)
    }
}

/// Trained or not, as [`VariableOptions::trainable`].
impl From<bool> for VariableOptions {
    fn from(trainable: bool) -> Self {
        VariableOptions::new().trainable(trainable)
    }
}

impl VariableOptions {
    /// A trainable variable in the collection of global variables.
    pub fn new() -> Self {
        VariableOptions {
            trainable: true,
            collections: vec![GraphKeys::GLOBAL_VARIABLES.to_string()],
            regularizer: None,
            constraint: None,
            validate_shape: true,
            starts_as: None,
        }
    }

    /// Whether optimizers train the variable if they are not told what to train.
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = trainable;
        self
    }

    /// Whether optimizers train the variable; see [`trainable`](VariableOptions::trainable).
    pub fn is_trainable(&self) -> bool {
        self.trainable
    }

    /// The collections that the variable is added to instead of that of the global variables, as
    /// TensorFlow's `collections=`. A trainable variable is added to that of the trainable ones all
    /// the same.
    pub fn collections<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.collections = keys.into_iter().map(Into::into).collect();
        self
    }

    /// A local variable, which is neither saved nor trained, as `tf.get_local_variable` makes it;
    /// see [`local_variables_initializer`](Graph::local_variables_initializer).
    pub fn local(self) -> Self {
        self.trainable(false)
            .collections([GraphKeys::LOCAL_VARIABLES])
    }

    /// Adds the variable to another collection too.
    pub fn collection(mut self, key: impl AsRef<str>) -> Self {
        let key = key.as_ref();
        if !self.collections.iter().any(|listed| listed == key) {
            self.collections.push(key.to_string());
        }
        self
    }

    /// Penalizes the variable's values: what `regularizer` makes of them is added to the collection
    /// [`REGULARIZATION_LOSSES`](GraphKeys::REGULARIZATION_LOSSES). One given here counts instead
    /// of that of the [variable scope](super::VariableScope::regularizer).
    pub fn regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.regularizer = Some(Arc::new(regularizer));
        self
    }

    /// Has optimizers apply `constrain` to the variable's value after each of their steps, as
    /// TensorFlow's argument `constraint=` does.
    ///
    /// ```
    /// use tf1::{self as tf, prelude::*};
    ///
    /// let graph = Graph::new();
    /// let options = tf::VariableOptions::new().constraint(|w: Tensor| tf::maximum(w, 0.0));
    /// let w = graph.variable_with(0.25f32, options);
    /// let train = tf::train::GradientDescentOptimizer::new(1.0).minimize(&w); // w - 1
    /// let session = Session::new(&graph)?;
    /// session.run(graph.global_variables_initializer(), [])?;
    /// session.run(&train, [])?;
    /// assert_eq!(session.run(w.scalar(), [])?, 0.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// The graph keeps the closure; one that holds a tensor keeps the graph alive in turn.
    ///
    /// # Errors
    /// A variable whose gradient consists of rows cannot be constrained, nor one of another type
    /// than `T`: minimizing is an error.
    #[track_caller]
    pub fn constraint<T: Element>(
        mut self,
        constrain: impl Fn(Tensor<T>) -> Tensor<T> + Send + Sync + 'static,
    ) -> Self {
        self.constraint = Some(Constraint::new(constrain));
        self
    }

    /// Whether the initial value must have a known shape, which all later values must have, too:
    /// `true` by default. With `false`, TensorFlow's `validate_shape=False`, nothing is known of
    /// the variable's shape before a run, and a run may change it by
    /// [`assign_with`](crate::assign_with).
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let x = graph.placeholder::<f32>("x", tf::shape![?]);
    /// let v = graph.variable_with(&x, tf::VariableOptions::new().validate_shape(false));
    /// assert_eq!(v.to_string(), "<tf.Variable 'Variable:0' shape=<unknown> dtype=float32_ref>");
    /// let session = tf::Session::new(&graph)?;
    /// session.run(v.initializer(), [x.feed(&[1.0, 2.0])])?;
    /// assert_eq!(session.run(v.array1(), [])?, ndarray::arr1(&[1.0, 2.0]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// Of the optimizers only [`GradientDescentOptimizer`](crate::train::GradientDescentOptimizer)
    /// can train a variable of unknown shape; the others keep values in the variable's shape.
    /// TensorFlow's can.
    pub fn validate_shape(mut self, validate_shape: bool) -> Self {
        self.validate_shape = validate_shape;
        self
    }

    /// With this constraint, or none.
    pub(crate) fn constrained(mut self, constraint: Option<Constraint>) -> Self {
        self.constraint = constraint;
        self
    }

    /// Initialized with the value that `variable` has by then, and with the initial value only if
    /// it has none.
    pub(crate) fn starting_as(mut self, variable: AnyVariable) -> Self {
        self.starts_as = Some(variable);
        self
    }
}

impl Default for VariableOptions {
    fn default() -> Self {
        VariableOptions::new()
    }
}

/// What a graph knows of its variables: each by the node that is its memory.
#[derive(Default)]
struct Registry {
    variables: Map<NodeId, VariableRef>,
    /// The variable that each of these nodes reads the value of.
    read_by: Map<NodeId, NodeId>,
    constraints: Map<NodeId, Constraint>,
}

impl Registry {
    /// The variable of which the node is the memory, or reads the value.
    fn find(&self, node: NodeId) -> Option<VariableRef> {
        let memory = self.read_by.get(&node).unwrap_or(&node);
        self.variables.get(memory).copied()
    }
}

impl Graph {
    /// A variable with this initial value and its type, as `tf.Variable` makes it.
    ///
    /// A literal such as `0.0` is an `f64` if nothing else says what it is, where TensorFlow takes
    /// `float32`. Write `0.0f32`, or use the variable together with tensors of `f32`. It is called
    /// `Variable` unless [`named`](Variable::named). The value is set by running the variable's
    /// initializer, or [`global_variables_initializer`](Graph::global_variables_initializer).
    ///
    /// # Errors
    /// `InvalidArgument` if the value's shape is not fully known.
    ///
    /// # Options
    /// `trainable`, `collections`, `local`, `collection`, `regularizer`, `constraint`,
    /// `validate_shape`: see [`variable_with`](Graph::variable_with).
    #[track_caller]
    pub fn variable<T: Element>(&self, initial_value: impl InitialValue<T>) -> Variable<T> {
        self.variable_with(initial_value, VariableOptions::new())
    }

    /// As [`variable`](Graph::variable), with options.
    ///
    /// # Errors
    /// As [`variable`](Graph::variable).
    #[track_caller]
    pub fn variable_with<T: Element>(
        &self,
        initial_value: impl InitialValue<T>,
        options: impl Into<VariableOptions>,
    ) -> Variable<T> {
        let options = options.into();
        self.op_scope("Variable", |scope| {
            self.clear_control_dependencies(|| {
                let initial_value = initial_value.into_tensor(self, "initial_value");
                let variable = self.make_variable(scope, initial_value, &options);
                let below = format!("{}/Regularizer/", scope.name());
                self.regularize(
                    &below,
                    variable.any().value(),
                    options.regularizer.as_deref(),
                );
                variable
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
        let shape = match options.validate_shape {
            true => initial_value.shape(),
            false => Shape::unknown(),
        };
        let memory = state::variable::<T>(scope, &shape);
        if options.validate_shape && !shape.is_known() && !initial_value.is_failed() {
            let message = format!("initial_value must have a shape specified: {initial_value}");
            let error = Error::invalid_argument(message).with_help(
                "tell it by set_shape, reshape, or make the variable with validate_shape(false)",
            );
            self.record_error(error.at_node(|| memory.any().node_ref()));
        }
        let initializer = match &options.starts_as {
            None => state::assign_with(&memory, &initial_value, options.validate_shape),
            Some(first) => state::assign_from(&memory, &first.memory.assume(), &initial_value),
        };
        let initializer = initializer.op();
        let read = self.op_scope("read", |scope| {
            crate::ops::array::identity_any(scope, &memory.any())
        });
        let any = AnyVariable {
            memory: memory.any(),
            read,
            initial_value: initial_value.any(),
            initializer,
        };
        if let Some(kept) = VariableRef::of(self, &any) {
            self.keep_variable(&any, kept);
            let node = any.memory.output().node;
            let constraint = options.constraint.clone();
            self.with_extension(|registry: &mut Registry| {
                let constraint = constraint.map(|constraint| (node, constraint));
                registry.constraints.extend(constraint);
            });
        }
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

    /// Adds what `regularizer` makes of the value of a variable, under the name scope `below`, to
    /// the losses of regularizers.
    #[track_caller]
    pub(crate) fn regularize(
        &self,
        below: &str,
        value: &AnyTensor,
        regularizer: Option<&dyn Regularizer>,
    ) {
        let Some(regularizer) = regularizer else {
            return;
        };
        if let Some(penalty) = self.name_scope(below, || regularizer.penalty(value)) {
            self.add_to_collection(GraphKeys::REGULARIZATION_LOSSES, penalty);
        }
    }

    /// All variables, in the order of making, as `tf.global_variables` lists them.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// graph.get_variable::<f32>("w", [2], tf::initializers::zeros());
    /// graph.get_variable::<f32>("b", [1], tf::initializers::zeros());
    /// let names: Vec<_> = graph.global_variables().iter().map(|variable| variable.name()).collect();
    /// assert_eq!(names, ["w:0", "b:0"]);
    /// ```
    #[doc(alias = "all_variables")]
    pub fn global_variables(&self) -> Vec<AnyVariable> {
        self.variables_of(GraphKeys::GLOBAL_VARIABLES)
    }

    /// The variables that optimizers train, in the order of making, as `tf.trainable_variables`
    /// lists them.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// graph.get_variable::<f32>("w", [2], tf::initializers::zeros());
    /// let step = tf::train::get_or_create_global_step(&graph); // is not trained
    /// let names: Vec<_> = graph.trainable_variables().iter().map(|variable| variable.name()).collect();
    /// assert_eq!(names, ["w:0"]);
    /// ```
    pub fn trainable_variables(&self) -> Vec<AnyVariable> {
        self.variables_of(GraphKeys::TRAINABLE_VARIABLES)
    }

    /// Those of the [trainable variables](Graph::trainable_variables) that have elements of type
    /// `T`.
    ///
    /// ```
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// graph.variable([3.0f32, 4.0]);
    /// let weights = graph.trainable_variables_of::<f32>();
    /// let penalty: tf::Tensor = weights.iter().map(|w| tf::nn::l2_loss(w)).sum();
    /// let session = tf::Session::new(&graph)?;
    /// session.run(graph.global_variables_initializer(), [])?;
    /// assert_eq!(session.run(penalty.scalar(), [])?, 12.5);
    /// # Ok::<(), tf::Error>(())
    /// ```
    pub fn trainable_variables_of<T: Element>(&self) -> Vec<Variable<T>> {
        let all = self.trainable_variables().into_iter();
        all.filter_map(|variable| variable.typed().ok()).collect()
    }

    /// Those of the [global variables](Graph::global_variables) whose names begin with `scope`, or
    /// are accepted by a closure; see [`NameFilter`].
    ///
    /// # Errors
    /// As [`get_collection_in`](Graph::get_collection_in).
    #[track_caller]
    pub fn global_variables_in(&self, scope: impl NameFilter) -> Vec<AnyVariable> {
        self.in_scope(self.global_variables(), scope)
    }

    /// Those of the [trainable variables](Graph::trainable_variables) whose names begin with
    /// `scope`, as `tf.trainable_variables(scope=...)` or
    /// `tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope=...)` gives them. TensorFlow
    /// takes a regular expression, this crate the text itself or a closure: see [`NameFilter`].
    ///
    /// ```
    /// use tf1::{self as tf, prelude::*, train::Minimize};
    ///
    /// let graph = Graph::new();
    /// let loss = |name: &str| graph.variable_scope(name, || tf::square(graph.get_variable::<f32>("w", [], tf::initializers::ones())));
    /// let (first, second) = (loss("generator"), loss("discriminator"));
    /// let variables = graph.trainable_variables_in("generator/");
    /// let train = tf::train::AdamOptimizer::new(0.1).minimize_with(&(first + second), Minimize::new().var_list(variables));
    /// assert_eq!(graph.trainable_variables_in("generator/").len(), 1);
    /// # assert!(graph.check().is_ok());
    /// ```
    ///
    /// # Errors
    /// As [`get_collection_in`](Graph::get_collection_in).
    #[track_caller]
    pub fn trainable_variables_in(&self, scope: impl NameFilter) -> Vec<AnyVariable> {
        self.in_scope(self.trainable_variables(), scope)
    }

    /// The variables that are not saved, in the order of making, as `tf.local_variables` lists
    /// them; see [`VariableOptions::local`].
    pub fn local_variables(&self) -> Vec<AnyVariable> {
        self.variables_of(GraphKeys::LOCAL_VARIABLES)
    }

    /// Those of the [local variables](Graph::local_variables) whose names begin with `scope`, or
    /// are accepted by a closure; see [`NameFilter`].
    ///
    /// # Errors
    /// As [`get_collection_in`](Graph::get_collection_in).
    #[track_caller]
    pub fn local_variables_in(&self, scope: impl NameFilter) -> Vec<AnyVariable> {
        self.in_scope(self.local_variables(), scope)
    }

    /// Those of the [model variables](Graph::model_variables) whose names begin with `scope`, or
    /// are accepted by a closure; see [`NameFilter`].
    ///
    /// # Errors
    /// As [`get_collection_in`](Graph::get_collection_in).
    #[track_caller]
    pub fn model_variables_in(&self, scope: impl NameFilter) -> Vec<AnyVariable> {
        self.in_scope(self.model_variables(), scope)
    }

    /// The variables in the collection [`MODEL_VARIABLES`](GraphKeys::MODEL_VARIABLES), as
    /// `tf.model_variables` lists them.
    pub fn model_variables(&self) -> Vec<AnyVariable> {
        self.variables_of(GraphKeys::MODEL_VARIABLES)
    }

    /// Those of the variables whose names are wanted.
    #[track_caller]
    fn in_scope(
        &self,
        mut variables: Vec<AnyVariable>,
        scope: impl NameFilter,
    ) -> Vec<AnyVariable> {
        self.retain_named(&mut variables, &scope, AnyVariable::name);
        variables
    }

    /// The variables of a collection, whether these or their values were added.
    #[doc(alias = "moving_average_variables")]
    pub fn variables_of(&self, key: impl AsRef<str>) -> Vec<AnyVariable> {
        let members = self.get_collection(key);
        members
            .iter()
            .filter_map(|member| self.variable_of(member))
            .collect()
    }

    /// Has the graph know a variable by its memory and its value.
    pub(super) fn keep_variable(&self, variable: &AnyVariable, kept: VariableRef) {
        let (node, value) = (variable.memory.output().node, variable.read.output().node);
        self.with_extension(|registry: &mut Registry| {
            registry.variables.insert(node, kept);
            registry.read_by.insert(value, node);
        });
    }

    /// The variable of which the tensor is the memory or the value.
    fn variable_of(&self, tensor: &AnyTensor) -> Option<AnyVariable> {
        let own = self.keep(tensor)?;
        let node = tensor.output().node;
        let known = self.with_extension(|registry: &mut Registry| registry.find(node))?;
        let is_it = own == known.memory() || own == known.read();
        is_it.then(|| known.of_graph(self))
    }

    /// The variable of which the tensor is the memory or the value, or a handle that stands for the
    /// tensor alone.
    ///
    /// # Errors
    /// If the tensor belongs to another graph.
    pub(super) fn variable_or_tensor(&self, tensor: AnyTensor) -> Result<AnyVariable> {
        self.expect_own_in([&tensor], "the variable scope")?;
        Ok(self.variable_of(&tensor).unwrap_or_else(|| AnyVariable {
            initializer: tensor.op(),
            memory: tensor.clone(),
            read: tensor.clone(),
            initial_value: tensor,
        }))
    }

    /// What the variable's values must be, if it was said.
    pub(crate) fn constraint_of(&self, variable: &AnyVariable) -> Option<Constraint> {
        let node = variable.memory.output().node;
        self.with_extension(|registry: &mut Registry| registry.constraints.get(&node).cloned())
    }

    /// The operation that gives the variable of this node its initial value.
    pub(super) fn initializer_of(&self, variable: NodeId) -> Option<NodeId> {
        let known = self.with_extension(|registry: &mut Registry| registry.find(variable))?;
        Some(known.initializer())
    }

    /// The variable of which the operation has this name.
    pub(crate) fn variable_called(&self, name: &str) -> Option<AnyVariable> {
        let node = self.get_operation_by_name(name).ok()?.node();
        let known =
            self.with_extension(|registry: &mut Registry| registry.variables.get(&node).copied());
        Some(known?.of_graph(self))
    }
}
