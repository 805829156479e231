//! `conv1d` and its transpose.

use super::geometry::{ConvElement, Role};
use super::nodes::Nodes;
use super::options::Conv1D;
use crate::graph::{IntoTensor, Tensor, graph_of};
use crate::ops::IntoIntegers;
use crate::ops::array::{Squeeze, concat_in, expand_dims, squeeze_with};
use crate::ops::nn::Padding;

/// The convolution of sequences with a filter, as `tf.nn.conv1d` computes it.
///
/// `value` is [batch, width, channels], `filters` is [filter width, channels, output channels]; the
/// result is [batch, output width, output channels]:
///
/// result[b, i, k] = Σ value[b, stride·i + di, c] · filters[di, c, k], the sum over di and c.
///
/// ```
/// use tf1 as tf;
///
/// let graph = tf::Graph::new();
/// let x = graph.constant([[[1.0], [2.0], [3.0]]]);
/// let y = tf::nn::conv1d(&x, [[[10.0]], [[1.0]]], 1, "VALID");
/// let session = tf::Session::new(&graph)?;
/// assert_eq!(session.run(&y, [])?.as_slice(), Some(&[12.0, 23.0][..]));
/// # Ok::<(), tf::Error>(())
/// ```
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or the stride is not positive.
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`conv1d_with`].
#[track_caller]
pub fn conv1d<T: ConvElement>(
    value: impl IntoTensor<T>,
    filters: impl IntoTensor<T>,
    stride: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    conv1d_with(value, filters, stride, padding, Conv1D::new())
}

/// As [`conv1d`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`conv1d`], and if there is no such layout or a dilation is not positive.
#[track_caller]
pub fn conv1d_with<T: ConvElement>(
    value: impl IntoTensor<T>,
    filters: impl IntoTensor<T>,
    stride: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv1D>,
) -> Tensor<T> {
    let nodes = Nodes::new(1, &stride.into_integers(), &padding.into(), &options.into());
    let graph = graph_of(&[value.graph(), filters.graph()]);
    graph.op_scope("conv1d", |scope| {
        let value = value.into_tensor(&graph, "value");
        let filters = filters.into_tensor(&graph, "filters");
        let made = nodes.and_then(|nodes| nodes.forward(scope, &value, &filters));
        made.unwrap_or_else(|error| scope.failed("conv1d", error))
    })
}

/// The transpose of [`conv1d`], its gradient with respect to `value` as an operation of its own, as
/// `tf.nn.conv1d_transpose` computes it: a convolution that makes sequences longer.
///
/// `input` is [batch, width, channels], `filters` is [filter width, output channels, channels], and
/// the result has shape `output_shape`: [batch, output width, output channels].
///
/// # Errors
/// `InvalidArgument` if the shapes do not fit, or a stride is not positive.
///
/// # Options
/// `data_format`, `channels_first`, `dilations`: see [`conv1d_transpose_with`].
#[track_caller]
pub fn conv1d_transpose<T: ConvElement>(
    input: impl IntoTensor<T>,
    filters: impl IntoTensor<T>,
    output_shape: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
) -> Tensor<T> {
    let options = Conv1D::new();
    conv1d_transpose_with(input, filters, output_shape, strides, padding, options)
}

/// As [`conv1d_transpose`], with a layout and dilations as `options` says.
///
/// # Errors
/// As [`conv1d_transpose`].
#[track_caller]
pub fn conv1d_transpose_with<T: ConvElement>(
    input: impl IntoTensor<T>,
    filters: impl IntoTensor<T>,
    output_shape: impl IntoIntegers,
    strides: impl IntoIntegers,
    padding: impl Into<Padding>,
    options: impl Into<Conv1D>,
) -> Tensor<T> {
    let nodes = Nodes::new(
        1,
        &strides.into_integers(),
        &padding.into(),
        &options.into(),
    );
    let output_shape = output_shape.into_integers();
    let graph = graph_of(&[input.graph(), filters.graph(), output_shape.graph()]);
    graph.op_scope("conv1d_transpose", |scope| {
        let made = nodes.and_then(Nodes::flat).and_then(|(flat, axis)| {
            let input = input.into_tensor(&graph, "input");
            let filters = filters.into_tensor(&graph, "filters");
            let (input, filters) = (expand_dims(input, axis), expand_dims(filters, 0));
            let lengths = output_shape.known().filter(|lengths| lengths.ndim() == 1);
            let sizes = match lengths.and_then(|lengths| lengths.as_slice()) {
                Some(lengths) => {
                    let (before, after) = lengths.split_at(axis.min(lengths.len()));
                    let int32 = |lengths: &[i64]| -> Vec<i32> {
                        let lengths = lengths.iter();
                        let lengths = lengths.map(|&length| i32::try_from(length).unwrap_or(-1));
                        // Few: axes.
                        lengths.collect()
                    };
                    concat_in(&graph, (int32(before), [1], int32(after)), 0)
                }
                None => {
                    let shape = output_shape.into_tensor::<i32>(&graph, "output_shape");
                    concat_in(&graph, (shape.index(..axis), [1], shape.index(axis..)), 0)
                }
            };
            let inputs = [sizes.any(), filters.any(), input.any()];
            let result = flat.made(scope, Role::Input, inputs)?;
            Ok(squeeze_with(&result, Squeeze::new().axis([axis])))
        });
        made.unwrap_or_else(|error| scope.failed("conv1d_transpose", error))
    })
}
