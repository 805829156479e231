//! Activations, losses, normalization.

use tf1 as tf;
use tf1::{Float, Tensor};

use super::{Row, ops};
use crate::pick::Kind;
use crate::program::Program;

pub fn floats<T: Kind + Float>() -> Vec<Row> {
    ops![p;
        tf::nn::elu(p.x::<T>()), tf::nn::selu(p.x::<T>()), tf::nn::leaky_relu(p.x::<T>()), tf::nn::softplus(p.x::<T>()),
        tf::nn::softsign(p.x::<T>()), tf::nn::swish(p.x::<T>()),
        tf::nn::softmax(p.ranked::<T>(1)), tf::nn::log_softmax(p.ranked::<T>(1)),
        tf::nn::softmax_with(p.x::<T>(), tf::nn::Softmax::new().axis(p.axis())),
        tf::nn::log_softmax_with(p.x::<T>(), tf::nn::LogSoftmax::new().axis(p.axis())),
        tf::nn::softmax_cross_entropy_with_logits(tf::nn::Labels(p.ranked::<T>(1)), tf::nn::Logits(p.y::<T>())),
        tf::nn::softmax_cross_entropy_with_logits_v2(tf::nn::Labels(p.ranked::<T>(2)), tf::nn::Logits(p.y::<T>())),
        sparse::<T>(p),
        tf::nn::sigmoid_cross_entropy_with_logits(tf::nn::Labels(p.x::<T>()), tf::nn::Logits(p.y::<T>())),
        tf::nn::weighted_cross_entropy_with_logits(tf::nn::Labels(p.x::<T>()), tf::nn::Logits(p.y::<T>()), p.y::<T>()),
        batch_norm::<T>(p),
        tf::nn::local_response_normalization(p.ranked::<T>(4)),
        tf::nn::avg_pool_with(p.ranked::<T>(4), pool_size(p), pool_size(p), padding(p), layout(p)),
        tf::nn::max_pool_with(p.ranked::<T>(4), pool_size(p), pool_size(p), padding(p), layout(p)),
        tf::nn::avg_pool1d(p.ranked::<T>(3), pool_size(p), pool_size(p), padding(p)),
        tf::nn::max_pool3d(p.ranked::<T>(5), pool_size(p), pool_size(p), padding(p)),
        tf::nn::avg_pool3d(p.ranked::<T>(5), pool_size(p), pool_size(p), padding(p)),
        tf::nn::max_pool_with_argmax(p.ranked::<T>(4), pool_size(p), pool_size(p), padding(p)),
        tf::extract_image_patches(
            p.ranked::<T>(4), [1, pool_size(p), 2, 1], [1, 1, pool_size(p), 1], [1; 4], padding(p)
        ),
        dilation::<T>(p),
        tf::nn::crelu(p.ranked::<T>(1)),
        tf::nn::dropout(p.x::<T>(), 0.5),
        tf::losses::mean_squared_error(p.x::<T>(), p.y::<T>()),
    ]
}

pub fn singles() -> Vec<Row> {
    ops![p;
        tf::losses::softmax_cross_entropy(p.ranked::<f32>(2), p.y::<f32>()),
        tf::losses::sigmoid_cross_entropy(p.ranked::<f32>(2), p.y::<f32>()),
        tf::losses::absolute_difference(p.x::<f32>(), p.y::<f32>()), tf::losses::huber_loss(p.x::<f32>(), p.y::<f32>()),
        tf::losses::hinge_loss(p.x::<f32>(), p.y::<f32>()), tf::losses::log_loss(p.x::<f32>(), p.y::<f32>()),
        tf::losses::compute_weighted_loss_with(p.x::<f32>(), tf::losses::ComputeWeightedLoss::new().weights(p.y::<f32>())),
        in_top_k(p), tf::layers::flatten(p.ranked::<f32>(2)), tf::layers::dropout(p.x::<f32>()),
        tf::clip_by_average_norm(p.x::<f32>(), p.scalar::<f32>()),
        tf::layers::batch_normalization(p.ranked::<f32>(2)),
    ]
}

/// Mostly a length that windows can have.
fn pool_size(p: &mut Program) -> i32 {
    p.count(4) as i32
}

fn padding(p: &mut Program) -> &'static str {
    if p.chance(0.5) { "SAME" } else { "VALID" }
}

fn layout(p: &mut Program) -> &'static str {
    if p.chance(0.3) { "NCHW" } else { "NHWC" }
}

fn dilation<T: Kind + Float>(p: &mut Program) -> Tensor<T> {
    let x = p.ranked::<T>(4);
    let channels = p.last.last().copied().unwrap_or(1);
    let filter = p.shaped::<T>(&[2, 2, channels]);
    let (rate, padding) = (pool_size(p), padding(p));
    tf::nn::dilation2d(x, filter, [1, 1, 2, 1], [1, rate, 1, 1], padding)
}

fn sparse<T: Kind + Float>(p: &mut Program) -> Tensor<T> {
    let logits = p.ranked::<T>(1);
    let shape = p.last.clone();
    let (classes, batch) = shape
        .split_last()
        .map_or((1, &[][..]), |(classes, batch)| (*classes, batch));
    let labels = p.indices::<i32>(batch, classes);
    tf::nn::sparse_softmax_cross_entropy_with_logits(labels, logits)
}

fn in_top_k(p: &mut Program) -> Tensor<bool> {
    let predictions = p.ranked::<f32>(2);
    let shape = p.last.clone();
    let targets = p.indices::<i32>(
        &shape[..shape.len().min(1)],
        shape.last().copied().unwrap_or(1),
    );
    tf::nn::in_top_k(predictions, targets, p.count(3) as i32)
}

fn batch_norm<T: Kind + Float>(p: &mut Program) -> (Tensor<T>, Tensor<T>, Tensor<T>) {
    let x = p.ranked::<T>(4);
    let channels = p.last.last().copied().unwrap_or(1);
    let (scale, offset) = (p.shaped::<T>(&[channels]), p.shaped::<T>(&[channels]));
    let options = tf::nn::FusedBatchNorm::new();
    let options = if p.chance(0.3) {
        options.channels_first()
    } else {
        options
    };
    tf::nn::fused_batch_norm_with(x, scale, offset, options)
}
