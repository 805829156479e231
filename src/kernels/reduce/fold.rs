//! [`Fold`]: a reduction along one axis of memory, of many sequences, by many threads.

use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::slice;

use ndarray::{ArrayViewD, ArrayViewMutD};

use super::super::memory::ALIGNMENT;
use super::super::pool::Pool;
use super::super::strided::{
    Axes, Axis, Cut, PARALLEL, by_distance, each_place, lengths_of, narrow, push_joined,
};
use super::sequence::{
    BLOCK, Rows, SHORT, STRIP, compiled_for_all, compiled_to_avx2, fold_block, fold_block_rows,
    fold_lanes, fold_next, fold_rows, fold_short, fold_slice, merge_into, start_each,
};
use super::{Finish, Reducer};
use crate::types::{Plain, memory};

/// With fewer parts than this, long sequences are cut themselves.
const FEW_PARTS: usize = 8;

/// Sequences whose elements lie at the same distance from each other, and where their results go.
#[derive(Clone)]
pub(super) struct Fold<T, R> {
    x: *const T,
    /// How many elements a sequence has.
    count: usize,
    /// How far apart they lie.
    stride: isize,
    /// Along which there is one result after the other: how far apart their sequences begin, and
    /// they themselves lie.
    kept: Axes,
    out: *mut T,
    reducer: R,
}

// SAFETY: what is read is lent; threads write different results.
unsafe impl<T: Send + Sync, R: Sync> Sync for Fold<T, R> {}

impl<T: Plain, R: Reducer<T>> Fold<T, R> {
    /// Of `x`, which is not empty, along the axes `run`, if these continue each other in memory;
    /// `out` has the axes `kept`.
    pub(super) fn new(
        x: &ArrayViewD<'_, T>,
        run: &[usize],
        kept: &[usize],
        out: &mut ArrayViewMutD<'_, T>,
        reducer: R,
    ) -> Option<Self> {
        let (&last, before) = run.split_last()?;
        let (mut count, stride) = (x.shape()[last], x.strides()[last]);
        for &axis in before.iter().rev() {
            if x.strides()[axis] != stride * count as isize {
                return None;
            }
            count *= x.shape()[axis];
        }
        let (mut first, mut target) = (x.as_ptr(), out.as_mut_ptr());
        let mut axes = Axes::new();
        for (&axis, &to) in kept.iter().zip(out.strides()) {
            let (length, from) = (x.shape()[axis], x.strides()[axis]);
            let mut axis = Axis { length, from, to };
            if from < 0 {
                // The same results in the other order, in which the sequences lie one after the
                // other.
                let last = length as isize - 1;
                first = first.wrapping_offset(last * from);
                target = target.wrapping_offset(last * to);
                (axis.from, axis.to) = (-from, -to);
            }
            push_joined(&mut axes, axis);
        }
        // Results whose sequences lie closest to each other are computed together.
        by_distance(&mut axes);
        Some(Fold {
            x: first,
            count,
            stride,
            kept: axes,
            out: target,
            reducer,
        })
    }

    /// Computes all results and finishes them.
    pub(super) fn run(&self, pool: &Pool, finish: Option<Finish<'_, T>>) {
        let lengths = lengths_of(&self.kept);
        let bytes = self.count.saturating_mul(size_of::<T>());
        let least = if self.is_across() { STRIP } else { 1 };
        let last = lengths.len().saturating_sub(1);
        let cut = Cut::with_least(&lengths, bytes.max(1), last, least);
        if cut.elements().saturating_mul(bytes) < PARALLEL {
            return self.alone(finish);
        }
        if cut.parts() < FEW_PARTS && self.count > BLOCK && self.by_blocks(pool, cut.elements()) {
            return self.finish(finish);
        }
        pool.run(cut.parts(), &|part, _| {
            let (start, lengths) = cut.part(part);
            self.within(&start, &lengths).alone(finish);
        });
    }

    /// Finishes all results, as many at a time as lie side by side.
    fn finish(&self, finish: Option<Finish<'_, T>>) {
        let Some(finish) = finish else { return };
        let (outer, length) = match self.kept.split_last() {
            Some((inner, outer)) if inner.to == 1 => (outer, inner.length),
            _ => (&*self.kept, 1),
        };
        // SAFETY: so many results lie there.
        self.each_result(outer, |_, out| {
            finish(unsafe { slice::from_raw_parts_mut(out, length) })
        });
    }

    /// Whether the sequences of neighbouring results begin side by side, and their elements lie
    /// farther apart.
    fn is_across(&self) -> bool {
        self.stride.unsigned_abs() > 1 && self.kept.last().is_some_and(|inner| inner.from == 1)
    }

    /// Whether neighbouring results have their elements in the same lines of memory, but not side
    /// by side. If each result were computed by itself, a line would be read as often as there are
    /// results in it.
    pub(super) fn is_interleaved(&self) -> bool {
        let near = 2..self
            .stride
            .unsigned_abs()
            .min(ALIGNMENT / size_of::<T>().max(1));
        self.kept
            .last()
            .is_some_and(|inner| near.contains(&inner.from.unsigned_abs()))
    }

    /// The part of the results that begins at `start` and has these lengths.
    fn within(&self, start: &[usize], lengths: &[usize]) -> Self {
        let mut part = self.clone();
        let (x, out) = narrow(&mut part.kept, start, lengths);
        part.x = part.x.wrapping_offset(x);
        part.out = part.out.wrapping_offset(out);
        part
    }

    /// Reduces the blocks of each sequence, which threads share, and then their results; `false` if
    /// there is no memory for these.
    fn by_blocks(&self, pool: &Pool, width: usize) -> bool {
        let blocks = self.count.div_ceil(BLOCK);
        let Ok(mut partials) = memory::repeated(blocks * width, self.reducer.start()) else {
            return false;
        };
        let block = |number: usize, partials: *mut T| {
            let (mut block, mut stride) = (self.clone(), 1);
            let first = number * BLOCK;
            block.x = self.x.wrapping_offset(first as isize * self.stride);
            block.count = BLOCK.min(self.count - first);
            block.out = partials.wrapping_add(number * width);
            for axis in block.kept.iter_mut().rev() {
                axis.to = stride;
                stride *= axis.length as isize;
            }
            block
        };
        let shared = Shared(partials.as_mut_ptr());
        let cut = Cut::with_least(&[blocks], BLOCK * width * size_of::<T>(), 0, 1);
        pool.run(cut.parts(), &|part, _| {
            let (start, lengths) = cut.part(part);
            let numbers = start[0]..start[0] + lengths[0];
            if width == 1 && self.stride == 1 {
                self.blocks(numbers, shared.start());
            } else {
                numbers.for_each(|number| block(number, shared.start()).alone(None));
            }
        });
        merge_tree(&mut partials, width, self.reducer);
        let next = Cell::new(0);
        self.each_result(&self.kept, |_, out| {
            // SAFETY: `out` is the place of a result.
            unsafe { *out = partials[next.get()] };
            next.set(next.get() + 1);
        });
        true
    }

    /// Computes all results on the thread that asks, and finishes them.
    fn alone(&self, finish: Option<Finish<'_, T>>) {
        if const { T::DTYPE.is_rare() } {
            self.each_result(&self.kept, |x, out| self.apart(x, out));
            return self.finish(finish);
        }
        let is_short = self.stride == 1 && self.count < SHORT;
        match self.kept.split_last() {
            Some((inner, outer)) if self.is_across() && self.count <= BLOCK => compiled_for_all(
                self.reducer,
                #[inline(always)]
                move || {
                    self.each_result(
                        outer,
                        #[inline(always)]
                        |x, out| self.strips(*inner, x, out, finish),
                    )
                },
            ),
            Some((inner, outer)) if self.is_across() => {
                self.each_result(outer, |x, out| self.long_strips(*inner, x, out, finish));
            }
            Some((inner, outer)) if is_short => compiled_to_avx2(
                self.reducer,
                #[inline(always)]
                move || {
                    self.each_result(
                        outer,
                        #[inline(always)]
                        |x, out| self.short(*inner, x, out, finish),
                    )
                },
            ),
            _ => {
                self.one_by_one();
                self.finish(finish);
            }
        }
    }

    /// Computes each result by itself.
    fn one_by_one(&self) {
        if self.stride != 1 {
            self.each_result(&self.kept, |x, out| self.apart(x, out));
        } else if (SHORT..=BLOCK).contains(&self.count) {
            compiled_to_avx2(
                self.reducer,
                #[inline(always)]
                move || {
                    self.each_result(
                        &self.kept,
                        #[inline(always)]
                        |x, out| {
                            // SAFETY: a sequence begins there, and its result's place is `out`.
                            unsafe {
                                let sequence = slice::from_raw_parts(x, self.count);
                                *out = fold_lanes(sequence, self.reducer);
                            }
                        },
                    )
                },
            );
        } else {
            self.each_result(&self.kept, |x, out| {
                // SAFETY: a sequence begins there, and its result's place is `out`.
                unsafe {
                    let sequence = slice::from_raw_parts(x, self.count);
                    *out = fold_slice(sequence, self.reducer);
                }
            });
        }
    }

    /// Calls `compute` for each index of `axes`, with where a sequence begins and where its result
    /// goes.
    #[inline(always)]
    fn each_result(&self, axes: &[Axis], compute: impl Fn(*const T, *mut T)) {
        each_place(
            axes,
            #[inline(always)]
            |x, out| compute(self.x.wrapping_offset(x), self.out.wrapping_offset(out)),
        );
    }

    /// The blocks with these numbers of the only sequence, whose elements lie side by side, each to
    /// the partial result with its number.
    fn blocks(&self, numbers: Range<usize>, partials: *mut T) {
        for number in numbers {
            let first = number * BLOCK;
            let length = BLOCK.min(self.count - first);
            // SAFETY: the block lies in the sequence; the place of its result is there, and nobody
            // else's.
            unsafe {
                let block = slice::from_raw_parts(self.x.wrapping_add(first), length);
                *partials.wrapping_add(number) = fold_block(block, self.reducer);
            }
        }
    }

    /// A sequence whose elements lie apart from each other.
    fn apart(&self, x: *const T, out: *mut T) {
        let mut next = x;
        let mut read = |block: &mut [T]| {
            for place in block {
                // SAFETY: the sequence has as many elements left.
                *place = unsafe { *next };
                next = next.wrapping_offset(self.stride);
            }
        };
        // SAFETY: `out` is the place of a result.
        unsafe { *out = fold_next(&mut read, self.count, self.reducer) };
    }

    /// The results along an axis whose sequences begin side by side.
    #[inline(always)]
    fn strips(&self, axis: Axis, x: *const T, out: *mut T, finish: Option<Finish<'_, T>>) {
        // A few rows need no lanes.
        let strip = if self.count < SHORT { 4 * STRIP } else { STRIP };
        in_strips(
            (axis, out),
            strip,
            self.reducer,
            finish,
            #[inline(always)]
            |first, results| {
                // SAFETY: the sequences of these results have `count` elements each, `stride`
                // apart, side by side.
                let rows = unsafe { Rows::new(x.wrapping_add(first), self.count, self.stride) };
                fold_block_rows(rows, results, self.reducer);
            },
        );
    }

    /// As [`strips`](Fold::strips), of sequences of more than a block.
    fn long_strips(&self, axis: Axis, x: *const T, out: *mut T, finish: Option<Finish<'_, T>>) {
        in_strips(
            (axis, out),
            STRIP,
            self.reducer,
            finish,
            |first, results| {
                // SAFETY: as for `strips`.
                let rows = unsafe { Rows::new(x.wrapping_add(first), self.count, self.stride) };
                fold_rows(rows, results, self.reducer);
            },
        );
    }

    /// The results along an axis of short sequences.
    #[inline(always)]
    fn short(&self, axis: Axis, x: *const T, out: *mut T, finish: Option<Finish<'_, T>>) {
        in_strips(
            (axis, out),
            STRIP,
            self.reducer,
            finish,
            #[inline(always)]
            |first, results| {
                let x = x.wrapping_offset(first as isize * axis.from);
                // SAFETY: a sequence begins there for each of the results.
                let rows = unsafe { Rows::new(x, results.len(), axis.from) };
                fold_short(rows, self.count, results, self.reducer);
            },
        );
    }
}

/// Has `compute` fill the results along an axis, and finishes them while they are near: `strip` at
/// a time if they lie side by side. If not, [`STRIP`] at a time are computed side by side first.
#[inline(always)]
fn in_strips<T: Plain>(
    (axis, out): (Axis, *mut T),
    strip: usize,
    reducer: impl Reducer<T>,
    finish: Option<Finish<'_, T>>,
    compute: impl Fn(usize, &mut [T]),
) {
    let compute = |first, results: &mut [T]| {
        compute(first, results);
        if let Some(finish) = finish {
            finish(results);
        }
    };
    let strip = if axis.to == 1 { strip } else { STRIP };
    let mut own = [const { MaybeUninit::uninit() }; STRIP];
    for first in (0..axis.length).step_by(strip) {
        let length = strip.min(axis.length - first);
        let out = out.wrapping_offset(first as isize * axis.to);
        if axis.to == 1 || length == 1 {
            // SAFETY: as many results lie there, which nobody else reads or writes.
            compute(first, unsafe { slice::from_raw_parts_mut(out, length) });
            continue;
        }
        let own = start_each(&mut own[..length], reducer);
        compute(first, own);
        for (i, &result) in own.iter().enumerate() {
            // SAFETY: `out` is the place of the first of these results.
            unsafe { *out.wrapping_offset(i as isize * axis.to) = result };
        }
    }
}

/// Merges the results of blocks, `width` for each, into those of the first, in the order of
/// [`fold_slice`].
fn merge_tree<T: Plain>(partials: &mut [T], width: usize, reducer: impl Reducer<T>) {
    let blocks = partials.len() / width;
    if blocks > 1 {
        let (left, right) = partials.split_at_mut(blocks.div_ceil(2) * width);
        merge_tree(left, width, reducer);
        merge_tree(right, width, reducer);
        merge_into(&mut left[..width], &right[..width], reducer);
    }
}

/// Where threads write partial results, each those of its own blocks.
struct Shared<T>(*mut T);

// SAFETY: an address; who writes what there is said where it is used.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn start(&self) -> *mut T {
        self.0
    }
}
