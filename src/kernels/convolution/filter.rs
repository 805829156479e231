//! The filter as the gradient of a picture reads it.

use std::marker::PhantomData;
use std::ops::Range;

use ndarray::ArrayView5;

use super::shape::{AXES, Phase};
use crate::kernels::matmul::{MatMulElement, Rows, transpose_lines};

/// The matrix of a phase's taps of a filter, last ones first: a row for each tap and output
/// channel, a column for each channel.
pub(super) struct Turned<'a, T> {
    start: *const T,
    /// Of the filter's axes.
    strides: [isize; 5],
    phases: [Phase; AXES],
    outputs: usize,
    filter: PhantomData<&'a [T]>,
}

// SAFETY: the filter is only read.
unsafe impl<T: Sync> Sync for Turned<'_, T> {}

impl<'a, T: MatMulElement> Turned<'a, T> {
    /// Of a filter of the lengths that the phases know.
    pub(super) fn new(filter: &ArrayView5<'a, T>, phases: [Phase; AXES]) -> Self {
        let mut strides = [0; 5];
        strides.copy_from_slice(filter.strides());
        Turned {
            start: filter.as_ptr(),
            strides,
            phases,
            outputs: filter.shape()[4],
            filter: PhantomData,
        }
    }

    /// Where the matrix of channels and output channels begins that is the `i`-th of the phase.
    fn tap(&self, i: usize) -> *const T {
        let [_, height, width] = self.phases;
        let (above, x) = (i / width.taps.taps, i % width.taps.taps);
        let places = [above / height.taps.taps, above % height.taps.taps, x];
        let taps = self.phases.iter().zip(places);
        let taps = taps.map(|(phase, i)| phase.last_tap - i * phase.tap_step);
        let offset = taps
            .zip(self.strides)
            .map(|(tap, stride)| tap as isize * stride);
        self.start.wrapping_offset(offset.sum())
    }
}

// SAFETY: each tap's rows are written, column by column.
unsafe impl<T: MatMulElement> Rows<T> for Turned<'_, T> {
    unsafe fn copy(&self, rows: Range<usize>, columns: Range<usize>, to: *mut T, line: usize) {
        let [.., channel_stride, output_stride] = self.strides;
        let mut row = rows.start;
        while row < rows.end {
            let (tap, output) = (row / self.outputs, row % self.outputs);
            let count = (rows.end - row).min(self.outputs - output);
            // SAFETY: the caller's promise; the elements are those of `count` rows and all columns
            // asked for.
            unsafe {
                let from = self
                    .tap(tap)
                    .offset(columns.start as isize * channel_stride);
                let from = from.offset(output as isize * output_stride);
                let to = to.add((row - rows.start) * line);
                if output_stride == 1 {
                    transpose_lines(from, channel_stride, to, line, [columns.len(), count]);
                } else {
                    for i in 0..count {
                        for j in 0..columns.len() {
                            let at = i as isize * output_stride + j as isize * channel_stride;
                            *to.add(i * line + j) = *from.offset(at);
                        }
                    }
                }
            }
            row += count;
        }
    }
}
