//! [`Space`]: named hyperparameters and the values that each may take.

use std::ops::RangeInclusive;
use std::panic::Location;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::condition::Condition;
use super::domain::{Choice, Continuous, Domain, Scale, Whole};
use super::value::Value;
use crate::types::{Error, Result};

/// Hyperparameters by name, each with the values that it may take.
///
/// All ranges include both of their ends, and one of a single value is fixed. A mistake waits, as
/// in a graph: [`check`](Space::check) and every search return the first, with its line, before
/// anything is trained.
///
/// ```
/// use tf1::tune::Space;
///
/// let space = Space::new()
///     .log_uniform("learning_rate", 1e-4..=1.0)
///     .one_minus_log_uniform("beta1", 0.9..=0.999)
///     .power_of_two("minibatch", 16..=256)
///     .integer("layers", 2..=4)
///     .integer("units1", 10..=50)
///     .when("layers", 3.., |space| {
///         let space = space.integer("units2", 5..=25);
///         space.when("layers", 4, |space| space.integer("units3", 2..=12))
///     })
///     .choice("optimizer", ["adam", "momentum"])
///     .when("optimizer", "momentum", |space| space.one_minus_log_uniform("momentum", 0.5..=0.99));
/// space.check()?;
/// # Ok::<(), tf1::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Space {
    parameters: Vec<Parameter>,
    /// The conditions of the `when`s that are being filled.
    open: Vec<Requirement>,
    mistake: Option<Error>,
}

/// A hyperparameter.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: Arc<str>,
    pub(super) domain: Arc<dyn Domain>,
    /// All of these must be met, or it does not exist.
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug)]
struct Requirement {
    name: Arc<str>,
    condition: Condition,
}

/// Names and values of one trial, in the space's order.
pub(super) type Values = Vec<(Arc<str>, Value)>;

impl Space {
    /// A space without hyperparameters.
    pub fn new() -> Self {
        Space::default()
    }

    /// A real number, as likely anywhere in the range.
    #[track_caller]
    pub fn uniform(self, name: &str, range: RangeInclusive<f64>) -> Self {
        self.with(name, Continuous::new(range, Scale::Linear))
    }

    /// A positive number whose logarithm is uniform: α = 10^r with r uniform in \[log₁₀ low, log₁₀
    /// high\], so that each power of ten gets as many trials as any other. For learning rates and
    /// the strength of a penalty.
    #[track_caller]
    pub fn log_uniform(self, name: &str, range: RangeInclusive<f64>) -> Self {
        self.with(name, Continuous::new(range, Scale::Log))
    }

    /// A number below 1 whose distance to 1 is drawn as by [`log_uniform`](Space::log_uniform): β =
    /// 1 − 10^r with r uniform in \[log₁₀(1 − high), log₁₀(1 − low)\]. For the β of moving
    /// averages, as in momentum and Adam.
    #[track_caller]
    pub fn one_minus_log_uniform(self, name: &str, range: RangeInclusive<f64>) -> Self {
        self.with(name, Continuous::new(range, Scale::OneMinusLog))
    }

    /// An integer, each of the range as likely as any other.
    #[track_caller]
    pub fn integer(self, name: &str, range: RangeInclusive<i64>) -> Self {
        self.with(name, Whole::integers(range))
    }

    /// A power of two, each of the range as likely as any other; the range begins and ends with
    /// one.
    #[track_caller]
    pub fn power_of_two(self, name: &str, range: RangeInclusive<i64>) -> Self {
        self.with(name, Whole::powers_of_two(range))
    }

    /// One of `values`, each as likely as any other: texts, integers or numbers.
    #[track_caller]
    pub fn choice<V: Into<Value>>(self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.with(name, Choice::new(values))
    }

    /// Adds the hyperparameters that `conditional` adds to the space that it is given; they exist
    /// in those trials only where the hyperparameter `name`, which was added before and is not a
    /// real number, exists and meets the condition.
    ///
    /// What is drawn for the others does not depend on whether these exist.
    #[track_caller]
    pub fn when(
        mut self,
        name: &str,
        condition: impl Into<Condition>,
        conditional: impl FnOnce(Space) -> Space,
    ) -> Self {
        let location = Location::caller();
        let condition = condition.into();
        if let Err(error) = self.check_condition(name, &condition) {
            self.record(error, location);
        }
        let depth = self.open.len();
        self.open.push(Requirement {
            name: name.into(),
            condition,
        });
        let mut space = conditional(self);
        if space.open.len() != depth + 1 {
            let error = Error::invalid_argument(format!(
                "the closure of `when(\"{name}\", ..)` returned another space than it was given"
            ));
            space.record(
                error.with_help("add to the closure's argument and return that"),
                location,
            );
        }
        space.open.truncate(depth);
        space
    }

    /// The first mistake that was made, if there is one.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty or infinite range, a logarithm of what has none, a range of
    /// powers of two that does not end with one, a choice of nothing, a condition that nothing can
    /// meet; `NotFound` for a condition on what was not added before; `AlreadyExists` for a name
    /// that is taken.
    pub fn check(&self) -> Result<()> {
        match &self.mistake {
            Some(mistake) => Err(mistake.clone()),
            None => Ok(()),
        }
    }

    pub(super) fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    pub(super) fn get(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|known| &*known.name == name)
    }

    /// The values of those that exist, each of which `pick` chooses.
    pub(super) fn assign(&self, mut pick: impl FnMut(&Parameter) -> Value) -> Values {
        let mut values = Values::new();
        for parameter in &self.parameters {
            if parameter.exists(&values) {
                values.push((Arc::clone(&parameter.name), pick(parameter)));
            }
        }
        values
    }

    /// The same hyperparameters with other domains; without those whose conditions can no longer be
    /// met.
    pub(super) fn with_domains(&self, domain: impl Fn(&Parameter) -> Arc<dyn Domain>) -> Space {
        let mut space = Space::new();
        for parameter in &self.parameters {
            let can_be_met = |required: &Requirement| {
                let other = space.get(&required.name);
                other.is_some_and(|other| other.domain.can_meet(&required.condition))
            };
            if parameter.requirements.iter().all(can_be_met) {
                space.parameters.push(Parameter {
                    domain: domain(parameter),
                    ..parameter.clone()
                });
            }
        }
        space
    }

    pub(super) fn to_json(&self) -> Json {
        let describe = |parameter: &Parameter| {
            let when = parameter.requirements.iter();
            let when = when.map(|required| json!([&*required.name, required.condition.to_json()]));
            json!({
                "name": &*parameter.name,
                "values": parameter.domain.to_json(),
                "when": when.collect::<Vec<_>>(),
            })
        };
        self.parameters.iter().map(describe).collect()
    }

    #[track_caller]
    fn with(mut self, name: &str, domain: Result<impl Domain + 'static>) -> Self {
        let location = Location::caller();
        if name.is_empty() {
            self.record(
                Error::invalid_argument("a hyperparameter has no name"),
                location,
            );
        }
        if self.get(name).is_some() {
            let message = format!("the space has a hyperparameter '{name}' already");
            let error = Error::already_exists(message);
            let help = "a name stands for one hyperparameter, under whatever conditions";
            self.record(error.with_help(help), location);
        }
        match domain {
            Err(error) => self.record(of_parameter(name, &error), location),
            Ok(domain) => self.parameters.push(Parameter {
                name: name.into(),
                domain: Arc::new(domain),
                requirements: self.open.clone(),
            }),
        }
        self
    }

    fn check_condition(&self, name: &str, condition: &Condition) -> Result<()> {
        let Some(other) = self.get(name) else {
            // A mistake made before may be the reason.
            self.check()?;
            let message = format!("a condition on '{name}', which the space does not have");
            let help = "add it before what depends on it";
            return Err(Error::not_found(message).with_help(help));
        };
        if !other.domain.can_meet(condition) {
            let message = format!("a condition on '{name}' that none of its values meets");
            let help = "conditions are on integers, powers of two and choices, and on values that these have";
            return Err(Error::invalid_argument(message).with_help(help));
        }
        Ok(())
    }

    fn record(&mut self, error: Error, location: &'static Location<'static>) {
        self.mistake
            .get_or_insert_with(|| error.at_location(location));
    }
}

impl Parameter {
    fn exists(&self, values: &Values) -> bool {
        self.requirements.iter().all(|required| {
            let other = values.iter().find(|(name, _)| *name == required.name);
            other.is_some_and(|(_, value)| required.condition.is_met_by(value))
        })
    }
}

/// The error of a domain, told of the hyperparameter.
fn of_parameter(name: &str, error: &Error) -> Error {
    let named = Error::invalid_argument(format!("hyperparameter '{name}': {}", error.message()));
    match error.help() {
        Some(help) => named.with_help(help),
        None => named,
    }
}
