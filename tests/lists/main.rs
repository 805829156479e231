//! Functions that take several operations, tensors or variables: the forms in which they take them,
//! and what they say of handles on two graphs.

mod forms;
mod strangers;

#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "../../examples/common/test_files.rs"]
mod test_files;
