//! One session in several hands: threads that read while others update, load and restore, and ops
//! that call back into the session that runs them.

mod callbacks;
mod finalize;
mod one_moment;
mod panics;
mod probe;
mod startup;
#[path = "../../examples/common/test_files.rs"]
#[allow(dead_code, reason = "other tests use the rest")]
mod test_files;
