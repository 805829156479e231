//! [`Whole`]: integers from a range, or powers of two.

use std::ops::RangeInclusive;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::super::{condition::Condition, value::Value};
use super::{Domain, below, even_places, ticks, widened};
use crate::types::{Error, Result};

/// The integers from `low` to `high`, both of them included, or two to the power of these.
#[derive(Clone, Debug)]
pub(in crate::tune) struct Whole {
    low: i64,
    high: i64,
    powers_of_two: bool,
}

impl Whole {
    pub(in crate::tune) fn integers(range: RangeInclusive<i64>) -> Result<Self> {
        let (low, high) = range.into_inner();
        if low > high {
            let message = format!("the range {low}..={high} is empty");
            return Err(Error::invalid_argument(message).with_help("put the lower number first"));
        }
        Ok(Whole {
            low,
            high,
            powers_of_two: false,
        })
    }

    pub(in crate::tune) fn powers_of_two(range: RangeInclusive<i64>) -> Result<Self> {
        let (low, high) = range.clone().into_inner();
        for end in [low, high] {
            if exponent(end).is_none() {
                let message = format!("{end} in the range {low}..={high} is not a power of two");
                let help = "begin and end with one of 1, 2, 4, 8, ...";
                return Err(Error::invalid_argument(message).with_help(help));
            }
        }
        Self::integers(range)?;
        Ok(Whole {
            low: exponent(low).unwrap_or(0),
            high: exponent(high).unwrap_or(0),
            powers_of_two: true,
        })
    }

    /// The numbers of epochs done, from the first to the last.
    pub(in crate::tune) fn epochs(last: usize) -> Self {
        Whole {
            low: 1,
            high: i64::try_from(last).unwrap_or(i64::MAX).max(1),
            powers_of_two: false,
        }
    }

    /// The number on the even scale; `None` for a value that is not of this domain.
    fn step(&self, value: &Value) -> Option<i64> {
        let Value::Integer(integer) = *value else {
            return None;
        };
        let step = if self.powers_of_two {
            exponent(integer)?
        } else {
            integer
        };
        (self.low..=self.high).contains(&step).then_some(step)
    }

    fn value(&self, step: i64) -> Value {
        Value::Integer(if self.powers_of_two { 1 << step } else { step })
    }

    /// The distance of the ends.
    fn length(&self) -> f64 {
        self.high as f64 - self.low as f64
    }

    /// What lies at a place, or next to it.
    fn step_at(&self, place: f64, round: fn(f64) -> f64) -> i64 {
        let offset = round(place * self.length()) as i128;
        let step = i128::from(self.low) + offset;
        i64::try_from(step).map_or(self.high, |step| step.clamp(self.low, self.high))
    }
}

/// `Some(e)` for 2ᵉ.
fn exponent(integer: i64) -> Option<i64> {
    let is_power = integer > 0 && integer & (integer - 1) == 0;
    is_power.then(|| integer.trailing_zeros().into())
}

impl Domain for Whole {
    fn draw(&self, bits: u64) -> Value {
        let count = (i128::from(self.high) - i128::from(self.low) + 1).unsigned_abs();
        let step = i128::from(self.low) + below(count, bits) as i128;
        self.value(i64::try_from(step).unwrap_or(self.high))
    }

    fn place(&self, value: &Value) -> Option<f64> {
        let step = self.step(value)?;
        let length = self.length();
        Some(if length > 0.0 {
            (step as f64 - self.low as f64) / length
        } else {
            0.5
        })
    }

    fn grid(&self, points: usize) -> Vec<Value> {
        let places = even_places(points.min((self.length() as usize).saturating_add(1)));
        let mut steps: Vec<i64> = places
            .map(|place| self.step_at(place, f64::round))
            .collect();
        steps.dedup();
        steps.into_iter().map(|step| self.value(step)).collect()
    }

    fn narrowed(&self, best: &[&Value]) -> Arc<dyn Domain> {
        let places: Vec<f64> = best.iter().filter_map(|value| self.place(value)).collect();
        if places.len() < 2 || self.low == self.high {
            return Arc::new(self.clone());
        }
        let (low, high) = widened(&places);
        // Rounding errors of the places must not lead to the next number.
        let mut narrowed = Whole {
            low: self.step_at(low, |x| (x + 1e-9).floor()),
            high: self.step_at(high, |x| (x - 1e-9).ceil()),
            powers_of_two: self.powers_of_two,
        };
        if narrowed.low == narrowed.high {
            // Some equal numbers do not tell that their neighbours are worse.
            narrowed.low = narrowed.low.saturating_sub(1).max(self.low);
            narrowed.high = narrowed.high.saturating_add(1).min(self.high);
        }
        Arc::new(narrowed)
    }

    fn can_meet(&self, condition: &Condition) -> bool {
        if self.powers_of_two {
            return (self.low..=self.high).any(|step| condition.is_met_by(&self.value(step)));
        }
        condition.meets_some_integer(self.low..=self.high)
    }

    fn show(&self, value: &Value) -> String {
        value.to_string()
    }

    fn ticks(&self) -> Vec<Vec<Value>> {
        let sets = ticks::whole(self.low, self.high).into_iter();
        let values = |set: Vec<i64>| set.into_iter().map(|step| self.value(step)).collect();
        sets.map(values).collect()
    }

    fn to_json(&self) -> Json {
        let kind = if self.powers_of_two {
            "power_of_two"
        } else {
            "integer"
        };
        let [low, high] = [self.low, self.high].map(|step| self.value(step).to_json());
        json!({ "kind": kind, "low": low, "high": high })
    }
}
