//! Functions applied to each element of slices, which all have the same length.
//!
//! A function of floats is compiled once for each level of processor (see [`cpu`](super::cpu)), any other once. It should
//! be marked `#[inline(always)]`, or else the compiler may call it for each element rather than work on eight at once.

use super::cpu::vectorised;
use crate::types::Element;

/// `out[i] = f(x[i])`.
#[inline(never)]
pub(crate) fn map<A: Element, B: Element>(x: &[A], out: &mut [B], f: impl Fn(A) -> B + Copy) {
    if const { A::DTYPE.is_floating() && B::DTYPE.is_floating() } {
        vectorised(
            #[inline(always)]
            || map_each(x, out, f),
        );
    } else {
        map_each(x, out, f);
    }
}

/// `out[i] = f(x[i], y[i])`.
#[inline(never)]
pub(crate) fn zip<A: Element, B: Element, C: Element>(
    x: &[A],
    y: &[B],
    out: &mut [C],
    f: impl Fn(A, B) -> C + Copy,
) {
    if const { A::DTYPE.is_floating() && B::DTYPE.is_floating() && C::DTYPE.is_floating() } {
        vectorised(
            #[inline(always)]
            || zip_each(x, y, out, f),
        );
    } else {
        zip_each(x, y, out, f);
    }
}

/// `out[i] = f(x[i], y[i], z[i])`; compiled once, as the choice between two arrays by a third of truth values is all that it
/// is used for.
#[inline(never)]
pub(crate) fn zip3<A: Element, B: Element, C: Element, D: Element>(
    x: &[A],
    y: &[B],
    z: &[C],
    out: &mut [D],
    f: impl Fn(A, B, C) -> D + Copy,
) {
    for (((out, &x), &y), &z) in out.iter_mut().zip(x).zip(y).zip(z) {
        *out = f(x, y, z);
    }
}

#[inline(always)]
fn map_each<A: Copy, B>(x: &[A], out: &mut [B], f: impl Fn(A) -> B) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = f(x);
    }
}

#[inline(always)]
fn zip_each<A: Copy, B: Copy, C>(x: &[A], y: &[B], out: &mut [C], f: impl Fn(A, B) -> C) {
    for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
        *out = f(x, y);
    }
}
