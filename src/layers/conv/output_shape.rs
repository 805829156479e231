//! How long the axes of a convolution's result are.

use super::options::Windows;
use crate::kernels::window::{Pad, Window};
use crate::ops::nn::Padding;
use crate::types::{Dim, Result, Shape};

/// The lengths of the result for inputs of this shape, which has as many axes as the layer wants.
///
/// # Errors
/// `InvalidArgument` if a window does not fit.
pub(super) fn output_shape(
    inputs: &Shape,
    channels_first: bool,
    windows: &Windows,
) -> Result<Vec<Dim>> {
    let axes = windows.strides.len();
    let (first, channels) = match channels_first {
        true => (2, 1),
        false => (1, axes + 1),
    };
    let pad = match windows.padding {
        Padding::Same => Pad::Same,
        _ => Pad::Valid,
    };
    let mut dims = vec![None; axes + 2];
    dims[0] = inputs.dim(0);
    dims[channels] = Some(windows.filters);
    for axis in 0..axes {
        if let Some(length) = inputs.dim(first + axis) {
            let size = windows.kernel_size[axis];
            let window = Window::new(size, windows.strides[axis], windows.dilation_rate[axis])?;
            dims[first + axis] = Some(window.along(length, pad)?.output);
        }
    }
    Ok(dims)
}
