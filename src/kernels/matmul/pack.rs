//! Packing: copies of the operands in the order in which micro-kernels read them.
//!
//! A tile's rows of `a` are packed as they lie: row by row with some space between rows, or, if
//! neighbours in a column lie side by side, one column of the tile after the other. Either way the
//! copy goes along memory. A panel of `b` is packed row by row, filled up with zeros to whole
//! vectors.

use std::ops::Range;

use ndarray::ArrayView2;

use super::cut::{Cut, SELDOM};
use super::element::{Kernels, Micro};
use super::matrix::Matrix;
use super::space::line_len;

/// Operands that lie this close together are read where they lie: they stay in the first-level
/// cache.
const NEAR_BYTES: usize = 16 << 10;

/// How many columns of the left operand are packed before the next.
const TOGETHER: usize = 8;

/// Where a micro-kernel finds an operand: the distance from row to row (of `a` only) and from step
/// to step of the sums.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strip<T> {
    pub(super) start: *const T,
    pub(super) row: isize,
    pub(super) step: isize,
}

/// A matrix that lies nowhere as such: its rows are read through a map.
///
/// # Safety
/// Implementors write all elements that [`copy`](Rows::copy) is asked for.
pub(crate) unsafe trait Rows<T>: Sync {
    /// Writes some columns of some rows, row after row, each `line` elements after the one before.
    ///
    /// # Safety
    /// These are rows and columns of the matrix; there is room for them at `to`.
    unsafe fn copy(&self, rows: Range<usize>, columns: Range<usize>, to: *mut T, line: usize);
}

/// An operand of a product.
#[derive(Clone, Copy)]
pub(crate) enum Factor<'a, T> {
    /// One that is there.
    Matrix(ArrayView2<'a, T>),
    /// One that is read through a map.
    Rows(&'a dyn Rows<T>),
}

impl<T> Factor<'_, T> {
    /// The same for a shorter time, as only [`view`](ArrayView2::view) makes it of a matrix.
    pub(crate) fn view(&self) -> Factor<'_, T> {
        match self {
            Factor::Matrix(matrix) => Factor::Matrix(matrix.view()),
            Factor::Rows(rows) => Factor::Rows(*rows),
        }
    }
}

/// The left operand.
#[derive(Clone, Copy)]
pub(super) struct Left<'a, T> {
    pub(super) matrix: Matrix<T>,
    /// Where the rows come from if there is no matrix.
    rows: Option<&'a dyn Rows<T>>,
    /// Whether it is read where it lies.
    pub(super) direct: bool,
}

/// Packed tiles of the left operand.
#[derive(Clone, Debug)]
pub(super) struct PackedLeft<T> {
    pub(super) start: *mut T,
    pub(super) first_row: usize,
    pub(super) inner: Range<usize>,
}

impl<'a, T: Micro> Left<'a, T> {
    pub(super) fn of_rows(rows: &'a dyn Rows<T>) -> Self {
        Left {
            matrix: Matrix::none(),
            rows: Some(rows),
            direct: false,
        }
    }

    pub(super) fn new(matrix: Matrix<T>, cut: &Cut) -> Self {
        let near = matrix.span(cut.tile_len(), cut.slab_len()) <= NEAR_BYTES;
        let seldom = cut.panels <= SELDOM && matrix.column_stride == 1;
        Left {
            matrix,
            rows: None,
            direct: near || seldom,
        }
    }

    fn packed_by_rows(&self) -> bool {
        self.rows.is_some() || self.matrix.column_stride == 1
    }

    /// The rows `rows` from step `k` of the sums on.
    pub(super) fn strip(&self, packed: &PackedLeft<T>, rows: &Range<usize>, k: usize) -> Strip<T> {
        if self.direct {
            return Strip {
                start: self.matrix.at(rows.start, k),
                row: self.matrix.row_stride,
                step: self.matrix.column_stride,
            };
        }
        let line = line_len::<T>(packed.inner.len());
        let start = packed
            .start
            .wrapping_add((rows.start - packed.first_row) * line);
        let (row, step) = match self.packed_by_rows() {
            true => (line, 1),
            false => (1, rows.len()),
        };
        Strip {
            start: start.wrapping_add((k - packed.inner.start) * step),
            row: row as isize,
            step: step as isize,
        }
    }

    /// Packs some tiles.
    ///
    /// # Safety
    /// They are tiles of the matrix, `packed.inner` are columns of it; `packed` has room, and
    /// nobody else uses these tiles'.
    pub(super) unsafe fn pack(
        &self,
        kernels: &Kernels<T>,
        cut: &Cut,
        packed: &PackedLeft<T>,
        tiles: Range<usize>,
    ) {
        if let Some(from) = self.rows {
            let rows = cut.rows_of(tiles);
            let line = line_len::<T>(packed.inner.len());
            let to = packed
                .start
                .wrapping_add((rows.start - packed.first_row) * line);
            // SAFETY: the caller's promise: packed rows are a line apart.
            return unsafe { from.copy(rows, packed.inner.clone(), to, line) };
        }
        // Neighbours in a column are read tile by tile, but stand in one cache line: a few columns
        // of all tiles come next to each other.
        let columns = match self.packed_by_rows() {
            true => packed.inner.len().max(1),
            false => TOGETHER,
        };
        for first in packed.inner.clone().step_by(columns) {
            let inner = first..packed.inner.end.min(first + columns);
            for tile in tiles.clone() {
                let rows = cut.rows_of(tile..tile + 1);
                // SAFETY: the caller's promise.
                unsafe { self.pack_columns(kernels, packed, rows, inner.clone()) };
            }
        }
    }

    /// Packs some columns of a tile.
    ///
    /// # Safety
    /// As [`pack`](Left::pack).
    unsafe fn pack_columns(
        &self,
        kernels: &Kernels<T>,
        packed: &PackedLeft<T>,
        rows: Range<usize>,
        inner: Range<usize>,
    ) {
        let line = line_len::<T>(packed.inner.len());
        let tile = packed
            .start
            .wrapping_add((rows.start - packed.first_row) * line);
        let (rows, from) = (rows.len(), self.matrix.from(rows.start, inner.start));
        let start = from.at(0, 0).cast_const();
        let before = inner.start - packed.inner.start;
        // SAFETY: all elements are in the matrix; `rows` packed lines hold `rows` by `packed.inner`
        // elements in either order.
        unsafe {
            if self.packed_by_rows() {
                let to = tile.add(before);
                (kernels.copy)(start, from.row_stride, to, line, rows, inner.len());
                return;
            }
            let to = tile.add(before * rows);
            if from.row_stride == 1 {
                (kernels.copy)(start, from.column_stride, to, rows, inner.len(), rows);
            } else {
                gather(from, inner.len(), rows, |k, r| (r, k), to);
            }
        }
    }
}

/// The right operand.
#[derive(Clone, Copy)]
pub(super) struct Right<'a, T> {
    pub(super) matrix: Matrix<T>,
    /// Where the rows come from if there is no matrix.
    rows: Option<&'a dyn Rows<T>>,
    direct: bool,
    lanes: usize,
}

/// Packed panels of the right operand.
#[derive(Clone, Debug)]
pub(super) struct PackedRight<T> {
    pub(super) start: *mut T,
    pub(super) first_column: usize,
    pub(super) inner: Range<usize>,
}

impl<'a, T: Micro> Right<'a, T> {
    pub(super) fn of_rows(rows: &'a dyn Rows<T>, lanes: usize) -> Self {
        Right {
            matrix: Matrix::none(),
            rows: Some(rows),
            direct: false,
            lanes,
        }
    }

    pub(super) fn new(matrix: Matrix<T>, cut: &Cut, lanes: usize) -> Self {
        let near = matrix.span(cut.slab_len(), cut.panel) <= NEAR_BYTES;
        let seldom = cut.tiles <= SELDOM;
        let like_packed = matrix.row_stride.unsigned_abs() <= 2 * cut.panel;
        Right {
            matrix,
            rows: None,
            direct: matrix.column_stride == 1 && (near || seldom || like_packed),
            lanes,
        }
    }

    /// One all of whose panels are packed.
    pub(super) fn to_pack(factor: &Factor<'a, T>, lanes: usize) -> Self {
        match factor {
            Factor::Rows(rows) => Right::of_rows(*rows, lanes),
            Factor::Matrix(matrix) => Right {
                matrix: Matrix::of(matrix),
                rows: None,
                direct: false,
                lanes,
            },
        }
    }

    /// Whether a panel is read where it lies.
    pub(super) fn is_direct(&self, columns: &Range<usize>) -> bool {
        self.direct && columns.len().is_multiple_of(self.lanes)
    }

    /// The columns `columns` from step `k` of the sums on.
    pub(super) fn strip(
        &self,
        packed: &PackedRight<T>,
        columns: &Range<usize>,
        k: usize,
    ) -> Strip<T> {
        let (start, step) = if self.is_direct(columns) {
            let start = self.matrix.at(k, columns.start).cast_const();
            (start, self.matrix.row_stride)
        } else {
            let width = columns.len().next_multiple_of(self.lanes);
            let start = self.packed_at(packed, columns);
            let start = start.wrapping_add((k - packed.inner.start) * width);
            (start.cast_const(), width as isize)
        };
        Strip {
            start,
            row: 0,
            step,
        }
    }

    fn packed_at(&self, packed: &PackedRight<T>, columns: &Range<usize>) -> *mut T {
        packed
            .start
            .wrapping_add((columns.start - packed.first_column) * packed.inner.len())
    }

    /// Packs a panel.
    ///
    /// # Safety
    /// As [`Left::pack`].
    pub(super) unsafe fn pack(
        &self,
        kernels: &Kernels<T>,
        packed: &PackedRight<T>,
        columns: Range<usize>,
    ) {
        let inner = packed.inner.clone();
        let to = self.packed_at(packed, &columns);
        let width = columns.len().next_multiple_of(self.lanes);
        if let Some(from) = self.rows {
            // SAFETY: the caller's promise; a packed panel has `width` elements for each step, and
            // zero is zero in every type.
            unsafe {
                if columns.len() < width {
                    to.write_bytes(0, width * inner.len());
                }
                return from.copy(inner, columns, to, width);
            }
        }
        let (columns, from) = (columns.len(), self.matrix.from(inner.start, columns.start));
        // SAFETY: all elements are in the matrix; a packed panel has `width` elements for each
        // step.
        unsafe {
            if columns < width {
                // Zero in every element type.
                to.write_bytes(0, width * inner.len());
            }
            let start = from.at(0, 0).cast_const();
            if from.column_stride == 1 {
                (kernels.copy)(start, from.row_stride, to, width, inner.len(), columns);
            } else if from.row_stride == 1 {
                let stride = from.column_stride;
                (kernels.transpose)(start, stride, to, width, columns, inner.len());
            } else if columns == width {
                gather(from, inner.len(), width, |k, c| (k, c), to);
            } else {
                for k in 0..inner.len() {
                    let to = to.add(k * width);
                    gather(from.from(k, 0), 1, columns, |k, c| (k, c), to);
                }
            }
        }
    }
}

/// Writes the elements at `place(line, i)` line after line.
///
/// # Safety
/// They are in the matrix, and there is room for them.
unsafe fn gather<T: Copy>(
    from: Matrix<T>,
    lines: usize,
    len: usize,
    place: impl Fn(usize, usize) -> (usize, usize),
    to: *mut T,
) {
    for line in 0..lines {
        for i in 0..len {
            let (row, column) = place(line, i);
            // SAFETY: the caller's promise.
            unsafe { *to.add(line * len + i) = *from.at(row, column) };
        }
    }
}
