//! Pooling: one number for each window of pictures, per channel.

mod argmax;
mod average;
mod dilation;
mod fractional;
mod functions;
mod geometry;
mod largest;
mod largest_gradient;
mod lists;
pub(crate) mod patches;

use crate::ops::family::family;

family! {
    ops: argmax, average, dilation, fractional, largest, largest_gradient;
    names: functions;
    rows: patches;
}
