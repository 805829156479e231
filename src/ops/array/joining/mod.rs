//! Ops that put arrays together or take them apart: concatenation, stacking, splitting, padding,
//! tiling.

pub(in crate::ops::array) mod concat;
pub(in crate::ops::array) mod mirror_pad;
pub(in crate::ops::array) mod pad;
pub(in crate::ops::array) mod parallel_concat;
pub(in crate::ops::array) mod split;
pub(in crate::ops::array) mod stack;
pub(in crate::ops::array) mod tensor_list;
pub(in crate::ops::array) mod tile;

use crate::ops::family::family;

family! {
    ops: concat, mirror_pad, pad, parallel_concat, split, stack, tile;
    names: tensor_list;
}
