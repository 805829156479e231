//! Ops on images, as `tf.image` has them.
//!
//! Images are [height, width, channels], batches of them [batch, height, width, channels].

mod resize;
mod support;

use super::family::family;

family! {
    ops: resize;
}
