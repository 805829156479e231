//! Ops that make arrays: constants, fills, placeholders, ranges.

pub(in crate::ops::array) mod constant;
pub(in crate::ops::array) mod fill;
pub(in crate::ops::array) mod one_hot;
pub(in crate::ops::array) mod placeholder;
pub(in crate::ops::array) mod range;

use crate::ops::family::family;

family! {
    ops: constant, fill, one_hot, placeholder, range;
}
