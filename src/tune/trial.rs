//! [`Trial`]: one set of values to be tried.

use std::panic::Location;
use std::sync::{Arc, OnceLock};

use super::space::{Space, Values};
use super::value::Value;
use crate::session::SessionOptions;
use crate::types::{Error, Result};

/// One set of values to be tried.
///
/// A search gives it to the function that builds the trial's model; afterwards it stands in the
/// [`Record`](super::Record), and the model can be built from it again.
///
/// Asking for a hyperparameter that the space does not have, or for another type than it has, is a
/// mistake in the program and not of the trial: it ends the search, whatever the model makes of the
/// error. So does asking for one that does not exist in this trial, unless the model goes on
/// without it.
#[derive(Clone, Debug)]
pub struct Trial {
    number: usize,
    values: Values,
    space: Arc<Space>,
    /// Whether other trials run at the same time.
    has_neighbours: bool,
    mistake: Arc<OnceLock<Error>>,
}

impl Trial {
    pub(super) fn new(
        number: usize,
        values: Values,
        space: &Arc<Space>,
        has_neighbours: bool,
    ) -> Self {
        Trial {
            number,
            values,
            space: Arc::clone(space),
            has_neighbours,
            mistake: Arc::default(),
        }
    }

    /// Its number in the search, from 0.
    pub fn number(&self) -> usize {
        self.number
    }

    /// A hyperparameter's value; `None` if it does not exist in this trial.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self.values.iter().find(|(known, _)| &**known == name);
        found.map(|(_, value)| value)
    }

    /// Names and values of the hyperparameters that exist, in the space's order.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (&**name, value))
    }

    /// The value of a real number; of an integer too.
    ///
    /// # Errors
    /// `NotFound` if the space has no such hyperparameter, `FailedPrecondition` if it does not
    /// exist in this trial, `InvalidArgument` if it is of another type.
    #[track_caller]
    pub fn f64(&self, name: &str) -> Result<f64> {
        self.typed(name, "a number", |value| match value {
            Value::Number(number) => Some(*number),
            Value::Integer(integer) => Some(*integer as f64),
            Value::Text(_) => None,
        })
    }

    /// The value of an integer.
    ///
    /// # Errors
    /// As [`f64`](Trial::f64).
    #[track_caller]
    pub fn i64(&self, name: &str) -> Result<i64> {
        self.typed(name, "an integer", |value| match value {
            Value::Integer(integer) => Some(*integer),
            _ => None,
        })
    }

    /// The value of an integer that is not negative, such as the length of an axis.
    ///
    /// # Errors
    /// As [`f64`](Trial::f64).
    #[track_caller]
    pub fn usize(&self, name: &str) -> Result<usize> {
        self.typed(name, "an integer from 0", |value| match value {
            Value::Integer(integer) => usize::try_from(*integer).ok(),
            _ => None,
        })
    }

    /// The value of a text.
    ///
    /// # Errors
    /// As [`f64`](Trial::f64).
    #[track_caller]
    pub fn text(&self, name: &str) -> Result<&str> {
        self.typed(name, "a text", |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// How the trial's session should run: on one thread if other trials run beside it, which uses
    /// the processors better than many threads for every trial; else, and so when the best model is
    /// built again after the search, by the defaults. The bits of its results are the same either
    /// way.
    pub fn session_options(&self) -> SessionOptions {
        let options = SessionOptions::new();
        if self.has_neighbours {
            options.threads(1)
        } else {
            options
        }
    }

    /// The trial after its search: no others run beside it any more.
    pub(super) fn alone(mut self) -> Self {
        self.has_neighbours = false;
        self
    }

    /// The mistake that was made in asking for values, if there was one.
    ///
    /// Asking for what does not exist in this trial is one only if that was what the trial failed
    /// of.
    pub(super) fn mistake(&self, failure: Option<&Error>) -> Option<&Error> {
        let is_fatal = |mistake: &&Error| match mistake {
            Error::FailedPrecondition(_) => {
                failure.is_some_and(|failure| failure.message() == mistake.message())
            }
            _ => true,
        };
        self.mistake.get().filter(is_fatal)
    }

    #[track_caller]
    fn typed<'a, T>(
        &'a self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T> {
        let value = self.get(name).ok_or_else(|| self.missing(name));
        let typed = value.and_then(|value| {
            read(value).ok_or_else(|| {
                let kind = value.kind();
                let message =
                    format!("hyperparameter '{name}' is {kind}, '{value}': {wanted} was asked for");
                Error::invalid_argument(message)
            })
        });
        let location = Location::caller();
        typed.map_err(|error| {
            let error = error.at_location(location);
            self.mistake.get_or_init(|| error.clone());
            error
        })
    }

    fn missing(&self, name: &str) -> Error {
        if self.space.get(name).is_some() {
            let message = format!(
                "hyperparameter '{name}' does not exist in trial {}",
                self.number
            );
            let help = "it depends on another: look at that first, or ask with `get`";
            return Error::failed_precondition(message).with_help(help);
        }
        let parameters = self.space.parameters().iter();
        let names: Vec<&str> = parameters.map(|known| &*known.name).collect();
        let message = format!("the space has no hyperparameter '{name}'");
        Error::not_found(message).with_help(format!("it has {}", names.join(", ")))
    }
}
