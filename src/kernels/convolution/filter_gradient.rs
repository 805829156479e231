//! The gradient of a filter: sums over all windows of what they see times the gradient there.
//!
//! The rows of the product are the elements of what a window sees; they lie side by side, and the
//! next window's a little further. So nothing is transposed or packed but the gradient's columns.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::Array;
use super::bands::{Bands, LARGEST, Walk};
use super::shape::{AXES, Taps, product};
use super::shares::{FEW_PARTS, PARTS, Place, SERIAL, Shares, Workspace, show};
use crate::kernels::matmul::{
    Allotted, Factor, LeftRows, MatMulElement, PanelRows, Panels, Segments, Sink, sum_blocks,
};
use crate::kernels::pool::Pool;
use crate::types::Number;

/// The fewest multiplications for which a part is worth being claimed.
const PART: usize = 256 << 10;

/// The sums of all parts may always take this much.
const SUM_BYTES: usize = 1 << 20;

/// The bytes of the sums of a part that has a share of the rows: they stay in the second-level
/// cache.
const SHARE_BYTES: usize = 128 << 10;

/// Copies of all that windows see are made if they have not more times as many elements as the
/// pictures.
const COPIES: usize = 8;

/// How many sums of parts are worth being added up by another thread.
const GROUP: usize = 16 << 10;

/// How the gradient of a filter is computed. Made once, used for any arrays of these lengths.
#[derive(Clone, Copy, Debug)]
pub(super) struct FilterGradient<T: MatMulElement> {
    panels: Panels<T>,
    patch: usize,
    outputs: usize,
    windows: usize,
    bands: Bands,
    /// How many bands are added up before the next are read.
    block_bands: usize,
    division: Division,
    serial: bool,
    space: Space,
}

/// What a part of the work is.
#[derive(Clone, Copy, Debug)]
enum Division {
    /// All sums over some bands: the parts' sums are added, in order.
    Bands { count: usize, len: usize },
    /// Some rows of a panel, over all bands.
    Rows { len: usize },
}

/// Offsets in bytes in the workspace; those of a thread from the start of its share.
#[derive(Clone, Copy, Debug, Default)]
struct Space {
    segments: usize,
    /// Where each line begins, and all bands, if parts are of rows.
    lines: usize,
    bands: usize,
    sums: usize,
    shares: Shares,
    own_lines: usize,
    own_bands: usize,
    gradient: usize,
    own_sums: usize,
    result: usize,
}

/// What all parts of a run know.
struct Run<'a, T: MatMulElement> {
    plan: &'a FilterGradient<T>,
    pictures: Array<'a, T>,
    walk: Walk,
    /// Whether pictures are read where they lie.
    in_place: bool,
    gradient: Factor<'a, T>,
    out: Option<Place<T>>,
    sink: Option<&'a dyn Sink<T>>,
    workspace: Workspace,
}

/// Long sums: rows of whole panels.
struct Sums<T: MatMulElement> {
    start: *mut T::Wide,
    stride: usize,
    /// Which rows and panels of the product they are.
    rows: Range<usize>,
    panels: Range<usize>,
    /// Whether nothing has been added yet.
    begins: bool,
}

/// Some windows, by lines.
struct Block<T> {
    /// Where the first segment of the first window of the first line would begin, if the offset of
    /// that line were 0.
    start: *const T,
    lines: *const isize,
    /// Which of all windows they are.
    windows: Range<usize>,
}

impl<T: MatMulElement> FilterGradient<T> {
    /// For windows over so many pictures and a filter of `outputs` columns.
    pub(super) fn new(batch: usize, axes: [Taps; AXES], [channels, outputs]: [usize; 2]) -> Self {
        let taps: usize = axes.iter().map(|axis| axis.taps).product();
        let patch = taps * channels;
        let width = axes[2].windows;
        let whole = Bands::new(batch, axes, channels, usize::MAX);
        let windows = whole.all_lines() * width;
        let panels = Panels::new(windows, outputs);
        let work = windows.saturating_mul(patch).saturating_mul(outputs);
        let serial = work <= SERIAL;
        // Not of whole panels: the order of sums is the same whatever vectors there are.
        let sum_bytes = product(&[patch, outputs, size_of::<T::Wide>()]);
        let operands = whole
            .input_len()
            .saturating_add(product(&[windows, outputs]));
        let operands = operands.saturating_mul(size_of::<T>());
        let fit = (operands / 2).max(SUM_BYTES) / sum_bytes.max(1);
        let parts = match serial {
            true => 1,
            false => PARTS.min(fit.max(1)).min((work / PART).max(1)),
        };
        let few = work / PART < FEW_PARTS;
        let by_bands = serial || (fit > 0 && (parts >= FEW_PARTS || few));
        let bands = match by_bands {
            true => Bands::new(batch, axes, channels, T::BLOCK / width.max(1)),
            false => whole,
        };
        let block = T::BLOCK.div_ceil((bands.lines() * width).max(1));
        let block_bands = if by_bands {
            block
        } else {
            bands.count().max(1)
        };
        let division = match by_bands {
            true => {
                let parts = parts.min(bands.count()).max(1);
                // A power of two is shared out evenly among two and four threads.
                let parts = 1 << parts.ilog2();
                let len = bands.count().div_ceil(parts).next_multiple_of(block_bands);
                Division::Bands {
                    count: bands.count().div_ceil(len.max(1)).max(1),
                    len: len.max(1),
                }
            }
            false => {
                let most = SHARE_BYTES / (panels.width() * size_of::<T::Wide>());
                let wanted = PARTS.div_ceil(panels.count());
                let len = patch.div_ceil(wanted).clamp(1, most.max(1));
                Division::Rows { len }
            }
        };
        let mut plan = FilterGradient {
            panels,
            patch,
            outputs,
            windows,
            bands,
            block_bands,
            division,
            serial,
            space: Space::default(),
        };
        plan.space = plan.allot();
        plan
    }

    /// Whether pictures are always read where they lie, in which channels then lie side by side.
    pub(super) fn reads_in_place(&self) -> bool {
        self.bands.sees_no_padding()
    }

    /// How many elements of bands are stored at once: by each thread, if it has bands of its own.
    fn stored(&self) -> usize {
        match self.reads_in_place() {
            true => 0,
            false => self.block_bands.saturating_mul(self.bands.len()),
        }
    }

    /// Whether bands are so large that the gradient is to be computed in another way.
    pub(super) fn is_large(&self) -> bool {
        let elements = LARGEST / size_of::<T>();
        let most = match self.division {
            Division::Bands { .. } => elements,
            Division::Rows { .. } => elements.max(self.bands.input_len().saturating_mul(COPIES)),
        };
        self.stored() > most
    }

    fn allot(&self) -> Space {
        let (mut shared, mut thread) = (Allotted::default(), Allotted::default());
        let (lines, elements) = (self.block_bands * self.bands.lines(), self.stored());
        let columns = self.panels.count() * self.panels.width();
        let (parts, own) = match self.division {
            Division::Bands { count, .. } => (count, 0),
            Division::Rows { len } => (0, product(&[len, self.panels.width()])),
        };
        let when = |condition: bool, len: usize| if condition { len } else { 0 };
        let (bands, rows) = (own == 0, own > 0);
        let steps = self.longest_block();
        Space {
            segments: shared.take::<isize>(self.bands.segments()),
            lines: shared.take::<isize>(when(rows, lines)),
            bands: shared.take::<T>(when(rows, elements)),
            sums: shared.take::<T::Wide>(product(&[parts, self.patch, columns])),
            own_lines: thread.take::<isize>(when(bands, lines)),
            own_bands: thread.take::<T>(when(bands, elements)),
            gradient: thread.take::<T>(self.panels.packed_len(steps)),
            own_sums: thread.take::<T::Wide>(own),
            result: thread.take::<T>(product(&[self.group_rows(), self.outputs])),
            shares: Shares::new(self.serial, &shared, &thread),
        }
    }

    /// How many steps are added up in `T` itself at most.
    fn longest_block(&self) -> usize {
        let steps = self.block_bands * self.bands.lines() * self.bands.width();
        steps.min(2 * T::BLOCK)
    }

    /// How many rows are finished together.
    fn group_rows(&self) -> usize {
        match self.division {
            Division::Bands { count, .. } => {
                let group = GROUP / (count * self.outputs).max(1);
                group.clamp(1, self.patch.max(1))
            }
            Division::Rows { len } => len,
        }
    }

    /// How many bytes of workspace a run by `threads` threads needs.
    pub(super) fn workspace_len(&self, threads: usize) -> usize {
        self.space.shares.len(threads)
    }

    /// Computes the gradient: a row for each element that a window sees. It is stored at `out` and
    /// shown to `sink`, if there are such.
    ///
    /// # Safety
    /// There is room for the gradient at `out`, and nobody else uses it.
    ///
    /// # Panics
    /// If the workspace is too small, or pictures cannot be [read in
    /// place](FilterGradient::reads_in_place) although they are to be.
    pub(super) unsafe fn run(
        &self,
        pool: &Pool,
        pictures: Array<'_, T>,
        gradient: Factor<'_, T>,
        out: Option<*mut T>,
        sink: Option<&dyn Sink<T>>,
        workspace: &mut [MaybeUninit<u8>],
    ) {
        let in_place = self.bands.walk_of(&pictures);
        let lies_well = in_place.is_some() || !self.reads_in_place();
        assert!(lies_well, "the channels of the pictures");
        let run = Run {
            plan: self,
            walk: in_place.unwrap_or_else(|| self.bands.walk()),
            in_place: in_place.is_some(),
            pictures: pictures.view(),
            gradient: gradient.view(),
            out: out.map(Place),
            sink,
            workspace: self.space.shares.of(pool, workspace),
        };
        // SAFETY: there is room for all segments.
        unsafe {
            let segments = run.workspace.shared(self.space.segments);
            self.bands.write_segments(&run.walk, segments);
        }
        match self.division {
            // SAFETY: the caller's promise; the workspace is large enough.
            Division::Bands { count, len } => unsafe { run.by_bands(pool, count, len) },
            // SAFETY: as above.
            Division::Rows { len } => unsafe { run.by_rows(pool, len) },
        }
    }
}

impl<T: MatMulElement> Run<'_, T> {
    /// How far apart rows of whole panels are.
    fn stride(&self) -> usize {
        self.plan.panels.count() * self.plan.panels.width()
    }

    /// The sums of a part, of parts of bands.
    fn part_sums(&self, part: usize) -> *mut T::Wide {
        let sums: *mut T::Wide = self.workspace.shared(self.plan.space.sums);
        sums.wrapping_add(part * self.plan.patch * self.stride())
    }

    /// # Safety
    /// As [`FilterGradient::run`].
    unsafe fn by_bands(&self, pool: &Pool, count: usize, len: usize) {
        let plan = self.plan;
        let bands = plan.bands.count();
        plan.space.shares.for_each(pool, count, &|part, thread| {
            let mut sums: Sums<T> = Sums {
                start: self.part_sums(part),
                stride: self.stride(),
                rows: 0..plan.patch,
                panels: 0..plan.panels.count(),
                begins: true,
            };
            if plan.windows == 0 {
                // SAFETY: there is room for the sums; zero in every type.
                unsafe { sums.start.write_bytes(0, plan.patch * sums.stride) };
            }
            let part = part * len..bands.min((part + 1) * len);
            for first in part.clone().step_by(plan.block_bands) {
                let block = first..part.end.min(first + plan.block_bands);
                // SAFETY: the caller's promise; this thread has its share to itself, and the part
                // its sums.
                unsafe {
                    let lines = self.workspace.own(thread, plan.space.own_lines);
                    let stored = self.workspace.own(thread, plan.space.own_bands);
                    let windows = self.fill(block, lines, stored);
                    let block = self.block(windows, stored, lines);
                    self.add_block(&block, &mut sums, thread);
                }
            }
        });
        let group = plan.group_rows();
        plan.space
            .shares
            .for_each(pool, plan.patch.div_ceil(group), &|part, thread| {
                let rows = part * group..plan.patch.min((part + 1) * group);
                let stride = self.stride();
                for row in rows.clone() {
                    // SAFETY: all parts are finished; these rows are this part's.
                    unsafe {
                        let sums = self.part_sums(0).add(row * stride);
                        let sums = std::slice::from_raw_parts_mut(sums, plan.outputs);
                        for part in 1..count {
                            let terms = self.part_sums(part).add(row * stride);
                            let terms = std::slice::from_raw_parts(terms, plan.outputs);
                            for (sum, term) in sums.iter_mut().zip(terms) {
                                *sum = sum.plus(*term);
                            }
                        }
                    }
                }
                let sums = self.part_sums(0).wrapping_add(rows.start * stride);
                // SAFETY: as above.
                unsafe { self.finish(sums, stride, rows, 0..plan.outputs, thread) };
            });
    }

    /// # Safety
    /// As [`FilterGradient::run`].
    unsafe fn by_rows(&self, pool: &Pool, len: usize) {
        let plan = self.plan;
        let (lines, stored) = (
            Place(self.workspace.shared::<isize>(plan.space.lines)),
            Place(self.workspace.shared::<T>(plan.space.bands)),
        );
        plan.space
            .shares
            .for_each(pool, plan.bands.count(), &|band, _| {
                let (Place(lines), Place(stored)) = ({ lines }, { stored });
                // SAFETY: each band has a place of its own.
                unsafe {
                    let first_line = plan.bands.band(band).first_line;
                    let to = stored.add(band * plan.bands.len());
                    self.fill_band(band, lines.add(first_line), stored, to);
                }
            });
        let down = plan.patch.div_ceil(len);
        plan.space
            .shares
            .for_each(pool, down * plan.panels.count(), &|part, thread| {
                let (Place(lines), Place(stored)) = ({ lines }, { stored });
                let (panel, first) = (part / down, part % down * len);
                let rows = first..plan.patch.min(first + len);
                let mut sums: Sums<T> = Sums {
                    start: self.workspace.own(thread, plan.space.own_sums),
                    stride: plan.panels.width(),
                    rows: rows.clone(),
                    panels: panel..panel + 1,
                    begins: true,
                };
                let (start, stride) = (sums.start, sums.stride);
                // SAFETY: the caller's promise; the bands are filled, this thread has its share to
                // itself, and these rows and columns are this part's.
                unsafe {
                    let block = self.block(0..plan.windows, stored, lines);
                    self.add_block(&block, &mut sums, thread);
                    self.finish(start, stride, rows, plan.panels.columns(panel), thread);
                }
            });
    }

    /// Fills bands that stand one after the other. Gives which windows are theirs.
    ///
    /// # Safety
    /// There is room for all of their lines and elements.
    unsafe fn fill(
        &self,
        bands: Range<usize>,
        mut lines: *mut isize,
        stored: *mut T,
    ) -> Range<usize> {
        let (plan, width) = (self.plan, self.plan.bands.width());
        let first_line = plan.bands.band(bands.start).first_line;
        let mut end = first_line;
        for (i, index) in bands.enumerate() {
            let count = plan.bands.band(index).lines();
            // SAFETY: the caller's promise.
            unsafe {
                let to = stored.wrapping_add(i * plan.bands.len());
                self.fill_band(index, lines, stored, to);
                lines = lines.add(count);
            }
            end += count;
        }
        first_line * width..end * width
    }

    /// Fills a band, unless it is read in the pictures, and writes where its lines begin: in
    /// elements from `start`, or in the pictures.
    ///
    /// # Safety
    /// There is room for its lines, and for its elements at `to`.
    unsafe fn fill_band(&self, index: usize, lines: *mut isize, start: *mut T, to: *mut T) {
        let bands = &self.plan.bands;
        let band = bands.band(index);
        // SAFETY: the caller's promise.
        unsafe {
            let first = match self.in_place {
                true => {
                    let start = bands.start_in(&self.pictures, &band);
                    start.offset_from(self.pictures.as_ptr())
                }
                false => {
                    bands.fill(&self.pictures, &band, to);
                    to.offset_from(start)
                }
            };
            for line in 0..band.lines() {
                *lines.add(line) = first + line as isize * self.walk.line;
            }
        }
    }

    fn block(&self, windows: Range<usize>, stored: *const T, lines: *const isize) -> Block<T> {
        Block {
            start: match self.in_place {
                true => self.pictures.as_ptr(),
                false => stored,
            },
            lines,
            windows,
        }
    }

    /// Adds the products of a block to sums.
    ///
    /// # Safety
    /// Its lines begin where `block` says; the sums, and the place for the gradient in the
    /// thread's share, are used by nobody else.
    unsafe fn add_block(&self, block: &Block<T>, sums: &mut Sums<T>, thread: usize) {
        let plan = self.plan;
        let packed: *mut T = self.workspace.own(thread, plan.space.gradient);
        for steps in sum_blocks::<T>(0..block.windows.len()) {
            let first = block.windows.start;
            let windows = first + steps.start..first + steps.end;
            for panel in sums.panels.clone() {
                let right = match plan.panels.panel_of(&self.gradient, panel) {
                    Some(PanelRows { start, step }) => PanelRows {
                        start: start.wrapping_offset(windows.start as isize * step),
                        step,
                    },
                    None => {
                        // SAFETY: the caller's promise; there is room for the longest block.
                        unsafe { plan.panels.pack(&self.gradient, packed, &windows, panel) };
                        plan.panels.packed_panel(packed, &windows, panel)
                    }
                };
                // SAFETY: the caller's promise.
                unsafe { self.add_panel(block, &right, panel, steps.clone(), sums) };
            }
            sums.begins = false;
        }
    }

    /// Adds the products of a panel and some steps of a block.
    ///
    /// # Safety
    /// As [`add_block`](Run::add_block).
    unsafe fn add_panel(
        &self,
        block: &Block<T>,
        right: &PanelRows<T>,
        panel: usize,
        steps: Range<usize>,
        sums: &Sums<T>,
    ) {
        let plan = self.plan;
        let columns = plan.panels.columns(panel).len();
        let tile = plan.panels.tile_rows(panel);
        let segment = plan.bands.segment_len(&self.walk);
        let offsets: *const isize = self.workspace.shared(plan.space.segments);
        let first_column = (panel - sums.panels.start) * plan.panels.width();
        let mut row = sums.rows.start;
        while row < sums.rows.end {
            // The rows of a segment, in tiles that differ by a row at most.
            let count = (segment - row % segment).min(sums.rows.end - row);
            let tiles = count.div_ceil(tile);
            // SAFETY: there are as many segments as make up all rows.
            let offset = unsafe { *offsets.add(row / segment) } + (row % segment) as isize;
            for i in 0..tiles {
                let (start, end) = (i * count / tiles, (i + 1) * count / tiles);
                let left = LeftRows {
                    start: block.start.wrapping_offset(offset + start as isize),
                    row: 1,
                    step: self.walk.window,
                    segments: Segments {
                        offsets: block.lines,
                        len: plan.bands.width(),
                        skip: 0,
                    },
                };
                let lengths = [end - start, columns];
                let at = (row - sums.rows.start + start) * sums.stride + first_column;
                // SAFETY: the caller's promise: these rows see what lies in the block.
                unsafe {
                    let target = (sums.start.add(at), sums.stride, sums.begins);
                    plan.panels
                        .add(&left, right, steps.clone(), lengths, target);
                }
            }
            row += count;
        }
    }

    /// Writes finished rows, and shows them to the sink.
    ///
    /// # Safety
    /// The sums are finished; these rows and columns are used by nobody else.
    unsafe fn finish(
        &self,
        sums: *const T::Wide,
        stride: usize,
        rows: Range<usize>,
        columns: Range<usize>,
        thread: usize,
    ) {
        let plan = self.plan;
        let (to, line) = match self.out {
            Some(Place(out)) => {
                let to = out.wrapping_add(rows.start * plan.outputs + columns.start);
                (to, plan.outputs)
            }
            None => (self.workspace.own(thread, plan.space.result), columns.len()),
        };
        let lengths = [rows.len(), columns.len()];
        // SAFETY: the caller's promise; there is room for these rows.
        unsafe { plan.panels.narrow(sums, stride, (to, line), lengths) };
        if let Some(sink) = self.sink {
            // SAFETY: the caller's promise.
            unsafe { show(sink, (to, line), rows, (columns, plan.outputs), thread) };
        }
    }
}
