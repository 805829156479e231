//! Which element of a window is its largest: the first of those that are; of a window that begins
//! with NaN, this one.

use std::ops::Range;

use super::super::cpu::vectorised_floats;
use super::super::pieces::{each_pair, each_piece, each_stretch};
use super::super::pool::Pool;
use super::super::window::WindowedAxis;
use super::windows::{Windows, seeing_at, taps};
use super::{LANES, PIECE};
use crate::types::{Integer, Numeric, Result, memory};

/// The place of no element.
const NOWHERE: u32 = u32::MAX;

/// The largest elements so far, of a window's channels or of windows side by side, and their places
/// in the picture.
struct Found<T> {
    largest: [T; LANES],
    places: [u32; LANES],
}

impl<T: Numeric> Found<T> {
    #[inline(always)]
    fn new() -> Self {
        Found {
            largest: [T::ZERO; LANES],
            places: [NOWHERE; LANES],
        }
    }

    /// Looks at an element in lane `lane`.
    #[inline(always)]
    fn look(&mut self, lane: usize, x: T, place: u32) {
        let is_better = (self.places[lane] == NOWHERE) | (self.largest[lane] < x);
        self.largest[lane] = if is_better { x } else { self.largest[lane] };
        self.places[lane] = if is_better { place } else { self.places[lane] };
    }
}

impl Windows {
    /// Writes the largest element of each window to `out`, and to `at` what `index` makes of its
    /// picture, place and channel.
    ///
    /// # Errors
    /// `ResourceExhausted` if a picture has too many pixels; here and below.
    pub(crate) fn argmax<T: Numeric, I: Integer>(
        &self,
        pool: &Pool,
        x: &[T],
        (out, at): (&mut [T], &mut [I]),
        index: impl Fn(usize, usize, usize) -> i64 + Copy + Sync,
    ) -> Result<()> {
        self.check_places()?;
        assert_eq!(x.len(), self.input_len(), "the pictures");
        assert_eq!([out.len(), at.len()], [self.output_len(); 2], "the results");
        if out.is_empty() {
            return Ok(());
        }
        let (row, piece) = self.row_and_piece();
        each_pair(pool, (out, piece), (at, piece), &|i, out, at| {
            vectorised_floats!([T] {
                let rows = out.chunks_exact_mut(row).zip(at.chunks_exact_mut(row));
                for (j, (out, at)) in rows.enumerate() {
                    let (image, depth, height) = self.output_row(i * (piece / row) + j);
                    let x = &x[image * self.volume()..][..self.volume()];
                    self.each_found(x, depth, height, |first, found, len| {
                        out[first..][..len].copy_from_slice(&found.largest[..len]);
                        for (lane, at) in at[first..][..len].iter_mut().enumerate() {
                            let place = found.places[lane] as usize;
                            let channel = (first + lane) % self.channels;
                            *at = I::from_i64(index(image, place, channel));
                        }
                    });
                }
            });
        });
        Ok(())
    }

    /// Writes to `out` what stands in `t` where a window of `x` has the first element that equals
    /// its result in `y`; 0 if none does.
    pub(crate) fn pick<T: Numeric>(&self, pool: &Pool, [x, y, t]: [&[T]; 3], out: &mut [T]) {
        assert_eq!([x.len(), t.len()], [self.input_len(); 2], "the pictures");
        assert_eq!([y.len(), out.len()], [self.output_len(); 2], "the results");
        if out.is_empty() {
            return;
        }
        let (row, piece) = self.row_and_piece();
        each_piece(pool, out, piece, &|start, out| {
            let y = &y[start..][..out.len()];
            vectorised_floats!([T] self.pick_rows([x, y, t], start / row, out));
        });
    }

    /// Rows of results from `first` on.
    #[inline(always)]
    fn pick_rows<T: Numeric>(&self, [x, y, t]: [&[T]; 3], first: usize, out: &mut [T]) {
        let channels = self.channels;
        let windows = self.axes[2].spans.len();
        let pixels = out.chunks_exact_mut(channels).zip(y.chunks_exact(channels));
        for (i, (out, y)) in pixels.enumerate() {
            let (image, depth, height) = self.output_row(first + i / windows);
            let [x, t] = [x, t].map(|x| &x[image * self.volume()..][..self.volume()]);
            let seen = self.seen([depth, height, i % windows]);
            for (group, (out, y)) in out.chunks_mut(LANES).zip(y.chunks(LANES)).enumerate() {
                out.fill(T::ZERO);
                let mut is_done = [false; LANES];
                for depth in seen[0].clone() {
                    for height in seen[1].clone() {
                        let line = self.place(depth, height);
                        for place in line + seen[2].start..line + seen[2].end {
                            let from = place * channels + group * LANES;
                            let operands = y.iter().zip(&x[from..]).zip(&t[from..]);
                            let results = out.iter_mut().zip(&mut is_done);
                            for ((out, is_done), ((y, x), t)) in results.zip(operands) {
                                let is_first = !*is_done & (*x == *y);
                                *out = if is_first { *t } else { *out };
                                *is_done |= is_first;
                            }
                        }
                    }
                }
            }
        }
    }

    /// Writes the gradient of the largest elements to `dx`: those of `dy` added up where the
    /// largest of `x` are, else 0.
    ///
    /// # Errors
    /// As [`argmax`](Windows::argmax).
    pub(crate) fn max_slope<T: Numeric>(
        &self,
        pool: &Pool,
        [x, dy]: [&[T]; 2],
        dx: &mut [T],
    ) -> Result<()> {
        self.check_places()?;
        assert_eq!([x.len(), dx.len()], [self.input_len(); 2], "the pictures");
        assert_eq!(dy.len(), self.output_len(), "the results");
        if dx.is_empty() {
            return Ok(());
        }
        // Pictures are cut into stripes. A window that lies in two of them is looked at twice.
        let cut = usize::from(self.axes[0].length == 1);
        let length = self.axes[cut].length;
        let volume = self.volume();
        let plane = volume / length;
        let longest = self.axes[cut].spans.iter().map(Range::len).max();
        let rows = (PIECE / plane).max(4 * longest.unwrap_or(1)).min(length);
        let rows = match self.axes[cut].regular {
            Some(axis) => rows.next_multiple_of(axis.window.stride.min(length)),
            None => rows,
        };
        let stripes = length.div_ceil(rows);
        let stripe_of = |i: usize| {
            let start = i % stripes * rows;
            (i / stripes, start..(start + rows).min(length))
        };
        let ends = memory::collected((0..self.images * stripes).map(|i| {
            let (image, stripe) = stripe_of(i);
            image * volume + stripe.end * plane
        }))?;
        each_stretch(pool, dx, &ends, &|i, dx| {
            let (image, stripe) = stripe_of(i);
            let x = &x[image * volume..][..volume];
            let dy = &dy[image * self.results()..][..self.results()];
            let part = Stripe { cut, stripe };
            vectorised_floats!([T] self.stripe_slope([x, dy], &part, dx));
        });
        Ok(())
    }

    /// How many elements a row of results has, and some rows that are worth a part of their own.
    fn row_and_piece(&self) -> (usize, usize) {
        let row = self.axes[2].spans.len() * self.channels;
        let read = self.input_len() / (self.output_len() / row);
        (row, row * (PIECE / read.max(row)).max(1))
    }

    /// Calls `visit` with the largest elements of each window in a row, a few at a time, the place
    /// in the row of the first, and their number.
    #[inline(always)]
    fn each_found<T: Numeric>(
        &self,
        x: &[T],
        depth: usize,
        height: usize,
        mut visit: impl FnMut(usize, &Found<T>, usize),
    ) {
        for window in 0..self.axes[2].spans.len() {
            let seen = self.seen([depth, height, window]);
            for first in (0..self.channels).step_by(LANES) {
                let len = LANES.min(self.channels - first);
                let found = self.find(x, first, len, &seen);
                visit(window * self.channels + first, &found, len);
            }
        }
    }

    /// What a window sees along each axis.
    #[inline(always)]
    fn seen(&self, window: [usize; 3]) -> [Range<usize>; 3] {
        let span = |axis: usize| self.axes[axis].spans[window[axis]].clone();
        [span(0), span(1), span(2)]
    }

    /// The first of the pixels of a row, along the width.
    #[inline(always)]
    fn place(&self, depth: usize, height: usize) -> usize {
        (depth * self.axes[1].length + height) * self.axes[2].length
    }

    /// The largest elements of `len` channels from `first` on, of what is `seen` of a picture.
    #[inline(always)]
    fn find<T: Numeric>(
        &self,
        x: &[T],
        first: usize,
        len: usize,
        seen: &[Range<usize>; 3],
    ) -> Found<T> {
        let mut found = Found::new();
        for depth in seen[0].clone() {
            for height in seen[1].clone() {
                let line = self.place(depth, height);
                for place in line + seen[2].start..line + seen[2].end {
                    let x = &x[place * self.channels + first..][..len];
                    for (lane, x) in x.iter().enumerate() {
                        found.look(lane, *x, place as u32);
                    }
                }
            }
        }
        found
    }

    /// The part of a picture's gradient that lies in a stripe.
    #[inline(always)]
    fn stripe_slope<T: Numeric>(&self, [x, dy]: [&[T]; 2], part: &Stripe, dx: &mut [T]) {
        dx.fill(T::ZERO);
        let counts = self.axes.each_ref().map(|axis| axis.spans.len());
        let mut windows = counts.map(|count| 0..count);
        windows[part.cut] = self.axes[part.cut].seeing(&part.stripe);
        let plane = match part.cut {
            0 => self.axes[1].length * self.axes[2].length,
            _ => self.axes[2].length,
        };
        let first_place = part.stripe.start * plane;
        for depth in windows[0].clone() {
            for height in windows[1].clone() {
                let row = (depth * counts[1] + height) * counts[2] * self.channels;
                let dy = &dy[row..][..counts[2] * self.channels];
                if let Some(axis) = self.side_by_side() {
                    let whole = self.seen([depth, height, 0]);
                    let seen = part.clipped(&whole);
                    self.row_slope(&axis, [x, dy], [&whole, &seen], first_place, dx);
                    continue;
                }
                for (window, dy) in dy.chunks_exact(self.channels).enumerate() {
                    let whole = self.seen([depth, height, window]);
                    let seen = part.clipped(&whole);
                    for (group, dy) in dy.chunks(LANES).enumerate() {
                        let first = group * LANES;
                        let found = self.find(x, first, dy.len(), &whole);
                        for depth in seen[0].clone() {
                            for height in seen[1].clone() {
                                let line = self.place(depth, height);
                                for place in line + seen[2].start..line + seen[2].end {
                                    let to = (place - first_place) * self.channels + first;
                                    let dx = &mut dx[to..][..dy.len()];
                                    for (lane, (dx, dy)) in dx.iter_mut().zip(dy).enumerate() {
                                        let is_here = found.places[lane] == place as u32;
                                        *dx = if is_here { dx.plus(*dy) } else { *dx };
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What a row of windows side by side adds, which sees the lines `whole` of a picture and gives
    /// to those in `seen`.
    #[inline(always)]
    fn row_slope<T: Numeric>(
        &self,
        axis: &WindowedAxis,
        [x, dy]: [&[T]; 2],
        [whole, seen]: [&[Range<usize>; 3]; 2],
        first_place: usize,
        dx: &mut [T],
    ) {
        let stride = axis.window.stride;
        for (group, dy) in dy.chunks(LANES).enumerate() {
            let lanes = group * LANES..group * LANES + dy.len();
            let at_tap = |tap: usize| {
                let windows = seeing_at(axis, tap);
                let start = windows.start.max(lanes.start);
                (start..windows.end.min(lanes.end), start * stride + tap)
            };
            let mut found = Found::new();
            for depth in whole[0].clone() {
                for height in whole[1].clone() {
                    let line = self.place(depth, height);
                    for tap in taps(axis) {
                        let (windows, column) = at_tap(tap);
                        for (i, window) in windows.enumerate() {
                            let place = line + (column + i * stride - axis.before);
                            found.look(window - lanes.start, x[place], place as u32);
                        }
                    }
                }
            }
            for depth in seen[0].clone() {
                for height in seen[1].clone() {
                    let line = self.place(depth, height);
                    // Backwards, so that each element is given to by one window after the other.
                    for tap in taps(axis).rev() {
                        let (windows, column) = at_tap(tap);
                        for (i, window) in windows.enumerate() {
                            let place = line + (column + i * stride - axis.before);
                            let lane = window - lanes.start;
                            let dx = &mut dx[place - first_place];
                            let is_here = found.places[lane] == place as u32;
                            *dx = if is_here { dx.plus(dy[lane]) } else { *dx };
                        }
                    }
                }
            }
        }
    }
}

/// Some indices along an axis of a picture.
struct Stripe {
    cut: usize,
    stripe: Range<usize>,
}

impl Stripe {
    /// What lies in the stripe of what a window sees.
    #[inline(always)]
    fn clipped(&self, seen: &[Range<usize>; 3]) -> [Range<usize>; 3] {
        let mut clipped = seen.clone();
        let range = &mut clipped[self.cut];
        *range = range.start.max(self.stripe.start)..range.end.min(self.stripe.end);
        clipped
    }
}
