//! Ops that combine or deal out rows by the number of a segment.

pub(in crate::ops::array) mod bincount;
pub(in crate::ops::array) mod dynamic;
pub(in crate::ops::array) mod segment;
pub(in crate::ops::array) mod unsorted_segment;

use crate::ops::family::family;

family! {
    ops: bincount, dynamic, segment, unsorted_segment;
}
