//! Ops on images, as `tf.image` has them.
//!
//! Images are [height, width, channels], batches of them [batch, height, width, channels].

mod adjust;
mod adjust_ops;
#[cfg(feature = "image")]
pub(in crate::ops) mod codec;
mod colours;
mod combined_non_max_suppression;
mod convert;
mod crop;
mod crop_and_resize;
mod draw_bounding_boxes;
mod extract_glimpse;
mod filters;
mod flip;
mod hsv;
mod is_jpeg;
mod non_max_suppression;
mod projective_transform;
mod quality;
mod resize;
mod resize_images;
mod sample_distorted_bounding_box;
mod scale_and_translate;
mod ssim_multiscale;
mod support;

use super::family::family;

#[cfg(feature = "image")]
pub use codec::*;

family! {
    ops: adjust_ops, combined_non_max_suppression, crop_and_resize, draw_bounding_boxes,
        extract_glimpse, hsv,
        non_max_suppression, projective_transform, resize, sample_distorted_bounding_box,
        scale_and_translate;
    names: adjust, colours, convert, crop, filters, flip, is_jpeg, quality, resize_images,
        ssim_multiscale;
}
