//! `tf.get_variable`: variables found again by name.

use std::collections::HashMap;
use std::panic::Location;

use super::kept::KeptVariable;
use super::scope::{Reuse, Scopes, first_unused};
use super::{AnyVariable, Variable, VariableOptions};
use crate::graph::{Graph, Tensor, caller};
use crate::types::{Element, Error, IntoShape, Result, Shape};

/// A rule for the initial value of a variable; see [`initializers`](crate::initializers).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an initializer of variables of `{T}`",
    label = "not an initializer",
    note = "write one of `tf::initializers`, such as `tf::initializers::constant(0.1)`, or give an array or a tensor of that type"
)]
pub trait Initializer<T: Element> {
    /// Adds the nodes that make the initial value of a variable of this shape.
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T>;
}

/// The variables made by [`Graph::get_variable`], by full name, with the lines that made them.
#[derive(Default)]
struct Store {
    variables: HashMap<String, (KeptVariable, &'static Location<'static>)>,
    /// For full names a number: the name and those made of it by a lower number, from 1 on, are names of variables.
    numbers: HashMap<String, usize>,
}

impl Graph {
    /// The variable called `name`, as `tf.get_variable` gives it; TensorFlow's default initializer is [`initializers::glorot_uniform()`](crate::initializers::glorot_uniform).
    ///
    /// It is a new one under the current [variable scope](Graph::variable_scope), or an existing one where the scope shares variables.
    ///
    /// ```
    /// use tf1::initializers;
    ///
    /// let graph = tf1::Graph::new();
    /// let w1 = graph.get_variable::<f32>("W1", [25, 12288], initializers::xavier().seed(1));
    /// let b1 = graph.get_variable::<f32>("b1", [25, 1], initializers::zeros());
    /// assert_eq!(w1.to_string(), "<tf.Variable 'W1:0' shape=(25, 12288) dtype=float32_ref>");
    /// ```
    ///
    /// # Errors
    /// `AlreadyExists` if the variable must be new but is not, `NotFound` if it must exist but does not, and
    /// `InvalidArgument` if the existing one has another shape or type.
    ///
    /// # Options
    /// `trainable`, `collections`, `local`, `collection`, `regularizer`, `constraint`: see [`get_variable_with`](Graph::get_variable_with).
    #[track_caller]
    pub fn get_variable<T: Element>(
        &self,
        name: &str,
        shape: impl IntoShape,
        initializer: impl Initializer<T>,
    ) -> Variable<T> {
        self.get_variable_with(name, shape, initializer, VariableOptions::new())
    }

    /// As [`get_variable`](Graph::get_variable), with options for a variable that is made.
    ///
    /// # Errors
    /// As [`get_variable`](Graph::get_variable).
    #[track_caller]
    pub fn get_variable_with<T: Element>(
        &self,
        name: &str,
        shape: impl IntoShape,
        initializer: impl Initializer<T>,
        options: impl Into<VariableOptions>,
    ) -> Variable<T> {
        let options = options.into();
        let shape = shape.into_shape().and_then(|shape| shape.expect_known());
        match shape {
            Ok(shape) => {
                self.get_or_make_variable(name, &shape, initializer, options)
                    .0
            }
            Err(error) => self.op_call(|| Variable::failed(self, name, error)),
        }
    }

    /// The local variable called `name`, as `tf.get_local_variable` gives it: neither saved nor trained.
    ///
    /// # Errors
    /// As [`get_variable`](Graph::get_variable).
    #[track_caller]
    pub fn get_local_variable<T: Element>(
        &self,
        name: &str,
        shape: impl IntoShape,
        initializer: impl Initializer<T>,
    ) -> Variable<T> {
        self.get_variable_with(name, shape, initializer, VariableOptions::new().local())
    }

    /// As [`get_variable_with`](Graph::get_variable_with), and whether the variable was made.
    #[track_caller]
    pub(crate) fn get_or_make_variable<T: Element>(
        &self,
        name: &str,
        shape: &[usize],
        initializer: impl Initializer<T>,
        options: VariableOptions,
    ) -> (Variable<T>, bool) {
        let location = caller().unwrap_or(Location::caller());
        let scope = self.with_extension(|scopes: &mut Scopes| scopes.current());
        let full_name = format!("{}{name}", scope.prefix);
        let known =
            self.with_extension(|store: &mut Store| store.variables.get(&full_name).copied());
        let known = known.map(|(first, location)| (first.of_graph(self), location));
        let is_new = known.is_none();
        let found = match (known, scope.reuse) {
            (Some((first, location)), Reuse::Inherit) => {
                Err(already_exists(&full_name, location).with_related(first.node_ref()))
            }
            (Some((first, _)), _) => shared(&full_name, &first, shape)
                .map_err(|error| error.with_related(first.node_ref()).with_help(SAME_KIND)),
            (None, Reuse::Always) => Err(does_not_exist(&full_name)),
            (None, _) => {
                let mut options = options;
                options.regularizer = options.regularizer.or(scope.regularizer);
                Ok(self.new_variable(&full_name, shape, initializer, &options, location))
            }
        };
        match found {
            Ok(variable) => (variable, is_new),
            Err(error) => {
                let failed =
                    self.op_call(|| self.at_root(|| Variable::failed(self, &full_name, error)));
                (failed, false)
            }
        }
    }

    /// The name under which to get a variable that does not exist yet under the current scope: `name`, or the first of `name_1`,
    /// `name_2`, ... that no variable has. Where the scope shares variables, `name` itself.
    pub(crate) fn unused_variable_name(&self, name: &str) -> String {
        let scope = self.with_extension(|scopes: &mut Scopes| scopes.current());
        let full_name = format!("{}{name}", scope.prefix);
        if scope.reuse != Reuse::Inherit || self.variable_called(&full_name).is_none() {
            return name.to_string();
        }
        let known = |store: &mut Store| store.numbers.get(&full_name).copied();
        let first = self.with_extension(known).unwrap_or(1);
        let is_taken = |name: &str| self.variable_called(name).is_some();
        let (number, _) = first_unused(&full_name, first, is_taken);
        self.with_extension(|store: &mut Store| store.numbers.insert(full_name, number));
        format!("{name}_{number}")
    }

    /// Notes that no variable has this full name any more.
    pub(super) fn forget_variable_name(&self, full_name: &str) {
        if let Some((stem, _)) = full_name.rsplit_once('_') {
            self.with_extension(|store: &mut Store| store.numbers.remove(stem));
        }
    }

    #[track_caller]
    fn new_variable<T: Element>(
        &self,
        full_name: &str,
        shape: &[usize],
        initializer: impl Initializer<T>,
        options: &VariableOptions,
        location: &'static Location<'static>,
    ) -> Variable<T> {
        // The name scope does not count: a variable's name depends on the variable scope alone.
        let variable = self.op_call(|| {
            self.at_root(|| {
                self.op_scope(full_name, |scope| {
                    let initial_value =
                        self.name_scope("Initializer", || initializer.build(self, shape));
                    let variable = self.make_variable(scope, initial_value, options);
                    let below = format!("{}/Regularizer/", scope.name());
                    self.regularize(&below, &variable, options.regularizer.as_deref());
                    variable
                })
            })
        });
        if let Some(kept) = KeptVariable::of(self, &variable.any()) {
            self.with_extension(|store: &mut Store| {
                store
                    .variables
                    .insert(full_name.to_string(), (kept, location))
            });
        }
        variable
    }
}

const SAME_KIND: &str = "get it with the shape and type that it has, or under another name";

fn shared<T: Element>(
    full_name: &str,
    variable: &AnyVariable,
    shape: &[usize],
) -> Result<Variable<T>> {
    if variable.dtype() != T::DTYPE {
        return Err(Error::invalid_argument(format!(
            "Trying to share variable {full_name}, but specified dtype {} and found dtype {}_ref.",
            T::DTYPE,
            variable.dtype()
        )));
    }
    if !variable.shape().admits(shape) {
        return Err(Error::invalid_argument(format!(
            "Trying to share variable {full_name}, but specified shape {} and found shape {}.",
            Shape::from(shape),
            variable.shape()
        )));
    }
    Ok(Variable::from_any(variable.clone()))
}

fn already_exists(full_name: &str, first: &Location<'_>) -> Error {
    Error::already_exists(format!(
        "Variable {full_name} already exists, disallowed. Originally defined at {first}."
    ))
    .with_help(
        "to share it, get it under VariableScope::new(..).reuse(Reuse::Always) or Reuse::Auto",
    )
}

fn does_not_exist(full_name: &str) -> Error {
    Error::not_found(format!(
        "Variable {full_name} does not exist, or was not created with get_variable()."
    ))
    .with_help("did you mean reuse(Reuse::Auto) for the variable scope?")
}
