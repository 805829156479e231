//! Reading an array of any strides piece by piece, in row-major order, as slices.

use std::marker::PhantomData;
use std::slice;

use ndarray::ArrayViewD;

use crate::types::Element;

/// The most elements that a piece has: a few of them stay in the processor's nearest cache.
pub(super) const PIECE: usize = 256;

/// Gives the elements of an array as slices: the array's own memory where they lie side by side, else a copy.
pub(super) struct Reader<'x, A> {
    rows: Rows<'x, A>,
    length: usize,
    copy: [A; PIECE],
}

impl<'x, A: Element> Reader<'x, A> {
    pub(super) fn new(array: &ArrayViewD<'x, A>) -> Self {
        Reader {
            rows: Rows::new(array),
            length: array.len(),
            copy: [A::default(); PIECE],
        }
    }

    /// The lengths of the pieces in which arrays of as many elements can be read.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> + use<A> {
        let length = self.length;
        let starts = (0..length).step_by(PIECE);
        starts.map(move |start| PIECE.min(length - start))
    }

    /// The next piece, which has at most [`PIECE`] elements and no more than are left.
    pub(super) fn next(&mut self, count: usize) -> &[A] {
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
    /// How many elements the present row has left: 0 at the end only.
    left: usize,
    /// The length of a row, and how far apart its elements lie.
    row: (usize, isize),
    /// For every other axis, from the last: the present index, the length, how far apart its neighbours lie.
    outer: Vec<(usize, usize, isize)>,
    array: PhantomData<&'x [A]>,
}

impl<'x, A: Element> Rows<'x, A> {
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
        // SAFETY: the row has as many elements left, which lie side by side and are borrowed for 'x.
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
