//! TensorFlow's graphs, read and written.

#[path = "../../examples/common/test_files.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod test_files;

mod batch_norm;
mod by_hand;
mod corpus;
mod functions;
mod hostile;
mod import;
#[path = "../common/graph_messages.rs"]
mod messages;
mod texts;
mod types;
mod with_tensorflow;
mod written;
