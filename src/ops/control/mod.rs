//! Ops that compute nothing but order others.

mod assert;
mod no_op;
mod tuple;

pub(crate) use assert::{Part, assert_true};
pub use no_op::group;
pub(crate) use no_op::group_in;
pub(crate) use tuple::tuple_in;
pub use tuple::{tuple, tuple_with};

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[assert::OPS, no_op::OPS];
