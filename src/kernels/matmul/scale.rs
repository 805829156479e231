//! A row or a column times a number, read where it lies.

use super::Product;
use super::element::MatMulElement;
use super::matrix::Matrix;
use super::small::Small;
use crate::kernels::pool::Pool;

/// How many elements are worth a part.
const PART: usize = 64 << 10;

impl<T: MatMulElement> Product<T> {
    /// Computes `a · b` if it is such a product, and the elements of what is scaled and of the
    /// result lie side by side; whether it did. The one term is added to 0, as in every other way
    /// to compute a product: of -0 that makes 0.
    pub(super) fn scale(&self, pool: &Pool, a: Matrix<T>, b: Matrix<T>, out: Matrix<T>) -> bool {
        let cut = &self.plan.cut;
        let (number, row, out, length) = match (cut.rows, cut.inner, cut.columns) {
            (1, 1, columns) => (a, b, out, columns),
            (rows, 1, 1) => (b, a.transposed(), out.transposed(), rows),
            _ => return false,
        };
        if row.column_stride != 1 || out.column_stride != 1 {
            return false;
        }
        pool.run(length.div_ceil(PART), &|part, _| {
            let first = part * PART;
            let job = Small {
                count: 1,
                rows: 1,
                inner: 1,
                columns: PART.min(length - first),
                a: number.at(0, 0),
                a_row: 0,
                a_step: 0,
                a_next: 0,
                b: row.at(0, first),
                b_step: 0,
                b_next: 0,
                to: out.at(0, first),
            };
            // SAFETY: the caller checked the lengths; threads write different parts.
            unsafe { (self.kernels.small)(&job) };
        });
        true
    }
}
