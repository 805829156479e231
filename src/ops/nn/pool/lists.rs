//! Attributes that are a list of numbers, one for each axis.

use crate::types::{Error, Result};

/// Fails unless there are as many numbers as axes.
///
/// # Errors
/// `InvalidArgument` in TensorFlow's words.
pub(super) fn expect_length(
    op_type: &str,
    (name, numbers): (&str, &[i64]),
    rank: usize,
) -> Result<()> {
    let length = numbers.len();
    let message = match length {
        _ if length < rank => format!(
            "Attr '{name}' of '{op_type}' Op passed list of length {length} less than minimum {rank}."
        ),
        _ if length > rank => format!(
            "{op_type} requires the attribute {name} to contain {rank} values, but got: {length}"
        ),
        _ => return Ok(()),
    };
    Err(Error::invalid_argument(message))
}

/// A length or step of windows.
///
/// # Errors
/// `InvalidArgument` if TensorFlow could not hold it.
pub(super) fn int32(name: &str, number: i64) -> Result<i64> {
    match i32::try_from(number) {
        Ok(_) => Ok(number),
        Err(_) => Err(Error::invalid_argument(format!(
            "Attr {name} has value {number} out of range for an int32"
        ))),
    }
}

/// How many elements a window sees.
///
/// # Errors
/// `InvalidArgument` if there are none, or too many for TensorFlow.
pub(super) fn window_size(name: &str, axis: usize, number: i64) -> Result<usize> {
    match usize::try_from(int32(name, number)?) {
        Ok(size @ 1..) => Ok(size),
        _ => Err(Error::invalid_argument(format!(
            "Sliding window {name} must be > 0, but for dimension {axis} it is {number}"
        ))),
    }
}

/// Fails unless the numbers for batch and channels, the first and the last, are 1.
///
/// # Errors
/// `Unimplemented`.
pub(super) fn expect_spatial(op_type: &str, (name, numbers): (&str, &[i64])) -> Result<()> {
    match (numbers.first(), numbers.last()) {
        (Some(1), Some(1)) => Ok(()),
        _ => Err(Error::unimplemented(format!(
            "Only support {name} across space: {op_type} has {name} {numbers:?}"
        ))
        .with_help("the first and the last of these numbers must be 1")),
    }
}
