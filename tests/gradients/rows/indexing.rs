//! Ops that pick elements by their places, and such as join what belongs together. Each is squared,
//! so that the second derivative goes through the gradient of its gradient.

#![allow(
    clippy::reversed_empty_ranges,
    reason = "a slice with a negative step goes from high to low"
)]

use tf1 as tf;
use tf1::{BooleanMask, Ellipsis, Gather, GatherNd, NewAxis, StridedSlice, Tensor};

use super::{Row, first_only, mixed, ranked, row, squared, squared_pair};

pub fn rows() -> Vec<Row> {
    [slices(), gathered(), used_often(), segments(), partitions()]
        .into_iter()
        .flatten()
        .collect()
}

/// The tensors, of shapes of their own, in one.
fn flattened(parts: &[Tensor<f64>]) -> Tensor<f64> {
    let flat: Vec<Tensor<f64>> = parts.iter().map(|part| tf::reshape(part, [-1])).collect();
    tf::concat(&flat, 0)
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
    let masked: [(&str, StridedSlice); 5] = [
        ("begin", StridedSlice::new().begin_mask(1)),
        ("end", StridedSlice::new().end_mask(2)),
        ("ellipsis", StridedSlice::new().ellipsis_mask(1)),
        ("new axis", StridedSlice::new().new_axis_mask(1)),
        ("shrink axis", StridedSlice::new().shrink_axis_mask(2)),
    ];
    for (mask, options) in masked {
        let name = format!("strided_slice with {mask} mask");
        rows.push(squared(name, &["StridedSliceGrad"], &[3, 4], move |x| {
            tf::strided_slice_with(x, [1, 1], [3, 3], [1, 1], options)
        }));
    }
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
        squared("gather in batches", &["GatherV2"], &[2, 3, 2], |x| {
            let options = Gather::new().batch_dims(1);
            tf::gather_with(ranked(x, &[2, 3, 2]), [[2, 0], [1, 1]], options)
        }),
        squared(
            "gather in batches along a later axis",
            &["GatherV2"],
            &[2, 2, 3],
            |x| {
                let options = Gather::new().batch_dims(1).axis(2);
                tf::gather_with(ranked(x, &[2, 2, 3]), [[2, 0], [1, 1]], options)
            },
        ),
        squared(
            "gather in batches of two axes along the last",
            &["GatherV2"],
            &[2, 2, 1, 3],
            |x| {
                let options = Gather::new().batch_dims(2).axis(-1);
                let x = ranked(x, &[2, 2, 1, 3]);
                tf::gather_with(x, [[[2], [0]], [[1], [1]]], options)
            },
        ),
        squared("gather_nd in batches", nd, &[2, 3, 2], |x| {
            let options = GatherNd::new().batch_dims(1);
            tf::gather_nd_with(ranked(x, &[2, 3, 2]), [[[2], [0]], [[1], [1]]], options)
        }),
        squared(
            "rows of two tables",
            &["ParallelDynamicStitch"],
            &[3, 2],
            |x| {
                let x = ranked(x, &[3, 2]);
                tf::nn::embedding_lookup([&x, &tf::exp(&x)], [4, 1, 0, 5])
            },
        ),
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
    for shape in [&[4][..], &[2, 4], &[2, 1, 4]] {
        for k in [1, 2, 4] {
            let name = format!("top_k {k} of {shape:?}");
            rows.push(squared(name, &["TopKV2"], shape, move |x| {
                tf::nn::top_k(x, k).0
            }));
        }
    }
    for reverse in [false, true] {
        let name = format!("nth_element {reverse}");
        let options = tf::contrib::nn::NthElement::new().reverse(reverse);
        rows.push(squared(name, &["NthElement"], &[2, 4], move |x| {
            tf::contrib::nn::nth_element_with(x, 1, options)
        }));
    }
    for (axis, mask) in [
        (0, vec![true, false, true]),
        (1, vec![false, true]),
        (2, vec![true, true, false]),
    ] {
        let name = format!("boolean_mask {axis}");
        rows.push(squared(name, &["GatherV2"], &[3, 2, 3], move |x| {
            let mask = x.graph().constant(mask.as_slice());
            let options = BooleanMask::new().axis(axis);
            tf::boolean_mask_with(ranked(x, &[3, 2, 3]), mask, options)
        }));
    }
    rows
}

/// A tensor that is used several times, whose gradients arrive as rows, whole, or both.
fn used_often() -> Vec<Row> {
    let places = |x: &Tensor<f64>| tf::gather(ranked(x, &[3, 2]), [2, 0, 2]);
    let wide = |x: &Tensor<f64>| tf::gather(ranked(x, &[3, 2]), [1i64, 1, 2]);
    vec![
        squared("rows and rows", &["GatherV2"], &[3, 2], move |x| {
            places(x) * tf::exp(places(x))
        }),
        squared("rows by i32 and by i64", &["GatherV2"], &[3, 2], move |x| {
            let x = ranked(x, &[3, 2]);
            tf::gather(&x, [2, 0, 2]) * tf::gather(&x, [1i64, 1, 2])
        }),
        squared("rows and the whole", &["GatherV2", "AddN"], &[3, 2], |x| {
            let x = ranked(x, &[3, 2]);
            tf::gather(&x, [2, 0, 2]) * tf::exp(&x)
        }),
        squared("rows of rows", &["GatherV2"], &[3, 2], move |x| {
            tf::gather(wide(x), [0, 2])
        }),
    ]
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
    let unsorted: [(&'static [&'static str], Segmented); 4] = [
        (&["UnsortedSegmentSum"], |x, ids| {
            tf::unsorted_segment_sum(x, ids, 5)
        }),
        (&["UnsortedSegmentMax"], |x, ids| {
            tf::unsorted_segment_max(x, ids, 3)
        }),
        (&["UnsortedSegmentMin"], |x, ids| {
            tf::unsorted_segment_min(x, ids, 3)
        }),
        (&["UnsortedSegmentProd"], |x, ids| {
            tf::unsorted_segment_prod(x, ids, 5)
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
    // One zero in a segment, and two.
    let mut input = mixed(&[6]);
    input[[1]] = 0.0;
    input[[2]] = 0.0;
    input[[4]] = 0.0;
    // At a zero TensorFlow's second derivative is not a number.
    rows.push(first_only(row(
        "UnsortedSegmentProd with zeros",
        &["UnsortedSegmentProd"],
        vec![input],
        |x| tf::unsorted_segment_prod(ranked(&x[0], &[6]), [0, 0, 1, 1, 1, -1], 2),
    )));
    rows.extend([
        squared(
            "unsorted_segment_sum by a matrix",
            &["UnsortedSegmentSum"],
            &[2, 2, 3],
            |x| tf::unsorted_segment_sum(ranked(x, &[2, 2, 3]), [[1i64, 0], [-1, 1]], 3),
        ),
        squared(
            "unsorted_segment_max by a matrix",
            &["UnsortedSegmentMax"],
            &[2, 2, 3],
            |x| tf::unsorted_segment_max(ranked(x, &[2, 2, 3]), [[1i64, 0], [-1, 1]], 2),
        ),
    ]);
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
    rows.push(squared(
        "dynamic_partition by a matrix",
        &["DynamicPartition"],
        &[2, 2, 3],
        |x| {
            let parts = tf::dynamic_partition(x, [[1, 0], [1, 1]], 2);
            flattened(&[tf::exp(&parts[0]), parts[1].clone()])
        },
    ));
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
