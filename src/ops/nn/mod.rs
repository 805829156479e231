//! Ops of neural networks: activations, softmax and cross entropies.

mod relu;

pub use relu::relu;

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[relu::OPS];
