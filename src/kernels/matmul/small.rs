//! Small matrices: everything stays in the nearest cache, and is read where it lies.
//!
//! The terms of a sum are added one after the other, as tiles add them, so that the bits are those
//! of [`tile`](super::tile).

use super::element::Micro;
use super::tile::Vector;

/// How many rows are summed up at once.
const ROWS: usize = 4;

/// The products of some pairs of matrices of the same lengths; none of these is 0 but perhaps that
/// of the sums.
#[derive(Debug)]
pub struct Small<T: Micro> {
    pub(super) count: usize,
    pub(super) rows: usize,
    pub(super) inner: usize,
    pub(super) columns: usize,
    /// Element (row, k) of the first left matrix stands at `a + row · a_row + k · a_step`, the next
    /// matrix `a_next` further.
    pub(super) a: *const T,
    pub(super) a_row: isize,
    pub(super) a_step: isize,
    pub(super) a_next: isize,
    /// Element (k, column) of the first right matrix stands at `b + k · b_step + column`, the next
    /// matrix `b_next` further.
    pub(super) b: *const T,
    pub(super) b_step: isize,
    pub(super) b_next: isize,
    /// Where the products go, row after row.
    pub(super) to: *mut T,
}

/// Computes the products.
///
/// # Safety
/// The processor has the instruction set; all elements can be read, and those of the products
/// written.
pub type SmallFn<T> = unsafe fn(&Small<T>);

/// A [`SmallFn`].
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn small<V: Vector>(job: &Small<V::Element>) {
    let panel = 2 * V::LANES;
    for i in 0..job.count {
        let a = job.a.wrapping_offset(i as isize * job.a_next);
        let b = job.b.wrapping_offset(i as isize * job.b_next);
        let to = job.to.wrapping_add(i * job.rows * job.columns);
        for row in (0..job.rows).step_by(ROWS) {
            let a = a.wrapping_offset(row as isize * job.a_row);
            for column in (0..job.columns).step_by(panel) {
                let rows = ROWS.min(job.rows - row);
                let columns = panel.min(job.columns - column);
                let b = b.wrapping_add(column);
                let to = to.wrapping_add(row * job.columns + column);
                macro_rules! block {
                    ($rows:literal) => {
                        if columns <= V::LANES {
                            block::<V, $rows, 1>(job, a, b, to, columns)
                        } else {
                            block::<V, $rows, 2>(job, a, b, to, columns - V::LANES)
                        }
                    };
                }
                // SAFETY: the caller's promise: these rows and columns are the matrices'.
                unsafe {
                    match rows {
                        4 => block!(4),
                        3 => block!(3),
                        2 => block!(2),
                        _ => block!(1),
                    }
                }
            }
        }
    }
}

/// `R` rows of a product and `N` vectors of its columns, of the last of which `rest` are columns.
///
/// # Safety
/// As [`SmallFn`]; `a`, `b` and `to` are where these rows and columns begin.
#[inline(always)]
unsafe fn block<V: Vector, const R: usize, const N: usize>(
    job: &Small<V::Element>,
    mut a: *const V::Element,
    mut b: *const V::Element,
    to: *mut V::Element,
    rest: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = [[V::zero(); N]; R];
        for _ in 0..job.inner {
            let mut columns = [V::zero(); N];
            for (n, column) in columns.iter_mut().enumerate() {
                let from = b.add(n * V::LANES);
                *column = match n + 1 < N {
                    true => V::load(from),
                    false => V::load_first(from, rest),
                };
            }
            for (r, sums) in sums.iter_mut().enumerate() {
                let factor = V::splat(*a.offset(r as isize * job.a_row));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = factor.multiply_add(column, *sum);
                }
            }
            // Past the last element nothing is read.
            a = a.wrapping_offset(job.a_step);
            b = b.wrapping_offset(job.b_step);
        }
        for (r, sums) in sums.iter().enumerate() {
            for (n, sum) in sums.iter().enumerate() {
                let to = to.add(r * job.columns + n * V::LANES);
                match n + 1 < N {
                    true => sum.store(to),
                    false => sum.store_first(to, rest),
                }
            }
        }
    }
}
