//! Variables by their names, those among them that were read from a file.

use std::panic::Location;

use super::variable_ref::VariableRef;
use super::{AnyVariable, Variable};
use crate::graph::{AnyTensor, Effect, Graph, Operation};
use crate::ops::array::identity_any;
use crate::types::{Element, Error, Result};

impl Graph {
    /// The variable with this name, `w` or `w:0`: one that was made here, or one that was read from
    /// a file, with the nodes that read and initialize it there.
    ///
    /// ```
    /// use tf1::{self as tf, train::{Minimize, Optimizer}};
    ///
    /// let trained = tf::Graph::new();
    /// let w = trained.get_variable("w", [], tf::initializers::constant(3.0f32));
    /// tf::square(&w).named("cost");
    /// let def = trained.as_graph_def()?;
    ///
    /// let graph = tf::Graph::new();
    /// tf::import_graph_def(&graph, &def, "")?;
    /// let w = graph.get_variable_by_name("w")?;
    /// let cost = graph.tensor::<f32>("cost:0")?;
    /// let options = Minimize::new().var_list([&w]);
    /// let step = tf::train::GradientDescentOptimizer::new(0.5).minimize_with(&cost, options);
    /// let session = tf::Session::new(&graph)?;
    /// session.run(w.initializer(), [])?;
    /// session.run(&step, [])?; // w - 0.5 · 2w
    /// assert_eq!(session.run(w.typed::<f32>()?.scalar(), [])?, 0.0);
    /// # Ok::<(), tf::Error>(())
    /// ```
    ///
    /// A file does not say which nodes belong to a variable. Its value is the `Identity` called
    /// `w/read`, or is read by a node of that name that is made; its initializer is the `Assign`
    /// called `w/Assign`. Without one, the variable gets its value by [`Variable::assign`],
    /// [`Session::load`](crate::Session::load) or a checkpoint, and
    /// [`initializer`](AnyVariable::initializer) does nothing. As with `tf.import_graph_def`,
    /// variables that were read are in no collection:
    /// [`add_to_collection`](Graph::add_to_collection) adds their [`memory`](AnyVariable::memory),
    /// so that optimizers train them and [`global_variables`](Graph::global_variables) lists them.
    ///
    /// # Errors
    /// `NotFound` if there is no operation of this name, `InvalidArgument` if it is not a variable.
    #[track_caller]
    pub fn get_variable_by_name(&self, name: impl AsRef<str>) -> Result<AnyVariable> {
        let (name, location) = (name.as_ref(), Location::caller());
        let name = name.strip_suffix(":0").unwrap_or(name);
        if let Some(variable) = self.variable_called(name) {
            return Ok(variable);
        }
        let operation = self
            .get_operation_by_name(name)
            .map_err(|error| error.at_location(location))?;
        let memory = operation.outputs().into_iter().next();
        let is_variable = |node: &crate::graph::Node| node.op.effect() == Effect::Variable;
        let memory = memory.filter(|_| self.with_node(operation.node(), is_variable));
        let memory = memory.ok_or_else(|| {
            let op_type = operation.op_type();
            let message = format!(
                "The name '{name}' refers to an Operation of type {op_type}, not to a variable"
            );
            Error::invalid_argument(message)
                .with_help("graph.get_tensor_by_name finds tensors of other operations")
                .at_location(location)
        })?;
        let variable = self.variable_around(&operation, memory);
        if let Some(kept) = VariableRef::of(self, &variable) {
            self.keep_variable(&variable, kept);
        }
        Ok(variable)
    }

    /// As [`get_variable_by_name`](Graph::get_variable_by_name), with elements of type `T`:
    /// `graph.variable_named::<f32>("w")?`.
    ///
    /// # Errors
    /// As [`get_variable_by_name`](Graph::get_variable_by_name), and `InvalidArgument` if the
    /// elements are not of type `T`.
    #[track_caller]
    pub fn variable_named<T: Element>(&self, name: impl AsRef<str>) -> Result<Variable<T>> {
        self.get_variable_by_name(name)?.typed()
    }

    /// The variable of which `operation` is the memory, with the nodes around it.
    #[track_caller]
    fn variable_around(&self, operation: &Operation, memory: AnyTensor) -> AnyVariable {
        let name = operation.name();
        let (read, assign) = (format!("{name}/read"), format!("{name}/Assign"));
        let readers = memory.consumers();
        let find = |name: &str, op_type: &str| {
            let found = |reader: &&Operation| reader.name() == name && reader.op_type() == op_type;
            readers.iter().find(found).cloned()
        };
        let read = find(&read, "Identity").and_then(|read| read.outputs().into_iter().next());
        let read = read.unwrap_or_else(|| {
            self.at_root(|| {
                self.clear_control_dependencies(|| {
                    self.op_scope(&format!("{name}/read"), |scope| {
                        identity_any(scope, &memory)
                    })
                })
            })
        });
        let initializer = find(&assign, "Assign");
        let inputs = initializer.as_ref().map(Operation::inputs);
        let initial_value = inputs.and_then(|inputs| inputs.into_iter().nth(1));
        AnyVariable {
            initial_value: initial_value.unwrap_or_else(|| memory.clone()),
            initializer: initializer.unwrap_or_else(|| operation.clone()),
            read,
            memory,
        }
    }
}
