//! Ops of neural networks: activations, softmax and cross entropies.

mod activation;
mod bias_add;
pub(in crate::ops) mod conv;
mod cross_entropy;
mod data_format;
mod elu;
mod fused_batch_norm;
mod l2_loss;
mod lrn;
mod padding;
mod prevent_gradient;
mod relu;
mod roles;
mod shape_check;
mod softmax;
mod softplus;
mod space_batch;
mod sparse_cross_entropy;
mod support;
mod swish;

use super::family::family;

pub use conv::*;

family! {
    ops: bias_add, cross_entropy, elu, fused_batch_norm, l2_loss, lrn, prevent_gradient, relu,
        softmax, softplus, sparse_cross_entropy;
    names: padding, roles, swish;
}
