//! [`Condition`]: when a hyperparameter exists.

use std::ops::{RangeFrom, RangeInclusive, RangeToInclusive};

use serde_json::{Value as Json, json};

use super::value::Value;

/// What another hyperparameter must be, so that those of [`Space::when`](super::Space::when) exist.
///
/// | written | met by |
/// | --- | --- |
/// | `3`, `"adam"` | this value |
/// | `3..`, `..=4`, `3..=4` | the integers of this range |
/// | `[2, 4]`, `["adam", "momentum"]` | each of these values |
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(Is);

#[derive(Clone, Debug, PartialEq)]
enum Is {
    Within(i64, i64),
    OneOf(Vec<Value>),
}

impl Condition {
    pub(super) fn is_met_by(&self, value: &Value) -> bool {
        match &self.0 {
            Is::OneOf(values) => values.contains(value),
            Is::Within(low, high) => {
                matches!(value, Value::Integer(integer) if (low..=high).contains(&integer))
            }
        }
    }

    /// Whether an integer of the range meets it.
    pub(super) fn meets_some_integer(&self, range: RangeInclusive<i64>) -> bool {
        match &self.0 {
            Is::Within(low, high) => low <= high && low <= range.end() && high >= range.start(),
            Is::OneOf(values) => values
                .iter()
                .any(|value| matches!(value, Value::Integer(integer) if range.contains(integer))),
        }
    }

    pub(super) fn to_json(&self) -> Json {
        match &self.0 {
            Is::Within(low, high) => json!({ "low": low, "high": high }),
            Is::OneOf(values) => values.iter().map(Value::to_json).collect(),
        }
    }
}

impl From<i64> for Condition {
    fn from(integer: i64) -> Self {
        Condition(Is::OneOf(vec![integer.into()]))
    }
}

impl From<&str> for Condition {
    fn from(text: &str) -> Self {
        Condition(Is::OneOf(vec![text.into()]))
    }
}

impl<V: Into<Value>, const N: usize> From<[V; N]> for Condition {
    fn from(values: [V; N]) -> Self {
        Condition(Is::OneOf(values.into_iter().map(Into::into).collect()))
    }
}

impl From<RangeInclusive<i64>> for Condition {
    fn from(range: RangeInclusive<i64>) -> Self {
        let (low, high) = range.into_inner();
        Condition(Is::Within(low, high))
    }
}

impl From<RangeFrom<i64>> for Condition {
    fn from(range: RangeFrom<i64>) -> Self {
        Condition(Is::Within(range.start, i64::MAX))
    }
}

impl From<RangeToInclusive<i64>> for Condition {
    fn from(range: RangeToInclusive<i64>) -> Self {
        Condition(Is::Within(i64::MIN, range.end))
    }
}
