//! The places of blocks as batches, and back: what `SpaceToBatchND` and `BatchToSpaceND` move.
//!
//! An array `space` of shape [n, spatial.., rest..] lies on a grid of blocks; `batch` has an element for
//! each block at each place in it, shape [places in a block · n, blocks.., rest..]. What both have is copied in boxes: along each axis,
//! the blocks that lie wholly in `space` together, and those at its ends.

use ndarray::{ArrayViewD, ArrayViewMutD};
use smallvec::SmallVec;

use super::super::pool::Pool;
use super::cut::Lengths;
use super::walk::Walk;
use crate::types::Plain;

type Strides = SmallVec<[isize; 12]>;

/// How `space` lies on the grid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Blocks<'b> {
    /// How long a block is along each spatial axis, 1 at least.
    pub(crate) lengths: &'b [usize],
    /// How many places of the grid there are before the first of `space`, along each of these axes.
    pub(crate) before: &'b [usize],
}

/// Some blocks along an axis, of each of which the same places lie in `space`.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// The first index in `space`.
    start: usize,
    first_block: usize,
    blocks: usize,
    first_place: usize,
    places: usize,
}

impl Blocks<'_> {
    /// Copies `space` to where its elements belong in `batch`.
    ///
    /// # Panics
    /// If an element belongs nowhere.
    pub(crate) fn to_batch<T: Plain>(
        self,
        pool: &Pool,
        space: &ArrayViewD<'_, T>,
        mut batch: ArrayViewMutD<'_, T>,
    ) {
        let (from, to) = (space.as_ptr(), batch.as_mut_ptr());
        let strides: Strides = batch.strides().into();
        let sides = (space.shape(), space.strides(), batch.shape(), &*strides);
        self.each_box(sides, |lengths, (space_at, space), (batch_at, batch)| {
            let from = (from.wrapping_offset(space_at).cast(), space);
            let to = (to.wrapping_offset(batch_at).cast(), batch);
            // SAFETY: the box lies in both, as `each_box` makes sure; `batch` is borrowed to be changed, so that it does not overlap.
            unsafe { Walk::new(size_of::<T>(), lengths, from, to) }.run(pool);
        });
    }

    /// Copies the elements of `batch` that belong in `space` there.
    ///
    /// # Panics
    /// If an element of `space` has none.
    pub(crate) fn to_space<T: Plain>(
        self,
        pool: &Pool,
        batch: &ArrayViewD<'_, T>,
        mut space: ArrayViewMutD<'_, T>,
    ) {
        let (from, to) = (batch.as_ptr(), space.as_mut_ptr());
        let strides: Strides = space.strides().into();
        let sides = (space.shape(), &*strides, batch.shape(), batch.strides());
        self.each_box(sides, |lengths, (space_at, space), (batch_at, batch)| {
            let from = (from.wrapping_offset(batch_at).cast(), batch);
            let to = (to.wrapping_offset(space_at).cast(), space);
            // SAFETY: as above, the other way round.
            unsafe { Walk::new(size_of::<T>(), lengths, from, to) }.run(pool);
        });
    }

    /// The runs of blocks along axis `axis`, of which `length` places lie in `space`.
    fn runs(self, axis: usize, length: usize) -> SmallVec<[Run; 3]> {
        let (block, before) = (self.lengths[axis], self.before[axis]);
        let end = before + length;
        let (first_whole, end_whole) = (before.div_ceil(block), end / block);
        let run = |first: usize, end: usize| Run {
            start: first - before,
            first_block: first / block,
            blocks: 1,
            first_place: first % block,
            places: end - first,
        };
        let mut runs = SmallVec::new();
        if first_whole > end_whole {
            // All in the middle of one block.
            runs.push(run(before, end));
            return runs;
        }
        let whole = (first_whole * block, end_whole * block);
        runs.push(run(before, whole.0));
        runs.push(Run {
            blocks: end_whole - first_whole,
            places: block,
            ..run(whole.0, whole.0)
        });
        runs.push(run(whole.1, end));
        runs.retain(|run| run.places > 0 && run.blocks > 0);
        runs
    }

    /// Calls `visit` with the lengths of each box that both have, and for `space` and `batch` where it begins and with what strides.
    fn each_box(
        self,
        (space, space_strides, batch, batch_strides): (&[usize], &[isize], &[usize], &[isize]),
        mut visit: impl FnMut(&[usize], (isize, &[isize]), (isize, &[isize])),
    ) {
        let axes = self.lengths.len();
        // Where the elements of one image end along each axis of blocks.
        let runs: SmallVec<[_; 4]> = (0..axes)
            .map(|axis| self.runs(axis, space[1 + axis]))
            .collect();
        for (axis, runs) in runs.iter().enumerate() {
            let blocks = |run: &Run| run.first_block + run.blocks;
            let end = runs.iter().map(blocks).max().unwrap_or(0);
            assert!(end <= batch[1 + axis], "blocks lie in the array");
        }
        let places: usize = self.lengths.iter().product();
        assert_eq!(batch[0], places * space[0], "a batch for each place");
        assert_eq!(batch[1 + axes..], space[1 + axes..], "the rest is the same");
        // How far apart in `batch` neighbouring places of a block lie.
        let mut step = batch_strides[0] * space[0] as isize;
        let mut steps: SmallVec<[isize; 4]> = SmallVec::from_elem(0, axes);
        for axis in (0..axes).rev() {
            steps[axis] = step;
            step *= self.lengths[axis] as isize;
        }
        if space.contains(&0) {
            return;
        }
        let mut at: SmallVec<[usize; 4]> = SmallVec::from_elem(0, axes);
        loop {
            let mut lengths = Lengths::from_slice(&space[..1]);
            let mut in_space = (0, Strides::from_slice(&space_strides[..1]));
            let mut in_batch = (0, Strides::from_slice(&batch_strides[..1]));
            for axis in 0..axes {
                let run = runs[axis][at[axis]];
                let (own, blocks) = (space_strides[1 + axis], batch_strides[1 + axis]);
                lengths.extend([run.blocks, run.places]);
                in_space.0 += run.start as isize * own;
                in_space.1.extend([own * self.lengths[axis] as isize, own]);
                in_batch.0 += run.first_block as isize * blocks;
                in_batch.0 += run.first_place as isize * steps[axis];
                in_batch.1.extend([blocks, steps[axis]]);
            }
            lengths.extend_from_slice(&space[1 + axes..]);
            in_space.1.extend_from_slice(&space_strides[1 + axes..]);
            in_batch.1.extend_from_slice(&batch_strides[1 + axes..]);
            visit(
                &lengths,
                (in_space.0, &in_space.1),
                (in_batch.0, &in_batch.1),
            );
            let next = (0..axes)
                .rev()
                .find(|&axis| at[axis] + 1 < runs[axis].len());
            let Some(next) = next else { return };
            at[next] += 1;
            at[next + 1..].fill(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{ArrayD, IxDyn};

    use super::*;

    /// Element by element, forth and back, with blocks that `space` begins and ends within.
    #[test]
    fn each_element_is_where_it_belongs() {
        let cases = [
            ([2usize, 5, 3, 2], [2usize, 3], [1usize, 0], [3usize, 1]),
            ([1, 1, 1, 1], [4, 4], [2, 1], [1, 1]),
            ([2, 4, 6, 1], [2, 3], [0, 0], [2, 2]),
            ([1, 2, 5, 3], [3, 1], [5, 2], [3, 8]),
            ([3, 0, 2, 1], [2, 2], [1, 0], [1, 1]),
        ];
        for (shape, lengths, before, grid) in cases {
            let [n, height, width, depth] = shape;
            let mut next = 0;
            let space = ArrayD::from_shape_simple_fn(IxDyn(&shape), || {
                next += 1;
                next
            });
            let batch = [lengths[0] * lengths[1] * n, grid[0], grid[1], depth];
            let mut expected = ArrayD::from_elem(IxDyn(&batch), 0);
            for ((i, y), (x, c)) in (0..n)
                .flat_map(|i| (0..height).map(move |y| (i, y)))
                .flat_map(|iy| (0..width).flat_map(move |x| (0..depth).map(move |c| (iy, (x, c)))))
            {
                let (row, column) = (y + before[0], x + before[1]);
                let place = row % lengths[0] * lengths[1] + column % lengths[1];
                let at = [place * n + i, row / lengths[0], column / lengths[1], c];
                expected[IxDyn(&at)] = space[[i, y, x, c].as_slice()];
            }
            let blocks = Blocks {
                lengths: &lengths,
                before: &before,
            };
            let mut found = ArrayD::from_elem(IxDyn(&batch), 0);
            blocks.to_batch(Pool::alone(), &space.view(), found.view_mut());
            assert_eq!(found, expected);
            let mut back = ArrayD::from_elem(IxDyn(&shape), 0);
            blocks.to_space(Pool::alone(), &found.view(), back.view_mut());
            assert_eq!(back, space);
        }
    }
}
