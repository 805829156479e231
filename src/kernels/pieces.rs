//! Slices cut into pieces, which the threads of a pool write.
//!
//! Where a slice is cut depends on its length and what is asked for, never on the threads, so that
//! results have the same bits with any number of them.

use std::marker::PhantomData;

use ndarray::ArrayViewD;

use super::pool::Pool;
use super::reader::{PIECE, Reader};
use super::slices;
use crate::types::Plain;

/// A slice in pieces, each of which somebody else may write.
pub(super) struct Pieces<'a, T> {
    start: *mut T,
    len: usize,
    piece: usize,
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: an address; `get` says who may use what is there.
unsafe impl<T: Send> Sync for Pieces<'_, T> {}

impl<'a, T> Pieces<'a, T> {
    pub(super) fn new(slice: &'a mut [T], piece: usize) -> Self {
        Pieces {
            start: slice.as_mut_ptr(),
            len: slice.len(),
            piece: piece.max(1),
            slice: PhantomData,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.len.div_ceil(self.piece)
    }

    /// The `i`-th piece; empty after the last.
    ///
    /// # Safety
    /// Nobody else has this piece as long as the result is used.
    pub(super) unsafe fn get(&self, i: usize) -> &'a mut [T] {
        let start = (i * self.piece).min(self.len);
        // SAFETY: the pieces do not overlap, and this one is the caller's alone for now.
        unsafe { self.stretch(start, self.piece.min(self.len - start)) }
    }

    /// So many elements from `start` on.
    ///
    /// # Safety
    /// Nobody else has any of these elements as long as the result is used.
    ///
    /// # Panics
    /// If there are not that many.
    unsafe fn stretch(&self, start: usize, len: usize) -> &'a mut [T] {
        assert!(
            start <= self.len && len <= self.len - start,
            "a stretch of the slice"
        );
        // SAFETY: within the slice, which is borrowed for `'a`; these elements are the caller's
        // alone for now.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(start), len) }
    }
}

/// Calls `task` with each stretch of `piece` elements of `out`, the last of which may be shorter,
/// and the place of its first element.
pub(crate) fn each_piece<T: Send>(
    pool: &Pool,
    out: &mut [T],
    piece: usize,
    task: &(dyn Fn(usize, &mut [T]) + Sync),
) {
    let pieces = Pieces::new(out, piece);
    pool.run(pieces.count(), &|i, _| {
        // SAFETY: the pool calls once for every part.
        task(i * pieces.piece, unsafe { pieces.get(i) });
    });
}

/// Calls `task` with the number of each stretch of `out`, and the stretch. Each ends where `ends`
/// says, and the next begins there.
///
/// # Panics
/// If `ends` does not ascend, or goes beyond `out`.
pub(crate) fn each_stretch<T: Send>(
    pool: &Pool,
    out: &mut [T],
    ends: &[usize],
    task: &(dyn Fn(usize, &mut [T]) + Sync),
) {
    let is_last = |end: &usize| *end <= out.len();
    assert!(
        ends.is_sorted() && ends.last().is_none_or(is_last),
        "stretches of the slice"
    );
    let elements = Pieces::new(out, 1);
    pool.run(ends.len(), &|i, _| {
        let start = i.checked_sub(1).map_or(0, |before| ends[before]);
        let len = ends[i] - start;
        // SAFETY: no two stretches overlap, and the pool calls once for every one.
        task(i, unsafe { elements.stretch(start, len) });
    });
}

/// As [`each_piece`], with a part of `room` for each thread, which the task finds as the last task
/// of that thread has left it.
///
/// # Panics
/// If there are fewer numbers than threads in a `room` that is not empty.
pub(crate) fn each_piece_with_room<T: Send, R: Send>(
    pool: &Pool,
    (out, piece): (&mut [T], usize),
    room: &mut [R],
    task: &PairTask<'_, T, R>,
) {
    let each = room.len() / pool.threads();
    assert!(each > 0 || room.is_empty(), "room for each thread");
    let pieces = Pieces::new(out, piece);
    let rooms = Pieces::new(room, each);
    pool.run(pieces.count(), &|i, thread| {
        // SAFETY: the pool calls once for every part, and no two calls that run at once are told
        // the same thread.
        unsafe { task(i * pieces.piece, pieces.get(i), rooms.get(thread)) };
    });
}

/// Calls `task` for each part below `parts`, with a stretch of `room` that no other thread has at
/// the time, and the thread's number.
pub(crate) fn each_part_with_room<R: Send>(
    pool: &Pool,
    parts: usize,
    room: &mut [R],
    task: &(dyn Fn(usize, &mut [R], usize) + Sync),
) {
    let rooms = Pieces::new(room, room.len() / pool.threads());
    pool.run(parts, &|i, thread| {
        // SAFETY: no two calls that run at once are told the same thread.
        task(i, unsafe { rooms.get(thread) }, thread);
    });
}

/// How many elements are updated by one thread at a time.
const UPDATED: usize = 1 << 15;

/// `old[i] = f(old[i], x[i])`, of an array `x` of any strides that has as many elements. Asks for
/// no memory.
pub(crate) fn update_each<T: Plain>(
    pool: &Pool,
    old: &mut [T],
    x: &ArrayViewD<'_, T>,
    f: impl Fn(T, T) -> T + Copy + Sync,
) {
    assert_eq!(old.len(), x.len(), "as many elements as are updated");
    if let Some(x) = x.as_slice() {
        return each_piece(pool, old, UPDATED, &|first, old| {
            slices::update(old, &x[first..][..old.len()], f);
        });
    }
    let mut reader = Reader::new(x);
    for old in old.chunks_mut(PIECE) {
        slices::update(old, reader.next(old.len()), f);
    }
}

/// What is done with a piece each of two slices, and their number.
type PairTask<'t, A, B> = dyn Fn(usize, &mut [A], &mut [B]) + Sync + 't;

/// As [`each_piece`] with two slices, the pieces of which belong together.
pub(crate) fn each_pair<A: Send, B: Send>(
    pool: &Pool,
    (first, first_piece): (&mut [A], usize),
    (second, second_piece): (&mut [B], usize),
    task: &PairTask<'_, A, B>,
) {
    let first = Pieces::new(first, first_piece);
    let second = Pieces::new(second, second_piece);
    pool.run(first.count().max(second.count()), &|i, _| {
        // SAFETY: the pool calls once for every part.
        unsafe { task(i, first.get(i), second.get(i)) };
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_written_once_whatever_the_threads() {
        for threads in [1, 3] {
            let pool = Pool::new(threads);
            for (len, piece) in [(0, 4), (1, 4), (8, 4), (9, 4), (9, 0), (3, 100)] {
                let (mut first, mut second) = (vec![0usize; len], vec![0usize; 2 * len]);
                each_piece(&pool, &mut first, piece, &|place, part| {
                    for (i, x) in part.iter_mut().enumerate() {
                        *x += place + i + 1;
                    }
                });
                assert!(first.iter().copied().eq(1..=len));
                let number = |i: usize| i / piece.max(1) + 1;
                let pieces = (piece.max(1), 2 * piece.max(1));
                let (a, b) = ((&mut *first, pieces.0), (&mut *second, pieces.1));
                each_pair(&pool, a, b, &|i, first, second| {
                    assert_eq!(2 * first.len(), second.len());
                    first.fill(0);
                    second.iter_mut().for_each(|x| *x += i + 1);
                });
                assert!(first.iter().all(|&x| x == 0));
                assert!(second.iter().enumerate().all(|(i, &x)| x == number(i / 2)));
            }
        }
    }
}
