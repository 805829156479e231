//! The protocol buffers in TensorFlow's files, as far as they are read or written here.
//!
//! Source: the `.proto` files in `tensorflow/core`; field numbers and types are theirs.

#[cfg(feature = "checkpoint")]
pub(crate) mod bundle;
#[cfg(feature = "summary")]
pub(crate) mod event;
#[cfg(any(feature = "summary", feature = "graph_def"))]
pub(crate) mod graph;
#[cfg(feature = "summary")]
pub(crate) mod summary;
pub(crate) mod tensor;
