//! Ops that compute nothing but order others.

mod no_op;
mod tuple;

pub use no_op::group;
pub use tuple::tuple;

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[no_op::OPS];
