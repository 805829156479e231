//! How a product is cut into parts: by its shape alone, never by the number of threads.

use std::ops::Range;

use super::element::{Kernels, Micro};

/// How many products are summed up before the next ones are read: a panel of `b` as long as this,
/// and as many rows of `a` as fill [half](LEFT_SHARE) of it, stay in the second-level cache.
const SLAB: usize = 1024;

/// What share of the second-level cache is for those rows of `a` that a part reads again for each
/// panel of `b`: a half.
const LEFT_SHARE: usize = 2;

/// The columns of a part, and so of the segments that a sink is shown, at most.
const SEGMENT: usize = 512;

/// Fewer multiplications than this are done by the caller alone: waking others takes as long.
const SERIAL: usize = 256 << 10;

/// The fewest multiplications for which a part is worth being claimed.
const PART: usize = 128 << 10;

/// With as many parts as this it matters little which thread is late.
const PARTS: usize = 16;

/// The bytes of each operand that are copied together at most.
const PACKED_BYTES: usize = 16 << 20;

/// With fewer tiles than this, and sums longer than [`LONG`], the sums are cut.
const FEW_TILES: usize = 48;

/// See [`FEW_TILES`].
const LONG: usize = 2048;

/// Into how many parts sums are cut if the parts are long enough.
const SUMS: usize = 24;

/// Of fewer rows than this, `b` is packed at once.
const SHALLOW: usize = 64;

/// The columns of a part that are not divided further as long as its rows can be.
const NARROW: usize = 64;

/// Of so few rows, packing `b` takes a share of the time that counts.
const FEW_ROWS: usize = 192;

/// See [`Cut::is_flat`]. Of a segment of columns, so many steps stay in the second-level cache.
const FLAT: usize = 64;

/// Rows of `a` that are read as seldom as this are not worth packing.
pub(super) const SELDOM: usize = 2;

/// How many rows a tile that is not packed has at most, if they may all fall into one set of the
/// first-level cache.
const UNPACKED_ROWS: usize = 6;

/// The bytes after which places in the first-level cache repeat.
const PAGE: usize = 4096;

/// The rows of the product are cut into tiles, its columns into panels, and the sums into slabs. A
/// part is some tiles by some panels; or, if the sums are cut (`by_inner`), a slab of everything.
/// Parts whose operands are packed together make a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub(super) rows: usize,
    pub(super) inner: usize,
    pub(super) columns: usize,
    pub(super) tiles: usize,
    /// The rows of a tile; the first [`long_tiles`](Cut::long_tiles) have one more.
    short_tile: usize,
    long_tiles: usize,
    pub(super) panels: usize,
    /// The columns of every panel but the last.
    pub(super) panel: usize,
    pub(super) slab: usize,
    pub(super) by_inner: bool,
    /// Whether the caller does all parts.
    pub(super) serial: bool,
    /// The bytes of a core's second-level cache.
    cache: usize,
    pub(super) part_tiles: usize,
    pub(super) part_panels: usize,
    pub(super) block_tiles: usize,
    pub(super) block_panels: usize,
}

impl Cut {
    pub(super) fn new<T: Micro>(
        kernels: &Kernels<T>,
        rows: usize,
        inner: usize,
        columns: usize,
        cache: usize,
    ) -> Self {
        let cut = Cut::whole(kernels, [rows, inner, columns], cache);
        let few = cut.tiles * cut.panels < FEW_TILES;
        cut.into_parts(kernels, !cut.serial && inner >= LONG && few)
    }

    /// The transpose of the product, whose sums are cut just as here: the same bits come out
    /// whichever is computed.
    pub(super) fn turned<T: Micro>(&self, kernels: &Kernels<T>) -> Self {
        let cut = Cut::whole(kernels, [self.columns, self.inner, self.rows], self.cache);
        cut.into_parts(kernels, self.by_inner)
    }

    /// Everything as one part.
    fn whole<T: Micro>(
        kernels: &Kernels<T>,
        [rows, inner, columns]: [usize; 3],
        cache: usize,
    ) -> Self {
        let work = rows.saturating_mul(inner).saturating_mul(columns);
        let panels = columns.div_ceil(kernels.columns());
        // Rows that are a page apart, or a multiple of that, fall into one set of the first-level
        // cache, which has eight places.
        let collide = (inner * size_of::<T>()).is_multiple_of(PAGE);
        let tile_rows = match panels {
            0 => kernels.rows(),
            1 if !collide => kernels.rows_of(columns),
            1..=SELDOM => kernels.rows().min(UNPACKED_ROWS),
            _ => kernels.rows(),
        };
        let tiles = rows.div_ceil(tile_rows);
        Cut {
            rows,
            inner,
            columns,
            tiles,
            short_tile: rows / tiles.max(1),
            long_tiles: rows % tiles.max(1),
            panels,
            panel: kernels.columns(),
            slab: SLAB,
            by_inner: false,
            serial: work <= SERIAL,
            cache,
            part_tiles: tiles,
            part_panels: panels,
            block_tiles: tiles,
            block_panels: panels,
        }
    }

    fn into_parts<T: Micro>(self, kernels: &Kernels<T>, by_inner: bool) -> Self {
        if self.is_row() {
            return self.cut_row(kernels);
        }
        match by_inner {
            true => self.cut_sums::<T>(),
            false => self.cut_output::<T>().gather_blocks::<T>(),
        }
    }

    fn cut_sums<T: Micro>(self) -> Self {
        let slab = self.inner.div_ceil(SUMS).clamp(SLAB / 2, SLAB);
        Cut {
            by_inner: true,
            slab: slab.next_multiple_of(T::BLOCK),
            ..self
        }
    }

    fn cut_output<T>(mut self) -> Self {
        let row_bytes = self.slab_len() * size_of::<T>();
        let cached_rows = self.cache / LEFT_SHARE / row_bytes.max(1);
        // Parts of about as many rows as each other. A few more than are cached cost less than a
        // part of a few.
        let cached_tiles = (cached_rows / self.tile_len()).max(1);
        let down = (self.tiles + cached_tiles / 2) / cached_tiles;
        self.part_tiles = self.tiles.div_ceil(down.max(1));
        self.part_panels = self.panels.min((SEGMENT / self.panel).max(1));
        while !self.serial && self.parts() < PARTS {
            let (rows, columns) = (self.part_rows(), self.part_columns());
            if rows * columns * self.inner < 2 * PART {
                break;
            }
            // If all rows are in one part, each part packs the columns of `b` that it reads; else
            // all of `b` is packed before any part begins. For many rows, or of little, that costs
            // less than the short segments that narrow parts show to a sink.
            let stay = self.rows <= FEW_ROWS && self.part_tiles == self.tiles && columns > NARROW;
            let by_rows = self.inner < SHALLOW || (!stay && rows > columns.max(NARROW));
            if self.part_tiles > 1 && (by_rows || self.part_panels == 1) {
                self.part_tiles = self.part_tiles.div_ceil(2);
            } else if self.part_panels > 1 {
                self.part_panels = self.part_panels.div_ceil(2);
            } else {
                break;
            }
        }
        self
    }

    fn gather_blocks<T>(mut self) -> Self {
        let fits = |line: usize| PACKED_BYTES / (line * self.inner * size_of::<T>()).max(1);
        if self.shares_left() {
            let parts = fits(self.tile_len() * self.part_tiles).max(1);
            self.block_tiles = self.tiles.min(self.part_tiles * parts);
        }
        if self.shares_right() {
            let parts = fits(self.panel * self.part_panels).max(1);
            self.block_panels = self.panels.min(self.part_panels * parts);
        }
        self
    }

    /// Whether the sums are so short that writing the product is the work: it is written along its
    /// rows, not panel by panel.
    pub(super) fn is_flat(&self) -> bool {
        self.inner <= FLAT
    }

    /// Whether several parts read the same rows of `a`.
    pub(super) fn shares_left(&self) -> bool {
        self.part_panels < self.panels
    }

    /// Whether several parts read the same columns of `b`.
    pub(super) fn shares_right(&self) -> bool {
        self.part_tiles < self.tiles
    }

    fn parts(&self) -> usize {
        self.tiles.div_ceil(self.part_tiles.max(1)) * self.panels.div_ceil(self.part_panels.max(1))
    }

    /// The rows of the largest tile.
    pub(super) fn tile_len(&self) -> usize {
        (self.short_tile + usize::from(self.long_tiles > 0)).max(1)
    }

    /// The rows of the largest part.
    pub(super) fn part_rows(&self) -> usize {
        self.part_tiles * self.tile_len()
    }

    /// The columns of a part, those that fill up the last vector included.
    pub(super) fn part_columns(&self) -> usize {
        self.part_panels * self.panel
    }

    /// The length of the longest slab.
    pub(super) fn slab_len(&self) -> usize {
        self.slab.min(self.inner)
    }

    /// How many slabs there are: one at least, as a sum of nothing has a value too.
    pub(super) fn slabs(&self) -> usize {
        self.inner.div_ceil(self.slab).max(1)
    }

    pub(super) fn slab_range(&self, slab: usize) -> Range<usize> {
        slab * self.slab..self.inner.min((slab + 1) * self.slab)
    }

    /// The rows of some tiles; tiles differ by a row at most.
    pub(super) fn rows_of(&self, tiles: Range<usize>) -> Range<usize> {
        let first = |tile: usize| tile * self.short_tile + tile.min(self.long_tiles);
        first(tiles.start)..first(tiles.end)
    }

    /// The columns of some panels.
    pub(super) fn columns_of(&self, panels: Range<usize>) -> Range<usize> {
        panels.start * self.panel..self.columns.min(panels.end * self.panel)
    }
}

/// The steps of a slab in blocks, each of which is added up in `T` itself. They are about as long
/// as each other, so that a short rest is not a block of its own.
pub(super) fn blocks<T: Micro>(steps: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let count = (steps.len() + T::BLOCK / 2) / T::BLOCK;
    let len = steps.len().div_ceil(count.max(1)).max(1);
    let end = steps.end;
    steps
        .step_by(len)
        .map(move |first| first..end.min(first + len))
}

/// The slabs of a sum of `steps` terms.
pub(super) fn slabs(steps: usize) -> impl Iterator<Item = Range<usize>> {
    (0..steps)
        .step_by(SLAB)
        .map(move |first| first..steps.min(first + SLAB))
}

/// The `index`-th of the ranges of `step` that `range` is cut into.
pub(super) fn piece(range: &Range<usize>, step: usize, index: usize) -> Range<usize> {
    let start = range.start + index * step;
    start..range.end.min(start + step)
}
