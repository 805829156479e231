//! Convolutions of `tf.nn`.

use tf1::nn::{self, Conv2D, Convolution, Padding};

use crate::call::{Binding, Call, bind, with};
use crate::dispatch::any_float;
use crate::trouble::Outcome;
use crate::value::Value;

/// A row for a function of two arrays and strides.
macro_rules! forward {
    ($function:literal, $x:literal, $filter:literal, $strides:literal, $dilations:literal, $call:path) => {
        bind(
            $function,
            concat!(
                $x,
                ", ",
                $filter,
                ", ",
                $strides,
                ", padding, data_format, ",
                $dilations
            ),
            |c| {
                any_float!(c, c.dtype_of(&[first($x)])?, T => {
                    let (x, filter) = (c.operand::<T>(first($x))?, c.operand::<T>(first($filter))?);
                    let strides = c.integers($strides)?;
                    let options = options(c, first($dilations))?;
                    c.returns($call(x, filter, strides, padding(c)?, options))
                })
            },
        )
    };
}

/// A row for a function that is told the shape of what it makes.
macro_rules! shaped {
    ($function:literal, $a:literal, $b:literal, $shape:literal, $call:expr) => {
        bind(
            $function,
            concat!(
                $a,
                ", ",
                $b,
                ", ",
                $shape,
                ", strides, padding, data_format, dilations"
            ),
            |c| {
                any_float!(c, c.dtype_of(&[first($a)])?, T => {
                    let (a, b) = (c.operand::<T>(first($a))?, c.operand::<T>(first($b))?);
                    let (shape, strides) = (c.integers($shape)?, c.integers("strides")?);
                    let options = options(c, "dilations")?;
                    c.returns($call(a, b, shape, strides, padding(c)?, options))
                })
            },
        )
    };
}

/// The first of the names that an argument has.
fn first(names: &'static str) -> &'static str {
    names.split('|').next().unwrap_or(names)
}

fn options(c: &Call<'_>, dilations: &str) -> Outcome<Conv2D> {
    let options = with(
        Conv2D::new(),
        c.optional_text("data_format")?,
        |options, format| options.data_format(&format),
    );
    Ok(with(
        options,
        c.optional_ints(dilations)?,
        Conv2D::dilations,
    ))
}

fn padding(c: &Call<'_>) -> Outcome<Padding> {
    match c.peek("padding") {
        Some(Value::Text(_)) | None => Ok(Padding::from(c.text("padding", "SAME")?.as_str())),
        Some(_) => {
            let numbers = c.ints("padding")?;
            Ok(Padding::Explicit(numbers.as_chunks::<2>().0.to_vec()))
        }
    }
}

pub const BINDINGS: &[Binding] = &[
    forward!(
        "tf.nn.conv1d",
        "value|input",
        "filters",
        "stride",
        "dilations",
        nn::conv1d_with
    ),
    forward!(
        "tf.nn.conv2d",
        "input",
        "filter|filters",
        "strides",
        "dilations",
        nn::conv2d_with
    ),
    forward!(
        "tf.nn.conv3d",
        "input",
        "filter|filters",
        "strides",
        "dilations",
        nn::conv3d_with
    ),
    forward!(
        "tf.nn.depthwise_conv2d",
        "input",
        "filter",
        "strides",
        "rate|dilations",
        nn::depthwise_conv2d_with
    ),
    bind(
        "tf.nn.separable_conv2d",
        "input, depthwise_filter, pointwise_filter, strides, padding, rate|dilations, data_format",
        |c| {
            any_float!(c, c.dtype_of(&["input"])?, T => {
                let x = c.operand::<T>("input")?;
                let filters = (c.operand::<T>("depthwise_filter")?, c.operand::<T>("pointwise_filter")?);
                let (strides, options) = (c.integers("strides")?, options(c, "rate")?);
                c.returns(nn::separable_conv2d_with(x, filters.0, filters.1, strides, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.convolution",
        "input, filter|filters, padding, strides, dilation_rate|dilations, data_format",
        |c| {
            any_float!(c, c.dtype_of(&["input"])?, T => {
                let (x, filter) = (c.operand::<T>("input")?, c.operand::<T>("filter")?);
                let format = c.optional_text("data_format")?;
                let options = with(Convolution::new(), format, |options, format| options.data_format(&format));
                let options = with(options, c.optional_ints("strides")?, Convolution::strides);
                let rate = c.optional_ints("dilation_rate")?;
                let options = with(options, rate, Convolution::dilation_rate);
                c.returns(nn::convolution_with(x, filter, padding(c)?, options))
            })
        },
    ),
    bind(
        "tf.nn.atrous_conv2d",
        "value, filters, rate, padding",
        |c| {
            any_float!(c, c.dtype_of(&["value"])?, T => {
                let (x, filters) = (c.operand::<T>("value")?, c.operand::<T>("filters")?);
                c.returns(nn::atrous_conv2d(x, filters, c.int("rate", 1)?, padding(c)?))
            })
        },
    ),
    shaped!(
        "tf.nn.conv1d_transpose",
        "input",
        "filters",
        "output_shape",
        nn::conv1d_transpose_with
    ),
    shaped!(
        "tf.nn.conv2d_transpose",
        "value|input",
        "filter|filters",
        "output_shape",
        nn::conv2d_transpose_with
    ),
    shaped!(
        "tf.nn.conv3d_transpose",
        "value|input",
        "filter|filters",
        "output_shape",
        nn::conv3d_transpose_with
    ),
    shaped!(
        "tf.nn.conv2d_backprop_input",
        "filter",
        "out_backprop",
        "input_sizes",
        |filter, gradient, sizes, strides, padding, options| {
            nn::conv2d_backprop_input_with(sizes, filter, gradient, strides, padding, options)
        }
    ),
    shaped!(
        "tf.nn.conv2d_backprop_filter",
        "input",
        "out_backprop",
        "filter_sizes",
        |input, gradient, sizes, strides, padding, options| {
            nn::conv2d_backprop_filter_with(input, sizes, gradient, strides, padding, options)
        }
    ),
    shaped!(
        "tf.nn.depthwise_conv2d_backprop_input",
        "filter",
        "out_backprop",
        "input_sizes",
        |filter, gradient, sizes, strides, padding, options| {
            nn::depthwise_conv2d_backprop_input_with(
                sizes, filter, gradient, strides, padding, options,
            )
        }
    ),
    shaped!(
        "tf.nn.depthwise_conv2d_backprop_filter",
        "input",
        "out_backprop",
        "filter_sizes",
        |input, gradient, sizes, strides, padding, options| {
            nn::depthwise_conv2d_backprop_filter_with(
                input, sizes, gradient, strides, padding, options,
            )
        }
    ),
];
