//! Functions applied to each element of one, two or three arrays, with broadcasting.

use ndarray::{ArrayViewD, ArrayViewMutD, IxDyn, Zip};

use crate::types::{Element, Error, Result, Shape, broadcast_dims};

/// `out[i] = f(x[i])`. Both have the same shape.
pub(crate) fn map<A: Element, B: Element>(
    x: ArrayViewD<'_, A>,
    out: ArrayViewMutD<'_, B>,
    f: impl Fn(A) -> B,
) {
    Zip::from(out).and(x).for_each(|out, &x| *out = f(x));
}

/// `out[i] = f(x[i], y[i])`, with `x` and `y` broadcast to the shape of `out`.
pub(crate) fn zip<A: Element, B: Element, C: Element>(
    x: ArrayViewD<'_, A>,
    y: ArrayViewD<'_, B>,
    out: ArrayViewMutD<'_, C>,
    f: impl Fn(A, B) -> C,
) {
    let shape = IxDyn(out.shape());
    let x = x
        .broadcast(shape.clone())
        .expect("shapes are checked before a kernel runs");
    let y = y
        .broadcast(shape)
        .expect("shapes are checked before a kernel runs");
    Zip::from(out)
        .and(x)
        .and(y)
        .for_each(|out, &x, &y| *out = f(x, y));
}

/// `out[i] = f(x[i], y[i], z[i])`, with `x`, `y` and `z` broadcast to the shape of `out`.
pub(crate) fn zip3<A: Element, B: Element, C: Element, D: Element>(
    x: ArrayViewD<'_, A>,
    y: ArrayViewD<'_, B>,
    z: ArrayViewD<'_, C>,
    out: ArrayViewMutD<'_, D>,
    f: impl Fn(A, B, C) -> D,
) {
    let shape = IxDyn(out.shape());
    let x = x
        .broadcast(shape.clone())
        .expect("shapes are checked before a kernel runs");
    let y = y
        .broadcast(shape.clone())
        .expect("shapes are checked before a kernel runs");
    let z = z
        .broadcast(shape)
        .expect("shapes are checked before a kernel runs");
    Zip::from(out)
        .and(x)
        .and(y)
        .and(z)
        .for_each(|out, &x, &y, &z| *out = f(x, y, z));
}

/// The shape that a kernel's two operands broadcast to.
///
/// # Errors
/// `InvalidArgument` if they do not fit.
pub(crate) fn broadcast(x: &[usize], y: &[usize]) -> Result<Vec<usize>> {
    broadcast_dims(x, y).ok_or_else(|| {
        let (x, y) = (Shape::from(x), Shape::from(y));
        Error::invalid_argument(format!(
            "Incompatible shapes: {} vs. {}",
            x.bracketed(),
            y.bracketed()
        ))
    })
}
