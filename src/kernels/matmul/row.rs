//! One row times a matrix. Each element of the matrix is read once, where it lies: how fast memory is decides.
//!
//! Such sums are added up in the order of a vector's lanes: step `k` of a block of steps goes to lane `k` modulo the lanes, and the lanes
//! are added in halves. Where columns lie along memory, a column's lanes are a vector ([`dots`]); where rows do, a lane is a vector of columns
//! ([`sweep`]). Both give the same bits, so these do not depend on how the matrix lies.

use std::ops::Range;

use super::cut::{Cut, piece};
use super::element::{Kernels, Micro};
use super::matrix::Matrix;
use super::run::Run;
use super::tile::Vector;
use crate::kernels::pool::Pool;
use crate::types::Numeric;

/// Sums of up to this many terms are left to tiles: a vector of lanes for each column would cost more than it saves.
const SHORT: usize = 64;

/// How many columns that lie along memory are summed up at once.
const COLUMNS: usize = 4;

/// More lanes than any vector has.
const MOST_LANES: usize = 16;

/// How many columns are swept over together at most: their lanes stay in the first-level cache.
const SWEPT: usize = 256;

/// A matrix as small as this stays in the second-level cache: its rows may be read in any order.
const NEAR_BYTES: usize = 512 << 10;

/// How many products are worth another part.
const PART: usize = 32 << 10;

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

/// Adds a block of steps up, and writes the sums to `totals`, or adds them to what stands there.
///
/// # Safety
/// The processor has the instruction set; the elements can be read. `totals` has room for `columns` elements, filled up to whole vectors, and `lanes`
/// for as many elements for each lane.
pub(super) type RowFn<T> =
    unsafe fn(line: &Line<T>, totals: *mut <T as Micro>::Wide, add: bool, lanes: *mut T);

/// A [`RowFn`] for a row and columns whose elements lie side by side.
///
/// # Safety
/// As there.
#[inline(always)]
pub(super) unsafe fn dots<V: Vector>(
    line: &Line<V::Element>,
    totals: *mut Wide<V>,
    add: bool,
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
                put(totals.add(first + i), sum, add);
            }
        }
        for i in together..line.columns {
            let [sum] = dots_of::<V, 1>(line.a, [line.column(i)], line.inner);
            put(totals.add(i), sum, add);
        }
    }
}

/// # Safety
/// The element can be read and written.
#[inline(always)]
unsafe fn put<W: Numeric>(to: *mut W, sum: W, add: bool) {
    // SAFETY: the caller's promise.
    unsafe { *to = if add { (*to).plus(sum) } else { sum } };
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
                // To the other lanes, zeros are added, which changes none: no sum is a negative zero.
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

/// Adds lanes to the first one: the second half to the first half, as often as there are halves. Each step is written out, as compilers
/// unroll no loop whose length changes.
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
    add: bool,
    lanes: *mut V::Element,
) {
    let bytes = line.inner * line.columns * size_of::<V::Element>();
    // SAFETY: the caller's promise.
    unsafe {
        match bytes <= NEAR_BYTES {
            true => sweep_near::<V>(line, totals, add),
            false => sweep_far::<V>(line, totals, add, lanes),
        }
    }
}

/// One vector of columns after the other, its lanes in registers.
///
/// # Safety
/// As [`sweep`].
#[inline(always)]
unsafe fn sweep_near<V: Vector>(line: &Line<V::Element>, totals: *mut Wide<V>, add: bool) {
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
            put_lanes::<V>(&lanes, totals.add(first), add);
        }
        if whole < line.columns {
            let rest = line.columns - whole;
            let lanes = columns_lanes::<V>(
                line,
                whole,
                #[inline(always)]
                |b| V::load_first(b, rest),
            );
            put_lanes::<V>(&lanes, totals.add(whole), add);
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
    add: bool,
    lanes: *mut V::Element,
) {
    let width = line.columns.next_multiple_of(V::LANES);
    // SAFETY: the caller's promise. Zero bits are zero in every element type.
    unsafe {
        lanes.write_bytes(0, width * V::LANES);
        let (mut a, mut b) = (line.a, line.b);
        for first in (0..line.inner).step_by(V::LANES) {
            for lane in 0..V::LANES.min(line.inner - first) {
                add_row::<V>(*a, b, line.columns, lanes.add(lane * width));
                // Past the last element nothing is read.
                a = a.wrapping_offset(line.a_step);
                b = b.wrapping_offset(line.b_step);
            }
        }
        for first in (0..width).step_by(V::LANES) {
            let mut sums = [V::zero(); MOST_LANES];
            for (lane, sums) in sums[..V::LANES].iter_mut().enumerate() {
                *sums = V::load(lanes.add(lane * width + first));
            }
            put_lanes::<V>(&sums, totals.add(first), add);
        }
    }
}

/// Adds the lanes of a vector of columns, and hands the sums over.
///
/// # Safety
/// As [`sweep`].
#[inline(always)]
unsafe fn put_lanes<V: Vector>(lanes: &[V; MOST_LANES], totals: *mut Wide<V>, add: bool) {
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
            put(totals.add(i), *sum, add);
        }
    }
}

/// Adds `factor` times a row of the matrix to a lane of each column.
///
/// # Safety
/// As [`sweep`].
#[inline(always)]
unsafe fn add_row<V: Vector>(
    factor: V::Element,
    b: *const V::Element,
    columns: usize,
    lane: *mut V::Element,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let factor = V::splat(factor);
        let whole = columns / V::LANES * V::LANES;
        for first in (0..whole).step_by(V::LANES) {
            let sum = V::load(lane.add(first));
            let sum = factor.multiply_add(V::load(b.add(first)), sum);
            sum.store(lane.add(first));
        }
        if whole < columns {
            let sum = V::load(lane.add(whole));
            let sum = factor.multiply_add(V::load_first(b.add(whole), columns - whole), sum);
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

    /// How many steps make a block.
    pub(super) fn row_block<T: Micro>(kernels: &Kernels<T>) -> usize {
        T::BLOCK * kernels.lanes
    }

    /// How many columns a part has.
    fn row_part<T: Micro>(&self, kernels: &Kernels<T>) -> usize {
        match self.by_inner {
            false => self.part_columns(),
            true => (PART / self.inner.min(Cut::row_block(kernels)))
                .next_multiple_of(kernels.lanes)
                .min(self.part_columns()),
        }
    }

    /// How many columns are swept over together at most.
    fn swept(&self) -> usize {
        SWEPT.min(self.part_columns())
    }

    /// How many elements a part of a row needs beside the totals: lanes of columns that are swept over, or copies of columns.
    pub(super) fn row_scratch<T: Micro>(&self, kernels: &Kernels<T>) -> usize {
        let copies = COLUMNS * self.inner.min(Cut::row_block(kernels));
        copies.max(self.swept() * kernels.lanes)
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
        let block = Cut::row_block(self.kernels);
        let blocks = cut.inner.div_ceil(block);
        let steps = |i: usize| piece(&(0..cut.inner), block, i);
        let width = cut.row_part(self.kernels);
        let pieces = cut.columns.div_ceil(width);
        if cut.by_inner {
            self.for_each(pool, blocks * pieces, &|part, thread| {
                let (block, columns) = (part / pieces, part % pieces);
                let columns = piece(&(0..cut.columns), width, columns);
                let totals = self.partial(block).at(0, columns.start);
                // SAFETY: each block has partial sums of its own, and each piece a part of them.
                unsafe { self.row_block(way, a, steps(block), columns, (totals, false), thread) };
            });
            return self.add_partials(pool, blocks);
        }
        self.for_each(pool, pieces, &|part, thread| {
            let columns = piece(&(0..cut.columns), width, part);
            let to = self.destination(0, columns.start, thread);
            let totals = self.own(thread, self.space.wide);
            // SAFETY: the thread has its totals to itself; this part of `to` is no other part's, and has room for it.
            unsafe {
                for block in 0..blocks {
                    let totals = (totals, block > 0);
                    self.row_block(way, a, steps(block), columns.clone(), totals, thread);
                }
                (self.kernels.narrow)(totals, to.rows.at(0, 0), columns.len());
                self.finish(to, 0..1, columns, thread);
            }
        });
    }

    /// The row, copied so that its elements lie side by side.
    fn copied_line(&self) -> Matrix<T> {
        let to = Matrix::of_rows(self.workspace.at(0, self.space.line).cast(), 0);
        // SAFETY: `Space` has room for a row, and nobody else uses it yet.
        unsafe { self.copy_rows(self.left.matrix, to, 1, self.cut.inner) };
        to
    }

    /// Adds the steps `inner` of some columns up: to the totals, or as the first.
    ///
    /// # Safety
    /// The ranges are within the product, and nobody else uses these totals.
    unsafe fn row_block(
        &self,
        way: Way,
        a: Matrix<T>,
        inner: Range<usize>,
        columns: Range<usize>,
        (totals, add): (*mut T::Wide, bool),
        thread: usize,
    ) {
        let scratch: *mut T = self.own(thread, self.space.row);
        let (sum_up, together) = match way {
            Way::Columns => (self.kernels.dots, columns.len().max(1)),
            Way::Rows => (self.kernels.sweep, self.cut.swept()),
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
                };
                sum_up(&line, totals.add(start - columns.start), add, scratch);
            }
        }
    }
}
