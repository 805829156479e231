//! What each element gets of the gradients of the windows that see it: its share of a mean, or all
//! if it equals the largest.

use std::ops::Range;

use super::super::cpu::vectorised_floats;
use super::super::pieces::each_piece;
use super::super::pool::Pool;
use super::windows::Windows;
use super::{LANES, PIECE};
use crate::types::{Numeric, Result, memory};

/// How shares are added up.
trait Shares<T>: Copy + Sync {
    type Sum: Copy;
    const NOTHING: Self::Sum;
    /// Whether they depend on the element and the result.
    const BY_ELEMENT: bool = false;
    /// What the shares of a window of some number of elements have in common.
    type Factor: Copy;
    fn factor(self, count: usize) -> Self::Factor;
    /// The sum with the share of the element `x` in the gradient `dy` of a result `y`.
    fn add(self, sum: Self::Sum, dy: T, factor: Self::Factor, x: T, y: T) -> Self::Sum;
    fn end(self, sum: Self::Sum) -> T;
}

/// In the elements' own type.
#[derive(Clone, Copy)]
struct Own;

impl<T: Numeric> Shares<T> for Own {
    type Sum = T;
    type Factor = T;
    const NOTHING: T = T::ZERO;

    #[inline(always)]
    fn factor(self, count: usize) -> T {
        T::from_f64(1.0 / count as f64)
    }

    #[inline(always)]
    fn add(self, sum: T, dy: T, factor: T, _: T, _: T) -> T {
        sum.plus(dy.times(factor))
    }

    #[inline(always)]
    fn end(self, sum: T) -> T {
        sum
    }
}

/// In `f64`, rounded at the end.
#[derive(Clone, Copy)]
struct Double;

impl<T: Numeric> Shares<T> for Double {
    type Sum = f64;
    type Factor = f64;
    const NOTHING: f64 = 0.0;

    #[inline(always)]
    fn factor(self, count: usize) -> f64 {
        count as f64
    }

    #[inline(always)]
    fn add(self, sum: f64, dy: T, count: f64, _: T, _: T) -> f64 {
        sum + dy.to_f64() / count
    }

    #[inline(always)]
    fn end(self, sum: f64) -> T {
        T::from_f64(sum)
    }
}

/// All of the gradient for each element that equals the result.
#[derive(Clone, Copy)]
struct OfEqual;

impl<T: Numeric> Shares<T> for OfEqual {
    type Sum = T;
    type Factor = ();
    const NOTHING: T = T::ZERO;
    const BY_ELEMENT: bool = true;

    #[inline(always)]
    fn factor(self, _: usize) {}

    #[inline(always)]
    fn add(self, sum: T, dy: T, (): (), x: T, y: T) -> T {
        if x == y { sum.plus(dy) } else { sum }
    }

    #[inline(always)]
    fn end(self, sum: T) -> T {
        sum
    }
}

impl Windows {
    /// Writes the gradient of the results `y` of windows of `x` to `dx`, where each element that
    /// equals the largest gets all of it, as TensorFlow has it where pictures have a depth.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn equal_slope<T: Numeric>(
        &self,
        pool: &Pool,
        [x, y, dy]: [&[T]; 3],
        dx: &mut [T],
    ) -> Result<()> {
        assert_eq!(x.len(), dx.len(), "the pictures");
        assert_eq!(y.len(), dy.len(), "the results");
        self.share(pool, [x, y, dy], dx, OfEqual)
    }

    /// Writes the gradient of [`mean`](Windows::mean) to `dx`.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn mean_slope<T: Numeric>(&self, pool: &Pool, dy: &[T], dx: &mut [T]) -> Result<()> {
        self.share(pool, [&[], dy, dy], dx, Own)
    }

    /// As [`mean_slope`](Windows::mean_slope), added up in `f64`.
    ///
    /// # Errors
    /// `ResourceExhausted`.
    pub(crate) fn mean_slope_in_double<T: Numeric>(
        &self,
        pool: &Pool,
        dy: &[T],
        dx: &mut [T],
    ) -> Result<()> {
        self.share(pool, [&[], dy, dy], dx, Double)
    }

    fn share<T: Numeric>(
        &self,
        pool: &Pool,
        [x, y, dy]: [&[T]; 3],
        dx: &mut [T],
        shares: impl Shares<T>,
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
            let x = x.get(first..).unwrap_or_default();
            vectorised_floats!([T] self.share_rows([x, y, dy], seeing, first / row, dx, shares));
        });
        Ok(())
    }

    /// Rows of pictures from `first` on, given which windows see each index along each axis.
    #[inline(always)]
    fn share_rows<T: Numeric, S: Shares<T>>(
        &self,
        [x, y, dy]: [&[T]; 3],
        seeing: [&[Range<usize>]; 3],
        first: usize,
        dx: &mut [T],
        shares: S,
    ) {
        let (windows, channels) = (self.axes[2].spans.len(), self.channels);
        for (i, dx) in dx
            .chunks_exact_mut(self.axes[2].length * channels)
            .enumerate()
        {
            let (image, depth, height) = self.input_row(first + i);
            let [y, dy] = [y, dy].map(|x| &x[image * self.results()..][..self.results()]);
            let row = i * dx.len();
            for (column, dx) in dx.chunks_exact_mut(channels).enumerate() {
                for (group, dx) in dx.chunks_mut(LANES).enumerate() {
                    let first = group * LANES;
                    let x = match S::BY_ELEMENT {
                        true => &x[row + column * channels + first..][..dx.len()],
                        false => &[],
                    };
                    let mut sums = [S::NOTHING; LANES];
                    let sums = &mut sums[..dx.len()];
                    for depth in seeing[0][depth].clone() {
                        for height in seeing[1][height].clone() {
                            let spans = [&self.axes[0].spans[depth], &self.axes[1].spans[height]];
                            let seen = spans[0].len() * spans[1].len();
                            let line = (depth * self.axes[1].spans.len() + height) * windows;
                            for window in seeing[2][column].clone() {
                                let count = seen * self.axes[2].spans[window].len();
                                let factor = shares.factor(count);
                                let at = (line + window) * channels + first;
                                let dy = &dy[at..][..dx.len()];
                                if !S::BY_ELEMENT {
                                    for (sum, dy) in sums.iter_mut().zip(dy) {
                                        *sum = shares.add(*sum, *dy, factor, T::ZERO, T::ZERO);
                                    }
                                    continue;
                                }
                                let elements = x.iter().zip(&y[at..]);
                                for ((sum, dy), (x, y)) in sums.iter_mut().zip(dy).zip(elements) {
                                    *sum = shares.add(*sum, *dy, factor, *x, *y);
                                }
                            }
                        }
                    }
                    for (dx, sum) in dx.iter_mut().zip(sums) {
                        *dx = shares.end(*sum);
                    }
                }
            }
        }
    }
}
