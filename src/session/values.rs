//! The variables' values, read and set from outside of a run.

use std::panic::Location;

use super::Session;
use super::fetch::of_other_graph;
use super::nested;
use super::store::{Values, uninitialized};
use crate::types::memory::too_much;
use crate::types::{AnyArray, Error, Result, Set, Shape, Value};
use crate::variables::AnyVariable;

impl Session {
    /// The values of `variables` at one moment: no run's updates are seen halfway. Nothing is
    /// copied; a variable that is updated while the array is held gets memory of its own.
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
    /// `FailedPrecondition` if a variable has no value yet or the session is closed, and
    /// `InvalidArgument` for a variable of another graph.
    #[track_caller]
    pub fn snapshot<V: Into<AnyVariable>>(
        &self,
        variables: impl IntoIterator<Item = V>,
    ) -> Result<Vec<AnyArray>> {
        let location = Location::caller();
        let variables: Vec<AnyVariable> = variables.into_iter().map(Into::into).collect();
        let read = || -> Result<Vec<AnyArray>> {
            self.check_usable()?;
            let places = variables.iter().map(|variable| self.place(variable));
            let places = places.collect::<Result<Vec<_>>>()?;
            nested::expect_to_read()?;
            let values = self.0.store.values();
            let found: Vec<Option<_>> = places
                .iter()
                .map(|place| values.get(*place).cloned())
                .collect();
            drop(values);
            let found = variables.iter().zip(found);
            found
                .map(|(variable, value)| match value {
                    Some(value) => Ok(AnyArray::from(value)),
                    None => Err(at(
                        variable,
                        uninitialized(&self.0.graph, variable.op().node()),
                    )),
                })
                .collect()
        };
        read().map_err(|error| error.at_location(location))
    }

    /// Gives variables values, as TensorFlow's `Variable.load` does: all of them, or, if one does
    /// not fit, none. A variable that had no value yet is initialized by that. To all others this
    /// is one moment: no update of a run falls between them, and a run of another thread sees all
    /// of the old values or all of the new ones.
    ///
    /// # Errors
    /// `InvalidArgument` if a value's type or shape is not its variable's, if a variable comes
    /// twice or belongs to another graph; `FailedPrecondition` if the session is closed;
    /// `ResourceExhausted` if the values are more than the session may hold.
    #[track_caller]
    pub fn load<V: Into<AnyVariable>, A: Into<AnyArray>>(
        &self,
        values: impl IntoIterator<Item = (V, A)>,
    ) -> Result<()> {
        let location = Location::caller();
        let write = || -> Result<()> {
            self.check_usable()?;
            let mut news: Vec<(usize, Option<Value<'static>>)> = Vec::new();
            let mut given = Set::default();
            for (variable, value) in values {
                let (variable, value) = (variable.into(), value.into());
                let place = self.place(&variable)?;
                expect_to_fit(&variable, &value)?;
                if !given.insert(place) {
                    let message = format!("{variable} is given two values");
                    return Err(at(&variable, Error::invalid_argument(message)));
                }
                let value = value.into_value().into_row_major();
                news.push((place, Some(value.map_err(|error| at(&variable, error))?)));
            }
            let turn = self.0.store.turn()?;
            let mut values = turn.values();
            self.expect_room(&values, &news)?;
            for (place, value) in &mut news {
                // The old values are dropped when nobody waits for that.
                *value = values.replace(*place, value.take());
            }
            self.0.account.set_variables(values.bytes());
            Ok(())
        };
        write().map_err(|error| error.at_location(location))
    }

    /// Fails if the new values, with their places, are more than the session may hold in place of
    /// the old ones.
    fn expect_room(&self, old: &Values, news: &[(usize, Option<Value<'static>>)]) -> Result<()> {
        let bytes = |value: Option<&Value<'_>>| value.map_or(0, Value::bytes);
        let freed: usize = news.iter().map(|(place, _)| bytes(old.get(*place))).sum();
        let needed: usize = news.iter().map(|(_, new)| bytes(new.as_ref())).sum();
        let left = self.0.account.left().saturating_add(freed);
        if needed <= left {
            return Ok(());
        }
        let largest = news.iter().max_by_key(|(_, new)| bytes(new.as_ref()));
        let node = largest.and_then(|(place, _)| self.0.store.variable(*place));
        let error = too_much(needed, left);
        Err(match node {
            Some(node) => error.at_node(|| self.0.graph.node_ref(node)),
            None => error,
        })
    }

    /// Whether the variable has a value in this session, as `tf.is_variable_initialized` tells.
    ///
    /// # Errors
    /// `InvalidArgument` if the variable belongs to another graph, and `FailedPrecondition` in an
    /// op that may use no session.
    #[track_caller]
    #[doc(alias("is_variable_initialized", "report_uninitialized_variables"))]
    pub fn is_initialized(&self, variable: impl Into<AnyVariable>) -> Result<bool> {
        let location = Location::caller();
        let place = self.place(&variable.into());
        place
            .and_then(|place| {
                nested::expect_to_read()?;
                Ok(self.0.store.values().get(place).is_some())
            })
            .map_err(|error| error.at_location(location))
    }

    /// The place of the variable's value.
    fn place(&self, variable: &AnyVariable) -> Result<usize> {
        let memory = variable.memory();
        if memory.graph() != &self.0.graph {
            let node = memory.output().node;
            return Err(of_other_graph("Variable", variable, memory.graph(), node));
        }
        if !memory.info().is_ref {
            let message = format!("{variable} is not a variable but was returned in place of one");
            return Err(at(variable, Error::invalid_argument(message)));
        }
        Ok(self.0.store.place(memory.output().node))
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
