//! Which element of a window is its largest: the first of those that are; of a window that begins
//! with NaN, this one.

use super::super::cpu::vectorised_floats;
use super::super::pieces::{each_pair, each_piece};
use super::super::pool::Pool;
use super::lanes::{Group, Lanes, Work};
use super::slope::{Given, Row, Slope};
use super::windows::Windows;
use crate::types::{Integer, Numeric, Result};

/// The largest elements in all lanes, and how many pixels they lie after the window's first.
#[derive(Clone, Copy)]
pub(super) struct Found<T, const L: usize> {
    largest: [T; L],
    places: [u32; L],
}

/// What is written of the largest elements: themselves, and their indices.
struct Largest<'a, T, I> {
    windows: &'a Windows,
    /// The picture, and the index of its first element.
    x: &'a [T],
    start: usize,
    /// The row's results.
    out: &'a mut [T],
    at: &'a mut [I],
}

impl<T: Numeric, I: Integer> Work for Largest<'_, T, I> {
    #[inline(always)]
    fn group<const L: usize>(&mut self, group: &Group, lanes: impl Lanes<L>) {
        let channels = self.windows.channels;
        let found = self.windows.find((self.x, 0), group, lanes);
        lanes.store_results(self.out, group.result, found.largest);
        let start = self.start + self.windows.place(&group.seen) * channels + group.channel;
        let mut at = [I::ZERO; L];
        for (l, at) in at.iter_mut().enumerate() {
            let index = start + found.places[l] as usize * channels + lanes.offset(l);
            *at = I::from_i64(index as i64);
        }
        lanes.store_results(self.at, group.result, at);
    }
}

/// What stands in `t` where the first element of `x` is that equals the result in `y`.
struct Picked<'a, T> {
    windows: &'a Windows,
    x: &'a [T],
    t: &'a [T],
    /// The row's results.
    y: &'a [T],
    out: &'a mut [T],
}

impl<T: Numeric> Work for Picked<'_, T> {
    #[inline(always)]
    fn group<const L: usize>(&mut self, group: &Group, lanes: impl Lanes<L>) {
        let y = lanes.load_results(self.y, group.result);
        let mut out = [T::ZERO; L];
        // As wide as the elements often are.
        let mut is_open = [u32::MAX; L];
        self.windows.each_seen(
            group,
            #[inline(always)]
            |_, at| {
                let (x, t) = (lanes.load(self.x, at), lanes.load(self.t, at));
                for l in 0..L {
                    let is_first = (is_open[l] != 0) & (x[l] == y[l]);
                    out[l] = if is_first { t[l] } else { out[l] };
                    is_open[l] = if is_first { 0 } else { is_open[l] };
                }
            },
        );
        lanes.store_results(self.out, group.result, out);
    }
}

/// Gives all of the gradient to the largest element.
#[derive(Clone, Copy)]
pub(crate) struct ToLargest;

impl Given<ToLargest> {
    pub(crate) fn to_largest() -> Self {
        Given(ToLargest)
    }
}

impl<T: Numeric> Slope<T> for ToLargest {
    type Found<const L: usize> = ([u32; L], [T; L]);

    #[inline(always)]
    fn find<const L: usize>(
        self,
        row: &Row<'_, T>,
        group: &Group,
        lanes: impl Lanes<L>,
    ) -> Self::Found<L> {
        let found = row.windows.find((row.x, row.x_start), group, lanes);
        (found.places, lanes.load_results(row.dy, group.result))
    }

    #[inline(always)]
    fn add<const L: usize>(
        self,
        _: &Row<'_, T>,
        (places, dy): &Self::Found<L>,
        mut sum: [T; L],
        (place, _): (u32, usize),
        _: impl Lanes<L>,
    ) -> [T; L] {
        for l in 0..L {
            let with = sum[l].plus(dy[l]);
            sum[l] = if places[l] == place { with } else { sum[l] };
        }
        sum
    }
}

impl Windows {
    /// Writes the largest element of each window to `out`, and to `at` their indices: in the
    /// picture, plus `each` for each picture before.
    ///
    /// # Errors
    /// `ResourceExhausted` if a picture has too many pixels; here and below.
    pub(crate) fn argmax<T: Numeric, I: Integer>(
        &self,
        pool: &Pool,
        x: &[T],
        (out, at): (&mut [T], &mut [I]),
        each: usize,
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
                    let mut work = Largest {
                        windows: self,
                        x: &x[image * self.volume()..][..self.volume()],
                        start: image * each,
                        out,
                        at,
                    };
                    self.each_group(depth, height, &mut work);
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
            vectorised_floats!([T] {
                let rows = out.chunks_exact_mut(row).zip(y.chunks_exact(row));
                for (i, (out, y)) in rows.enumerate() {
                    let (image, depth, height) = self.output_row(start / row + i);
                    let [x, t] = [x, t].map(|x| &x[image * self.volume()..][..self.volume()]);
                    let mut work = Picked { windows: self, x, t, y, out };
                    self.each_group(depth, height, &mut work);
                }
            });
        });
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
        assert_eq!(x.len(), self.input_len(), "the pictures");
        self.slopes(pool, [x, &[], dy], dx, ToLargest)
    }

    /// The largest elements of windows of a picture, of which `x` are the elements from number
    /// `start` on.
    #[inline(always)]
    fn find<T: Numeric, const L: usize>(
        &self,
        (x, start): (&[T], usize),
        group: &Group,
        lanes: impl Lanes<L>,
    ) -> Found<T, L> {
        let first = self.place(&group.seen) * self.channels + group.channel;
        let (mut largest, mut places) = (lanes.load(x, first - start), [0; L]);
        self.each_seen(
            group,
            #[inline(always)]
            |place, at| {
                let x = lanes.load(x, at - start);
                // Two loops, so that the compiler keeps both in registers.
                for l in 0..L {
                    places[l] = if largest[l] < x[l] { place } else { places[l] };
                }
                for l in 0..L {
                    largest[l] = if largest[l] < x[l] { x[l] } else { largest[l] };
                }
            },
        );
        Found { largest, places }
    }
}
