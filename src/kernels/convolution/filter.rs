//! The filter as the gradient of a picture reads it.

use std::ops::Range;

use super::shape::{AXES, Phase};
use crate::kernels::matmul::{MatMulElement, Rows, transpose_lines};

/// The matrix of a phase's taps of a filter, last ones first: a row for each tap and output channel, a column for
/// each channel.
pub(super) struct Turned<'a, T> {
    filter: &'a [T],
    phases: [Phase; AXES],
    /// The lengths of the filter's axes.
    taps: [usize; AXES],
    channels: usize,
    outputs: usize,
}

impl<'a, T: MatMulElement> Turned<'a, T> {
    /// # Panics
    /// If `filter` does not have the elements of these lengths.
    pub(super) fn new(filter: &'a [T], lengths: [usize; 5], phases: [Phase; AXES]) -> Self {
        assert_eq!(
            filter.len(),
            lengths.iter().product::<usize>(),
            "the filter"
        );
        let [depth, height, width, channels, outputs] = lengths;
        Turned {
            filter,
            phases,
            taps: [depth, height, width],
            channels,
            outputs,
        }
    }

    /// The filter's matrix of channels and output channels that is the `i`-th of the phase.
    fn tap(&self, i: usize) -> &'a [T] {
        let [depth, height, width] = self.phases;
        let (above, x) = (i / width.taps.taps, i % width.taps.taps);
        let (z, y) = (above / height.taps.taps, above % height.taps.taps);
        let tap = |phase: Phase, i: usize| phase.last_tap - i * phase.tap_step;
        let [z, y, x] = [tap(depth, z), tap(height, y), tap(width, x)];
        let place = (z * self.taps[1] + y) * self.taps[2] + x;
        let len = self.channels * self.outputs;
        &self.filter[place * len..][..len]
    }
}

// SAFETY: each tap's rows are written, column by column.
unsafe impl<T: MatMulElement> Rows<T> for Turned<'_, T> {
    unsafe fn copy(&self, rows: Range<usize>, columns: Range<usize>, to: *mut T, line: usize) {
        let mut row = rows.start;
        while row < rows.end {
            let (tap, output) = (row / self.outputs, row % self.outputs);
            let count = (rows.end - row).min(self.outputs - output);
            let from = &self.tap(tap)[columns.start * self.outputs + output..];
            let lengths = [columns.len(), count];
            // SAFETY: the caller's promise; the elements are those of `count` rows and all columns asked for.
            unsafe {
                let to = to.add((row - rows.start) * line);
                transpose_lines(from.as_ptr(), self.outputs as isize, to, line, lengths);
            }
            row += count;
        }
    }
}
