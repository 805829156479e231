//! The convolutions of `tf.layers`.

use tf1::DType;
use tf1::layers::{
    self, Conv1D, Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose, SeparableConv1D,
    SeparableConv2D,
};

use super::layers::{activate, calling_back, initializer, shared, weighted};
use super::scopes::reuse;
use crate::call::{Binding, Call, bind, with};

/// Runs `$body` with the element type of the inputs; initializers are made of these only.
macro_rules! native_float {
    ($c:ident, $T:ident => $body:expr) => {
        match $c.dtype_of(&["inputs"])? {
            DType::Float32 => {
                type $T = f32;
                $body
            }
            DType::Float64 => {
                type $T = f64;
                $body
            }
            other => Err($c.lacks_dtype(other)),
        }
    };
}

/// A row for a convolutional layer with these variables and, perhaps, further options.
macro_rules! convolution {
    (
        $function:literal, $call:path, $Options:ident, $more:literal,
        [$($weights:tt)*]
        $(, |$c:ident, $options:ident| $set:expr)?
    ) => {
        bind(
            $function,
            concat!(
                "inputs, filters, kernel_size, strides, padding, data_format, ",
                $more,
                "activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, \
                 bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable, name, reuse"
            ),
            |c| {
                native_float!(c, T => {
                    let mut options = weighted!(c, T, $Options, [$($weights)*]);
                    if c.peek("strides").is_some() {
                        options = options.strides(c.integers("strides")?);
                    }
                    let padding = c.optional_text("padding")?;
                    options = with(options, padding.as_deref(), $Options::padding);
                    options = match c.text("data_format", "channels_last")?.as_str() {
                        "channels_first" => options.channels_first(),
                        _ => options,
                    };
                    $(
                        let ($c, $options) = (c, options);
                        options = $set;
                    )?
                    options = with(options, reuse(c)?, $Options::reuse);
                    let inputs = c.operand::<T>("inputs")?;
                    let (filters, size) = (c.length("filters")?, c.integers("kernel_size")?);
                    c.returns(calling_back(|| $call(inputs, filters, size, options))?)
                })
            },
        )
    };
}

/// A plain convolution.
macro_rules! plain {
    ($function:literal, $call:path, $Options:ident) => {
        convolution!(
            $function, $call, $Options, "dilation_rate, ",
            [
                "kernel" kernel_initializer kernel_regularizer kernel_constraint,
                "bias" bias_initializer bias_regularizer bias_constraint
            ],
            |c, options| match c.peek("dilation_rate") {
                Some(_) => options.dilation_rate(c.integers("dilation_rate")?),
                None => options,
            }
        )
    };
}

/// A transposed convolution.
macro_rules! transposed {
    ($function:literal, $call:path, $Options:ident) => {
        convolution!(
            $function, $call, $Options, "",
            [
                "kernel" kernel_initializer kernel_regularizer kernel_constraint,
                "bias" bias_initializer bias_regularizer bias_constraint
            ]
        )
    };
}

/// A separable convolution.
macro_rules! separable {
    ($function:literal, $call:path, $Options:ident) => {
        convolution!(
            $function, $call, $Options,
            "dilation_rate, depth_multiplier, depthwise_initializer, pointwise_initializer, \
             depthwise_regularizer, pointwise_regularizer, depthwise_constraint, pointwise_constraint, ",
            [
                "depthwise" depthwise_initializer depthwise_regularizer depthwise_constraint,
                "pointwise" pointwise_initializer pointwise_regularizer pointwise_constraint,
                "bias" bias_initializer bias_regularizer bias_constraint
            ],
            |c, options| {
                let options = match c.peek("dilation_rate") {
                    Some(_) => options.dilation_rate(c.integers("dilation_rate")?),
                    None => options,
                };
                match c.peek("depth_multiplier") {
                    Some(_) => options.depth_multiplier(c.length("depth_multiplier")?),
                    None => options,
                }
            }
        )
    };
}

pub const BINDINGS: &[Binding] = &[
    plain!("tf.layers.conv1d", layers::conv1d_with, Conv1D),
    plain!("tf.layers.conv2d", layers::conv2d_with, Conv2D),
    plain!("tf.layers.conv3d", layers::conv3d_with, Conv3D),
    transposed!(
        "tf.layers.conv2d_transpose",
        layers::conv2d_transpose_with,
        Conv2DTranspose
    ),
    transposed!(
        "tf.layers.conv3d_transpose",
        layers::conv3d_transpose_with,
        Conv3DTranspose
    ),
    separable!(
        "tf.layers.separable_conv1d",
        layers::separable_conv1d_with,
        SeparableConv1D
    ),
    separable!(
        "tf.layers.separable_conv2d",
        layers::separable_conv2d_with,
        SeparableConv2D
    ),
];
