//! The places of the elements that are not zero.

use std::sync::{Mutex, PoisonError};

use ndarray::{ArrayD, ArrayViewD};
use smallvec::SmallVec;

use super::pieces::each_piece;
use super::pool::Pool;
use super::strided::in_order;
use super::unset::unset;
use crate::types::{Plain, Result, memory};

/// How many elements are marked at once: their marks stay in the nearest cache.
const MARKS: usize = 1024;

/// How many elements are one thread's at a time.
const PART: usize = 64 * MARKS;

/// The indices of the elements that are true or not 0, a row of one for each axis, in row-major
/// order.
///
/// # Errors
/// `ResourceExhausted`.
pub(crate) fn places_of_nonzero<T: Plain>(
    pool: &Pool,
    array: &ArrayViewD<'_, T>,
) -> Result<ArrayD<i64>> {
    places_in(pool, &in_order(pool, array)?, array.shape())
}

fn places_in<T: Plain>(pool: &Pool, elements: &[T], shape: &[usize]) -> Result<ArrayD<i64>> {
    let mut counts = memory::repeated(elements.len().div_ceil(PART), 0)?;
    each_piece(pool, &mut counts, 1, &|i, count| {
        count[0] = count_of(part(elements, i));
    });
    let rank = shape.len();
    let mut places = unset::<i64>(&[counts.iter().sum(), rank])?;
    let mut rest = places.as_slice_mut().expect("new memory lies in order");
    let stretches = counts.iter().map(|count| {
        let (stretch, others) = std::mem::take(&mut rest).split_at_mut(count * rank);
        rest = others;
        Mutex::new(stretch)
    });
    let stretches = memory::collected(stretches)?;
    pool.run(stretches.len(), &|i, _| {
        let mut stretch = stretches[i].lock().unwrap_or_else(PoisonError::into_inner);
        if rank > 0 {
            write(part(elements, i), i * PART, shape, &mut stretch);
        }
    });
    drop(stretches);
    Ok(places)
}

fn part<T>(elements: &[T], i: usize) -> &[T] {
    &elements[i * PART..elements.len().min((i + 1) * PART)]
}

/// Marks those elements that are not zero by 1, and others by 0.
fn mark<T: Plain>(elements: &[T], marks: &mut [u8; MARKS]) {
    for (mark, element) in marks.iter_mut().zip(elements) {
        *mark = u8::from(*element != T::default());
    }
}

fn count_of<T: Plain>(elements: &[T]) -> usize {
    let mut marks = [0; MARKS];
    let mut count = 0;
    for elements in elements.chunks(MARKS) {
        mark(elements, &mut marks);
        // As many as a byte can count.
        let few = marks[..elements.len()].chunks(128);
        count += few
            .map(|marks| usize::from(marks.iter().sum::<u8>()))
            .sum::<usize>();
    }
    count
}

/// Writes the indices of those elements that are not zero, the first of which is number `first` of
/// an array of this shape.
fn write<T: Plain>(elements: &[T], first: usize, shape: &[usize], places: &mut [i64]) {
    // The rows of few axes are written without asking each time how many there are.
    match shape.len() {
        1 => write_rows(elements, first, places, |number, row: &mut [i64; 1]| {
            row[0] = number as i64;
        }),
        2 => {
            let mut position = Position::new(shape);
            write_rows(elements, first, places, |number, row: &mut [i64; 2]| {
                position.write(number, row);
            });
        }
        rank => {
            let mut position = Position::new(shape);
            let mut rows = places.chunks_exact_mut(rank);
            each_marked(elements, |number| {
                let row = rows.next().expect("as many rows as were counted");
                position.write(first + number, row);
            });
        }
    }
}

/// Calls `each` with the numbers of the elements that are not zero.
fn each_marked<T: Plain>(elements: &[T], mut each: impl FnMut(usize)) {
    each_word(elements, |number, marks| {
        let mut bits = u64::from_le_bytes(*marks);
        while bits != 0 {
            each(number + bits.trailing_zeros() as usize / 8);
            bits &= bits - 1;
        }
    });
}

/// Calls `each` with the number of the first of eight elements and the marks of all of them.
fn each_word<T: Plain>(elements: &[T], mut each: impl FnMut(usize, &[u8; 8])) {
    let mut marks = [0; MARKS];
    for (i, elements) in elements.chunks(MARKS).enumerate() {
        mark(elements, &mut marks);
        // What is left over of an earlier stretch lies beyond.
        marks[elements.len()..].fill(0);
        for (word, marks) in marks.as_chunks().0.iter().enumerate() {
            each(i * MARKS + word * 8, marks);
        }
    }
}

/// Has `write` fill a row of `RANK` indices for each element that is not zero.
fn write_rows<T: Plain, const RANK: usize>(
    elements: &[T],
    first: usize,
    places: &mut [i64],
    mut write: impl FnMut(usize, &mut [i64; RANK]),
) {
    let (rows, mut next) = (places.as_chunks_mut::<RANK>().0, 0);
    each_word(elements, |number, marks| {
        let mut bits = u64::from_le_bytes(*marks);
        let number = first + number;
        // Where many are marked, all are written, each over the one before it if that is not
        // marked: no branch is guessed wrong.
        if bits.count_ones() >= 4
            && let Some(rows) = rows.get_mut(next..next + 8)
        {
            let mut done = 0;
            for (k, &mark) in marks.iter().enumerate() {
                write(number + k, &mut rows[done & 7]);
                done += usize::from(mark);
            }
            next += done;
            return;
        }
        while bits != 0 {
            write(number + bits.trailing_zeros() as usize / 8, &mut rows[next]);
            next += 1;
            bits &= bits - 1;
        }
    });
}

/// Finds the indices of elements by their numbers, which are given in ascending order.
struct Position<'s> {
    shape: &'s [usize],
    /// The indices along all axes but the last, and the numbers of the elements that have these.
    outer: SmallVec<[i64; 8]>,
    start: usize,
    end: usize,
}

impl<'s> Position<'s> {
    fn new(shape: &'s [usize]) -> Self {
        Position {
            shape,
            outer: SmallVec::from_elem(0, shape.len() - 1),
            start: 0,
            end: shape[shape.len() - 1],
        }
    }

    #[inline(always)]
    fn write(&mut self, number: usize, row: &mut [i64]) {
        if number >= self.end {
            self.go_to(number);
        }
        let inner = (number - self.start) as i64;
        // Copying so few by a call would cost more than finding them.
        match (&self.outer[..], row) {
            ([], [last]) => *last = inner,
            ([a], [first, last]) => (*first, *last) = (*a, inner),
            (outer, row) => {
                row[..outer.len()].copy_from_slice(outer);
                row[outer.len()] = inner;
            }
        }
    }

    /// Divides only here: once for each row that has a place to write.
    #[inline(never)]
    fn go_to(&mut self, number: usize) {
        let inner = self.shape[self.shape.len() - 1];
        let mut row = number / inner;
        (self.start, self.end) = (row * inner, (row + 1) * inner);
        for (index, length) in self.outer.iter_mut().zip(self.shape).rev() {
            *index = (row % length) as i64;
            row /= length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array, Dimension, IxDyn, Slice};

    /// One after the other, as the definition says.
    fn plain<T: Plain>(array: &ArrayViewD<'_, T>) -> ArrayD<i64> {
        let mut rows = Vec::new();
        let mut count = 0;
        for (place, element) in array.indexed_iter() {
            if *element != T::default() {
                rows.extend(place.slice().iter().map(|i| *i as i64));
                count += 1;
            }
        }
        Array::from_shape_vec(IxDyn(&[count, array.ndim()]), rows).unwrap()
    }

    fn noise(i: usize) -> usize {
        i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40
    }

    #[test]
    fn places_are_those_of_the_definition() {
        let large: &[&[usize]] = if cfg!(miri) {
            &[&[1100]]
        } else {
            &[&[200_000], &[70_000, 3], &[3, 70_000], &[50, 60, 70]]
        };
        let small: &[&[usize]] = &[
            &[],
            &[0],
            &[1],
            &[9],
            &[2, 0, 3],
            &[5, 7],
            &[1, 1, 4, 1],
            &[13, 1],
        ];
        for shape in [small, large].concat() {
            for one_in in [1, 2, 50] {
                let size: usize = shape.iter().product();
                let numbers = (0..size).map(|i| noise(i).is_multiple_of(one_in));
                let bools = Array::from_shape_vec(IxDyn(shape), numbers.collect()).unwrap();
                let floats = bools.mapv(|x| if x { f32::NAN } else { -0.0 });
                let mut turned = bools.view().reversed_axes();
                if turned.ndim() > 0 {
                    turned.slice_axis_inplace(ndarray::Axis(0), Slice::new(0, None, -1));
                }
                for threads in [1, 3] {
                    let pool = Pool::new(threads);
                    let found = places_of_nonzero(&pool, &bools.view()).unwrap();
                    assert_eq!(found, plain(&bools.view()), "{shape:?}");
                    assert_eq!(places_of_nonzero(&pool, &floats.view()).unwrap(), found);
                    let found = places_of_nonzero(&pool, &turned).unwrap();
                    assert_eq!(found, plain(&turned), "{shape:?} turned");
                }
            }
        }
    }
}
