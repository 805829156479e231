//! `conv2d`, `conv2d_transpose`, `separable_conv2d`.

use super::super::conv::{
    Conv2D, Conv2DTranspose, SeparableConv2D, conv2d_transpose_with as transposed_layer,
    conv2d_with as layer, separable_conv2d_with as separable_layer,
};
use super::arg_scope::{arg_scope_options, default_of};
use super::weighted::{Parts, parts_options};
use crate::graph::{IntoTensor, Tensor};
use crate::ops::nn::{ConvElement, Padding};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Error, Float, WholeNumber};

/// A convolutional layer over pictures with ReLU, as `tf.contrib.layers.conv2d` makes it.
///
/// `inputs` is [batch, height, width, channels]; the result has `num_outputs` channels and, as
/// pictures are padded with zeros (`padding='SAME'`), the same height and width. The variables are
/// `Conv/weights` [height, width, channels, `num_outputs`] for windows of `kernel_size`, which
/// starts [Xavier-uniform](crate::initializers::xavier), and `Conv/biases`, which starts with
/// zeros; both are among the [`model_variables`](crate::Graph::model_variables).
///
/// ```
/// use tf1 as tf;
/// use tf::contrib::layers::{self, Conv2d};
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 28, 28, 1]);
/// let y = layers::conv2d_with(&x, 8, 5, Conv2d::new().stride(2).scope("first"));
/// assert_eq!(y.to_string(), r#"Tensor("first/Relu:0", shape=(?, 14, 14, 8), dtype=float32)"#);
/// ```
///
/// # Errors
/// As [`layers::conv2d`](crate::layers::conv2d).
///
/// # Options
/// `stride`, `padding`, `rate`, `activation_fn`, `normalizer_fn` and more: see [`conv2d_with`].
#[track_caller]
pub fn conv2d<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    conv2d_with(inputs, num_outputs, kernel_size, Conv2d::new())
}

/// As [`conv2d`], with options. An activation alone stands for itself: `conv2d_with(&x, 8, 5,
/// nn::elu)`.
///
/// # Errors
/// As [`layers::conv2d_with`](crate::layers::conv2d_with).
#[track_caller]
pub fn conv2d_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    options: impl Into<Conv2d<T>>,
) -> Tensor<T> {
    let options = options.into();
    options.parts.make("Conv", inputs, |x| {
        if let Some(rank) = x.shape().rank().filter(|rank| *rank != 4) {
            let message = format!("Convolution expects input with rank 4, got {rank}");
            return x.graph().failed("Conv", Error::invalid_argument(message));
        }
        let parts = &options.parts;
        let mut conv = Conv2D::of(parts.weights.clone(), parts.of_layer())
            .strides(options.stride.clone())
            .padding(options.padding.clone())
            .dilation_rate(options.rate.clone());
        if options.channels_first {
            conv = conv.channels_first();
        }
        layer(x, num_outputs, kernel_size, conv)
    })
}

/// A transposed convolutional layer over pictures with ReLU, as
/// `tf.contrib.layers.conv2d_transpose` makes it: with a stride of 2 the pictures become twice as
/// high and wide. The variables are `Conv2d_transpose/weights` and `Conv2d_transpose/biases`; see
/// [`conv2d`].
///
/// # Errors
/// As [`layers::conv2d_transpose`](crate::layers::conv2d_transpose).
///
/// # Options
/// `stride`, `padding`, `activation_fn`, `normalizer_fn` and more: see [`conv2d_transpose_with`].
#[track_caller]
pub fn conv2d_transpose<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
    kernel_size: impl IntoIntegers,
) -> Tensor<T> {
    conv2d_transpose_with(inputs, num_outputs, kernel_size, Conv2dTranspose::new())
}

/// As [`conv2d_transpose`], with options.
///
/// # Errors
/// As [`layers::conv2d_transpose_with`](crate::layers::conv2d_transpose_with).
#[track_caller]
pub fn conv2d_transpose_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    options: impl Into<Conv2dTranspose<T>>,
) -> Tensor<T> {
    let options = options.into();
    options.parts.make("Conv2d_transpose", inputs, |x| {
        let parts = &options.parts;
        let mut conv = Conv2DTranspose::of(parts.weights.clone(), parts.of_layer())
            .strides(options.stride.clone())
            .padding(options.padding.clone());
        if options.channels_first {
            conv = conv.channels_first();
        }
        transposed_layer(x, num_outputs, kernel_size, conv)
    })
}

/// A separable convolutional layer over pictures with ReLU, as `tf.contrib.layers.separable_conv2d`
/// makes it: each channel by itself, with `depth_multiplier` results each, and then all channels of
/// each pixel. The variables are `SeparableConv2d/depthwise_weights`,
/// `SeparableConv2d/pointwise_weights` and `SeparableConv2d/biases`; see [`conv2d`].
///
/// # Errors
/// As [`layers::separable_conv2d`](crate::layers::separable_conv2d).
///
/// # Options
/// `stride`, `padding`, `rate`, `activation_fn`, `normalizer_fn` and more: see
/// [`separable_conv2d_with`].
#[track_caller]
pub fn separable_conv2d<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    depth_multiplier: impl WholeNumber,
) -> Tensor<T> {
    let options = SeparableConv2d::new();
    separable_conv2d_with(inputs, num_outputs, kernel_size, depth_multiplier, options)
}

/// As [`separable_conv2d`], with options.
///
/// # Errors
/// As [`layers::separable_conv2d_with`](crate::layers::separable_conv2d_with).
#[track_caller]
pub fn separable_conv2d_with<T: ConvElement>(
    inputs: impl IntoTensor<T>,
    num_outputs: impl WholeNumber,
    kernel_size: impl IntoIntegers,
    depth_multiplier: impl WholeNumber,
    options: impl Into<SeparableConv2d<T>>,
) -> Tensor<T> {
    let options = options.into();
    options.parts.make("SeparableConv2d", inputs, |x| {
        let parts = &options.parts;
        let weights = [parts.weights.clone(), parts.weights.clone()];
        let mut conv = SeparableConv2D::of(weights, parts.of_layer())
            .depth_multiplier(depth_multiplier)
            .strides(options.stride.clone())
            .padding(options.padding.clone())
            .dilation_rate(options.rate.clone());
        if options.channels_first {
            conv = conv.channels_first();
        }
        separable_layer(x, num_outputs, kernel_size, conv)
    })
}

/// Makes the options of such layers.
macro_rules! options {
    ($($options:ident $function:literal $($rate:ident)?;)*) => {$(
        #[doc = concat!("The options of [`", $function, "_with`].")]
        #[derive(Clone, Debug)]
        pub struct $options<T> {
            parts: Parts<T>,
            stride: Integers,
            padding: Padding,
            $($rate: Integers,)?
            channels_first: bool,
        }

        arg_scope_options! {
            $options<T>, T;
        }

        #[doc = concat!("With this activation, as [`", stringify!($options), "::activation_fn`].")]
        impl<T: Float, A: Fn(Tensor<T>) -> Tensor<T> + 'static> From<A> for $options<T> {
            fn from(activation: A) -> Self {
                $options::new().activation_fn(activation)
            }
        }

        impl<T: Float> $options<T> {
            /// With a stride of 1, pictures padded with zeros, the channels last, and ReLU; or what
            /// an [`arg_scope`](super::arg_scope()) says.
            pub fn new() -> Self {
                default_of().unwrap_or_else(|| $options {
                    parts: Parts::new(),
                    stride: 1.into_integers(),
                    padding: Padding::Same,
                    $($rate: 1.into_integers(),)?
                    channels_first: false,
                })
            }

            parts_options!();

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

            $(
                /// How far apart the elements of a window are: a number, or one for each of both
                /// axes.
                pub fn $rate(mut self, rate: impl IntoIntegers) -> Self {
                    self.$rate = rate.into_integers();
                    self
                }
            )?
        }

        impl<T: Float> Default for $options<T> {
            fn default() -> Self {
                $options::new()
            }
        }
    )*};
}

options! {
    Conv2d "conv2d" rate;
    Conv2dTranspose "conv2d_transpose";
    SeparableConv2d "separable_conv2d" rate;
}
