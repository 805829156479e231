//! Files of pictures decoded and made: PNG, JPEG, BMP and GIF.
//!
//! JPEG files are decoded and made by code of the crate's own. Other crates have neither the
//! attributes of TensorFlow's ops (`ratio`, `dct_method`, `fancy_upscaling`, files that end too
//! early) nor its pixels: those that were tried were up to 125 off. Here pixels and files are
//! TensorFlow's.

mod adjust_quality;
mod decode;
mod decode_bmp;
mod encode_jpeg;
mod encode_png;
mod extract_jpeg_shape;
mod format;
mod gif;
mod jpeg;
mod png;
mod support;

use crate::ops::family::family;

family! {
    ops: decode, decode_bmp, encode_jpeg, encode_png, extract_jpeg_shape;
    names: adjust_quality;
}
