//! [`Cut`]: a box of elements in smaller boxes, small enough for the nearer caches.

use smallvec::SmallVec;

/// How many bytes a part has, about.
pub(super) const PART: usize = 64 << 10;

/// From how many bytes on a box is shared with other threads.
pub(in crate::kernels) const PARALLEL: usize = 512 << 10;

/// The fewest rows of a transpose that are worth being cut off: as many as make whole lines of a
/// cache.
const ROWS: usize = 32;

/// A few lengths or indices.
pub(in crate::kernels) type Lengths = SmallVec<[usize; 6]>;

/// How a box is cut: each index of the first axes by itself, stretches of the next, and all of the
/// rest.
pub(in crate::kernels) struct Cut {
    lengths: Lengths,
    /// Which axis is cut into stretches.
    axis: usize,
    /// How long they are.
    step: usize,
    /// How many there are along that axis.
    stretches: usize,
}

impl Cut {
    /// Of a box of elements of `size` bytes. If the last two axes are those of a transpose, the
    /// last is not cut, and the one before it into stretches of [`ROWS`] or more.
    pub(super) fn new(lengths: &[usize], size: usize, turned: bool) -> Cut {
        match turned {
            true => Cut::with_least(lengths, size, lengths.len().saturating_sub(2), ROWS),
            false => Cut::with_least(lengths, size, lengths.len().saturating_sub(1), 1),
        }
    }

    /// Of a box of elements of `size` bytes, whose axes after `last` are not cut; that one is cut
    /// into stretches of `least` indices or more.
    pub(in crate::kernels) fn with_least(
        lengths: &[usize],
        size: usize,
        last: usize,
        least: usize,
    ) -> Cut {
        let grain = (PART / size).max(1);
        let whole = |axis: &usize| lengths[axis + 1..].iter().product::<usize>() <= grain;
        let axis = (0..last).find(whole).unwrap_or(last);
        let Some(&length) = lengths.get(axis) else {
            return Cut {
                lengths: lengths.into(),
                axis,
                step: 1,
                stretches: 1,
            };
        };
        let inner: usize = lengths[axis + 1..].iter().product();
        let least = if axis == last { least } else { 1 };
        let step = (grain / inner.max(1)).max(least).min(length.max(1));
        Cut {
            lengths: lengths.into(),
            axis,
            step,
            stretches: length.div_ceil(step),
        }
    }

    /// How many elements the box has.
    pub(in crate::kernels) fn elements(&self) -> usize {
        self.lengths.iter().product()
    }

    /// How many parts there are.
    pub(in crate::kernels) fn parts(&self) -> usize {
        self.lengths[..self.axis].iter().product::<usize>() * self.stretches
    }

    /// Where part `part` begins, and its lengths.
    pub(in crate::kernels) fn part(&self, part: usize) -> (Lengths, Lengths) {
        let (mut outer, stretch) = (part / self.stretches, part % self.stretches);
        // Few: one for each axis.
        let (mut start, mut lengths): (Lengths, Lengths) = (
            self.lengths.iter().map(|_| 0).collect(),
            self.lengths.clone(),
        );
        if let Some(length) = lengths.get_mut(self.axis) {
            start[self.axis] = stretch * self.step;
            *length = self.step.min(*length - start[self.axis]);
        }
        for axis in (0..self.axis).rev() {
            start[axis] = outer % self.lengths[axis];
            outer /= self.lengths[axis];
            lengths[axis] = 1;
        }
        (start, lengths)
    }
}
