//! `max_pool2d`, `avg_pool2d`.

use super::super::pooling::{
    AveragePooling2D, MaxPooling2D, average_pooling2d_with, max_pooling2d_with,
};
use super::super::scope::Scope;
use super::arg_scope::{arg_scope_options, default_of};
use super::scope::{ContribScope, contrib_options, take_name};
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::nn::Padding;
use crate::ops::{Integers, IntoIntegers};
use crate::types::Float;

/// The largest element of each window of pictures, as `tf.contrib.layers.max_pool2d` computes it:
/// windows of `kernel_size` are 2 apart, and lie within the picture.
///
/// `inputs` is [batch, height, width, channels].
///
/// # Errors
/// As [`layers::max_pooling2d`](crate::layers::max_pooling2d).
///
/// # Options
/// `stride`, `padding`, `channels_first`, `outputs_collections`, `scope`: see [`max_pool2d_with`].
#[track_caller]
pub fn max_pool2d<T: Float>(
    inputs: impl IntoTensor<T>,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    max_pool2d_with(inputs, kernel_size, MaxPool2d::new())
}

/// As [`max_pool2d`], with options.
///
/// # Errors
/// As [`max_pool2d`].
#[track_caller]
pub fn max_pool2d_with<T: Float>(
    inputs: impl IntoTensor<T>,
    kernel_size: impl IntoIntegers,
    options: impl Into<MaxPool2d>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph()]);
    options.common.open(&graph, "MaxPool2D", || {
        take_name(&graph);
        let mut layer = MaxPooling2D::in_scope(Scope::open_one()).padding(options.padding.clone());
        if options.channels_first {
            layer = layer.channels_first();
        }
        let x = inputs.into_tensor(&graph, "inputs");
        max_pooling2d_with(x, kernel_size, options.stride.clone(), layer)
    })
}

/// The mean of each window of pictures, as `tf.contrib.layers.avg_pool2d` computes it; see
/// [`max_pool2d`].
///
/// # Errors
/// As [`max_pool2d`].
///
/// # Options
/// `stride`, `padding`, `channels_first`, `outputs_collections`, `scope`: see [`avg_pool2d_with`].
#[track_caller]
pub fn avg_pool2d<T: Float>(
    inputs: impl IntoTensor<T>,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    avg_pool2d_with(inputs, kernel_size, AvgPool2d::new())
}

/// As [`avg_pool2d`], with options.
///
/// # Errors
/// As [`max_pool2d`].
#[track_caller]
pub fn avg_pool2d_with<T: Float>(
    inputs: impl IntoTensor<T>,
    kernel_size: impl IntoIntegers,
    options: impl Into<AvgPool2d>,
) -> Tensor<T> {
    let options = options.into();
    let graph = graph_of(&[inputs.graph()]);
    options.common.open(&graph, "AvgPool2D", || {
        take_name(&graph);
        let mut layer =
            AveragePooling2D::in_scope(Scope::open_one()).padding(options.padding.clone());
        if options.channels_first {
            layer = layer.channels_first();
        }
        let x = inputs.into_tensor(&graph, "inputs");
        average_pooling2d_with(x, kernel_size, options.stride.clone(), layer)
    })
}

/// Makes the options of such layers.
macro_rules! options {
    ($($options:ident $function:literal;)*) => {$(
        #[doc = concat!("The options of [`", $function, "_with`].")]
        #[derive(Clone, Debug)]
        pub struct $options {
            stride: Integers,
            padding: Padding,
            channels_first: bool,
            common: ContribScope,
        }

        arg_scope_options! {
            $options;
        }

        impl $options {
            /// Windows that are 2 apart and lie within the picture, the channels last; or what an
            /// [`arg_scope`](super::arg_scope()) says.
            pub fn new() -> Self {
                default_of().unwrap_or_else(|| $options {
                    stride: 2.into_integers(),
                    padding: Padding::Valid,
                    channels_first: false,
                    common: ContribScope::default(),
                })
            }

            contrib_options!(common);

            /// How far apart the windows are: a number, or one for each of both axes.
            pub fn stride(mut self, stride: impl IntoIntegers) -> Self {
                self.stride = stride.into_integers();
                self
            }

            /// How pictures are padded: `"SAME"` or `"VALID"`.
            pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
                self.padding = padding.into();
                self
            }

            /// The channels are the second axis (`data_format='NCHW'`).
            pub fn channels_first(mut self) -> Self {
                self.channels_first = true;
                self
            }
        }

        impl Default for $options {
            fn default() -> Self {
                $options::new()
            }
        }
    )*};
}

options! {
    MaxPool2d "max_pool2d";
    AvgPool2d "avg_pool2d";
}
