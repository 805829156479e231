//! Pooling: one number for each window of a picture and channel; and what belongs to it in
//! gradients.
//!
//! The channels lie last, so the innermost loops go along them. Of pictures of few channels (those
//! whose channels come first are seen as pictures of one) neighbouring windows are worked on side
//! by side instead. What is known of a window stays in registers ([`lanes`]). Results are cut into
//! parts ([`parts`]), which a plan may hand on to what follows.
//!
//! Whatever the threads, the numbers that belong to an element are added up in the order of the
//! windows, and within a window in that of its elements, as in TensorFlow.

mod argmax;
mod average;
mod dilation;
mod fold;
mod lanes;
mod parts;
mod patches;
mod places;
mod slope;
mod windows;

#[cfg(test)]
mod tests;

pub(crate) use dilation::Dilation;
pub(crate) use fold::Folded;
pub(crate) use parts::producer;
pub(crate) use patches::patches;
pub(crate) use places::{gather_places, scatter_places};
pub(crate) use slope::Given;
pub(crate) use windows::{Windows, trivial};

/// How many elements that are read are worth a part of their own.
const PIECE: usize = 16 << 10;

/// How many channels are worked on at once where that is not known to the compiler.
const LANES: usize = 64;
