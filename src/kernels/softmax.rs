//! Softmax, and the cross entropy of it, of the rows of matrices.
//!
//! A few rows are computed at a time, in the memory of their results: so the exponentials of all of
//! them are one loop over a slice, whether the rows are many or long, and in whatever order the
//! operand lies in memory.

use std::ops::Range;

use ndarray::{
    ArrayView1, ArrayView2, ArrayViewD, ArrayViewMut1, ArrayViewMut2, ArrayViewMutD, Axis, Ix2, s,
};

use super::cpu::vectorised_floats;
use super::pieces::{each_pair, each_piece};
use super::pool::Pool;
use super::reduce::{Adder, Reducer, fold, fold_next};
use crate::types::Float;

/// How many rows are computed at a time.
const ROWS: usize = 64;

/// How many elements rows should have together to be computed at a time: few enough for the
/// processor's nearest cache.
const ELEMENTS: usize = 4096;

/// How many elements are worth a part.
const PART: usize = 16 << 10;

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
pub(crate) fn each_row<T: Float, F: Rows<T>>(
    pool: &Pool,
    x: ArrayViewD<'_, T>,
    mut out: ArrayViewMutD<'_, T>,
) {
    if !x.is_empty() {
        each_matrix::<T, F>(pool, x, row_major(out.as_slice_mut()));
    }
}

fn each_matrix<T: Float, F: Rows<T>>(pool: &Pool, x: ArrayViewD<'_, T>, out: &mut [T]) {
    let columns = x.len_of(Axis(x.ndim() - 1));
    // A vector is a matrix whatever its strides are; those of others may have no place in a matrix.
    let x = if x.ndim() == 1 {
        x.insert_axis(Axis(0))
    } else {
        x
    };
    let as_matrix = x.view().into_shape_with_order((x.len() / columns, columns));
    if let Ok(x) = as_matrix.or_else(|_| x.view().into_dimensionality::<Ix2>()) {
        let (height, part) = (height(columns), part(columns));
        each_piece(pool, out, part * columns, &|first, out| {
            let row = first / columns;
            let x = x.slice(s![row..row + out.len() / columns, ..]);
            // Not empty: the caller saw to that.
            let rows = x.axis_chunks_iter(Axis(0), height);
            for (x, out) in rows.into_iter().zip(out.chunks_mut(height * columns)) {
                F::apply(x, out);
            }
        });
    } else {
        let length = x.len() / x.len_of(Axis(0));
        // Not empty: the caller saw to that.
        for (x, out) in x.outer_iter().zip(out.chunks_exact_mut(length)) {
            each_matrix::<T, F>(pool, x, out);
        }
    }
}

/// How many rows of `columns` elements are computed at a time.
fn height(columns: usize) -> usize {
    (ELEMENTS / columns).clamp(1, ROWS)
}

/// How many rows make a part: some times as many as are computed at a time.
fn part(columns: usize) -> usize {
    let height = height(columns);
    (PART / (height * columns)).max(1) * height
}

/// For each row of `logits` and `labels`, broadcast to the shape of `slope`: the cross entropy Σ
/// labels · (ln Σ eˣ - x) as `loss`, and its gradient with respect to the logits, softmax(x) -
/// labels, as `slope`, which is in row-major order.
pub(crate) fn cross_entropy<T: Float>(
    pool: &Pool,
    logits: ArrayView2<'_, T>,
    labels: ArrayView2<'_, T>,
    mut loss: ArrayViewMut1<'_, T>,
    slope: ArrayViewMut2<'_, T>,
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
    each_rows(pool, loss, slope, &|rows, loss, slope| {
        let [x, labels] = [&logits, &labels].map(|x| x.slice(s![rows.clone(), ..]));
        cross_entropy_of_rows(x, labels, loss, slope);
    });
}

/// What is done with some rows, given their numbers, and the places of their losses and of their
/// rows of the slope.
type RowsTask<'t, T> = dyn Fn(Range<usize>, &mut [T], &mut [T]) + Sync + 't;

/// Calls `compute` for a few rows at a time, with their numbers and the places of their losses and
/// of their rows of `slope`, of which there is one column at least.
fn each_rows<T: Float>(
    pool: &Pool,
    mut loss: ArrayViewMut1<'_, T>,
    mut slope: ArrayViewMut2<'_, T>,
    compute: &RowsTask<'_, T>,
) {
    let columns = slope.ncols();
    let (height, part) = (height(columns), part(columns));
    let loss = (row_major(loss.as_slice_mut()), part);
    let slope = (row_major(slope.as_slice_mut()), part * columns);
    each_pair(pool, loss, slope, &|i, loss, slope| {
        let results = loss
            .chunks_mut(height)
            .zip(slope.chunks_mut(height * columns));
        for (first, (loss, slope)) in (i * part..).step_by(height).zip(results) {
            compute(first..first + loss.len(), loss, slope);
        }
    });
}

fn cross_entropy_of_rows<T: Float>(
    x: ArrayView2<'_, T>,
    labels: ArrayView2<'_, T>,
    loss: &mut [T],
    slope: &mut [T],
) {
    let powers = Powers::of(x, slope);
    // Not empty: there are columns.
    let rows = x.outer_iter().zip(labels.outer_iter());
    let results = loss.iter_mut().zip(slope.chunks_exact_mut(x.ncols()));
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

/// As [`cross_entropy`] where, in each row, the label in the place that `labels` names is 1 and all
/// others are 0.
pub(crate) fn sparse_cross_entropy<T: Float>(
    pool: &Pool,
    logits: ArrayView2<'_, T>,
    labels: &[i64],
    mut loss: ArrayViewMut1<'_, T>,
    slope: ArrayViewMut2<'_, T>,
) {
    let columns = logits.ncols();
    if logits.is_empty() {
        return loss.fill(T::ZERO);
    }
    each_rows(pool, loss, slope, &|rows, loss, slope| {
        let x = logits.slice(s![rows.clone(), ..]);
        let powers = Powers::of(x, slope);
        for (i, &label) in labels[rows].iter().enumerate() {
            let (label, slope) = (label as usize, &mut slope[i * columns..][..columns]);
            slope
                .iter_mut()
                .for_each(|power| *power = *power * powers.scale[i]);
            slope[label] = slope[label] - T::ONE;
            loss[i] = powers.log_sum[i] - (x[[i, label]] - powers.largest[i]);
        }
    });
}

/// Finds the largest of numbers, NaN aside.
#[derive(Clone, Copy)]
struct Largest;

impl<T: Float> Reducer<T> for Largest {
    type Merger = Self;

    #[inline(always)]
    fn start(self) -> T {
        T::LOWEST
    }

    #[inline(always)]
    fn include(self, largest: T, x: T) -> T {
        if x > largest { x } else { largest }
    }

    #[inline(always)]
    fn merger(self) -> Self {
        self
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
    vectorised_floats!([T] values.iter_mut().for_each(
        #[inline(always)]
        |x| *x = f(*x),
    ));
}

/// Copies a matrix to `out`, row after row.
fn copy<T: Float>(x: ArrayView2<'_, T>, out: &mut [T]) {
    let columns = x.ncols();
    if let Some(x) = x.as_slice() {
        out.copy_from_slice(x);
    } else if x.stride_of(Axis(0)) == 1 {
        // Not empty: there are rows and columns.
        for (j, column) in x.columns().into_iter().enumerate() {
            for (row, &x) in out.chunks_exact_mut(columns).zip(column) {
                row[j] = x;
            }
        }
    } else {
        // Not empty: there are columns.
        for (row, x) in out.chunks_exact_mut(columns).zip(x.outer_iter()) {
            row.iter_mut().zip(x).for_each(|(place, &x)| *place = x);
        }
    }
}

/// The memory of an array that a kernel was given to fill.
fn row_major<T>(slice: Option<&mut [T]>) -> &mut [T] {
    slice.expect("outputs are allocated in row-major order")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, Array2, ArrayD, IxDyn};

    /// Few and many rows and columns: more than are computed at a time, too.
    const SHAPES: [(usize, usize); 6] =
        [(1, 1), (32, 6), (150, 10), (3, 100), (2, 5000), (70, 129)];

    fn logits((rows, columns): (usize, usize)) -> Array2<f32> {
        Array2::from_shape_fn((rows, columns), |(i, j)| {
            ((i * 31 + j * 17) as f32).sin() * 9.0
        })
    }

    fn labels((rows, columns): (usize, usize)) -> Array2<f32> {
        Array2::from_shape_fn((rows, columns), |(i, j)| {
            if (i * 7) % columns == j { 1.0 } else { 0.0 }
        })
    }

    /// ln Σ eˣ by its definition.
    fn log_sum(x: ArrayView1<'_, f32>) -> f64 {
        x.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln()
    }

    fn assert_close(found: f32, expected: f64) {
        let bound = 2e-6 * expected.abs().max(1.0);
        assert!(
            (f64::from(found) - expected).abs() <= bound,
            "{found} is not {expected}"
        );
    }

    /// The same elements in the same places, but column after column in memory.
    fn by_columns(x: &Array2<f32>) -> Array2<f32> {
        x.t().as_standard_layout().into_owned().reversed_axes()
    }

    fn results(shape: (usize, usize)) -> (Array1<f32>, Array2<f32>) {
        (
            Array1::from_elem(shape.0, f32::NAN),
            Array2::from_elem(shape, f32::NAN),
        )
    }

    #[test]
    fn cross_entropy_by_its_definition() {
        for shape in SHAPES {
            let (x, y) = (logits(shape), labels(shape));
            let (mut loss, mut slope) = results(shape);
            cross_entropy(
                &Pool::new(2),
                x.view(),
                y.view(),
                loss.view_mut(),
                slope.view_mut(),
            );
            for ((i, j), &slope) in slope.indexed_iter() {
                let power = (f64::from(x[[i, j]]) - log_sum(x.row(i))).exp();
                assert_close(slope, power - f64::from(y[[i, j]]));
            }
            for (i, &loss) in loss.iter().enumerate() {
                let of_label: f32 = (&x.row(i) * &y.row(i)).sum();
                assert_close(loss, log_sum(x.row(i)) - f64::from(of_label));
            }

            let places: Vec<i64> = (0..shape.0).map(|i| (i * 7 % shape.1) as i64).collect();
            let (mut sparse_loss, mut sparse_slope) = results(shape);
            let (loss_view, slope_view) = (sparse_loss.view_mut(), sparse_slope.view_mut());
            sparse_cross_entropy(
                &Pool::new(2),
                by_columns(&x).view(),
                &places,
                loss_view,
                slope_view,
            );
            assert_eq!(sparse_slope, slope);
            assert!(sparse_loss.abs_diff_eq(&loss, 1e-6));
        }
    }

    #[test]
    fn strides_do_not_change_a_bit() {
        for shape in SHAPES {
            let (x, y) = (logits(shape), labels(shape));
            let (mut loss, mut slope) = results(shape);
            cross_entropy(
                &Pool::new(2),
                x.view(),
                y.view(),
                loss.view_mut(),
                slope.view_mut(),
            );
            let (x, y) = (by_columns(&x), by_columns(&y));
            let (mut other_loss, mut other_slope) = results(shape);
            let views = (other_loss.view_mut(), other_slope.view_mut());
            cross_entropy(&Pool::new(2), x.view(), y.view(), views.0, views.1);
            assert_eq!((other_loss, other_slope), (loss, slope));
        }
    }

    #[test]
    fn softmax_of_any_strides_and_rank() {
        let x = logits((12, 35))
            .into_shape_with_order(IxDyn(&[3, 4, 5, 7]))
            .unwrap();
        for order in [[0, 1, 2, 3], [1, 3, 0, 2], [3, 2, 1, 0]] {
            let x = x.view().permuted_axes(IxDyn(&order));
            let mut powers = ArrayD::from_elem(x.raw_dim(), f32::NAN);
            let mut logarithms = powers.clone();
            each_row::<_, Exponentials>(&Pool::new(2), x.view(), powers.view_mut());
            each_row::<_, Logarithms>(&Pool::new(2), x.view(), logarithms.view_mut());
            let last = Axis(3);
            let rows = x.lanes(last).into_iter().zip(powers.lanes(last));
            for ((x, powers), logarithms) in rows.zip(logarithms.lanes(last)) {
                let log_sum = log_sum(x);
                for ((&x, &power), &logarithm) in x.iter().zip(powers).zip(logarithms) {
                    assert_close(logarithm, f64::from(x) - log_sum);
                    assert_close(power, (f64::from(x) - log_sum).exp());
                }
            }
        }
    }
}
