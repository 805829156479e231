//! [`Domain`]: the values that one hyperparameter may take, and the scale on which they lie.
//!
//! All that the rest of the module knows of a kind of hyperparameter is here: to add a kind, write
//! its file and the method of [`Space`](super::Space) that makes it.

mod choice;
mod continuous;
mod scale;
mod ticks;
mod whole;

use std::fmt::Debug;
use std::sync::Arc;

use serde_json::Value as Json;

use super::condition::Condition;
use super::value::Value;

pub(super) use choice::Choice;
pub(super) use continuous::Continuous;
pub(super) use scale::Scale;
pub(super) use whole::Whole;

/// The values that a hyperparameter may take.
///
/// Every value has a *place* on the domain's own scale, from 0 at its low end to 1 at its high end:
/// values at even distances are equally different from each other. Draws are uniform in the place,
/// grids have even steps of it, plots draw it.
pub(super) trait Domain: Debug + Send + Sync {
    /// The value that 64 random bits choose.
    fn draw(&self, bits: u64) -> Value;

    /// Where a value lies; `None` if it is not of this domain.
    fn place(&self, value: &Value) -> Option<f64>;

    /// At most `points` values at even places, both ends among them if there are two or more.
    fn grid(&self, points: usize) -> Vec<Value>;

    /// The part of the domain in which the best values lie, as
    /// [`Report::refine`](super::Report::refine) tells.
    fn narrowed(&self, best: &[&Value]) -> Arc<dyn Domain>;

    /// Whether some value meets the condition.
    fn can_meet(&self, condition: &Condition) -> bool;

    /// The value, short, as a table or an axis shows it.
    fn show(&self, value: &Value) -> String;

    /// Values to mark at an axis: first the closest set, then wider ones, of which the first will
    /// be taken that fits.
    fn ticks(&self) -> Vec<Vec<Value>>;

    /// Everything that the domain's draws depend on.
    fn to_json(&self) -> Json;
}

/// `points` even places from 0 to 1; the middle if it is but one.
fn even_places(points: usize) -> impl Iterator<Item = f64> {
    let last = points.saturating_sub(1) as f64;
    (0..points).map(move |index| {
        if points == 1 {
            0.5
        } else {
            index as f64 / last
        }
    })
}

/// A random whole number below `count`: the bits as a fraction of 2⁶⁴, times `count`.
fn below(count: u128, bits: u64) -> u128 {
    // `count` is 2⁶⁴ at most.
    (u128::from(bits) * count) >> 64
}

/// From the lowest to the highest place, and on both sides the average distance of the places more.
///
/// Of m places drawn evenly from a stretch, the lowest and the highest lie one average distance
/// (highest − lowest)/(m − 1) within it, on average; so the stretch is guessed without bias.
fn widened(places: &[f64]) -> (f64, f64) {
    let low = places.iter().copied().fold(f64::INFINITY, f64::min);
    let high = places.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let distance = (high - low) / (places.len() as f64 - 1.0);
    ((low - distance).max(0.0), (high + distance).min(1.0))
}
