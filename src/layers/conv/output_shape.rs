//! How long the axes of a layer's result are.

use super::options::Windows;
use crate::kernels::window::{Pad, Window};
use crate::ops::nn::Padding;
use crate::types::{Dim, Result, Shape};

/// The lengths of the result of a convolution for inputs of this shape, which has as many axes as
/// the layer wants.
///
/// # Errors
/// `InvalidArgument` if a window does not fit.
pub(super) fn output_shape(
    inputs: &Shape,
    channels_first: bool,
    windows: &Windows,
) -> Result<Vec<Dim>> {
    let pad = match windows.padding {
        Padding::Same => Pad::Same,
        _ => Pad::Valid,
    };
    output_dims(inputs, channels_first, windows, |axis, length| {
        let size = windows.kernel_size[axis];
        let window = Window::new(size, windows.strides[axis], windows.dilation_rate[axis])?;
        Ok(window.along(length, pad)?.output)
    })
}

/// The lengths of the result, where an axis of so many elements gets the length that `length_of`
/// says, by the number of the axis among those that windows move over.
///
/// # Errors
/// As `length_of`.
pub(super) fn output_dims(
    inputs: &Shape,
    channels_first: bool,
    windows: &Windows,
    length_of: impl Fn(usize, usize) -> Result<usize>,
) -> Result<Vec<Dim>> {
    let axes = windows.strides.len();
    let (first, channels) = match channels_first {
        true => (2, 1),
        false => (1, axes + 1),
    };
    let mut dims = vec![None; axes + 2];
    dims[0] = inputs.dim(0);
    dims[channels] = Some(windows.filters);
    for axis in 0..axes {
        let length = inputs.dim(first + axis);
        dims[first + axis] = length.map(|length| length_of(axis, length)).transpose()?;
    }
    Ok(dims)
}
