//! Ops that make, reshape, join, cut and index arrays.

mod classes;
pub(in crate::ops) mod diagonals;
mod identity;
mod identity_n;
pub(in crate::ops) mod joining;
pub(in crate::ops) mod picking;
pub(in crate::ops) mod segments;
pub(in crate::ops) mod shaping;
pub(in crate::ops) mod source;

use super::family::family;

pub use diagonals::*;
pub use joining::*;
pub use picking::*;
pub use segments::*;
pub use shaping::*;
pub use source::*;

family! {
    ops: identity, identity_n;
}

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
