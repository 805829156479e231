//! Ops on the diagonals of matrices.

pub(in crate::ops::array) mod band;
pub(in crate::ops::array) mod diag;
pub(in crate::ops::array) mod matrix_diag;

use crate::ops::family::family;

family! {
    ops: band, diag, matrix_diag;
}
