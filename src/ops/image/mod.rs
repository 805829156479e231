//! Ops on images, as `tf.image` has them.
//!
//! Images are [height, width, channels], batches of them [batch, height, width, channels].

#[cfg(feature = "image")]
pub(in crate::ops) mod codec;
mod resize;
mod support;

use super::family::family;

#[cfg(feature = "image")]
pub use codec::*;

family! {
    ops: resize;
}
