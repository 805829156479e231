//! What an op is given: [`InferContext`], [`Kernel`] and [`GradientContext`].

mod gradient;
mod infer;
mod inputs;
mod kernel;
mod outputs;
mod owned;

pub use gradient::GradientContext;
pub use infer::InferContext;
pub use inputs::Inputs;
pub(crate) use inputs::{checked_lengths, is_too_large, too_large};
pub use kernel::{Kernel, RefSlot};
pub use outputs::Outputs;
pub(crate) use outputs::copy;
