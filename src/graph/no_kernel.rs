//! What is said where there is no kernel.

use crate::types::{DType, Error};

/// The mistake of asking for a kernel that there is not for an element type, which the attribute
/// `name` of the op is.
pub(super) fn no_kernel(op_type: &str, name: &str, dtype: DType) -> Error {
    Error::unimplemented(format!(
        "No OpKernel was registered to support Op '{op_type}' with {name}={}",
        dtype.cpp_name()
    ))
}
