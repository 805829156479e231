//! Ops of neural networks: activations, softmax and cross entropies.

mod activation;
mod bias_add;
mod cross_entropy;
mod data_format;
mod elu;
mod fused_batch_norm;
mod l2_loss;
mod lrn;
mod prevent_gradient;
mod relu;
mod roles;
mod shape_check;
mod softmax;
mod softplus;
mod sparse_cross_entropy;
mod support;
mod swish;

pub use bias_add::{BiasAdd, bias_add, bias_add_with};
pub use cross_entropy::{
    SoftmaxCrossEntropyWithLogits, SoftmaxCrossEntropyWithLogitsV2,
    softmax_cross_entropy_with_logits, softmax_cross_entropy_with_logits_v2,
    softmax_cross_entropy_with_logits_v2_with, softmax_cross_entropy_with_logits_with,
};
pub use elu::{elu, selu};
pub use fused_batch_norm::{FusedBatchNorm, fused_batch_norm, fused_batch_norm_with};
pub use l2_loss::l2_loss;
pub use lrn::{
    LocalResponseNormalization, local_response_normalization, local_response_normalization_with,
};
pub use relu::{LeakyRelu, leaky_relu, leaky_relu_with, relu, relu6};
pub use roles::{Labels, Logits};
pub use softmax::{LogSoftmax, Softmax, log_softmax, log_softmax_with, softmax, softmax_with};
pub use softplus::{softplus, softsign};
pub use sparse_cross_entropy::sparse_softmax_cross_entropy_with_logits;
pub use swish::swish;

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[
    bias_add::OPS,
    cross_entropy::OPS,
    elu::OPS,
    fused_batch_norm::OPS,
    l2_loss::OPS,
    lrn::OPS,
    prevent_gradient::OPS,
    relu::OPS,
    softmax::OPS,
    softplus::OPS,
    sparse_cross_entropy::OPS,
];
