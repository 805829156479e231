//! Softmax, and the cross entropy of it, of the rows of matrices.
//!
//! A few rows are computed at a time, in the memory of their results: so the exponentials of all of them are one loop over a
//! slice, whether the rows are many or long, and in whatever order the operand lies in memory.

use ndarray::{
    ArrayView1, ArrayView2, ArrayViewD, ArrayViewMut1, ArrayViewMut2, ArrayViewMutD, Axis, Ix2,
};

use super::cpu::vectorised;
use super::reduce::{Adder, Reducer, fold, fold_next};
use crate::types::Float;

/// How many rows are computed at a time.
const ROWS: usize = 64;

/// How many elements rows should have together to be computed at a time: few enough for the processor's nearest cache.
const ELEMENTS: usize = 4096;

/// What is computed of rows of logits.
pub(crate) trait Rows<T: Float> {
    /// Writes the results of at most [`ROWS`] rows, which are not empty, row after row.
    fn apply(x: ArrayView2<'_, T>, out: &mut [T]);
}

/// eˣ / Σ eˣ.
#[derive(Debug)]
pub(crate) struct Exponentials;

/// x - ln Σ eˣ.
#[derive(Debug)]
pub(crate) struct Logarithms;

impl<T: Float> Rows<T> for Exponentials {
    fn apply(x: ArrayView2<'_, T>, out: &mut [T]) {
        let Powers { scale, .. } = Powers::of(x, out);
        for (out, scale) in out.chunks_exact_mut(x.ncols()).zip(scale) {
            out.iter_mut().for_each(|power| *power = *power * scale);
        }
    }
}

impl<T: Float> Rows<T> for Logarithms {
    fn apply(x: ArrayView2<'_, T>, out: &mut [T]) {
        let Powers {
            largest, log_sum, ..
        } = Powers::of(x, out);
        copy(x, out);
        let sums = largest.into_iter().zip(log_sum);
        for (out, (largest, log_sum)) in out.chunks_exact_mut(x.ncols()).zip(sums) {
            out.iter_mut().for_each(|x| *x = *x - largest - log_sum);
        }
    }
}

/// Applies `F` to all rows along the last axis of `x`.
pub(crate) fn each_row<T: Float, F: Rows<T>>(x: ArrayViewD<'_, T>, mut out: ArrayViewMutD<'_, T>) {
    if !x.is_empty() {
        each_matrix::<T, F>(x, row_major(out.as_slice_mut()));
    }
}

fn each_matrix<T: Float, F: Rows<T>>(x: ArrayViewD<'_, T>, out: &mut [T]) {
    let columns = x.len_of(Axis(x.ndim() - 1));
    let as_matrix = x.view().into_shape_with_order((x.len() / columns, columns));
    if let Ok(x) = as_matrix.or_else(|_| x.view().into_dimensionality::<Ix2>()) {
        let height = height(columns);
        let parts = x.axis_chunks_iter(Axis(0), height);
        for (x, out) in parts.into_iter().zip(out.chunks_mut(height * columns)) {
            F::apply(x, out);
        }
    } else {
        let length = x.len() / x.len_of(Axis(0));
        for (x, out) in x.outer_iter().zip(out.chunks_exact_mut(length)) {
            each_matrix::<T, F>(x, out);
        }
    }
}

/// How many rows of `columns` elements are computed at a time.
fn height(columns: usize) -> usize {
    (ELEMENTS / columns).clamp(1, ROWS)
}

/// For each row of `logits` and `labels`, broadcast to the shape of `slope`: the cross entropy Σ labels · (ln Σ eˣ - x) as
/// `loss`, and its gradient with respect to the logits, softmax(x) - labels, as `slope`, which is in row-major order.
pub(crate) fn cross_entropy<T: Float>(
    logits: ArrayView2<'_, T>,
    labels: ArrayView2<'_, T>,
    mut loss: ArrayViewMut1<'_, T>,
    mut slope: ArrayViewMut2<'_, T>,
) {
    let shape = slope.raw_dim();
    let logits = logits
        .broadcast(shape)
        .expect("shapes are checked before a kernel runs");
    let labels = labels
        .broadcast(shape)
        .expect("shapes are checked before a kernel runs");
    let columns = shape[1];
    if columns == 0 {
        return loss.fill(T::ZERO);
    }
    let height = height(columns);
    let slopes = row_major(slope.as_slice_mut()).chunks_mut(height * columns);
    let operands = logits
        .axis_chunks_iter(Axis(0), height)
        .zip(labels.axis_chunks_iter(Axis(0), height));
    let results = loss
        .axis_chunks_iter_mut(Axis(0), height)
        .into_iter()
        .zip(slopes);
    for ((x, labels), (loss, slope)) in operands.zip(results) {
        cross_entropy_of_rows(x, labels, loss, slope);
    }
}

fn cross_entropy_of_rows<T: Float>(
    x: ArrayView2<'_, T>,
    labels: ArrayView2<'_, T>,
    loss: ArrayViewMut1<'_, T>,
    slope: &mut [T],
) {
    let powers = Powers::of(x, slope);
    let rows = x.outer_iter().zip(labels.outer_iter());
    let results = loss.into_iter().zip(slope.chunks_exact_mut(x.ncols()));
    for (i, ((x, labels), (loss, slope))) in rows.zip(results).enumerate() {
        let (largest, log_sum, scale) = (powers.largest[i], powers.log_sum[i], powers.scale[i]);
        let term = |x: T, label: T| label * (log_sum - (x - largest));
        *loss = sum_of(x, labels, term);
        for (slope, &label) in slope.iter_mut().zip(labels) {
            *slope = *slope * scale - label;
        }
    }
}

/// Σ f(x, y) of two rows.
fn sum_of<T: Float>(x: ArrayView1<'_, T>, y: ArrayView1<'_, T>, f: impl Fn(T, T) -> T) -> T {
    let length = x.len();
    if let (Some(mut x), Some(mut y)) = (x.as_slice(), y.as_slice()) {
        let mut read = |block: &mut [T]| {
            let (next_x, rest_x) = x.split_at(block.len());
            let (next_y, rest_y) = y.split_at(block.len());
            (x, y) = (rest_x, rest_y);
            for ((place, &x), &y) in block.iter_mut().zip(next_x).zip(next_y) {
                *place = f(x, y);
            }
        };
        return fold_next(&mut read, length, Adder);
    }
    let mut pairs = x.iter().zip(y);
    let mut read = |block: &mut [T]| {
        for (place, (&x, &y)) in block.iter_mut().zip(&mut pairs) {
            *place = f(x, y);
        }
    };
    fold_next(&mut read, length, Adder)
}

/// As [`cross_entropy`] where, in each row, the label in the place that `labels` names is 1 and all others are 0.
pub(crate) fn sparse_cross_entropy<T: Float>(
    logits: ArrayView2<'_, T>,
    labels: &[i64],
    mut loss: ArrayViewMut1<'_, T>,
    mut slope: ArrayViewMut2<'_, T>,
) {
    let columns = logits.ncols();
    if logits.is_empty() {
        return;
    }
    let height = height(columns);
    let operands = logits
        .axis_chunks_iter(Axis(0), height)
        .into_iter()
        .zip(labels.chunks(height));
    let slopes = row_major(slope.as_slice_mut()).chunks_mut(height * columns);
    let results = loss
        .axis_chunks_iter_mut(Axis(0), height)
        .into_iter()
        .zip(slopes);
    for ((x, labels), (mut loss, slope)) in operands.zip(results) {
        let powers = Powers::of(x, slope);
        for (i, &label) in labels.iter().enumerate() {
            let (label, slope) = (label as usize, &mut slope[i * columns..][..columns]);
            slope
                .iter_mut()
                .for_each(|power| *power = *power * powers.scale[i]);
            slope[label] = slope[label] - T::ONE;
            loss[i] = powers.log_sum[i] - (x[[i, label]] - powers.largest[i]);
        }
    }
}

/// Finds the largest of numbers, NaN aside.
#[derive(Clone, Copy)]
struct Largest;

impl<T: Float> Reducer<T, T> for Largest {
    fn start(self) -> T {
        T::LOWEST
    }

    fn include(self, largest: T, x: T) -> T {
        if x > largest { x } else { largest }
    }

    fn merge(self, a: T, b: T) -> T {
        self.include(a, b)
    }
}

/// What is kept of each of some rows.
struct Powers<T> {
    /// The largest x.
    largest: [T; ROWS],
    /// ln Σ eˣ⁻ᵐ, where m is the largest x.
    log_sum: [T; ROWS],
    /// 1 / Σ eˣ⁻ᵐ.
    scale: [T; ROWS],
}

impl<T: Float> Powers<T> {
    /// Writes eˣ⁻ᵐ of all rows.
    fn of(x: ArrayView2<'_, T>, out: &mut [T]) -> Self {
        let (count, columns) = x.dim();
        copy(x, out);
        let mut largest = [T::ZERO; ROWS];
        for (largest, row) in largest.iter_mut().zip(out.chunks_exact_mut(columns)) {
            *largest = fold(ArrayView1::from(&*row), Largest);
            row.iter_mut().for_each(|x| *x = *x - *largest);
        }
        apply(
            out,
            #[inline(always)]
            |x| x.exp(),
        );
        let mut sums = [T::ONE; ROWS];
        for (sum, row) in sums.iter_mut().zip(out.chunks_exact(columns)) {
            *sum = fold(ArrayView1::from(row), Adder);
        }
        let (mut log_sum, mut scale) = (sums, sums);
        apply(
            &mut log_sum[..count],
            #[inline(always)]
            |sum| sum.ln(),
        );
        apply(
            &mut scale[..count],
            #[inline(always)]
            |sum| T::ONE / sum,
        );
        Powers {
            largest,
            log_sum,
            scale,
        }
    }
}

/// Puts `f(x)` in the place of each x.
fn apply<T: Float>(values: &mut [T], f: impl Fn(T) -> T) {
    vectorised(
        #[inline(always)]
        || {
            values.iter_mut().for_each(
                #[inline(always)]
                |x| *x = f(*x),
            )
        },
    );
}

/// Copies a matrix to `out`, row after row.
fn copy<T: Float>(x: ArrayView2<'_, T>, out: &mut [T]) {
    let columns = x.ncols();
    if let Some(x) = x.as_slice() {
        out.copy_from_slice(x);
    } else if x.stride_of(Axis(0)) == 1 {
        for (j, column) in x.columns().into_iter().enumerate() {
            for (row, &x) in out.chunks_exact_mut(columns).zip(column) {
                row[j] = x;
            }
        }
    } else {
        for (row, x) in out.chunks_exact_mut(columns).zip(x.outer_iter()) {
            row.iter_mut().zip(x).for_each(|(place, &x)| *place = x);
        }
    }
}

/// The memory of an array that a kernel was given to fill.
fn row_major<T>(slice: Option<&mut [T]>) -> &mut [T] {
    slice.expect("outputs are allocated in row-major order")
}
