//! Reading arrays whose neighbours in memory lie far apart in row-major order, such as transposed matrices.

use ndarray::{ArrayView2, ArrayViewD, Axis, Ix2};

use crate::types::{Element, memory};

/// How many neighbouring elements are read at once: a few lines of the processor's cache.
const STRIP: usize = 64;

/// The most elements that are held.
const LIMIT: usize = 1 << 20;

/// A matrix whose columns are contiguous in memory, read row by row.
pub(super) struct Turned<'x, A> {
    left: ArrayView2<'x, A>,
    /// Some rows, in row-major order.
    strip: Vec<A>,
    next: usize,
}

impl<'x, A: Element> Turned<'x, A> {
    /// `x`, if it is such an array, its rows are not too long and there is memory for some of them.
    pub(super) fn new(x: &ArrayViewD<'x, A>) -> Option<Self> {
        let mut x = x.clone();
        let last = x.ndim() - 1;
        let is_matrix = (1..last)
            .rev()
            .all(|axis| x.merge_axes(Axis(axis), Axis(last)));
        if !is_matrix || x.strides()[0] != 1 || x.len_of(Axis(last)) > LIMIT / STRIP {
            return None;
        }
        for axis in (1..last).rev() {
            x = x.index_axis_move(Axis(axis), 0);
        }
        let left = x.into_dimensionality::<Ix2>().ok()?;
        Some(Turned {
            left,
            strip: memory::reserved(STRIP.min(left.nrows()) * left.ncols()).ok()?,
            next: 0,
        })
    }

    /// Fills `block` with the next elements.
    pub(super) fn read(&mut self, mut block: &mut [A]) {
        while !block.is_empty() && (self.next < self.strip.len() || !self.left.is_empty()) {
            if self.next == self.strip.len() {
                self.turn();
            }
            let count = block.len().min(self.strip.len() - self.next);
            let (now, later) = block.split_at_mut(count);
            now.copy_from_slice(&self.strip[self.next..][..count]);
            self.next += count;
            block = later;
        }
    }

    /// Turns the next rows.
    fn turn(&mut self) {
        let (height, width) = (STRIP.min(self.left.nrows()), self.left.ncols());
        let (rows, left) = self.left.split_at(Axis(0), height);
        // Few: there is room for as many.
        self.strip.resize(height * width, A::default());
        // Not empty: `read` has seen to that.
        for (i, column) in rows.axis_iter(Axis(1)).enumerate() {
            for (row, &x) in self.strip.chunks_exact_mut(width).zip(column) {
                row[i] = x;
            }
        }
        (self.left, self.next) = (left, 0);
    }
}
