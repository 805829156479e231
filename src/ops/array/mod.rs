//! Ops that make, reshape, join, cut and index arrays.

mod band;
mod broadcast_to;
mod concat;
mod constant;
mod count;
mod diag;
mod dynamic;
mod expand;
mod fill;
pub(crate) mod gather;
mod gather_nd;
mod identity;
mod index;
mod list;
mod mask;
mod matrix_diag;
mod mirror_pad;
mod one_hot;
mod pad;
mod placeholder;
mod range;
mod reshape;
mod reverse;
mod segment;
mod shape;
mod slice;
mod slicing;
mod space_depth;
mod split;
mod stack;
mod strided_slice;
mod tile;
pub(crate) mod top_k;
mod transpose;
mod unique;
mod unsorted_segment;

pub use band::matrix_band_part;
pub use broadcast_to::broadcast_to;
pub use concat::concat;
pub use constant::{Constant, IntoConstant};
pub use count::{
    Bincount, ConfusionMatrix, bincount, bincount_with, confusion_matrix, confusion_matrix_with,
};
pub use diag::{diag, diag_part};
pub use dynamic::{dynamic_partition, dynamic_stitch};
pub use expand::{Squeeze, expand_dims, squeeze, squeeze_with};
pub use fill::{fill, ones, ones_like, ones_like_as, zeros, zeros_like, zeros_like_as};
pub use gather::{Gather, gather, gather_with};
pub use gather_nd::{gather_nd, scatter_nd};
pub use identity::{identity, stop_gradient};
pub use index::{Ellipsis, Index, IntoBound, IntoIndex, IntoIndices, NewAxis, OpenBound, step};
pub use list::TensorList;
pub use mask::{
    BooleanMask, SequenceMask, boolean_mask, boolean_mask_with, sequence_mask, sequence_mask_with,
    where_,
};
pub use matrix_diag::{Eye, matrix_diag, matrix_diag_part, matrix_set_diag, trace};
pub use one_hot::{OneHot, one_hot, one_hot_with};
pub use pad::{Pad, pad, pad_with};
pub use range::{linspace, range};
pub use reshape::reshape;
pub use reverse::{ReverseSequence, reverse, reverse_sequence, reverse_sequence_with, roll};
pub use segment::{segment_max, segment_mean, segment_min, segment_prod, segment_sum};
pub use shape::{rank, shape, shape_as, shape_n, size, size_as};
pub use slice::slice;
pub use space_depth::{depth_to_space, space_to_depth};
pub use split::{Splits, split};
pub use stack::{Unstack, stack, unstack, unstack_with};
pub use strided_slice::{StridedSlice, strided_slice, strided_slice_with};
pub use tile::tile;
pub use transpose::{Transpose, invert_permutation, matrix_transpose, transpose, transpose_with};
pub use unique::{setdiff1d, unique, unique_with_counts};
pub use unsorted_segment::{
    unsorted_segment_max, unsorted_segment_min, unsorted_segment_prod, unsorted_segment_sum,
};

pub(crate) use concat::concat_any;
pub(crate) use fill::zeros_like_at_run;
pub(crate) use identity::identity_any;
pub(crate) use shape::{shape_at_run, shape_of};
pub(crate) use unsorted_segment::{densify, densify_named};

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[
    concat::OPS,
    mask::OPS,
    unique::OPS,
    top_k::OPS,
    space_depth::OPS,
    reverse::OPS,
    one_hot::OPS,
    matrix_diag::OPS,
    gather_nd::OPS,
    diag::OPS,
    count::OPS,
    broadcast_to::OPS,
    band::OPS,
    constant::OPS,
    dynamic::OPS,
    expand::OPS,
    fill::OPS,
    gather::OPS,
    identity::OPS,
    mirror_pad::OPS,
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
    unsorted_segment::OPS,
];
