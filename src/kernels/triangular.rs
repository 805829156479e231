//! Systems of equations with triangular matrices, solved by substitution.

use super::cpu::vectorised;
use super::pieces::each_piece;
use super::pool::Pool;
use crate::types::Float;

/// About how many products are worth a part of their own.
const PART: usize = 1 << 14;

/// Which part of a matrix counts, and how it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Triangle {
    /// Whether the elements on and below the diagonal count, or those on and above it.
    pub(crate) lower: bool,
    /// Whether the equations are those of the transposed matrix.
    pub(crate) transposed: bool,
}

/// Solves the equations of `matrices`, [.., rows, rows] in row-major order, for `x`, which is
/// [.., rows, columns] and holds the right sides before and the solutions afterwards.
pub(crate) fn solve<T: Float>(
    pool: &Pool,
    matrices: &[T],
    triangle: Triangle,
    [rows, columns]: [usize; 2],
    x: &mut [T],
) {
    let (size, length) = (rows * rows, rows * columns);
    if length == 0 {
        return;
    }
    let together = (PART / (rows * length)).max(1);
    each_piece(pool, x, together * length, &|first, part| {
        let matrices = matrices[first / length * size..].chunks_exact(size);
        for (matrix, x) in matrices.zip(part.chunks_exact_mut(length)) {
            vectorised(
                #[inline(always)]
                move || substitute(matrix, triangle, [rows, columns], x),
            );
        }
    });
}

/// Row i of the solution is that of the right side, minus the multiples of the rows that are
/// already known, divided by element (i, i).
#[inline(always)]
fn substitute<T: Float>(
    matrix: &[T],
    triangle: Triangle,
    [rows, columns]: [usize; 2],
    x: &mut [T],
) {
    let element = |i: usize, j: usize| match triangle.transposed {
        true => matrix[j * rows + i],
        false => matrix[i * rows + j],
    };
    let from_below = triangle.lower == triangle.transposed;
    for step in 0..rows {
        let i = if from_below { rows - 1 - step } else { step };
        let (above, rest) = x.split_at_mut(i * columns);
        let (row, below) = rest.split_at_mut(columns);
        let (known, first) = match from_below {
            true => (&*below, i + 1),
            false => (&*above, 0),
        };
        for (j, known) in known.chunks_exact(columns).enumerate() {
            let factor = element(i, first + j);
            for (x, &y) in row.iter_mut().zip(known) {
                *x = *x - factor * y;
            }
        }
        let pivot = element(i, i);
        row.iter_mut().for_each(|x| *x = *x / pivot);
    }
}
