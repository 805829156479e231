//! The functions that add to a graph.

use ndarray::{ArrayD, IxDyn, arr0, arr1, arr2};
use tf1 as tf;
use tf1::{AnyTensor, Element, Graph, Tensor};

use super::{Row, check, run};

/// A row for a number that is part of the graph.
fn set(name: &'static str, build: impl Fn(&Graph, i64) -> Vec<AnyTensor> + 'static) -> Row {
    let attempt = move |count| run(|graph| build(graph, count));
    Row {
        name,
        attempt: Box::new(attempt),
        skips: |_| false,
        has_node: true,
    }
}

/// Rows for a number in a tensor of type `i32` or `i64`: as a constant, and as one that only a run
/// knows.
fn given(
    name: &'static str,
    build: impl Fn(&Graph, &dyn Fn(&[i64]) -> Tensor<i32>, i64) -> Vec<AnyTensor> + Clone + 'static,
) -> Vec<Row> {
    let known = build.clone();
    let known = move |graph: &Graph, count| {
        let constant = |values: &[i64]| graph.constant(arr1(values).mapv(|x| x as i32));
        known(graph, &constant, count)
    };
    let unknown = move |graph: &Graph, count| {
        let fed = |values: &[i64]| {
            graph.placeholder_with_default(arr1(values).mapv(|x| x as i32).into_dyn(), ..)
        };
        build(graph, &fed, count)
    };
    vec![set(name, known), set(name, unknown)]
}

/// As [`given`], for `i64`.
fn given_long(
    name: &'static str,
    build: impl Fn(&Graph, &dyn Fn(&[i64]) -> Tensor<i64>, i64) -> Vec<AnyTensor> + Clone + 'static,
) -> Vec<Row> {
    let known = build.clone();
    let known = move |graph: &Graph, count| {
        known(graph, &|values: &[i64]| graph.constant(arr1(values)), count)
    };
    let unknown = move |graph: &Graph, count| {
        build(
            graph,
            &|values: &[i64]| graph.placeholder_with_default(arr1(values).into_dyn(), ..),
            count,
        )
    };
    vec![set(name, known), set(name, unknown)]
}

/// Leaves out what is a few gigabytes.
fn sized(row: Row) -> Row {
    Row {
        skips: |count| {
            (1 << 21..1 << 40).contains(&count)
                || (1 << 21..1 << 40).contains(&i64::from(count as i32))
        },
        ..row
    }
}

fn all_sized(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().map(sized).collect()
}

/// A tensor whose shape only a run knows, if not `known`.
fn floats(graph: &Graph, shape: &[usize]) -> Tensor<f32> {
    graph.placeholder_with_default(ArrayD::zeros(IxDyn(shape)), ..)
}

fn any<T: Element>(tensors: Vec<Tensor<T>>) -> Vec<AnyTensor> {
    tensors.iter().map(Tensor::any).collect()
}

#[test]
fn shapes() {
    let mut rows = vec![
        sized(set("zeros", |graph, n| {
            vec![graph.zeros::<f32>([n as usize]).any()]
        })),
        set("zeros of none", |graph, n| {
            vec![graph.zeros::<f32>([0, n as usize]).any()]
        }),
        set("zeros of none, and more", |graph, n| {
            vec![graph.zeros::<f32>([n as usize, 0, n as usize]).any()]
        }),
        set("zeros of a product", |graph, n| {
            vec![graph.zeros::<f32>([1 << 20, n as usize, 1 << 21]).any()]
        }),
        set("ones of none", |graph, n| {
            vec![graph.ones::<i64>([n as usize, n as usize, 0]).any()]
        }),
        sized(set("eye", |graph, n| {
            vec![graph.eye::<f32>(n as usize).any()]
        })),
        set("eye of no columns", |graph, n| {
            vec![
                graph
                    .eye_with::<f32>(n as usize, tf::Eye::new().num_columns(0))
                    .any(),
            ]
        }),
        set("eye of no rows", |graph, n| {
            vec![
                graph
                    .eye_with::<f32>(0, tf::Eye::new().num_columns(n as usize))
                    .any(),
            ]
        }),
        set("eye in a stack", |graph, n| {
            let options = tf::Eye::new().num_columns(3).batch_shape([n as usize, 0]);
            vec![graph.eye_with::<f32>(2, options).any()]
        }),
        set("placeholder", |graph, n| {
            vec![tf::shape(graph.placeholder_with_default(1.0f32, [n as usize, n as usize])).any()]
        }),
        set("constant", |graph, n| {
            vec![
                graph
                    .constant_with(
                        [1.0f32],
                        tf::Constant::new().shape([n as usize, n as usize, 1 << 20]),
                    )
                    .any(),
            ]
        }),
        set("constant of none", |graph, n| {
            vec![
                graph
                    .constant_with(
                        Vec::<f32>::new(),
                        tf::Constant::new().shape([0, n as usize]),
                    )
                    .any(),
            ]
        }),
        set("get_variable", |graph, n| {
            vec![
                graph
                    .get_variable::<f32>("v", [n as usize, 1 << 41], tf::initializers::zeros())
                    .value()
                    .any(),
            ]
        }),
        set("get_variable of none", |graph, n| {
            vec![
                graph
                    .get_variable::<f32>("v", [n as usize, 0], tf::initializers::xavier())
                    .value()
                    .any(),
            ]
        }),
        set("random_normal", |graph, n| {
            vec![graph.random_normal::<f32>([n as usize, 1 << 41]).any()]
        }),
        set("random_uniform of none", |graph, n| {
            vec![
                graph
                    .random_uniform::<f64>([n as usize, 0, n as usize])
                    .any(),
            ]
        }),
        set("truncated_normal", |graph, n| {
            vec![graph.truncated_normal::<f64>([0, n as usize]).any()]
        }),
        sized(set("dense", |graph, n| {
            vec![tf::layers::dense(graph.ones::<f32>([2, 0]), n as usize).any()]
        })),
    ];
    for lengths in [[1i64 << 20, 1 << 21], [0, 1], [1, 0]] {
        rows.extend(given_long("fill", move |graph, given, n| {
            vec![
                graph
                    .fill(given(&[lengths[0], n, lengths[1]]), 1.5f32)
                    .any(),
            ]
        }));
        rows.extend(given_long("zeros of a tensor", move |_, given, n| {
            vec![tf::zeros::<f32>(given(&[lengths[0], n, lengths[1]])).any()]
        }));
        rows.extend(given_long("random shape", move |graph, given, n| {
            vec![
                graph
                    .random_normal::<f32>(&given(&[lengths[0], n, lengths[1]]))
                    .any(),
            ]
        }));
        rows.extend(given_long("broadcast_to", move |graph, given, n| {
            vec![tf::broadcast_to(floats(graph, &[1]), given(&[lengths[0], n, lengths[1]])).any()]
        }));
        rows.extend(given_long("reshape", move |graph, given, n| {
            let x = floats(graph, &[lengths[0].min(6) as usize]);
            vec![tf::reshape(x, given(&[lengths[0], n, lengths[1]])).any()]
        }));
        rows.extend(given_long("scatter_nd", move |graph, given, n| {
            let indices = graph.constant(ArrayD::<i64>::zeros(IxDyn(&[0, 3])));
            vec![
                tf::scatter_nd(
                    indices,
                    graph.constant(Vec::<f32>::new()),
                    given(&[lengths[0], n, lengths[1]]),
                )
                .any(),
            ]
        }));
    }
    check(rows);
}

#[test]
fn pieces() {
    let mut rows = vec![
        set("unstack", |graph, n| {
            any(tf::unstack_with(
                floats(graph, &[3, 2]),
                tf::Unstack::new().num(n as usize),
            ))
        }),
        set("unstack of a known shape", |graph, n| {
            any(tf::unstack_with(
                graph.zeros::<f32>([3, 2]),
                tf::Unstack::new().num(n as usize),
            ))
        }),
        set("split", |graph, n| {
            any(tf::split(floats(graph, &[6]), n as usize, 0))
        }),
        set("split of a known shape", |graph, n| {
            any(tf::split(graph.zeros::<f32>([6]), n as usize, 0))
        }),
        set("split of none", |graph, n| {
            any(tf::split(graph.zeros::<f32>([0]), n as usize, 0))
        }),
        set("split of none, unknown", |graph, n| {
            any(tf::split(floats(graph, &[0, 2]), n as usize, 0))
        }),
        set("dynamic_partition", |graph, n| {
            any(tf::dynamic_partition(
                floats(graph, &[3]),
                [0, 1, 0],
                n as usize,
            ))
        }),
        set("dynamic_partition of none", |graph, n| {
            any(tf::dynamic_partition(
                graph.zeros::<f32>([0]),
                Vec::<i32>::new(),
                n as usize,
            ))
        }),
        set("space_to_depth", |graph, n| {
            vec![tf::space_to_depth(floats(graph, &[1, 4, 4, 1]), n as usize).any()]
        }),
        set("space_to_depth of none", |graph, n| {
            vec![tf::space_to_depth(graph.zeros::<f32>([1, 0, 4, 1]), n as usize).any()]
        }),
        set("depth_to_space", |graph, n| {
            vec![tf::depth_to_space(floats(graph, &[1, 2, 2, 4]), n as usize).any()]
        }),
        set("depth_to_space of none", |graph, n| {
            vec![tf::depth_to_space(graph.zeros::<f32>([0, 2, 2, 4]), n as usize).any()]
        }),
        set("space_to_batch", |graph, n| {
            let x = floats(graph, &[1, 4, 4, 1]);
            vec![tf::space_to_batch(x, [[0, 0], [0, 0]], n as usize).any()]
        }),
        set("paddings of space_to_batch", |graph, n| {
            let x = floats(graph, &[1, 4, 4, 1]);
            vec![tf::space_to_batch(x, [[0, n], [n, 0]], 2).any()]
        }),
        set("batch_to_space", |graph, n| {
            let x = floats(graph, &[4, 4, 4, 1]);
            vec![tf::batch_to_space(x, [[0, 0], [0, 0]], n as usize).any()]
        }),
        set("crops of batch_to_space", |graph, n| {
            let x = floats(graph, &[4, 4, 4, 1]);
            vec![tf::batch_to_space(x, [[0, n], [n, 0]], 2).any()]
        }),
        set("blocks of none", |graph, n| {
            let x = graph.zeros::<f32>([0, 4, 4]);
            let made = tf::space_to_batch_nd(&x, [n, n], [[0, 0], [0, 0]]);
            vec![
                made.any(),
                tf::batch_to_space_nd(x, [n, n], [[0, 0], [0, 0]]).any(),
            ]
        }),
        set("ksize", |graph, n| {
            let x = floats(graph, &[1, 4, 4, 1]);
            vec![
                tf::nn::max_pool(&x, [n, 2], 1, "SAME").any(),
                tf::nn::avg_pool(&x, [2, n], 1, "SAME").any(),
            ]
        }),
        set("strides of pooling", |graph, n| {
            let x = floats(graph, &[1, 4, 4, 1]);
            vec![
                tf::nn::max_pool(&x, 2, [n, 1], "SAME").any(),
                tf::nn::avg_pool(&x, 2, [1, n], "SAME").any(),
            ]
        }),
        set("ksizes of patches", |graph, n| {
            let x = floats(graph, &[1, 4, 4, 1]);
            vec![tf::extract_image_patches(x, [1, n, 2, 1], [1; 4], [1; 4], "SAME").any()]
        }),
        set("rates of dilation", |graph, n| {
            let (x, filter) = (floats(graph, &[1, 4, 4, 1]), floats(graph, &[2, 2, 1]));
            vec![tf::nn::dilation2d(x, filter, [1; 4], [1, n, 1, 1], "SAME").any()]
        }),
        set("strides of convolutions", |graph, n| {
            let x = floats(graph, &[1, 4, 4, 1]);
            let filter = floats(graph, &[2, 2, 1, 1]);
            vec![
                tf::nn::conv2d(&x, &filter, [n, 1], "SAME").any(),
                tf::nn::depthwise_conv2d(&x, &filter, [1, n], "SAME").any(),
            ]
        }),
        set("dilations", |graph, n| {
            let x = floats(graph, &[1, 4, 4, 1]);
            let filter = floats(graph, &[2, 2, 1, 1]);
            let options = tf::nn::Conv2D::new().dilations([n, 1]);
            vec![tf::nn::conv2d_with(&x, &filter, 1, "SAME", options).any()]
        }),
        set("lrn", |graph, n| {
            let options = tf::nn::LocalResponseNormalization::new().depth_radius(n as usize);
            vec![
                tf::nn::local_response_normalization_with(floats(graph, &[1, 2, 2, 4]), options)
                    .any(),
            ]
        }),
    ];
    rows.extend(given("split sizes", |graph, given, n| {
        any(tf::split(floats(graph, &[6]), given(&[1, n]), 0))
    }));
    check(rows);
}

#[test]
fn axes() {
    let mut rows = vec![
        set("stack", |graph, n| {
            vec![tf::stack([floats(graph, &[2]), floats(graph, &[2])], n as isize).any()]
        }),
        set("unstack along", |graph, n| {
            any(tf::unstack_with(
                floats(graph, &[2, 2]),
                tf::Unstack::new().num(2).axis(n as isize),
            ))
        }),
        set("squeeze", |graph, n| {
            vec![
                tf::squeeze_with(
                    floats(graph, &[1, 1]),
                    tf::Squeeze::new().axis([n as isize]),
                )
                .any(),
            ]
        }),
        set("one_hot along", |graph, n| {
            vec![
                tf::one_hot_with(
                    graph.constant([0, 1]),
                    3,
                    tf::OneHot::<f32>::new().axis(n as isize),
                )
                .any(),
            ]
        }),
        set("softmax along", |graph, n| {
            vec![
                tf::nn::softmax_with(
                    floats(graph, &[2, 2]),
                    tf::nn::Softmax::new().axis(n as isize),
                )
                .any(),
            ]
        }),
        set("boolean_mask along", |graph, n| {
            let options = tf::BooleanMask::new().axis(n as usize);
            vec![tf::boolean_mask_with(graph.zeros::<f32>([2, 2]), [true, false], options).any()]
        }),
        set("gather along", |graph, n| {
            vec![
                tf::gather_with(
                    floats(graph, &[2, 2]),
                    [0],
                    tf::Gather::new().axis(n as isize),
                )
                .any(),
            ]
        }),
        set("reverse_sequence along", |graph, n| {
            let options = tf::ReverseSequence::new().batch_axis(n as usize);
            vec![tf::reverse_sequence_with(floats(graph, &[2, 2]), [1, 2], 1, options).any()]
        }),
        set("norm along", |graph, n| {
            vec![tf::norm_with(floats(graph, &[2, 2]), tf::Norm::new().axis(n as isize)).any()]
        }),
        set("batch_normalization along", |graph, n| {
            let options = tf::layers::BatchNormalization::new().axis(n as isize);
            vec![tf::layers::batch_normalization_with(graph.zeros::<f32>([2, 2]), options).any()]
        }),
        set("reverse_sequence of lengths", |graph, n| {
            vec![tf::reverse_sequence(floats(graph, &[2, 2]), [n, 1], 1).any()]
        }),
        set("strided_slice masks", |graph, n| {
            let options = tf::StridedSlice::new()
                .begin_mask(n as u32)
                .end_mask(n as u32)
                .ellipsis_mask(n as u32);
            let options = options.new_axis_mask(n as u32).shrink_axis_mask(n as u32);
            vec![
                tf::strided_slice_with(floats(graph, &[2, 2]), [0, 0], [1, 1], [1, 1], options)
                    .any(),
            ]
        }),
        set("index", |graph, n| {
            vec![graph.zeros::<f32>([3]).index(n as isize).any()]
        }),
        set("index unknown", |graph, n| {
            vec![floats(graph, &[3]).index(n as isize).any()]
        }),
        set("index from", |graph, n| {
            vec![floats(graph, &[3]).index(n as isize..).any()]
        }),
        set("index to", |graph, n| {
            vec![floats(graph, &[3]).index(..n as isize).any()]
        }),
        set("index by", |graph, n| {
            vec![floats(graph, &[3]).index(tf::step(.., n as isize)).any()]
        }),
    ];
    rows.extend(given("expand_dims", |graph, given, n| {
        vec![tf::expand_dims(floats(graph, &[2]), given(&[n])).any()]
    }));
    rows.extend(given("concat", |graph, given, n| {
        let axis = tf::reshape(given(&[n]), Vec::<i32>::new());
        vec![tf::concat([floats(graph, &[2]), floats(graph, &[2])], axis).any()]
    }));
    rows.extend(given("argmax", |graph, given, n| {
        vec![
            tf::argmax(
                floats(graph, &[2, 2]),
                tf::reshape(given(&[n]), Vec::<i32>::new()),
            )
            .any(),
        ]
    }));
    rows.extend(given("reduce_sum", |graph, given, n| {
        vec![tf::reduce_sum(floats(graph, &[2, 2]), given(&[n, 1])).any()]
    }));
    rows.extend(given("transpose", |graph, given, n| {
        vec![tf::transpose_with(floats(graph, &[2, 2]), given(&[n, 1])).any()]
    }));
    rows.extend(given("roll", |graph, given, n| {
        vec![tf::roll(floats(graph, &[2, 2]), given(&[n, n]), [0, 1]).any()]
    }));
    rows.extend(given("roll along", |graph, given, n| {
        vec![tf::roll(floats(graph, &[2, 2]), [1], given(&[n])).any()]
    }));
    rows.extend(given("reverse", |graph, given, n| {
        vec![tf::reverse(floats(graph, &[2, 2]), given(&[n])).any()]
    }));
    rows.extend(given("cumsum", |graph, _, n| {
        vec![tf::cumsum_with(floats(graph, &[2, 2]), tf::Cumsum::new().axis(n as i32)).any()]
    }));
    rows.extend(given_long("matrix_band_part", |graph, given, n| {
        let band = given(&[n]).index(0);
        vec![tf::matrix_band_part(floats(graph, &[2, 3]), &band, &band).any()]
    }));
    check(rows);
}

#[test]
fn counts() {
    let mut rows = Vec::new();
    rows.extend(all_sized(given("one_hot", |_, given, n| {
        vec![tf::one_hot(given(&[0, 1]), given(&[n]).index(0)).any()]
    })));
    rows.extend(given("one_hot of none", |graph, given, n| {
        vec![tf::one_hot(graph.constant(Vec::<i32>::new()), given(&[n]).index(0)).any()]
    }));
    rows.extend(given("top_k", |graph, given, n| {
        let (values, places) = tf::nn::top_k(floats(graph, &[2, 3]), given(&[n]).index(0));
        vec![values.any(), places.any()]
    }));
    rows.extend(given("in_top_k", |graph, given, n| {
        vec![tf::nn::in_top_k(floats(graph, &[2, 3]), [0, 1], given(&[n]).index(0)).any()]
    }));
    rows.extend(given("in_top_k of targets", |graph, given, n| {
        vec![tf::nn::in_top_k(floats(graph, &[2, 3]), given(&[n, 0]), 1).any()]
    }));
    rows.extend(all_sized(given("range", |_, given, n| {
        vec![tf::range(0, given(&[n]).index(0), 1).any()]
    })));
    rows.extend(all_sized(given_long("range of long", |_, given, n| {
        vec![tf::range(0, given(&[n]).index(0), 1).any()]
    })));
    rows.extend(all_sized(given_long("range to an end", |_, given, n| {
        let n = given(&[n]).index(0);
        vec![
            tf::range(i64::MIN, i64::MAX, &n).any(),
            tf::range(&n, i64::MAX, i64::MAX).any(),
            tf::range(&n, i64::MIN, i64::MIN).any(),
        ]
    })));
    rows.extend(given("tile", |graph, given, n| {
        vec![
            tf::tile(
                floats(graph, &[1, 1, 1]),
                given(&[n, i64::from(i32::MAX), 1 << 12]),
            )
            .any(),
        ]
    }));
    rows.extend(given_long("tile of none", |graph, given, n| {
        vec![tf::tile(floats(graph, &[0, 3]), given(&[n, n])).any()]
    }));
    rows.extend(all_sized(given("linspace", |graph, given, n| {
        vec![graph.linspace(0.0f32, 1.0, given(&[n]).index(0)).any()]
    })));
    rows.extend(given_long("pad", |graph, given, n| {
        let paddings = tf::reshape(given(&[n, n, 1 << 20, 1 << 20, 1 << 20, 1]), [3, 2]);
        vec![tf::pad(floats(graph, &[1, 1, 1]), paddings).any()]
    }));
    rows.extend(given_long("pad of none", |graph, given, n| {
        vec![
            tf::pad(
                floats(graph, &[2, 0]),
                tf::reshape(given(&[n, n, 0, 0]), [2, 2]),
            )
            .any(),
        ]
    }));
    rows.extend(given_long("mirror pad", |graph, given, n| {
        vec![
            tf::pad_with(
                floats(graph, &[2]),
                tf::reshape(given(&[n, n]), [1, 2]),
                tf::Pad::new().symmetric(),
            )
            .any(),
        ]
    }));
    rows.extend(
        given("unsorted_segment_sum", |graph, given, n| {
            vec![
                tf::unsorted_segment_sum(
                    graph.zeros::<f32>([0, 1 << 12]),
                    Vec::<i32>::new(),
                    given(&[n]).index(0),
                )
                .any(),
            ]
        })
        .into_iter()
        .map(sized),
    );
    rows.extend(given("unsorted_segment_max of ids", |graph, given, n| {
        vec![tf::unsorted_segment_max(floats(graph, &[2]), given(&[n, 0]), 3).any()]
    }));
    rows.extend(
        given_long("segment_sum of ids", |graph, given, n| {
            vec![tf::segment_sum(floats(graph, &[2, 1 << 12]), given(&[0, n])).any()]
        })
        .into_iter()
        .map(sized),
    );
    rows.extend(all_sized(given("multinomial", |graph, given, n| {
        vec![tf::multinomial(floats(graph, &[2, 3]), given(&[n]).index(0)).any()]
    })));
    rows.extend(given("multinomial of none", |graph, given, n| {
        vec![tf::multinomial(floats(graph, &[0, 3]), given(&[n]).index(0)).any()]
    }));
    rows.extend(all_sized(given("bincount", |_, given, n| {
        vec![tf::bincount(given(&[n, 0])).any()]
    })));
    rows.push(sized(set("bincount of lengths", |graph, n| {
        let options = tf::Bincount::new().minlength(n as i32).maxlength(n as i32);
        vec![tf::bincount_with(graph.constant([1, 2]), options).any()]
    })));
    rows.extend(all_sized(given("sequence_mask", |_, given, n| {
        vec![tf::sequence_mask(given(&[n, 0])).any()]
    })));
    rows.push(sized(set("sequence_mask of maxlen", |graph, n| {
        vec![
            tf::sequence_mask_with(
                graph.constant([1, 2]),
                tf::SequenceMask::new().maxlen(n as i32),
            )
            .any(),
        ]
    })));
    rows.extend(
        given("confusion_matrix", |_, given, n| {
            vec![tf::confusion_matrix(given(&[n, 0]), given(&[0, n])).any()]
        })
        .into_iter()
        .map(sized),
    );
    rows.push(sized(set("confusion_matrix of classes", |graph, n| {
        let options = tf::ConfusionMatrix::new().num_classes(n as i32);
        vec![
            tf::confusion_matrix_with(graph.constant([1, 2]), graph.constant([1, 2]), options)
                .any(),
        ]
    })));
    rows.extend(all_sized(given_long("slice", |graph, given, n| {
        vec![tf::slice(floats(graph, &[3]), given(&[n]), given(&[n])).any()]
    })));
    rows.extend(all_sized(given_long("slice from 1", |graph, given, n| {
        vec![tf::slice(floats(graph, &[3]), given(&[1]), given(&[n])).any()]
    })));
    rows.extend(given_long("strided_slice", |graph, given, n| {
        let n = given(&[n]);
        let x = floats(graph, &[3]);
        vec![
            tf::strided_slice(&x, &n, &n, &n).any(),
            tf::strided_slice(&x, [0], [3], &n).any(),
            tf::strided_slice(&x, [2], &n, [-1]).any(),
            tf::strided_slice(&x, &n, [-4], [-1]).any(),
        ]
    }));
    rows.extend(given_long("gather", |graph, given, n| {
        vec![tf::gather(floats(graph, &[3]), given(&[n])).any()]
    }));
    rows.extend(given_long("gather_nd", |graph, given, n| {
        vec![tf::gather_nd(floats(graph, &[3]), tf::reshape(given(&[n]), [1, 1])).any()]
    }));
    rows.extend(given_long("scatter_nd of places", |graph, given, n| {
        vec![
            tf::scatter_nd(
                tf::reshape(given(&[n]), [1, 1]),
                floats(graph, &[1]),
                given(&[3]),
            )
            .any(),
        ]
    }));
    rows.extend(given_long("scatter_add", |graph, given, n| {
        vec![tf::scatter_add(graph.variable(arr1(&[1.0f32, 2.0])), given(&[n]), 1.0f32).any()]
    }));
    rows.extend(
        given("dynamic_stitch", |graph, given, n| {
            vec![tf::dynamic_stitch([given(&[n])], [floats(graph, &[1, 1 << 12])]).any()]
        })
        .into_iter()
        .map(sized),
    );
    rows.extend(given("dynamic_partition of numbers", |graph, given, n| {
        any(tf::dynamic_partition(
            floats(graph, &[2]),
            given(&[n, 0]),
            2,
        ))
    }));
    rows.extend(given_long("invert_permutation", |_, given, n| {
        vec![tf::invert_permutation(given(&[n, 0])).any()]
    }));
    rows.extend(all_sized(given("random_crop", |graph, given, n| {
        vec![tf::random_crop(floats(graph, &[3]), given(&[n])).any()]
    })));
    rows.extend(given_long(
        "random_uniform of integers",
        |graph, given, n| {
            let n = given(&[n]).index(0);
            let up_to = |low: i64| {
                graph
                    .random_uniform_with::<i64>(
                        [2],
                        tf::RandomUniform::new().minval(low).maxval(&n),
                    )
                    .any()
            };
            vec![up_to(0), up_to(i64::MIN), up_to(-1)]
        },
    ));
    rows.extend(given_long("labels", |graph, given, n| {
        vec![
            tf::nn::sparse_softmax_cross_entropy_with_logits(
                given(&[n, 0]),
                floats(graph, &[2, 3]),
            )
            .any(),
        ]
    }));
    rows.extend(given_long("integers", |graph, given, n| {
        let x = given(&[n, n]);
        let y = graph.constant(arr2(&[[0i64, -1], [1, i64::MIN]]));
        vec![
            (&x + &y).any(),
            (&x * &y).any(),
            tf::floordiv(&x, &y).any(),
            tf::abs(&x).any(),
            tf::reduce_prod(&x, ..).any(),
            tf::reduce_mean(&x, ..).any(),
        ]
    }));
    rows.extend(given_long("powers", |graph, given, n| {
        vec![
            tf::pow(graph.constant(arr0(3i64)), given(&[n])).any(),
            tf::pow(given(&[n]), 3i64).any(),
        ]
    }));
    rows.push(set("seed", |graph, n| {
        graph.set_random_seed(n);
        let options = tf::RandomNormal::new().seed(n);
        vec![graph.random_normal_with::<f32>([2], options).any()]
    }));
    rows.push(set("output", |graph, n| {
        vec![graph.zeros::<f32>([1]).op().output::<f32>(n as usize).any()]
    }));
    check(rows);
}
