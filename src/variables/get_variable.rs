//! `tf.get_variable`: variables found again by name.

use std::collections::HashMap;
use std::panic::Location;

use super::entered::{Scopes, first_unused};
use super::variable_ref::VariableRef;
use super::{AnyVariable, Reuse, Variable, VariableGetter, VariableOptions, VariableRequest};
use crate::graph::{AnyTensor, Graph, Tensor, caller};
use crate::types::{DType, Element, Error, IntoShape, Result, Shape, with_any_dtype};

/// A rule for the initial value of a variable; see [`initializers`](crate::initializers).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an initializer of variables of `{T}`",
    label = "not an initializer",
    note = "write one of `tf::initializers`, such as `tf::initializers::constant(0.1)`, or give an array or a tensor of that type"
)]
pub trait Initializer<T: Element> {
    /// Adds the nodes that make the initial value of a variable of this shape.
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T>;

    /// As [`build`](Initializer::build) for a variable of another type, `dtype`; `None` if the rule
    /// does not hold for that. A [variable scope](crate::VariableScope::initializer) asks this for
    /// its variables of integers and truth values.
    fn build_as(&self, graph: &Graph, shape: &[usize], dtype: DType) -> Option<AnyTensor> {
        let _ = (graph, shape, dtype);
        None
    }

    /// The initial value, of an initializer that is one and has a shape of its own, such as an
    /// array: the variable's shape can then be left open.
    fn value(&self, graph: &Graph) -> Option<Tensor<T>> {
        let _ = graph;
        None
    }
}

/// The initial value of zeros.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zeros;

impl<T: Element> Initializer<T> for Zeros {
    fn build(&self, graph: &Graph, shape: &[usize]) -> Tensor<T> {
        graph.zeros(shape)
    }
}

/// The variables made by [`Graph::get_variable`], by full name, with the lines that made them.
#[derive(Default)]
struct Store {
    variables: HashMap<String, (VariableRef, &'static Location<'static>)>,
    /// For full names a number: the name and those made of it by a lower number, from 1 on, are
    /// names of variables.
    numbers: HashMap<String, usize>,
}

impl Graph {
    /// The variable called `name`, as `tf.get_variable` gives it; TensorFlow's default initializer
    /// is [`initializers::glorot_uniform()`](crate::initializers::glorot_uniform).
    ///
    /// It is a new one under the current [variable scope](Graph::variable_scope), or an existing
    /// one where the scope shares variables.
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
    /// `AlreadyExists` if the variable must be new but is not, `NotFound` if it must exist but does
    /// not, and `InvalidArgument` if the existing one has another shape or type.
    ///
    /// # Options
    /// `trainable`, `collections`, `local`, `collection`, `regularizer`, `constraint`,
    /// `validate_shape`: see [`get_variable_with`](Graph::get_variable_with).
    #[track_caller]
    pub fn get_variable<T: Element>(
        &self,
        name: impl AsRef<str>,
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
        name: impl AsRef<str>,
        shape: impl IntoShape,
        initializer: impl Initializer<T>,
        options: impl Into<VariableOptions>,
    ) -> Variable<T> {
        let name = name.as_ref();
        match shape.into_shape() {
            Ok(shape) => {
                self.get_or_make_variable(name, shape, initializer, options.into())
                    .0
            }
            Err(error) => self.op_call(|| Variable::failed(self, name, error)),
        }
    }

    /// The local variable called `name`, as `tf.get_local_variable` gives it: neither saved nor
    /// trained.
    ///
    /// # Errors
    /// As [`get_variable`](Graph::get_variable).
    #[track_caller]
    pub fn get_local_variable<T: Element>(
        &self,
        name: impl AsRef<str>,
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
        shape: Shape,
        initializer: impl Initializer<T>,
        mut options: VariableOptions,
    ) -> (Variable<T>, bool) {
        let location = caller().unwrap_or(Location::caller());
        let scope = self.with_extension(|scopes: &mut Scopes| scopes.current());
        let full_name = format!("{}{name}", scope.prefix);
        options.regularizer = options.regularizer.or(scope.regularizer);
        options.constraint = options.constraint.or(scope.constraint);
        let getter = VariableGetter {
            graph: self,
            around: &scope.getters,
            location,
        };
        let before = self.len();
        let request =
            VariableRequest::new(full_name.clone(), shape, initializer, options, scope.reuse);
        let found = getter.get_first(request);
        let found = if found.dtype() == T::DTYPE || found.is_failed() {
            found
        } else {
            let error = other_type(&found, T::DTYPE);
            self.failed_variable(&full_name, T::DTYPE, location, error)
        };
        let is_new = found.memory.op().node().index() >= before && !found.is_failed();
        (Variable::from_any(found), is_new)
    }

    /// The variable of this full name, made if it does not exist and may be made.
    pub(super) fn stored_variable(
        &self,
        request: &VariableRequest<'_>,
        location: &'static Location<'static>,
    ) -> AnyVariable {
        let full_name = request.name.as_str();
        let known =
            self.with_extension(|store: &mut Store| store.variables.get(full_name).copied());
        let known = known.map(|(first, location)| (first.of_graph(self), location));
        let found = match (known, request.reuse) {
            (Some((first, location)), Reuse::Inherit) => {
                Err(already_exists(full_name, location).with_related(first.node_ref()))
            }
            (Some((first, _)), _) => match expect_same(request, &first) {
                Ok(()) => Ok(first),
                Err(error) => Err(error.with_related(first.node_ref()).with_help(SAME_KIND)),
            },
            (None, Reuse::Always) => Err(does_not_exist(full_name)),
            (None, _) => Ok(self.new_variable(request, location)),
        };
        found.unwrap_or_else(|error| {
            self.failed_variable(full_name, request.dtype(), location, error)
        })
    }

    /// The name under which to get a variable that does not exist yet under the current scope:
    /// `name`, or the first of `name_1`, `name_2`, ... that no variable has. Where the scope shares
    /// variables, `name` itself.
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

    fn new_variable(
        &self,
        request: &VariableRequest<'_>,
        location: &'static Location<'static>,
    ) -> AnyVariable {
        // The name scope does not count: a variable's name depends on the variable scope alone.
        let variable = self.op_call_at(location, || {
            self.at_root(|| {
                self.op_scope(&request.name, |scope| {
                    let initial_value = self.name_scope("Initializer", || {
                        let value = (request.initial_value)(self, &request.shape);
                        value.ok_or_else(|| unknown_shape(request))
                    });
                    let initial_value = initial_value?;
                    let options = &request.options;
                    let variable = with_any_dtype!(request.dtype(), T => {
                        self.make_variable::<T>(scope, initial_value.assume(), options).any()
                    });
                    let below = format!("{}/Regularizer/", scope.name());
                    self.regularize(&below, &variable.read, options.regularizer.as_deref());
                    Ok(variable)
                })
            })
        });
        let variable = variable.unwrap_or_else(|error: Error| {
            self.failed_variable(&request.name, request.dtype(), location, error)
        });
        if let Some(kept) = VariableRef::of(self, &variable) {
            self.with_extension(|store: &mut Store| {
                let name = request.name.clone();
                store.variables.insert(name, (kept, location))
            });
        }
        variable
    }

    /// A handle that stands for a mistake, on what was to be the variable of this full name.
    pub(super) fn failed_variable(
        &self,
        full_name: &str,
        dtype: DType,
        location: &'static Location<'static>,
        error: Error,
    ) -> AnyVariable {
        self.op_call_at(location, || {
            self.at_root(
                || with_any_dtype!(dtype, T => Variable::<T>::failed(self, full_name, error).any()),
            )
        })
    }
}

const SAME_KIND: &str = "get it with the shape and type that it has, or under another name";

/// Fails unless the variable is of the type and shape that are asked for.
fn expect_same(request: &VariableRequest<'_>, variable: &AnyVariable) -> Result<()> {
    let full_name = &request.name;
    if variable.dtype() != request.dtype() {
        return Err(Error::invalid_argument(format!(
            "Trying to share variable {full_name}, but specified dtype {} and found dtype {}_ref.",
            request.dtype(),
            variable.dtype()
        )));
    }
    if variable.shape().merge(&request.shape).is_none() {
        return Err(Error::invalid_argument(format!(
            "Trying to share variable {full_name}, but specified shape {} and found shape {}.",
            request.shape,
            variable.shape()
        )));
    }
    Ok(())
}

fn unknown_shape(request: &VariableRequest<'_>) -> Error {
    Error::invalid_argument(format!(
        "Shape of a new variable ({}) must be fully defined, but instead was {}.",
        request.name, request.shape
    ))
    .with_help("give the lengths of all axes, or an array or a tensor as initializer")
}

fn other_type(found: &AnyVariable, wanted: DType) -> Error {
    Error::invalid_argument(format!(
        "the custom getter of the variable scope returned {found}, but {wanted} was asked for"
    ))
    .with_help("return a tensor of that type, for example by tf::cast")
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
