//! What a graph does with variables: `tf.Variable`, which makes one from its initial value, lists and initializers of them.

use std::sync::Arc;

use super::kept::KeptVariable;
use super::{AnyVariable, Regularizer, Variable};
use crate::graph::{Graph, GraphKeys, InitialValue, NodeId, OpScope, Operation, Tensor};
use crate::ops::control::group_in;
use crate::ops::state;
use crate::types::{Element, Error, Map};

/// How to make a variable, besides its value: see [`Graph::variable_with`] and [`Graph::get_variable_with`].
#[derive(Clone, Debug)]
pub struct VariableOptions {
    trainable: bool,
    collections: Vec<String>,
    pub(super) regularizer: Option<Arc<dyn Regularizer>>,
    /// The variable whose value this one starts with, if it has one by then.
    starts_as: Option<AnyVariable>,
}

/// With a price on the variable's values, as [`VariableOptions::regularizer`].
impl<R: Regularizer> From<R> for VariableOptions {
    fn from(regularizer: R) -> Self {
        VariableOptions::new().regularizer(regularizer)
    }
}

impl VariableOptions {
    /// A trainable variable in the collection of global variables.
    pub fn new() -> Self {
        VariableOptions {
            trainable: true,
            collections: vec![GraphKeys::GLOBAL_VARIABLES.to_string()],
            regularizer: None,
            starts_as: None,
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

    /// Puts a price on the variable's values: what `regularizer` makes of them is added to the collection
    /// [`REGULARIZATION_LOSSES`](GraphKeys::REGULARIZATION_LOSSES). One given here counts instead of that of the
    /// [variable scope](super::VariableScope::regularizer).
    pub fn regularizer(mut self, regularizer: impl Regularizer) -> Self {
        self.regularizer = Some(Arc::new(regularizer));
        self
    }

    /// Initialized with the value that `variable` has by then, and with the initial value only if it has none.
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
    variables: Map<NodeId, KeptVariable>,
}

impl Graph {
    /// A variable with this initial value and its type, as `tf.Variable` makes it.
    ///
    /// A literal such as `0.0` is an `f64` if nothing else says what it is, where TensorFlow takes `float32`. Write `0.0f32`, or use the variable
    /// together with tensors of `f32`. It is called `Variable` unless
    /// [`named`](Variable::named). The value is set by running the variable's initializer, or
    /// [`global_variables_initializer`](Graph::global_variables_initializer).
    ///
    /// # Errors
    /// `InvalidArgument` if the value's shape is not fully known.
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
                self.regularize(&below, &variable, options.regularizer.as_deref());
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
        let shape = initial_value.shape();
        let memory = state::variable::<T>(scope, &shape);
        if !shape.is_known() && !initial_value.is_failed() {
            let message = format!("initial_value must have a shape specified: {initial_value}");
            let error =
                Error::invalid_argument(message).with_help("tell it by set_shape, or reshape");
            self.record_error(error.at_node(|| memory.any().node_ref()));
        }
        let initializer = match &options.starts_as {
            None => state::assign(&memory, &initial_value),
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
        if let Some(kept) = KeptVariable::of(self, &any) {
            let node = any.memory.output().node;
            self.with_extension(|registry: &mut Registry| registry.variables.insert(node, kept));
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

    /// Adds what `regularizer` makes of the value of the variable, under the name scope `below`, to the losses of regularizers.
    #[track_caller]
    pub(crate) fn regularize<T: Element>(
        &self,
        below: &str,
        variable: &Variable<T>,
        regularizer: Option<&dyn Regularizer>,
    ) {
        let Some(regularizer) = regularizer else {
            return;
        };
        let value = variable.value().any();
        if let Some(penalty) = self.name_scope(below, || regularizer.penalty(&value)) {
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

    /// The variables that optimizers train, in the order of making, as `tf.trainable_variables` lists them.
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

    /// Those of the [trainable variables](Graph::trainable_variables) that have elements of type `T`.
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

    /// The variables of a collection.
    #[doc(alias = "moving_average_variables")]
    pub fn variables_of(&self, key: &str) -> Vec<AnyVariable> {
        let members = self.get_collection(key);
        let nodes = members.iter().map(|member| member.output().node);
        let known = self.with_extension(|registry: &mut Registry| {
            let find = |node| registry.variables.get(&node).copied();
            nodes.map(find).collect::<Vec<_>>()
        });
        let variables = members.iter().zip(known).filter_map(|(member, known)| {
            let is_it = |known: &KeptVariable| self.keep(member) == Some(known.memory());
            known.filter(is_it)
        });
        variables.map(|known| known.of_graph(self)).collect()
    }

    /// The variable of which the operation has this name.
    pub(crate) fn variable_called(&self, name: &str) -> Option<AnyVariable> {
        let node = self.get_operation_by_name(name).ok()?.node();
        let known =
            self.with_extension(|registry: &mut Registry| registry.variables.get(&node).copied());
        Some(known?.of_graph(self))
    }

    /// An operation that gives every variable made so far its initial value, as `tf.global_variables_initializer`
    /// makes it.
    ///
    /// ```
    /// use ndarray::arr1;
    /// use tf1 as tf;
    ///
    /// let graph = tf::Graph::new();
    /// let w = graph.get_variable::<f32>("w", [2], tf::initializers::ones());
    /// let init = graph.global_variables_initializer(); // after all variables are made
    ///
    /// let session = tf::Session::new(&graph)?;
    /// session.run(&init, [])?;
    /// assert_eq!(session.run(w.array1(), [])?, arr1(&[1.0, 1.0]));
    /// # Ok::<(), tf::Error>(())
    /// ```
    #[track_caller]
    #[doc(alias = "initialize_all_variables")]
    pub fn global_variables_initializer(&self) -> Operation {
        self.variables_initializer(self.global_variables())
    }

    /// An operation that gives each of `variables` its initial value, as `tf.variables_initializer` makes it.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let variables: Vec<tf1::Variable> = (0..3).map(|i| graph.variable(i as f32)).collect();
    /// let init = graph.variables_initializer(&variables[..2]);
    /// assert_eq!(init.control_inputs().len(), 2);
    /// ```
    #[track_caller]
    #[doc(alias = "initialize_variables")]
    pub fn variables_initializer<V: Into<AnyVariable>>(
        &self,
        variables: impl IntoIterator<Item = V>,
    ) -> Operation {
        let initializers: Vec<Operation> = variables
            .into_iter()
            .map(|variable| variable.into().initializer)
            .collect();
        if initializers.is_empty() {
            self.no_op().named("init")
        } else {
            group_in(self, &initializers).named("init")
        }
    }
}
