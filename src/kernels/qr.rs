//! QR decomposition by Householder's reflections.
//!
//! Sums are added up in the order in which Eigen, TensorFlow's library for this, adds them up on processors with
//! vectors of 32 bytes, while it does not gather reflections into blocks (from 48 on).
//!
//! Source: A. Householder, "Unitary triangularization of a nonsymmetric matrix", JACM 1958.

use crate::types::{Float, Result, memory};

/// Eigen's vectors.
const VECTOR_BYTES: usize = 32;

/// Decomposes a matrix in row-major order of `rows` × `columns` into `q`, `rows` × `inner` and orthogonal, and `r`,
/// `inner` × `columns` and upper triangular. `inner` is the smaller of rows and columns, or `rows`.
///
/// # Errors
/// `ResourceExhausted` if there is no memory for what is in between.
pub(crate) fn householder<T: Float>(
    matrix: Vec<T>,
    [rows, columns, inner]: [usize; 3],
    q: &mut [T],
    r: &mut [T],
) -> Result<()> {
    let mut matrix = Matrix {
        elements: matrix,
        columns,
    };
    let reflections = matrix.triangularize(rows.min(columns))?;
    matrix.upper(r);
    let mut column = memory::repeated(rows, T::ZERO)?;
    for j in 0..inner {
        column.fill(T::ZERO);
        column[j] = T::ONE;
        // The first part of a unit vector is 0, where reflections from further down do nothing.
        let reflections = reflections.iter().enumerate().take(j + 1).rev();
        // Eigen multiplies by several columns at once, down to two.
        let alone = inner % 2 == 1 && j + 1 == inner;
        reflections.for_each(|(k, reflection)| reflection.apply_to_column(&mut column[k..], alone));
        q[j..]
            .iter_mut()
            .step_by(inner)
            .zip(&column)
            .for_each(|(out, &x)| *out = x);
    }
    Ok(())
}

/// A matrix in row-major order.
struct Matrix<T> {
    elements: Vec<T>,
    columns: usize,
}

impl<T: Float> Matrix<T> {
    /// Makes the first `count` columns zero below the diagonal by one reflection each; what stands there afterwards is
    /// of no meaning.
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
    /// The reflection that takes a column, of the element `first` and the `rest`, to a multiple of the first unit vector, away from where it
    /// points; and that multiple. A column that is too short below its first element stays as it is.
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

    /// The products of v without its first element with the columns from `column` on of the rows `below`.
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

    /// Applies the reflection to a column.
    fn apply_to_column(&self, column: &mut [T], alone: bool) {
        let Some((first, below)) = column.split_first_mut().filter(|_| self.tau != T::ZERO) else {
            return;
        };
        let product = dot(&self.rest, below, alone).plus(*first);
        *first = first.minus(self.tau.times(product));
        for (x, &v) in below.iter_mut().zip(&self.rest) {
            *x = x.minus(self.tau.times(v).times(product));
        }
    }
}

/// Σ x[i] · y[i]: whole vectors, half a vector in a column that is computed `alone`, and the rest one by one.
fn dot<T: Float>(x: &[T], y: &[T], alone: bool) -> T {
    let width = VECTOR_BYTES / size_of::<T>();
    let mut done = x.len() / width * width;
    let mut sum = dot_in_lanes(&x[..done], &y[..done], width);
    if alone && x.len() - done >= width / 2 {
        let half = done..done + width / 2;
        sum = sum.plus(dot_in_lanes(&x[half.clone()], &y[half], width / 2));
        done += width / 2;
    }
    x[done..]
        .iter()
        .zip(&y[done..])
        .fold(sum, |sum, (&x, &y)| sum.plus(x.times(y)))
}

/// Σ x[i] · y[i] with a sum for every place in a vector, added up by halves at the end.
fn dot_in_lanes<T: Float>(x: &[T], y: &[T], mut width: usize) -> T {
    let mut lanes = [T::ZERO; VECTOR_BYTES / 4];
    for (x, y) in x.chunks_exact(width).zip(y.chunks_exact(width)) {
        for (lane, (&x, &y)) in lanes.iter_mut().zip(x.iter().zip(y)) {
            *lane = lane.plus(x.times(y));
        }
    }
    while width > 1 {
        width /= 2;
        for i in 0..width {
            lanes[i] = lanes[i].plus(lanes[i + width]);
        }
    }
    lanes[0]
}

/// The quotient of floats, which always exists.
fn quotient<T: Float>(x: T, y: T) -> T {
    x.over(y).unwrap_or(T::NAN)
}
