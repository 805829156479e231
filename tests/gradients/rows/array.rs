//! Ops that move elements about. Each is squared, so that the second derivative goes through the
//! gradient of its gradient.

use tf1 as tf;
use tf1::{Pad, ReverseSequence, Squeeze, Transpose, Unstack};

use super::{Row, squared, squared_pair};

pub fn rows() -> Vec<Row> {
    [
        reshaped(),
        joined(),
        cut(),
        padded(),
        permuted(),
        blocks(),
        diagonals(),
    ]
    .into_iter()
    .flatten()
    .collect()
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
    for axis in [0, 1, 2, -1, -2, -3] {
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
    for axis in [0, 1, 2, -1, -2, -3] {
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
                tf::pad_with(tf::concat([x, &tf::exp(x)], 0), paddings, options.clone())
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
        (1, 2, vec![0, 3]),
        (2, 0, vec![1, 2]),
        (2, 1, vec![2, 0, 1]),
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
    for (shift, axis) in [(1, 0), (-2, 2), (4, -1)] {
        let name = format!("roll {shift} {axis}");
        rows.push(squared(name, &["Roll"], &[3, 2, 3], move |x| {
            tf::roll(x, shift, axis)
        }));
    }
    rows
}

fn blocks() -> Vec<Row> {
    let mut rows = Vec::new();
    for block in [2, 3] {
        let name = format!("space_to_depth {block}");
        let shape = [1, 2 * block, block, 2];
        rows.push(squared(name, &["SpaceToDepth"], &shape, move |x| {
            tf::space_to_depth(x, block)
        }));
        let name = format!("depth_to_space {block}");
        let shape = [2, 1, 2, block * block];
        rows.push(squared(name, &["DepthToSpace"], &shape, move |x| {
            tf::depth_to_space(x, block)
        }));
        let name = format!("space_to_depth NCHW {block}");
        let shape = [1, 2, 2 * block, block];
        rows.push(squared(name, &["SpaceToDepth"], &shape, move |x| {
            tf::space_to_depth_with(x, block, "NCHW")
        }));
    }
    for paddings in [[[0, 0], [0, 0]], [[1, 2], [0, 1]]] {
        let name = format!("space_to_batch_nd {paddings:?}");
        let shape = [2, 3, 2 - paddings[1][1], 2];
        rows.push(squared(name, &["SpaceToBatchND"], &shape, move |x| {
            tf::space_to_batch_nd(x, [3, 2], paddings)
        }));
        let name = format!("batch_to_space_nd {paddings:?}");
        rows.push(squared(
            name,
            &["BatchToSpaceND"],
            &[6, 2, 1, 2],
            move |x| tf::batch_to_space_nd(x, [3, 2], paddings),
        ));
        let name = format!("space_to_batch {paddings:?}");
        let shape = [1, 3 - paddings[1][1], 4 - paddings[1][1], 1];
        rows.push(squared(name, &["SpaceToBatchND"], &shape, move |x| {
            tf::space_to_batch(x, [[paddings[0][1], 1 - paddings[1][1]], paddings[1]], 2)
        }));
    }
    let vectors = squared("batch_to_space", &["BatchToSpaceND"], &[8, 1, 2, 1], |x| {
        tf::batch_to_space(x, [[1, 0], [1, 2]], 2)
    });
    rows.push(vectors);
    rows
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
