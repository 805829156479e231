//! Linear algebra: decompositions of matrices, and equations.

pub(crate) mod adjoint;
mod qr;
mod triangular_solve;

use super::family::family;

family! {
    ops: qr, triangular_solve;
}
