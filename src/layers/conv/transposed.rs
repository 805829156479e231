//! The nodes of transposed convolutions.

use super::options::Windows;
use super::output_shape::output_dims;
use crate::graph::Tensor;
use crate::ops::array::{shape, stack};
use crate::ops::nn::{ConvElement, Padding, conv2d_transpose_with, conv3d_transpose_with};
use crate::types::{Dim, Error, Result, Shape};

/// How long an axis of `length` elements becomes; `None` if that is no length.
fn output_length(length: usize, windows: &Windows, axis: usize) -> Option<usize> {
    let stride = usize::try_from(windows.strides[axis]).ok()?;
    let length = length.checked_mul(stride)?;
    match windows.padding {
        Padding::Valid => length.checked_add(beyond_stride(windows, axis)),
        _ => Some(length),
    }
}

/// By how much windows are longer than the stride.
fn beyond_stride(windows: &Windows, axis: usize) -> usize {
    let stride = usize::try_from(windows.strides[axis]).unwrap_or(usize::MAX);
    windows.kernel_size[axis].saturating_sub(stride)
}

/// The transposed convolution, without a bias. As in TensorFlow, the result's shape is computed in
/// the graph.
///
/// # Errors
/// `InvalidArgument` if a number is too large.
#[track_caller]
pub(super) fn transposed<T: ConvElement>(
    x: &Tensor<T>,
    kernel: &Tensor<T>,
    channels_first: bool,
    windows: &Windows,
) -> Result<Tensor<T>> {
    let axes = windows.strides.len();
    let first = if channels_first { 2 } else { 1 };
    let int32 = |number: usize| {
        i32::try_from(number)
            .map_err(|_| Error::invalid_argument(format!("{number} is too large for a layer")))
    };
    let filters = int32(windows.filters)?;
    let lengths = shape(x);
    let batch = lengths.index(0);
    // Few: one for each axis, here and below.
    let inputs: Vec<Tensor<i32>> = (first..first + axes)
        .map(|axis| lengths.index(axis))
        .collect();
    let mut outputs = Vec::with_capacity(axes);
    for (axis, length) in inputs.iter().enumerate() {
        let stride = usize::try_from(windows.strides[axis]).unwrap_or(usize::MAX);
        let length = length * int32(stride)?;
        outputs.push(match windows.padding {
            Padding::Valid => length + int32(beyond_stride(windows, axis))?,
            _ => length,
        });
    }
    let output_shape = match (&outputs[..], channels_first) {
        ([height, width], false) => stack((batch, height, width, filters), 0),
        ([height, width], true) => stack((batch, filters, height, width), 0),
        ([depth, height, width], false) => stack((batch, depth, height, width, filters), 0),
        ([depth, height, width], true) => stack((batch, filters, depth, height, width), 0),
        _ => return Err(Error::internal("a transposed layer has two or three axes")),
    };
    let strides = &windows.strides[..];
    let padding = windows.padding.clone();
    let sums = if axes == 2 {
        // Nobody reads it: TensorFlow's layer looks there whether the batch is known.
        output_shape.index(0);
        let layout = if channels_first { "NCHW" } else { "NHWC" };
        conv2d_transpose_with(x, kernel, output_shape, strides, padding, layout)
    } else {
        let layout = if channels_first { "NCDHW" } else { "NDHWC" };
        conv3d_transpose_with(x, kernel, output_shape, strides, padding, layout)
    };
    if !sums.is_failed() {
        sums.set_shape(transposed_shape(&x.shape(), channels_first, windows)?);
    }
    Ok(sums)
}

/// The lengths of the result for inputs of this shape, which has as many axes as the layer wants.
///
/// # Errors
/// `InvalidArgument` if one is no length.
pub(super) fn transposed_shape(
    inputs: &Shape,
    channels_first: bool,
    windows: &Windows,
) -> Result<Vec<Dim>> {
    output_dims(inputs, channels_first, windows, |axis, length| {
        output_length(length, windows, axis).ok_or_else(|| {
            let message = format!("an axis of {length} elements becomes too long");
            Error::invalid_argument(message)
        })
    })
}
