//! QR decomposition by Householder's reflections.
//!
//! Sums are added up in the order in which Eigen, TensorFlow's library for this, adds them up on
//! processors with vectors of 32 bytes, while it does not gather reflections into blocks (from 48
//! on).
//!
//! Source: A. Householder, "Unitary triangularization of a nonsymmetric matrix", JACM 1958.

use std::sync::{Mutex, PoisonError};

use super::cpu::vectorised;
use super::pieces::each_pair;
use super::pool::Pool;
use crate::types::{Float, Result, memory};

/// How many elements of matrices are worth a part of their own.
const PART: usize = 1 << 10;

/// How many columns reflections are applied to at once.
const COLUMNS: usize = 4;

/// Eigen's vectors.
const VECTOR_BYTES: usize = 32;

/// Decomposes matrices in row-major order of `rows` × `columns`, one after the other in `matrices`,
/// into those in `q`, `rows` × `inner` and orthogonal, and those in `r`, `inner` × `columns` and
/// upper triangular. `inner` is the smaller of rows and columns, or `rows`.
///
/// # Errors
/// `ResourceExhausted` if there is no memory for what is in between.
pub(crate) fn householder<T: Float>(
    pool: &Pool,
    matrices: &[T],
    [rows, columns, inner]: [usize; 3],
    q: &mut [T],
    r: &mut [T],
) -> Result<()> {
    let (size, q_size, r_size) = (rows * columns, rows * inner, inner * columns);
    let together = (PART / size.max(1)).max(1);
    let failure = Mutex::new(Ok(()));
    let (q, r) = ((q, together * q_size), (r, together * r_size));
    each_pair(pool, q, r, &|part, q, r| {
        let count = (q.len() / q_size.max(1)).max(r.len() / r_size.max(1));
        for i in 0..count {
            let matrix = &matrices[(part * together + i) * size..][..size];
            let (q, r) = (
                &mut q[i * q_size..][..q_size],
                &mut r[i * r_size..][..r_size],
            );
            let done = vectorised(
                #[inline(always)]
                move || decompose(matrix, [rows, columns, inner], q, r),
            );
            if done.is_err() {
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = done;
            }
        }
    });
    failure.into_inner().unwrap_or_else(PoisonError::into_inner)
}

#[inline(always)]
fn decompose<T: Float>(
    matrix: &[T],
    [rows, columns, inner]: [usize; 3],
    q: &mut [T],
    r: &mut [T],
) -> Result<()> {
    let mut matrix = Matrix {
        elements: memory::collected(matrix.iter().copied())?,
        columns,
    };
    let reflections = matrix.triangularize(rows.min(columns))?;
    matrix.upper(r);
    let mut memory = memory::repeated(COLUMNS * rows, T::ZERO)?;
    for first in (0..inner).step_by(COLUMNS) {
        // Eigen multiplies by several columns at once, down to two.
        let alone = inner % 2 == 1 && first + 1 == inner;
        memory.fill(T::ZERO);
        let mut columns = memory.chunks_exact_mut(rows);
        let mut columns: [&mut [T]; COLUMNS] =
            std::array::from_fn(|_| columns.next().unwrap_or_default());
        for (i, column) in columns.iter_mut().enumerate().take(inner - first) {
            column[first + i] = T::ONE;
        }
        // The first part of a unit vector is 0, where reflections from further down do nothing.
        for (k, reflection) in reflections.iter().enumerate().take(first + COLUMNS).rev() {
            if k <= first {
                let columns = columns.each_mut().map(|column| &mut column[k..]);
                reflection.apply_to_columns(columns, alone);
                continue;
            }
            for column in &mut columns[k - first..] {
                reflection.apply_to_columns([&mut column[k..]], false);
            }
        }
        let count = COLUMNS.min(inner - first);
        for (i, row) in q.chunks_exact_mut(inner).enumerate() {
            for (x, column) in row[first..][..count].iter_mut().zip(&columns) {
                *x = column[i];
            }
        }
    }
    Ok(())
}

/// A matrix in row-major order.
struct Matrix<T> {
    elements: Vec<T>,
    columns: usize,
}

impl<T: Float> Matrix<T> {
    /// Makes the first `count` columns zero below the diagonal by one reflection each; what stands
    /// there afterwards is of no meaning.
    #[inline(always)]
    fn triangularize(&mut self, count: usize) -> Result<Vec<Reflection<T>>> {
        let mut reflections = memory::reserved(count)?;
        for k in 0..count {
            let diagonal = k * self.columns + k;
            let column = self.elements[k..].iter().step_by(self.columns);
            let below = memory::collected(column.skip(k + 1).copied())?;
            let (reflection, image) = Reflection::of(self.elements[diagonal], below);
            self.elements[diagonal] = image;
            reflection.apply(self, k, k + 1)?;
            reflections.push(reflection);
        }
        Ok(reflections)
    }

    /// Writes the first rows, with zeros below the diagonal.
    #[inline(always)]
    fn upper(&self, out: &mut [T]) {
        out.copy_from_slice(&self.elements[..out.len()]);
        let columns = self.columns.max(1);
        for (i, row) in out.chunks_exact_mut(columns).enumerate() {
            row[..i.min(columns)].fill(T::ZERO);
        }
    }
}

/// The matrix I - τ v vᵀ, where v begins with 1.
struct Reflection<T> {
    /// v without its first element.
    rest: Vec<T>,
    tau: T,
}

impl<T: Float> Reflection<T> {
    /// The reflection that takes a column, of the element `first` and the `rest`, to a multiple of
    /// the first unit vector, away from where it points; and that multiple. A column that is too
    /// short below its first element stays as it is.
    #[inline(always)]
    fn of(first: T, mut rest: Vec<T>) -> (Self, T) {
        let below = rest.iter().fold(T::ZERO, |sum, &x| sum.plus(x.times(x)));
        if below <= T::MIN_POSITIVE {
            return (Reflection { rest, tau: T::ZERO }, first);
        }
        let length = first.times(first).plus(below).sqrt();
        let image = if first >= T::ZERO {
            length.negated()
        } else {
            length
        };
        let scale = first.minus(image);
        rest.iter_mut().for_each(|x| *x = quotient(*x, scale));
        let tau = quotient(image.minus(first), image);
        (Reflection { rest, tau }, image)
    }

    /// Applies the reflection to the rows from `row` and the columns from `column` on.
    #[inline(always)]
    fn apply(&self, matrix: &mut Matrix<T>, row: usize, column: usize) -> Result<()> {
        let columns = matrix.columns;
        if self.tau == T::ZERO || column == columns {
            return Ok(());
        }
        let (first, below) = matrix.elements[row * columns..].split_at_mut(columns);
        let mut products = self.products(below, columns, column)?;
        for (product, x) in products.iter_mut().zip(&mut first[column..]) {
            *product = product.plus(*x);
            *x = x.minus(self.tau.times(*product));
        }
        for (&v, row) in self.rest.iter().zip(below.chunks_exact_mut(columns)) {
            let factor = self.tau.times(v);
            for (x, &product) in row[column..].iter_mut().zip(&products) {
                *x = x.minus(factor.times(product));
            }
        }
        Ok(())
    }

    /// The products of v without its first element with the columns from `column` on of the rows
    /// `below`.
    #[inline(always)]
    fn products(&self, below: &[T], columns: usize, column: usize) -> Result<Vec<T>> {
        let wide = columns * size_of::<T>() >= 32_000;
        let block = match self.rest.len() {
            short @ ..128 => short.max(1),
            _ if wide => 4,
            _ => 16,
        };
        let mut products = memory::repeated(columns - column, T::ZERO)?;
        let mut sums = memory::repeated(columns - column, T::ZERO)?;
        for (rest, rows) in self.rest.chunks(block).zip(below.chunks(block * columns)) {
            sums.fill(T::ZERO);
            for (&v, row) in rest.iter().zip(rows.chunks_exact(columns)) {
                sums.iter_mut()
                    .zip(&row[column..])
                    .for_each(|(sum, &x)| *sum = sum.plus(v.times(x)));
            }
            products
                .iter_mut()
                .zip(&sums)
                .for_each(|(product, &sum)| *product = product.plus(sum));
        }
        Ok(products)
    }

    /// Applies the reflection to some columns.
    #[inline(always)]
    fn apply_to_columns<const N: usize>(&self, columns: [&mut [T]; N], alone: bool) {
        if self.tau == T::ZERO {
            return;
        }
        let products = dots(
            &self.rest,
            columns.each_ref().map(|column| &column[1..]),
            alone,
        );
        for (column, product) in columns.into_iter().zip(products) {
            let (first, below) = column.split_first_mut().expect("a reflection is not empty");
            let product = product.plus(*first);
            *first = first.minus(self.tau.times(product));
            for (x, &v) in below.iter_mut().zip(&self.rest) {
                *x = x.minus(self.tau.times(v).times(product));
            }
        }
    }
}

/// Σ x[i] · y[i] for each y: whole vectors, half a vector in a column that is computed `alone`, and
/// the rest one by one.
#[inline(always)]
fn dots<T: Float, const N: usize>(x: &[T], y: [&[T]; N], alone: bool) -> [T; N] {
    let width = VECTOR_BYTES / size_of::<T>();
    let mut done = x.len() / width * width;
    let mut sums = dots_in_lanes(&x[..done], y.map(|y| &y[..done]), width);
    if alone && x.len() - done >= width / 2 {
        let half = done..done + width / 2;
        let halves = dots_in_lanes(&x[half.clone()], y.map(|y| &y[half.clone()]), width / 2);
        for (sum, half) in sums.iter_mut().zip(halves) {
            *sum = sum.plus(half);
        }
        done += width / 2;
    }
    for (sum, y) in sums.iter_mut().zip(y) {
        for (&x, &y) in x[done..].iter().zip(&y[done..]) {
            *sum = sum.plus(x.times(y));
        }
    }
    sums
}

/// Σ x[i] · y[i] for each y, with a sum for every place in a vector, added up by halves at the end.
#[inline(always)]
fn dots_in_lanes<T: Float, const N: usize>(x: &[T], y: [&[T]; N], width: usize) -> [T; N] {
    match width {
        8 => dots_in::<T, N, 8>(x, y),
        4 => dots_in::<T, N, 4>(x, y),
        _ => dots_in::<T, N, 2>(x, y),
    }
}

/// As [`dots_in_lanes`], of a width that the compiler knows.
#[inline(always)]
fn dots_in<T: Float, const N: usize, const WIDTH: usize>(x: &[T], y: [&[T]; N]) -> [T; N] {
    let mut lanes = [[T::ZERO; WIDTH]; N];
    let (x, y) = (
        x.as_chunks::<WIDTH>().0,
        y.map(|y| y.as_chunks::<WIDTH>().0),
    );
    for i in 0..x.len() {
        for (lanes, y) in lanes.iter_mut().zip(y) {
            for lane in 0..WIDTH {
                lanes[lane] = lanes[lane].plus(x[i][lane].times(y[i][lane]));
            }
        }
    }
    lanes.map(|mut lanes| {
        let mut half = WIDTH / 2;
        while half > 0 {
            for i in 0..half {
                lanes[i] = lanes[i].plus(lanes[i + half]);
            }
            half /= 2;
        }
        lanes[0]
    })
}

/// The quotient of floats, which always exists.
#[inline(always)]
fn quotient<T: Float>(x: T, y: T) -> T {
    x.over(y).unwrap_or(T::NAN)
}
