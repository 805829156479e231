//! [`Value`]: what a hyperparameter can be.

use std::fmt;

use serde_json::Value as Json;

use super::json;

/// The value of a hyperparameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A real number, such as a learning rate.
    Number(f64),
    /// A whole number, such as the number of layers or the size of a minibatch.
    Integer(i64),
    /// A name, such as that of an optimizer.
    Text(String),
}

impl Value {
    /// What kind of value it is, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Number(_) => "a number",
            Value::Integer(_) => "an integer",
            Value::Text(_) => "a text",
        }
    }

    pub(super) fn to_json(&self) -> Json {
        match self {
            Value::Number(number) => json::number(*number),
            Value::Integer(integer) => Json::from(*integer),
            Value::Text(text) => Json::from(text.as_str()),
        }
    }
}

/// The shortest text that gives the same value when it is read.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => number.fmt(f),
            Value::Integer(integer) => integer.fmt(f),
            Value::Text(text) => text.fmt(f),
        }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Value::Integer(integer)
    }
}

impl From<i32> for Value {
    fn from(integer: i32) -> Self {
        Value::Integer(integer.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}
