//! `DepthwiseConv2dNative` and its two gradients.

use super::geometry::{ConvElement, Geometry, Mixing, Role};
use super::nodes::Nodes;
use super::op::{ConvAttributes, ConvOp, made};
use super::options::Conv2D;
use crate::graph::{AnyTensor, IntoTensor, Tensor, attributes, graph_of};
use crate::ops::OpDef;
use crate::ops::array::shape;
use crate::ops::def::op;
use crate::ops::nn::Padding;
use crate::ops::nn::space_batch::{Skipping, with_space_to_batch};
use crate::ops::{Integers, IntoIntegers};
use crate::types::{Error, Result};

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "DepthwiseConv2dNative(input: T, filter: T) -> (output: T); strides: list(int); \
         padding: string; data_format: string = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |node| ConvOp::<T, DepthwiseConv2dNative>::new(Role::Forward, node.attributes()?)),
    op!(smooth "DepthwiseConv2dNativeBackpropInput(input_sizes: int32, filter: T, out_backprop: T) \
         -> (output: T); strides: list(int); \
         padding: string; data_format: string = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |node| ConvOp::<T, DepthwiseConv2dNative>::new(Role::Input, node.attributes()?)),
    op!(smooth "DepthwiseConv2dNativeBackpropFilter(input: T, filter_sizes: int32, out_backprop: T) \
         -> (output: T); strides: list(int); \
         padding: string; data_format: string = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |node| ConvOp::<T, DepthwiseConv2dNative>::new(Role::Filter, node.attributes()?)),
];

/// The convolution of each channel of pictures with filters of its own, as `tf.nn.depthwise_conv2d`
/// computes it.
///
/// `input` is [batch, height, width, channels], `filter` is [filter height, filter width, channels,
/// multiplier]; the result is [batch, output height, output width, channels · multiplier]:
///
/// result[b, i, j, c·multiplier + m] = Σ input[b, strides₀·i + di, strides₁·j + dj, c] · filter[di,
/// dj, c, m], the sum over di and dj.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.zeros::<f32>([1, 8, 8, 3]);
/// let filter = graph.zeros::<f32>([3, 3, 3, 2]);
/// let y = tf::nn::depthwise_conv2d(&x, &filter, 1, "SAME");
/// assert_eq!(y.shape().to_string(), "(1, 8, 8, 6)");
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, a stride is not positive, or the padding is
/// explicit.
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`depthwise_conv2d_with`].
#[track_caller]
pub fn depthwise_conv2d<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    depthwise_conv2d_with(input, filter, strides, padding, Conv2D::new())
}

/// As [`depthwise_conv2d`], with a layout, and dilations (TensorFlow's `rate`), as `options` says.
///
/// # Errors
/// As [`depthwise_conv2d`], and if there is no such layout or a dilation is not positive.
#[track_caller]
pub fn depthwise_conv2d_with<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv2D>,
) -> Tensor<T> {
    let nodes = Nodes::new(
        2,
        &strides.into_integers(),
        &padding.into(),
        &options.into(),
    );
    let graph = graph_of(&[input.graph(), filter.graph()]);
    graph.op_scope("depthwise", |scope| {
        let input = input.into_tensor(&graph, "tensor_in");
        let filter = filter.into_tensor(&graph, "filter_in");
        let made = nodes.and_then(|nodes| {
            dilated(&input, &filter, nodes, |attributes, inputs| {
                scope.tensor(
                    ConvOp::<T, DepthwiseConv2dNative>::new(Role::Forward, attributes),
                    &inputs,
                )
            })
        });
        made.unwrap_or_else(|error| scope.failed("DepthwiseConv2dNative", error))
    })
}

/// The convolution of each channel with filters of its own, and of what comes out, pixel by pixel,
/// with another filter, as `tf.nn.separable_conv2d` computes it.
///
/// `input` is [batch, height, width, channels], `depthwise_filter` is [filter height, filter width,
/// channels, multiplier], `pointwise_filter` is [1, 1, channels · multiplier, output channels].
///
/// # Errors
/// As [`depthwise_conv2d`]; and `InvalidArgument` if `pointwise_filter` does not fit.
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`separable_conv2d_with`].
#[track_caller]
pub fn separable_conv2d<T: ConvElement>(
    input: impl IntoTensor<T>,
    depthwise_filter: impl IntoTensor<T>,
    pointwise_filter: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let options = Conv2D::new();
    separable_conv2d_with(
        input,
        depthwise_filter,
        pointwise_filter,
        strides,
        padding,
        options,
    )
}

/// As [`separable_conv2d`], with a layout, and dilations (TensorFlow's `rate`), as `options` says.
///
/// # Errors
/// As [`separable_conv2d`], and if there is no such layout or a dilation is not positive.
#[track_caller]
pub fn separable_conv2d_with<T: ConvElement>(
    input: impl IntoTensor<T>,
    depthwise_filter: impl IntoTensor<T>,
    pointwise_filter: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv2D>,
) -> Tensor<T> {
    let nodes = Nodes::new(
        2,
        &strides.into_integers(),
        &padding.into(),
        &options.into(),
    );
    let graph = graph_of(&[
        input.graph(),
        depthwise_filter.graph(),
        pointwise_filter.graph(),
    ]);
    graph.op_scope("separable_conv2d", |scope| {
        let input = input.into_tensor(&graph, "tensor_in");
        let depthwise_filter = depthwise_filter.into_tensor(&graph, "depthwise_filter");
        let pointwise_filter = pointwise_filter.into_tensor(&graph, "pointwise_filter");
        let made = nodes.and_then(|nodes| {
            expect_pointwise(&pointwise_filter)?;
            let pointwise = Nodes {
                strides: vec![1; 4],
                dilations: vec![1; 4],
                padding: Padding::Valid,
                ..nodes.clone()
            };
            let depthwise = dilated(&input, &depthwise_filter, nodes, |attributes, inputs| {
                graph.op_scope("depthwise", |scope| {
                    scope.tensor(
                        ConvOp::<T, DepthwiseConv2dNative>::new(Role::Forward, attributes),
                        &inputs,
                    )
                })
            })?;
            pointwise.forward(scope, &depthwise, &pointwise_filter)
        });
        made.unwrap_or_else(|error| scope.failed("separable_conv2d", error))
    })
}

/// Fails unless a filter sees single pixels.
fn expect_pointwise<T: ConvElement>(filter: &Tensor<T>) -> Result<()> {
    let shape = filter.shape();
    let is_pointwise = match shape.rank() {
        None => true,
        Some(4) => [0, 1]
            .iter()
            .all(|&axis| shape.dim(axis).is_none_or(|len| len == 1)),
        Some(_) => false,
    };
    match is_pointwise {
        true => Ok(()),
        false => Err(Error::invalid_argument(format!(
            "pointwise_filter must have shape [1, 1, channels, output channels], but has {shape}"
        ))),
    }
}

/// A depthwise convolution made by `make`, of windows that may skip pixels.
#[track_caller]
fn dilated<T: ConvElement>(
    input: &Tensor<T>,
    filter: &Tensor<T>,
    nodes: Nodes,
    make: impl FnOnce(DepthwiseConv2dNative, [AnyTensor; 2]) -> Tensor<T>,
) -> Result<Tensor<T>> {
    let layout = nodes.layout();
    let padding = nodes.padding.implicit("DepthwiseConv2dNative")?;
    shape(filter);
    let skipping = Skipping {
        rates: &nodes.dilations[layout.first..layout.first + 2],
        rate: None,
        first: layout.first,
        padding: &padding,
        windows: &filter.shape(),
        shows_windows: false,
    };
    with_space_to_batch(input.graph(), input, &skipping, |input, padding| {
        let attributes = DepthwiseConv2dNative {
            strides: nodes.strides.clone(),
            padding: padding.to_string(),
            data_format: nodes.data_format.clone(),
            dilations: vec![1; 4],
        };
        Ok(make(attributes, [input.any(), filter.any()]))
    })
}

/// The gradient of [`depthwise_conv2d`] with respect to pictures of shape `input_sizes`, given that
/// with respect to its result, as `tf.nn.depthwise_conv2d_backprop_input` computes it.
///
/// # Errors
/// As [`depthwise_conv2d`].
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`depthwise_conv2d_backprop_input_with`].
#[track_caller]
pub fn depthwise_conv2d_backprop_input<T: ConvElement>(
    input_sizes: impl IntoIntegers,
    filter: impl IntoTensor<T>,
    out_backprop: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let options = Conv2D::new();
    depthwise_conv2d_backprop_input_with(
        input_sizes,
        filter,
        out_backprop,
        strides,
        padding,
        options,
    )
}

/// As [`depthwise_conv2d_backprop_input`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`depthwise_conv2d`].
#[track_caller]
pub fn depthwise_conv2d_backprop_input_with<T: ConvElement>(
    input_sizes: impl IntoIntegers,
    filter: impl IntoTensor<T>,
    out_backprop: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv2D>,
) -> Tensor<T> {
    let attributes =
        DepthwiseConv2dNative::new(&strides.into_integers(), &padding.into(), &options.into());
    let input_sizes = input_sizes.into_integers();
    let graph = graph_of(&[input_sizes.graph(), filter.graph(), out_backprop.graph()]);
    graph.op_scope("DepthwiseConv2dNativeBackpropInput", |scope| {
        let input_sizes = input_sizes.into_tensor::<i32>(&graph, "input_sizes");
        let filter = filter.into_tensor(&graph, "filter");
        let gradient = out_backprop.into_tensor(&graph, "out_backprop");
        let inputs = [input_sizes.any(), filter.any(), gradient.any()];
        made(scope, Role::Input, attributes, inputs)
    })
}

/// The gradient of [`depthwise_conv2d`] with respect to a filter of shape `filter_sizes`, given
/// that with respect to its result, as `tf.nn.depthwise_conv2d_backprop_filter` computes it.
///
/// # Errors
/// As [`depthwise_conv2d`].
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`depthwise_conv2d_backprop_filter_with`].
#[track_caller]
pub fn depthwise_conv2d_backprop_filter<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter_sizes: impl IntoIntegers,
    out_backprop: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let options = Conv2D::new();
    depthwise_conv2d_backprop_filter_with(
        input,
        filter_sizes,
        out_backprop,
        strides,
        padding,
        options,
    )
}

/// As [`depthwise_conv2d_backprop_filter`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`depthwise_conv2d`].
#[track_caller]
pub fn depthwise_conv2d_backprop_filter_with<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter_sizes: impl IntoIntegers,
    out_backprop: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv2D>,
) -> Tensor<T> {
    let attributes =
        DepthwiseConv2dNative::new(&strides.into_integers(), &padding.into(), &options.into());
    let filter_sizes = filter_sizes.into_integers();
    let graph = graph_of(&[input.graph(), filter_sizes.graph(), out_backprop.graph()]);
    graph.op_scope("DepthwiseConv2dNativeBackpropFilter", |scope| {
        let input = input.into_tensor(&graph, "input");
        let filter_sizes = filter_sizes.into_tensor::<i32>(&graph, "filter_sizes");
        let gradient = out_backprop.into_tensor(&graph, "out_backprop");
        let inputs = [input.any(), filter_sizes.any(), gradient.any()];
        made(scope, Role::Filter, attributes, inputs)
    })
}

attributes! {
    /// `DepthwiseConv2dNative` and its gradients, by their attributes. TensorFlow's CPU kernels
    /// take dilations for 1; they are computed here.
    struct DepthwiseConv2dNative {
        strides: Vec<i64>,
        padding: String,
        data_format: String,
        dilations: Vec<i64>,
    }
}

impl DepthwiseConv2dNative {
    /// # Errors
    /// `InvalidArgument` if there are not so many strides or dilations, or the padding is explicit.
    fn new(strides: &Integers, padding: &Padding, options: &Conv2D) -> Result<Self> {
        let nodes = Nodes::new(2, strides, padding, options)?;
        Ok(DepthwiseConv2dNative {
            strides: nodes.strides,
            padding: nodes.padding.implicit("DepthwiseConv2dNative")?,
            data_format: nodes.data_format,
            dilations: nodes.dilations,
        })
    }
}

impl ConvAttributes for DepthwiseConv2dNative {
    fn op_type(role: Role) -> &'static str {
        match role {
            Role::Forward => "DepthwiseConv2dNative",
            Role::Input => "DepthwiseConv2dNativeBackpropInput",
            Role::Filter => "DepthwiseConv2dNativeBackpropFilter",
        }
    }

    fn geometry(&self, role: Role) -> Geometry<'_> {
        Geometry {
            op_type: DepthwiseConv2dNative::op_type(role),
            role,
            mixing: Mixing::Depthwise,
            axes: 2,
            strides: &self.strides,
            dilations: &self.dilations,
            padding: &self.padding,
            explicit_paddings: None,
            data_format: &self.data_format,
            by_example: false,
        }
    }
}
