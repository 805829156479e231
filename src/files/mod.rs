//! Files: how they are written, and the formats that TensorFlow gives them.
//!
//! Nothing here knows of graphs.

mod atomic;
#[cfg(feature = "checkpoint")]
pub(crate) mod bundle;
#[cfg(any(feature = "checkpoint", feature = "summary"))]
mod crc;
#[cfg(any(feature = "checkpoint", feature = "summary", feature = "graph_def"))]
pub(crate) mod elements;
mod json;
#[cfg(any(feature = "checkpoint", feature = "summary", feature = "graph_def"))]
pub(crate) mod messages;
#[cfg(feature = "summary")]
pub(crate) mod record;
#[cfg(feature = "checkpoint")]
mod table;

#[cfg(feature = "tune")]
pub(crate) use atomic::sync_folder;
pub(crate) use atomic::write_atomically;
#[cfg(feature = "checkpoint")]
pub(crate) use atomic::{between, folder_of, remove_if_there};
pub(crate) use json::json_string;
