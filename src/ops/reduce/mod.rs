//! Reductions: ops that combine the elements along some axes into one.

mod axes;
mod gradient;
mod sum;

pub use axes::Axes;
pub use sum::reduce_sum;

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[sum::OPS];
