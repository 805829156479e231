//! The operations, one file each or one file for a few that belong together, in families.
//!
//! An op's file holds all there is to it: the public functions that make it, its attributes, and one
//! [`Op`](crate::graph::Op) implementation with name, shape rule, kernel and gradient; and a row for [`table`].

pub mod array;
pub mod control;
pub(crate) mod integers;
pub mod linalg;
pub mod math;
pub mod nn;
mod number;
pub mod random;
pub mod reduce;
pub mod state;
pub(crate) mod support;

use std::sync::OnceLock;

use crate::types::Map;

pub use integers::{Integers, IntoIntegers};
pub use number::NumberOrTensor;
pub use support::{Differentiable, OpDef};

/// Every op type of this crate, in families.
pub fn table() -> impl Iterator<Item = OpDef> {
    [
        array::OPS,
        control::OPS,
        linalg::OPS,
        math::OPS,
        nn::OPS,
        random::OPS,
        reduce::OPS,
        state::OPS,
    ]
    .into_iter()
    .flatten()
    .flat_map(|rows| rows.iter().copied())
}

/// Whether a gradient may flow through an op of this type: it can be differentiated, or is not of this crate.
pub(crate) fn may_be_differentiated(op_type: &str) -> bool {
    static KNOWN: OnceLock<Map<&str, bool>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let rows = table().map(|row| (row.name, row.differentiable == Differentiable::Yes));
        // Few: one for each op type.
        rows.collect()
    });
    known.get(op_type).copied().unwrap_or(true)
}
