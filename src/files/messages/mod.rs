//! TensorFlow's protocol buffers, as far as the crate reads or writes them: fields have the names and numbers of the `.proto` files.

#[cfg(feature = "summary")]
pub(crate) mod event;
#[cfg(feature = "summary")]
pub(crate) mod graph;
#[cfg(feature = "summary")]
pub(crate) mod summary;
pub(crate) mod tensor;
