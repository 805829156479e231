//! Neural networks: activations, softmax, cross entropies, normalization.

mod cross_entropy;
mod layers;
mod normalization;

pub use crate::ops::array::gather::embedding_lookup;
pub use crate::ops::array::top_k::{in_top_k, top_k};
pub use crate::ops::math::{sigmoid, tanh};
pub use crate::ops::nn::*;
pub use crate::ops::random::{Dropout, Keep, dropout, dropout_with};
pub use cross_entropy::{sigmoid_cross_entropy_with_logits, weighted_cross_entropy_with_logits};
pub use layers::{CRelu, crelu, crelu_with, relu_layer, xw_plus_b};
pub use normalization::{
    L2Normalize, batch_normalization, l2_normalize, l2_normalize_with, moments,
};
