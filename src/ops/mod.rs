//! The operations, one file each or one file for a few that belong together, in families.
//!
//! An op's file holds all there is to it: the public functions that make it, its attributes, and one
//! [`Op`](crate::graph::Op) implementation with name, shape rule, kernel and gradient; and a row for [`table`].

pub mod array;
pub mod control;
pub(crate) mod def;
mod family;
pub(crate) mod integers;
pub mod linalg;
pub mod math;
pub mod nn;
mod number;
mod older;
pub mod random;
pub mod reduce;
pub mod state;
pub(crate) mod support;

use std::sync::OnceLock;

use crate::graph::Differentiable;
use crate::types::Map;

pub(crate) use crate::graph::OpDef;
pub use integers::{Integers, IntoIntegers};
pub use number::NumberOrTensor;

/// Every op type of this crate, in families.
pub fn table() -> impl Iterator<Item = OpDef> {
    [
        array::OPS,
        array::diagonals::OPS,
        array::joining::OPS,
        array::picking::OPS,
        array::segments::OPS,
        array::shaping::OPS,
        array::source::OPS,
        control::OPS,
        linalg::OPS,
        math::OPS,
        nn::OPS,
        random::OPS,
        reduce::OPS,
        state::OPS,
        state::training::OPS,
    ]
    .into_iter()
    .flatten()
    .flat_map(|rows| rows.iter().copied())
}

/// The row of an op type of this crate.
pub(crate) fn row(op_type: &str) -> Option<OpDef> {
    static ROWS: OnceLock<Map<&str, OpDef>> = OnceLock::new();
    let rows = ROWS.get_or_init(|| {
        // Few: one for each op type.
        table().map(|row| (row.name(), row)).collect()
    });
    rows.get(op_type).copied()
}

/// The op type of a node that has `count` tensors as inputs, and passes them on as they are.
#[cfg(feature = "graph_def")]
pub(crate) fn passing_on(count: usize) -> &'static str {
    match count {
        0 => "NoOp",
        1 => "Identity",
        _ => "IdentityN",
    }
}

/// Whether a gradient may flow through an op of this type: it can be differentiated, or is not of this crate.
pub(crate) fn may_be_differentiated(op_type: &str) -> bool {
    row(op_type).is_none_or(|row| row.differentiable == Differentiable::Yes)
}
