//! Functions applied to each element of one, two or three arrays, with broadcasting.
//!
//! Arrays in row-major order are walked as slices, all others row by row along their last axis. A function is compiled into
//! these two loops and no others, as there are many functions.

use ndarray::{ArrayView1, ArrayViewD, ArrayViewMutD, IxDyn, Zip};

use crate::types::{Element, Error, Result, Shape, broadcast_dims};

/// `out[i] = f(x[i])`. Both have the same shape.
pub(crate) fn map<A: Element, B: Element>(
    x: ArrayViewD<'_, A>,
    mut out: ArrayViewMutD<'_, B>,
    f: impl Fn(A) -> B,
) {
    let Some(out) = out.as_slice_mut() else {
        return map_into_strides(x, out, &f);
    };
    if let Some(x) = x.as_slice() {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = f(x);
        }
        return;
    }
    let mut rows = Rows::new(&x);
    for out in out.chunks_exact_mut(rows.length) {
        let x = rows.next_row();
        for (i, out) in out.iter_mut().enumerate() {
            *out = f(x[i]);
        }
    }
}

/// As [`map`] for an `out` that is part of a larger array.
fn map_into_strides<A: Element, B: Element>(
    x: ArrayViewD<'_, A>,
    out: ArrayViewMutD<'_, B>,
    f: &dyn Fn(A) -> B,
) {
    Zip::from(out).and(x).for_each(|out, &x| *out = f(x));
}

/// `out[i] = f(x[i], y[i])`, with `x` and `y` broadcast to the shape of `out`, which is in row-major order.
pub(crate) fn zip<A: Element, B: Element, C: Element>(
    x: ArrayViewD<'_, A>,
    y: ArrayViewD<'_, B>,
    mut out: ArrayViewMutD<'_, C>,
    f: impl Fn(A, B) -> C,
) {
    let (x, y) = (stretch(&x, out.shape()), stretch(&y, out.shape()));
    let out = row_major(&mut out);
    if let (Some(x), Some(y)) = (x.as_slice(), y.as_slice()) {
        for ((out, &x), &y) in out.iter_mut().zip(x).zip(y) {
            *out = f(x, y);
        }
        return;
    }
    let (mut x_rows, mut y_rows) = (Rows::new(&x), Rows::new(&y));
    for out in out.chunks_exact_mut(x_rows.length) {
        let (x, y) = (x_rows.next_row(), y_rows.next_row());
        for (i, out) in out.iter_mut().enumerate() {
            *out = f(x[i], y[i]);
        }
    }
}

/// `out[i] = f(x[i], y[i], z[i])`, with `x`, `y` and `z` broadcast to the shape of `out`, which is in row-major order.
pub(crate) fn zip3<A: Element, B: Element, C: Element, D: Element>(
    x: ArrayViewD<'_, A>,
    y: ArrayViewD<'_, B>,
    z: ArrayViewD<'_, C>,
    mut out: ArrayViewMutD<'_, D>,
    f: impl Fn(A, B, C) -> D,
) {
    let (x, y, z) = (
        stretch(&x, out.shape()),
        stretch(&y, out.shape()),
        stretch(&z, out.shape()),
    );
    let out = row_major(&mut out);
    let (mut x_rows, mut y_rows, mut z_rows) = (Rows::new(&x), Rows::new(&y), Rows::new(&z));
    for out in out.chunks_exact_mut(x_rows.length) {
        let (x, y, z) = (x_rows.next_row(), y_rows.next_row(), z_rows.next_row());
        for (i, out) in out.iter_mut().enumerate() {
            *out = f(x[i], y[i], z[i]);
        }
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

/// The rows of an array along its last axis, in row-major order.
struct Rows<'x, A> {
    array: &'x ArrayViewD<'x, A>,
    /// The place of the next row: an index for every axis but the last.
    place: Vec<usize>,
    /// The length of a row; at least 1, so that an empty array has none.
    length: usize,
}

impl<'x, A: Element> Rows<'x, A> {
    fn new(array: &'x ArrayViewD<'x, A>) -> Self {
        let place = vec![0; array.ndim().saturating_sub(1)];
        Rows {
            array,
            place,
            length: array.shape().last().map_or(1, |&length| length.max(1)),
        }
    }

    /// The next row, of an array that has one left.
    #[inline(never)]
    fn next_row(&mut self) -> ArrayView1<'x, A> {
        let mut row = self.array.view();
        for &i in &self.place {
            row = row.index_axis_move(ndarray::Axis(0), i);
        }
        self.advance();
        match row.ndim() {
            0 => row.insert_axis(ndarray::Axis(0)),
            _ => row,
        }
        .into_dimensionality()
        .expect("all axes but the last were indexed")
    }

    fn advance(&mut self) {
        for (axis, i) in self.place.iter_mut().enumerate().rev() {
            *i += 1;
            if *i < self.array.shape()[axis] {
                return;
            }
            *i = 0;
        }
    }
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
