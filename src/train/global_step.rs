//! The variable that counts training steps.

use std::panic::Location;

use crate::graph::{Graph, GraphKeys};
use crate::types::{Error, Result};
use crate::variables::{AnyVariable, Variable, VariableOptions, Zeros};

const NAME: &str = "global_step";

/// The variable that counts training steps, as `tf.train.get_global_step` finds it: the one in the
/// collection [`GLOBAL_STEP`](GraphKeys::GLOBAL_STEP), else the one called `global_step`.
///
/// # Errors
/// One that is not a scalar integer is a mistake, which is recorded with the graph.
#[track_caller]
pub fn get_global_step(graph: &Graph) -> Option<AnyVariable> {
    let location = Location::caller();
    find(graph).unwrap_or_else(|error| {
        graph.record_error(error.at_location(location));
        None
    })
}

/// A new variable called `global_step` that counts training steps from 0, as
/// `tf.train.create_global_step` makes it.
///
/// # Errors
/// `AlreadyExists` if there is one.
#[track_caller]
pub fn create_global_step(graph: &Graph) -> Variable<i64> {
    match find(graph) {
        Ok(None) => create(graph),
        Ok(Some(_)) => Variable::failed(
            graph,
            NAME,
            Error::already_exists("\"global_step\" already exists."),
        ),
        Err(error) => Variable::failed(graph, NAME, error),
    }
}

/// The variable that counts training steps, made if there is none, as
/// `tf.train.get_or_create_global_step` does.
///
/// ```
/// use tf1::train;
///
/// let graph = tf1::Graph::new();
/// let step = train::get_or_create_global_step(&graph);
/// assert_eq!(step.to_string(), "<tf.Variable 'global_step:0' shape=() dtype=int64_ref>");
/// assert_eq!(train::get_or_create_global_step(&graph).name(), "global_step:0");
/// ```
///
/// # Errors
/// `InvalidArgument` if there is one of another type than `i64`; [`get_global_step`] gives that.
#[track_caller]
pub fn get_or_create_global_step(graph: &Graph) -> Variable<i64> {
    match find(graph).and_then(|found| found.map(|variable| variable.typed()).transpose()) {
        Ok(None) => create(graph),
        Ok(Some(variable)) => variable,
        Err(error) => Variable::failed(graph, NAME, error),
    }
}

#[track_caller]
fn create(graph: &Graph) -> Variable<i64> {
    let options = VariableOptions::new()
        .trainable(false)
        .collection(GraphKeys::GLOBAL_STEP);
    graph.get_variable_with(NAME, [], Zeros, options)
}

/// The variable that [`get_global_step`] gives.
pub(super) fn find(graph: &Graph) -> Result<Option<AnyVariable>> {
    let registered = graph.variables_of(GraphKeys::GLOBAL_STEP);
    let found = match registered.as_slice() {
        [] => graph.variable_called(NAME),
        [only] => Some(only.clone()),
        // TensorFlow logs that there are several, and finds none.
        _ => None,
    };
    found.as_ref().map_or(Ok(()), expect_counter)?;
    Ok(found)
}

/// Fails unless `step` can count steps.
pub(super) fn expect_counter(step: &AnyVariable) -> Result<()> {
    if !step.dtype().is_integer() {
        let message = format!(
            "Existing \"global_step\" does not have integer type: {}",
            step.dtype()
        );
        return Err(Error::invalid_argument(message));
    }
    if step.shape().rank() != Some(0) {
        let message = format!("Existing \"global_step\" is not scalar: {}", step.shape());
        return Err(Error::invalid_argument(message));
    }
    Ok(())
}
