//! Ops that give arrays other lengths, or tell them: reshaping, transposing, broadcasting.

pub(in crate::ops::array) mod broadcast_to;
pub(in crate::ops::array) mod expand;
pub(in crate::ops::array) mod reshape;
pub(in crate::ops::array) mod shape;
pub(in crate::ops::array) mod space_batch;
pub(in crate::ops::array) mod space_depth;
pub(in crate::ops::array) mod squeezable;
pub(in crate::ops::array) mod transpose;

use crate::ops::family::family;

family! {
    ops: broadcast_to, expand, reshape, shape, space_batch, space_depth, squeezable, transpose;
}
