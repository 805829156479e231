//! Grey dilation: the largest sum of a picture's elements and a filter's, and its gradients.

use super::super::cpu::vectorised_floats;
use super::super::pieces::each_piece;
use super::super::pool::Pool;
use super::super::window::WindowedAxis;
use super::fold::smallest;
use super::{LANES, PIECE};
use crate::types::{Numeric, Result, memory};

/// The place of no element.
const NOWHERE: u32 = u32::MAX;

/// Filters over pictures of shape [images, height, width, channels].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dilation {
    pub(crate) images: usize,
    /// Height and width.
    pub(crate) axes: [WindowedAxis; 2],
    pub(crate) channels: usize,
}

/// The largest sums so far, of some channels, and the places of their elements in the filter.
struct Found<T> {
    largest: [T; LANES],
    places: [u32; LANES],
}

impl Dilation {
    /// How many elements a picture has.
    fn volume(&self) -> usize {
        self.axes[0].input * self.axes[1].input * self.channels
    }

    /// How many elements the results for a picture have.
    fn results(&self) -> usize {
        self.axes[0].output * self.axes[1].output * self.channels
    }

    /// How many elements the filter has.
    fn filter_len(&self) -> usize {
        self.axes[0].window.size * self.axes[1].window.size * self.channels
    }

    /// Writes the largest sums to `out`.
    pub(crate) fn dilate<T: Numeric>(&self, pool: &Pool, [x, filter]: [&[T]; 2], out: &mut [T]) {
        assert_eq!(x.len(), self.images * self.volume(), "the pictures");
        assert_eq!(filter.len(), self.filter_len(), "the filter");
        if out.is_empty() {
            return;
        }
        let row = self.axes[1].output * self.channels;
        let rows = (PIECE / row.max(self.axes[1].input * self.channels)).max(1);
        each_piece(pool, out, rows * row, &|first, out| {
            vectorised_floats!([T] {
                for (i, out) in out.chunks_exact_mut(row).enumerate() {
                    let row = first / row + i;
                    let (image, height) = (row / self.axes[0].output, row % self.axes[0].output);
                    let x = &x[image * self.volume()..][..self.volume()];
                    for (width, out) in out.chunks_exact_mut(self.channels).enumerate() {
                        for (group, out) in out.chunks_mut(LANES).enumerate() {
                            let lanes = (group * LANES, out.len());
                            let found = self.find([x, filter], height, width, lanes);
                            out.copy_from_slice(&found.largest[..out.len()]);
                        }
                    }
                }
            });
        });
    }

    /// Writes the gradient with respect to the pictures to `dx`: that of each sum goes to the first
    /// element of the largest.
    pub(crate) fn picture_slope<T: Numeric>(
        &self,
        pool: &Pool,
        [x, filter, dy]: [&[T]; 3],
        dx: &mut [T],
    ) {
        assert_eq!(filter.len(), self.filter_len(), "the filter");
        if dx.is_empty() {
            return;
        }
        let volume = self.volume();
        each_piece(pool, dx, volume, &|first, dx| {
            dx.fill(T::ZERO);
            let x = &x[first..][..volume];
            let dy = &dy[first / volume * self.results()..][..self.results()];
            self.each_sum([x, filter], dy, |from_start, (tap, channel), dy| {
                let tap = match tap {
                    NOWHERE => from_start.1,
                    tap => tap as usize,
                };
                let width = self.axes[1].window.size;
                let place = |axis: &WindowedAxis, window: usize, tap: usize| {
                    (axis.first(window) + (tap * axis.window.dilation) as isize) as usize
                };
                let (height, column) = from_start.0;
                let y = place(&self.axes[0], height, tap / width);
                let x = place(&self.axes[1], column, tap % width);
                let dx = &mut dx[(y * self.axes[1].input + x) * self.channels + channel];
                *dx = dx.plus(dy);
            });
        });
    }

    /// Writes the gradient with respect to the filter to `df`.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn filter_slope<T: Numeric>(
        &self,
        pool: &Pool,
        [x, filter, dy]: [&[T]; 3],
        df: &mut [T],
    ) -> Result<()> {
        assert_eq!(df.len(), self.filter_len(), "the filter");
        df.fill(T::ZERO);
        if dy.is_empty() || df.is_empty() {
            return Ok(());
        }
        // What each picture adds.
        let len = df.len();
        let mut parts = memory::repeated(self.images.saturating_mul(len), T::ZERO)?;
        each_piece(pool, &mut parts, len, &|first, df| {
            let image = first / len;
            let x = &x[image * self.volume()..][..self.volume()];
            let dy = &dy[image * self.results()..][..self.results()];
            self.each_sum([x, filter], dy, |_, (tap, channel), dy| {
                let tap = if tap == NOWHERE { 0 } else { tap as usize };
                let df = &mut df[tap * self.channels + channel];
                *df = df.plus(dy);
            });
        });
        for part in parts.chunks_exact(len) {
            for (df, part) in df.iter_mut().zip(part) {
                *df = df.plus(*part);
            }
        }
        Ok(())
    }

    /// Calls `visit` for each sum of a picture with its place and the first tap that sees the
    /// picture, the tap of its largest element and the channel, and the gradient with respect to
    /// it.
    fn each_sum<T: Numeric>(
        &self,
        operands: [&[T]; 2],
        dy: &[T],
        mut visit: impl FnMut(((usize, usize), usize), (u32, usize), T),
    ) {
        let mut pixels = dy.chunks_exact(self.channels);
        for height in 0..self.axes[0].output {
            for width in 0..self.axes[1].output {
                let Some(dy) = pixels.next() else { return };
                let seen = [self.axes[0].inside(height), self.axes[1].inside(width)];
                let first = seen[0].start * self.axes[1].window.size + seen[1].start;
                for (group, dy) in dy.chunks(LANES).enumerate() {
                    let lanes = (group * LANES, dy.len());
                    let found = vectorised_floats!([T] self.find(operands, height, width, lanes));
                    for (lane, dy) in dy.iter().enumerate() {
                        let at = (found.places[lane], lanes.0 + lane);
                        visit(((height, width), first), at, *dy);
                    }
                }
            }
        }
    }

    /// The largest sums of `lanes.1` channels from `lanes.0` on.
    #[inline(always)]
    fn find<T: Numeric>(
        &self,
        [x, filter]: [&[T]; 2],
        height: usize,
        width: usize,
        lanes: (usize, usize),
    ) -> Found<T> {
        let mut found = Found {
            largest: [smallest(); LANES],
            places: [NOWHERE; LANES],
        };
        let [rows, columns] = &self.axes;
        for i in rows.inside(height) {
            let y = (rows.first(height) + (i * rows.window.dilation) as isize) as usize;
            for j in columns.inside(width) {
                let at = columns.first(width) + (j * columns.window.dilation) as isize;
                let pixel = (y * columns.input + at as usize) * self.channels + lanes.0;
                let tap = i * columns.window.size + j;
                let x = &x[pixel..][..lanes.1];
                let filter = &filter[tap * self.channels + lanes.0..][..lanes.1];
                for (lane, (x, filter)) in x.iter().zip(filter).enumerate() {
                    let sum = x.plus(*filter);
                    let is_better = found.largest[lane] < sum;
                    let (largest, place) = (&mut found.largest[lane], &mut found.places[lane]);
                    *largest = if is_better { sum } else { *largest };
                    *place = if is_better { tap as u32 } else { *place };
                }
            }
        }
        found
    }
}
