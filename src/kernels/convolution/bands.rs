//! Where windows find what they see: rows of pixels with the padding, a few at a time.
//!
//! A window sees the same few neighbours of each of some rows of pixels, and the next window of a
//! line sees what lies a little further. So a convolution needs no matrix of patches: it reads
//! pictures where they lie, or, if they are padded, copies of a few of their rows.

use std::ops::Range;

use super::Array;
use super::patches::copy_channels;
use super::shape::{AXES, Taps, product};
use crate::kernels::cpu::vectorised;
use crate::kernels::matmul::line_len;
use crate::types::Plain;

/// From so many channels on, a pixel has a place of its own in a band.
const WIDE_PIXEL: usize = 64;

/// The bytes of a band with its results, at most, of which each thread has one.
pub(super) const LARGEST: usize = 16 << 20;

/// How pictures are cut into bands: some lines of windows, and the rows of pixels that they see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bands {
    batch: usize,
    axes: [Taps; AXES],
    channels: usize,
    /// The lines of a band; the last one of a picture may have fewer.
    lines: usize,
}

/// One band.
#[derive(Clone, Debug)]
pub(super) struct Band {
    picture: usize,
    /// The window along the depth.
    z: usize,
    /// The lines in the picture.
    y: Range<usize>,
    /// Of all lines the first.
    pub(super) first_line: usize,
}

/// Distances, in elements, of pictures in memory or of a band's copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    /// From one row of pixels that a window sees to the next, along depth and height, and from one
    /// pixel to the next.
    taps: [isize; AXES],
    /// From a window to the next.
    pub(super) window: isize,
    /// From a line of windows to the next.
    pub(super) line: isize,
    /// Whether the taps along a row lie side by side.
    joined: bool,
}

impl Band {
    /// How many lines of windows it has.
    pub(super) fn lines(&self) -> usize {
        self.y.len()
    }
}

impl Bands {
    pub(super) fn new(batch: usize, axes: [Taps; AXES], channels: usize, lines: usize) -> Self {
        Bands {
            batch,
            axes,
            channels,
            lines: lines.clamp(1, axes[1].windows.max(1)),
        }
    }

    /// How many elements the pictures have.
    pub(super) fn input_len(&self) -> usize {
        let pixels: usize = self.axes.iter().map(|axis| axis.input).product();
        self.batch * pixels * self.channels
    }

    /// How many windows there are along a line.
    pub(super) fn width(&self) -> usize {
        self.axes[2].windows
    }

    /// How many lines there are in all pictures.
    pub(super) fn all_lines(&self) -> usize {
        self.batch * self.axes[0].windows * self.axes[1].windows
    }

    /// The lines of the longest band.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    fn per_plane(&self) -> usize {
        self.axes[1].windows.div_ceil(self.lines)
    }

    pub(super) fn count(&self) -> usize {
        self.batch * self.axes[0].windows * self.per_plane()
    }

    pub(super) fn band(&self, index: usize) -> Band {
        let (plane, band) = (index / self.per_plane(), index % self.per_plane());
        let height = self.axes[1].windows;
        let first = band * self.lines;
        Band {
            picture: plane / self.axes[0].windows,
            z: plane % self.axes[0].windows,
            y: first..height.min(first + self.lines),
            first_line: plane * height + first,
        }
    }

    fn depth(&self) -> Stored {
        Stored::new(&self.axes[0], 1)
    }

    fn height(&self) -> Stored {
        Stored::new(&self.axes[1], self.lines)
    }

    fn along(&self) -> Stored {
        Stored::new(&self.axes[2], self.width())
    }

    /// How far apart pixels of a band are.
    fn pixel(&self) -> usize {
        match self.channels {
            0..WIDE_PIXEL => self.channels,
            // Windows side by side then fall into different sets of a cache.
            channels => line_len::<f32>(channels),
        }
    }

    fn row(&self) -> usize {
        product(&[self.along().len(self.width()), self.pixel()])
    }

    fn plane(&self) -> usize {
        product(&[self.height().len(self.lines), self.row()])
    }

    /// How many elements a band has.
    pub(super) fn len(&self) -> usize {
        product(&[self.depth().len(1), self.plane()])
    }

    /// The distances in a band.
    pub(super) fn walk(&self) -> Walk {
        let (depth, height, along) = (self.depth(), self.height(), self.along());
        let (plane, row, pixel) = (self.plane(), self.row(), self.pixel());
        let [depth_tap, height_tap] = [product(&[depth.tap, plane]), product(&[height.tap, row])];
        let tap = product(&[along.tap, pixel]);
        Walk {
            taps: [depth_tap, height_tap, tap].map(|tap| tap as isize),
            window: product(&[along.window, pixel]) as isize,
            line: product(&[height.window, row]) as isize,
            joined: self.joins(tap),
        }
    }

    /// Whether taps along a row that are `tap` elements apart lie side by side.
    fn joins(&self, tap: usize) -> bool {
        self.axes[2].taps == 1 || tap == self.channels
    }

    /// Whether all that windows see lies in the pictures.
    pub(super) fn sees_no_padding(&self) -> bool {
        let inside = |axis: &Taps| axis.interior() == (0..axis.windows);
        self.axes.iter().all(inside)
    }

    /// The distances in pictures, if all that windows see lies there: no padding is seen, and
    /// channels lie side by side.
    pub(super) fn walk_of<T>(&self, pictures: &Array<'_, T>) -> Option<Walk> {
        let strides = pictures.strides();
        if !is_near(pictures) || !self.sees_no_padding() {
            return None;
        }
        let [depth, height, width] = &self.axes;
        let taps = [(depth, 1), (height, 2), (width, 3)];
        Some(Walk {
            taps: taps.map(|(axis, i)| axis.dilation as isize * strides[i]),
            window: width.stride as isize * strides[3],
            line: height.stride as isize * strides[2],
            joined: usize::try_from(strides[3] * width.dilation as isize)
                .is_ok_and(|tap| self.joins(tap)),
        })
    }

    /// Where a band begins in pictures that are read where they lie.
    pub(super) fn start_in<T>(&self, pictures: &Array<'_, T>, band: &Band) -> *const T {
        let windows = [band.z, band.y.start, 0];
        let places = self.axes.iter().zip(windows).map(|(axis, window)| {
            // No padding is seen.
            axis.first + (window * axis.stride) as isize
        });
        let strides = pictures.strides();
        let offset = places.zip(&strides[1..]).map(|(at, stride)| at * stride);
        let offset: isize = offset.sum();
        let offset = offset + band.picture as isize * strides[0];
        pictures.as_ptr().wrapping_offset(offset)
    }

    /// How many elements a window sees side by side.
    pub(super) fn segment_len(&self, walk: &Walk) -> usize {
        match walk.joined {
            true => self.axes[2].taps * self.channels,
            false => self.channels,
        }
    }

    /// How many segments a window sees at most.
    pub(super) fn segments(&self) -> usize {
        self.axes.iter().map(|axis| axis.taps).product()
    }

    /// Writes where each segment begins, from where the first one does.
    ///
    /// # Safety
    /// There is room for as many [segments](Bands::segments).
    pub(super) unsafe fn write_segments(&self, walk: &Walk, mut to: *mut isize) {
        let [depth, height, width] = self.axes.map(|axis| axis.taps as isize);
        let width = if walk.joined { width.min(1) } else { width };
        let [plane, row, pixel] = walk.taps;
        for z in 0..depth {
            for y in 0..height {
                for x in 0..width {
                    // SAFETY: the caller's promise.
                    unsafe {
                        to.write(z * plane + y * row + x * pixel);
                        to = to.add(1);
                    }
                }
            }
        }
    }

    /// Copies what a band's windows see.
    ///
    /// # Safety
    /// The pictures have the lengths that the bands are of; there is room for a band.
    pub(super) unsafe fn fill<T: Plain>(&self, pictures: &Array<'_, T>, band: &Band, to: *mut T) {
        vectorised(
            #[inline(always)]
            move || {
                // SAFETY: the caller's promise.
                unsafe { self.fill_rows(pictures, band, to) };
            },
        );
    }

    /// # Safety
    /// As [`fill`](Bands::fill).
    #[inline(always)]
    unsafe fn fill_rows<T: Plain>(&self, pictures: &Array<'_, T>, band: &Band, to: *mut T) {
        let [depth, height, _] = &self.axes;
        let (planes, rows) = (self.depth(), self.height());
        let strides = pictures.strides();
        for plane in 0..planes.len(1) {
            let z = planes.place(depth, band.z, plane);
            for row in 0..rows.len(band.y.len()) {
                let y = rows.place(height, band.y.start, row);
                // SAFETY: the caller's promise: a row of the band, and one of the picture.
                unsafe {
                    let to = to.add(plane * self.plane() + row * self.row());
                    match z.zip(y) {
                        None => to.write_bytes(0, self.row()),
                        Some((z, y)) => {
                            let places = [band.picture, z, y].into_iter().zip(strides);
                            let offset: isize =
                                places.map(|(at, stride)| at as isize * stride).sum();
                            let from = pictures.as_ptr().offset(offset);
                            self.fill_row(from, [strides[3], strides[4]], to);
                        }
                    }
                }
            }
        }
    }

    /// A row of pixels, and zeros beyond its ends.
    ///
    /// # Safety
    /// It is a row of a picture, whose pixels and channels have these strides; there is room for a
    /// row of a band.
    #[inline(always)]
    unsafe fn fill_row<T: Plain>(&self, from: *const T, strides: [isize; 2], to: *mut T) {
        let width = &self.axes[2];
        let along = self.along();
        let (pixel, channels) = (self.pixel(), self.channels);
        let [pixel_stride, channel_stride] = strides;
        let near = channels == 1 || channel_stride == 1;
        // SAFETY: the caller's promise; pixels that have a place are in the row.
        unsafe {
            if along.is_sliding && near && pixel == channels && pixel_stride == channels as isize {
                let pixels = along.len(width.windows);
                let before = (-width.first).clamp(0, pixels as isize).unsigned_abs();
                let room = (width.input as isize - width.first).max(0).unsigned_abs();
                let end = room.clamp(before, pixels);
                to.write_bytes(0, before * pixel);
                to.add(end * pixel).write_bytes(0, (pixels - end) * pixel);
                if before < end {
                    let at = (width.first + before as isize) * pixel_stride;
                    let to = to.add(before * pixel);
                    to.copy_from_nonoverlapping(from.offset(at), (end - before) * pixel);
                }
                return;
            }
            for i in 0..along.len(width.windows) {
                let to = to.add(i * pixel);
                match along.place(width, 0, i) {
                    None => to.write_bytes(0, channels),
                    Some(x) => {
                        let from = from.offset(x as isize * pixel_stride);
                        copy_channels(from, channel_stride, to, channels);
                    }
                }
            }
        }
    }
}

/// Whether the channels of pictures lie side by side.
pub(super) fn is_near<T>(pictures: &Array<'_, T>) -> bool {
    pictures.shape()[4] == 1 || pictures.strides()[4] == 1
}

/// How an axis is stored in a band.
#[derive(Clone, Copy, Debug)]
struct Stored {
    /// How far apart windows are, and the taps of one.
    window: usize,
    tap: usize,
    taps: usize,
    /// Whether all is stored that lies between the first and the last that is seen; otherwise what
    /// each window sees is stored for itself.
    is_sliding: bool,
}

impl Stored {
    /// For so many windows, in whichever way is shorter.
    fn new(axis: &Taps, windows: usize) -> Self {
        let sliding = Stored {
            window: axis.stride,
            tap: axis.dilation,
            taps: axis.taps,
            is_sliding: true,
        };
        let apart = Stored {
            window: axis.taps,
            tap: 1,
            is_sliding: false,
            ..sliding
        };
        match apart.len(windows) <= sliding.len(windows) {
            true => apart,
            false => sliding,
        }
    }

    fn len(&self, windows: usize) -> usize {
        let steps = |count: usize, step: usize| count.saturating_sub(1).saturating_mul(step);
        let reach = steps(windows, self.window).saturating_add(steps(self.taps, self.tap));
        reach.saturating_add(1)
    }

    /// Where on the axis the `i`-th element stands, of those that windows from `first` on see.
    #[inline(always)]
    fn place(&self, axis: &Taps, first: usize, i: usize) -> Option<usize> {
        if !self.is_sliding {
            return axis.at(first + i / self.taps, i % self.taps);
        }
        let at = axis.first + (first * axis.stride + i) as isize;
        usize::try_from(at).ok().filter(|at| *at < axis.input)
    }
}
