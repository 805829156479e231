//! Functions of the elements of arrays of which an axis holds channels, and of numbers for each
//! channel; and sums of such over a channel.
//!
//! The arrays lie in row-major order, so that the channels take turns: every [`inner`](Lay::inner)
//! elements. They are cut into pieces by the shape alone. Sums are added up in short blocks, and
//! these, and then the pieces, in `f64`.

use std::ops::Range;

use ndarray::ArrayView1;

use super::cpu::vectorised_floats;
use super::pieces::each_piece;
use super::pool::Pool;
use crate::types::{Float, Result, memory};

/// How many elements are worth a part of their own.
const PIECE: usize = 32 << 10;

/// A piece has at least so many elements for each channel, so that the sums of all pieces are few
/// beside the elements.
const PER_CHANNEL: usize = 64;

/// Where a channel has a single element before the next has its turn, so many elements are worked
/// on as one row at least.
const WIDE: usize = 256;

/// How many columns of rows are summed up at once: their sums stay in the nearest cache.
const STRIP: usize = 256;

/// How many terms are added up before the sum is added to the others in `f64`.
const BLOCK: usize = 32;

/// How many sums of neighbouring terms are kept side by side.
const LANES: usize = 64;

/// How the channels of an array in row-major order lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lay {
    channels: usize,
    /// How many neighbouring elements are of the same channel.
    inner: usize,
    len: usize,
}

impl Lay {
    /// Of an array of this shape with the channels along `axis`.
    pub(crate) fn new(shape: &[usize], axis: usize) -> Self {
        let len: usize = shape.iter().product();
        let inner = if len == 0 {
            1
        } else {
            shape[axis + 1..].iter().product()
        };
        Lay {
            channels: shape[axis],
            inner,
            len,
        }
    }

    /// How many elements are worked on as a row if channels have one element at a time: some rounds
    /// of all channels.
    fn row(&self) -> usize {
        self.channels * WIDE.div_ceil(self.channels.max(1)).max(1)
    }

    /// How many elements a piece has.
    fn piece(&self) -> usize {
        let piece = PIECE.max(PER_CHANNEL * self.channels);
        match self.inner {
            1 => piece.next_multiple_of(self.row().max(1)),
            _ => piece,
        }
    }

    /// The places of piece `i`.
    fn range(&self, i: usize) -> Range<usize> {
        let piece = self.piece();
        (i * piece).min(self.len)..((i + 1) * piece).min(self.len)
    }

    /// The stretches of a range that are one channel's each, with the channel.
    fn runs(self, range: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let mut start = range.start;
        std::iter::from_fn(move || {
            let run = start / self.inner;
            let stop = range.end.min((run + 1) * self.inner);
            let found = start..stop;
            start = stop;
            (!found.is_empty()).then_some((run % self.channels, found))
        })
    }

    /// Writes what `f` makes of the elements of `x` in a place and the numbers of its channel.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn map<T: Float, const N: usize, const M: usize>(
        self,
        pool: &Pool,
        x: [&[T]; N],
        values: [ArrayView1<'_, T>; M],
        out: &mut [T],
        f: impl Fn([T; N], [T; M]) -> T + Copy + Sync,
    ) -> Result<()> {
        let values = self.values(values)?;
        each_piece(pool, out, self.piece(), &|first, out| {
            let range = first..first + out.len();
            let x = x.map(|x| &x[range.clone()]);
            let values = &values;
            vectorised_floats!([T] match self.inner {
                1 => {
                    let (values, width) = (values.each_ref().map(Vec::as_slice), self.row());
                    for (row, out) in out.chunks_mut(width).enumerate() {
                        map_row(x.map(|x| &x[row * width..]), values, out, f);
                    }
                }
                _ => {
                    for (channel, run) in self.runs(range.clone()) {
                        let run = run.start - range.start..run.end - range.start;
                        let x = x.map(|x| &x[run.clone()]);
                        let values = values.each_ref().map(|values| values[channel]);
                        map_run(x, values, &mut out[run], f);
                    }
                }
            });
        });
        Ok(())
    }

    /// The sums of what `f` makes of the elements of `x` in a place and the numbers of its channel,
    /// for each channel.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn sums<T: Float, const N: usize, const M: usize, const K: usize>(
        self,
        pool: &Pool,
        x: [&[T]; N],
        values: [ArrayView1<'_, T>; M],
        f: impl Fn([T; N], [T; M]) -> [T; K] + Copy + Sync,
    ) -> Result<[Vec<f64>; K]> {
        let values = self.values(values)?;
        let width = match self.inner {
            1 => self.row(),
            _ => self.channels,
        };
        let pieces = self.len.div_ceil(self.piece().max(1));
        let mut partial = memory::repeated(pieces * K * width, 0.0)?;
        each_piece(pool, &mut partial, K * width, &|first, sums| {
            let range = self.range(first / (K * width));
            let values = &values;
            vectorised_floats!([T] match self.inner {
                1 => {
                    let x = x.map(|x| &x[range.clone()]);
                    sum_rows(x, values.each_ref().map(Vec::as_slice), sums, width, f);
                }
                _ => {
                    for (channel, run) in self.runs(range.clone()) {
                        let x = x.map(|x| &x[run.clone()]);
                        let values = values.each_ref().map(|values| values[channel]);
                        let found = sum_run(x, values, f);
                        for (k, found) in found.into_iter().enumerate() {
                            sums[k * width + channel] += found;
                        }
                    }
                }
            });
        });
        let mut sums = [(); K].map(|()| Vec::new());
        for (k, sums) in sums.iter_mut().enumerate() {
            *sums = memory::repeated(self.channels, 0.0)?;
            for piece in partial.chunks((K * width).max(1)) {
                for round in piece[k * width..][..width].chunks(self.channels) {
                    sums.iter_mut().zip(round).for_each(|(sum, x)| *sum += x);
                }
            }
        }
        Ok(sums)
    }

    /// The numbers of the channels as they are wanted: for each element of a row, if there are
    /// rows.
    fn values<T: Float, const M: usize>(
        self,
        values: [ArrayView1<'_, T>; M],
    ) -> Result<[Vec<T>; M]> {
        let rounds = match (self.inner, self.channels) {
            (_, 0) => 0,
            (1, channels) => self.row() / channels,
            _ => 1,
        };
        let mut copies = values.map(|_| Vec::new());
        for (copy, values) in copies.iter_mut().zip(values) {
            *copy = memory::reserved(rounds * self.channels)?;
            for _ in 0..rounds {
                // Few: no more than there is room for.
                copy.extend(values.iter().copied());
            }
        }
        Ok(copies)
    }
}

#[inline(always)]
fn map_run<T: Float, const N: usize, const M: usize>(
    x: [&[T]; N],
    values: [T; M],
    out: &mut [T],
    f: impl Fn([T; N], [T; M]) -> T,
) {
    let x = x.map(|x| &x[..out.len()]);
    for i in 0..out.len() {
        out[i] = f(x.map(|x| x[i]), values);
    }
}

/// A row each element of which has numbers of its own.
#[inline(always)]
fn map_row<T: Float, const N: usize, const M: usize>(
    x: [&[T]; N],
    values: [&[T]; M],
    out: &mut [T],
    f: impl Fn([T; N], [T; M]) -> T,
) {
    let x = x.map(|x| &x[..out.len()]);
    let values = values.map(|values| &values[..out.len()]);
    for i in 0..out.len() {
        out[i] = f(x.map(|x| x[i]), values.map(|values| values[i]));
    }
}

/// The sums of a stretch of one channel.
#[inline(always)]
fn sum_run<T: Float, const N: usize, const M: usize, const K: usize>(
    x: [&[T]; N],
    values: [T; M],
    f: impl Fn([T; N], [T; M]) -> [T; K],
) -> [f64; K] {
    let len = x[0].len();
    let mut totals = [0.0; K];
    for start in (0..len).step_by(LANES * BLOCK) {
        let end = len.min(start + LANES * BLOCK);
        let mut lanes = [[T::ZERO; LANES]; K];
        for first in (start..end).step_by(LANES) {
            let count = LANES.min(end - first);
            let x = x.map(|x| &x[first..][..count]);
            for lane in 0..count {
                let terms = f(x.map(|x| x[lane]), values);
                for k in 0..K {
                    lanes[k][lane] = lanes[k][lane] + terms[k];
                }
            }
        }
        for (total, mut lanes) in totals.iter_mut().zip(lanes) {
            halve::<T, 32>(&mut lanes);
            halve::<T, 16>(&mut lanes);
            halve::<T, 8>(&mut lanes);
            halve::<T, 4>(&mut lanes);
            halve::<T, 2>(&mut lanes);
            *total += (lanes[0] + lanes[1]).to_f64();
        }
    }
    totals
}

/// Adds the second `HALF` of some lanes to the first.
#[inline(always)]
fn halve<T: Float, const HALF: usize>(lanes: &mut [T; LANES]) {
    for lane in 0..HALF {
        lanes[lane] = lanes[lane] + lanes[lane + HALF];
    }
}

/// Adds rows of `width` elements, each of which has numbers of its own, to `K` sums for each; the
/// last row may be shorter.
#[inline(always)]
fn sum_rows<T: Float, const N: usize, const M: usize, const K: usize>(
    x: [&[T]; N],
    values: [&[T]; M],
    sums: &mut [f64],
    width: usize,
    f: impl Fn([T; N], [T; M]) -> [T; K],
) {
    let len = x[0].len();
    for column in (0..width).step_by(STRIP) {
        let strip = STRIP.min(width - column);
        let values = values.map(|values| &values[column..][..strip]);
        for first in (0..len).step_by(BLOCK * width) {
            let mut block = [[T::ZERO; STRIP]; K];
            let last = len.min(first + BLOCK * width);
            for row in (first + column..last).step_by(width) {
                let count = strip.min(last - row);
                let x = x.map(|x| &x[row..][..count]);
                let values = values.map(|values| &values[..count]);
                for i in 0..count {
                    let terms = f(x.map(|x| x[i]), values.map(|values| values[i]));
                    for k in 0..K {
                        block[k][i] = block[k][i] + terms[k];
                    }
                }
            }
            for (k, block) in block.iter().enumerate() {
                let sums = &mut sums[k * width + column..][..strip];
                for (sum, x) in sums.iter_mut().zip(block) {
                    *sum += x.to_f64();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array1;

    #[test]
    fn channels_wherever_they_lie() {
        let shapes: &[_] = if cfg!(miri) {
            &[[3, 3, 1], [2, 2, 70]]
        } else {
            &[
                [9000, 3, 1],
                [1000, 70, 1],
                [2, 9000, 1],
                [1, 1, 1],
                [5, 3, 49],
                [2, 2, 9000],
                [0, 3, 2],
                [3, 0, 1],
            ]
        };
        for shape in shapes {
            let [outer, channels, inner] = *shape;
            let len = outer * channels * inner;
            let x: Vec<f64> = (0..len).map(|i| ((i * 31) % 17) as f64 - 8.0).collect();
            let y: Vec<f64> = (0..len).map(|i| ((i * 7) % 5) as f64).collect();
            let values: Array1<f64> = (0..channels).map(|i| i as f64 + 1.0).collect();
            let value = |i: usize| values[i / inner % channels];
            let lay = Lay::new(shape, 1);
            for threads in [1, 3] {
                let pool = Pool::new(threads);
                let mut out = vec![0.0; len];
                let numbers = [values.view()];
                lay.map(&pool, [&x, &y], numbers, &mut out, |[x, y], [v]| x * v + y)
                    .unwrap();
                assert!((0..len).all(|i| out[i] == x[i] * value(i) + y[i]));
                let found = lay.sums(&pool, [&x, &y], numbers, |[x, y], [v]| [x * y, y - v]);
                let mut expected = [vec![0.0; channels], vec![0.0; channels]];
                for i in 0..len {
                    expected[0][i / inner % channels] += x[i] * y[i];
                    expected[1][i / inner % channels] += y[i] - value(i);
                }
                assert_eq!(found.unwrap(), expected);
            }
        }
    }
}
