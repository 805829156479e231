//! Where the packed operands and partial sums stand in the workspace.

use std::mem::MaybeUninit;

use super::cut::Cut;
use super::element::{Kernels, Micro};

/// Everything starts at a multiple of this: a cache line, a vector.
pub(crate) const ALIGN: usize = 64;

/// Offsets in bytes from the workspace's first aligned byte; those of a thread from the start of
/// its share.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Space {
    pub(super) shared_left: usize,
    pub(super) shared_right: usize,
    /// The partial sums of a product whose sums are cut.
    pub(super) partial: usize,
    /// A copy of the only row.
    pub(super) line: usize,
    threads: usize,
    pub(super) left: usize,
    pub(super) right: usize,
    /// Unfinished long sums.
    pub(super) wide: usize,
    /// What a sink is shown.
    pub(super) result: usize,
    /// The same transposed, if the product is computed so.
    pub(super) turned: usize,
    /// What a product of one row needs beside.
    pub(super) row: usize,
    thread_len: usize,
}

impl Space {
    pub(super) fn new<T: Micro>(kernels: &Kernels<T>, cut: &Cut, transposed: bool) -> Self {
        let mut shared = Allotted::default();
        let mut thread = Allotted::default();
        let (left, right) = (cut.shares_left(), cut.shares_right());
        let when = |condition: bool, len: usize| if condition { len } else { 0 };
        let tile = cut.tile_len() * cut.panel;
        let part = cut.part_rows() * cut.part_columns();
        let block_rows = cut.block_tiles * cut.tile_len();
        let is_row = cut.is_row();
        let part_sums = if cut.slabs() > 1 || is_row {
            part
        } else {
            tile
        };
        let long = (cut.inner > T::DIRECT || is_row) && !cut.by_inner;
        let partial = cut.slabs() * part;
        let mut space = Space {
            shared_left: shared.take::<T>(when(left, block_rows * line_len::<T>(cut.inner))),
            shared_right: shared.take::<T>(when(right, cut.block_panels * cut.panel * cut.inner)),
            partial: shared.take::<T::Wide>(when(cut.by_inner, partial)),
            line: shared.take::<T>(when(is_row, cut.inner)),
            left: thread.take::<T>(when(!left, cut.part_rows() * line_len::<T>(cut.slab_len()))),
            right: thread.take::<T>(when(!right, cut.panel * cut.slab_len())),
            wide: thread.take::<T::Wide>(when(long, part_sums)),
            result: thread.take::<T>(part),
            turned: thread.take::<T>(when(transposed, part)),
            row: thread.take::<T>(when(is_row, cut.row_scratch(kernels))),
            ..Space::default()
        };
        // A line between two threads' shares, which neighbouring lines are fetched with.
        (space.threads, space.thread_len) = (shared.len(), thread.len() + ALIGN);
        space
    }

    /// The bytes for `threads` threads, wherever the workspace starts.
    pub(super) fn len(&self, threads: usize) -> usize {
        let own = threads.saturating_mul(self.thread_len);
        let len = self.threads.saturating_add(own).saturating_add(ALIGN);
        // More than that is more than memory.
        len.min(isize::MAX as usize)
    }

    /// The offset of a thread's share.
    pub(super) fn thread(&self, thread: usize) -> usize {
        self.threads + thread * self.thread_len
    }
}

/// The first aligned byte of `workspace`.
pub(crate) fn aligned(workspace: &mut [MaybeUninit<u8>]) -> *mut u8 {
    let start = workspace.as_mut_ptr().cast::<u8>();
    start.wrapping_add(start.align_offset(ALIGN))
}

/// How many elements apart packed rows of `len` elements are: rows of an odd number of cache lines
/// fall into different sets of a cache.
pub(crate) fn line_len<T>(len: usize) -> usize {
    let line = ALIGN / size_of::<T>();
    match len {
        0..64 => len,
        _ => (len.div_ceil(line) | 1) * line,
    }
}

/// Bytes handed out so far. What is more than memory has stays such.
#[derive(Debug, Default)]
pub(crate) struct Allotted(usize);

impl Allotted {
    /// The offset of `len` elements.
    pub(crate) fn take<T>(&mut self, len: usize) -> usize {
        let at = self.0;
        let bytes = len.saturating_mul(size_of::<T>());
        let bytes = bytes.checked_next_multiple_of(ALIGN).unwrap_or(usize::MAX);
        self.0 = self.0.saturating_add(bytes).min(isize::MAX as usize);
        at
    }

    /// How many bytes were handed out.
    pub(crate) fn len(&self) -> usize {
        self.0
    }
}
