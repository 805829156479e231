//! Arithmetic: element-wise functions of one and two tensors, and matrix products.

mod absolute;
mod add_n;
#[cfg(feature = "all_types")]
pub(crate) mod angle;
mod arithmetic;
mod batch_matmul;
mod binary;
mod broadcast_gradient;
mod cast;
mod clip;
mod clip_norm;
mod comparison;
pub(crate) mod conj;
mod cross;
mod division;
mod exponential;
mod extremum;
mod finite;
mod global_norm;
mod hyperbolic;
mod logical;
mod matmul;
mod no_nan;
mod operators;
#[cfg(feature = "all_types")]
pub(crate) mod parts;
mod power;
mod powers;
mod rounding;
pub(crate) mod select;
mod sigmoid;
mod sign;
mod slopes;
mod special;
pub(crate) mod tensordot;
mod trigonometric;
mod unary;

pub(crate) use conj::conj;
#[cfg(feature = "all_types")]
pub(crate) use parts::{complex, imag, real};
pub(crate) use select::select;

use super::family::family;

family! {
    ops: absolute, add_n, arithmetic, batch_matmul, broadcast_gradient, cast, comparison, cross,
        division, exponential, extremum, finite, hyperbolic, logical, matmul, no_nan, power, powers,
        rounding, sigmoid, sign, slopes, special, trigonometric;
    names: clip, clip_norm, global_norm, operators;
    rows: #[cfg(feature = "all_types")] angle, conj, #[cfg(feature = "all_types")] parts, select;
}
