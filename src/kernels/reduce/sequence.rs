//! Combining a sequence of elements.
//!
//! The sequence is cut into blocks of [`BLOCK`] elements. A block is dealt out in turn to [`LANES`]
//! partial results, which are merged pairwise, and so are the blocks. That is quick, for the lanes
//! fill the processor's registers, and accurate, for the error grows with the logarithm of the
//! length.

use std::hint::black_box;
use std::mem::MaybeUninit;

use ndarray::ArrayView1;

use super::super::cpu::{prefetch, vectorised, vectorised_to_avx2};
use super::super::memory::ALIGNMENT;
use super::Reducer;
use crate::types::Plain;

/// How many partial results a block is dealt out to.
const LANES: usize = 32;

/// How many elements are combined before partial results are merged.
pub(super) const BLOCK: usize = 1024;

/// How many lines of a row that lies far away are asked for: the processor finds the others.
const NEXT_LINES: usize = 2;

/// How many bytes ahead a sequence is asked for: Intel's processors do not look beyond the end of a
/// page by themselves, and others lose nothing by it.
const AHEAD: usize = 1024;

/// Shorter sequences than this are combined one by one.
pub(super) const SHORT: usize = 64;

/// Reduces one row of any stride.
pub(crate) fn fold<T: Plain>(x: ArrayView1<'_, T>, reducer: impl Reducer<T>) -> T {
    match x.as_slice() {
        Some(slice) => fold_slice(slice, reducer),
        None => fold_next(&mut reader(x.iter().copied()), x.len(), reducer),
    }
}

/// Where to cut a sequence of `length` elements, more than a block.
fn half(length: usize) -> usize {
    length.div_ceil(BLOCK).div_ceil(2) * BLOCK
}

/// Reduces one row.
pub(crate) fn fold_slice<T: Plain>(slice: &[T], reducer: impl Reducer<T>) -> T {
    if slice.len() <= BLOCK {
        return fold_block(slice, reducer);
    }
    let (left, right) = slice.split_at(half(slice.len()));
    reducer.merge(fold_slice(left, reducer), fold_slice(right, reducer))
}

/// As [`fold_slice`], of the next `length` elements that `read` gives.
pub(crate) fn fold_next<T: Plain>(
    read: &mut impl FnMut(&mut [T]),
    length: usize,
    reducer: impl Reducer<T>,
) -> T {
    if length > BLOCK {
        let left = fold_next(read, half(length), reducer);
        return reducer.merge(left, fold_next(read, length - half(length), reducer));
    }
    let (mut short, mut long);
    let block: &mut [T] = if length < SHORT {
        short = [T::default(); SHORT];
        &mut short[..length]
    } else {
        long = [T::default(); BLOCK];
        &mut long[..length]
    };
    read(block);
    fold_block(block, reducer)
}

/// What reads an array for [`fold_next`], in row-major order.
pub(super) fn reader<T: Plain>(mut elements: impl Iterator<Item = T>) -> impl FnMut(&mut [T]) {
    move |block| {
        block
            .iter_mut()
            .zip(&mut elements)
            .for_each(|(place, x)| *place = x)
    }
}

/// The results of the blocks of a sequence, at least one, as [`fold_slice`] merges them.
pub(super) fn merge_blocks<T: Plain>(blocks: &[T], reducer: impl Reducer<T>) -> T {
    match blocks {
        [only] => *only,
        _ => {
            let (left, right) = blocks.split_at(blocks.len().div_ceil(2));
            reducer.merge(merge_blocks(left, reducer), merge_blocks(right, reducer))
        }
    }
}

/// Reduces a block.
#[inline(never)]
pub(super) fn fold_block<T: Plain>(block: &[T], reducer: impl Reducer<T>) -> T {
    if const { T::DTYPE.is_added_abreast() } {
        return fold_eight_abreast(block, reducer);
    }
    if block.len() < SHORT || const { T::DTYPE.is_rare() } {
        return fold_in_order(block, reducer);
    }
    compiled_to_avx2(
        reducer,
        #[inline(always)]
        move || fold_lanes(block, reducer),
    )
}

/// Does `work`, of which there are copies for each level of processor if the reducer wants that.
#[inline(always)]
pub(super) fn compiled_for_all<T: Plain, R: Reducer<T>>(_: R, work: impl FnOnce()) {
    if const { R::VECTORISED } {
        vectorised(work)
    } else {
        work()
    }
}

/// As [`compiled_for_all`], without a copy for AVX-512: rows are read no faster by it, and LLVM
/// makes shorter vectors of the lanes.
#[inline(always)]
pub(super) fn compiled_to_avx2<T: Plain, R: Reducer<T>, O>(_: R, work: impl FnOnce() -> O) -> O {
    if const { R::VECTORISED } {
        vectorised_to_avx2(work)
    } else {
        work()
    }
}

/// A block, which is not short.
///
/// Integers give the same result in any order, and LLVM deals them out itself. For floats the loops
/// are written in the forms of which it makes vectors: the lanes are registers as long as elements
/// are included, and lie in memory while they are merged.
#[inline(always)]
pub(super) fn fold_lanes<T: Plain>(block: &[T], reducer: impl Reducer<T>) -> T {
    if const { !T::DTYPE.is_native_float() } {
        return fold_in_order(block, reducer);
    }
    let mut lanes = [reducer.start(); LANES];
    let (chunks, rest) = block.as_chunks::<LANES>();
    for chunk in chunks {
        let next = chunk.as_ptr().cast::<u8>().wrapping_add(AHEAD);
        for line in (0..size_of_val(chunk)).step_by(ALIGNMENT) {
            prefetch(next.wrapping_add(line));
        }
        for i in 0..LANES {
            lanes[i] = reducer.include(lanes[i], chunk[i]);
        }
    }
    let mut lanes = InLines(lanes);
    black_box(&mut lanes);
    let InLines(lanes) = &mut lanes;
    if !rest.is_empty() {
        include_rest(lanes, rest, reducer);
        black_box(&mut *lanes);
    }
    merge_stored(lanes, reducer)
}

/// As many marks as there are lanes, and as many places without one: read from the middle less a
/// number on, it marks as many lanes as that number says.
static MARKS: InLines<[u32; 2 * LANES]> = {
    let mut marks = [0; 2 * LANES];
    let mut i = 0;
    while i < LANES {
        marks[i] = 1;
        i += 1;
    }
    InLines(marks)
};

/// Includes fewer elements than there are lanes, in the first of them: in the form of which LLVM
/// makes vectors that are read under a mask. What is merged by vectors must not have been written
/// one by one just before, which processors wait for.
#[inline(always)]
fn include_rest<T: Plain>(lanes: &mut [T; LANES], rest: &[T], reducer: impl Reducer<T>) {
    assert!(rest.len() < LANES);
    let InLines(marks) = &MARKS;
    let marks = &marks[LANES - rest.len()..][..LANES];
    let first = rest.as_ptr();
    for i in 0..LANES {
        let is_marked = marks[i] != 0;
        let x = if is_marked {
            // SAFETY: as many lanes are marked as there are elements.
            unsafe { *first.add(i) }
        } else {
            reducer.start()
        };
        let included = reducer.include(lanes[i], x);
        lanes[i] = if is_marked { included } else { lanes[i] };
    }
}

/// What begins where a line of the caches does, so that no vector of it lies in two lines.
#[repr(align(64))]
struct InLines<A>(A);

/// Merges the lanes by halves.
#[inline(always)]
fn merge_stored<T: Plain>(lanes: &[T; LANES], reducer: impl Reducer<T>) -> T {
    let mut half = InLines([reducer.start(); LANES / 2]);
    for i in 0..LANES / 2 {
        half.0[i] = reducer.merge(lanes[i], lanes[i + LANES / 2]);
    }
    black_box(&mut half);
    let InLines(half) = half;
    let mut quarter = [reducer.start(); LANES / 4];
    for i in 0..LANES / 4 {
        quarter[i] = reducer.merge(half[i], half[i + LANES / 4]);
    }
    reducer.merge_eight(quarter)
}

/// One element after the other.
#[inline(always)]
fn fold_in_order<T: Plain>(block: &[T], reducer: impl Reducer<T>) -> T {
    let mut partial = reducer.start();
    for &x in block {
        partial = reducer.include(partial, x);
    }
    partial
}

/// A block as Eigen, with which TensorFlow computes, reduces halves: eight lanes, then what is left
/// over, each partial result rounded.
fn fold_eight_abreast<T: Plain>(block: &[T], reducer: impl Reducer<T>) -> T {
    let (chunks, rest) = block.as_chunks::<8>();
    let rest = fold_in_order(rest, reducer);
    if chunks.is_empty() {
        return rest;
    }
    let mut lanes = [reducer.start(); 8];
    for chunk in chunks {
        include_row(&mut lanes, chunk, reducer);
    }
    reducer.merge(rest, reducer.merge_eight(lanes))
}

/// Merges [`LANES`] partial results of `width` elements each into the first.
#[inline(always)]
fn merge_lanes<T: Plain>(lanes: &mut [T], width: usize, reducer: impl Reducer<T>) {
    let mut count = LANES / 2;
    while count > 0 {
        let (left, right) = lanes.split_at_mut(count * width);
        merge_into(left, right, reducer);
        count /= 2;
    }
}

#[inline(always)]
pub(super) fn merge_into<T: Plain>(left: &mut [T], right: &[T], reducer: impl Reducer<T>) {
    for (a, &b) in left.iter_mut().zip(right) {
        *a = reducer.merge(*a, b);
    }
}

/// How many neighbouring results are computed at once where the elements of one lie far apart:
/// enough to read memory in long stretches, few enough for the partial results of a lane to stay in
/// the processor's nearest cache, and those of all in the next.
pub(super) const STRIP: usize = 512;

/// Strips of no more results than this are given less of the stack.
const NARROW: usize = 8;

/// Rows of elements side by side, at the same distance from each other.
#[derive(Clone, Copy)]
pub(super) struct Rows<T> {
    first: *const T,
    count: usize,
    stride: isize,
}

impl<T: Plain> Rows<T> {
    /// # Safety
    /// At `first` and each `stride` elements further, `count` times, lie as many elements as are
    /// asked for: one for each result of [`fold_rows`] and [`fold_block_rows`], the length of a row
    /// for [`fold_short`]. They stay there.
    pub(super) unsafe fn new(first: *const T, count: usize, stride: isize) -> Self {
        Rows {
            first,
            count,
            stride,
        }
    }

    /// The rows up to number `at`, and those from there on.
    fn split_at(self, at: usize) -> (Self, Self) {
        let second = Rows {
            first: self.first.wrapping_offset(at as isize * self.stride),
            count: self.count - at,
            ..self
        };
        (Rows { count: at, ..self }, second)
    }

    /// Where row `i` begins, which need not be there.
    #[inline(always)]
    fn start(self, i: usize) -> *const u8 {
        let start = self.first.wrapping_offset(i as isize * self.stride);
        start.cast()
    }

    /// `length` elements from the beginning of row `i` on.
    ///
    /// # Safety
    /// They are in this row, or in those that follow it without a gap.
    #[inline(always)]
    unsafe fn row<'x>(self, i: usize, length: usize) -> &'x [T] {
        let start = self.first.wrapping_offset(i as isize * self.stride);
        // SAFETY: the caller's promise and that made to `new`.
        unsafe { std::slice::from_raw_parts(start, length) }
    }
}

/// Reduces rows into `out`, at most [`STRIP`] results, each element by itself in the order of
/// [`fold_slice`].
pub(super) fn fold_rows<T: Plain>(rows: Rows<T>, out: &mut [T], reducer: impl Reducer<T>) {
    if rows.count > BLOCK {
        let (left, right) = rows.split_at(half(rows.count));
        fold_rows(left, out, reducer);
        let mut more = [reducer.start(); STRIP];
        let more = &mut more[..out.len()];
        fold_rows(right, more, reducer);
        return merge_into(out, more, reducer);
    }
    fold_few_rows(rows, out, reducer);
}

/// As [`fold_rows`], of a block of rows. A function of its own: it takes much of the stack, which
/// those that call each other must not.
#[inline(never)]
fn fold_few_rows<T: Plain>(rows: Rows<T>, out: &mut [T], reducer: impl Reducer<T>) {
    compiled_for_all(
        reducer,
        #[inline(always)]
        move || fold_block_rows(rows, out, reducer),
    );
}

/// As [`fold_rows`], of no more rows than a block has elements; fewer than [`SHORT`] rows may have
/// any length.
#[inline(always)]
pub(super) fn fold_block_rows<T: Plain>(rows: Rows<T>, out: &mut [T], reducer: impl Reducer<T>) {
    let width = out.len();
    assert!(width <= STRIP || rows.count < SHORT, "a strip at most");
    if rows.count < SHORT {
        // SAFETY: the promise made to `Rows::new`, here and below.
        let row = |i| unsafe { rows.row(i, width) };
        out.fill(reducer.start());
        for i in (1..rows.count).step_by(2) {
            include_two_rows(out, row(i - 1), row(i), reducer);
        }
        if rows.count % 2 == 1 {
            include_row(out, row(rows.count - 1), reducer);
        }
        return;
    }
    // Made in place: without optimisation, an array would be made beside its place first.
    let mut few = MaybeUninit::<InLines<[T; LANES * NARROW]>>::uninit();
    let mut many;
    let place: *mut MaybeUninit<T> = if width <= NARROW {
        few.as_mut_ptr().cast()
    } else {
        many = MaybeUninit::<InLines<[T; LANES * STRIP]>>::uninit();
        many.as_mut_ptr().cast()
    };
    // SAFETY: there is room for so many, a strip at most, of which nothing is read before it is
    // written.
    let lanes = unsafe { std::slice::from_raw_parts_mut(place, LANES * width) };
    if rows.stride == width as isize {
        // Rows without gaps between them are one. SAFETY: there are `count` such rows.
        let all = unsafe { rows.row(0, rows.count * width) };
        let mut chunks = all.chunks(lanes.len());
        begin_row(lanes, chunks.next().unwrap_or_default(), reducer);
        // SAFETY: `begin_row` has written all: there are more rows than lanes.
        let lanes = unsafe { written(lanes) };
        chunks.for_each(|chunk| include_row(lanes, chunk, reducer));
    } else {
        // Lane by lane, so that the partial results of one stay in the nearest cache.
        for (first, lane) in lanes.chunks_exact_mut(width).enumerate() {
            // SAFETY: the promise made to `Rows::new`; a lane is as long as a row, here and below.
            begin_row(lane, unsafe { rows.row(first, width) }, reducer);
            // SAFETY: written just above.
            let lane = unsafe { written(lane) };
            for i in (first + LANES..rows.count).step_by(LANES) {
                // The next row lies far from this one.
                let next = rows.start(i + LANES);
                (0..NEXT_LINES).for_each(|line| prefetch(next.wrapping_add(line * ALIGNMENT)));
                include_row(lane, unsafe { rows.row(i, width) }, reducer);
            }
        }
    }
    // SAFETY: all of them have been written.
    let lanes = unsafe { written(lanes) };
    merge_lanes(lanes, width, reducer);
    out.copy_from_slice(&lanes[..width]);
}

/// # Safety
/// All elements have been written.
#[inline(always)]
unsafe fn written<T>(elements: &mut [MaybeUninit<T>]) -> &mut [T] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts_mut(elements.as_mut_ptr().cast(), elements.len()) }
}

#[inline(always)]
fn begin_row<T: Plain>(partial: &mut [MaybeUninit<T>], row: &[T], reducer: impl Reducer<T>) {
    for (partial, &x) in partial.iter_mut().zip(row) {
        partial.write(reducer.include(reducer.start(), x));
    }
}

#[inline(always)]
fn include_row<T: Plain>(partial: &mut [T], row: &[T], reducer: impl Reducer<T>) {
    for (partial, &x) in partial.iter_mut().zip(row) {
        *partial = reducer.include(*partial, x);
    }
}

/// As [`include_row`] of one row and then the other.
#[inline(always)]
fn include_two_rows<T: Plain>(
    partial: &mut [T],
    first: &[T],
    second: &[T],
    reducer: impl Reducer<T>,
) {
    for ((partial, &x), &y) in partial.iter_mut().zip(first).zip(second) {
        *partial = reducer.include(reducer.include(*partial, x), y);
    }
}

/// How many short rows are reduced side by side.
const ABREAST: usize = 8;

/// Reduces rows of `length` elements each, fewer than [`SHORT`], each to the result with its
/// number: several of them side by side, so that the processor need not wait for one sum after the
/// other.
#[inline(always)]
pub(super) fn fold_short<T: Plain>(
    rows: Rows<T>,
    length: usize,
    out: &mut [T],
    reducer: impl Reducer<T>,
) {
    assert!(length < SHORT && out.len() == rows.count);
    let (abreast, rest) = out.as_chunks_mut::<ABREAST>();
    let left = abreast.len() * ABREAST;
    for (i, out) in abreast.iter_mut().enumerate() {
        let mut partial = [reducer.start(); ABREAST];
        let (_, rows) = rows.split_at(i * ABREAST);
        // SAFETY: the promise made to `Rows::new`, here and below: so many rows are left, of
        // `length` elements.
        unsafe {
            let whole = length - length % TOGETHER;
            for at in (0..whole).step_by(TOGETHER) {
                include_columns::<_, TOGETHER>(&mut partial, rows, at, reducer);
            }
            for at in whole..length {
                include_columns::<_, 1>(&mut partial, rows, at, reducer);
            }
        }
        *out = partial;
    }
    for (i, out) in rest.iter_mut().enumerate() {
        // SAFETY: as above.
        let row = unsafe { rows.row(left + i, length) };
        *out = fold_in_order(row, reducer);
    }
}

/// How many elements of a row are read together.
const TOGETHER: usize = 4;

/// Includes `WIDTH` columns, from number `at` on, of the first rows, a row for each partial result.
/// A row's columns are read together: elements that lie apart are slow to gather.
///
/// # Safety
/// The rows have so many columns.
#[inline(always)]
unsafe fn include_columns<T: Plain, const WIDTH: usize>(
    partial: &mut [T; ABREAST],
    rows: Rows<T>,
    at: usize,
    reducer: impl Reducer<T>,
) {
    let read = |k| {
        // SAFETY: the caller's promise.
        let row = unsafe { rows.row(k, at + WIDTH) };
        *row[at..]
            .first_chunk::<WIDTH>()
            .expect("the row is as long")
    };
    let parts: [[T; WIDTH]; ABREAST] = std::array::from_fn(read);
    for column in 0..WIDTH {
        for (partial, part) in partial.iter_mut().zip(&parts) {
            *partial = reducer.include(*partial, part[column]);
        }
    }
}

/// The results of no elements, in memory that holds nothing yet.
#[inline(always)]
pub(super) fn start_each<T: Plain>(
    results: &mut [MaybeUninit<T>],
    reducer: impl Reducer<T>,
) -> &mut [T] {
    for result in results.iter_mut() {
        result.write(reducer.start());
    }
    // SAFETY: all have been written just now.
    unsafe { written(results) }
}

#[cfg(test)]
mod tests {
    use super::super::Adder;
    use super::*;

    /// The sum of a block as the module says, without regard to time.
    fn sum_of(block: &[f32]) -> f32 {
        if block.len() < SHORT {
            return block.iter().fold(0.0, |sum, x| sum + x);
        }
        let mut lanes = vec![0.0; LANES];
        for (i, x) in block.iter().enumerate() {
            lanes[i % LANES] += x;
        }
        while lanes.len() > 1 {
            let half = lanes.split_off(lanes.len() / 2);
            lanes
                .iter_mut()
                .zip(half)
                .for_each(|(lane, other)| *lane += other);
        }
        lanes[0]
    }

    #[test]
    fn blocks_of_all_lengths_are_added_up_in_the_order_of_their_lanes() {
        let x: Vec<f32> = (0..BLOCK)
            .map(|i| (i as f32).sin() * 10f32.powi(i as i32 % 7))
            .collect();
        let step = if cfg!(miri) { 37 } else { 1 };
        for length in (0..=x.len()).step_by(step) {
            let block = &x[x.len() - length..];
            let found = fold_block(block, Adder);
            assert_eq!(found.to_bits(), sum_of(block).to_bits(), "{length}");
        }
    }

    #[test]
    fn short_rows_are_added_up_one_by_one() {
        let x: Vec<f32> = (0..21 * SHORT).map(|i| (i as f32).sin()).collect();
        let step = if cfg!(miri) { 9 } else { 1 };
        for length in (1..SHORT).step_by(step) {
            for count in [1, 7, 8, 9, 20] {
                for stride in [length, length + 3] {
                    let mut sums = vec![f32::NAN; count];
                    // SAFETY: `x` has 21 rows of any such stride.
                    let rows = unsafe { Rows::new(x.as_ptr(), count, stride as isize) };
                    fold_short(rows, length, &mut sums, Adder);
                    for (i, sum) in sums.into_iter().enumerate() {
                        let row = &x[i * stride..][..length];
                        assert_eq!(sum.to_bits(), sum_of(row).to_bits(), "{length} {i}");
                    }
                }
            }
        }
    }
}
