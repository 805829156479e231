//! Functions applied to each element of two or three arrays, with broadcasting.
//!
//! Arrays in row-major order are given to the functions of [`slices`] as they lie, all others piece by piece: so no function is
//! compiled into any other loop, as there are many functions.

use ndarray::{ArrayViewD, ArrayViewMutD, IxDyn};
use smallvec::SmallVec;

use super::reader::{PIECE, Reader};
use super::slices;
use crate::types::{Element, Error, Result, Shape};

/// `out[i] = f(x[i], y[i])`, with `x` and `y` broadcast to the shape of `out`, which is in row-major order.
pub(crate) fn zip<A: Element, B: Element, C: Element>(
    x: ArrayViewD<'_, A>,
    y: ArrayViewD<'_, B>,
    mut out: ArrayViewMutD<'_, C>,
    f: impl Fn(A, B) -> C + Copy,
) {
    let (x, y) = (stretch(&x, out.shape()), stretch(&y, out.shape()));
    let out = row_major(&mut out);
    if let (Some(x), Some(y)) = (x.as_slice(), y.as_slice()) {
        return slices::zip(x, y, out, f);
    }
    let (mut x, mut y) = (Reader::new(&x), Reader::new(&y));
    for out in out.chunks_mut(PIECE) {
        slices::zip(x.next(out.len()), y.next(out.len()), out, f);
    }
}

/// `out[i] = f(x[i], y[i], z[i])`, with `x`, `y` and `z` broadcast to the shape of `out`, which is in row-major order.
pub(crate) fn zip3<A: Element, B: Element, C: Element, D: Element>(
    x: ArrayViewD<'_, A>,
    y: ArrayViewD<'_, B>,
    z: ArrayViewD<'_, C>,
    mut out: ArrayViewMutD<'_, D>,
    f: impl Fn(A, B, C) -> D + Copy,
) {
    let (x, y, z) = (
        stretch(&x, out.shape()),
        stretch(&y, out.shape()),
        stretch(&z, out.shape()),
    );
    let out = row_major(&mut out);
    let (mut x, mut y, mut z) = (Reader::new(&x), Reader::new(&y), Reader::new(&z));
    for out in out.chunks_mut(PIECE) {
        let length = out.len();
        slices::zip3(x.next(length), y.next(length), z.next(length), out, f);
    }
}

/// `x` broadcast to `shape`.
fn stretch<'x, A: Element>(x: &'x ArrayViewD<'_, A>, shape: &[usize]) -> ArrayViewD<'x, A> {
    x.broadcast(IxDyn(shape))
        .expect("shapes are checked before a kernel runs")
}

/// The elements of an array that a kernel was given to fill.
fn row_major<'o, A: Element>(out: &'o mut ArrayViewMutD<'_, A>) -> &'o mut [A] {
    out.as_slice_mut()
        .expect("outputs are allocated in row-major order")
}

/// The shape that a kernel's two operands broadcast to.
///
/// # Errors
/// `InvalidArgument` if they do not fit.
pub(crate) fn broadcast(x: &[usize], y: &[usize]) -> Result<SmallVec<[usize; 8]>> {
    let (long, short) = if x.len() < y.len() { (y, x) } else { (x, y) };
    let mut shape = SmallVec::from_slice(long);
    for (length, &other) in shape[long.len() - short.len()..].iter_mut().zip(short) {
        match (*length, other) {
            (1, _) => *length = other,
            (a, b) if b == 1 || a == b => {}
            _ => {
                let (x, y) = (Shape::from(x).bracketed(), Shape::from(y).bracketed());
                return Err(Error::invalid_argument(format!(
                    "Incompatible shapes: {x} vs. {y}"
                )));
            }
        }
    }
    Ok(shape)
}
