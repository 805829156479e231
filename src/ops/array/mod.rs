//! Ops that make, reshape, join, cut and index arrays.

mod concat;
mod constant;
mod dynamic;
mod expand;
mod fill;
mod gather;
mod identity;
mod index;
mod list;
mod pad;
mod placeholder;
mod range;
mod reshape;
mod segment;
mod shape;
mod slice;
mod slicing;
mod split;
mod stack;
mod strided_slice;
mod tile;
mod transpose;
mod unique;
mod unsorted_segment;

pub use concat::concat;
pub use constant::IntoConstant;
pub use dynamic::{dynamic_partition, dynamic_stitch};
pub use expand::{Squeeze, expand_dims, squeeze, squeeze_with};
pub use fill::{fill, ones, ones_like, ones_like_as, zeros, zeros_like, zeros_like_as};
pub use gather::{Gather, embedding_lookup, gather, gather_with};
pub use identity::{identity, stop_gradient};
pub use index::{Ellipsis, Index, IntoBound, IntoIndex, IntoIndices, NewAxis, OpenBound, step};
pub use list::TensorList;
pub use pad::{Pad, pad, pad_with};
pub use range::{linspace, range};
pub use reshape::reshape;
pub use segment::{segment_max, segment_mean, segment_min, segment_prod, segment_sum};
pub use shape::{rank, shape, shape_as, shape_n, size, size_as};
pub use slice::slice;
pub use split::{Splits, split};
pub use stack::{Unstack, stack, unstack, unstack_with};
pub use strided_slice::{StridedSlice, strided_slice, strided_slice_with};
pub use tile::tile;
pub use transpose::{Transpose, invert_permutation, matrix_transpose, transpose, transpose_with};
pub use unique::{unique, unique_with_counts};
pub use unsorted_segment::{
    unsorted_segment_max, unsorted_segment_min, unsorted_segment_prod, unsorted_segment_sum,
};

pub(crate) use concat::concat_any;
pub(crate) use fill::zeros_like_at_run;
pub(crate) use identity::identity_any;
pub(crate) use range::range_op;
pub(crate) use reshape::reshape_any;
pub(crate) use shape::{rank_of, shape_at_run, shape_of, size_of};
pub(crate) use unsorted_segment::{densify, densify_named};

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[
    concat::OPS,
    constant::OPS,
    dynamic::OPS,
    expand::OPS,
    fill::OPS,
    gather::OPS,
    identity::OPS,
    pad::OPS,
    placeholder::OPS,
    range::OPS,
    reshape::OPS,
    segment::OPS,
    shape::OPS,
    slice::OPS,
    split::OPS,
    stack::OPS,
    strided_slice::OPS,
    tile::OPS,
    transpose::OPS,
    unique::OPS,
    unsorted_segment::OPS,
];
