//! Ops that make, reshape, join, cut and index arrays.

mod classes;
mod diagonals;
mod identity;
mod identity_n;
mod joining;
mod picking;
mod segments;
mod shaping;
mod source;

// One module for each op or a few that belong together, found by its name.
use diagonals::{band, diag, matrix_diag};
use joining::{concat, list, mirror_pad, pad, split, stack, tile};
pub(crate) use picking::top_k;
use picking::{gather, gather_nd, index, mask, reverse, slice, slicing, strided_slice, unique};
use segments::{count, dynamic, segment, unsorted_segment};
use shaping::{broadcast_to, expand, reshape, shape, space_depth, squeezable, transpose};
use source::{constant, fill, one_hot, placeholder, range};

pub use band::matrix_band_part;
pub use broadcast_to::broadcast_to;
pub use concat::concat;
pub use constant::{Constant, IntoConstant};
pub use count::{
    Bincount, ConfusionMatrix, bincount, bincount_with, confusion_matrix, confusion_matrix_with,
};
pub use diag::{diag, diag_part};
pub(crate) use dynamic::parallel_dynamic_stitch;
pub use dynamic::{dynamic_partition, dynamic_stitch};
pub use expand::{Squeeze, expand_dims, squeeze, squeeze_with};
pub use fill::{fill, ones, ones_like, ones_like_as, zeros, zeros_like, zeros_like_as};
pub use gather::{Gather, gather, gather_with};
pub use gather_nd::{GatherNd, gather_nd, gather_nd_with, scatter_nd};
pub use identity::{identity, stop_gradient};
pub use identity_n::identity_n;
pub use index::{Ellipsis, Index, IntoBound, IntoIndex, IntoIndices, NewAxis, OpenBound, step};
pub use list::TensorList;
pub use mask::{
    BooleanMask, SequenceMask, boolean_mask, boolean_mask_with, sequence_mask, sequence_mask_with,
    where_,
};
pub use matrix_diag::{Eye, matrix_diag, matrix_diag_part, matrix_set_diag, trace};
pub use one_hot::{OneHot, one_hot, one_hot_with};
pub use pad::{Pad, pad, pad_with};
pub use range::{IntoRange, linspace, range};
pub use reshape::reshape;
pub use reverse::{ReverseSequence, reverse, reverse_sequence, reverse_sequence_with, roll};
pub use segment::{segment_max, segment_mean, segment_min, segment_prod, segment_sum};
pub use shape::{rank, shape, shape_as, shape_n, shape_n_as, size, size_as};
pub use slice::slice;
pub use space_depth::{
    DepthToSpace, SpaceToDepth, depth_to_space, depth_to_space_with, space_to_depth,
    space_to_depth_with,
};
pub use split::split;
pub(crate) use squeezable::{remove_squeezable_dimensions, without_axis_beyond};
pub use stack::{Unstack, stack, unstack, unstack_with};
pub use strided_slice::{StridedSlice, strided_slice, strided_slice_with};
pub use tile::tile;
pub use transpose::{
    MatrixTranspose, Transpose, invert_permutation, matrix_transpose, matrix_transpose_with,
    transpose, transpose_with,
};
pub use unique::{
    setdiff1d, setdiff1d_as, unique, unique_as, unique_with_counts, unique_with_counts_as,
};
pub use unsorted_segment::{
    unsorted_segment_max, unsorted_segment_min, unsorted_segment_prod, unsorted_segment_sum,
};

pub(crate) use concat::concat_any;
pub(crate) use fill::zeros_like_at_run;
pub(crate) use identity::identity_any;
pub(crate) use identity_n::identity_n_with;
pub(crate) use shape::{shape_at_run, shape_of};
pub(crate) use stack::packed;
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
    identity_n::OPS,
    mirror_pad::OPS,
    pad::OPS,
    placeholder::OPS,
    range::OPS,
    reshape::OPS,
    segment::OPS,
    shape::OPS,
    slice::OPS,
    split::OPS,
    squeezable::OPS,
    stack::OPS,
    strided_slice::OPS,
    tile::OPS,
    transpose::OPS,
    unsorted_segment::OPS,
];

#[cfg(test)]
mod tests {
    use super::top_k::{in_top_k, top_k};
    use super::*;
    use crate::graph::{Graph, Tensor};

    /// Every op function blames the line that called it, not one of its own.
    #[test]
    fn ops_are_located_where_they_are_called() {
        let graph = Graph::new();
        let x = graph.placeholder::<f32>("x", [2, 3]);
        let (cube, row) = (graph.zeros::<f32>([2, 3, 3]), graph.zeros::<f32>([3]));
        let (unknown, n) = (
            graph.placeholder::<f32>("u", ..),
            graph.placeholder::<i32>("n", []),
        );
        make(&graph, &n);
        reshape_and_join(&x, &unknown, &n);
        cut(&x, &unknown, &n);
        collect(&x, &n);
        diagonals(&cube, &row);
        masks_and_counts(&x, &n);
        graph.check().unwrap();
        for operation in graph.operations() {
            assert_eq!(operation.location().file(), file!(), "{operation}");
        }
    }

    fn make(graph: &Graph, n: &Tensor<i32>) {
        graph.constant_with([1], Constant::new().shape([2]));
        graph.zeros::<f32>([2000]);
        graph.ones::<bool>([2]);
        graph.fill([2], 1.0f32);
        fill((n,), 1.0f32);
        zeros::<f32>(n);
        ones::<f32>((n, 2));
        graph.range((0, n, 1));
        range(n, 3, 1);
        graph.linspace(0.0f32, 1.0, 3);
        linspace(0.0f32, 1.0, n);
        graph.eye::<f32>(2);
        graph.eye_with::<f32>(2, Eye::new().num_columns(3));
        graph.placeholder_with_default(1.0f32, []);
    }

    fn reshape_and_join(x: &Tensor<f32>, unknown: &Tensor<f32>, n: &Tensor<i32>) {
        zeros_like(unknown);
        zeros_like_as(unknown, crate::int32);
        ones_like(x);
        ones_like_as(unknown, crate::bool);
        identity(x);
        stop_gradient(x);
        shape(unknown);
        shape_as(x, crate::int64);
        shape_n(&[x.any(), n.any()]);
        shape_n_as(&[x.any(), n.any()], crate::int64);
        size(unknown);
        size_as(x, crate::int64);
        rank(unknown);
        reshape(x, (3, n));
        expand_dims(x, 0);
        squeeze(unknown);
        squeeze_with(unknown, Squeeze::new().axis([0]));
        transpose(unknown);
        transpose_with(x, Transpose::new().perm([1, 0]));
        matrix_transpose(unknown);
        invert_permutation(shape(x));
        concat([x], 0);
        concat((x, x), n);
        stack([x, x], -1);
        unstack(x);
        unstack_with(unknown, Unstack::new().num(2));
        split(x, 3, 1);
        split(x, [1, -1], n);
        tile(x, [2, 1]);
        broadcast_to(x, [4, 2, 3]);
    }

    fn cut(x: &Tensor<f32>, unknown: &Tensor<f32>, n: &Tensor<i32>) {
        slice(x, [0, 1], (n, 1));
        strided_slice(x, [0], [1], [1]);
        strided_slice_with(x, [0], [1], [1], StridedSlice::new().shrink_axis_mask(1));
        x.index((n, step(.., -1)));
        unknown.index((Ellipsis, NewAxis, Index::range(n, ..)));
        pad(x, [[1, 1], [0, 2]]);
        pad_with(x, [[1, 1], [0, 2]], Pad::new().constant_values(1.0));
        pad_with(x, [[1, 1], [0, 2]], Pad::new().reflect());
        reverse(x, [1]);
        reverse_sequence(x, [1, 2], 1);
        reverse_sequence_with(x, [1, 2, 2], 0, ReverseSequence::new().batch_axis(1));
        roll(x, 1, 0);
        let image = reshape(unknown, [1, 2, 2, 4]);
        space_to_depth(&image, 2);
        space_to_depth_with(&image, 2, "NCHW");
        depth_to_space(image, 2);
    }

    fn collect(x: &Tensor<f32>, n: &Tensor<i32>) {
        gather(x, [0]);
        gather_with(x, n, Gather::new().axis(1));
        gather_with(x, [[0, 1], [1, 0]], Gather::new().batch_dims(1));
        gather_nd(x, [[0, 1]]);
        gather_nd_with(x, [[0], [1]], GatherNd::new().batch_dims(1));
        scatter_nd([[0]], x.index(..1), [4, 3]);
        one_hot((n,), 3);
        one_hot_with((n,), n, OneHot::<i32>::new().on_value(5));
        top_k(x, 2);
        in_top_k(x, [0, 1], 2);
        segment_sum(x, [0, 0]);
        segment_mean(x, [0, 0]);
        segment_max(x, [0, 0]);
        segment_min(x, [0, 0]);
        segment_prod(x, [0, 0]);
        unsorted_segment_sum(x, [0, 0], n);
        unsorted_segment_max(x, [0, 0], 1);
        unsorted_segment_min(x, [0, 0], 1);
        unsorted_segment_prod(x, [0, 0], 1);
        dynamic_partition(x, [0, 1], 2);
        dynamic_stitch([[0, 1]], [x]);
    }

    fn diagonals(cube: &Tensor<f32>, row: &Tensor<f32>) {
        diag(row);
        diag_part(matrix_diag(row));
        matrix_diag_part(cube);
        matrix_set_diag(matrix_diag(row), row);
        matrix_band_part(cube, 0, -1);
        trace(cube);
    }

    fn masks_and_counts(x: &Tensor<f32>, n: &Tensor<i32>) {
        where_(x);
        boolean_mask(x, [true, false]);
        boolean_mask_with(x, [true, false, true], BooleanMask::new().axis(1));
        sequence_mask(stack([n], 0));
        sequence_mask_with(stack([n], 0), SequenceMask::new().maxlen(3));
        unique(x.index(0));
        unique_as(x.index(0), crate::int64);
        unique_with_counts_as(x.index(0), crate::int64);
        setdiff1d_as(x.index(0), [1.0], crate::int64);
        unique_with_counts(x.index(0));
        setdiff1d(x.index(0), [1.0]);
        bincount(n);
        bincount_with(n, Bincount::new().minlength(2).maxlength(3));
        confusion_matrix(stack([n], 0), stack([n], 0));
        let options = ConfusionMatrix::new().num_classes(2);
        confusion_matrix_with(stack([n], 0), stack([n], 0), options);
    }
}
