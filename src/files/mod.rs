//! Files: how they are written, and the formats that TensorFlow gives them.
//!
//! Nothing here knows of graphs.

mod atomic;
#[cfg(any(feature = "checkpoint", feature = "summary"))]
pub(crate) mod crc;
#[cfg(any(feature = "checkpoint", feature = "summary"))]
pub(crate) mod messages;
#[cfg(feature = "summary")]
pub(crate) mod record;

pub(crate) use atomic::write_atomically;
