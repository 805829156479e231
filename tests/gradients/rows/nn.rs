//! Activations, softmax, cross entropies, normalization, dropout.

use ndarray::{ArrayD, IxDyn};
use tf1 as tf;
use tf1::Axes;
use tf1::Tensor;
use tf1::nn::{
    BiasAdd, CRelu, Dropout, FusedBatchNorm, Keep, L2Normalize, LeakyRelu,
    LocalResponseNormalization, Softmax, SoftmaxCrossEntropyWithLogits,
    SoftmaxCrossEntropyWithLogitsV2,
};

use super::{Row, between, first_only, mixed, others, random, row};

pub fn rows() -> Vec<Row> {
    [
        activations(),
        softmaxes(),
        cross_entropies(),
        cross_entropies_over_axes(),
        biases(),
        layers(),
        normalizations(),
        dropouts(),
        local_responses(),
        pools(),
        volumes(),
        windows(),
        batches(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn activations() -> Vec<Row> {
    type Unary = fn(&Tensor<f64>) -> Tensor<f64>;
    let all: [(&'static [&'static str], Unary); 9] = [
        (&["Relu", "ReluGrad"], |x| tf::nn::relu(x)),
        (&["Relu6", "Relu6Grad"], |x| tf::nn::relu6(4.0 * x)),
        (&["LeakyRelu", "LeakyReluGrad"], |x| tf::nn::leaky_relu(x)),
        (&["Elu", "EluGrad"], |x| tf::nn::elu(x)),
        (&["Selu", "SeluGrad"], |x| tf::nn::selu(x)),
        (&["Softplus"], |x| tf::nn::softplus(x)),
        (&["IdentityN"], |x| tf::nn::swish(x)),
        (&["L2Loss"], |x| tf::nn::l2_loss(x)),
        (&["Relu", "Neg"], |x| tf::nn::crelu(tf::reshape(x, [2, 3]))),
    ];
    let mut rows: Vec<Row> = all
        .into_iter()
        .map(|(ops, f)| {
            let name = format!("{} squared", ops.join(", "));
            row(name, ops, vec![mixed(&[2, 3])], move |x| {
                tf::square(f(&x[0]))
            })
        })
        .collect();
    rows.push(row(
        "leaky_relu 0.4",
        &["LeakyRelu"],
        vec![mixed(&[2, 3])],
        |x| tf::square(tf::nn::leaky_relu_with(&x[0], LeakyRelu::new().alpha(0.4))),
    ));
    for axis in [0, 1, -2] {
        let name = format!("crelu {axis}");
        rows.push(row(name, &["Relu"], vec![mixed(&[2, 3])], move |x| {
            let options = CRelu::new().axis(axis);
            tf::square(tf::nn::crelu_with(tf::reshape(&x[0], [2, 3]), options))
        }));
    }
    // TensorFlow has no gradient of SoftsignGrad.
    rows.push(first_only(row(
        "softsign",
        &["Softsign"],
        vec![mixed(&[2, 3])],
        |x| tf::nn::softsign(&x[0]),
    )));
    rows
}

fn softmaxes() -> Vec<Row> {
    let mut rows = Vec::new();
    for axis in [0, 1, 2, -1, -2, -3] {
        // Where the rank is unknown, softmax takes the last axis only.
        let name = format!("softmax {axis}");
        rows.push(row(name, &["Softmax"], vec![mixed(&[2, 3, 2])], move |x| {
            tf::nn::softmax_with(tf::reshape(&x[0], [2, 3, 2]), Softmax::new().axis(axis))
        }));
        let name = format!("log_softmax {axis}");
        rows.push(row(
            name,
            &["LogSoftmax"],
            vec![mixed(&[2, 3, 2])],
            move |x| {
                tf::nn::log_softmax_with(tf::reshape(&x[0], [2, 3, 2]), Softmax::new().axis(axis))
            },
        ));
    }
    for shape in [&[3][..], &[2, 3]] {
        let name = format!("softmax of {shape:?}");
        rows.push(row(name, &["Softmax"], vec![mixed(shape)], |x| {
            tf::nn::softmax(&x[0])
        }));
        let name = format!("log_softmax of {shape:?}");
        rows.push(row(name, &["LogSoftmax"], vec![mixed(shape)], |x| {
            tf::nn::log_softmax(&x[0])
        }));
    }
    rows
}

/// Positive numbers that add up to 1 along the last axis.
fn probabilities(shape: &[usize]) -> ArrayD<f64> {
    let mut result = between(0.2, 1.0, shape);
    for mut lane in result.rows_mut() {
        let sum = lane.sum();
        lane.mapv_inplace(|x| x / sum);
    }
    result
}

fn cross_entropies() -> Vec<Row> {
    let ops = &["SoftmaxCrossEntropyWithLogits"];
    let labels = probabilities(&[2, 3]);
    let logits = || mixed(&[2, 3]);
    vec![
        row("softmax cross entropy", ops, vec![logits()], move |x| {
            let labels = x[0].graph().constant(&labels);
            tf::square(tf::nn::softmax_cross_entropy_with_logits_v2(
                tf::nn::Labels(labels),
                tf::nn::Logits(&x[0]),
            ))
        }),
        // TensorFlow's gradient for the logits does not pass on what depends on the labels.
        first_only(row(
            "softmax cross entropy of labels",
            ops,
            vec![probabilities(&[2, 3]), logits()],
            |x| {
                tf::square(tf::nn::softmax_cross_entropy_with_logits_v2(
                    tf::nn::Labels(&x[0]),
                    tf::nn::Logits(&x[1]),
                ))
            },
        )),
        // TensorFlow prevents the second derivative.
        first_only(row(
            "sparse softmax cross entropy",
            &["SparseSoftmaxCrossEntropyWithLogits"],
            vec![logits()],
            |x| {
                let logits = tf::reshape(&x[0], [2, 3]);
                let losses = tf::nn::sparse_softmax_cross_entropy_with_logits([2, 0], logits);
                tf::square(losses)
            },
        )),
        first_only(row(
            // Losses are computed in f32, too roughly for differences; those of a single class
            // are 0. tests/unknown_shapes has others.
            "an axis too many that only a run finds",
            &["SqueezeLast"],
            vec![mixed(&[2, 1, 1])],
            |x| {
                let all = x[0].graph().constant([true; 3]);
                let lengths = tf::boolean_mask([2, 1, 1], all);
                let logits = tf::reshape(&x[0], lengths);
                tf::losses::sparse_softmax_cross_entropy([0, 0], logits)
            },
        )),
        first_only(row(
            "sparse softmax cross entropy of rank 3",
            &["SparseSoftmaxCrossEntropyWithLogits"],
            vec![mixed(&[2, 2, 3])],
            |x| {
                let logits = tf::reshape(&x[0], [2, 2, 3]);
                let labels = [[2i64, 0], [1, 1]];
                tf::square(tf::nn::sparse_softmax_cross_entropy_with_logits(
                    labels, logits,
                ))
            },
        )),
        row(
            "sigmoid cross entropy",
            &["Select", "Log1p"],
            vec![between(0.1, 0.9, &[2, 3]), logits()],
            |x| {
                tf::nn::sigmoid_cross_entropy_with_logits(
                    tf::nn::Labels(&x[0]),
                    tf::nn::Logits(&x[1]),
                )
            },
        ),
        row(
            "weighted cross entropy",
            &["Relu", "Log1p"],
            vec![between(0.1, 0.9, &[2, 3]), logits()],
            |x| {
                tf::nn::weighted_cross_entropy_with_logits(
                    tf::nn::Labels(&x[0]),
                    tf::nn::Logits(&x[1]),
                    2.5,
                )
            },
        ),
        row(
            "weighted cross entropy with weights in a tensor",
            &["Relu", "Log1p"],
            vec![
                between(0.1, 0.9, &[2, 3]),
                logits(),
                between(0.5, 3.0, &[3]),
            ],
            |x| {
                tf::nn::weighted_cross_entropy_with_logits(
                    tf::nn::Labels(&x[0]),
                    tf::nn::Logits(&x[1]),
                    &x[2],
                )
            },
        ),
    ]
}

fn cross_entropies_over_axes() -> Vec<Row> {
    let ops = &["SoftmaxCrossEntropyWithLogits"];
    let mut rows = Vec::new();
    // Of negative axes TensorFlow takes the last only.
    for axis in [0isize, 1, 2, -1] {
        // The labels' axis of probabilities is moved to where the classes are.
        let labels = move |graph: &tf::Graph| {
            let last = graph.constant(probabilities(&[2, 2, 2]));
            match axis.rem_euclid(3) {
                0 => tf::transpose_with(last, tf::Transpose::new().perm([2, 0, 1])),
                1 => tf::transpose_with(last, tf::Transpose::new().perm([0, 2, 1])),
                _ => last,
            }
        };
        let name = format!("softmax cross entropy v2 {axis}");
        rows.push(row(name, ops, vec![mixed(&[2, 2, 2])], move |x| {
            let options = SoftmaxCrossEntropyWithLogitsV2::new().axis(axis);
            let logits = tf::reshape(&x[0], [2, 2, 2]);
            let labels = labels(x[0].graph());
            tf::nn::softmax_cross_entropy_with_logits_v2_with(
                tf::nn::Labels(labels),
                tf::nn::Logits(logits),
                options,
            )
        }));
        let name = format!("softmax cross entropy v1 {axis}");
        rows.push(row(name, ops, vec![mixed(&[2, 2, 2])], move |x| {
            let options = SoftmaxCrossEntropyWithLogits::new().dim(axis);
            let logits = tf::reshape(&x[0], [2, 2, 2]);
            let labels = labels(x[0].graph());
            tf::nn::softmax_cross_entropy_with_logits_with(
                tf::nn::Labels(labels),
                tf::nn::Logits(logits),
                options,
            )
        }));
    }
    rows
}

fn biases() -> Vec<Row> {
    let ops = &["BiasAdd", "BiasAddGrad"];
    let mut rows = Vec::new();
    for (value, bias, options) in [
        (&[2, 3][..], &[3][..], BiasAdd::new()),
        (&[2, 2, 3], &[3], BiasAdd::new()),
        (&[2, 3, 2], &[3], BiasAdd::new().channels_first()),
        (&[2, 3, 2, 2], &[3], BiasAdd::new().channels_first()),
    ] {
        let name = format!("bias_add {value:?} {options:?}");
        rows.push(row(name, ops, vec![mixed(value), others(bias)], move |x| {
            tf::square(tf::nn::bias_add_with(&x[0], &x[1], options))
        }));
    }
    rows
}

fn layers() -> Vec<Row> {
    let inputs = || vec![mixed(&[2, 3]), others(&[3, 2]), mixed(&[2])];
    vec![
        row("xw_plus_b", &["MatMul", "BiasAdd"], inputs(), |x| {
            let (a, w) = (tf::reshape(&x[0], [2, 3]), tf::reshape(&x[1], [3, 2]));
            tf::square(tf::nn::xw_plus_b(a, w, &x[2]))
        }),
        row(
            "relu_layer",
            &["MatMul", "BiasAdd", "Relu"],
            inputs(),
            |x| {
                let (a, w) = (tf::reshape(&x[0], [2, 3]), tf::reshape(&x[1], [3, 2]));
                tf::square(tf::nn::relu_layer(a, w, &x[2]))
            },
        ),
    ]
}

fn normalizations() -> Vec<Row> {
    let mut rows = Vec::new();
    for axes in [vec![0], vec![1], vec![-1], vec![0, 1]] {
        let over = axes.clone();
        let name = format!("l2_normalize over {axes:?}");
        rows.push(row(name, &["Rsqrt"], vec![mixed(&[2, 3])], move |x| {
            tf::nn::l2_normalize(&x[0], over.clone())
        }));
        // Whether the sum of squares or epsilon is the larger one.
        for epsilon in [0.01, 100.0] {
            let over = axes.clone();
            let name = format!("l2_normalize over {axes:?} epsilon {epsilon}");
            let ops = &["Rsqrt", "Maximum"];
            rows.push(row(name, ops, vec![mixed(&[2, 3])], move |x| {
                let options = L2Normalize::new().epsilon(epsilon);
                tf::square(tf::nn::l2_normalize_with(&x[0], over.clone(), options))
            }));
        }
        for keepdims in [false, true] {
            let mut over = Axes::from(axes.clone());
            if keepdims {
                over = over.keepdims();
            }
            let name = format!("moments over {axes:?} keepdims {keepdims}");
            let ops = &["SquaredDifference", "Mean"];
            // The variance stops the gradient through the mean, which is right for first
            // derivatives only; as TensorFlow's.
            rows.push(first_only(row(name, ops, vec![mixed(&[2, 3])], move |x| {
                let (mean, variance) = tf::nn::moments(&x[0], over.clone());
                tf::square(mean) * variance
            })));
        }
    }
    for epsilon in [1e-3, 0.5] {
        let name = format!("batch_normalization of channels first, epsilon {epsilon}");
        let vector = &[3, 1][..];
        let inputs = vec![mixed(&[2, 3, 2]), others(vector), between(0.4, 2.0, vector)];
        rows.push(row(name, &["Rsqrt"], inputs, move |x| {
            let (offset, scale) = (tf::exp(&x[1]), tf::exp(&x[2]));
            tf::square(tf::nn::batch_normalization(
                &x[0],
                &x[1],
                &x[2],
                Some(&offset),
                Some(&scale),
                epsilon,
            ))
        }));
    }
    for (offset, scale) in [(true, true), (true, false), (false, true), (false, false)] {
        let inputs = || {
            let positive = || between(0.4, 2.0, &[3]);
            vec![
                mixed(&[2, 3]),
                others(&[3]),
                positive(),
                others(&[3]),
                positive(),
            ]
        };
        let normalized = move |x: &[Tensor<f64>], mean: &Tensor<f64>, variance: &Tensor<f64>| {
            let (offset, scale) = (offset.then_some(&x[1]), scale.then_some(&x[2]));
            tf::square(tf::nn::batch_normalization(
                &x[0], mean, variance, offset, scale, 1e-3,
            ))
        };
        let name = format!("batch_normalization offset {offset} scale {scale}");
        rows.push(row(name, &["Rsqrt"], inputs(), move |x| {
            normalized(x, &x[3], &x[4])
        }));
        let name = format!("batch_normalization by moments offset {offset} scale {scale}");
        rows.push(first_only(row(name, &["Rsqrt"], inputs(), move |x| {
            let (mean, variance) = tf::nn::moments(&x[0], 0);
            normalized(x, &mean, &variance)
        })));
    }
    rows
}

fn dropouts() -> Vec<Row> {
    let mut rows = Vec::new();
    for (called, noise) in [("all", None), ("rows", Some([3, 1]))] {
        let ops = &["RandomUniform", "GreaterEqual"];
        let name = format!("dropout of {called}");
        rows.push(random(row(name, ops, vec![mixed(&[3, 4])], move |x| {
            let mut options = Dropout::new().seed(7);
            if let Some(noise) = noise {
                options = options.noise_shape(noise);
            }
            tf::square(tf::nn::dropout_with(&x[0], 0.6, options))
        })));
    }
    let ops = &["RandomUniform", "GreaterEqual"];
    rows.push(random(row(
        "dropout by rate",
        ops,
        vec![mixed(&[3, 4])],
        |x| {
            let options = Dropout::new().seed(8);
            tf::square(tf::nn::dropout_with(&x[0], Keep::rate(0.3), options))
        },
    )));
    rows
}

/// Numbers no two of which are alike, as the largest must be told from the others.
fn unlike(shape: &[usize]) -> ArrayD<f64> {
    let count: usize = shape.iter().product();
    let mut next = 0;
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        next += 1;
        ((next * 37) % (2 * count + 1)) as f64 * 0.11 - 1.5
    })
}

/// The function of some numbers in a tensor of this shape.
fn pool_row(
    name: String,
    ops: &'static [&'static str],
    shape: &'static [i32],
    build: impl Fn(&Tensor<f64>) -> Tensor<f64> + Send + Sync + 'static,
) -> Row {
    let lengths: Vec<usize> = shape.iter().map(|&length| length as usize).collect();
    row(name, ops, vec![unlike(&lengths)], move |x| {
        tf::square(build(&tf::reshape(&x[0], shape)))
    })
}

fn pools() -> Vec<Row> {
    use tf::nn::{self, Padding};
    let mut rows = Vec::new();
    for padding in [Padding::Same, Padding::Valid] {
        for (ksize, strides) in [([2, 2], [2, 2]), ([3, 2], [1, 2]), ([2, 3], [2, 1])] {
            for layout in ["NHWC", "NCHW"] {
                let shape: &[i32] = match layout {
                    "NHWC" => &[2, 3, 4, 2],
                    _ => &[2, 2, 3, 4],
                };
                let name = |of: &str| format!("{of} {ksize:?} {strides:?} {padding:?} {layout}");
                let (pad, ops) = (
                    padding.clone(),
                    &["MaxPool", "MaxPoolGrad", "MaxPoolGradGrad"],
                );
                rows.push(pool_row(name("max_pool"), ops, shape, move |x| {
                    nn::max_pool_with(x, ksize, strides, pad.clone(), layout)
                }));
                let (pad, ops) = (padding.clone(), &["AvgPool", "AvgPoolGrad"]);
                rows.push(pool_row(name("avg_pool"), ops, shape, move |x| {
                    nn::avg_pool_with(x, ksize, strides, pad.clone(), layout)
                }));
            }
        }
        for layout in ["NWC", "NCW"] {
            let (pad, name) = (padding.clone(), format!("max_pool1d {padding:?} {layout}"));
            rows.push(pool_row(name, &["MaxPool"], &[2, 3, 4], move |x| {
                nn::max_pool1d_with(x, 2, 1, pad.clone(), layout)
            }));
            let (pad, name) = (padding.clone(), format!("avg_pool1d {padding:?} {layout}"));
            rows.push(pool_row(name, &["AvgPool"], &[2, 3, 4], move |x| {
                nn::avg_pool1d_with(x, 2, 2, pad.clone(), layout)
            }));
        }
        // TensorFlow has no second derivative of this.
        let (pad, name) = (padding.clone(), format!("max_pool_with_argmax {padding:?}"));
        let ops = &["MaxPoolWithArgmax"];
        for included in [false, true] {
            let (pad, options) = (pad.clone(), nn::MaxPoolWithArgmax::new());
            let options = options.include_batch_in_index(included);
            let name = format!("{name} {included}");
            rows.push(first_only(pool_row(name, ops, &[2, 3, 4, 2], move |x| {
                nn::max_pool_with_argmax_with(x, 2, [2, 1], pad.clone(), options).0
            })));
        }
    }
    let dilated = nn::Pool::new().dilation_rate([2, 1]);
    rows.push(pool_row(
        "pool".to_string(),
        &["MaxPool"],
        &[1, 5, 3, 2],
        move |x| nn::pool_with(x, [2, 2], "MAX", "VALID", dilated.clone()),
    ));
    rows
}

/// Of fractional pooling and dilation TensorFlow has no second derivatives.
fn windows() -> Vec<Row> {
    use tf::nn::{self, Padding};
    let mut rows = Vec::new();
    for pseudo_random in [false, true] {
        for overlapping in [false, true] {
            let options = nn::FractionalMaxPool::new().pseudo_random(pseudo_random);
            let options = options.overlapping(overlapping).deterministic(true).seed(3);
            let (name, ratio) = (format!("{options:?}"), [1.0, 1.5, 1.3, 1.0]);
            let max = pool_row(
                format!("max {name}"),
                &["FractionalMaxPool"],
                &[2, 5, 4, 2],
                move |x| nn::fractional_max_pool_with(x, ratio, options).0,
            );
            let mean = pool_row(
                format!("mean {name}"),
                &["FractionalAvgPool"],
                &[2, 5, 4, 2],
                move |x| nn::fractional_avg_pool_with(x, ratio, options).0,
            );
            rows.extend([first_only(max), first_only(mean)]);
        }
    }
    for padding in [Padding::Same, Padding::Valid] {
        for (strides, rates) in [([1, 1, 1, 1], [1, 1, 1, 1]), ([1, 2, 1, 1], [1, 1, 2, 1])] {
            let inputs = || vec![unlike(&[2, 4, 4, 2]), others(&[2, 2, 2])];
            let (pad, name) = (
                padding.clone(),
                format!("dilation2d {padding:?} {strides:?} {rates:?}"),
            );
            rows.push(first_only(row(name, &["Dilation2D"], inputs(), move |x| {
                let pictures = tf::reshape(&x[0], [2, 4, 4, 2]);
                let filter = tf::reshape(&x[1], [2, 2, 2]);
                tf::square(nn::dilation2d(
                    pictures,
                    filter,
                    strides,
                    rates,
                    pad.clone(),
                ))
            })));
            let (pad, name) = (
                padding.clone(),
                format!("erosion2d {padding:?} {strides:?} {rates:?}"),
            );
            rows.push(first_only(row(name, &["Dilation2D"], inputs(), move |x| {
                let pictures = tf::reshape(&x[0], [2, 4, 4, 2]);
                let kernel = tf::reshape(&x[1], [2, 2, 2]);
                tf::square(nn::erosion2d(pictures, kernel, strides, rates, pad.clone()))
            })));
            let (pad, name) = (
                padding.clone(),
                format!("patches {padding:?} {strides:?} {rates:?}"),
            );
            rows.push(pool_row(
                name,
                &["ExtractImagePatches"],
                &[2, 4, 4, 2],
                move |x| tf::extract_image_patches(x, [1, 2, 2, 1], strides, rates, pad.clone()),
            ));
        }
        let (pad, name) = (padding.clone(), format!("patches of volumes {padding:?}"));
        rows.push(pool_row(
            name,
            &["ExtractVolumePatches"],
            &[2, 3, 2, 2, 2],
            move |x| tf::extract_volume_patches(x, [1, 2, 1, 2, 1], [1, 1, 2, 1, 1], pad.clone()),
        ));
    }
    rows
}

fn volumes() -> Vec<Row> {
    use tf::nn::{self, Padding};
    let mut rows = Vec::new();
    for padding in [Padding::Same, Padding::Valid] {
        for layout in ["NDHWC", "NCDHW"] {
            let shape: &[i32] = match layout {
                "NDHWC" => &[1, 3, 2, 3, 2],
                _ => &[1, 2, 3, 2, 3],
            };
            let ops = &["MaxPool3D", "MaxPool3DGrad", "MaxPool3DGradGrad"];
            let (pad, name) = (padding.clone(), format!("max_pool3d {padding:?} {layout}"));
            rows.push(pool_row(name, ops, shape, move |x| {
                nn::max_pool3d_with(x, 2, [1, 2, 1], pad.clone(), layout)
            }));
            let ops = &["AvgPool3D", "AvgPool3DGrad"];
            let (pad, name) = (padding.clone(), format!("avg_pool3d {padding:?} {layout}"));
            rows.push(pool_row(name, ops, shape, move |x| {
                nn::avg_pool3d_with(x, 2, [2, 1, 2], pad.clone(), layout)
            }));
        }
    }
    rows
}

/// Of local response and fused batch normalization TensorFlow has no second derivative either.
fn local_responses() -> Vec<Row> {
    let standard = LocalResponseNormalization::new;
    let all = [
        standard(),
        standard().depth_radius(1),
        standard().depth_radius(0),
        standard().bias(2.0),
        standard().alpha(0.3),
        standard().beta(0.75),
        standard().depth_radius(2).bias(0.5).alpha(2.0).beta(1.5),
    ];
    let of = |options: LocalResponseNormalization| {
        let name = format!("{options:?}");
        first_only(row(name, &["LRN"], vec![mixed(&[1, 2, 2, 4])], move |x| {
            let x = tf::reshape(&x[0], [1, 2, 2, 4]);
            tf::nn::local_response_normalization_with(x, options)
        }))
    };
    all.into_iter().map(of).collect()
}

fn batches() -> Vec<Row> {
    let ops = &["FusedBatchNormV3", "FusedBatchNormGradV3"];
    let mut rows = Vec::new();
    for channels_first in [false, true] {
        let (shape, lengths) = match channels_first {
            false => ([2, 2, 2, 3], [2i32, 2, 2, 3]),
            true => ([2, 3, 2, 2], [2, 3, 2, 2]),
        };
        for epsilon in [None, Some(0.2)] {
            for inference in [false, true] {
                let options = move |graph: &tf::Graph| {
                    let mut options = FusedBatchNorm::new();
                    if channels_first {
                        options = options.channels_first();
                    }
                    if let Some(epsilon) = epsilon {
                        options = options.epsilon(epsilon);
                    }
                    if inference {
                        let mean = graph.constant(others(&[3]));
                        let variance = graph.constant(between(0.5, 2.0, &[3]));
                        options = options.inference(&mean, &variance);
                    }
                    options
                };
                let name = format!(
                    "fused_batch_norm channels first {channels_first} epsilon {epsilon:?} inference {inference}"
                );
                let inputs = vec![mixed(&shape), between(0.5, 1.5, &[3]), mixed(&[3])];
                rows.push(row(name, ops, inputs, move |x| {
                    let images = tf::reshape(&x[0], lengths);
                    let options = options(x[0].graph());
                    tf::square(tf::nn::fused_batch_norm_with(images, &x[1], &x[2], options).0)
                }));
            }
        }
    }
    rows
}
