//! Convolutions.

mod conv2d;
mod geometry;
mod options;

use crate::ops::family::family;

family! {
    ops: conv2d;
    names: geometry, options;
}
