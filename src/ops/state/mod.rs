//! Ops that hold and change the values of variables.

mod assign;
mod variable;

pub use assign::{assign, assign_add, assign_sub};

pub(crate) use variable::variable;

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[assign::OPS, variable::OPS];
