//! The variables' values, read and set from outside of a run.

use std::panic::Location;
use std::sync::Arc;

use super::Session;
use super::fetch::of_other_graph;
use super::store::{Cell, lock, uninitialized};
use crate::types::{AnyArray, Error, Result, Shape, Value};
use crate::variables::AnyVariable;

impl Session {
    /// The values of `variables` at one moment: no run's updates are seen by half. Nothing is copied; a variable that is
    /// updated while the array is held gets memory of its own.
    ///
    /// ```
    /// let graph = tf1::Graph::new();
    /// let v = graph.variable([1.0f32, 2.0]);
    /// let double = v.assign_add(v.value());
    /// let session = tf1::Session::new(&graph)?;
    /// session.run(graph.global_variables_initializer(), [])?;
    ///
    /// let before = session.snapshot(&graph.global_variables())?;
    /// session.run(&double, [])?;
    /// session.load(graph.global_variables().into_iter().zip(before))?;
    /// assert_eq!(session.run(&v, [])?, ndarray::arr1(&[1.0, 2.0]).into_dyn());
    /// # Ok::<(), tf1::Error>(())
    /// ```
    ///
    /// # Errors
    /// `FailedPrecondition` if a variable has no value yet or the session is closed, and `InvalidArgument` for a variable of
    /// another graph.
    #[track_caller]
    pub fn snapshot<V: Into<AnyVariable>>(
        &self,
        variables: impl IntoIterator<Item = V>,
    ) -> Result<Vec<AnyArray>> {
        let location = Location::caller();
        let variables: Vec<AnyVariable> = variables.into_iter().map(Into::into).collect();
        let read = || -> Result<Vec<AnyArray>> {
            self.check_usable()?;
            let cells = variables.iter().map(|variable| self.cell(variable));
            let cells = cells.collect::<Result<Vec<_>>>()?;
            let _commit = self.0.store.commit_lock();
            let values = variables.iter().zip(cells);
            values
                .map(|(variable, cell)| match cell.read() {
                    Some(value) => Ok(AnyArray::from(value)),
                    None => Err(at(variable, uninitialized(&variable.op().name()))),
                })
                .collect()
        };
        read().map_err(|error| error.at_location(location))
    }

    /// Gives variables values, as TensorFlow's `Variable.load` does: all of them, or, if one does not fit, none. A variable that had no
    /// value yet is initialized by that. No update of a run and no [`snapshot`](Session::snapshot) falls between them; a run of another thread that only reads may
    /// see some new and some old.
    ///
    /// # Errors
    /// `InvalidArgument` if a value's type or shape is not its variable's, if a variable comes twice or belongs to another graph;
    /// `FailedPrecondition` if the session is closed.
    #[track_caller]
    pub fn load<V: Into<AnyVariable>, A: Into<AnyArray>>(
        &self,
        values: impl IntoIterator<Item = (V, A)>,
    ) -> Result<()> {
        let location = Location::caller();
        let write = || -> Result<()> {
            self.check_usable()?;
            let mut news: Vec<(Arc<Cell>, Value<'static>)> = Vec::new();
            for (variable, value) in values {
                let (variable, value) = (variable.into(), value.into());
                let cell = self.cell(&variable)?;
                expect_to_fit(&variable, &value)?;
                if news.iter().any(|(other, _)| Arc::ptr_eq(other, &cell)) {
                    let message = format!("{variable} is given two values");
                    return Err(at(&variable, Error::invalid_argument(message)));
                }
                news.push((cell, value.into_value().into_row_major()));
            }
            let _commit = self.0.store.commit_lock();
            for (cell, value) in news {
                *lock(&cell) = Some(value);
            }
            Ok(())
        };
        write().map_err(|error| error.at_location(location))
    }

    /// Whether the variable has a value in this session, as `tf.is_variable_initialized` tells.
    ///
    /// # Errors
    /// `InvalidArgument` if the variable belongs to another graph.
    #[track_caller]
    pub fn is_initialized(&self, variable: impl Into<AnyVariable>) -> Result<bool> {
        let location = Location::caller();
        let cell = self.cell(&variable.into());
        cell.map(|cell| cell.is_initialized())
            .map_err(|error| error.at_location(location))
    }

    /// Where the variable's value is kept.
    fn cell(&self, variable: &AnyVariable) -> Result<Arc<Cell>> {
        let memory = variable.memory();
        if memory.graph() != &self.0.graph {
            let node = memory.graph().node_ref(memory.output().node);
            return Err(of_other_graph("Variable", variable, node));
        }
        Ok(self.0.store.cell(memory.output().node))
    }
}

fn at(variable: &AnyVariable, error: Error) -> Error {
    let memory = variable.memory();
    error.at_node(|| memory.graph().node_ref(memory.output().node))
}

fn expect_to_fit(variable: &AnyVariable, value: &AnyArray) -> Result<()> {
    if value.dtype() == variable.dtype() && variable.shape().admits(value.shape()) {
        return Ok(());
    }
    let message = format!(
        "Cannot load a {} value of shape {} into {variable}",
        value.dtype(),
        Shape::from(value.shape())
    );
    let help = format!(
        "give it a {} array of shape {}",
        variable.dtype(),
        variable.shape()
    );
    Err(at(
        variable,
        Error::invalid_argument(message).with_help(help),
    ))
}
