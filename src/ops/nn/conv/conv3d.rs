//! `Conv3D` and its two gradients, and these under their older op types.

use super::geometry::{ConvElement, Geometry, Mixing, Role};
use super::nodes::Nodes;
use super::op::{ConvAttributes, ConvOp, made};
use super::options::Conv3D;
use crate::graph::{IntoTensor, Tensor, attributes, graph_of};
use crate::ops::OpDef;
use crate::ops::def::op;
use crate::ops::nn::Padding;
use crate::ops::{Integers, IntoIntegers};
use crate::types::Result;

pub(in crate::ops) const OPS: &[OpDef] = &[
    op!(smooth "Conv3D(input: T, filter: T) -> (output: T); strides: list(int); padding: string; \
         data_format: string = 'NDHWC'; dilations: list(int) = [1, 1, 1, 1, 1]; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |node| ConvOp::<T, Conv3DOp>::new(Role::Forward, node.attributes()?)),
    op!(smooth "Conv3DBackpropInputV2(input_sizes: Tshape, filter: T, out_backprop: T) -> (output: T); \
         strides: list(int); padding: string; \
         data_format: string = 'NDHWC'; dilations: list(int) = [1, 1, 1, 1, 1]; \
         Tshape: type = int32; T in {float16, bfloat16, float32, float64}; Tshape in {int32, int64}",
        T: floating, |node| ConvOp::<T, Conv3DOp>::new(Role::Input, node.attributes()?)),
    op!(smooth "Conv3DBackpropFilterV2(input: T, filter_sizes: int32, out_backprop: T) -> (output: T); \
         strides: list(int); padding: string; \
         data_format: string = 'NDHWC'; dilations: list(int) = [1, 1, 1, 1, 1]; \
         T in {float16, bfloat16, float32, float64}",
        T: floating, |node| ConvOp::<T, Conv3DOp>::new(Role::Filter, node.attributes()?)),
    op!(opaque "Conv3DBackpropInput(input: T, filter: T, out_backprop: T) -> (output: T); \
         strides: list(int); padding: string; dilations: list(int) = [1, 1, 1, 1, 1]; \
         T in {float16, float32, float64}",
        T: floating, |node| ConvOp::<T, Conv3DBackprop>::new(Role::Input, node.attributes()?))
    .superseded_by("Conv3DBackpropInputV2"),
    op!(opaque "Conv3DBackpropFilter(input: T, filter: T, out_backprop: T) -> (output: T); \
         strides: list(int); padding: string; dilations: list(int) = [1, 1, 1, 1, 1]; \
         T in {float16, float32, float64}",
        T: floating, |node| ConvOp::<T, Conv3DBackprop>::new(Role::Filter, node.attributes()?))
    .superseded_by("Conv3DBackpropFilterV2"),
];

/// The convolution of volumes with a filter, as `tf.nn.conv3d` computes it.
///
/// `input` is [batch, depth, height, width, channels], `filter` is [filter depth, filter height,
/// filter width, channels, output channels]; the result is [batch, output depth, output height,
/// output width, output channels], as that of [`conv2d`](super::conv2d()) with one axis more.
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, a stride is not positive, or the padding is
/// explicit.
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`conv3d_with`].
#[track_caller]
pub fn conv3d<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    conv3d_with(input, filter, strides, padding, Conv3D::new())
}

/// As [`conv3d`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`conv3d`], and if there is no such layout or a dilation is not positive.
#[track_caller]
pub fn conv3d_with<T: ConvElement>(
    input: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv3D>,
) -> Tensor<T> {
    let attributes = Conv3DOp::new(&strides.into_integers(), &padding.into(), &options.into());
    let graph = graph_of(&[input.graph(), filter.graph()]);
    graph.op_scope("Conv3D", |scope| {
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

/// The transpose of [`conv3d`], its gradient with respect to `input` as an operation of its own, as
/// `tf.nn.conv3d_transpose` computes it.
///
/// `value` is [batch, depth, height, width, channels], `filter` is [filter depth, filter height,
/// filter width, output channels, channels], and the result has shape `output_shape`.
///
/// # Errors
/// As [`conv3d`].
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`conv3d_transpose_with`].
#[track_caller]
pub fn conv3d_transpose<T: ConvElement>(
    value: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    output_shape: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let options = Conv3D::new();
    conv3d_transpose_with(value, filter, output_shape, strides, padding, options)
}

/// As [`conv3d_transpose`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`conv3d_transpose`].
#[track_caller]
pub fn conv3d_transpose_with<T: ConvElement>(
    value: impl IntoTensor<T>,
    filter: impl IntoTensor<T>,
    output_shape: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv3D>,
) -> Tensor<T> {
    let attributes = Conv3DOp::new(&strides.into_integers(), &padding.into(), &options.into());
    let output_shape = output_shape.into_integers();
    let graph = graph_of(&[value.graph(), filter.graph(), output_shape.graph()]);
    graph.op_scope("conv3d_transpose", |scope| {
        let sizes = output_shape.into_any(&graph, "input_sizes");
        let filter = filter.into_tensor(&graph, "filter");
        let value = value.into_tensor(&graph, "out_backprop");
        made(
            scope,
            Role::Input,
            attributes,
            [sizes, filter.any(), value.any()],
        )
    })
}

attributes! {
    /// `Conv3D` and its gradients, by their attributes.
    pub(super) struct Conv3DOp {
        strides: Vec<i64>,
        padding: String,
        data_format: String,
        dilations: Vec<i64>,
    }
}

impl Conv3DOp {
    /// # Errors
    /// `InvalidArgument` if there are not so many strides or dilations, or the padding is explicit.
    fn new(strides: &Integers, padding: &Padding, options: &Conv3D) -> Result<Self> {
        Conv3DOp::of(Nodes::new(3, strides, padding, options)?)
    }

    /// # Errors
    /// `InvalidArgument` if the padding is explicit.
    pub(super) fn of(nodes: Nodes) -> Result<Self> {
        Ok(Conv3DOp {
            strides: nodes.strides,
            padding: nodes.padding.implicit("Conv3D")?,
            data_format: nodes.data_format,
            dilations: nodes.dilations,
        })
    }
}

impl ConvAttributes for Conv3DOp {
    fn op_type(role: Role) -> &'static str {
        match role {
            Role::Forward => "Conv3D",
            Role::Input => "Conv3DBackpropInputV2",
            Role::Filter => "Conv3DBackpropFilterV2",
        }
    }

    fn geometry(&self, role: Role) -> Geometry<'_> {
        Geometry {
            op_type: Conv3DOp::op_type(role),
            role,
            mixing: Mixing::All,
            axes: 3,
            strides: &self.strides,
            dilations: &self.dilations,
            padding: &self.padding,
            explicit_paddings: None,
            data_format: &self.data_format,
            by_example: false,
        }
    }
}

attributes! {
    /// `Conv3DBackpropInput` and `Conv3DBackpropFilter`, by their attributes: they are given an
    /// array of the shape of what they make.
    struct Conv3DBackprop {
        strides: Vec<i64>,
        padding: String,
        dilations: Vec<i64>,
    }
}

impl ConvAttributes for Conv3DBackprop {
    const HAS_GRADIENTS: bool = false;

    fn op_type(role: Role) -> &'static str {
        match role {
            Role::Filter => "Conv3DBackpropFilter",
            _ => "Conv3DBackpropInput",
        }
    }

    fn geometry(&self, role: Role) -> Geometry<'_> {
        Geometry {
            op_type: Conv3DBackprop::op_type(role),
            role,
            mixing: Mixing::All,
            axes: 3,
            strides: &self.strides,
            dilations: &self.dilations,
            padding: &self.padding,
            explicit_paddings: None,
            data_format: "NDHWC",
            by_example: true,
        }
    }
}
