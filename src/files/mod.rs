//! Files: how they are written, and the formats that TensorFlow gives them.
//!
//! Nothing here knows of graphs.

mod atomic;

pub(crate) use atomic::write_atomically;
