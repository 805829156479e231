//! Linear algebra: decompositions of matrices.

mod qr;

use super::family::family;

family! {
    ops: qr;
}
