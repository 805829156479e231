//! Files: how they are written, and the formats that TensorFlow gives them.
//!
//! Nothing here knows of graphs.

mod atomic;
mod json;

pub(crate) use atomic::write_atomically;
pub(crate) use json::json_string;
