//! Convolutions.

mod conv1d;
mod conv2d;
mod conv3d;
mod geometry;
mod nodes;
mod options;

use crate::ops::family::family;

family! {
    ops: conv2d, conv3d;
    names: conv1d, geometry, options;
}
