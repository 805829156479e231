//! Convolutions, line by line: products of what windows see and a filter that is packed once.

use std::ops::Range;

use super::Array;
use super::bands::{Band, Bands, Walk};
use super::patches::Patches;
use super::shape::{AXES, Taps, product};
use super::shares::{FEW_PARTS, PARTS, Place, SERIAL, Shares, Workspace, show};
use crate::kernels::matmul::{
    ALIGN, Allotted, Factor, LeftRows, MatMulElement, PanelRows, Panels, Rows, Segments, Sink,
    line_len,
};
use crate::kernels::pool::Pool;
use crate::types::memory;

/// The bytes of a band, and of its results, at most: they stay in the second-level cache, which
/// has half a megabyte and more.
const BAND_BYTES: usize = 96 << 10;

/// The bytes of a filter that stays in the second-level cache with a band.
const FILTER_BYTES: usize = 256 << 10;

/// Of a larger filter, so many windows at least are worked on together.
const MANY: usize = 64;

/// Shorter lines of windows leave too much of a tile empty: what they see is copied for each.
const SHORT_LINE: usize = 5;

/// The fewest multiplications for which a part is worth being claimed.
const PART: usize = 128 << 10;

/// How windows over pictures are multiplied with a filter. Made once, used for any arrays of these
/// lengths.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sliding<T: MatMulElement> {
    panels: Panels<T>,
    axes: [Taps; AXES],
    /// How many elements a window sees.
    patch: usize,
    outputs: usize,
    bands: Bands,
    /// Whether what each window sees is copied for itself.
    by_window: bool,
    part_bands: usize,
    part_panels: usize,
    serial: bool,
    space: Space,
}

/// Offsets in bytes in the workspace; those of a thread from the start of its share.
#[derive(Clone, Copy, Debug, Default)]
struct Space {
    segments: usize,
    filter: usize,
    shares: Shares,
    band: usize,
    wide: usize,
    result: usize,
}

/// A filter that was packed once for many runs.
#[derive(Debug)]
pub(crate) struct PackedFilter<T> {
    elements: Vec<T>,
    /// The first of them that stands at the beginning of a cache line.
    start: usize,
}

/// What all parts of a run know.
struct Run<'a, T: MatMulElement> {
    plan: &'a Sliding<T>,
    pictures: Array<'a, T>,
    patches: Patches<'a, T>,
    /// The distances of what windows see, and whether that is read in the pictures.
    walk: Walk,
    in_place: bool,
    filter: Factor<'a, T>,
    packed: Option<&'a PackedFilter<T>>,
    out: Option<Place<T>>,
    sink: Option<&'a dyn Sink<T>>,
    workspace: Workspace,
}

impl<T: MatMulElement> Sliding<T> {
    /// For windows over so many pictures, whose channels all are multiplied with a filter of
    /// `outputs` columns.
    pub(super) fn new(batch: usize, axes: [Taps; AXES], [channels, outputs]: [usize; 2]) -> Self {
        let taps: usize = axes.iter().map(|axis| axis.taps).product();
        let patch = taps * channels;
        let panels = Panels::new(patch, outputs);
        let width = axes[2].windows;
        let by_window = width < SHORT_LINE;
        let result = product(&[width, outputs, size_of::<T>()]);
        // Windows by themselves need not be of one picture.
        let (batch, cut) = match by_window {
            true => (
                1,
                [
                    axes[0].alone(),
                    axes[1].times(batch * axes[0].windows),
                    axes[2],
                ],
            ),
            false => (batch, axes),
        };
        let whole = Bands::new(batch, cut, channels, usize::MAX);
        let bytes = |bands: &Bands| match by_window {
            true => product(&[bands.lines(), width, line_len::<T>(patch), size_of::<T>()]),
            false => bands.len().saturating_mul(size_of::<T>()),
        };
        let mut bands = whole;
        while bands.lines() > 1
            && bytes(&bands).max(bands.lines().saturating_mul(result)) > BAND_BYTES
        {
            bands = Bands::new(batch, cut, channels, bands.lines().div_ceil(2));
        }
        let line_work = product(&[width, patch, outputs]);
        let lines = bands.all_lines();
        let work = lines.saturating_mul(line_work);
        let serial = work <= SERIAL;
        // How many lines make a part.
        let filter = product(&[patch, outputs, size_of::<T>()]);
        let many = if filter > FILTER_BYTES { MANY } else { 1 };
        let least = PART
            .div_ceil(line_work.max(1))
            .max(many.div_ceil(width.max(1)));
        let part = match serial {
            true => lines,
            false => lines.div_ceil(PARTS).max(least),
        };
        if part < bands.lines() {
            bands = Bands::new(batch, cut, channels, part);
        }
        let part_bands = match serial {
            true => bands.count(),
            false => least.div_ceil(bands.lines()),
        };
        let parts = bands.count().div_ceil(part_bands.max(1));
        let part_panels = match !serial && parts < FEW_PARTS {
            true => panels.count().div_ceil(FEW_PARTS.div_ceil(parts.max(1))),
            false => panels.count(),
        };
        let mut sliding = Sliding {
            panels,
            axes,
            patch,
            outputs,
            bands,
            by_window,
            part_bands,
            part_panels: part_panels.max(1),
            serial,
            space: Space::default(),
        };
        sliding.space = sliding.allot(bytes(&bands));
        sliding
    }

    fn allot(&self, band: usize) -> Space {
        let (mut shared, mut thread) = (Allotted::default(), Allotted::default());
        let rows = self.bands.lines() * self.bands.width();
        let wide = if self.panels.is_long() { rows } else { 0 };
        let panel = self.panels.width();
        Space {
            segments: shared.take::<isize>(self.bands.segments()),
            filter: shared.take::<T>(self.panels.packed_len(self.patch)),
            band: thread.take::<u8>(band),
            wide: thread.take::<T::Wide>(product(&[wide, panel])),
            result: thread.take::<T>(product(&[rows, self.part_panels, panel])),
            shares: Shares::new(self.serial, &shared, &thread),
        }
    }

    /// How many bytes of workspace a run by `threads` threads needs.
    pub(super) fn workspace_len(&self, threads: usize) -> usize {
        self.space.shares.len(threads)
    }

    /// Packs a filter for runs to come; `None` if it is read where it lies, or there is no memory.
    pub(super) fn pack(&self, filter: &Factor<'_, T>) -> Option<PackedFilter<T>> {
        if self.panels.is_direct(filter) {
            return None;
        }
        let mut elements = memory::repeated(self.packed_len(), T::ZERO).ok()?;
        let start = elements.as_ptr().align_offset(ALIGN);
        let packed = elements.get_mut(start..)?.as_mut_ptr();
        for panel in 0..self.panels.count() {
            // SAFETY: there is room for all panels from there on.
            unsafe { self.panels.pack(filter, packed, &(0..self.patch), panel) };
        }
        Some(PackedFilter { elements, start })
    }

    /// How many elements a packed filter has, and what it takes to begin with a cache line.
    pub(super) fn packed_len(&self) -> usize {
        let line = ALIGN / size_of::<T>();
        self.panels.packed_len(self.patch).saturating_add(line)
    }

    /// Multiplies. The product has a row for each window and is stored at `out` and shown to
    /// `sink`, if there are such. `packed` is the filter, if it [was packed](Sliding::pack).
    ///
    /// # Safety
    /// There is room for the product at `out`, and nobody else uses it.
    ///
    /// # Panics
    /// If the workspace is too small.
    pub(super) unsafe fn run<'a>(
        &'a self,
        pool: &Pool,
        pictures: Array<'a, T>,
        (filter, packed): (Factor<'a, T>, Option<&'a PackedFilter<T>>),
        out: Option<*mut T>,
        sink: Option<&'a dyn Sink<T>>,
        workspace: &mut [std::mem::MaybeUninit<u8>],
    ) {
        let in_place = match self.by_window {
            true => None,
            false => self.bands.walk_of(&pictures),
        };
        let run = Run {
            plan: self,
            patches: Patches::new(&pictures, self.axes),
            walk: in_place.unwrap_or_else(|| self.bands.walk()),
            in_place: in_place.is_some(),
            pictures,
            filter,
            packed,
            out: out.map(Place),
            sink,
            workspace: self.space.shares.of(pool, workspace),
        };
        // SAFETY: the caller's promise; the workspace is large enough.
        unsafe { run.run(pool) };
    }
}

impl<T: MatMulElement> Run<'_, T> {
    /// # Safety
    /// As [`Sliding::run`].
    unsafe fn run(&self, pool: &Pool) {
        let plan = self.plan;
        // SAFETY: there is room for all segments, and nobody else uses it yet.
        unsafe {
            plan.bands
                .write_segments(&self.walk, self.workspace.shared(plan.space.segments))
        };
        if self.packed.is_none() && !plan.panels.is_direct(&self.filter) {
            let steps = 0..plan.patch;
            let packed = Place(self.workspace.shared(plan.space.filter));
            plan.space
                .shares
                .for_each(pool, plan.panels.count(), &|panel, _| {
                    let Place(packed) = { packed };
                    // SAFETY: there is room for all panels, and each is packed by one.
                    unsafe { plan.panels.pack(&self.filter, packed, &steps, panel) };
                });
        }
        let across = plan.panels.count().div_ceil(plan.part_panels);
        let bands = plan.bands.count();
        let down = bands.div_ceil(plan.part_bands.max(1));
        plan.space
            .shares
            .for_each(pool, down * across, &|part, thread| {
                let first = part / across * plan.part_bands;
                let first_panel = part % across * plan.part_panels;
                let panels = first_panel..plan.panels.count().min(first_panel + plan.part_panels);
                for band in first..bands.min(first + plan.part_bands) {
                    // SAFETY: the caller's promise; this thread has its share to itself, and these
                    // rows
                    // and columns of the product are this part's.
                    unsafe { self.band(&plan.bands.band(band), panels.clone(), thread) };
                }
            });
    }

    /// Computes some columns of a band's rows.
    ///
    /// # Safety
    /// As [`run`](Run::run).
    unsafe fn band(&self, band: &Band, panels: Range<usize>, thread: usize) {
        let plan = self.plan;
        let stored: *mut T = self.workspace.own(thread, plan.space.band);
        let width = plan.bands.width();
        let (first_row, rows) = (band.first_line * width, band.lines() * width);
        let columns =
            plan.panels.columns(panels.start).start..plan.panels.columns(panels.end - 1).end;
        let (to, line) = match self.out {
            Some(Place(out)) => (out.wrapping_add(first_row * plan.outputs), plan.outputs),
            None => {
                let own: *mut T = self.workspace.own(thread, plan.space.result);
                (own.wrapping_sub(columns.start), columns.len())
            }
        };
        // SAFETY: the caller's promise; the band's place is large enough for it.
        unsafe {
            if plan.by_window {
                let lines = first_row..first_row + rows;
                let line = line_len::<T>(plan.patch);
                self.patches.copy(lines, 0..plan.patch, stored, line);
            } else if !self.in_place {
                plan.bands.fill(&self.pictures, band, stored);
            }
            for panel in panels {
                self.panel(band, panel, stored, (to, line), thread);
            }
            let to = to.wrapping_add(columns.start);
            if let Some(sink) = self.sink {
                let rows = first_row..first_row + rows;
                show(sink, (to, line), rows, (columns, plan.outputs), thread);
            }
        }
    }

    /// Computes a panel of a band's rows.
    ///
    /// # Safety
    /// As [`run`](Run::run); the band is filled.
    unsafe fn panel(
        &self,
        band: &Band,
        panel: usize,
        stored: *const T,
        (to, line): (*mut T, usize),
        thread: usize,
    ) {
        let plan = self.plan;
        let packed = match self.packed {
            Some(packed) => packed.elements[packed.start..].as_ptr(),
            None => self.workspace.shared::<T>(plan.space.filter).cast_const(),
        };
        let right: PanelRows<T> = plan
            .panels
            .panel_of(&self.filter, panel)
            .unwrap_or_else(|| plan.panels.packed_panel(packed, &(0..plan.patch), panel));
        let wide = self.workspace.own(thread, plan.space.wide);
        let to = (to.wrapping_add(plan.panels.columns(panel).start), line);
        let (lines, width, row, line_step) = match plan.by_window {
            // All windows stand one after the other.
            true => {
                let row = line_len::<T>(plan.patch) as isize;
                (1, band.lines() * plan.bands.width(), row, 0)
            }
            false => {
                let walk = &self.walk;
                (band.lines(), plan.bands.width(), walk.window, walk.line)
            }
        };
        let start = match self.in_place {
            true => plan.bands.start_in(&self.pictures, band),
            false => stored,
        };
        let segments = match plan.by_window {
            true => Segments::ONE,
            false => Segments {
                offsets: self
                    .workspace
                    .shared::<isize>(plan.space.segments)
                    .cast_const(),
                len: plan.bands.segment_len(&self.walk),
                skip: 0,
            },
        };
        // Tiles of a line differ by a window at most.
        let tiles = width.div_ceil(plan.panels.tile_rows(panel));
        let (short, longer) = (width / tiles, width % tiles);
        let tiles = (0..lines).flat_map(move |y| {
            (0..tiles).map(move |tile| {
                let x = tile * short + tile.min(longer);
                let rows = short + usize::from(tile < longer);
                let offset = y as isize * line_step + x as isize * row;
                let left = LeftRows {
                    start: start.wrapping_offset(offset),
                    row,
                    step: 1,
                    segments,
                };
                (y * width + x, rows, left)
            })
        });
        // SAFETY: the caller's promise: these are windows of the band, whose segments were written.
        unsafe { plan.panels.multiply(tiles, &right, panel, wide, to) };
    }
}
