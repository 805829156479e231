//! The micro-kernels as convolutions call them, which cut the left operand themselves: they know
//! how windows see it.

use std::ops::Range;

use super::cut::{blocks, slabs};
use super::element::{Kernels, MatMulElement, Micro, kernels_for};
use super::matrix::Matrix;
use super::pack::{Factor, PackedRight, Right};
use super::tile::{Segments, Target, Tile};
use crate::kernels::cpu;

/// A right operand in panels of columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panels<T: MatMulElement> {
    kernels: &'static Kernels<T>,
    /// How many products each sum has.
    steps: usize,
    columns: usize,
}

/// Some rows of a left operand: row `r` begins at `start + r · row`, and its sums go on through
/// the segments, whose steps are `step` apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LeftRows<T> {
    pub(crate) start: *const T,
    pub(crate) row: isize,
    pub(crate) step: isize,
    pub(crate) segments: Segments,
}

/// A panel as it is read: step `k` begins at `start + k · step`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PanelRows<T> {
    pub(crate) start: *const T,
    pub(crate) step: isize,
}

impl<T: MatMulElement> Panels<T> {
    /// Of a matrix of so many rows, along which is summed, and columns.
    pub(crate) fn new(steps: usize, columns: usize) -> Self {
        Panels {
            kernels: kernels_for(cpu::level(), columns),
            steps,
            columns,
        }
    }

    /// How many columns a panel has at most.
    pub(crate) fn width(&self) -> usize {
        self.kernels.columns()
    }

    pub(crate) fn count(&self) -> usize {
        self.columns.div_ceil(self.width())
    }

    pub(crate) fn columns(&self, panel: usize) -> Range<usize> {
        let first = panel * self.width();
        first..self.columns.min(first + self.width())
    }

    /// How many rows a tile of a panel has at most.
    pub(crate) fn tile_rows(&self, panel: usize) -> usize {
        self.kernels.rows_of(self.columns(panel).len())
    }

    /// How many elements `steps` steps of all panels take, packed.
    pub(crate) fn packed_len(&self, steps: usize) -> usize {
        let columns = self.columns.next_multiple_of(self.kernels.lanes);
        columns.saturating_mul(steps)
    }

    /// Whether sums are longer than what is added up in the element type itself.
    pub(crate) fn is_long(&self) -> bool {
        self.steps > T::DIRECT
    }

    /// Whether panels can be read where they lie: nearly as if they were packed.
    pub(crate) fn is_direct(&self, factor: &Factor<'_, T>) -> bool {
        let Factor::Matrix(matrix) = factor else {
            return false;
        };
        let [row, column] = [matrix.strides()[0], matrix.strides()[1]];
        let near = row.unsigned_abs() <= 2 * self.width();
        column == 1 && near && self.columns.is_multiple_of(self.kernels.lanes)
    }

    /// A panel that is read where it lies.
    pub(crate) fn panel_of(&self, factor: &Factor<'_, T>, panel: usize) -> Option<PanelRows<T>> {
        let Factor::Matrix(matrix) = factor else {
            return None;
        };
        let matrix = Matrix::of(matrix);
        self.is_direct(factor).then(|| PanelRows {
            start: matrix.at(0, self.columns(panel).start).cast_const(),
            step: matrix.row_stride,
        })
    }

    /// Some steps of a panel as they were packed at `packed`.
    pub(crate) fn packed_panel(
        &self,
        packed: *const T,
        steps: &Range<usize>,
        panel: usize,
    ) -> PanelRows<T> {
        let columns = self.columns(panel);
        PanelRows {
            start: packed.wrapping_add(columns.start * steps.len()),
            step: columns.len().next_multiple_of(self.kernels.lanes) as isize,
        }
    }

    /// Packs some steps of a panel at its place in `packed`.
    ///
    /// # Safety
    /// There is [room](Panels::packed_len), and nobody else uses this panel's.
    pub(crate) unsafe fn pack(
        &self,
        factor: &Factor<'_, T>,
        packed: *mut T,
        steps: &Range<usize>,
        panel: usize,
    ) {
        let right = Right::to_pack(factor, self.kernels.lanes);
        let packed = PackedRight {
            start: packed,
            first_column: 0,
            inner: steps.clone(),
        };
        // SAFETY: the caller's promise.
        unsafe { right.pack(self.kernels, &packed, self.columns(panel)) };
    }

    /// Sums some steps up for a tile of `rows` rows. `right` begins with the first of these steps,
    /// `left` with step 0.
    ///
    /// # Safety
    /// All elements can be read; those of the target, and of the last vector of each row of long
    /// sums, can be written.
    unsafe fn tile(
        &self,
        left: &LeftRows<T>,
        right: &PanelRows<T>,
        steps: Range<usize>,
        [rows, columns]: [usize; 2],
        to: Target<T>,
    ) {
        let kernel = self.kernels.tile(rows, columns);
        // SAFETY: the caller's promise; these kernels are for this processor.
        unsafe {
            kernel(&Tile {
                inner: steps.len(),
                a: left.start,
                a_row: left.row,
                a_step: left.step,
                segments: left.segments.from(steps.start),
                b: right.start,
                b_step: right.step,
                columns,
                to,
            });
        }
    }

    /// Computes a panel of some tiles: `tiles` gives for each its first row, how many rows it has,
    /// and where those are read. Rows go to `to`, `line` elements apart. Sums that are
    /// [long](Panels::is_long) are added up at `wide`, which has room for the rows of all tiles,
    /// [`width`](Panels::width) elements each.
    ///
    /// # Safety
    /// As [`tile`](Panels::tile); `wide` and the rows at `to` are used by nobody else.
    pub(crate) unsafe fn multiply<I>(
        &self,
        tiles: I,
        right: &PanelRows<T>,
        panel: usize,
        wide: *mut T::Wide,
        (to, line): (*mut T, usize),
    ) where
        I: Iterator<Item = (usize, usize, LeftRows<T>)> + Clone,
    {
        let columns = self.columns(panel).len();
        if !self.is_long() {
            for (row, rows, left) in tiles {
                // SAFETY: the caller's promise.
                unsafe {
                    let target = Target::Store(to.add(row * line), line);
                    self.tile(&left, right, 0..self.steps, [rows, columns], target);
                }
            }
            return;
        }
        let stride = self.width();
        for slab in slabs(self.steps) {
            for (row, rows, left) in tiles.clone() {
                for steps in blocks::<T>(slab.clone()) {
                    // SAFETY: the caller's promise.
                    unsafe {
                        let wide = wide.add(row * stride);
                        let target = match steps.start {
                            0 => Target::Begin(wide, stride),
                            _ => Target::Add(wide, stride),
                        };
                        let right = PanelRows {
                            start: right.start.offset(steps.start as isize * right.step),
                            ..*right
                        };
                        self.tile(&left, &right, steps, [rows, columns], target);
                    }
                }
                if slab.end == self.steps {
                    // SAFETY: the caller's promise; the rows are finished.
                    unsafe {
                        let wide = wide.add(row * stride).cast_const();
                        self.narrow(wide, stride, (to.add(row * line), line), [rows, columns]);
                    }
                }
            }
        }
    }

    /// Adds the products of some steps to a tile's long sums, or begins these.
    ///
    /// # Safety
    /// As [`tile`](Panels::tile).
    pub(crate) unsafe fn add(
        &self,
        left: &LeftRows<T>,
        right: &PanelRows<T>,
        steps: Range<usize>,
        lengths: [usize; 2],
        (wide, stride, begins): (*mut T::Wide, usize, bool),
    ) {
        let target = match begins {
            true => Target::Begin(wide, stride),
            false => Target::Add(wide, stride),
        };
        // SAFETY: the caller's promise.
        unsafe { self.tile(left, right, steps, lengths, target) };
    }

    /// Writes rows of finished long sums.
    ///
    /// # Safety
    /// They can be read, and the rows be written.
    pub(crate) unsafe fn narrow(
        &self,
        wide: *const T::Wide,
        stride: usize,
        (to, line): (*mut T, usize),
        [rows, columns]: [usize; 2],
    ) {
        for row in 0..rows {
            // SAFETY: the caller's promise; these kernels are for this processor.
            unsafe {
                (self.kernels.narrow)(wide.add(row * stride), to.add(row * line), columns);
            }
        }
    }
}

/// The steps of a long sum that are added up in `T` itself.
pub(crate) fn sum_blocks<T: Micro>(steps: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    blocks::<T>(steps)
}
