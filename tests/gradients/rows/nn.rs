//! Activations, softmax, cross entropies.

use crate::check::Row;

pub fn rows() -> Vec<Row> {
    Vec::new()
}
