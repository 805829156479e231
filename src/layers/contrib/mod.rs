//! Layers as `tf.contrib.layers` and `tf.contrib.slim` have them: with other names, defaults and
//! collections than those of `tf.layers`.
//!
//! Their public place is `tf1::contrib::layers`.

mod arg_scope;
mod batch_norm;
mod convolution;
mod embed_sequence;
mod fully_connected;
mod normalization;
mod pooling;
mod regularization;
mod scope;
mod simple;
mod weighted;

pub use arg_scope::{ArgScope, arg_scope};
pub use batch_norm::{BatchNorm, batch_norm, batch_norm_with};
pub use convolution::{
    Conv2d, Conv2dTranspose, SeparableConv2d, conv2d, conv2d_transpose, conv2d_transpose_with,
    conv2d_with, separable_conv2d, separable_conv2d_with,
};
pub use embed_sequence::{EmbedSequence, embed_sequence, embed_sequence_with};
pub use fully_connected::{
    FullyConnected, fully_connected, fully_connected_with, linear, linear_with, relu, relu_with,
};
pub use normalization::{
    GroupNorm, InstanceNorm, LayerNorm, group_norm, group_norm_with, instance_norm,
    instance_norm_with, layer_norm, layer_norm_with,
};
pub use pooling::{AvgPool2d, MaxPool2d, avg_pool2d, avg_pool2d_with, max_pool2d, max_pool2d_with};
pub use regularization::{SumRegularizer, apply_regularization, sum_regularizer};
pub use simple::{
    BiasAdd, Dropout, bias_add, bias_add_with, dropout, dropout_with, flatten, maxout, maxout_with,
    one_hot_encoding, repeat, softmax, stack, unit_norm,
};
