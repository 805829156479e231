//! The run of a product: packs, hands parts to the pool, and has tiles computed.

use std::ops::Range;

use super::Sink;
use super::cut::{Cut, blocks, piece};
use super::element::{Kernels, Micro};
use super::matrix::Matrix;
use super::pack::{Left, PackedLeft, PackedRight, Right};
use super::space::Space;
use super::tile::{Segments, Target, Tile};
use crate::kernels::pool::Pool;

/// How many tiles are packed together.
const TILES_PACKED: usize = 8;

/// What all parts of a run know.
pub(super) struct Run<'a, T: Micro> {
    pub(super) cut: &'a Cut,
    pub(super) kernels: &'static Kernels<T>,
    pub(super) space: &'a Space,
    /// The workspace: [`Space`] says what stands where.
    pub(super) workspace: Matrix<u8>,
    pub(super) left: Left<'a, T>,
    pub(super) right: Right<'a, T>,
    /// Where the product goes, if it is kept.
    pub(super) out: Option<Matrix<T>>,
    /// Whether `out` and `sink` want the transpose of what is computed.
    pub(super) transposed: bool,
    /// Who is shown the product.
    pub(super) sink: Option<&'a dyn Sink<T>>,
}

/// One slab of a part.
struct Slab<T: Micro> {
    tiles: Range<usize>,
    panels: Range<usize>,
    inner: Range<usize>,
    left: PackedLeft<T>,
    right: PackedRight<T>,
    /// Where long sums are added up.
    wide: Matrix<T::Wide>,
    /// Whether only one tile's sums are kept there, as they end within the slab.
    wide_by_tile: bool,
    /// Where the sums that are added here start.
    first_step: usize,
    /// Where the product's first element of the part goes, and the rows' distance; none if the sums
    /// are finished elsewhere.
    to: Option<Destination<T>>,
}

/// Rows with their elements side by side.
#[derive(Clone, Copy)]
pub(super) struct Destination<T> {
    pub(super) rows: Matrix<T>,
    /// Whether they lie in the thread's share, and not where the product goes.
    is_own: bool,
}

impl<T: Micro> Run<'_, T> {
    /// Computes the product.
    pub(super) fn run(&self, pool: &Pool) {
        if self.cut.is_row() {
            return self.run_row(pool);
        }
        if self.cut.by_inner {
            return self.run_by_inner(pool);
        }
        let cut = self.cut;
        for first_panel in (0..cut.panels).step_by(cut.block_panels.max(1)) {
            let panels = first_panel..cut.panels.min(first_panel + cut.block_panels);
            for first_tile in (0..cut.tiles).step_by(cut.block_tiles.max(1)) {
                let tiles = first_tile..cut.tiles.min(first_tile + cut.block_tiles);
                self.pack_shared(pool, &tiles, &panels);
                let across = panels.len().div_ceil(cut.part_panels);
                let parts = tiles.len().div_ceil(cut.part_tiles) * across;
                self.for_each(pool, parts, &|part, thread| {
                    let part_tiles = piece(&tiles, cut.part_tiles, part / across);
                    let part_panels = piece(&panels, cut.part_panels, part % across);
                    self.part([&tiles, &panels], part_tiles, part_panels, thread);
                });
            }
        }
    }

    pub(super) fn for_each(&self, pool: &Pool, parts: usize, task: &(dyn Fn(usize, usize) + Sync)) {
        match self.cut.serial {
            true => (0..parts).for_each(|part| task(part, 0)),
            false => pool.run(parts, task),
        }
    }

    /// Packs what several parts of a block read.
    fn pack_shared(&self, pool: &Pool, tiles: &Range<usize>, panels: &Range<usize>) {
        let cut = self.cut;
        let pack_left = cut.shares_left() && !self.left.direct;
        let lefts = match pack_left {
            true => tiles.len().div_ceil(TILES_PACKED),
            false => 0,
        };
        let rights = if cut.shares_right() { panels.len() } else { 0 };
        self.for_each(pool, lefts + rights, &|part, _| {
            // SAFETY: `Space` has room for a block's operands; each part writes another tile or
            // panel.
            unsafe {
                if part < lefts {
                    let packed = self.shared_left(tiles);
                    let tiles = piece(tiles, TILES_PACKED, part);
                    self.left.pack(self.kernels, cut, &packed, tiles);
                } else {
                    let panel = panels.start + part - lefts;
                    let columns = cut.columns_of(panel..panel + 1);
                    if !self.right.is_direct(&columns) {
                        let packed = self.shared_right(panels);
                        self.right.pack(self.kernels, &packed, columns);
                    }
                }
            }
        });
    }

    fn shared_left(&self, tiles: &Range<usize>) -> PackedLeft<T> {
        PackedLeft {
            start: self.workspace.at(0, self.space.shared_left).cast(),
            first_row: self.cut.rows_of(tiles.clone()).start,
            inner: 0..self.cut.inner,
        }
    }

    fn shared_right(&self, panels: &Range<usize>) -> PackedRight<T> {
        PackedRight {
            start: self.workspace.at(0, self.space.shared_right).cast(),
            first_column: self.cut.columns_of(panels.clone()).start,
            inner: 0..self.cut.inner,
        }
    }

    /// The place `offset` of a thread's share of the workspace.
    pub(super) fn own<E>(&self, thread: usize, offset: usize) -> *mut E {
        let at = self.space.thread(thread) + offset;
        self.workspace.at(0, at).cast()
    }

    /// A part of the product, in a block of tiles and panels.
    fn part(
        &self,
        block: [&Range<usize>; 2],
        tiles: Range<usize>,
        panels: Range<usize>,
        thread: usize,
    ) {
        let cut = self.cut;
        let rows = cut.rows_of(tiles.clone());
        let columns = cut.columns_of(panels.clone());
        let to = self.destination(rows.start, columns.start, thread);
        let wide_by_tile = cut.slabs() == 1;
        let wide_stride = match wide_by_tile {
            true => cut.panel,
            false => cut.part_columns(),
        };
        for slab in 0..cut.slabs() {
            let inner = cut.slab_range(slab);
            let left = match cut.shares_left() {
                true => self.shared_left(block[0]),
                false => self.own_left(rows.start, &inner, thread),
            };
            let right = match cut.shares_right() {
                true => self.shared_right(block[1]),
                false => self.own_right(columns.start, &inner, thread),
            };
            // SAFETY: the ranges are ranges of the product; `Space` has room for what a part packs
            // and adds up, and this thread has its share to itself; this part of `to` belongs to no
            // other part.
            unsafe {
                self.slab(&Slab {
                    tiles: tiles.clone(),
                    panels: panels.clone(),
                    inner,
                    left,
                    right,
                    wide: Matrix::of_rows(self.own(thread, self.space.wide), wide_stride),
                    wide_by_tile,
                    first_step: 0,
                    to: Some(to),
                });
            }
        }
        // SAFETY: the part is finished, and no other part's.
        unsafe { self.finish(to, rows, columns, thread) };
    }

    fn own_left(&self, first_row: usize, inner: &Range<usize>, thread: usize) -> PackedLeft<T> {
        PackedLeft {
            start: self.own(thread, self.space.left),
            first_row,
            inner: inner.clone(),
        }
    }

    /// Room for one panel at a time: its columns are counted from where it starts.
    fn own_right(
        &self,
        first_column: usize,
        inner: &Range<usize>,
        thread: usize,
    ) -> PackedRight<T> {
        PackedRight {
            start: self.own(thread, self.space.right),
            first_column,
            inner: inner.clone(),
        }
    }

    /// Where a part's rows are computed: in `out` if its elements lie side by side, else in the
    /// thread's share.
    pub(super) fn destination(&self, row: usize, column: usize, thread: usize) -> Destination<T> {
        match self.out {
            Some(out) if out.column_stride == 1 && !self.transposed => Destination {
                rows: out.from(row, column),
                is_own: false,
            },
            _ => Destination {
                rows: Matrix::of_rows(self.own(thread, self.space.result), self.cut.part_columns()),
                is_own: true,
            },
        }
    }

    /// Adds a slab to the sums of a part.
    ///
    /// # Safety
    /// The ranges are within the product; what the pointers of `slab` point to is large enough, and
    /// used by nobody else.
    unsafe fn slab(&self, slab: &Slab<T>) {
        let cut = self.cut;
        let pack = |tiles: Range<usize>| {
            if !cut.shares_left() && !self.left.direct {
                // SAFETY: the caller's promise.
                unsafe { self.left.pack(self.kernels, cut, &slab.left, tiles) };
            }
        };
        if cut.is_flat() && cut.shares_right() {
            // A few tiles at a time, so that they are still in the first-level cache.
            for first in slab.tiles.clone().step_by(TILES_PACKED) {
                let tiles = first..slab.tiles.end.min(first + TILES_PACKED);
                pack(tiles.clone());
                for tile in tiles {
                    for panel in slab.panels.clone() {
                        let (rows, columns) = (tile..tile + 1, panel..panel + 1);
                        let (rows, columns) = (cut.rows_of(rows), cut.columns_of(columns));
                        // SAFETY: the caller's promise; both operands are packed or are read where
                        // they lie.
                        unsafe { self.tile(slab, &slab.right, rows, columns) };
                    }
                }
            }
            return;
        }
        pack(slab.tiles.clone());
        for panel in slab.panels.clone() {
            let columns = cut.columns_of(panel..panel + 1);
            let mut right = slab.right.clone();
            if !cut.shares_right() {
                right.first_column = columns.start;
                if !self.right.is_direct(&columns) {
                    // SAFETY: the caller's promise.
                    unsafe { self.right.pack(self.kernels, &right, columns.clone()) };
                }
            }
            for tile in slab.tiles.clone() {
                let rows = cut.rows_of(tile..tile + 1);
                // SAFETY: the caller's promise; both operands are packed or are read where they
                // lie.
                unsafe { self.tile(slab, &right, rows, columns.clone()) };
            }
        }
    }

    /// One tile of a slab. Within the loops that call it, as there are two.
    ///
    /// # Safety
    /// As [`slab`](Run::slab).
    #[inline(always)]
    unsafe fn tile(
        &self,
        slab: &Slab<T>,
        right: &PackedRight<T>,
        rows: Range<usize>,
        columns: Range<usize>,
    ) {
        let (row, column) = (
            rows.start - self.cut.rows_of(slab.tiles.clone()).start,
            columns.start - self.cut.columns_of(slab.panels.clone()).start,
        );
        let to = slab.to.map(|to| to.rows.from(row, column));
        // SAFETY: the caller's promise.
        unsafe {
            if let (Some(to), true) = (to, self.cut.inner <= T::DIRECT) {
                let target = Target::Store(to.at(0, 0), to.row_stride as usize);
                self.micro(slab, right, &rows, &columns, slab.inner.clone(), target);
                return;
            }
            let wide = match slab.wide_by_tile {
                true => slab.wide,
                false => slab.wide.from(row, column),
            };
            for inner in blocks::<T>(slab.inner.clone()) {
                let (start, stride) = (wide.at(0, 0), wide.row_stride as usize);
                let target = match inner.start == slab.first_step {
                    true => Target::Begin(start, stride),
                    false => Target::Add(start, stride),
                };
                self.micro(slab, right, &rows, &columns, inner, target);
            }
            if let Some(to) = to
                && slab.inner.end == self.cut.inner
            {
                for r in 0..rows.len() {
                    (self.kernels.narrow)(wide.at(r, 0), to.at(r, 0), columns.len());
                }
            }
        }
    }

    /// Calls the micro-kernel for a tile.
    ///
    /// # Safety
    /// As [`slab`](Run::slab).
    unsafe fn micro(
        &self,
        slab: &Slab<T>,
        right: &PackedRight<T>,
        rows: &Range<usize>,
        columns: &Range<usize>,
        inner: Range<usize>,
        to: Target<T>,
    ) {
        let a = self.left.strip(&slab.left, rows, inner.start);
        let b = self.right.strip(right, columns, inner.start);
        let kernel = self.kernels.tile(rows.len(), columns.len());
        // SAFETY: the caller's promise; these kernels are for this processor.
        unsafe {
            kernel(&Tile {
                inner: inner.len(),
                a: a.start,
                a_row: a.row,
                a_step: a.step,
                segments: Segments::ONE,
                b: b.start,
                b_step: b.step,
                columns: columns.len(),
                to,
            });
        }
    }

    /// Hands a finished part over.
    ///
    /// # Safety
    /// The elements at `to` are the product's, and used by nobody else.
    pub(super) unsafe fn finish(
        &self,
        to: Destination<T>,
        rows: Range<usize>,
        columns: Range<usize>,
        thread: usize,
    ) {
        if !self.transposed {
            // SAFETY: the caller's promise.
            return unsafe { self.hand_over(to, rows, columns, thread) };
        }
        let turned = match self.out {
            Some(out) if out.column_stride == 1 => Destination {
                rows: out.from(columns.start, rows.start),
                is_own: false,
            },
            _ => Destination {
                rows: Matrix::of_rows(self.own(thread, self.space.turned), rows.len()),
                is_own: true,
            },
        };
        // SAFETY: the caller's promise; the part's place in `out` belongs to no other part, and
        // `turned` has room.
        unsafe {
            let (from, stride) = (to.rows.at(0, 0), turned.rows.row_stride as usize);
            let (lines, len) = (rows.len(), columns.len());
            let turned_start = turned.rows.at(0, 0);
            (self.kernels.transpose)(from, to.rows.row_stride, turned_start, stride, lines, len);
            self.hand_over(turned, columns, rows, thread);
        }
    }

    /// Shows a part to the sink, and writes it to `out` if it isn't there.
    ///
    /// # Safety
    /// As [`finish`](Run::finish).
    unsafe fn hand_over(
        &self,
        to: Destination<T>,
        rows: Range<usize>,
        columns: Range<usize>,
        thread: usize,
    ) {
        let mut to = to;
        if let Some(sink) = self.sink {
            let is_width = self.is_width(&columns);
            if is_width && to.is_own && columns.len() < SHORT_ROW {
                // Row after row, so that they can be shown as one.
                let packed = Matrix::of_rows(to.rows.at(0, 0), columns.len());
                for r in 0..rows.len() {
                    // SAFETY: the caller's promise; a row goes to where it or rows before it stood.
                    unsafe { packed.at(r, 0).copy_from(to.rows.at(r, 0), columns.len()) };
                }
                to.rows = packed;
            }
            let whole_rows = to.rows.row_stride == columns.len() as isize && is_width;
            // Whole rows that lie side by side are shown as one.
            let height = if whole_rows { rows.len() } else { 1 };
            for r in (0..rows.len()).step_by(height.max(1)) {
                let (start, len) = (to.rows.at(r, 0), height * columns.len());
                // SAFETY: the caller's promise; the elements of a destination's row lie side by
                // side.
                let part = unsafe { std::slice::from_raw_parts_mut(start, len) };
                sink.segment(rows.start + r, columns.start, part, thread);
            }
        }
        if let Some(out) = self.out
            && to.is_own
        {
            let out = out.from(rows.start, columns.start);
            // SAFETY: the caller's promise.
            unsafe { self.copy_rows(to.rows, out, rows.len(), columns.len()) };
        }
    }

    /// Whether these are all columns of the product, as those that it is shown to see it.
    fn is_width(&self, columns: &Range<usize>) -> bool {
        let width = match self.transposed {
            true => self.cut.rows,
            false => self.cut.columns,
        };
        *columns == (0..width)
    }

    /// # Safety
    /// The elements can be read and written.
    pub(super) unsafe fn copy_rows(
        &self,
        from: Matrix<T>,
        to: Matrix<T>,
        rows: usize,
        columns: usize,
    ) {
        for row in 0..rows {
            for column in 0..columns {
                // SAFETY: the caller's promise.
                unsafe { *to.at(row, column) = *from.at(row, column) };
            }
        }
    }

    /// Slabs of the sums are the parts; then the slabs' sums are added, in order.
    fn run_by_inner(&self, pool: &Pool) {
        let cut = self.cut;
        self.for_each(pool, cut.slabs(), &|slab, thread| {
            let steps = cut.slab_range(slab);
            for first in steps.clone().step_by(T::BLOCK) {
                let inner = first..steps.end.min(first + T::BLOCK);
                // SAFETY: as in `part`; each slab has partial sums of its own.
                unsafe {
                    self.slab(&Slab {
                        tiles: 0..cut.tiles,
                        panels: 0..cut.panels,
                        left: self.own_left(0, &inner, thread),
                        right: self.own_right(0, &inner, thread),
                        wide: self.partial(slab),
                        wide_by_tile: false,
                        first_step: steps.start,
                        to: None,
                        inner,
                    });
                }
            }
        });
        self.add_partials(pool, cut.slabs());
    }

    /// Adds the partial sums up: those of `count` pieces of the inner length.
    pub(super) fn add_partials(&self, pool: &Pool, count: usize) {
        let cut = self.cut;
        let group = (GROUP / (count * cut.part_columns())).max(1);
        self.for_each(pool, cut.rows.div_ceil(group), &|part, thread| {
            let rows = piece(&(0..cut.rows), group, part);
            let to = self.destination(rows.start, 0, thread);
            for (r, row) in rows.clone().enumerate() {
                // SAFETY: all pieces are finished; each row is one part's.
                unsafe { self.add_row_partials(row, count, to.rows.at(r, 0)) };
            }
            // SAFETY: these rows are finished, and no other part's.
            unsafe { self.finish(to, rows, 0..cut.columns, thread) };
        });
    }

    /// The sums of a piece of the inner length.
    pub(super) fn partial(&self, piece: usize) -> Matrix<T::Wide> {
        let start: *mut T::Wide = self.workspace.at(0, self.space.partial).cast();
        let columns = self.cut.part_columns();
        Matrix::of_rows(start.wrapping_add(piece * self.cut.rows * columns), columns)
    }

    /// Adds the partial sums of a row up.
    ///
    /// # Safety
    /// They are finished, and nobody else uses this row.
    unsafe fn add_row_partials(&self, row: usize, count: usize, to: *mut T) {
        let columns = self.cut.columns;
        let sums = self.partial(0).at(row, 0);
        // SAFETY: the caller's promise; `partial` has room for rows of `columns` elements.
        unsafe {
            let sums = std::slice::from_raw_parts_mut(sums, columns);
            for piece in 1..count {
                let terms = std::slice::from_raw_parts(self.partial(piece).at(row, 0), columns);
                for (sum, &term) in sums.iter_mut().zip(terms) {
                    *sum = crate::types::Number::plus(*sum, term);
                }
            }
            (self.kernels.narrow)(sums.as_ptr(), to, columns);
        }
    }
}

/// Shorter rows are not worth being shown to a sink one by one.
const SHORT_ROW: usize = 128;

/// How many partial sums are worth another part.
const GROUP: usize = 16 << 10;
