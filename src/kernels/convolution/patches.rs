//! The matrix of patches of pictures, which lies nowhere: its rows are read from the pictures.

use std::marker::PhantomData;
use std::ops::Range;

use super::shape::{AXES, Taps};
use crate::kernels::cpu::vectorised;
use crate::kernels::matmul::Rows;
use crate::types::Plain;

use ndarray::ArrayView5;

/// A row for each position of a window, in order; its elements are what the window sees, tap by tap
/// and channel by channel, and zeros beyond the edges.
pub(super) struct Patches<'a, T> {
    start: *const T,
    axes: [Taps; AXES],
    channels: usize,
    /// Of batch, depth, height, width and channels.
    strides: [isize; 5],
    pictures: PhantomData<&'a [T]>,
}

// SAFETY: the pictures are only read.
unsafe impl<T: Sync> Sync for Patches<'_, T> {}

/// Some elements of the taps along the last axis: neighbours in a row of the matrix.
#[derive(Clone, Copy)]
struct Stretch<T> {
    /// The row of pixels.
    pixels: *const T,
    /// The first element, and how many there are.
    first: usize,
    len: usize,
    to: *mut T,
    line: usize,
}

impl<'a, T: Plain> Patches<'a, T> {
    /// Of pictures with axes as long as `axes` say, between batch and channels.
    ///
    /// # Panics
    /// If they are not.
    pub(super) fn new(pictures: &ArrayView5<'a, T>, axes: [Taps; AXES]) -> Self {
        let lengths = &pictures.shape()[1..4];
        assert!(
            axes.iter()
                .map(|axis| axis.input)
                .eq(lengths.iter().copied()),
            "the pictures"
        );
        let mut strides = [0; 5];
        strides.copy_from_slice(pictures.strides());
        let channels = pictures.shape()[4];
        if channels == 1 {
            strides[4] = 1;
        }
        Patches {
            start: pictures.as_ptr(),
            axes,
            channels,
            strides,
            pictures: PhantomData,
        }
    }

    /// Where a row of pixels begins.
    #[inline(always)]
    fn row(&self, picture: usize, z: usize, y: usize) -> *const T {
        let places = [picture, z, y].into_iter().zip(self.strides);
        let offset: isize = places.map(|(at, stride)| at as isize * stride).sum();
        self.start.wrapping_offset(offset)
    }

    /// # Safety
    /// As [`Rows::copy`].
    #[inline(always)]
    unsafe fn copy_rows(&self, rows: Range<usize>, columns: Range<usize>, to: *mut T, line: usize) {
        let [depth, height, width] = self.axes;
        let run = width.taps * self.channels;
        let interior = width.interior();
        let mut row = rows.start;
        while row < rows.end {
            // As many positions as lie in one row of results.
            let (above, window) = (row / width.windows, row % width.windows);
            let count = (rows.end - row).min(width.windows - window);
            let windows = window..window + count;
            let (above, y) = (above / height.windows, above % height.windows);
            let (picture, z) = (above / depth.windows, above % depth.windows);
            let to = to.wrapping_add((row - rows.start) * line);
            let mut column = columns.start;
            while column < columns.end {
                let (taps, first) = (column / run, column % run);
                let len = (columns.end - column).min(run - first);
                let to = to.wrapping_add(column - columns.start);
                let z = depth.at(z, taps / height.taps);
                let y = height.at(y, taps % height.taps);
                // SAFETY: the caller's promise; a row of pixels that is in the pictures.
                unsafe {
                    match z.zip(y) {
                        Some((z, y)) => {
                            let stretch = Stretch {
                                pixels: self.row(picture, z, y),
                                first,
                                len,
                                to,
                                line,
                            };
                            self.copy_stretch(&stretch, &windows, &interior);
                        }
                        None => zero(to, line, count, len),
                    }
                }
                column += len;
            }
            row += count;
        }
    }

    /// A stretch of the rows of some neighbouring windows; those of `interior` see no edge.
    ///
    /// # Safety
    /// The row of pixels is in the pictures, and there is room for the rows.
    #[inline(always)]
    unsafe fn copy_stretch(
        &self,
        stretch: &Stretch<T>,
        windows: &Range<usize>,
        interior: &Range<usize>,
    ) {
        let width = self.axes[2];
        let [.., pixel, channel] = self.strides;
        let inside = windows.start.max(interior.start)..windows.end.min(interior.end);
        let (before, after) = match inside.is_empty() {
            true => (windows.clone(), 0..0),
            false => (windows.start..inside.start, inside.end..windows.end),
        };
        // SAFETY: the caller's promise; all that windows of the interior see is in the row.
        unsafe {
            for window in before.chain(after) {
                let to = stretch.to.add((window - windows.start) * stretch.line);
                self.copy_edge(stretch, window, to);
            }
            if inside.is_empty() {
                return;
            }
            let to = stretch
                .to
                .add((inside.start - windows.start) * stretch.line);
            let at = width.first + (inside.start * width.stride) as isize;
            let from = stretch.pixels.offset(at * pixel);
            let stride = width.stride as isize * pixel;
            if channel == 1 && pixel == self.channels as isize && width.dilation == 1 {
                let from = from.add(stretch.first);
                copy_lines(from, stride, to, stretch.line, [inside.len(), stretch.len]);
                return;
            }
            for (tap, channels, offset) in self.taps(stretch.first, stretch.len) {
                let from = from.offset((tap * width.dilation) as isize * pixel);
                let from = from.offset(channels.start as isize * channel);
                let to = to.add(offset);
                if channel == 1 {
                    copy_lines(
                        from,
                        stride,
                        to,
                        stretch.line,
                        [inside.len(), channels.len()],
                    );
                    continue;
                }
                for i in 0..inside.len() {
                    let (from, to) = (from.offset(i as isize * stride), to.add(i * stretch.line));
                    copy_channels(from, channel, to, channels.len());
                }
            }
        }
    }

    /// A stretch of the row of a window that may see an edge.
    ///
    /// # Safety
    /// As [`copy_stretch`](Patches::copy_stretch).
    #[inline(always)]
    unsafe fn copy_edge(&self, stretch: &Stretch<T>, window: usize, to: *mut T) {
        for (tap, channels, offset) in self.taps(stretch.first, stretch.len) {
            // SAFETY: the caller's promise; a pixel that is in the row.
            unsafe {
                let to = to.add(offset);
                match self.axes[2].at(window, tap) {
                    Some(x) => {
                        let [.., pixel, channel] = self.strides;
                        let from = stretch.pixels.offset(x as isize * pixel);
                        let from = from.offset(channels.start as isize * channel);
                        copy_channels(from, channel, to, channels.len());
                    }
                    None => to.write_bytes(0, channels.len()),
                }
            }
        }
    }

    /// The taps that a stretch consists of, which of their channels, and where in the stretch those
    /// begin.
    #[inline(always)]
    fn taps(
        &self,
        first: usize,
        len: usize,
    ) -> impl Iterator<Item = (usize, Range<usize>, usize)> + use<T> {
        let channels = self.channels;
        let mut at = first;
        let end = first + len;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let (tap, channel) = (at / channels, at % channels);
            let count = (channels - channel).min(end - at);
            let offset = at - first;
            at += count;
            Some((tap, channel..channel + count, offset))
        })
    }
}

// SAFETY: all rows and columns are written: each stretch of a row either from the picture or with
// zeros.
unsafe impl<T: Plain> Rows<T> for Patches<'_, T> {
    unsafe fn copy(&self, rows: Range<usize>, columns: Range<usize>, to: *mut T, line: usize) {
        vectorised(
            #[inline(always)]
            move || {
                // SAFETY: the caller's promise.
                unsafe { self.copy_rows(rows, columns, to, line) };
            },
        );
    }
}

/// The matrix of patches, transposed.
pub(super) struct Turned<'p, 'a, T>(pub(super) &'p Patches<'a, T>);

impl<T: Plain> Turned<'_, '_, T> {
    /// # Safety
    /// As [`Rows::copy`].
    #[inline(always)]
    unsafe fn copy_rows(&self, rows: Range<usize>, columns: Range<usize>, to: *mut T, line: usize) {
        let patches = self.0;
        let [depth, height, width] = patches.axes;
        let [.., pixel, channel] = patches.strides;
        for (i, element) in rows.enumerate() {
            let (above, c) = (element / patches.channels, element % patches.channels);
            let (above, tap) = (above / width.taps, above % width.taps);
            let taps = [above / height.taps, above % height.taps];
            let to = to.wrapping_add(i * line);
            let mut column = columns.start;
            while column < columns.end {
                // As many positions as lie in one row of results.
                let (above, window) = (column / width.windows, column % width.windows);
                let count = (columns.end - column).min(width.windows - window);
                let (above, y) = (above / height.windows, above % height.windows);
                let (picture, z) = (above / depth.windows, above % depth.windows);
                let places = depth.at(z, taps[0]).zip(height.at(y, taps[1]));
                let to = to.wrapping_add(column - columns.start);
                // SAFETY: the caller's promise; what has a place is in the pictures.
                unsafe {
                    match places {
                        Some((z, y)) => {
                            let from = patches.row(picture, z, y);
                            let from = from.wrapping_offset(c as isize * channel);
                            for i in 0..count {
                                let at = width.at(window + i, tap);
                                *to.add(i) = at.map_or_else(T::default, |at| {
                                    *from.wrapping_offset(at as isize * pixel)
                                });
                            }
                        }
                        None => to.write_bytes(0, count),
                    }
                }
                column += count;
            }
        }
    }
}

// SAFETY: all rows and columns are written: each from the picture or with zeros.
unsafe impl<T: Plain> Rows<T> for Turned<'_, '_, T> {
    unsafe fn copy(&self, rows: Range<usize>, columns: Range<usize>, to: *mut T, line: usize) {
        vectorised(
            #[inline(always)]
            move || {
                // SAFETY: the caller's promise.
                unsafe { self.copy_rows(rows, columns, to, line) };
            },
        );
    }
}

/// Zeros of any type.
///
/// # Safety
/// There is room.
#[inline(always)]
unsafe fn zero<T>(to: *mut T, line: usize, lines: usize, len: usize) {
    for i in 0..lines {
        // SAFETY: the caller's promise.
        unsafe { to.add(i * line).write_bytes(0, len) };
    }
}

/// Copies `lines` lines of `len` elements, `from_line` apart, to where they are `to_line` apart.
///
/// # Safety
/// The elements can be read and written.
#[inline(always)]
unsafe fn copy_lines<T: Copy>(
    from: *const T,
    from_line: isize,
    to: *mut T,
    to_line: usize,
    [lines, len]: [usize; 2],
) {
    // Lines of these lengths are copied without a call.
    macro_rules! by_length {
        ($($length:literal)*) => {
            match len {
                $($length => {
                    for i in 0..lines {
                        // SAFETY: the caller's promise.
                        unsafe { copy_some::<T, $length>(from.offset(i as isize * from_line), to.add(i * to_line)) };
                    }
                })*
                _ => {
                    for i in 0..lines {
                        // SAFETY: the caller's promise.
                        unsafe { copy_long(from.offset(i as isize * from_line), to.add(i * to_line), len) };
                    }
                }
            }
        };
    }
    by_length!(1 2 3 4 5 6 7 8 9 12 15 16 24 32);
}

/// Some channels of a pixel, `stride` elements apart.
///
/// # Safety
/// They can be read, and there is room for them.
#[inline(always)]
pub(super) unsafe fn copy_channels<T: Copy>(from: *const T, stride: isize, to: *mut T, len: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        if stride == 1 {
            return copy_long(from, to, len);
        }
        for i in 0..len {
            *to.add(i) = *from.offset(i as isize * stride);
        }
    }
}

/// How many elements a long line is copied by.
const BLOCK: usize = 16;

/// # Safety
/// `COUNT` elements can be read and written.
#[inline(always)]
unsafe fn copy_some<T: Copy, const COUNT: usize>(from: *const T, to: *mut T) {
    // SAFETY: the caller's promise.
    unsafe { to.copy_from_nonoverlapping(from, COUNT) };
}

/// # Safety
/// `len` elements can be read and written.
#[inline(always)]
unsafe fn copy_long<T: Copy>(from: *const T, to: *mut T, len: usize) {
    let mut at = 0;
    // SAFETY: the caller's promise.
    unsafe {
        while at + BLOCK <= len {
            copy_some::<T, BLOCK>(from.add(at), to.add(at));
            at += BLOCK;
        }
        if at == len {
            return;
        }
        if len >= BLOCK {
            // The last ones, some of them once more.
            at = len - BLOCK;
            return copy_some::<T, BLOCK>(from.add(at), to.add(at));
        }
        for i in at..len {
            *to.add(i) = *from.add(i);
        }
    }
}
