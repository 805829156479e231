//! Ops that pick elements: slices, indices, gathers, masks, the largest, the different ones.

pub(in crate::ops::array) mod gather;
pub(in crate::ops::array) mod gather_nd;
pub(in crate::ops::array) mod index;
pub(in crate::ops::array) mod mask;
pub(crate) mod nth_element;
pub(in crate::ops::array) mod reverse;
pub(in crate::ops::array) mod slice;
pub(in crate::ops::array) mod slicing;
pub(in crate::ops::array) mod strided_slice;
pub(crate) mod top_k;
pub(in crate::ops::array) mod unique;

use crate::ops::family::family;

family! {
    ops: gather, gather_nd, mask, reverse, slice, strided_slice, unique;
    names: index, slicing;
    rows: nth_element, top_k;
}
