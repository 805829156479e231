//! Linear algebra: decompositions of matrices.

mod qr;

pub use qr::{Qr, qr, qr_with};

use super::OpDef;

pub(super) const OPS: &[&[OpDef]] = &[qr::OPS];
