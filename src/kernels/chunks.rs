//! Slices cut among the threads of a pool.
//!
//! Where a slice is cut depends on its length and what is asked for, never on the threads, so that results have the same bits with any
//! number of them.

use std::marker::PhantomData;

use super::pool::Pool;

/// Calls `work(first, chunk)` with stretches of `length` elements of a slice, the last of which may be shorter, and the place of the first
/// element of each.
pub(crate) fn each_chunk<T: Send>(
    pool: &Pool,
    slice: &mut [T],
    length: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    let chunks = Chunks::new(slice, length);
    pool.run(chunks.count(), &|i, _| {
        // SAFETY: a pool does each part once.
        work(i * length, unsafe { chunks.get(i) });
    });
}

/// A slice, and how long the stretches of it are.
type Cut<'s, T> = (&'s mut [T], usize);

/// As [`each_chunk`] of two slices that are cut into as many stretches; `work` is told the number of the stretch.
pub(crate) fn each_two_chunks<A: Send, B: Send>(
    pool: &Pool,
    ((a, a_length), (b, b_length)): (Cut<'_, A>, Cut<'_, B>),
    work: impl Fn(usize, &mut [A], &mut [B]) + Sync,
) {
    let (a, b) = (Chunks::new(a, a_length), Chunks::new(b, b_length));
    pool.run(a.count().min(b.count()), &|i, _| {
        // SAFETY: a pool does each part once.
        work(i, unsafe { a.get(i) }, unsafe { b.get(i) });
    });
}

/// A slice in stretches of equal length.
struct Chunks<'s, T> {
    start: *mut T,
    len: usize,
    length: usize,
    slice: PhantomData<&'s mut [T]>,
}

// SAFETY: each stretch is handed to one thread, which may have its elements.
unsafe impl<T: Send> Sync for Chunks<'_, T> {}

impl<'s, T> Chunks<'s, T> {
    fn new(slice: &'s mut [T], length: usize) -> Self {
        Chunks {
            start: slice.as_mut_ptr(),
            len: slice.len(),
            length: length.max(1),
            slice: PhantomData,
        }
    }

    fn count(&self) -> usize {
        self.len.div_ceil(self.length)
    }

    /// Stretch number `i`.
    ///
    /// # Safety
    /// Nobody else has it.
    #[allow(
        clippy::mut_from_ref,
        reason = "the caller sees to it that each is had once"
    )]
    unsafe fn get(&self, i: usize) -> &mut [T] {
        let first = i * self.length;
        assert!(first < self.len, "stretch {i} of {}", self.count());
        let length = self.length.min(self.len - first);
        // SAFETY: the elements are those of the slice, which is borrowed for 's, and nobody else has these.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(first), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_in_one_stretch() {
        let pool = Pool::new(2);
        for len in [0, 1, 7, 8, 9, 24] {
            let mut numbers = vec![0; len];
            each_chunk(&pool, &mut numbers, 8, |first, chunk| {
                for (i, number) in chunk.iter_mut().enumerate() {
                    *number += first + i + 1;
                }
            });
            assert!(numbers.into_iter().eq(1..=len));
        }
    }

    #[test]
    fn two_slices_are_cut_alike() {
        let (mut a, mut b) = ([0; 6], [0; 9]);
        each_two_chunks(&Pool::new(2), ((&mut a, 2), (&mut b, 3)), |i, a, b| {
            a.fill(i);
            b.fill(i);
        });
        assert_eq!((a, b), ([0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 1, 1, 2, 2, 2]));
    }
}
