//! Ops that move elements about. Each is squared, so that the second derivative goes through the gradient of its gradient.

#![allow(
    clippy::reversed_empty_ranges,
    reason = "a slice with a negative step goes from high to low"
)]

use tf1 as tf;
use tf1::{Ellipsis, Gather, NewAxis, Pad, ReverseSequence, Squeeze, Tensor, Transpose, Unstack};

use super::{mixed, others, row};
use crate::check::Row;

pub fn rows() -> Vec<Row> {
    [
        reshaped(),
        joined(),
        cut(),
        slices(),
        gathered(),
        padded(),
        permuted(),
        blocks(),
        diagonals(),
        segments(),
        partitions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The square of a function of one tensor.
fn squared(
    name: impl Into<String>,
    ops: &'static [&'static str],
    shape: &[usize],
    f: impl Fn(&Tensor<f64>) -> Tensor<f64> + 'static,
) -> Row {
    row(name, ops, vec![mixed(shape)], move |x| tf::square(f(&x[0])))
}

/// The square of a function of two tensors.
fn squared_pair(
    name: impl Into<String>,
    ops: &'static [&'static str],
    shapes: [&[usize]; 2],
    f: impl Fn(&Tensor<f64>, &Tensor<f64>) -> Tensor<f64> + 'static,
) -> Row {
    let inputs = vec![mixed(shapes[0]), others(shapes[1])];
    row(name, ops, inputs, move |x| tf::square(f(&x[0], &x[1])))
}

/// The tensors, of shapes of their own, in one.
fn flattened(parts: &[Tensor<f64>]) -> Tensor<f64> {
    let flat: Vec<Tensor<f64>> = parts.iter().map(|part| tf::reshape(part, [-1])).collect();
    tf::concat(&flat, 0)
}

/// `x` with its shape made known.
fn ranked(x: &Tensor<f64>, shape: &[usize]) -> Tensor<f64> {
    let lengths: Vec<i32> = shape.iter().map(|length| *length as i32).collect();
    tf::reshape(x, x.graph().constant(lengths.as_slice()))
}

fn reshaped() -> Vec<Row> {
    let mut rows = vec![
        squared("reshape", &["Reshape"], &[2, 3], |x| {
            tf::reshape(x, [3, -1])
        }),
        squared("squeeze", &["Squeeze"], &[1, 2, 1], |x| tf::squeeze(x)),
        squared("fill", &["Fill"], &[2], |x| {
            tf::fill([2, 3], tf::reduce_prod(x, ..))
        }),
        squared("placeholder", &["PlaceholderWithDefault"], &[2], |x| {
            x.graph().placeholder_with_default(tf::sin(x), ..)
        }),
    ];
    for axis in [0, 1, 2, -1, -2] {
        let name = format!("expand_dims {axis}");
        rows.push(squared(name, &["ExpandDims"], &[2, 3], move |x| {
            tf::expand_dims(x, axis)
        }));
    }
    for axes in [vec![0], vec![-2], vec![0, 2], vec![-4, -2]] {
        let name = format!("squeeze {axes:?}");
        rows.push(squared(name, &["Squeeze"], &[1, 2, 1, 3], move |x| {
            tf::squeeze_with(x, Squeeze::new().axis(axes.clone()))
        }));
    }
    for shape in [&[2, 3][..], &[3], &[2, 1], &[]] {
        let name = format!("broadcast_to from {shape:?}");
        rows.push(squared(name, &["BroadcastTo"], shape, |x| {
            tf::broadcast_to(x, [4, 2, 3])
        }));
    }
    for multiples in [[1, 1], [2, 1], [1, 3], [2, 3]] {
        let name = format!("tile {multiples:?}");
        rows.push(squared(name, &["Tile"], &[2, 3], move |x| {
            tf::tile(x, multiples)
        }));
    }
    rows
}

fn joined() -> Vec<Row> {
    let mut rows = Vec::new();
    for (axis, shapes) in [
        (0, [&[1, 3][..], &[2, 3]]),
        (1, [&[2, 1], &[2, 3]]),
        (-1, [&[2, 2], &[2, 1]]),
        (-2, [&[2, 2, 1], &[2, 1, 1]]),
    ] {
        let name = format!("concat {axis}");
        rows.push(squared_pair(name, &["ConcatV2"], shapes, move |x, y| {
            tf::concat([x, y, x], axis)
        }));
    }
    for axis in [0, 1, 2, -1, -3] {
        let name = format!("stack {axis}");
        let shapes = [&[2, 3][..], &[2, 3]];
        rows.push(squared_pair(name, &["Pack"], shapes, move |x, y| {
            tf::stack([x, y], axis)
        }));
    }
    rows
}

fn cut() -> Vec<Row> {
    let mut rows = Vec::new();
    for axis in [0, 1, -1, -2] {
        // Where the rank is unknown, the number of pieces has to be given.
        let num = [3, 2][usize::from(axis == 1 || axis == -1)];
        let name = format!("unstack {axis}");
        rows.push(squared(name, &["Unpack"], &[3, 2], move |x| {
            let pieces = tf::unstack_with(x, Unstack::new().axis(axis).num(num));
            &pieces[1] * tf::exp(&pieces[0])
        }));
    }
    for axis in [0, 1, -1, -2] {
        let name = format!("split {axis}");
        rows.push(squared(name, &["Split"], &[4, 4], move |x| {
            let pieces = tf::split(x, 2, axis);
            &pieces[0] * tf::exp(&pieces[1])
        }));
        let name = format!("split into sizes {axis}");
        rows.push(squared(name, &["SplitV"], &[4, 4], move |x| {
            // The middle piece is not read: its gradient is zeros.
            let pieces = tf::split(x, [1, 2, -1], axis);
            &pieces[0] * tf::exp(&pieces[2])
        }));
    }
    rows
}

fn slices() -> Vec<Row> {
    type Cut = fn(&Tensor<f64>) -> Tensor<f64>;
    let all: [(&str, &[usize], Cut); 14] = [
        ("[1]", &[3, 2], |x| x.index(1)),
        ("[-1]", &[3, 2], |x| x.index(-1)),
        ("[1:3]", &[4, 2], |x| x.index(1..3)),
        ("[:-1, 1]", &[3, 3], |x| x.index((..-1, 1))),
        ("[:, 1:]", &[2, 3], |x| x.index((.., 1..))),
        ("[::2, ::-1]", &[3, 3], |x| {
            x.index((tf::step(.., 2), tf::step(.., -1)))
        }),
        ("[4:0:-2]", &[6], |x| x.index(tf::step(4..0, -2))),
        ("[..., 0]", &[2, 2, 3], |x| x.index((Ellipsis, 0))),
        ("[1, ..., ::2]", &[2, 2, 3], |x| {
            x.index((1, Ellipsis, tf::step(.., 2)))
        }),
        ("[..., 1:, 0]", &[2, 3, 2], |x| x.index((Ellipsis, 1.., 0))),
        ("[:, newaxis]", &[2, 3], |x| x.index((.., NewAxis))),
        ("[newaxis, ..., newaxis, -2:]", &[2, 3], |x| {
            x.index((NewAxis, Ellipsis, NewAxis, -2..))
        }),
        ("[1:1]", &[3], |x| tf::concat([&x.index(1..1), x], 0)),
        ("of places in tensors", &[4, 2], |x| {
            let place = x.graph().constant(2);
            x.index((&place, tf::Index::range(0, &place)))
        }),
    ];
    let mut rows: Vec<Row> = all
        .into_iter()
        .map(|(text, shape, f)| {
            let ops = &["StridedSlice", "StridedSliceGrad"];
            squared(format!("strided_slice {text}"), ops, shape, f)
        })
        .collect();
    for (begin, size) in [([0, 0], [2, 3]), ([1, 0], [2, -1]), ([2, 1], [-1, 1])] {
        let name = format!("slice {begin:?} {size:?}");
        rows.push(squared(name, &["Slice"], &[3, 3], move |x| {
            tf::slice(x, begin, size)
        }));
    }
    rows
}

fn gathered() -> Vec<Row> {
    let mut rows = Vec::new();
    // TensorFlow's second derivatives of gathering and of segments want a known rank.
    for axis in [0, 1, 2, -1, -2, -3] {
        let name = format!("gather {axis}");
        rows.push(squared(name, &["GatherV2"], &[2, 3, 2], move |x| {
            tf::gather_with(
                tf::reshape(x, [2, 3, 2]),
                [1, 0, 1],
                Gather::new().axis(axis),
            )
        }));
        let name = format!("gather by a matrix {axis}");
        rows.push(squared(name, &["GatherV2"], &[2, 3, 2], move |x| {
            tf::gather_with(
                tf::reshape(x, [2, 3, 2]),
                [[1, 1], [0, 1]],
                Gather::new().axis(axis),
            )
        }));
        let name = format!("gather by a number {axis}");
        rows.push(squared(name, &["GatherV2"], &[2, 3, 2], move |x| {
            tf::gather_with(tf::reshape(x, [2, 3, 2]), 1, Gather::new().axis(axis))
        }));
    }
    let nd = &["GatherNd", "ScatterNd"];
    rows.extend([
        // The gradient of taking rows is slices, not ScatterNd.
        squared("gather_nd of rows", &["GatherNd"], &[3, 2], |x| {
            tf::gather_nd(ranked(x, &[3, 2]), [[2], [0], [2]])
        }),
        squared("gather_nd of elements", nd, &[3, 2], |x| {
            tf::gather_nd(x, [[2, 1], [0, 0], [2, 1]])
        }),
        squared("gather_nd of stacked places", nd, &[3, 2], |x| {
            tf::gather_nd(x, [[[2, 1]], [[0, 1]]])
        }),
        squared("scatter_nd of rows", nd, &[3, 2], |x| {
            tf::scatter_nd([[3], [1], [3]], x, [4, 2])
        }),
        squared("scatter_nd of elements", nd, &[3], |x| {
            tf::scatter_nd([[1, 1], [0, 1], [1, 1]], x, [2, 2])
        }),
    ]);
    for k in [1, 2, 4] {
        let name = format!("top_k {k}");
        rows.push(squared(name, &["TopKV2"], &[2, 4], move |x| {
            tf::nn::top_k(x, k).0
        }));
    }
    rows
}

fn padded() -> Vec<Row> {
    let mut rows = Vec::new();
    for paddings in [[[0, 0], [1, 2]], [[1, 0], [0, 1]], [[1, 1], [2, 2]]] {
        let kinds: [(&'static [&'static str], &str, Pad<f64>); 4] = [
            (&["Pad"], "zeros", Pad::new()),
            (&["PadV2"], "a number", Pad::new().constant_values(1.5)),
            (
                &["MirrorPad", "MirrorPadGrad"],
                "reflect",
                Pad::new().reflect(),
            ),
            (
                &["MirrorPad", "MirrorPadGrad"],
                "symmetric",
                Pad::new().symmetric(),
            ),
        ];
        for (ops, kind, options) in kinds {
            let name = format!("pad {paddings:?} with {kind}");
            rows.push(squared(name, ops, &[2, 3], move |x| {
                // The mirrored edges must lie within the tensor.
                tf::pad_with(tf::concat([x, &tf::exp(x)], 0), paddings, options)
            }));
        }
    }
    rows
}

fn permuted() -> Vec<Row> {
    let mut rows = vec![
        squared("transpose", &["Transpose"], &[2, 3], |x| tf::transpose(x)),
        squared("matrix_transpose", &["Transpose"], &[2, 2, 3], |x| {
            tf::matrix_transpose(tf::reshape(x, [2, 2, 3]))
        }),
    ];
    for perm in [[0, 2, 1], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let name = format!("transpose {perm:?}");
        rows.push(squared(name, &["Transpose"], &[2, 3, 2], move |x| {
            tf::transpose_with(x, Transpose::new().perm(perm))
        }));
    }
    for axes in [vec![0], vec![1], vec![-1], vec![0, 2], vec![-3, 1]] {
        let name = format!("reverse {axes:?}");
        rows.push(squared(name, &["ReverseV2"], &[2, 3, 2], move |x| {
            tf::reverse(x, x.graph().constant(axes.as_slice()))
        }));
    }
    for (seq_axis, batch_axis, lengths) in [
        (1, 0, vec![2, 3]),
        (0, 1, vec![1, 2, 0]),
        (0, 2, vec![2, 1]),
    ] {
        let name = format!("reverse_sequence {seq_axis} {batch_axis}");
        rows.push(squared(name, &["ReverseSequence"], &[2, 3, 2], move |x| {
            let options = ReverseSequence::new().batch_axis(batch_axis);
            let lengths = x.graph().constant(lengths.as_slice());
            tf::reverse_sequence_with(x, lengths, seq_axis, options)
        }));
    }
    for (shifts, axes) in [
        ([1, 0], [0, 1]),
        ([-1, 2], [1, 0]),
        ([1, 1], [-1, 1]),
        ([5, -4], [0, 2]),
    ] {
        let name = format!("roll {shifts:?} {axes:?}");
        rows.push(squared(name, &["Roll"], &[3, 2, 3], move |x| {
            tf::roll(x, shifts, axes)
        }));
    }
    rows
}

fn blocks() -> Vec<Row> {
    vec![
        squared("space_to_depth", &["SpaceToDepth"], &[1, 4, 2, 2], |x| {
            tf::space_to_depth(x, 2)
        }),
        squared("depth_to_space", &["DepthToSpace"], &[2, 1, 2, 4], |x| {
            tf::depth_to_space(x, 2)
        }),
    ]
}

fn diagonals() -> Vec<Row> {
    let mut rows = vec![
        squared("diag", &["Diag"], &[3], |x| tf::diag(x)),
        squared("diag of a matrix", &["Diag"], &[2, 2], |x| tf::diag(x)),
        squared("diag_part", &["DiagPart"], &[3, 3], |x| tf::diag_part(x)),
        squared("diag_part of rank 4", &["DiagPart"], &[2, 2, 2, 2], |x| {
            tf::diag_part(x)
        }),
        squared("trace", &["MatrixDiagPart"], &[2, 3, 3], |x| tf::trace(x)),
    ];
    for shape in [&[3][..], &[2, 3]] {
        let name = format!("matrix_diag of {shape:?}");
        rows.push(squared(name, &["MatrixDiag"], shape, |x| {
            tf::matrix_diag(x)
        }));
    }
    for (shape, diagonal) in [
        (&[3, 3][..], &[3][..]),
        (&[2, 3], &[2]),
        (&[2, 3, 2], &[2, 2]),
    ] {
        let name = format!("matrix_diag_part of {shape:?}");
        rows.push(squared(name, &["MatrixDiagPart"], shape, |x| {
            tf::matrix_diag_part(x)
        }));
        let name = format!("matrix_set_diag of {shape:?}");
        let ops = &["MatrixSetDiag", "MatrixDiagPart"];
        rows.push(squared_pair(name, ops, [shape, diagonal], |x, y| {
            tf::matrix_set_diag(x, y)
        }));
    }
    for (lower, upper) in [(0i64, 0i64), (1, 0), (0, -1), (-1, 1), (-1, -1)] {
        let name = format!("matrix_band_part {lower} {upper}");
        rows.push(squared(name, &["MatrixBandPart"], &[2, 3, 3], move |x| {
            tf::matrix_band_part(x, lower, upper)
        }));
    }
    rows
}

/// Segments of one element, of several and, between others, of none.
fn segments() -> Vec<Row> {
    type Segmented = fn(&Tensor<f64>, [i32; 5]) -> Tensor<f64>;
    let sorted: [(&'static [&'static str], Segmented); 4] = [
        (&["SegmentSum"], |x, ids| tf::segment_sum(x, ids)),
        (&["SegmentMean"], |x, ids| tf::segment_mean(x, ids)),
        (&["SegmentMax"], |x, ids| tf::segment_max(x, ids)),
        (&["SegmentMin"], |x, ids| tf::segment_min(x, ids)),
    ];
    // An empty segment's largest number is the least that there is, which is not to be squared.
    let unsorted: [(&'static [&'static str], Segmented); 3] = [
        (&["UnsortedSegmentSum"], |x, ids| {
            tf::unsorted_segment_sum(x, ids, 5)
        }),
        (&["UnsortedSegmentMax"], |x, ids| {
            tf::unsorted_segment_max(x, ids, 3)
        }),
        (&["UnsortedSegmentMin"], |x, ids| {
            tf::unsorted_segment_min(x, ids, 3)
        }),
    ];
    let mut rows = Vec::new();
    for shape in [&[5][..], &[5, 2]] {
        for (ops, f) in sorted {
            let name = format!("{} of {shape:?}", ops[0]);
            rows.push(squared(name, ops, shape, move |x| f(x, [0, 0, 1, 3, 3])));
        }
        for (ops, f) in unsorted {
            // Elements of negative segments are left out.
            for ids in [[2, 0, 2, 1, 0], [2, -1, 0, 1, 0]] {
                let name = format!("{} of {shape:?} {ids:?}", ops[0]);
                rows.push(squared(name, ops, shape, move |x| {
                    f(&ranked(x, shape), ids)
                }));
            }
        }
    }
    rows
}

fn partitions() -> Vec<Row> {
    let mut rows = Vec::new();
    for shape in [&[4][..], &[4, 2]] {
        let name = format!("dynamic_partition of {shape:?}");
        rows.push(squared(name, &["DynamicPartition"], shape, |x| {
            let parts = tf::dynamic_partition(x, [2, 0, 2, 0], 3);
            flattened(&[tf::exp(&parts[0]), parts[1].clone(), parts[2].clone()])
        }));
    }
    let ops = &["DynamicStitch"];
    rows.push(squared_pair(
        "dynamic_stitch",
        ops,
        [&[2, 2], &[1, 2]],
        |x, y| {
            let places = [x.graph().constant([2, 0]), x.graph().constant([1])];
            tf::dynamic_stitch(&places, [x, y])
        },
    ));
    let name = "dynamic_stitch by a matrix and a number";
    rows.push(squared_pair(name, ops, [&[2, 2], &[]], |x, y| {
        let places = [x.graph().constant([[3, 0], [1, 4]]), x.graph().constant(2)];
        tf::dynamic_stitch(&places, [x, y])
    }));
    rows
}
