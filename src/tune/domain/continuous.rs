//! [`Continuous`]: real numbers from a range, on a scale.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::super::{condition::Condition, json, text, value::Value};
use super::{Domain, Scale, even_places, ticks, widened};
use crate::types::{Error, Result, trimmed};

/// The numbers from `low` to `high`, both of them included.
#[derive(Clone, Debug)]
pub(in crate::tune) struct Continuous {
    low: f64,
    high: f64,
    scale: Scale,
}

impl Continuous {
    pub(in crate::tune) fn new(range: RangeInclusive<f64>, scale: Scale) -> Result<Self> {
        let (low, high) = range.into_inner();
        let wrong = |what: &str, help: &str| {
            let message = format!("the range {low}..={high} {what}");
            Err(Error::invalid_argument(message).with_help(help))
        };
        if !(high - low).is_finite() {
            return wrong("is not finite", "give two finite numbers");
        }
        if low > high {
            return wrong("is empty", "put the lower number first");
        }
        if scale == Scale::Log && low <= 0.0 {
            let help = "a logarithmic scale has positive numbers only: take `uniform`, or a positive low end";
            return wrong("has no logarithm at its low end", help);
        }
        if scale == Scale::OneMinusLog && high >= 1.0 {
            let help =
                "1 is infinitely far away on this scale: end the range below it, as at 0.999";
            return wrong("must end below 1", help);
        }
        Ok(Continuous { low, high, scale })
    }

    /// Where a number lies between the ends.
    pub(in crate::tune) fn place_of(&self, number: f64) -> f64 {
        let [low, high, here] = [self.low, self.high, number].map(|x| self.scale.exponent(x));
        if high > low {
            ((here - low) / (high - low)).clamp(0.0, 1.0)
        } else {
            0.5
        }
    }

    /// The number at a place; rounding leads to no number outside of the range.
    fn number_at(&self, place: f64) -> f64 {
        let [low, high] = [self.low, self.high].map(|x| self.scale.exponent(x));
        let exponent = low * (1.0 - place) + high * place;
        self.scale.number(exponent).clamp(self.low, self.high)
    }

    /// The ends are themselves, not what their logarithms give.
    fn grid_number(&self, place: f64) -> f64 {
        match place {
            0.0 => self.low,
            1.0 => self.high,
            _ => self.number_at(place),
        }
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

impl Domain for Continuous {
    fn draw(&self, bits: u64) -> Value {
        // 53 bits are as many as a number has: k · 2⁻⁵³.
        let place = (bits >> 11) as f64 / (1_u64 << 53) as f64;
        Value::Number(self.number_at(place))
    }

    fn place(&self, value: &Value) -> Option<f64> {
        let number = number(value).filter(|number| (self.low..=self.high).contains(number));
        number.map(|number| self.place_of(number))
    }

    fn grid(&self, points: usize) -> Vec<Value> {
        let points = if self.low == self.high { 1 } else { points };
        let numbers = even_places(points).map(|place| self.grid_number(place));
        numbers.map(Value::Number).collect()
    }

    fn narrowed(&self, best: &[&Value]) -> Arc<dyn Domain> {
        let places: Vec<f64> = best.iter().filter_map(|value| self.place(value)).collect();
        if places.len() < 2 {
            return Arc::new(self.clone());
        }
        let (low, high) = widened(&places);
        Arc::new(Continuous {
            low: self.grid_number(low),
            high: self.grid_number(high),
            scale: self.scale,
        })
    }

    fn can_meet(&self, _: &Condition) -> bool {
        false
    }

    fn show(&self, value: &Value) -> String {
        match (number(value), self.scale) {
            (None, _) => value.to_string(),
            // What matters is the distance to 1: three digits of that.
            (Some(number), Scale::OneMinusLog) if number < 1.0 => {
                let before = libm::floor(libm::log10(1.0 - number));
                let decimals = (2.0 - before).clamp(0.0, 17.0) as usize;
                trimmed(&format!("{number:.decimals$}")).into()
            }
            (Some(number), _) => text::short(number, 4),
        }
    }

    fn ticks(&self) -> Vec<Vec<Value>> {
        let sets = match self.scale {
            Scale::Linear => ticks::linear(self.low, self.high),
            Scale::Log => ticks::logarithmic(self.low, self.high),
            Scale::OneMinusLog => {
                let distances = ticks::logarithmic(1.0 - self.high, 1.0 - self.low);
                let numbers = |set: Vec<f64>| set.iter().rev().map(|t| 1.0 - t).collect();
                distances.into_iter().map(numbers).collect()
            }
        };
        let values = |set: Vec<f64>| set.into_iter().map(Value::Number).collect();
        sets.into_iter().map(values).collect()
    }

    fn to_json(&self) -> Json {
        json!({
            "kind": self.scale.name(),
            "low": json::number(self.low),
            "high": json::number(self.high),
        })
    }
}
