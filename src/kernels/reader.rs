//! Reading an array of any strides piece by piece, in row-major order, as slices.

use std::marker::PhantomData;
use std::slice;

use ndarray::ArrayViewD;

use crate::types::Plain;

/// The most elements that a piece has: a few of them stay in the processor's nearest cache.
pub(crate) const PIECE: usize = 256;

/// Gives the elements of an array as slices: the array's own memory where they lie side by side,
/// else a copy.
pub(super) struct Reader<'x, A> {
    rows: Rows<'x, A>,
    /// How many elements are left.
    left: usize,
    copy: [A; PIECE],
}

impl<'x, A: Plain> Reader<'x, A> {
    pub(super) fn new(array: &ArrayViewD<'x, A>) -> Self {
        Reader {
            rows: Rows::new(array),
            left: array.len(),
            copy: [A::default(); PIECE],
        }
    }

    /// The lengths of the pieces in which arrays of as many elements as are left can be read.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> + use<A> {
        let length = self.left;
        let starts = (0..length).step_by(PIECE);
        starts.map(move |start| PIECE.min(length - start))
    }

    /// The next piece, which has at most [`PIECE`] elements and no more than are left.
    pub(super) fn next(&mut self, count: usize) -> &[A] {
        assert!(count <= self.left, "{count} of {} elements", self.left);
        self.left -= count;
        if let Some(slice) = self.rows.next_slice(count) {
            return slice;
        }
        let mut left = &mut self.copy[..count];
        while !left.is_empty() {
            let (part, rest) = left.split_at_mut(left.len().min(self.rows.left));
            self.rows.copy(part);
            left = rest;
        }
        &self.copy[..count]
    }
}

/// A walk along the rows of an array.
struct Rows<'x, A> {
    /// The next element, if any is left.
    next: *const A,
    /// How many elements the present row has left; 0 at the array's end, where nothing is read any
    /// more.
    left: usize,
    /// The length of a row, and how far apart its elements lie.
    row: (usize, isize),
    /// For every other axis, from the last: the present index, the length, how far apart its
    /// neighbours lie.
    outer: Vec<(usize, usize, isize)>,
    array: PhantomData<&'x [A]>,
}

impl<'x, A: Plain> Rows<'x, A> {
    fn new(array: &ArrayViewD<'x, A>) -> Self {
        let axes = array.shape().iter().zip(array.strides()).rev();
        let mut axes = axes
            .filter(|&(&length, _)| length != 1)
            .map(|(&length, &stride)| (0, length, stride));
        let (_, length, stride) = axes.next().unwrap_or((0, 1, 1));
        let mut row = (length, stride);
        let mut outer: Vec<_> = axes.collect();
        // Axes that continue the row in memory are part of it.
        while let Some(&(_, length, stride)) = outer.first()
            && stride == row.0 as isize * row.1
        {
            row.0 *= length;
            outer.remove(0);
        }
        Rows {
            next: array.as_ptr(),
            left: if array.is_empty() { 0 } else { row.0 },
            row,
            outer,
            array: PhantomData,
        }
    }

    /// The next `count` elements, if they lie side by side in one row.
    fn next_slice(&mut self, count: usize) -> Option<&'x [A]> {
        if self.row.1 != 1 || count > self.left {
            return None;
        }
        // SAFETY: the row has as many elements left, which lie side by side and are borrowed for
        // 'x.
        let slice = unsafe { slice::from_raw_parts(self.next, count) };
        self.advance(count);
        Some(slice)
    }

    /// Copies the next elements, of which the row has enough left.
    fn copy(&mut self, out: &mut [A]) {
        assert!(out.len() <= self.left);
        let (next, stride) = (self.next, self.row.1);
        for (i, place) in out.iter_mut().enumerate() {
            // SAFETY: the row has as many elements left, `stride` apart.
            *place = unsafe { *next.offset(i as isize * stride) };
        }
        self.advance(out.len());
    }

    /// Goes on by `count` elements, which the row has left.
    fn advance(&mut self, count: usize) {
        self.left -= count;
        let (length, stride) = self.row;
        self.next = self.next.wrapping_offset(count as isize * stride);
        if self.left > 0 {
            return;
        }
        self.next = self.next.wrapping_offset(-(length as isize * stride));
        for (index, length, stride) in &mut self.outer {
            *index += 1;
            self.next = self.next.wrapping_offset(*stride);
            if index < length {
                self.left = self.row.0;
                return;
            }
            *index = 0;
            self.next = self.next.wrapping_offset(-(*length as isize * *stride));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array, ArrayD, Axis, IxDyn, s};

    fn read(array: ArrayViewD<'_, i32>, most: usize) -> Vec<i32> {
        let mut reader = Reader::new(&array);
        let mut elements = Vec::new();
        while elements.len() < array.len() {
            let count = most.min(array.len() - elements.len());
            elements.extend_from_slice(reader.next(count));
        }
        elements
    }

    fn assert_in_order(array: ArrayViewD<'_, i32>) {
        let expected: Vec<i32> = array.iter().copied().collect();
        for most in [1, 7, 100, PIECE] {
            assert_eq!(
                read(array.view(), most),
                expected,
                "{:?} {:?}, {most} at a time",
                array.shape(),
                array.strides()
            );
        }
    }

    fn numbered(lengths: &[usize]) -> ArrayD<i32> {
        let count = lengths.iter().product::<usize>() as i32;
        Array::from_iter(0..count)
            .into_shape_with_order(lengths)
            .unwrap()
    }

    /// The length of an axis of which there is more than a piece; Miri, which takes its time, is
    /// given less.
    const LONG: usize = if cfg!(miri) { 8 } else { 300 };

    /// ndarray's own iterator says what the order is.
    #[test]
    fn all_strides_are_read_in_row_major_order() {
        let x = numbered(if cfg!(miri) {
            &[2, 1, 6, 4]
        } else {
            &[5, 1, 7, 12]
        });
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1]] {
            let mut view = x.view().permuted_axes(IxDyn(&order));
            assert_in_order(view.view());
            view.invert_axis(Axis(1));
            view.invert_axis(Axis(3));
            assert_in_order(view);
        }
        assert_in_order(x.slice(s![..;2, .., 1..6, ..;-3]).into_dyn());
        assert_in_order(x.slice(s![.., .., .., 3..4]).into_dyn());
    }

    #[test]
    fn broadcast_arrays() {
        for lengths in [[1, 1, 1], [3, 1, 1], [1, 4, 1], [1, 1, LONG], [3, 1, LONG]] {
            let x = numbered(&lengths);
            assert_in_order(x.broadcast(IxDyn(&[2, 3, 4, LONG])).unwrap());
        }
    }

    #[test]
    fn scalars_and_empty_arrays() {
        assert_in_order(numbered(&[]).view());
        assert_in_order(numbered(&[0]).view());
        assert_in_order(numbered(&[3, 0, 2]).view().reversed_axes());
    }

    #[test]
    fn what_lies_side_by_side_is_not_copied() {
        let x = numbered(&[20, 30]);
        let view = x.view();
        let mut reader = Reader::new(&view);
        assert_eq!(reader.next(PIECE).as_ptr(), x.as_ptr());
        let columns = x.slice(s![.., 2..]).into_dyn();
        let mut reader = Reader::new(&columns);
        assert_eq!(reader.next(28).as_ptr(), &raw const x[[0, 2]]);
        assert_eq!(reader.next(28).as_ptr(), &raw const x[[1, 2]]);
    }

    #[test]
    #[should_panic(expected = "3 of 2 elements")]
    fn no_more_than_there_is() {
        let x = numbered(&[2, 3]);
        let turned = x.t();
        let mut reader = Reader::new(&turned);
        reader.next(4);
        reader.next(3);
    }
}
