//! Rows of a matrix that are named by number: changed one after the other, put together, or dealt
//! out.
//!
//! The matrix lies in row-major order and is given as a slice with the width of its rows. A row may
//! have a single element as well as thousands, so that nothing is done for a row but what its
//! elements need. A negative number names no row.

use ndarray::ArrayViewD;

use super::cpu::prefetch;
pub(crate) use super::reader::PIECE;
use super::reader::Reader;
use crate::types::{Element as _, Integer, Numeric, Plain, Value, with_class};

/// Calls `visit` with the elements of an integer array in row-major order, a few hundred at a time.
/// Returns false if they are not integers.
pub(crate) fn each_piece(value: &Value<'_>, visit: &mut dyn FnMut(&[i64])) -> bool {
    with_class!(integer, value.dtype(), T => {
        T::unwrap(value).map(|array| each_piece_of(array.view(), visit)).is_some()
    }, false)
}

fn each_piece_of<I: Numeric>(array: ArrayViewD<'_, I>, visit: &mut dyn FnMut(&[i64])) {
    let (mut reader, mut numbers) = (Reader::new(&array), [0; PIECE]);
    for length in reader.lengths() {
        let numbers = &mut numbers[..length];
        for (number, &element) in numbers.iter_mut().zip(reader.next(length)) {
            *number = element.to_i64();
        }
        visit(numbers);
    }
}

/// Whether all elements of an integer array are numbers of some of `count` rows.
pub(crate) fn all_within(value: &Value<'_>, count: usize) -> bool {
    let (last, mut signs) = (count as i64 - 1, 0);
    let is_known = each_piece(value, &mut |numbers| {
        // The sign of one of these tells that a number is out of range, whatever overflows.
        let stray = |signs, &number: &i64| signs | number | last.wrapping_sub(number);
        signs = numbers.iter().fold(signs, stray);
    });
    is_known && signs >= 0
}

/// Writes the numbers of the parts of an array that rows of indices name, one index for each of its
/// first axes, of these `lengths`: what `write` makes of the number, or of -1 for a row that names
/// none. Says whether all rows name one.
#[inline]
pub(crate) fn number_parts<I: Integer, P>(
    indices: &[I],
    lengths: &[usize],
    parts: &mut [P],
    write: impl Fn(i64) -> P,
) -> bool {
    match *lengths {
        // Rows of no indices all name the one part that there is.
        [] => {
            parts.iter_mut().for_each(|part| *part = write(0));
            true
        }
        [a] => number_parts_of(indices.as_chunks().0, [a], parts, write),
        [a, b] => number_parts_of(indices.as_chunks().0, [a, b], parts, write),
        [a, b, c] => number_parts_of(indices.as_chunks().0, [a, b, c], parts, write),
        _ => {
            let mut all = true;
            for (part, row) in parts.iter_mut().zip(indices.chunks_exact(lengths.len())) {
                let number = number_part(row, lengths);
                all &= number >= 0;
                *part = write(number);
            }
            all
        }
    }
}

#[inline(always)]
fn number_parts_of<I: Integer, P, const DEPTH: usize>(
    rows: &[[I; DEPTH]],
    lengths: [usize; DEPTH],
    parts: &mut [P],
    write: impl Fn(i64) -> P,
) -> bool {
    let mut all = true;
    for (part, row) in parts.iter_mut().zip(rows) {
        let number = number_part(row, &lengths);
        all &= number >= 0;
        *part = write(number);
    }
    all
}

/// The number of the part that a row of indices names, or -1.
#[inline(always)]
fn number_part<I: Integer>(row: &[I], lengths: &[usize]) -> i64 {
    let (mut number, mut is_within) = (0i64, true);
    for (&index, &length) in row.iter().zip(lengths) {
        let index = index.to_i64();
        // A negative index becomes a very large one.
        is_within &= (index as u64) < length as u64;
        number = number.wrapping_mul(length as i64).wrapping_add(index);
    }
    if is_within { number } else { -1 }
}

/// Makes numbers of parts out of rows of indices, one index for each of the first axes of an array.
pub(crate) struct Places<'s> {
    lengths: &'s [usize],
    /// The axis that the next index is for.
    axis: usize,
    /// The number so far; negative if an index is out of range.
    place: i64,
    /// How many rows of indices there were.
    count: usize,
    stray: Option<usize>,
}

impl<'s> Places<'s> {
    /// Of an array with these lengths of the first axes, at least one.
    pub(crate) fn new(lengths: &'s [usize]) -> Self {
        Places {
            lengths,
            axis: 0,
            place: 0,
            count: 0,
            stray: None,
        }
    }

    /// The numbers of the parts that are complete with these indices, of which there are no more
    /// than a piece has.
    pub(crate) fn next<'p>(&mut self, indices: &[i64], places: &'p mut [i64; PIECE]) -> &'p [i64] {
        let depth = self.lengths.len();
        // Rows that began in the last piece, or end in the next, are put together index by index.
        let begun = (depth - self.axis) % depth;
        let (begun, rest) = indices.split_at(begun.min(indices.len()));
        let (whole, ending) = rest.split_at(rest.len() / depth * depth);
        let mut done = self.next_each(begun, places);
        let count = whole.len() / depth;
        let numbers = &mut places[done..done + count];
        if !number_parts(whole, self.lengths, numbers, |number| number) && self.stray.is_none() {
            let stray = numbers.iter().position(|number| *number < 0);
            self.stray = stray.map(|i| self.count + i);
        }
        self.count += count;
        done += count;
        done += self.next_each(ending, &mut places[done..]);
        &places[..done]
    }

    /// As [`next`](Places::next), index by index; tells how many parts are complete.
    fn next_each(&mut self, indices: &[i64], places: &mut [i64]) -> usize {
        let mut done = 0;
        for &index in indices {
            let length = self.lengths[self.axis] as i64;
            let is_within = self.place >= 0 && (0..length).contains(&index);
            self.place = if is_within {
                self.place * length + index
            } else {
                -1
            };
            self.axis += 1;
            if self.axis == self.lengths.len() {
                if self.place < 0 && self.stray.is_none() {
                    self.stray = Some(self.count);
                }
                places[done] = self.place;
                done += 1;
                self.count += 1;
                (self.axis, self.place) = (0, 0);
            }
        }
        done
    }

    /// The number of the first row of indices that named no part.
    pub(crate) fn stray(&self) -> Option<usize> {
        self.stray
    }
}

/// What rows are changed by: as many elements for each of them as it has.
pub(crate) struct Given<'x, T> {
    source: Source<'x, T>,
}

enum Source<'x, T> {
    Slice(&'x [T]),
    Strided(Box<Reader<'x, T>>),
}

impl<'x, T: Plain> Given<'x, T> {
    /// The elements of an array in row-major order.
    pub(crate) fn new(array: &ArrayViewD<'x, T>) -> Self {
        let source = match array.to_slice() {
            Some(slice) => Source::Slice(slice),
            None => Source::Strided(Box::new(Reader::new(array))),
        };
        Given { source }
    }

    /// Calls `each` with the next of these for some rows of `width` elements that lie one after the
    /// other, or else with some of them at a time: the numbers of the rows, the place in them from
    /// which they are, and the elements.
    pub(crate) fn next(
        &mut self,
        targets: &[i64],
        width: usize,
        mut each: impl FnMut(&[i64], usize, &[T]),
    ) {
        match &mut self.source {
            Source::Slice(slice) => {
                let (next, rest) = slice.split_at(targets.len() * width);
                *slice = rest;
                each(targets, 0, next);
            }
            Source::Strided(reader) if width <= PIECE => {
                for targets in targets.chunks((PIECE / width.max(1)).max(1)) {
                    each(targets, 0, reader.next(targets.len() * width));
                }
            }
            Source::Strided(reader) => {
                for target in targets {
                    for from in (0..width).step_by(PIECE) {
                        let elements = reader.next(PIECE.min(width - from));
                        each(std::slice::from_ref(target), from, elements);
                    }
                }
            }
        }
    }
}

/// The rows named by `targets`, in this order, become `f(row, given)` element by element.
pub(crate) fn change<T: Plain>(
    rows: &mut [T],
    width: usize,
    targets: &[i64],
    given: &mut Given<'_, T>,
    f: impl Fn(T, T) -> T + Copy,
) {
    if width == 0 {
        return;
    }
    given.next(targets, width, |targets, from, given| {
        ask_for(rows, width, targets);
        if width == 1 {
            return change_elements(rows, targets, given, f);
        }
        let length = if targets.len() == 1 {
            given.len()
        } else {
            width
        };
        for (&target, given) in targets.iter().zip(given.chunks_exact(length)) {
            if let Ok(target) = usize::try_from(target) {
                change_row(&mut rows[target * width + from..][..length], given, f);
            }
        }
    });
}

#[inline(always)]
fn change_row<T: Plain>(row: &mut [T], given: &[T], f: impl Fn(T, T) -> T) {
    let ((blocks, rest), (given_blocks, given_rest)) = match row.len() < 32 {
        // Of short rows in steps of more than a register, so that the compiler does not make a call
        // of a short copy.
        true => (row.as_chunks_mut::<8>(), given.as_chunks::<8>()),
        false => ((&mut [][..], row), (&[][..], given)),
    };
    for (row, given) in blocks.iter_mut().zip(given_blocks) {
        *row = std::array::from_fn(|i| f(row[i], given[i]));
    }
    for (old, &given) in rest.iter_mut().zip(given_rest) {
        *old = f(*old, given);
    }
}

/// Asks for short rows to be brought near, which lie anywhere: all at once, rather than to wait for
/// one after the other.
pub(crate) fn ask_for<T>(rows: &[T], width: usize, targets: &[i64]) {
    if width * size_of::<T>() > 256 {
        return;
    }
    for &target in targets {
        let row = rows
            .as_ptr()
            .wrapping_add((target as usize).wrapping_mul(width));
        prefetch(row.cast());
    }
}

/// As [`change`] for rows of one element.
fn change_elements<T: Plain>(
    elements: &mut [T],
    targets: &[i64],
    given: &[T],
    f: impl Fn(T, T) -> T,
) {
    for (&target, &given) in targets.iter().zip(given) {
        if let Ok(target) = usize::try_from(target) {
            let element = &mut elements[target];
            *element = f(*element, given);
        }
    }
}

/// How many elements are put together side by side where rows are narrow.
const LANES: usize = 16;

/// `out`, a row of its own, put together with all rows of `run` by `f`, of which `start` changes
/// nothing.
///
/// Of narrow rows as many as fill [`LANES`] are taken at once, and what each of those places has
/// got is put together at the end: the order depends on the number of rows and their width alone.
pub(crate) fn put_together<T: Plain>(
    out: &mut [T],
    run: &[T],
    start: T,
    f: impl Fn(T, T) -> T + Copy,
) {
    match out.len() {
        1 => put_narrow_together::<T, 1>(out, run, start, f),
        2 => put_narrow_together::<T, 2>(out, run, start, f),
        4 => put_narrow_together::<T, 4>(out, run, start, f),
        8 | LANES if run.len() >= 2 * LANES => {
            let (lanes, rest) = put_lanes_together(run, start, f);
            put_together_in_order(out, &lanes, f);
            put_together_in_order(out, rest, f);
        }
        _ => put_together_in_order(out, run, f),
    }
}

/// As [`put_together`] of rows of `WIDTH` elements, of which [`LANES`] is a multiple.
#[inline(always)]
fn put_narrow_together<T: Plain, const WIDTH: usize>(
    out: &mut [T],
    run: &[T],
    start: T,
    f: impl Fn(T, T) -> T + Copy,
) {
    let (Some(place), mut rest) = (out.first_chunk_mut::<WIDTH>(), run) else {
        return;
    };
    let mut partial = *place;
    let mut include = |rows: &[T]| {
        for row in rows.as_chunks::<WIDTH>().0 {
            partial = std::array::from_fn(|i| f(partial[i], row[i]));
        }
    };
    if run.len() >= 2 * LANES {
        let (lanes, after) = put_lanes_together(run, start, f);
        include(&lanes);
        rest = after;
    }
    include(rest);
    *place = partial;
}

/// What each of [`LANES`] places has got, and what is left of the run.
fn put_lanes_together<T: Plain>(run: &[T], start: T, f: impl Fn(T, T) -> T) -> ([T; LANES], &[T]) {
    let mut lanes = [start; LANES];
    let (blocks, rest) = run.as_chunks::<LANES>();
    for block in blocks {
        lanes = std::array::from_fn(|i| f(lanes[i], block[i]));
    }
    (lanes, rest)
}

fn put_together_in_order<T: Plain>(out: &mut [T], run: &[T], f: impl Fn(T, T) -> T + Copy) {
    for row in run.chunks_exact(out.len()) {
        for (partial, &x) in out.iter_mut().zip(row) {
            *partial = f(*partial, x);
        }
    }
}

/// Where rows are dealt out to.
pub(crate) struct Heap<'o, T> {
    rows: &'o mut [T],
    /// How many of the elements are there.
    filled: usize,
}

impl<'o, T: Plain> Heap<'o, T> {
    /// For rows that fill `rows`.
    pub(crate) fn new(rows: &'o mut [T]) -> Self {
        Heap { rows, filled: 0 }
    }
}

/// Deals out rows of `width` elements: each becomes the next one of the heap that its target names,
/// all of which there are.
pub(crate) fn deal_out<T: Plain>(
    heaps: &mut [Heap<'_, T>],
    width: usize,
    targets: &[i64],
    rows: &[T],
) {
    if width == 1 {
        for (&target, &x) in targets.iter().zip(rows) {
            let heap = &mut heaps[target as usize];
            heap.rows[heap.filled] = x;
            heap.filled += 1;
        }
        return;
    }
    for (&target, row) in targets.iter().zip(rows.chunks_exact(width)) {
        let heap = &mut heaps[target as usize];
        heap.rows[heap.filled..][..width].copy_from_slice(row);
        heap.filled += width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Strided;
    use ndarray::{Array, ArrayD, IxDyn};

    fn numbered(shape: &[usize]) -> ArrayD<f64> {
        let count: usize = shape.iter().product();
        Array::from_iter((0..count).map(|i| (i % 17) as f64 - 3.5))
            .into_shape_with_order(IxDyn(shape))
            .unwrap()
    }

    /// One row after the other, element by element.
    fn changed(rows: &ArrayD<f64>, targets: &[i64], given: ArrayViewD<'_, f64>) -> ArrayD<f64> {
        let mut rows = rows.clone();
        for (i, &target) in targets
            .iter()
            .enumerate()
            .filter(|(_, target)| **target >= 0)
        {
            for j in 0..rows.shape()[1] {
                rows[[target as usize, j]] = rows[[target as usize, j]] * 0.5 + given[[i, j]];
            }
        }
        rows
    }

    #[test]
    fn rows_are_changed_in_the_order_in_which_they_are_named() {
        let targets = [3, 0, 0, -1, 4, 3, 3, -5, 0, 1];
        let wide = if cfg!(miri) { 20 } else { 300 };
        for width in [1, 2, 3, 8, wide] {
            let (rows, given) = (numbered(&[5, width]), numbered(&[targets.len(), width]));
            let columns = numbered(&[width, targets.len()]);
            for given in [given.view(), columns.t()] {
                let mut found = rows.clone();
                let mut source = Given::new(&given);
                let slice = found.as_slice_mut().unwrap();
                for targets in [&targets[..4], &targets[4..]] {
                    change(slice, width, targets, &mut source, |old, x| old * 0.5 + x);
                }
                assert_eq!(found, changed(&rows, &targets, given));
            }
        }
    }

    #[test]
    fn runs_of_any_length_and_width_are_put_together() {
        for width in [1, 2, 3, 4, 8, 16, 20] {
            for count in [0, 1, 2, 5, 16, 33, 70] {
                let run = numbered(&[count, width]);
                let mut sums = vec![1.0; width];
                put_together(&mut sums, run.as_slice().unwrap(), 0.0, |a, b| a + b);
                let expected = run.sum_axis(ndarray::Axis(0)) + 1.0;
                assert_eq!(sums, expected.into_raw_vec_and_offset().0);
            }
        }
    }

    #[test]
    fn numbers_come_in_row_major_order() {
        let numbers = Array::from_iter(0..700i32)
            .into_shape_with_order(IxDyn(&[7, 100]))
            .unwrap();
        let mut found = Vec::new();
        let turned = i32::wrap(Strided::Borrowed(numbers.t()));
        assert!(each_piece(&turned, &mut |piece| found.extend_from_slice(piece)));
        let expected = numbers.t().iter().map(|&x| x.into()).collect::<Vec<i64>>();
        assert_eq!(found, expected);
        assert!(!each_piece(
            &f32::wrap(ndarray::arr0(1.0).into_dyn().into()),
            &mut |_| {}
        ));
    }

    #[test]
    fn rows_are_dealt_out_in_order() {
        for width in [1, 3] {
            let rows = numbered(&[5, width]);
            let (mut first, mut second) = (vec![0.0; 2 * width], vec![0.0; 3 * width]);
            let mut heaps = [&mut first, &mut second].map(|heap| Heap::new(heap));
            deal_out(
                &mut heaps,
                width,
                &[1, 0, 0, 1, 1],
                rows.as_slice().unwrap(),
            );
            for (heap, places) in [(first, &[1, 2][..]), (second, &[0, 3, 4])] {
                let expected = rows.select(ndarray::Axis(0), places);
                assert_eq!(heap, expected.into_raw_vec_and_offset().0);
            }
        }
    }

    #[test]
    fn numbers_out_of_range_are_noticed() {
        let all_within = |numbers: &[i64], count| {
            let numbers = Array::from_iter(numbers.iter().copied()).into_dyn();
            all_within(&i64::wrap(numbers.into()), count)
        };
        assert!(all_within(&[0, 3, 1], 4) && all_within(&[], 0));
        for stray in [-1, 4, i64::MIN, i64::MAX] {
            assert!(!all_within(&[0, stray, 1], 4));
        }
        assert!(!all_within(&[0], 0));
    }
}
