//! One row times a matrix. Each element of the matrix is read once, where it lies: how fast memory
//! is decides.
//!
//! Such sums are added up in the order of a vector's lanes: step `k` of a block of steps goes to
//! lane `k` modulo the lanes, and the lanes are added in halves. Where columns lie along memory, a
//! column's lanes are a vector ([`dots`]); where rows do, a lane is a vector of columns
//! ([`sweep`]). Both give the same bits, so these do not depend on how the matrix lies.

use std::ops::Range;

use super::cut::{Cut, piece};
use super::element::{Kernels, Micro};
use super::matrix::Matrix;
use super::run::Run;
use super::tile::Vector;
use crate::kernels::pool::Pool;
use crate::types::Number;

/// Sums of up to this many terms are left to tiles: a vector of lanes for each column would cost
/// more than it saves.
const SHORT: usize = 64;

/// How many columns that lie along memory are summed up at once.
const COLUMNS: usize = 4;

/// More lanes than any vector has.
const MOST_LANES: usize = 16;

/// The bytes of the lanes of columns that are swept over together at most: they stay in a near
/// cache.
const LANE_BYTES: usize = 64 << 10;

/// How many rows of one lane are added at once: the fewer times the lane is read and written.
const ROWS: usize = 8;

/// A matrix as small as this stays near: its rows may be read in any order.
const NEAR_BYTES: usize = 64 << 10;

/// How many products are worth another part.
const PART: usize = 128 << 10;

/// How many columns a part has at most: stretches of a matrix's rows that are much shorter are read
/// slowly.
const PART_COLUMNS: usize = 1024;

/// How many steps are worth a block of their own if there are as many, and into how many blocks
/// long sums are cut at most, unless they must be shorter.
const STEPS: usize = 1024;
const BLOCKS: usize = 32;

/// Of so many parts of whole columns, none need be cut.
const PARTS: usize = 16;

/// A row's product with some columns of a matrix.
#[derive(Debug)]
pub struct Line<T: Micro> {
    /// Element `k` of the row stands at `a + k · a_step`.
    pub(super) a: *const T,
    pub(super) a_step: isize,
    /// Element (k, column) of the matrix stands at `b + k · b_step + column · b_column`.
    pub(super) b: *const T,
    pub(super) b_step: isize,
    pub(super) b_column: isize,
    pub(super) inner: usize,
    pub(super) columns: usize,
    /// Whether the whole matrix is small enough that its rows may be read in any order.
    pub(super) is_near: bool,
}

impl<T: Micro> Line<T> {
    /// Where a column begins.
    #[inline(always)]
    fn column(&self, i: usize) -> *const T {
        self.b.wrapping_offset(i as isize * self.b_column)
    }
}

/// What the lanes are added in.
type Wide<V> = <<V as Vector>::Element as Micro>::Wide;

/// Adds a block of steps up, and writes the sums to `totals`.
///
/// # Safety
/// The processor has the instruction set; the elements can be read. `totals` has room for `columns`
/// elements, filled up to whole vectors, and `lanes` for as many elements for each lane.
pub(super) type RowFn<T> =
    unsafe fn(line: &Line<T>, totals: *mut <T as Micro>::Wide, lanes: *mut T);

/// A [`RowFn`] for a row and columns whose elements lie side by side.
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn dots<V: Vector>(
    line: &Line<V::Element>,
    totals: *mut Wide<V>,
    _: *mut V::Element,
) {
    let together = line.columns / COLUMNS * COLUMNS;
    // SAFETY: the caller's promise.
    unsafe {
        for first in (0..together).step_by(COLUMNS) {
            let b = std::array::from_fn(
                #[inline(always)]
                |i| line.column(first + i),
            );
            let sums = dots_of::<V, COLUMNS>(line.a, b, line.inner);
            for (i, sum) in sums.into_iter().enumerate() {
                *totals.add(first + i) = sum;
            }
        }
        for i in together..line.columns {
            let [sum] = dots_of::<V, 1>(line.a, [line.column(i)], line.inner);
            *totals.add(i) = sum;
        }
    }
}

/// The products of `a` and `N` columns.
///
/// # Safety
/// As [`dots`].
#[inline(always)]
unsafe fn dots_of<V: Vector, const N: usize>(
    a: *const V::Element,
    b: [*const V::Element; N],
    inner: usize,
) -> [Wide<V>; N] {
    // SAFETY: the caller's promise; a vector fits into `MOST_LANES` elements.
    unsafe {
        let mut sums = [V::zero(); N];
        let whole = inner / V::LANES * V::LANES;
        for k in (0..whole).step_by(V::LANES) {
            let factor = V::load(a.add(k));
            for (sum, b) in sums.iter_mut().zip(b) {
                *sum = factor.multiply_add(V::load(b.add(k)), *sum);
            }
        }
        if whole < inner {
            let rest = inner - whole;
            let factor = V::load_first(a.add(whole), rest);
            for (sum, b) in sums.iter_mut().zip(b) {
                // To the other lanes, zeros are added, which changes none: no sum is a negative
                // zero.
                *sum = factor.multiply_add(V::load_first(b.add(whole), rest), *sum);
            }
        }
        let mut totals = [Wide::<V>::ZERO; N];
        for (total, sum) in totals.iter_mut().zip(sums) {
            let mut lanes = [Wide::<V>::ZERO; MOST_LANES];
            sum.store_wide(lanes.as_mut_ptr());
            add_lanes::<V, _>(
                &mut lanes,
                #[inline(always)]
                |sum, term| *sum = sum.plus(*term),
            );
            *total = lanes[0];
        }
        totals
    }
}

/// Adds lanes to the first one: the second half to the first half, as often as there are halves.
/// Each step is written out, as compilers unroll no loop whose length changes.
#[inline(always)]
fn add_lanes<V: Vector, L>(lanes: &mut [L; MOST_LANES], add: impl Fn(&mut L, &L)) {
    match V::LANES {
        16 => add_halves::<L, 8>(lanes, &add),
        8 => add_halves::<L, 4>(lanes, &add),
        4 => add_halves::<L, 2>(lanes, &add),
        _ => add_halves::<L, 1>(lanes, &add),
    }
    add_half_lanes::<V, L>(lanes, add);
}

/// [`add_lanes`] of which the second half was added to the first already.
#[inline(always)]
fn add_half_lanes<V: Vector, L>(lanes: &mut [L; MOST_LANES], add: impl Fn(&mut L, &L)) {
    if V::LANES > 8 {
        add_halves::<L, 4>(lanes, &add);
    }
    if V::LANES > 4 {
        add_halves::<L, 2>(lanes, &add);
    }
    if V::LANES > 2 {
        add_halves::<L, 1>(lanes, &add);
    }
}

/// Adds lanes `HALF..2 * HALF` to the lanes before.
#[inline(always)]
fn add_halves<L, const HALF: usize>(lanes: &mut [L; MOST_LANES], add: &impl Fn(&mut L, &L)) {
    let (sums, terms) = lanes.split_at_mut(HALF);
    for lane in 0..HALF {
        add(&mut sums[lane], &terms[lane]);
    }
}

/// A [`RowFn`] for a matrix whose rows' elements lie side by side.
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn sweep<V: Vector>(
    line: &Line<V::Element>,
    totals: *mut Wide<V>,
    lanes: *mut V::Element,
) {
    // SAFETY: the caller's promise.
    unsafe {
        match line.is_near {
            true => sweep_near::<V>(line, totals),
            false => sweep_far::<V>(line, totals, lanes),
        }
    }
}

/// One vector of columns after the other, its lanes in registers.
///
/// # Safety
/// As [`sweep`].
#[inline(always)]
unsafe fn sweep_near<V: Vector>(line: &Line<V::Element>, totals: *mut Wide<V>) {
    let whole = line.columns / V::LANES * V::LANES;
    // SAFETY: the caller's promise.
    unsafe {
        for first in (0..whole).step_by(V::LANES) {
            let lanes = columns_lanes::<V>(
                line,
                first,
                #[inline(always)]
                |b| V::load(b),
            );
            put_lanes::<V>(&lanes, totals.add(first));
        }
        if whole < line.columns {
            let rest = line.columns - whole;
            let lanes = columns_lanes::<V>(
                line,
                whole,
                #[inline(always)]
                |b| V::load_first(b, rest),
            );
            put_lanes::<V>(&lanes, totals.add(whole));
        }
    }
}

/// The lanes of the vector of columns from `first` on.
///
/// # Safety
/// As [`sweep`].
#[inline(always)]
unsafe fn columns_lanes<V: Vector>(
    line: &Line<V::Element>,
    first: usize,
    load: impl Fn(*const V::Element) -> V,
) -> [V; MOST_LANES] {
    let (mut a, mut b) = (line.a, line.b.wrapping_add(first));
    // SAFETY: the caller's promise. Past the last element nothing is read.
    unsafe {
        let mut lanes = [V::zero(); MOST_LANES];
        for _ in 0..line.inner / V::LANES {
            add_steps(line, &mut lanes, (a, b), V::LANES, &load);
            a = a.wrapping_offset(V::LANES as isize * line.a_step);
            b = b.wrapping_offset(V::LANES as isize * line.b_step);
        }
        add_steps(line, &mut lanes, (a, b), line.inner % V::LANES, &load);
        lanes
    }
}

/// A step from `a` and `b` on for each of the first `count` lanes.
///
/// # Safety
/// As [`sweep`].
#[inline(always)]
unsafe fn add_steps<V: Vector>(
    line: &Line<V::Element>,
    lanes: &mut [V; MOST_LANES],
    (a, b): (*const V::Element, *const V::Element),
    count: usize,
    load: &impl Fn(*const V::Element) -> V,
) {
    for (i, lane) in lanes[..V::LANES].iter_mut().enumerate() {
        if i < count {
            let column = load(b.wrapping_offset(i as isize * line.b_step));
            // SAFETY: the caller's promise.
            unsafe {
                let factor = V::splat(*a.wrapping_offset(i as isize * line.a_step));
                *lane = factor.multiply_add(column, *lane);
            }
        }
    }
}

/// All columns after each other, step by step, along the matrix's rows; their lanes in memory.
///
/// # Safety
/// As [`sweep`].
#[inline(always)]
unsafe fn sweep_far<V: Vector>(
    line: &Line<V::Element>,
    totals: *mut Wide<V>,
    lanes: *mut V::Element,
) {
    let width = line.columns.next_multiple_of(V::LANES);
    // SAFETY: the caller's promise. Zero bits are zero in every element type.
    unsafe {
        lanes.write_bytes(0, width * V::LANES);
        for first in (0..line.inner).step_by(ROWS * V::LANES) {
            for lane in 0..V::LANES.min(line.inner - first) {
                let k = first + lane;
                let sums = lanes.add(lane * width);
                match (line.inner - k).div_ceil(V::LANES) {
                    1 => add_rows::<V, 1>(line, k, sums),
                    2 => add_rows::<V, 2>(line, k, sums),
                    3 => add_rows::<V, 3>(line, k, sums),
                    4 => add_rows::<V, 4>(line, k, sums),
                    5 => add_rows::<V, 5>(line, k, sums),
                    6 => add_rows::<V, 6>(line, k, sums),
                    7 => add_rows::<V, 7>(line, k, sums),
                    _ => add_rows::<V, ROWS>(line, k, sums),
                }
            }
        }
        for first in (0..width).step_by(V::LANES) {
            let mut sums = [V::zero(); MOST_LANES];
            for (lane, sums) in sums[..V::LANES].iter_mut().enumerate() {
                *sums = V::load(lanes.add(lane * width + first));
            }
            put_lanes::<V>(&sums, totals.add(first));
        }
    }
}

/// Adds the lanes of a vector of columns, and hands the sums over.
///
/// # Safety
/// As [`sweep`].
#[inline(always)]
unsafe fn put_lanes<V: Vector>(lanes: &[V; MOST_LANES], totals: *mut Wide<V>) {
    let mut sums = [[Wide::<V>::ZERO; MOST_LANES]; MOST_LANES];
    let half = V::LANES / 2;
    // SAFETY: the caller's promise; a vector fits into `MOST_LANES` elements.
    unsafe {
        for i in 0..half {
            lanes[i].store_wide(sums[i].as_mut_ptr());
            lanes[i + half].add_wide(sums[i].as_mut_ptr());
        }
        add_half_lanes::<V, _>(
            &mut sums,
            #[inline(always)]
            |sums, terms| {
                for i in 0..V::LANES {
                    sums[i] = sums[i].plus(terms[i]);
                }
            },
        );
        for (i, sum) in sums[0][..V::LANES].iter().enumerate() {
            *totals.add(i) = *sum;
        }
    }
}

/// Adds `N` steps from step `k` on, as far apart as there are lanes, to a lane of each column.
///
/// # Safety
/// As [`sweep`].
#[inline(always)]
unsafe fn add_rows<V: Vector, const N: usize>(
    line: &Line<V::Element>,
    k: usize,
    lane: *mut V::Element,
) {
    let mut factors = [line.a; N];
    let mut rows = [line.b; N];
    for i in 0..N {
        let step = (k + i * V::LANES) as isize;
        factors[i] = line.a.wrapping_offset(step * line.a_step);
        rows[i] = line.b.wrapping_offset(step * line.b_step);
    }
    let whole = line.columns / V::LANES * V::LANES;
    // SAFETY: the caller's promise.
    unsafe {
        let mut values = [V::zero(); N];
        for i in 0..N {
            values[i] = V::splat(*factors[i]);
        }
        for first in (0..whole).step_by(V::LANES) {
            let mut sum = V::load(lane.add(first));
            for i in 0..N {
                sum = values[i].multiply_add(V::load(rows[i].add(first)), sum);
            }
            sum.store(lane.add(first));
        }
        if whole < line.columns {
            let rest = line.columns - whole;
            let mut sum = V::load(lane.add(whole));
            for i in 0..N {
                sum = values[i].multiply_add(V::load_first(rows[i].add(whole), rest), sum);
            }
            sum.store(lane.add(whole));
        }
    }
}

/// The shape of such a product.
impl Cut {
    /// Whether this is one row, of sums that are worth lanes.
    pub(super) fn is_row(&self) -> bool {
        self.rows == 1 && self.inner > SHORT
    }

    /// Whether this is one row or one column of such sums: the transpose of a column is a row.
    pub(super) fn is_line(&self) -> bool {
        (self.rows == 1 || self.columns == 1) && self.inner > SHORT
    }

    /// Cuts the sums into blocks, or the columns into parts if there is a single block.
    pub(super) fn cut_row<T: Micro>(mut self, kernels: &Kernels<T>) -> Self {
        let longest = T::BLOCK * kernels.lanes;
        let steps = match self.serial {
            true => longest,
            false => (PART / self.columns.max(1))
                .max(self.inner.div_ceil(2).min(STEPS))
                .max(self.inner / BLOCKS),
        };
        self.slab = steps.next_multiple_of(kernels.lanes).min(longest);
        self.by_inner = self.inner > self.slab;
        if !self.by_inner {
            self.part_panels = self.panels.min(PART_COLUMNS / self.panel);
        }
        self
    }

    /// Whether the matrix is small.
    pub(super) fn is_near<T>(&self) -> bool {
        self.inner * self.columns * size_of::<T>() <= NEAR_BYTES
    }

    /// How many columns are swept over together at most.
    fn swept<T: Micro>(&self, kernels: &Kernels<T>) -> usize {
        let columns = LANE_BYTES / (kernels.lanes * size_of::<T>());
        columns.min(self.part_columns())
    }

    /// How many elements a part of a row needs beside the totals: lanes of columns that are swept
    /// over, or copies of columns.
    pub(super) fn row_scratch<T: Micro>(&self, kernels: &Kernels<T>) -> usize {
        let copies = COLUMNS * self.slab_len();
        copies.max(self.swept(kernels) * kernels.lanes)
    }
}

/// How the matrix of a product lies.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Columns along memory: [`dots`].
    Columns,
    /// Rows along memory: [`sweep`].
    Rows,
    /// Neither: a few columns are copied before they are summed up.
    Neither,
}

impl<T: Micro> Run<'_, T> {
    /// A product that [is a row](Cut::is_row).
    pub(super) fn run_row(&self, pool: &Pool) {
        let (cut, b) = (self.cut, self.right.matrix);
        let way = match (b.row_stride, b.column_stride) {
            (1, _) => Way::Columns,
            (_, 1) => Way::Rows,
            _ => Way::Neither,
        };
        let a = match (way, self.left.matrix.column_stride) {
            (Way::Rows, _) | (_, 1) => self.left.matrix,
            _ => self.copied_line(),
        };
        let blocks = cut.slabs();
        if !cut.by_inner {
            let width = cut.part_columns();
            self.for_each(pool, cut.columns.div_ceil(width), &|part, thread| {
                let columns = piece(&(0..cut.columns), width, part);
                let to = self.destination(0, columns.start, thread);
                let totals = self.own(thread, self.space.wide);
                // SAFETY: the thread has its totals to itself; this part of `to` belongs to no
                // other part, and has room for it.
                unsafe {
                    self.row_block(way, a, 0..cut.inner, columns.clone(), totals, thread);
                    (self.kernels.narrow)(totals, to.rows.at(0, 0), columns.len());
                    self.finish(to, 0..1, columns, thread);
                }
            });
            return;
        }
        // Columns are read from end to end, if there are enough for all threads; rows side by side.
        let whole_columns = (PART / cut.inner).next_multiple_of(COLUMNS).max(COLUMNS);
        let (width, together) = match way {
            Way::Rows => (PART_COLUMNS, 1),
            _ if cut.columns >= PARTS * whole_columns => (whole_columns, blocks),
            _ => ((PART / cut.slab).next_multiple_of(COLUMNS).max(COLUMNS), 1),
        };
        let (across, down) = (cut.columns.div_ceil(width), blocks.div_ceil(together));
        self.for_each(pool, across * down, &|part, thread| {
            let columns = piece(&(0..cut.columns), width, part % across);
            let blocks = piece(&(0..blocks), together, part / across);
            let step = if together > 1 { COLUMNS } else { width };
            for first in columns.clone().step_by(step) {
                let columns = first..columns.end.min(first + step);
                for block in blocks.clone() {
                    let (steps, columns) = (cut.slab_range(block), columns.clone());
                    let totals = self.partial(block).at(0, columns.start);
                    // SAFETY: each block has partial sums of its own, and each piece a part of
                    // them.
                    unsafe { self.row_block(way, a, steps, columns, totals, thread) };
                }
            }
        });
        self.add_partials(pool, blocks);
    }

    /// The row, copied so that its elements lie side by side.
    fn copied_line(&self) -> Matrix<T> {
        let to = Matrix::of_rows(self.workspace.at(0, self.space.line).cast(), 0);
        // SAFETY: `Space` has room for a row, and nobody else uses it yet.
        unsafe { self.copy_rows(self.left.matrix, to, 1, self.cut.inner) };
        to
    }

    /// Adds the steps `inner` of some columns up.
    ///
    /// # Safety
    /// The ranges are within the product, and nobody else uses these totals.
    unsafe fn row_block(
        &self,
        way: Way,
        a: Matrix<T>,
        inner: Range<usize>,
        columns: Range<usize>,
        totals: *mut T::Wide,
        thread: usize,
    ) {
        let scratch: *mut T = self.own(thread, self.space.row);
        let (sum_up, together) = match way {
            Way::Columns => (self.kernels.dots, columns.len().max(1)),
            Way::Rows => (self.kernels.sweep, self.cut.swept(self.kernels)),
            Way::Neither => (self.kernels.dots, COLUMNS),
        };
        for start in columns.clone().step_by(together) {
            let count = together.min(columns.end - start);
            let mut b = self.right.matrix.from(inner.start, start);
            // SAFETY: the caller's promise; `Space` has room for lanes and copies.
            unsafe {
                if let Way::Neither = way {
                    let copies = Matrix::of_rows(scratch, inner.len());
                    self.copy_rows(b.transposed(), copies, count, inner.len());
                    b = copies.transposed();
                }
                let line = Line {
                    a: a.at(0, inner.start),
                    a_step: a.column_stride,
                    b: b.at(0, 0),
                    b_step: b.row_stride,
                    b_column: b.column_stride,
                    inner: inner.len(),
                    columns: count,
                    is_near: self.cut.is_near::<T>(),
                };
                sum_up(&line, totals.add(start - columns.start), scratch);
            }
        }
    }
}
