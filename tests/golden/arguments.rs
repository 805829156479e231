//! The arguments of a [`Call`] that are Python's own: numbers, strings, lengths, element types.

use tf1::DType;

use crate::array;
use crate::bindings::symbols;
use crate::call::{Call, KINDS};
use crate::literal::Literal;
use crate::trouble::{Outcome, Trouble};
use crate::value::Value;

impl Call<'_> {
    /// A truth value.
    pub fn bool(&self, name: &str, default: bool) -> Outcome<bool> {
        match self.optional(name) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(value),
            Some(other) => Err(self.wrong(name, &other, "True or False")),
        }
    }

    /// An integer, if it was given.
    pub fn optional_int(&self, name: &str) -> Outcome<Option<i64>> {
        match self.optional(name) {
            None => Ok(None),
            Some(Value::Int(value)) => Ok(Some(value)),
            Some(other) => Err(self.wrong(name, &other, "an integer")),
        }
    }

    /// An integer.
    pub fn int(&self, name: &str, default: i64) -> Outcome<i64> {
        Ok(self.optional_int(name)?.unwrap_or(default))
    }

    /// A number, if it was given.
    pub fn optional_float(&self, name: &str) -> Outcome<Option<f64>> {
        self.optional(name)
            .map(|value| f64::literal(&value).ok_or_else(|| self.wrong(name, &value, "a number")))
            .transpose()
    }

    /// A number.
    pub fn float(&self, name: &str, default: f64) -> Outcome<f64> {
        Ok(self.optional_float(name)?.unwrap_or(default))
    }

    /// A string.
    pub fn text(&self, name: &str, default: &str) -> Outcome<String> {
        match self.optional(name) {
            None => Ok(default.to_string()),
            Some(value) => self.to_text(name, value),
        }
    }

    /// A string, if it was given.
    pub fn optional_text(&self, name: &str) -> Outcome<Option<String>> {
        self.optional(name)
            .map(|value| self.to_text(name, value))
            .transpose()
    }

    fn to_text(&self, name: &str, value: Value) -> Outcome<String> {
        match value {
            Value::Text(value) => Ok(value),
            Value::Symbol(symbol) => symbols::text(&symbol),
            other => Err(self.wrong(name, &other, "a string")),
        }
    }

    /// A length, a count or a place, if it was given.
    pub fn optional_length(&self, name: &str) -> Outcome<Option<usize>> {
        let negative = |_| {
            let detail = format!("{} of a negative number in {name}=", self.function());
            Trouble::refused(KINDS, detail)
        };
        let length = self.optional_int(name)?;
        length
            .map(|length| usize::try_from(length).map_err(negative))
            .transpose()
    }

    /// A length, a count or a place.
    pub fn length(&self, name: &str) -> Outcome<usize> {
        self.optional_length(name)?.ok_or_else(|| self.misses(name))
    }

    /// A list of integers, or a single one, if it was given.
    pub fn optional_ints(&self, name: &str) -> Outcome<Option<Vec<i64>>> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        let array = value
            .to_array::<i64>()
            .map_err(|_| self.wrong(name, &value, "integers"))?;
        Ok(Some(array.into_iter().collect()))
    }

    /// A list of integers.
    pub fn ints(&self, name: &str) -> Outcome<Vec<i64>> {
        let found = self.optional_ints(name)?;
        found.ok_or_else(|| self.misses(name))
    }

    /// A list of lengths or places.
    pub fn lengths(&self, name: &str) -> Outcome<Vec<usize>> {
        if let Some(Value::Shape(shape)) = self.peek(name) {
            self.optional(name);
            return shape
                .to_known()
                .ok_or_else(|| self.lacks("of an unknown shape"));
        }
        let ints = self.ints(name)?;
        let lengths = ints
            .iter()
            .map(|&length| usize::try_from(length))
            .collect::<Result<_, _>>();
        lengths.map_err(|_| {
            Trouble::refused(
                KINDS,
                format!("{} of negative lengths in {name}=", self.function()),
            )
        })
    }

    /// An element type.
    pub fn dtype(&self, name: &str, default: DType) -> Outcome<DType> {
        match self.optional(name) {
            None => Ok(default),
            Some(Value::Text(dtype)) => array::dtype(&dtype),
            Some(Value::Symbol(dtype)) => array::dtype(dtype.trim_start_matches("tf.")),
            Some(other) => Err(self.wrong(name, &other, "an element type")),
        }
    }
}
