//! `Conv2D` and its two gradients.

use super::geometry::{ConvElement, Geometry, Mixing, Role};
use super::nodes::Nodes;
use super::op::{ConvAttributes, ConvOp, made};
use super::options::Conv2D;
use crate::graph::{IntoTensor, Tensor, attributes, graph_of};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::nn::Padding;
use crate::ops::{Integers, IntoIntegers};
use crate::types::Result;

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Conv2D(input: T, filter: T) -> (output: T); strides: list(int); \
         use_cudnn_on_gpu: bool = true; padding: string; explicit_paddings: list(int) = []; \
         data_format: string = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |node| ConvOp::<T, Conv2DOp>::new(Role::Forward, node.attributes()?)),
    op!(smooth "Conv2DBackpropInput(input_sizes: int32, filter: T, out_backprop: T) -> (output: T); \
         strides: list(int); \
         use_cudnn_on_gpu: bool = true; padding: string; explicit_paddings: list(int) = []; \
         data_format: string = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |node| ConvOp::<T, Conv2DOp>::new(Role::Input, node.attributes()?)),
    op!(smooth "Conv2DBackpropFilter(input: T, filter_sizes: int32, out_backprop: T) -> (output: T); \
         strides: list(int); \
         use_cudnn_on_gpu: bool = true; padding: string; explicit_paddings: list(int) = []; \
         data_format: string = 'NHWC'; dilations: list(int) = [1, 1, 1, 1]; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |node| ConvOp::<T, Conv2DOp>::new(Role::Filter, node.attributes()?)),
];

/// The convolution of pictures with a filter, as `tf.nn.conv2d` computes it.
///
/// `input` is [batch, height, width, channels], `filter` is [filter height, filter width, channels,
/// output channels]; the result is [batch, output height, output width, output channels]:
///
/// result[b, i, j, k] = Σ input[b, strides₀·i + di, strides₁·j + dj, c] · filter[di, dj, c, k], the
/// sum over di, dj and c.
///
/// The window moves by `strides`: a number, `[1, 2]` for height and width, or one number for each
/// axis of `input`. What it sees beyond the edges, `padding` says.
///
/// ```
/// use tf1 as tf;
/// use tf::nn::Padding::{Same, Valid};
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[[[1.0], [2.0], [3.0]]]]);
/// let filter = graph.constant([[[[10.0]], [[1.0]]]]);
/// let y = tf::nn::conv2d(&x, &filter, 1, Valid);
///
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(&y, [])?.as_slice(), Some(&[12.0, 23.0][..]));
/// let z = tf::nn::conv2d(&x, &filter, [1, 2], Same);
/// assert_eq!(session.run(&z, [])?.as_slice(), Some(&[12.0, 30.0][..]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// The types are those that TensorFlow has kernels for: `f32`, `f64` and `f16`.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or a stride is not positive.
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`conv2d_with`].
#[track_caller]
pub fn conv2d<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    conv2d_with(input, filter, strides, padding, Conv2D::new())
}

/// As [`conv2d`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`conv2d`], and if there is no such layout or a dilation is not positive.
#[track_caller]
pub fn conv2d_with<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv2D>,
) -> Tensor<T> {
    let attributes = Conv2DOp::new(&strides.into_integers(), &padding.into(), &options.into());
    let graph = graph_of(&[input.graph(), filter.graph()]);
    graph.op_scope("Conv2D", |scope| {
        let input = input.into_tensor(&graph, "input");
        let filter = filter.into_tensor(&graph, "filter");
        made(
            scope,
            Role::Forward,
            attributes,
            [input.any(), filter.any()],
        )
    })
}

/// The gradient of [`conv2d`] with respect to pictures of shape `input_sizes`, given that with
/// respect to its result, as `tf.nn.conv2d_backprop_input` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or a stride is not positive.
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`conv2d_backprop_input_with`].
#[track_caller]
pub fn conv2d_backprop_input<T: ConvElement>(
    input_sizes: impl IntoIntegers,
    filter: impl IntoTensor<T>,
    out_backprop: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let options = Conv2D::new();
    conv2d_backprop_input_with(input_sizes, filter, out_backprop, strides, padding, options)
}

/// As [`conv2d_backprop_input`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`conv2d_backprop_input`].
#[track_caller]
pub fn conv2d_backprop_input_with<T: ConvElement>(
    input_sizes: impl IntoIntegers,
    filter: impl IntoTensor<T>,
    out_backprop: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv2D>,
) -> Tensor<T> {
    let attributes = Conv2DOp::new(&strides.into_integers(), &padding.into(), &options.into());
    let input_sizes = input_sizes.into_integers();
    let graph = graph_of(&[input_sizes.graph(), filter.graph(), out_backprop.graph()]);
    graph.op_scope("Conv2DBackpropInput", |scope| {
        let input_sizes = input_sizes.into_tensor::<i32>(&graph, "input_sizes");
        let filter = filter.into_tensor(&graph, "filter");
        let gradient = out_backprop.into_tensor(&graph, "out_backprop");
        let inputs = [input_sizes.any(), filter.any(), gradient.any()];
        made(scope, Role::Input, attributes, inputs)
    })
}

/// The gradient of [`conv2d`] with respect to a filter of shape `filter_sizes`, given that with
/// respect to its result, as `tf.nn.conv2d_backprop_filter` computes it.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or a stride is not positive.
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`conv2d_backprop_filter_with`].
#[track_caller]
pub fn conv2d_backprop_filter<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter_sizes: impl IntoIntegers,
    out_backprop: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let options = Conv2D::new();
    conv2d_backprop_filter_with(input, filter_sizes, out_backprop, strides, padding, options)
}

/// As [`conv2d_backprop_filter`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`conv2d_backprop_filter`].
#[track_caller]
pub fn conv2d_backprop_filter_with<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter_sizes: impl IntoIntegers,
    out_backprop: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv2D>,
) -> Tensor<T> {
    let attributes = Conv2DOp::new(&strides.into_integers(), &padding.into(), &options.into());
    let filter_sizes = filter_sizes.into_integers();
    let graph = graph_of(&[input.graph(), filter_sizes.graph(), out_backprop.graph()]);
    graph.op_scope("Conv2DBackpropFilter", |scope| {
        let input = input.into_tensor(&graph, "input");
        let filter_sizes = filter_sizes.into_tensor::<i32>(&graph, "filter_sizes");
        let gradient = out_backprop.into_tensor(&graph, "out_backprop");
        let inputs = [input.any(), filter_sizes.any(), gradient.any()];
        made(scope, Role::Filter, attributes, inputs)
    })
}

/// The transpose of [`conv2d`], its gradient with respect to `input` as an operation of its own, as
/// `tf.nn.conv2d_transpose` computes it: a convolution that makes pictures larger.
///
/// `value` is [batch, height, width, channels], `filter` is [filter height, filter width, output
/// channels, channels], and the result has shape `output_shape`: [batch, output height, output
/// width, output channels].
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.placeholder::<f32>("x", tf::shape![?, 7, 7, 64]);
/// let filter = graph.zeros::<f32>([5, 5, 32, 64]);
/// let batch = tf::shape(&x).index(0);
/// let y = tf::nn::conv2d_transpose(&x, &filter, (batch, 14, 14, 32), 2, "SAME");
/// assert_eq!(y.shape().to_string(), "(?, 14, 14, 32)");
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or a stride is not positive.
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`conv2d_transpose_with`].
#[track_caller]
pub fn conv2d_transpose<T: ConvElement>(
    value: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    output_shape: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let options = Conv2D::new();
    conv2d_transpose_with(value, filter, output_shape, strides, padding, options)
}

/// As [`conv2d_transpose`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`conv2d_transpose`].
#[track_caller]
pub fn conv2d_transpose_with<T: ConvElement>(
    value: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    output_shape: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv2D>,
) -> Tensor<T> {
    let attributes = Conv2DOp::new(&strides.into_integers(), &padding.into(), &options.into());
    let output_shape = output_shape.into_integers();
    let graph = graph_of(&[value.graph(), filter.graph(), output_shape.graph()]);
    graph.op_scope("conv2d_transpose", |scope| {
        let sizes = output_shape.into_tensor::<i32>(&graph, "input_sizes");
        let filter = filter.into_tensor(&graph, "filter");
        let value = value.into_tensor(&graph, "out_backprop");
        let inputs = [sizes.any(), filter.any(), value.any()];
        made(scope, Role::Input, attributes, inputs)
    })
}

attributes! {
    /// `Conv2D` and its gradients, by their attributes.
    pub(super) struct Conv2DOp {
        strides: Vec<i64>,
        use_cudnn_on_gpu: bool,
        padding: String,
        explicit_paddings: Vec<i64>,
        data_format: String,
        dilations: Vec<i64>,
    }
}

impl Conv2DOp {
    /// # Errors
    /// `InvalidArgument` if there are not so many strides or dilations.
    pub(super) fn new(strides: &Integers, padding: &Padding, options: &Conv2D) -> Result<Self> {
        Ok(Conv2DOp::of(Nodes::new(2, strides, padding, options)?))
    }

    pub(super) fn of(nodes: Nodes) -> Self {
        let (padding, explicit_paddings) = nodes.padding.attributes();
        Conv2DOp {
            strides: nodes.strides,
            use_cudnn_on_gpu: true,
            padding,
            explicit_paddings,
            data_format: nodes.data_format,
            dilations: nodes.dilations,
        }
    }
}

impl ConvAttributes for Conv2DOp {
    const SHAPES_TOGETHER: bool = true;

    fn op_type(role: Role) -> &'static str {
        match role {
            Role::Forward => "Conv2D",
            Role::Input => "Conv2DBackpropInput",
            Role::Filter => "Conv2DBackpropFilter",
        }
    }

    fn geometry(&self, role: Role) -> Geometry<'_> {
        Geometry {
            op_type: Conv2DOp::op_type(role),
            role,
            mixing: Mixing::All,
            axes: 2,
            strides: &self.strides,
            dilations: &self.dilations,
            padding: &self.padding,
            explicit_paddings: Some(&self.explicit_paddings),
            data_format: &self.data_format,
            by_example: false,
        }
    }
}
