//! [`gather`]: rows at given positions.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use ndarray::ArrayViewD;
use smallvec::SmallVec;

use super::super::operand::row_major_strides;
use super::super::pool::Pool;
use super::cut::{PARALLEL, PART};
use super::plane::{copy_bytes, copy_plane};
use super::walk::{Axis, Walk};
use crate::types::Plain;

/// How many positions are found out at once.
const MANY: usize = 256;

/// Rows of as few elements as this are copied by loops of their own.
const SHORT: usize = 8;

/// Writes the positions of rows `first` and the following ones to a list, or tells the number of
/// the first that has none.
pub(crate) type Positions<'p> = dyn Fn(usize, &mut [usize]) -> Result<(), usize> + Sync + 'p;

/// Which rows are gathered: `tables` times as many as there are positions, each time from the next
/// table; `positions` gives those of all tables one after the other, but where `same` says that so
/// many tables in a row share theirs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    /// How many tables there are.
    pub(crate) tables: usize,
    /// How many tables in a row share their positions.
    pub(crate) same: usize,
    /// How many rows are taken from each.
    pub(crate) count: usize,
}

/// Fills `out` with rows of tables. `from` has the axes of the tables first (`outer` of them, whose
/// lengths multiply to as many tables as there are), then that of the rows, then those within a
/// row.
///
/// # Errors
/// The number of the first row that has no position.
///
/// # Panics
/// If `out` does not hold as many elements.
pub(crate) fn gather<T: Plain>(
    pool: &Pool,
    from: &ArrayViewD<'_, T>,
    outer: usize,
    rows: Rows,
    positions: &Positions<'_>,
    out: &mut [T],
) -> Result<(), usize> {
    let (shape, strides) = (from.shape(), from.strides());
    let row: usize = shape[outer + 1..].iter().product();
    assert_eq!(shape[..outer].iter().product::<usize>(), rows.tables);
    assert_eq!(
        out.len(),
        rows.tables * rows.count * row,
        "the rows' elements"
    );
    if out.is_empty() {
        return check_all(rows, positions);
    }
    let gather = Gather {
        from: from.as_ptr(),
        tables: shape[..outer]
            .iter()
            .copied()
            .zip(strides[..outer].iter().copied())
            .collect(),
        length: shape[outer],
        stride: strides[outer],
        row: &shape[outer + 1..],
        row_strides: &strides[outer + 1..],
        out_strides: row_major_strides(&shape[outer + 1..]),
        elements: row,
        distance: distance(&shape[outer + 1..], &strides[outer + 1..]),
        rows,
        out: out.as_mut_ptr(),
    };
    let bytes = (row * size_of::<T>()).max(1);
    let step = (PART / bytes).max(1);
    let parts_of_table = rows.count.div_ceil(step);
    // Of small tables, several are a part.
    let tables = (step / rows.count).max(1);
    let astray = AtomicUsize::new(usize::MAX);
    let part = |part: usize, _: usize| {
        let (first_table, first) = (part / parts_of_table * tables, part % parts_of_table * step);
        let count = step.min(rows.count - first);
        let mut list = List::new();
        for table in first_table..rows.tables.min(first_table + tables) {
            if let Err(row) = gather.part(table, first, count, positions, &mut list) {
                astray.fetch_min(row, Relaxed);
            }
        }
    };
    let parts = rows.tables.div_ceil(tables) * parts_of_table;
    if size_of_val(out) < PARALLEL {
        (0..parts).for_each(|number| part(number, 0));
    } else {
        pool.run(parts, &part);
    }
    match astray.into_inner() {
        usize::MAX => Ok(()),
        row => Err(row),
    }
}

/// Sees to it that all rows have positions, where there is nothing to copy: an array without
/// elements may have any number of tables.
fn check_all(rows: Rows, positions: &Positions<'_>) -> Result<(), usize> {
    if rows.count == 0 || rows.tables == 0 {
        return Ok(());
    }
    let (mut list, count) = ([0; MANY], rows.tables / rows.same * rows.count);
    for start in (0..count).step_by(MANY) {
        positions(start, &mut list[..MANY.min(count - start)])?;
    }
    Ok(())
}

/// How far apart a row's elements lie, if that is the same for all.
fn distance(lengths: &[usize], strides: &[isize]) -> Option<isize> {
    let axes = lengths.iter().zip(strides).rev();
    let mut axes = axes.filter(|axis| *axis.0 > 1);
    let Some((&length, &first)) = axes.next() else {
        return Some(1);
    };
    let mut expected = first * length as isize;
    let is_even = axes.all(|(&length, &stride)| {
        let fits = stride == expected;
        expected *= length as isize;
        fits
    });
    is_even.then_some(first)
}

/// The positions of a few rows, which the next table may share.
struct List {
    rows: Range<usize>,
    positions: [usize; MANY],
}

impl List {
    fn new() -> Self {
        List {
            rows: 0..0,
            positions: [0; MANY],
        }
    }

    /// The positions of these rows, all of which lie in a table of `length` rows.
    fn of(
        &mut self,
        rows: Range<usize>,
        length: usize,
        positions: &Positions<'_>,
    ) -> Result<&[usize], usize> {
        let list = &mut self.positions[..rows.len()];
        if self.rows != rows {
            self.rows = 0..0;
            positions(rows.start, list)?;
            let last = list.iter().copied().max().unwrap_or(0);
            assert!(last < length, "positions lie in the table");
            self.rows = rows;
        }
        Ok(list)
    }
}

struct Gather<'a, T> {
    from: *const T,
    /// The lengths and strides of the tables' axes.
    tables: SmallVec<[(usize, isize); 6]>,
    /// How many rows a table has, and how far apart they lie.
    length: usize,
    stride: isize,
    /// The lengths and strides within a row.
    row: &'a [usize],
    row_strides: &'a [isize],
    /// The strides of a row in the result.
    out_strides: Vec<isize>,
    /// How many elements a row has.
    elements: usize,
    /// How far apart these lie, if that is the same for all.
    distance: Option<isize>,
    rows: Rows,
    out: *mut T,
}

// SAFETY: what is read is lent; threads write different rows.
unsafe impl<T: Sync> Sync for Gather<'_, T> {}

impl<T: Plain> Gather<'_, T> {
    /// Copies the rows `first` and the following ones of one table.
    fn part(
        &self,
        table: usize,
        first: usize,
        count: usize,
        positions: &Positions<'_>,
        list: &mut List,
    ) -> Result<(), usize> {
        let mut from = self.from;
        let mut number = table;
        for &(length, stride) in self.tables.iter().rev() {
            from = from.wrapping_offset((number % length) as isize * stride);
            number /= length;
        }
        let listed = table / self.rows.same * self.rows.count;
        for start in (first..first + count).step_by(MANY) {
            let length = MANY.min(first + count - start);
            let list = list.of(
                listed + start..listed + start + length,
                self.length,
                positions,
            )?;
            let place = (table * self.rows.count + start) * self.elements;
            // SAFETY: so many rows begin there, none of which another thread writes, and all
            // positions lie in the table.
            unsafe { self.copy(from, list, self.out.wrapping_add(place)) };
        }
        Ok(())
    }

    /// # Safety
    /// The table at `from` has rows at all `positions`; `to` has room for them.
    unsafe fn copy(&self, from: *const T, positions: &[usize], to: *mut T) {
        // SAFETY: the caller's promise, here and below.
        unsafe {
            match (self.distance, self.elements) {
                (_, 0) => {}
                (_, 1) => self.copy_short::<1>(from, positions, to),
                (Some(1), 2) => self.copy_short::<2>(from, positions, to),
                (Some(1), 3) => self.copy_short::<3>(from, positions, to),
                (Some(1), 4) => self.copy_short::<4>(from, positions, to),
                (Some(1), SHORT) => self.copy_short::<SHORT>(from, positions, to),
                (Some(1), length) => {
                    self.each(from, positions, to, |from, to| copy_bytes(from, to, length));
                }
                (Some(distance), length) => {
                    let columns = Axis {
                        length,
                        from: distance,
                        to: 1,
                    };
                    self.each(from, positions, to, |from, to| {
                        copy_plane(from, to, Axis::ONE, columns)
                    });
                }
                (None, _) => self.each(from, positions, to, |from, to| {
                    let (from, to) = (
                        (from.cast(), self.row_strides),
                        (to.cast(), &*self.out_strides),
                    );
                    Walk::new(size_of::<T>(), self.row, from, to).run_alone();
                }),
            }
        }
    }

    /// # Safety
    /// As for [`copy`](Gather::copy), of rows of `N` elements side by side.
    unsafe fn copy_short<const N: usize>(&self, from: *const T, positions: &[usize], to: *mut T) {
        // SAFETY: the caller's promise.
        unsafe {
            self.each(from, positions, to, |from, to| {
                *to.cast::<[T; N]>() = *from.cast::<[T; N]>();
            });
        }
    }

    #[inline(always)]
    fn each(
        &self,
        from: *const T,
        positions: &[usize],
        to: *mut T,
        copy: impl Fn(*const T, *mut T),
    ) {
        for (i, &position) in positions.iter().enumerate() {
            copy(
                from.wrapping_offset(position as isize * self.stride),
                to.wrapping_add(i * self.elements),
            );
        }
    }
}
