//! Moving averages of variables and tensors, as TensorFlow's module `moving_averages` keeps them.
//!
//! An average `a` of values `x` moves a little towards each: `a ← decay · a + (1 - decay) · x`, so
//! that a value counts `decay`ᵏ times as much k steps later, and the average is about that of the
//! last 1 / (1 - `decay`) values.

mod assign;
mod averaged;
mod exponential;

pub use assign::{AssignMovingAverage, assign_moving_average, assign_moving_average_with};
pub use averaged::Averaged;
pub use exponential::ExponentialMovingAverage;
