//! Convolutional layers: `conv1d` to `conv3d`, their transposes, and separable ones.

mod kind;
mod layer;
mod options;
mod output_shape;
mod plain;
mod separable;
mod separable_layer;
mod transposed;

pub use kind::{ConvKind, Dilates};
pub use layer::ConvLayer;
pub use options::{Conv, Conv1D, Conv2D, Conv2DTranspose, Conv3D, Conv3DTranspose};
pub use plain::{
    conv1d, conv1d_with, conv2d, conv2d_transpose, conv2d_transpose_with, conv2d_with, conv3d,
    conv3d_transpose, conv3d_transpose_with, conv3d_with,
};
pub use separable::{
    SeparableConv, SeparableConv1D, SeparableConv2D, SeparableKind, separable_conv1d,
    separable_conv1d_with, separable_conv2d, separable_conv2d_with,
};
pub use separable_layer::SeparableConvLayer;
