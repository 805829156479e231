//! What each element gets of the gradients of the windows that see it: its share of a mean, or all
//! if it equals the largest.

use std::ops::Range;

use super::super::cpu::vectorised_floats;
use super::super::pieces::each_piece;
use super::super::pool::Pool;
use super::lanes::{Group, Lanes};
use super::slope::{Given, Row, Slope};
use super::windows::Windows;
use super::{LANES, PIECE};
use crate::types::{Numeric, Result, memory};

/// Gives each element its share of a mean.
#[derive(Clone, Copy)]
pub(crate) struct Shares;

impl Given<Shares> {
    pub(crate) fn shares() -> Self {
        Given(Shares)
    }
}

impl<T: Numeric> Slope<T> for Shares {
    const IS_EVEN: bool = true;

    type Found<const L: usize> = [T; L];

    #[inline(always)]
    fn find<const L: usize>(self, row: &Row<'_, T>, group: &Group, lanes: impl Lanes<L>) -> [T; L] {
        let count: usize = group.seen.iter().map(Range::len).product();
        let factor = T::from_f64(1.0 / count as f64);
        let mut shares = lanes.load_results(row.dy, group.result);
        for share in &mut shares {
            *share = share.times(factor);
        }
        shares
    }

    #[inline(always)]
    fn add<const L: usize>(
        self,
        _: &Row<'_, T>,
        share: &[T; L],
        mut sum: [T; L],
        _: (u32, usize),
        _: impl Lanes<L>,
    ) -> [T; L] {
        for l in 0..L {
            sum[l] = sum[l].plus(share[l]);
        }
        sum
    }
}

/// Gives all of the gradient to each element that equals the result.
#[derive(Clone, Copy)]
pub(crate) struct ToEqual;

impl Given<ToEqual> {
    pub(crate) fn to_equal() -> Self {
        Given(ToEqual)
    }
}

impl<T: Numeric> Slope<T> for ToEqual {
    type Found<const L: usize> = [[T; L]; 2];

    #[inline(always)]
    fn find<const L: usize>(
        self,
        row: &Row<'_, T>,
        group: &Group,
        lanes: impl Lanes<L>,
    ) -> [[T; L]; 2] {
        let y = lanes.load_results(row.y, group.result);
        [y, lanes.load_results(row.dy, group.result)]
    }

    #[inline(always)]
    fn add<const L: usize>(
        self,
        row: &Row<'_, T>,
        [y, dy]: &[[T; L]; 2],
        mut sum: [T; L],
        (_, at): (u32, usize),
        lanes: impl Lanes<L>,
    ) -> [T; L] {
        let x = lanes.load(row.x, at - row.x_start);
        for l in 0..L {
            let with = sum[l].plus(dy[l]);
            sum[l] = if x[l] == y[l] { with } else { sum[l] };
        }
        sum
    }
}

impl Windows {
    /// Writes the gradient of the results `y` of windows of `x` to `dx`, where each element that
    /// equals the largest gets all of it, as TensorFlow has it where pictures have a depth.
    ///
    /// # Errors
    /// `ResourceExhausted`; here and below.
    pub(crate) fn equal_slope<T: Numeric>(
        &self,
        pool: &Pool,
        [x, y, dy]: [&[T]; 3],
        dx: &mut [T],
    ) -> Result<()> {
        assert_eq!(x.len(), dx.len(), "the pictures");
        assert_eq!(y.len(), dy.len(), "the results");
        self.slopes(pool, [x, y, dy], dx, ToEqual)
    }

    /// Writes the gradient of [`mean`](Windows::mean) to `dx`.
    ///
    /// # Errors
    /// As [`equal_slope`](Windows::equal_slope).
    pub(crate) fn mean_slope<T: Numeric>(&self, pool: &Pool, dy: &[T], dx: &mut [T]) -> Result<()> {
        self.slopes(pool, [&[], &[], dy], dx, Shares)
    }

    /// As [`mean_slope`](Windows::mean_slope), added up in `f64` and rounded at the end.
    ///
    /// # Errors
    /// As [`equal_slope`](Windows::equal_slope).
    pub(crate) fn mean_slope_in_double<T: Numeric>(
        &self,
        pool: &Pool,
        dy: &[T],
        dx: &mut [T],
    ) -> Result<()> {
        assert_eq!(dx.len(), self.input_len(), "the pictures");
        assert_eq!(dy.len(), self.output_len(), "the results");
        if dx.is_empty() {
            return Ok(());
        }
        let mut seeing = [const { Vec::new() }; 3];
        for (seeing, axis) in seeing.iter_mut().zip(&self.axes) {
            *seeing = memory::collected((0..axis.length).map(|i| axis.seeing(&(i..i + 1))))?;
        }
        let row = self.axes[2].length * self.channels;
        let rows = (PIECE / row).max(1);
        let seeing = seeing.each_ref().map(Vec::as_slice);
        each_piece(pool, dx, rows * row, &|first, dx| {
            vectorised_floats!([T] {
                for (i, dx) in dx.chunks_exact_mut(row).enumerate() {
                    self.row_in_double(dy, seeing, first / row + i, dx);
                }
            });
        });
        Ok(())
    }

    /// A row of pictures, given which windows see each index along each axis.
    #[inline(always)]
    fn row_in_double<T: Numeric>(
        &self,
        dy: &[T],
        seeing: [&[Range<usize>]; 3],
        row: usize,
        dx: &mut [T],
    ) {
        let (windows, channels) = (self.axes[2].spans.len(), self.channels);
        let (image, depth, height) = self.input_row(row);
        let dy = &dy[image * self.results()..][..self.results()];
        for (column, dx) in dx.chunks_exact_mut(channels).enumerate() {
            for (group, dx) in dx.chunks_mut(LANES).enumerate() {
                let mut sums = [0.0; LANES];
                for depth in seeing[0][depth].clone() {
                    for height in seeing[1][height].clone() {
                        let line = (depth * self.axes[1].spans.len() + height) * windows;
                        for window in seeing[2][column].clone() {
                            let spans = [(0, depth), (1, height), (2, window)].map(
                                |(axis, window): (usize, usize)| &self.axes[axis].spans[window],
                            );
                            let count: usize = spans.iter().map(|span| span.len()).product();
                            let at = (line + window) * channels + group * LANES;
                            for (sum, dy) in sums.iter_mut().zip(&dy[at..][..dx.len()]) {
                                *sum += dy.to_f64() / count as f64;
                            }
                        }
                    }
                }
                for (dx, sum) in dx.iter_mut().zip(sums) {
                    *dx = T::from_f64(sum);
                }
            }
        }
    }
}
