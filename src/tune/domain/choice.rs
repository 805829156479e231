//! [`Choice`]: one of a few values.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::super::{condition::Condition, text, value::Value};
use super::{Domain, below};
use crate::types::{Error, Result};

/// Values without an order, all of one kind.
#[derive(Clone, Debug)]
pub(in crate::tune) struct Choice(Vec<Value>);

impl Choice {
    pub(in crate::tune) fn new(values: Vec<Value>) -> Result<Self> {
        let Some(first) = values.first() else {
            let error = Error::invalid_argument("there is nothing to choose from");
            return Err(error.with_help("give at least one value"));
        };
        for (index, value) in values.iter().enumerate() {
            if values[..index].contains(value) {
                let message = format!("'{value}' can be chosen twice");
                return Err(Error::invalid_argument(message));
            }
            if value.kind() != first.kind() {
                let (kind, first_kind) = (value.kind(), first.kind());
                let message = format!("'{value}' is {kind}, but '{first}' is {first_kind}");
                return Err(
                    Error::invalid_argument(message).with_help("choose between values of one kind")
                );
            }
            if matches!(value, Value::Number(number) if !number.is_finite()) {
                let message = format!("{value} is not finite");
                return Err(Error::invalid_argument(message));
            }
        }
        Ok(Choice(values))
    }
}

impl Domain for Choice {
    fn draw(&self, bits: u64) -> Value {
        self.0[below(self.0.len() as u128, bits) as usize].clone()
    }

    fn place(&self, value: &Value) -> Option<f64> {
        let index = self.0.iter().position(|known| known == value)?;
        // In the middle of its share.
        Some((index as f64 + 0.5) / self.0.len() as f64)
    }

    fn grid(&self, _: usize) -> Vec<Value> {
        self.0.clone()
    }

    fn narrowed(&self, best: &[&Value]) -> Arc<dyn Domain> {
        if best.len() < 2 {
            return Arc::new(self.clone());
        }
        let chosen = self.0.iter().filter(|value| best.contains(value));
        Arc::new(Choice(chosen.cloned().collect()))
    }

    fn can_meet(&self, condition: &Condition) -> bool {
        self.0.iter().any(|value| condition.is_met_by(value))
    }

    fn show(&self, value: &Value) -> String {
        match value {
            Value::Number(number) => text::short(*number, 6),
            _ => value.to_string(),
        }
    }

    fn ticks(&self) -> Vec<Vec<Value>> {
        vec![self.0.clone()]
    }

    fn to_json(&self) -> Json {
        let values: Vec<Json> = self.0.iter().map(Value::to_json).collect();
        json!({ "kind": "choice", "values": values })
    }
}
