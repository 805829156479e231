//! Activations, softmax, cross entropies, normalization, dropout.

use ndarray::ArrayD;
use tf1 as tf;
use tf1::Tensor;
use tf1::nn::{
    BiasAdd, Dropout, LeakyRelu, Softmax, SoftmaxCrossEntropyWithLogits,
    SoftmaxCrossEntropyWithLogitsV2,
};

use super::{between, first_only, mixed, others, random, row};
use crate::check::Row;

pub fn rows() -> Vec<Row> {
    [
        activations(),
        softmaxes(),
        cross_entropies(),
        cross_entropies_over_axes(),
        biases(),
        normalizations(),
        dropouts(),
        images(),
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
            tf::square(tf::nn::softmax_cross_entropy_with_logits_v2(labels, &x[0]))
        }),
        // TensorFlow's gradient for the logits does not pass on what depends on the labels.
        first_only(row(
            "softmax cross entropy of labels",
            ops,
            vec![probabilities(&[2, 3]), logits()],
            |x| tf::square(tf::nn::softmax_cross_entropy_with_logits_v2(&x[0], &x[1])),
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
            "sparse softmax cross entropy of rank 3",
            &["SparseSoftmaxCrossEntropyWithLogits"],
            vec![mixed(&[2, 2, 3])],
            |x| {
                let logits = tf::reshape(&x[0], [2, 2, 3]);
                let labels = [[2, 0], [1, 1]];
                tf::square(tf::nn::sparse_softmax_cross_entropy_with_logits(
                    labels, logits,
                ))
            },
        )),
        row(
            "sigmoid cross entropy",
            &["Select", "Log1p"],
            vec![between(0.1, 0.9, &[2, 3]), logits()],
            |x| tf::nn::sigmoid_cross_entropy_with_logits(&x[0], &x[1]),
        ),
        row(
            "weighted cross entropy",
            &["Relu", "Log1p"],
            vec![between(0.1, 0.9, &[2, 3]), logits()],
            |x| tf::nn::weighted_cross_entropy_with_logits(&x[0], &x[1], 2.5),
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
            tf::nn::softmax_cross_entropy_with_logits_v2_with(labels, logits, options)
        }));
        let name = format!("softmax cross entropy v1 {axis}");
        rows.push(row(name, ops, vec![mixed(&[2, 2, 2])], move |x| {
            let options = SoftmaxCrossEntropyWithLogits::new().dim(axis);
            let logits = tf::reshape(&x[0], [2, 2, 2]);
            let labels = labels(x[0].graph());
            tf::nn::softmax_cross_entropy_with_logits_with(labels, logits, options)
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

fn normalizations() -> Vec<Row> {
    let mut rows = Vec::new();
    for axes in [vec![0], vec![1], vec![-1], vec![0, 1]] {
        let over = axes.clone();
        let name = format!("l2_normalize over {axes:?}");
        rows.push(row(name, &["Rsqrt"], vec![mixed(&[2, 3])], move |x| {
            tf::nn::l2_normalize(&x[0], over.clone())
        }));
        let over = axes.clone();
        let name = format!("moments over {axes:?}");
        let ops = &["SquaredDifference", "Mean"];
        // The variance stops the gradient through the mean, which is right for first derivatives only; as TensorFlow's.
        rows.push(first_only(row(name, ops, vec![mixed(&[2, 3])], move |x| {
            let (mean, variance) = tf::nn::moments(&x[0], over.clone());
            tf::square(mean) * variance
        })));
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
    rows
}

/// Normalizations of batches of images, of which TensorFlow has no second derivative either.
fn images() -> Vec<Row> {
    vec![
        first_only(row(
            "local_response_normalization",
            &["LRN"],
            vec![mixed(&[1, 2, 2, 4])],
            |x| tf::nn::local_response_normalization(tf::reshape(&x[0], [1, 2, 2, 4])),
        )),
        first_only(row(
            "fused_batch_norm",
            &["FusedBatchNormV3"],
            vec![mixed(&[2, 2, 2, 3]), between(0.5, 1.5, &[3]), mixed(&[3])],
            |x| tf::nn::fused_batch_norm(tf::reshape(&x[0], [2, 2, 2, 3]), &x[1], &x[2]).0,
        )),
    ]
}
