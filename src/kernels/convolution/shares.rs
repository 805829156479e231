//! What convolutions and the gradients of filters share: how their work is shared out among
//! threads, and the workspace among its users.

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::kernels::matmul::{ALIGN, Allotted, Sink, aligned};
use crate::kernels::pool::Pool;

/// Fewer multiplications than this are done by the caller alone: waking others takes as long.
pub(super) const SERIAL: usize = 256 << 10;

/// With as many parts as this it matters little which thread is late.
pub(super) const PARTS: usize = 16;

/// With fewer parts than this, the work is divided in another way too.
pub(super) const FEW_PARTS: usize = 8;

/// An address that threads share.
#[derive(Clone, Copy)]
pub(super) struct Place<T>(pub(super) *mut T);

// SAFETY: these are addresses; writing through them is unsafe, and is justified where it is done.
unsafe impl<T: Send> Sync for Place<T> {}

/// How a workspace is shared out: something for all threads, and a share for each.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Shares {
    serial: bool,
    threads: usize,
    thread_len: usize,
}

/// A workspace that is shared out.
pub(super) struct Workspace {
    start: Place<u8>,
    shares: Shares,
}

impl Shares {
    pub(super) fn new(serial: bool, shared: &Allotted, thread: &Allotted) -> Self {
        Shares {
            serial,
            threads: shared.len(),
            // A line between two threads' shares, which neighbouring lines are fetched with.
            thread_len: thread.len() + ALIGN,
        }
    }

    /// How many bytes a run by `threads` threads needs.
    pub(super) fn len(&self, threads: usize) -> usize {
        let threads = if self.serial { 1 } else { threads };
        let own = threads.saturating_mul(self.thread_len);
        let len = self.threads.saturating_add(own).saturating_add(ALIGN);
        // More than that is more than memory.
        len.min(isize::MAX as usize)
    }

    /// Does all parts of the work.
    pub(super) fn for_each(&self, pool: &Pool, parts: usize, task: &(dyn Fn(usize, usize) + Sync)) {
        match self.serial {
            true => (0..parts).for_each(|part| task(part, 0)),
            false => pool.run(parts, task),
        }
    }

    /// The workspace for a run by the pool's threads.
    ///
    /// # Panics
    /// If it is too small.
    pub(super) fn of(self, pool: &Pool, workspace: &mut [MaybeUninit<u8>]) -> Workspace {
        let needed = self.len(pool.threads());
        assert!(workspace.len() >= needed, "the workspace is too small");
        Workspace {
            start: Place(aligned(workspace)),
            shares: self,
        }
    }
}

impl Workspace {
    pub(super) fn shared<E>(&self, offset: usize) -> *mut E {
        self.start.0.wrapping_add(offset).cast()
    }

    /// A place in a thread's share.
    pub(super) fn own<E>(&self, thread: usize, offset: usize) -> *mut E {
        let Shares {
            threads,
            thread_len,
            ..
        } = self.shares;
        self.shared(threads + thread * thread_len + offset)
    }
}

/// Shows some columns of finished rows of a matrix of `width` columns to the sink.
///
/// # Safety
/// They are at `to`, `line` elements apart, and used by nobody else.
pub(super) unsafe fn show<T>(
    sink: &dyn Sink<T>,
    (to, line): (*mut T, usize),
    rows: Range<usize>,
    (columns, width): (Range<usize>, usize),
    thread: usize,
) {
    // Whole rows that lie side by side are shown as one.
    let is_whole = columns.len() == width && line == columns.len();
    let height = if is_whole { rows.len() } else { 1 };
    for first in rows.clone().step_by(height.max(1)) {
        let start = to.wrapping_add((first - rows.start) * line);
        // SAFETY: the caller's promise; a row's elements lie side by side.
        let part = unsafe { std::slice::from_raw_parts_mut(start, height * columns.len()) };
        sink.segment(first, columns.start, part, thread);
    }
}
