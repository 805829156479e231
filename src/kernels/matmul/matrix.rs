//! Matrices as an address and two strides.

use ndarray::{ArrayView2, ArrayViewMut2};

/// A matrix that is read or written by several threads. The addresses are only computed here, and
/// used in `unsafe` code that says why it may.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix<T> {
    start: *mut T,
    pub(super) row_stride: isize,
    pub(super) column_stride: isize,
}

// SAFETY: these are addresses; reading and writing through them is unsafe, and is justified where
// it is done.
unsafe impl<T: Send + Sync> Sync for Matrix<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Send for Matrix<T> {}

impl<T> Matrix<T> {
    /// To be read only.
    pub(super) fn of(view: &ArrayView2<'_, T>) -> Self {
        Matrix {
            start: view.as_ptr().cast_mut(),
            row_stride: view.strides()[0],
            column_stride: view.strides()[1],
        }
    }

    /// Of no elements.
    pub(super) fn none() -> Self {
        Matrix {
            start: std::ptr::null_mut(),
            row_stride: 0,
            column_stride: 0,
        }
    }

    pub(super) fn of_mut(view: &mut ArrayViewMut2<'_, T>) -> Self {
        Matrix {
            start: view.as_mut_ptr(),
            row_stride: view.strides()[0],
            column_stride: view.strides()[1],
        }
    }

    /// A matrix of rows that are `row_stride` apart.
    pub(super) fn of_rows(start: *mut T, row_stride: usize) -> Self {
        Matrix {
            start,
            row_stride: row_stride as isize,
            column_stride: 1,
        }
    }

    /// Where an element stands.
    pub(super) fn at(&self, row: usize, column: usize) -> *mut T {
        let offset = row as isize * self.row_stride + column as isize * self.column_stride;
        self.start.wrapping_offset(offset)
    }

    /// The same matrix without its first rows and columns.
    pub(super) fn from(&self, row: usize, column: usize) -> Self {
        Matrix {
            start: self.at(row, column),
            ..*self
        }
    }

    /// A matrix of the same lengths `offset` elements further.
    pub(super) fn further(&self, offset: isize) -> Self {
        Matrix {
            start: self.start.wrapping_offset(offset),
            ..*self
        }
    }

    /// Rows and columns exchanged.
    pub(super) fn transposed(&self) -> Self {
        Matrix {
            start: self.start,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// How many bytes lie between the first and the last element.
    pub(super) fn span(&self, rows: usize, columns: usize) -> usize {
        let along = |len: usize, stride: isize| len.saturating_sub(1) * stride.unsigned_abs();
        (along(rows, self.row_stride) + along(columns, self.column_stride)) * size_of::<T>()
    }
}
