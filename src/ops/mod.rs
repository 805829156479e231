//! The operations, one file each or one file for a few that belong together, in families.
//!
//! An op's file holds all there is to it: the public functions that make it, its attributes, and
//! one [`Op`](crate::graph::Op) implementation with name, shape rule, kernel and gradient; and a
//! row for [`table`].

pub mod array;
pub mod control;
pub(crate) mod def;
mod family;
pub mod image;
pub(crate) mod integers;
pub mod linalg;
pub mod math;
pub mod nn;
mod number;
mod older;
pub mod random;
pub mod reduce;
pub mod state;
pub mod strings;
pub(crate) mod support;

use std::sync::OnceLock;

use crate::graph::Differentiable;
use crate::types::Map;

pub(crate) use crate::graph::OpDef;
pub use integers::{Integers, IntoIntegers};
pub use number::NumberOrTensor;

/// All rows, in families.
const FAMILIES: &[&[&[OpDef]]] = &[
    array::OPS,
    array::diagonals::OPS,
    array::joining::OPS,
    array::picking::OPS,
    array::segments::OPS,
    array::shaping::OPS,
    array::source::OPS,
    control::OPS,
    image::OPS,
    #[cfg(feature = "image")]
    image::codec::OPS,
    linalg::OPS,
    math::OPS,
    nn::OPS,
    nn::conv::OPS,
    nn::pool::OPS,
    random::OPS,
    reduce::OPS,
    state::OPS,
    state::training::OPS,
    strings::OPS,
];

/// Makes this crate compile the ops of all types that the rows name, so that programs link those
/// that they use and compile none. Nobody reads it: it links every kernel.
#[doc(hidden)]
pub static COMPILED: &[&[&[OpDef]]] = FAMILIES;

/// The rows, in families. What makes the ops is left out where no reader of files wants it.
static TABLE: [OpDef; count(FAMILIES)] = flattened(FAMILIES);

const fn count(families: &[&[&[OpDef]]]) -> usize {
    let mut count = 0;
    let mut family = 0;
    while family < families.len() {
        let mut file = 0;
        while file < families[family].len() {
            count += families[family][file].len();
            file += 1;
        }
        family += 1;
    }
    count
}

const fn flattened<const N: usize>(families: &[&[&[OpDef]]]) -> [OpDef; N] {
    let mut rows = [OpDef::opaque(""); N];
    let mut filled = 0;
    let mut family = 0;
    while family < families.len() {
        let mut file = 0;
        while file < families[family].len() {
            let mut i = 0;
            while i < families[family][file].len() {
                let row = families[family][file][i];
                rows[filled] = match cfg!(feature = "graph_def") {
                    true => row,
                    false => row.without_make(),
                };
                filled += 1;
                i += 1;
            }
            file += 1;
        }
        family += 1;
    }
    rows
}

/// Every op type of this crate, in families.
pub fn table() -> impl Iterator<Item = OpDef> {
    TABLE.iter().copied()
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

/// Whether a gradient may flow through an op of this type: it can be differentiated, or is not of
/// this crate.
pub(crate) fn may_be_differentiated(op_type: &str) -> bool {
    row(op_type).is_none_or(|row| row.differentiable == Differentiable::Yes)
}
