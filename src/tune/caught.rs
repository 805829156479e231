//! Calls of the user's functions, which may panic.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::types::{Error, Result};

/// What `call` returns; a panic becomes an error with its message.
///
/// What the call has left half done must not be used any more.
pub(super) fn caught<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| Err(panicked(&*panic)))
}

/// The error that a panic becomes.
pub(super) fn panicked(panic: &(dyn Any + Send)) -> Error {
    Error::unknown(format!("panicked: {}", message(panic)))
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message")
}
