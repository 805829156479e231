//! Convolutions.

mod conv1d;
mod conv2d;
mod conv3d;
mod convolution;
mod depthwise;
mod geometry;
mod gradient;
mod nodes;
mod op;
mod options;

use crate::ops::family::family;

family! {
    ops: conv2d, conv3d, depthwise;
    names: conv1d, convolution, geometry, options;
}
