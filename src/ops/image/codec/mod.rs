//! Files of pictures decoded and made: PNG, JPEG, BMP and GIF.

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
